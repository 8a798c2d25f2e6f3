"""Adding and changing one institution or department by hand."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from datetime import date

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from civicportal.core import audit
from civicportal.core.errors import Forbidden, Invalid
from civicportal.core.i18n import _, lazy
from civicportal.core.permissions import Actor
from civicportal.core.transactions import atomic
from civicportal.institutions import queries, tree
from civicportal.institutions.csv_rows import CODE_LENGTH, WEBSITE, code_problems, period_problems
from civicportal.institutions.models import Department, Institution, Region
from civicportal.institutions.policies import can_edit_institutions
from civicportal.institutions.states import InstitutionType

_CODE_OF_OTHER = lazy("Another institution has this code.")
_CODE_OF_ANOTHER_DEPARTMENT = lazy("Another department of this institution has this code.")


@dataclass(frozen=True, kw_only=True)
class InstitutionFields:
    """All that can be changed about an institution; parent, successor and region by code, None for none.

    `active_to` is the first day on which it no longer exists.
    """

    name_ko: str
    name_en: str | None = None
    type: InstitutionType
    region_code: str | None = None
    parent_code: str | None = None
    successor_code: str | None = None
    remit_ko: str = ""
    remit_en: str = ""
    phone: str | None = None
    website: str | None = None
    active_from: date | None = None
    active_to: date | None = None


@dataclass(frozen=True, kw_only=True)
class DepartmentFields:
    """All that can be changed about a department."""

    name_ko: str
    name_en: str | None = None
    phone: str | None = None
    active_from: date | None = None
    active_to: date | None = None


def add_institution(actor: Actor, *, code: str, values: InstitutionFields) -> Institution:
    """Add an institution. Raises Forbidden, and Invalid naming the fields that cannot stay so."""
    _require(actor)
    with atomic() as session:
        problems = _code_problems(code)
        if queries.by_code(code):
            problems["code"] = _CODE_OF_OTHER
        institution = Institution(code=code)
        _fill(session, institution, values, problems)
        session.add(institution)
        _flush_new(session, _CODE_OF_OTHER)
        audit.record(audit.AuditName.INSTITUTION_SAVED, actor, "institution", institution.id, code=code)
    return institution


def change_institution(actor: Actor, code: str, *, values: InstitutionFields) -> Institution:
    """Change an institution. Raises Forbidden, NotFound, and Invalid naming the fields that cannot stay so."""
    _require(actor)
    with atomic() as session:
        institution = queries.require(code)
        _fill(session, institution, values, {})
        session.flush()
        audit.record(audit.AuditName.INSTITUTION_SAVED, actor, "institution", institution.id, code=code)
    return institution


def add_department(actor: Actor, institution_code: str, *, code: str, values: DepartmentFields) -> Department:
    """Add a department. Raises Forbidden, NotFound, and Invalid naming the fields that cannot stay so."""
    _require(actor)
    with atomic() as session:
        institution = queries.require(institution_code)
        problems = _code_problems(code)
        if any(row.code == code for row in institution.departments):
            problems["code"] = _CODE_OF_ANOTHER_DEPARTMENT
        department = Department(institution_id=institution.id, code=code)
        _fill_department(department, values, problems)
        session.add(department)
        _flush_new(session, _CODE_OF_ANOTHER_DEPARTMENT)
        session.expire(institution, ["departments"])
        audit.record(audit.AuditName.INSTITUTION_SAVED, actor, "department", department.id, code=code)
    return department


def change_department(actor: Actor, institution_code: str, code: str, *, values: DepartmentFields) -> Department:
    """Change or close a department. Raises Forbidden, NotFound, and Invalid naming the fields."""
    _require(actor)
    with atomic():
        department = queries.require_department(queries.require(institution_code), code)
        _fill_department(department, values, {})
        audit.record(audit.AuditName.INSTITUTION_SAVED, actor, "department", department.id, code=code)
    return department


def _flush_new(session: Session, taken: object) -> None:
    """Write a new row. Raises Invalid when somebody took its code at the same moment."""
    try:
        session.flush()
    except IntegrityError as error:
        raise Invalid(_("Please correct the marked fields."), {"code": taken}) from error


def _require(actor: Actor) -> None:
    if not can_edit_institutions(actor):
        raise Forbidden(_("Only operators of the portal may change institutions."))


def _code_problems(code: str) -> dict[str, object]:
    found = code_problems(code, CODE_LENGTH)
    return {"code": found[0]} if found else {}


def _fill(session: Session, institution: Institution, values: InstitutionFields, problems: dict[str, object]) -> None:
    """Check everything first, so that a wrong form changes nothing and shows all that is wrong at once."""
    parent = _other(institution, "parent_code", values.parent_code, problems)
    successor = _other(institution, "successor_code", values.successor_code, problems)
    if values.region_code and session.get(Region, values.region_code) is None:
        problems["region_code"] = _("There is no region with this code.")
    if values.website and not WEBSITE.fullmatch(values.website):
        problems["website"] = _("Enter an address that starts with https:// or http://.")
    _check_period(values.active_from, values.active_to, problems)
    _check_circles(session, institution, {"parent_code": parent, "successor_code": successor}, problems)
    if problems:
        raise Invalid(_("Please correct the marked fields."), problems)
    for item in fields(values):
        if item.name not in ("parent_code", "successor_code"):
            setattr(institution, item.name, getattr(values, item.name))
    institution.parent, institution.successor = parent, successor


def _other(
    institution: Institution, field: str, code: str | None, problems: dict[str, object]
) -> Institution | None:
    if not code:
        return None
    found = queries.by_code(code)
    if found is None:
        near = queries.search(code, 3)
        problems[field] = _("No institution has this code.") if not near else _(
            "No institution has this code. Did you mean: %(codes)s?",
            codes=", ".join(f"{row.code} ({row.name_ko})" for row in near))
    elif found.code == institution.code:
        problems[field] = _("An institution cannot be named here for itself.")
    return found


def _check_circles(
    session: Session, institution: Institution, chosen: Mapping[str, Institution | None], problems: dict[str, object]
) -> None:
    sentences = {
        "parent_code": _("This institution stands below the one you edit, so it cannot be its parent."),
        "successor_code": _("This institution hands over to the one you edit, so it cannot be its successor."),
    }
    columns = {"parent_code": Institution.parent_id, "successor_code": Institution.successor_id}
    for field, other in chosen.items():
        if other is None or institution.id is None or field in problems:
            continue
        rows = session.execute(select(Institution.id, columns[field]))
        edges = {str(row): str(target) if target else None for row, target in rows}
        if tree.leads_to(edges, str(other.id), str(institution.id)):
            problems[field] = sentences[field]


def _check_period(first: date | None, end: date | None, problems: dict[str, object]) -> None:
    for text in period_problems(first, end):
        problems["active_to"] = text


def _fill_department(department: Department, values: DepartmentFields, problems: dict[str, object]) -> None:
    _check_period(values.active_from, values.active_to, problems)
    if problems:
        raise Invalid(_("Please correct the marked fields."), problems)
    for name, value in asdict(values).items():
        setattr(department, name, value)
