"""Types by content: what is accepted, what is refused and why, and names that can do no harm."""

import struct
import tracemalloc
import unicodedata
import zipfile
from contextlib import suppress
from io import BytesIO
from zlib import crc32

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from civicportal.petitions import media_types as types
from civicportal.petitions.media import MAX_NAME, detect, safe_name
from civicportal.petitions.media_types import Refusal, Refused
from tests.petitions import samples

LIMIT = 10 * 1024 * 1024
ODF = "application/vnd.oasis.opendocument"


def kind_of(data, limit=LIMIT):
    return detect(BytesIO(data), limit=limit)


def refusal_of(data, limit=LIMIT):
    with pytest.raises(Refused) as refused:
        kind_of(data, limit)
    return refused.value.code


@pytest.mark.parametrize(("data", "expected"), [
    (samples.picture("JPEG"), types.JPEG),
    (samples.picture("PNG"), types.PNG),
    (samples.picture("WEBP"), types.WEBP),
    (samples.heic(), types.HEIC),
    (samples.MP4, types.MP4),
    (samples.PDF, types.PDF),
    (b"plain text", types.TEXT),
    ("가로등이 꺼졌습니다.".encode(), types.TEXT),
    ("가로등이 꺼졌습니다.".encode("cp949"), types.TEXT),
    ("가로등이 꺼졌습니다.".encode("utf-16"), types.TEXT),
    (b"BM starts like a bitmap, PK and MZ are letters too", types.TEXT),
    ("<제목> 가로등".encode(), types.TEXT),
    (samples.ooxml("docx"), types.DOCX),
    (samples.ooxml("xlsx"), types.XLSX),
    (samples.opendocument(f"{ODF}.text"), types.ODT),
    (samples.opendocument("application/hwp+zip"), types.HWPX),
    (samples.zipped({"Contents/content.hpf": "<a/>", "version.xml": "<a/>"}), types.HWPX),
    (samples.ole({"FileHeader": samples.HWP_HEADER, "DocInfo": b"x"}), types.HWP),
], ids=lambda value: getattr(value, "extension", ""))
def test_accepted_types_are_known_by_content(data, expected):
    assert kind_of(data) is expected


def test_animated_pictures_are_pictures():
    frames = BytesIO()
    Image.new("RGB", (9, 9)).save(frames, "PNG", save_all=True, append_images=[Image.new("RGB", (9, 9), "red")])
    assert kind_of(frames.getvalue()) is types.PNG


@pytest.mark.parametrize("data", [
    b"MZ\x90\x00\x03\x00\x00\x00\x04\x00",
    b"\x7fELF\x02\x01\x01\x00",
    b"II*\x00\x08\x00\x00\x00",
    b"\x00\x00\x00\x14ftypqt  \x00\x00\x02\x00qt  ",
    samples.picture("GIF"),
    samples.ooxml("pptx"),
    samples.opendocument(f"{ODF}.spreadsheet\n"),
    samples.opendocument(f"{ODF}.presentation"),
    samples.ole({"WordDocument": b"\xec\xa5"}),
    samples.ole({"Workbook": b"\x09\x08"}),
    samples.ole({"Book": b"\x09\x08"}),
    samples.ole({"PowerPoint Document": b"x", "Current User": b"x"}),
    b"<!DOCTYPE html><script>alert(1)</script>",
    b"\xef\xbb\xbf\n <svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>",
    b"<?xml version='1.0'?><!DOCTYPE a>",
    b"{\\rtf1 hello}",
    b"#!/bin/sh\nrm -rf /",
    b"text\0with nul",
    b"GIF89a",
    samples.opendocument("application/epub+zip"),
    samples.ole({"Something": b"x"}),
    samples.ole({"FileHeader": b"another program's header"}),
    samples.ole({"WordDocument": b"x", "Workbook": b"x"}),
])
def test_everything_else_is_refused(data):
    assert refusal_of(data) in {Refusal.TYPE_NOT_ACCEPTED, Refusal.UNREADABLE}


@pytest.mark.parametrize("data", [
    samples.zipped({"a.txt": "hello"}),
    samples.zipped({"META-INF/MANIFEST.MF": "Main-Class: A", "A.class": "x"}),
    b"\x1f\x8b\x08\x00" + b"\0" * 20,
    b"Rar!\x1a\x07\x01\x00" + b"\0" * 20,
    b"7z\xbc\xaf\x27\x1c" + b"\0" * 20,
])
def test_archives_are_refused_with_what_to_do_instead(data):
    assert refusal_of(data) is Refusal.ARCHIVE
    assert "ZIP" in Refused(Refusal.ARCHIVE).message


