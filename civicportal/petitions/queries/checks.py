"""What waits for a decision on publication, with its clock; and the appeals."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Select, select
from sqlalchemy.orm import contains_eager, joinedload, selectinload

from civicportal.core.clock import now
from civicportal.core.configuration import settings
from civicportal.core.errors import NotFound
from civicportal.core.i18n import lazy, timezone
from civicportal.core.permissions import Actor
from civicportal.core.transactions import current
from civicportal.deadlines import wording
from civicportal.deadlines.counting import Deadline
from civicportal.deadlines.queries import portal_calendar, portal_deadline
from civicportal.deadlines.rules import Regime, Rule
from civicportal.deadlines.standing import remaining
from civicportal.petitions.models import Appeal, Assignment, Petition, PublicationCheck, Refusal
from civicportal.petitions.queries.clock import ClockView
from civicportal.petitions.queries.visibility import not_about
from civicportal.petitions.states import CHECKABLE, AppealState, Publication

_ARTICLE = lazy("Rule of this portal")
SHOWN = 200


def check_deadline(since: datetime) -> Deadline:
    """Until when a text must be checked: `publication_check_hours` working hours."""
    return portal_deadline(
        Rule("publication_check", 1, Regime.WORKING_HOURS, settings().publication_check_hours, _ARTICLE), since)


def appeal_deadline(since: datetime) -> Deadline:
    """Until when an appeal must be decided: `appeal_days` working days."""
    return portal_deadline(Rule("appeal", 1, Regime.WORKING_DAYS, settings().appeal_days, _ARTICLE), since)


def clock_for(timed: PublicationCheck | Appeal) -> ClockView:
    """The clock of a check or an appeal, as pages draw it."""
    left = remaining(timed.due_at, timed.due_date, now(), portal_calendar(), timezone())
    return ClockView(wording.standing(timed.due_at, timed.due_date, left), left.late, soon=False)


def checks_waiting(actor: Actor) -> Sequence[Petition]:
    """What waits for a check before publication, the next due first; at most SHOWN."""
    return current().scalars(
        select(Petition).join(Petition.check).where(Petition.publication.in_(CHECKABLE), not_about(actor))
        .options(contains_eager(Petition.check), selectinload(Petition.assignments).joinedload(Assignment.institution))
        .order_by(PublicationCheck.due_at, Petition.id).limit(SHOWN)).all()


def appeals_waiting(actor: Actor) -> Sequence[Appeal]:
    """The open appeals, the next due first; at most SHOWN."""
    return current().scalars(
        select(Appeal).join(Appeal.refusal).join(Refusal.petition).where(
            Appeal.state == AppealState.OPEN, not_about(actor))
        .options(joinedload(Appeal.refusal).joinedload(Refusal.petition).options(
            selectinload(Petition.assignments).joinedload(Assignment.institution)))
        .order_by(Appeal.due_at, Appeal.id).limit(SHOWN)).all()


def checked_petition(number: str, actor: Actor) -> Petition:
    """A received petition whose author asked for publication, for operators whom it is not about. Raises NotFound."""
    return _found(_whole().where(
        Petition.number == number, Petition.publication != Publication.PRIVATE, not_about(actor)))


def appealed_petition(number: str, actor: Actor) -> Petition:
    """A petition against whose refusal the author appealed, for operators whom it is not about. Raises NotFound."""
    return _found(
        _whole().join(Petition.refusal).join(Refusal.appeal).where(Petition.number == number, not_about(actor)))


def _whole() -> Select[Petition]:
    return select(Petition).where(Petition.received_at.is_not(None)).options(
        joinedload(Petition.author), joinedload(Petition.check), joinedload(Petition.refusal),
        selectinload(Petition.subjects), selectinload(Petition.representatives), selectinload(Petition.files),
        selectinload(Petition.removals),
        selectinload(Petition.assignments).options(joinedload(Assignment.institution), joinedload(Assignment.answer)))


def _found(statement: Select[Petition]) -> Petition:
    petition = current().scalars(statement).one_or_none()
    if petition is None:
        raise NotFound
    return petition
