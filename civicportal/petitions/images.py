"""Opening pictures that strangers sent: known formats only, and never more pixels than can be held."""

from typing import BinaryIO

from PIL import Image

from civicportal.petitions.media_types import GIF, HEIC, JPEG, PNG, WEBP, MediaType, Refusal, Refused

MAX_PIXELS = 64_000_000
FORMATS = {JPEG: "JPEG", PNG: "PNG", WEBP: "WEBP", GIF: "GIF", HEIC: "HEIF"}
Image.MAX_IMAGE_PIXELS = None  # Pillow would only warn; `open_image` refuses


def open_image(file: BinaryIO, media_type: MediaType) -> Image.Image:
    """Read a picture's header, not yet its pixels. Raises Refused when damaged or above MAX_PIXELS."""
    file.seek(0)
    if media_type is HEIC:
        _learn_heic()
    try:
        image = Image.open(file, formats=(FORMATS[media_type],))
    except Exception as error:  # a parser fed with hostile bytes fails in any way it likes
        raise Refused(Refusal.UNREADABLE) from error
    if image.width * image.height > MAX_PIXELS:
        raise Refused(Refusal.TOO_MANY_PIXELS)
    return image


def _learn_heic() -> None:
    """Teach Pillow the format of telephones; only the program that makes copies loads it."""
    from pillow_heif import register_heif_opener  # noqa: PLC0415 - large, and needed there alone

    register_heif_opener(thumbnails=False)
