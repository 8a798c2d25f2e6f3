"""Plain text as it is stored: NFC, LF, no control characters; and reading it from the bytes of a file."""

import re
import unicodedata

_CONTROLS = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\ud800-\udfff\ufeff]")
_BREAKS = re.compile("\r\n?|[\x85\u2028\u2029]")
_OUTER_BLANK = re.compile(r"\A(?:[^\S\n]*\n)+|(?:\n[^\S\n]*)+\Z")
_BINARY = re.compile("[\x00-\x08\x0e-\x1f\x7f]")
_BOMS = ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"))


def normalise(text: str) -> str:
    """NFC with LF line ends, without control characters and outer blank lines. Inner spaces stay as typed."""
    text = _BREAKS.sub("\n", _CONTROLS.sub("", text))
    text = _OUTER_BLANK.sub("", unicodedata.normalize("NFC", text))
    return "" if text.isspace() else text


def decode(data: bytes) -> str:
    """The text in a file: UTF-8, UTF-16 with a mark, or CP949 (Korean Windows).

    Raises ValueError when the bytes are none of these or hold control characters that text has no use for.
    """
    marked = next((codec for mark, codec in _BOMS if data.startswith(mark)), None)
    for codec in (marked,) if marked else ("utf-8", "cp949"):
        try:
            text = data.decode(codec)
        except UnicodeDecodeError:
            continue
        if not _BINARY.search(text):
            return text
    raise ValueError("not plain text")
