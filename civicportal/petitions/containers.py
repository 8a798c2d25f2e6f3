"""Office documents are containers, ZIP or OLE: looking inside without unpacking more than a few small parts."""

import re
import struct
from collections.abc import Collection
from typing import BinaryIO
from zipfile import ZIP_DEFLATED, ZIP_STORED, ZipFile

import olefile

from civicportal.petitions.media_types import (
    DOC,
    DOCX,
    HWP,
    HWPX,
    ODP,
    ODS,
    ODT,
    PPT,
    PPTX,
    XLS,
    XLSX,
    MediaType,
    Refusal,
    Refused,
)

ZIP_MAGIC = b"PK\x03\x04"
OLE_MAGIC = olefile.MAGIC
MAX_DIRECTORY = 1024 * 1024  # bytes of a ZIP's table of contents: some ten thousand entries
MAX_PART = 512 * 1024  # bytes unpacked of one part
_END = b"PK\x05\x06"
_END_SIZE = 22
_ZIP64 = b"PK\x06\x07"  # a second table of contents, for archives far above any limit of ours
_MIMETYPES = {kind.media_type: kind for kind in (ODT, ODS, ODP, HWPX)}
_MAIN_PARTS = (
    (b"wordprocessingml.document.main+xml", DOCX),
    (b"spreadsheetml.sheet.main+xml", XLSX),
    (b"presentationml.presentation.main+xml", PPTX),
)
_STREAMS = (("WordDocument", DOC), ("Workbook", XLS), ("Book", XLS), ("PowerPoint Document", PPT))
_MACRO_PART = re.compile(r"(?:.*/)?vbaProject\.bin|(?:Basic|Scripts)/.+", re.IGNORECASE)
_HWP_LOCKED = 0x02


def zip_type(file: BinaryIO) -> MediaType:
    """The type of a ZIP-based document. Raises Refused."""
    _check_directory(file)
    try:
        with ZipFile(file) as archive:
            return _named_type(archive)
    except Refused:
        raise
    except Exception as error:  # a parser fed with hostile bytes fails in any way it likes
        raise Refused(Refusal.UNREADABLE) from error


def ole_type(file: BinaryIO) -> MediaType:
    """The type of an OLE-based document. Raises Refused."""
    file.seek(0)
    try:
        return _stream_type(olefile.OleFileIO(file))
    except Refused:
        raise
    except Exception as error:  # a parser fed with hostile bytes fails in any way it likes
        raise Refused(Refusal.UNREADABLE) from error


def _check_directory(file: BinaryIO) -> None:
    """Refuse a table of contents that is missing or huge, before all of it is read into memory."""
    size = file.seek(0, 2)
    file.seek(max(0, size - _END_SIZE - 0xFFFF))
    tail = file.read()
    start = len(tail) - _END_SIZE
    if not (tail[start:].startswith(_END) and tail.endswith(b"\0\0")):
        start = tail.rfind(_END)
    if start < 0 or len(tail) - start < _END_SIZE:
        raise Refused(Refusal.UNREADABLE)
    (directory_size,) = struct.unpack_from("<L", tail, start + 12)
    if directory_size > MAX_DIRECTORY or tail[max(0, start - 20):start].startswith(_ZIP64):
        raise Refused(Refusal.TYPE_NOT_ACCEPTED)


def _named_type(archive: ZipFile) -> MediaType:
    parts = {info.filename: info for info in archive.infolist()}
    if any(info.flag_bits & 1 for info in parts.values()):
        raise Refused(Refusal.UNREADABLE)
    types = _part(archive, "[Content_Types].xml")
    if b"macroEnabled" in types or any(map(_MACRO_PART.fullmatch, parts)):
        raise Refused(Refusal.MACROS)
    if b"encryption-data" in _part(archive, "META-INF/manifest.xml"):
        raise Refused(Refusal.UNREADABLE)
    declared = _part(archive, "mimetype").strip().decode("ascii", "replace")
    if declared in _MIMETYPES:
        return _MIMETYPES[declared]
    if not declared and "Contents/content.hpf" in parts:
        return HWPX
    kinds = [kind for main, kind in _MAIN_PARTS if main in types]
    if not kinds and not declared:
        raise Refused(Refusal.ARCHIVE)
    return _only(kinds)


def _part(archive: ZipFile, name: str) -> bytes:
    """The beginning of one part, or nothing when there is no such part."""
    try:
        info = archive.getinfo(name)
    except KeyError:
        return b""
    if info.compress_type not in {ZIP_STORED, ZIP_DEFLATED}:  # the others unpack without a bound
        raise Refused(Refusal.UNREADABLE)
    with archive.open(info) as part:
        return part.read(MAX_PART)


def _stream_type(ole: olefile.OleFileIO) -> MediaType:
    names = {"/".join(path) for path in ole.listdir(streams=True, storages=True)}
    if "EncryptedPackage" in names:
        raise Refused(Refusal.UNREADABLE)
    if any(part == "VBA" or part.startswith("_VBA_PROJECT") for name in names for part in name.split("/")):
        raise Refused(Refusal.MACROS)
    if "FileHeader" in names:
        header = ole.openstream("FileHeader").read(40)
        if header.startswith(b"HWP Document File"):
            if header[36:37] and header[36] & _HWP_LOCKED:
                raise Refused(Refusal.UNREADABLE)
            return HWP
    return _only({kind for stream, kind in _STREAMS if stream in names})


def _only(kinds: Collection[MediaType]) -> MediaType:
    if len(kinds) != 1:
        raise Refused(Refusal.TYPE_NOT_ACCEPTED)
    return next(iter(kinds))
