"""Small real files of each kind, made in memory."""

import struct
import zipfile
from io import BytesIO

from PIL import Image
from pillow_heif import register_heif_opener

SECTOR = 512
FREE, END, FAT_SECTOR = 0xFFFFFFFF, 0xFFFFFFFE, 0xFFFFFFFD

PDF = b"%PDF-1.7\n1 0 obj\n<<>>\nendobj\ntrailer\n<<>>\n%%EOF\n"
MP4 = b"\x00\x00\x00\x18ftypisom\x00\x00\x02\x00isomiso2" + b"\x00\x00\x00\x08free" + b"\0" * 40
MAIN_TYPE = {
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml",
    "pptx": "application/vnd.openxmlformats-officedocument.presentationml.presentation.main+xml",
    "docm": "application/vnd.ms-word.document.macroEnabled.main+xml",
}


def picture(kind="JPEG", size=(40, 30), mode="RGB", colour="red", **options):
    out = BytesIO()
    Image.new(mode, size, colour).save(out, kind, **options)
    return out.getvalue()


def heic(size=(40, 30), colour="red", **options):
    register_heif_opener()
    out = BytesIO()
    Image.new("RGB", size, colour).save(out, "HEIF", **options)
    return out.getvalue()


def zipped(parts, compression=zipfile.ZIP_DEFLATED):
    out = BytesIO()
    with zipfile.ZipFile(out, "w", compression) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return out.getvalue()


def ooxml(kind, extra=None):
    types = f'<?xml version="1.0"?><Types><Override PartName="/a.xml" ContentType="{MAIN_TYPE[kind]}"/></Types>'
    return zipped({"[Content_Types].xml": types, "a.xml": "<a/>", **(extra or {})})


def opendocument(media_type, extra=None):
    return zipped({"mimetype": media_type, "content.xml": "<a/>", **(extra or {})})


def ole(streams, storages=()):
    """A minimal OLE file: one FAT sector, the directory, then each stream in sectors of its own.

    Streams are padded to 4096 bytes, below which they would live in a mini stream.
    """
    names = [*storages, *streams]
    directory_sectors = -(-(len(names) + 1) // 4)
    fat = [FAT_SECTOR, *range(2, directory_sectors + 1), END]
    bodies, starts = b"", {}
    for name, content in streams.items():
        starts[name] = len(fat)
        padded = content.ljust(4096, b"\0")
        padded += b"\0" * (-len(padded) % SECTOR)
        fat += [*range(len(fat) + 1, len(fat) + len(padded) // SECTOR), END]
        bodies += padded
    fat += [FREE] * (SECTOR // 4 - len(fat))
    entries = [_entry("Root Entry", 5, child=1, start=END)]
    for number, name in enumerate(names, 1):
        right = number + 1 if number < len(names) else FREE
        if name in streams:
            entries.append(_entry(name, 2, right=right, start=starts[name], size=max(4096, len(streams[name]))))
        else:
            entries.append(_entry(name, 1, right=right))
    entries += [b"\0" * 128] * (-len(entries) % 4)
    header = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 16 + struct.pack(
        "<HHHHH6xIIIIIIIII", 0x3E, 3, 0xFFFE, 9, 6, 0, 1, 1, 0, 4096, END, 0, END, 0)
    header += struct.pack("<109I", 0, *[FREE] * 108)
    return header + struct.pack("<128I", *fat) + b"".join(entries) + bodies


def _entry(name, kind, *, right=FREE, child=FREE, start=0, size=0):
    encoded = (name + "\0").encode("utf-16-le")
    return struct.pack("<64sHBBIII16xI16xIQ", encoded, len(encoded), kind, 1, FREE, right, child, 0, start, size)


HWP_HEADER = b"HWP Document File".ljust(32, b"\0") + struct.pack("<II", 0x05010000, 1)
HWP_LOCKED = b"HWP Document File".ljust(32, b"\0") + struct.pack("<II", 0x05010000, 3)
