"""The kinds of file a filing may carry, and why one may be refused."""

from dataclasses import dataclass, field
from enum import StrEnum

from civicportal.core.i18n import lazy


class Kind(StrEnum):
    """What can be shown of a file."""

    IMAGE = "image"
    TEXT = "text"
    VIDEO = "video"
    DOCUMENT = "document"


@dataclass(frozen=True)
class MediaType:
    """A type of file. `extension` is the one it gets; `others` are names it may keep."""

    media_type: str
    extension: str
    title: object = field(compare=False)  # its hash would differ from language to language
    kind: Kind
    others: tuple[str, ...] = ()


class Refusal(StrEnum):
    """Stable codes for why a file is not taken."""

    EMPTY = "empty"
    TOO_LARGE = "too_large"
    TOO_MANY_PIXELS = "too_many_pixels"
    TYPE_NOT_ACCEPTED = "type_not_accepted"
    ARCHIVE = "archive"
    UNREADABLE = "unreadable"
    MACROS = "macros"
    INFECTED = "infected"


_SENTENCES = {
    Refusal.EMPTY: lazy("The file is empty."),
    Refusal.TOO_LARGE: lazy("The file is too large."),
    Refusal.TOO_MANY_PIXELS: lazy("The picture is too large to be shown. Make it smaller and add it again."),
    Refusal.TYPE_NOT_ACCEPTED: lazy(
        "We cannot take this kind of file. Add a picture (JPEG, PNG, WebP, HEIC), a video (MP4), a PDF, a text, or an "
        "office document (HWP, HWPX, DOCX, XLSX, ODT)."),
    Refusal.ARCHIVE: lazy("We cannot take archives such as ZIP. Add the files in it one by one."),
    Refusal.UNREADABLE: lazy("The file cannot be opened. It may be damaged or locked with a password."),
    Refusal.INFECTED: lazy("The virus scanner found something in this file. Check the device it comes from."),
    Refusal.MACROS: lazy("The file contains macros. Save it without macros and add it again."),
}


class Refused(ValueError):
    """A file that is not taken. `code` says why, `message` says it to the person who sent it."""

    def __init__(self, code: Refusal) -> None:
        super().__init__(code.value)
        self.code = code

    @property
    def message(self) -> str:
        return str(_SENTENCES[self.code])


_OOXML = "application/vnd.openxmlformats-officedocument"
_ODF = "application/vnd.oasis.opendocument"
_DOCUMENT, _SHEET, _SLIDES = lazy("Text document"), lazy("Spreadsheet"), lazy("Presentation")

JPEG = MediaType("image/jpeg", "jpg", lazy("JPEG picture"), Kind.IMAGE, ("jpeg", "jpe", "jfif"))
PNG = MediaType("image/png", "png", lazy("PNG picture"), Kind.IMAGE)
WEBP = MediaType("image/webp", "webp", lazy("WebP picture"), Kind.IMAGE)
HEIC = MediaType("image/heic", "heic", lazy("HEIC picture"), Kind.IMAGE, ("heif", "hif"))
GIF = MediaType("image/gif", "gif", lazy("GIF picture"), Kind.IMAGE)
MP4 = MediaType("video/mp4", "mp4", lazy("MP4 video"), Kind.VIDEO, ("m4v",))
PDF = MediaType("application/pdf", "pdf", lazy("PDF document"), Kind.DOCUMENT)
TEXT = MediaType("text/plain", "txt", lazy("Plain text"), Kind.TEXT, ("csv", "md", "log"))
DOCX = MediaType(f"{_OOXML}.wordprocessingml.document", "docx", _DOCUMENT, Kind.DOCUMENT)
XLSX = MediaType(f"{_OOXML}.spreadsheetml.sheet", "xlsx", _SHEET, Kind.DOCUMENT)
PPTX = MediaType(f"{_OOXML}.presentationml.presentation", "pptx", _SLIDES, Kind.DOCUMENT)
ODT = MediaType(f"{_ODF}.text", "odt", _DOCUMENT, Kind.DOCUMENT)
ODS = MediaType(f"{_ODF}.spreadsheet", "ods", _SHEET, Kind.DOCUMENT)
ODP = MediaType(f"{_ODF}.presentation", "odp", _SLIDES, Kind.DOCUMENT)
DOC = MediaType("application/msword", "doc", _DOCUMENT, Kind.DOCUMENT)
XLS = MediaType("application/vnd.ms-excel", "xls", _SHEET, Kind.DOCUMENT)
PPT = MediaType("application/vnd.ms-powerpoint", "ppt", _SLIDES, Kind.DOCUMENT)
HWP = MediaType("application/x-hwp", "hwp", lazy("Hangul document"), Kind.DOCUMENT)
HWPX = MediaType("application/hwp+zip", "hwpx", lazy("Hangul document"), Kind.DOCUMENT)

ACCEPTED = (JPEG, PNG, WEBP, HEIC, MP4, PDF, TEXT, DOCX, XLSX, ODT, HWP, HWPX)
# The others are recognised, for the sentence that refuses them, and because portals hold such files from before.
BY_MEDIA_TYPE = {kind.media_type: kind for kind in (*ACCEPTED, GIF, PPTX, ODS, ODP, DOC, XLS, PPT)}
ACCEPT = ",".join(f".{extension}" for accepted in ACCEPTED for extension in (accepted.extension, *accepted.others))
