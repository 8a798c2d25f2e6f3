"""What is shown of a file: a copy made anew, without place, device or author hidden in it. The original stays.

`python -m civicportal.petitions.derivatives TYPE FROM TO` makes one; `previews` runs it with limits.
"""

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import BinaryIO

from PIL import ExifTags, Image, ImageCms

from civicportal.petitions import images, plain
from civicportal.petitions.media_types import (
    BY_MEDIA_TYPE,
    GIF,
    HEIC,
    JPEG,
    PDF,
    PNG,
    TEXT,
    WEBP,
    Kind,
    MediaType,
    Refusal,
    Refused,
)

MAX_SIDE = 1600  # pixels
_AS = {JPEG: JPEG, PNG: PNG, GIF: PNG, WEBP: WEBP, HEIC: JPEG}
_UPRIGHT = {
    2: Image.Transpose.FLIP_LEFT_RIGHT, 3: Image.Transpose.ROTATE_180, 4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE, 6: Image.Transpose.ROTATE_270, 7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
_OPTIONS: dict[MediaType, dict[str, int | bool]] = {
    JPEG: {"quality": 85, "optimize": True, "progressive": True},
    PNG: {"optimize": True},
    WEBP: {"quality": 85, "method": 4},
}


@dataclass(frozen=True)
class Derived:
    """A copy for showing. `width` and `height` in pixels, None for text."""

    data: bytes
    media_type: MediaType
    width: int | None = None
    height: int | None = None


def shown_as(media_type: MediaType) -> MediaType:
    """What the copy of such a file is."""
    if media_type.kind is Kind.DOCUMENT:
        return PDF
    return _AS.get(media_type, media_type)


def derive(file: BinaryIO, media_type: MediaType) -> Derived | None:
    """Make the copy that may be shown; None for documents, of which only the original exists.

    Pictures are drawn again upright, at most MAX_SIDE pixels a side, the first frame of several, without metadata.
    Text becomes UTF-8 with LF. Raises Refused for damaged content or too many pixels.
    """
    if media_type.kind is Kind.IMAGE:
        return _picture(file, media_type)
    if media_type.kind is Kind.TEXT:
        return _text(file)
    return None


def _text(file: BinaryIO) -> Derived:
    file.seek(0)
    try:
        text = plain.normalise(plain.decode(file.read()))
    except ValueError as error:
        raise Refused(Refusal.UNREADABLE) from error
    return Derived(f"{text}\n".encode(), TEXT)


def _picture(file: BinaryIO, media_type: MediaType) -> Derived:
    image = images.open_image(file, media_type)
    try:
        shown = _redraw(image)
    except Exception as error:  # a parser fed with hostile bytes fails in any way it likes
        raise Refused(Refusal.UNREADABLE) from error
    target, out = _AS[media_type], BytesIO()
    shown = shown.convert("RGB") if target is JPEG else shown
    shown.save(out, images.FORMATS[target], **_OPTIONS[target])
    return Derived(out.getvalue(), target, shown.width, shown.height)


def _redraw(image: Image.Image) -> Image.Image:
    """The pixels alone, upright, small enough and in the web's colours."""
    turn, profile = _turn(image), image.info.get("icc_profile")
    if image.mode in {"1", "P", "PA"}:  # a palette cannot be scaled smoothly
        image = image.convert(_mode(image))
    image.thumbnail((MAX_SIDE, MAX_SIDE), Image.Resampling.LANCZOS, reducing_gap=2.0)
    image = image if turn is None else image.transpose(turn)
    image = _in_srgb(image, profile) if profile else image
    image = image.convert(_mode(image))
    clean = Image.new(image.mode, image.size)
    clean.paste(image)
    return clean


def _mode(image: Image.Image) -> str:
    return "RGBA" if image.has_transparency_data else "RGB"


def _turn(image: Image.Image) -> Image.Transpose | None:
    """How the camera was held. Cameras write much that is wrong around it, which must not cost the picture."""
    try:
        return _UPRIGHT.get(image.getexif().get(ExifTags.Base.Orientation, 1))
    except Exception:  # a parser fed with hostile bytes fails in any way it likes
        return None


def _in_srgb(image: Image.Image, profile: bytes) -> Image.Image:
    """Colours as the profile meant them; as they are when it cannot be read."""
    try:
        source = ImageCms.ImageCmsProfile(BytesIO(profile))
        mode = "RGBA" if image.mode == "RGBA" else "RGB"
        converted = ImageCms.profileToProfile(image, source, ImageCms.createProfile("sRGB"), outputMode=mode)
    except (ImageCms.PyCMSError, OSError, ValueError):
        return image
    return converted or image


def main(arguments: Sequence[str]) -> int:
    """Make the copy of one file. Returns the exit status."""
    media_type, source, target = arguments
    try:
        with Path(source).open("rb") as file:
            copy = derive(file, BY_MEDIA_TYPE[media_type])
    except Refused:
        return 1
    if copy is None:
        return 1
    Path(target).write_bytes(copy.data)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