@pytest.mark.parametrize(("data", "code"), [
    (b"", Refusal.EMPTY),
    (b"x" * (LIMIT + 1), Refusal.TOO_LARGE),
    (samples.picture()[:20], Refusal.UNREADABLE),
    (samples.ooxml("docx")[:-30], Refusal.UNREADABLE),
    (samples.ole({"WordDocument": b"x"})[:600], Refusal.UNREADABLE),
    (samples.ole({"EncryptedPackage": b"x", "EncryptionInfo": b"x"}), Refusal.UNREADABLE),
    (samples.ole({"FileHeader": samples.HWP_LOCKED}), Refusal.UNREADABLE),
    (samples.opendocument(f"{ODF}.text", {"META-INF/manifest.xml": "<m:encryption-data/>"}), Refusal.UNREADABLE),
    (samples.ooxml("docm"), Refusal.MACROS),
    (samples.ooxml("docx", {"word/vbaProject.bin": b"x"}), Refusal.MACROS),
    (samples.opendocument(f"{ODF}.text", {"Basic/Standard/Module1.xml": "<a/>"}), Refusal.MACROS),
    (samples.ole({"WordDocument": b"x"}, storages=["VBA"]), Refusal.MACROS),
    (samples.ole({"Workbook": b"x"}, storages=["_VBA_PROJECT_CUR"]), Refusal.MACROS),
])
def test_refusals_say_why(data, code):
    assert refusal_of(data) is code
    assert Refused(code).message.endswith(".")


def test_limit_is_inclusive():
    assert kind_of(b"x" * 10, limit=10) is types.TEXT
    assert refusal_of(b"x" * 11, limit=10) is Refusal.TOO_LARGE


def test_file_is_left_at_its_start():
    for data in (samples.PDF, b"text", samples.ooxml("docx"), samples.ole({"Workbook": b"x"}), b"\0"):
        file = BytesIO(data)
        with suppress(Refused):
            detect(file, limit=LIMIT)
        assert file.tell() == 0


def test_only_the_head_of_a_pdf_is_read():
    class Counting(BytesIO):
        taken = 0

        def read(self, size=-1):
            data = super().read(size)
            self.taken += len(data)
            return data

    file = Counting(samples.PDF + b"\0" * 1_000_000)
    detect(file, limit=LIMIT)
    assert file.taken <= 8192


def test_picture_with_too_many_pixels_is_refused_by_its_header():
    header = struct.pack(">IIBBBBB", 50_000, 50_000, 8, 2, 0, 0, 0)
    chunk = b"IHDR" + header
    png = b"\x89PNG\r\n\x1a\n" + struct.pack(">I", 13) + chunk + struct.pack(">I", crc32(chunk))
    png += struct.pack(">I", 0) + b"IDAT" + struct.pack(">I", crc32(b"IDAT"))
    assert refusal_of(png) is Refusal.TOO_MANY_PIXELS


def peak_of(data):
    tracemalloc.start()
    try:
        code = refusal_of(data)
        return code, tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def test_entities_in_a_document_are_not_read(tmp_path):
    """Documents are told by plain words in their parts; no XML parser is asked, so nothing can be drawn in."""
    secret = tmp_path / "secret"
    secret.write_text("wordprocessingml.document.main+xml")
    outside = f'<!DOCTYPE a [<!ENTITY e SYSTEM "{secret.as_uri()}">]><Types>&e;</Types>'
    assert refusal_of(samples.zipped({"[Content_Types].xml": outside})) is Refusal.ARCHIVE
    laughs = "<!DOCTYPE a [" + "".join(
        f'<!ENTITY e{level} "{f"&e{level - 1};" * 100}">' for level in range(1, 12)) + "]>"
    code, peak = peak_of(samples.zipped({"[Content_Types].xml": laughs}))
    assert code is Refusal.ARCHIVE
    assert peak < 5_000_000


def test_scripts_hidden_in_a_word_file_are_refused():
    assert refusal_of(samples.ole({"WordDocument": b"x", "VBA": b"x"})) is Refusal.MACROS
    assert refusal_of(samples.ooxml("docx", {"word/vbaProject.bin": b"x"})) is Refusal.MACROS


def test_zip_bombs_are_not_unpacked():
    bomb = samples.zipped({"mimetype": b"\0" * 200_000_000, "content.xml": "x"})
    code, peak = peak_of(bomb)
    assert code is Refusal.TYPE_NOT_ACCEPTED
    assert peak < 20_000_000


