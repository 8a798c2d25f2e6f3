"""A list leaves the portal: with a reason, in numbers that are limited, and never unnoticed."""

from collections.abc import Sequence
from datetime import timedelta

from sqlalchemy import func, select

from civicportal.accounts.models import Person
from civicportal.accounts.queries import holders
from civicportal.core.audit import AuditName, record
from civicportal.core.clock import now
from civicportal.core.configuration import settings
from civicportal.core.errors import Forbidden, Invalid, TooMany
from civicportal.core.i18n import _, current_locale, lazy, moment_text
from civicportal.core.permissions import Actor, Held, Permission, Role
from civicportal.core.transactions import atomic
from civicportal.institutions.models import Institution
from civicportal.petitions import emails
from civicportal.petitions.export_rows import to_csv
from civicportal.petitions.models import Assignment, DeskExport
from civicportal.petitions.plain import normalise
from civicportal.petitions.queries.inbox import Tab, whole_tab
from civicportal.petitions.queries.visibility import capacity
from civicportal.petitions.services.notices import tell
from civicportal.petitions.services.views import keep_view
from civicportal.petitions.states import Opened, Publication
from civicportal.petitions.types import TYPES

_DAY = timedelta(days=1)


def export_desk(actor: Actor, institution: Institution, *, tab: Tab, reason: str) -> str:
    """The list as CSV: numbers, titles, states and dates, no text and nothing about authors.

    Keeps who took it and why, a view of each matter that is not public, and tells every operator at once. Raises
    Invalid for a list longer than `export_max_rows`, TooMany after `exports_per_day`, or Forbidden.
    """
    with atomic() as session:
        if not actor.can(Permission.DESK_SEE, institution.id):
            raise Forbidden(lazy("You do not have the right to do this."))
        session.scalars(select(Person.id).where(Person.id == actor.person_id).with_for_update()).one()
        if _today(actor) >= settings().exports_per_day:
            raise TooMany(lazy("You have exported often today. Try again tomorrow."), retry_after=86_400)
        limit = settings().export_max_rows
        parts = whole_tab(actor, institution, tab, limit=limit + 1)
        if len(parts) > limit:
            many = _("This list has more than %(count)s rows. Choose a shorter one.", count=limit)
            raise Invalid(many, {"tab": many})
        row = DeskExport(person_id=actor.person_id, institution_id=institution.id, reason=normalise(reason).strip(),
                         rows=len(parts))
        session.add(row)
        session.flush()
        record(AuditName.DESK_EXPORTED, actor, "institution", institution.id, rows=len(parts))
        _keep_views(actor, institution, parts)
        for operator in holders(Role.OPERATOR):
            tell(emails.exported(operator, row, institution, actor.name))
    return _csv(parts)


def _today(actor: Actor) -> int:
    with atomic() as session:
        return session.scalar(select(func.count()).select_from(DeskExport).where(
            DeskExport.person_id == actor.person_id, DeskExport.at > now() - _DAY)) or 0


def _keep_views(actor: Actor, institution: Institution, parts: Sequence[Assignment]) -> None:
    for part in parts:
        if part.petition.publication is not Publication.PUBLISHED:
            held = capacity(actor, part.petition) or Held(Role.OFFICER, institution.id)
            keep_view(part.petition_id, actor.person_id or 0, held, Opened.EXPORT)


def _csv(parts: Sequence[Assignment]) -> str:
    locale = current_locale()
    heading = [_("Number"), _("Type"), _("Title"), _("State"), _("Received"), _("Due"), _("Officer"), _("Department")]
    return to_csv(heading, [
        (part.petition.number, TYPES[part.petition.type].title, part.petition.title, part.state.title,
         moment_text(part.received_at), part.due_date.isoformat(), part.officer.name if part.officer else "",
         part.department.name(locale) if part.department else "") for part in parts])
