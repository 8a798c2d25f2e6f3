"""Deciding what a file is by its content, never by its name or by what the sender claims; and naming it safely."""

import re
import unicodedata
from typing import BinaryIO

import filetype

from civicportal.petitions import containers, images, plain
from civicportal.petitions.media_types import ACCEPTED, HEIC, MP4, PDF, PNG, TEXT, MediaType, Refusal, Refused

HEAD = 8192  # bytes in which a file shows what it is
MAX_NAME = 150
_SIGNED = {kind.media_type: kind for kind in (*images.FORMATS, PDF, MP4)} | {"image/apng": PNG}
_ARCHIVES = frozenset({
    "application/gzip", "application/x-7z-compressed", "application/x-rar-compressed", "application/x-tar",
    "application/x-bzip2", "application/x-xz", "application/zstd"})
_MARKUP = re.compile(
    r"\s*<(?:!doctype|!--|\?xml|html|head|body|script|style|svg|iframe)|\{\\rtf|%!PS|#!", re.IGNORECASE)
_UNSEEN = {"Cc", "Cf", "Cs", "Cn", "Co"}  # controls, directions, surrogates, letters that are none
_JOINERS = "\u200c\u200d"  # needed inside words of some scripts
_FORBIDDEN = re.compile(r'[<>:"|?*]')
_RESERVED = re.compile(r"(?:con|prn|aux|nul|com[0-9¹²³]|lpt[0-9¹²³])(?:\..*)?", re.IGNORECASE)
_EXTENSION = re.compile(r"[A-Za-z][A-Za-z0-9]{0,4}")


def detect(file: BinaryIO, *, limit: int) -> MediaType:
    """What the file is. `file` is seekable and left at its start; `limit` in bytes.

    Only text is read to its end; of everything else the beginning and a few small parts are.
    Raises Refused with the code that says why a file is not taken.
    """
    try:
        size = file.seek(0, 2)
        if not size:
            raise Refused(Refusal.EMPTY)
        if size > limit:
            raise Refused(Refusal.TOO_LARGE)
        found = _detect(file)
        if found not in ACCEPTED:
            raise Refused(Refusal.TYPE_NOT_ACCEPTED)
        return found
    finally:
        file.seek(0)


def _detect(file: BinaryIO) -> MediaType:
    file.seek(0)
    head = file.read(HEAD)
    if head.startswith(containers.ZIP_MAGIC):
        return containers.zip_type(file)
    if head.startswith(containers.OLE_MAGIC):
        return containers.ole_type(file)
    guessed = filetype.guess_mime(head) or ""
    if guessed in _ARCHIVES:
        raise Refused(Refusal.ARCHIVE)
    if signed := _SIGNED.get(guessed):
        if signed in images.FORMATS and signed is not HEIC:  # that one is opened where its memory is limited
            images.open_image(file, signed)
        return signed
    return _text(head + file.read())


def _text(data: bytes) -> MediaType:
    try:
        text = plain.decode(data)
    except ValueError as error:
        raise Refused(Refusal.TYPE_NOT_ACCEPTED) from error
    if _MARKUP.match(text):
        raise Refused(Refusal.TYPE_NOT_ACCEPTED)
    return TEXT


def safe_name(name: str, media_type: MediaType) -> str:
    """A name for showing and for saving, made from the sender's: one path part, nothing invisible, right extension.

    NFC, at most MAX_NAME characters, not reserved by any system, never empty.
    """
    last = re.split(r"[/\\]", unicodedata.normalize("NFC", name))[-1]
    seen = re.sub(r"\s+", " ", "".join(filter(_is_kept, last)))
    stem, extension = _split(_FORBIDDEN.sub("_", seen).rstrip(" ."), media_type)
    longest = MAX_NAME - len(extension) - 1
    stem = _cut(unicodedata.normalize("NFC", stem), longest).strip(" .")
    if not stem.strip(_JOINERS):
        stem = "file"
    if _RESERVED.fullmatch(stem):
        stem = f"_{stem[:longest - 1]}"
    return f"{stem}.{extension}"


def _is_kept(letter: str) -> bool:
    return letter.isspace() or letter in _JOINERS or unicodedata.category(letter) not in _UNSEEN


def _split(name: str, media_type: MediaType) -> tuple[str, str]:
    """Stem and extension: the given one if it fits the type, else the type's own in place of what looks like one."""
    stem, dot, extension = name.rpartition(".")
    if dot and extension.lower() in {media_type.extension, *media_type.others}:
        return stem, extension.lower()
    if dot and _EXTENSION.fullmatch(extension):
        return stem, media_type.extension
    return name, media_type.extension


def _cut(stem: str, length: int) -> str:
    """At most `length` characters, without leaving a letter whose marks were cut off at the end of the name."""
    if len(stem) <= length:
        return stem
    end = length
    while end and unicodedata.combining(stem[end]):
        end -= 1
    return stem[:end]
