"""What a photo said of time and place, in words, where the author wanted that."""

from collections.abc import Mapping
from datetime import datetime

from civicportal.core.i18n import _, moment_text, timezone


def photo_lines(facts: Mapping[str, str] | None) -> list[tuple[str, str]]:
    """(title, value) of each fact. A camera's clock is taken as the portal's own."""
    lines = []
    if facts and facts.get("taken_at"):
        taken_at = datetime.fromisoformat(facts["taken_at"]).replace(tzinfo=timezone())
        lines.append((_("The photo was taken"), moment_text(taken_at)))
    if facts and facts.get("place"):
        lines.append((_("Where the photo was taken (north, east)"), facts["place"]))
    return lines
