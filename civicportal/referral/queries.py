"""What a matcher is built from: the institutions of today, with the names of those they took over from."""

from collections import defaultdict

from civicportal.institutions.models import Institution, Region
from civicportal.institutions.queries import all_institutions, regions, today
from civicportal.referral.matcher import Profile


def profiles() -> list[Profile]:
    """One profile for each institution of today. A closed one leaves its names to the end of its chain."""
    day = today()
    rows = {row.id: row for row in all_institutions()}
    places = {region.code: region for region in regions()}
    former: dict[int, list[str]] = defaultdict(list)
    for row in rows.values():
        heir = _heir(row, rows)
        if heir is not None and heir is not row:
            former[heir.id] += _names(row.name_ko, row.name_en)
    return [_profile(row, former[row.id], places) for row in rows.values() if row.active(day)]


def _heir(row: Institution, rows: dict[int, Institution]) -> Institution | None:
    """The institution of today that does this one's work: `resolve_successor` without a query for each."""
    day = today()
    seen: set[int] = set()
    here: Institution | None = row
    while here is not None and not here.active(day) and here.id not in seen:
        seen.add(here.id)
        here = rows.get(here.successor_id) if here.successor_id else None
    return here if here is not None and here.active(day) else None


def _profile(row: Institution, former: list[str], places: dict[str, Region]) -> Profile:
    place = places.get(row.region_code or "")
    return Profile(
        id=row.id, code=row.code, names=_names(row.name_ko, row.name_en), type=row.type,
        remit_ko=row.remit_ko, remit_en=row.remit_en, former_names=tuple(former),
        regions=_path(row.region_code, places), region_names=_names(place.name_ko, place.name_en) if place else (),
    )


def _path(code: str | None, places: dict[str, Region]) -> tuple[str, ...]:
    path: list[str] = []
    while code in places and code not in path:
        path.append(code)
        code = places[code].parent_code
    return tuple(path)


def _names(korean: str, english: str | None) -> tuple[str, ...]:
    return (korean, english) if english else (korean,)