@pytest.mark.parametrize("method", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_parts_that_unpack_without_bound_are_not_opened(method):
    code, peak = peak_of(samples.zipped({"[Content_Types].xml": b"\0" * 50_000_000}, method))
    assert code is Refusal.UNREADABLE
    assert peak < 5_000_000


def test_huge_table_of_contents_is_not_read():
    data = samples.zipped({f"{number:06}": b"" for number in range(25_000)})
    assert len(data) < LIMIT
    code, peak = peak_of(data)
    assert code is Refusal.TYPE_NOT_ACCEPTED
    assert peak < 5_000_000


def test_locked_zip_parts_are_unreadable():
    data = bytearray(samples.ooxml("docx"))
    entry = data.index(b"PK\x01\x02")
    data[entry + 8] |= 1
    assert refusal_of(bytes(data)) is Refusal.UNREADABLE


@given(st.one_of(
    st.binary(max_size=300),
    st.builds(lambda start, rest: start + rest, st.sampled_from(
        [b"PK\x03\x04", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n", b"RIFF....WEBP"]),
        st.binary(max_size=2000)),
))
def test_any_bytes_are_taken_or_refused(data):
    with suppress(Refused):
        assert kind_of(data) in types.ACCEPTED


@given(st.data())
def test_damaged_documents_are_taken_or_refused(data):
    whole = data.draw(st.sampled_from(
        [samples.ooxml("docx"), samples.ole({"WordDocument": b"x"}), samples.picture("GIF"), samples.picture("WEBP")]))
    content = bytearray(whole)
    for _ in range(data.draw(st.integers(1, 8))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    with suppress(Refused):
        assert kind_of(bytes(content)) in types.ACCEPTED


# Names ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("name", "kind", "expected"), [
    ("photo.JPG", types.JPEG, "photo.jpg"),
    ("photo.jpeg", types.JPEG, "photo.jpeg"),
    ("photo.png", types.JPEG, "photo.jpg"),
    ("invoice.pdf.exe", types.PDF, "invoice.pdf.pdf"),
    ("가로등", types.JPEG, "가로등.jpg"),
    (unicodedata.normalize("NFD", "민원.hwp"), types.HWP, "민원.hwp"),
    ("보고서 v1.2", types.DOCX, "보고서 v1.2.docx"),
    ("data.csv", types.TEXT, "data.csv"),
    ("page.html", types.TEXT, "page.txt"),
    ("../../etc/passwd", types.TEXT, "passwd.txt"),
    ("C:\\Users\\me\\사진.png", types.PNG, "사진.png"),
    ("\u202egpj.exe", types.JPEG, "gpj.jpg"),
    ("a\u200eb\u2066c\u2069\x00\n\x7f.pdf", types.PDF, "abc.pdf"),
    ("CON", types.TEXT, "_CON.txt"),
    ("nul.txt", types.TEXT, "_nul.txt"),
    ("com1.tar.gz", types.PDF, "_com1.tar.pdf"),
    ("a<b>:c|d?*\".pdf", types.PDF, "a_b__c_d___.pdf"),
    ("", types.PDF, "file.pdf"),
    ("...", types.PDF, "file.pdf"),
    (".pdf", types.PDF, "file.pdf"),
    ("\u200d\u200d.pdf", types.PDF, "file.pdf"),
    ("  spaced \t out  .pdf", types.PDF, "spaced out.pdf"),
    ("folder/", types.PDF, "file.pdf"),
    ("trailing.pdf. . ", types.PDF, "trailing.pdf"),
    ("x" * 300 + ".docx", types.DOCX, "x" * 145 + ".docx"),
    ("가" * 300, types.JPEG, "가" * 146 + ".jpg"),
    ("a" * 145 + "e\u0323\u0323\u0323.pdf", types.PDF, "a" * 145 + ".pdf"),
])
def test_safe_name(name, kind, expected):
    assert safe_name(name, kind) == expected


@given(st.text(max_size=400), st.sampled_from(types.ACCEPTED))
def test_any_name_becomes_safe_once_and_for_all(name, kind):
    safe = safe_name(name, kind)
    assert safe_name(safe, kind) == safe
    assert len(safe) <= MAX_NAME
    assert unicodedata.is_normalized("NFC", safe)
    assert safe.rpartition(".")[2] in {kind.extension, *kind.others}
    assert not set(safe) & set("/\\<>:\"|?*\0\r\n")
    assert not safe.startswith((".", " "))
    safe.encode()


def test_every_type_is_offered_for_upload():
    assert set(types.ACCEPT.split(",")) >= {f".{kind.extension}" for kind in types.ACCEPTED}
    assert set(types.ACCEPTED) < set(types.BY_MEDIA_TYPE.values())
