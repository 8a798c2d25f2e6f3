"""Reading files of regions and institutions into the tree.

A file is read twice: first to find everything that is wrong with it, keeping only codes in memory, then, if it may be
written, in batches. All of it is one transaction; what the file does not speak of stays as it is.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.orm import Session, aliased

from civicportal.core import audit
from civicportal.core.clock import now
from civicportal.core.errors import Forbidden
from civicportal.core.i18n import lazy
from civicportal.core.permissions import Actor
from civicportal.core.transactions import atomic
from civicportal.institutions.csv_rows import REGIONS, Format, Parsed, Problem, read_rows
from civicportal.institutions.models import Institution, Region
from civicportal.institutions.policies import can_edit_institutions
from civicportal.institutions.survey import Links, Survey

BATCH = 1000
Advance = Callable[[int], None]


@dataclass
class ImportReport:
    """What an import did. With `problems` and not `written`, nothing was changed."""

    new: int = 0
    changed: int = 0
    unchanged: int = 0
    problems: list[Problem] = field(default_factory=list)
    left_out: list[Problem] = field(default_factory=list)
    written: bool = False


def import_institutions(
    actor: Actor, path: Path, shape: Format, *, skip_bad: bool = False, advance: Advance = lambda _size: None,
) -> ImportReport:
    """Add and change institutions as a file says.

    `advance` is told how many bytes were read (twice the size of the file in all). With `skip_bad`, bad rows and those
    that rest on them are left out; else one bad row stops everything. Raises Forbidden and csv_rows.FileProblem.
    """
    return _import(actor, path, shape, _InstitutionTable, skip_bad=skip_bad, advance=advance)


def import_regions(
    actor: Actor, path: Path, *, skip_bad: bool = False, advance: Advance = lambda _size: None,
) -> ImportReport:
    """Add and change regions as a file says; see `import_institutions`."""
    return _import(actor, path, REGIONS, _RegionTable, skip_bad=skip_bad, advance=advance)


class _RegionTable:
    """How rows of regions are stored. Parents are written last, when every row is there."""

    model: type[Region] | type[Institution] = Region
    key = "code"
    columns = {"parent": "parent_code"}

    def __init__(self, session: Session, actor: Actor) -> None:
        self.session = session
        self.actor = actor

    def stored(self) -> dict[str, Links]:
        """Links of all rows by code."""
        return {code: {"parent": parent} for code, parent in self.session.execute(
            select(Region.code, Region.parent_code))}

    def outside(self) -> dict[str, set[str]]:
        """Codes of other tables that rows may name."""
        return {}

    def prepare(self, row: Parsed) -> dict[str, Any]:
        """Columns to store now."""
        return row.values

    def record(self, _rows: Iterable[Any]) -> None:
        """Regions are not audited: nobody's matter hangs on them alone."""


class _InstitutionTable(_RegionTable):
    """How rows of institutions are stored."""

    model = Institution
    key = "id"
    columns = {"parent": "parent_id", "successor": "successor_id"}

    def stored(self) -> dict[str, Links]:
        parent, successor = aliased(Institution), aliased(Institution)
        rows = self.session.execute(
            select(Institution.code, parent.code, successor.code, Institution.region_code)
            .outerjoin(parent, Institution.parent_id == parent.id)
            .outerjoin(successor, Institution.successor_id == successor.id))
        return {code: {"parent": above, "successor": after, "region": region} for code, above, after, region in rows}

    def outside(self) -> dict[str, set[str]]:
        return {"region": set(self.session.scalars(select(Region.code)))}

    def prepare(self, row: Parsed) -> dict[str, Any]:
        return {**row.values, "region_code": row.links["region"]} if "region" in row.links else row.values

    def record(self, rows: Iterable[Institution]) -> None:
        for row in rows:
            audit.record(audit.AuditName.INSTITUTION_SAVED, self.actor, "institution", row.id, code=row.code)


def _import(
    actor: Actor, path: Path, shape: Format, kind: type[_RegionTable], *, skip_bad: bool, advance: Advance
) -> ImportReport:
    if not can_edit_institutions(actor):
        raise Forbidden(lazy("Only operators of the portal may change institutions."))
    with atomic() as session:
        table = kind(session, actor)
        survey = Survey(table.stored(), table.outside())
        survey.read(read_rows(path, shape, advance))
        report = ImportReport(problems=survey.problems)
        if survey.problems and not skip_bad:
            return report
        report.left_out = survey.left_out
        good = (row for row in read_rows(path, shape, advance) if isinstance(row, Parsed) and survey.accepts(row))
        for batch in _batches(good):
            _write(table, batch, survey.stored, report)
        _write_links(table, survey)
        report.written = True
    return report


def _batches(rows: Iterator[Parsed]) -> Iterator[list[Parsed]]:
    while batch := list(islice(rows, BATCH)):
        yield batch


def _write(table: _RegionTable, batch: list[Parsed], stored: Any, report: ImportReport) -> None:
    """Insert and change the rows of a batch, without their links, and count them."""
    model: Any = table.model
    session = table.session
    there: dict[str, Any] = {row.code: row for row in session.scalars(
        select(model).where(model.code.in_([row.code for row in batch])))}
    touched = []
    for row in batch:
        values = table.prepare(row)
        found = there.get(row.code)
        if found is None:
            found = model(code=row.code, **values)
            session.add(found)
            report.new += 1
        elif _differs(found, values) or _relinked(row.links, stored[row.code]):
            for name, value in values.items():
                setattr(found, name, value)
            report.changed += 1
        else:
            report.unchanged += 1
            continue
        touched.append(found)
    session.flush()
    table.record(touched)
    session.flush()


def _differs(found: Any, values: dict[str, Any]) -> bool:
    return any(getattr(found, name) != value for name, value in values.items())


def _relinked(wanted: Links, stored: Links) -> bool:
    return any(stored.get(kind) != code for kind, code in wanted.items())


def _write_links(table: _RegionTable, survey: Survey) -> None:
    """Point parents and successors to their rows, now that all of them are there."""
    model, session = table.model, table.session
    rows = session.execute(select(model.code, getattr(model, table.key)))
    keys: dict[str, Any] = {code: key for code, key in rows}  # noqa: C416 - a row is no pair for dict()
    for kind, column in table.columns.items():
        changes = [
            {table.key: keys[code], column: keys[links[kind]] if links[kind] else None}  # type: ignore[index]
            for code, links in survey.links.items()
            if kind in links and links[kind] != survey.stored.get(code, {}).get(kind)
        ]
        if changes:
            stamp = {"updated_at": now()} if model is Institution else {}
            session.execute(update(model), [change | stamp for change in changes])
    session.expire_all()
