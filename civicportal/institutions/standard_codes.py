"""The government's standard organisation codes, read as institutions.

The file names offices down to single teams. Its classes only tell central from local bodies; dates before 1990 are
often incomplete or later than the closing, and are then left out.
"""

from collections.abc import Mapping
from datetime import date, datetime

from civicportal.core.i18n import lazy
from civicportal.institutions.csv_rows import CODE_LENGTH, Format, Parsed, code_problems, text_problems
from civicportal.institutions.states import InstitutionType

NO_PARENT = "0000000"
TYPES = {"01": InstitutionType.CENTRAL, "02": InstitutionType.LOCAL, "": InstitutionType.LOCAL}
COLUMNS = frozenset({
    "org_code", "full_name", "short_name", "level", "parent_code", "top_code", "rep_code", "type_l", "type_m", "type_s",
    "adm_dong_code", "created", "abolished", "is_abolished", "prev_code",
})
REQUIRED = frozenset({"org_code", "full_name", "parent_code", "type_l", "created", "abolished", "is_abolished"})


def parse_row(row: int, cells: Mapping[str, str]) -> Parsed | list[object]:
    """One office. An abolished one is closed from the day of its abolition on."""
    values = {"name_ko": cells["full_name"]}
    problems = [*code_problems(cells["org_code"], CODE_LENGTH), *text_problems(values, {"name_ko": 200})]
    if cells["type_l"] not in TYPES:
        problems.append(lazy("There is no institution type “%(type)s”.", type=cells["type_l"][:40]))
    closed = cells["is_abolished"] == "1"
    end = compact_day(cells["abolished"]) if closed else None
    if closed and end is None:
        problems.append(lazy("“%(text)s” is not a date like 20260131.", text=cells["abolished"][:40]))
    if problems:
        return problems
    first = compact_day(cells["created"])
    parent = cells["parent_code"]
    return Parsed(row, cells["org_code"], {
        **values, "type": TYPES[cells["type_l"]],
        "active_from": None if first and end and end < first else first, "active_to": end,
    }, {"parent": None if parent in ("", NO_PARENT) else parent})


def compact_day(text: str) -> date | None:
    """A day written as 20260131; None for anything else."""
    try:
        return datetime.strptime(text, "%Y%m%d").date() if len(text) == 8 else None  # noqa: DTZ007 - a day has no zone
    except ValueError:
        return None


STANDARD_CODES = Format(COLUMNS, REQUIRED, parse_row)
