"""When and where a photo was taken, as the camera wrote it (EXIF). Used only when the author asks for it.

`python -m civicportal.petitions.photo_facts TYPE FROM TO` writes them as JSON; `previews` runs it with limits.
"""

import json
import sys
from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import Any, BinaryIO

from PIL import ExifTags

from civicportal.petitions import images
from civicportal.petitions.media_types import BY_MEDIA_TYPE, MediaType, Refused

_SOUTH_WEST = ("S", "W")


def facts_of(file: BinaryIO, media_type: MediaType) -> dict[str, str]:
    """`taken_at` (ISO 8601, the camera's own clock) and `place` (degrees north and east), as far as they are there."""
    try:
        exif = images.open_image(file, media_type).getexif()
        details, place = exif.get_ifd(ExifTags.IFD.Exif), exif.get_ifd(ExifTags.IFD.GPSInfo)
    except Exception:  # a parser fed with hostile bytes fails in any way it likes
        return {}
    found = {"taken_at": _moment(details.get(ExifTags.Base.DateTimeOriginal)), "place": _place(place)}
    return {name: value for name, value in found.items() if value}


def _moment(written: Any) -> str:
    with suppress(ValueError):
        return datetime.strptime(str(written)[:19], "%Y:%m:%d %H:%M:%S").isoformat()  # noqa: DTZ007 - has no zone
    return ""


def _place(written: Mapping[int, Any]) -> str:
    north = _degrees(written, ExifTags.GPS.GPSLatitude, ExifTags.GPS.GPSLatitudeRef, 90)
    east = _degrees(written, ExifTags.GPS.GPSLongitude, ExifTags.GPS.GPSLongitudeRef, 180)
    return f"{north:.5f}, {east:.5f}" if north is not None and east is not None else ""


def _degrees(written: Mapping[int, Any], value: int, reference: int, most: int) -> float | None:
    try:
        degrees, minutes, seconds = (float(part) for part in written[value])
        found = degrees + minutes / 60 + seconds / 3600
    except (KeyError, TypeError, ValueError, ZeroDivisionError):
        return None
    if not 0 <= found <= most:  # nor what is no number at all
        return None
    return -found if str(written.get(reference, "")).upper().startswith(_SOUTH_WEST) else found


def main(arguments: Sequence[str]) -> int:
    """Write the facts of one photo. Returns the exit status."""
    media_type, source, target = arguments
    with Path(source).open("rb") as file, suppress(Refused):
        Path(target).write_text(json.dumps(facts_of(file, BY_MEDIA_TYPE[media_type])), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
