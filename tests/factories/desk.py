"""Matters on an institution's desk, with the people who work on them."""

from datetime import datetime, timedelta
from itertools import count

from civicportal.accounts.models import Person
from civicportal.accounts.queries import actor_for
from civicportal.core.clock import now
from civicportal.core.i18n import local
from civicportal.core.permissions import SYSTEM, Actor, Role
from civicportal.core.transactions import atomic
from civicportal.institutions.models import Institution
from civicportal.petitions.models import Assignment, Petition
from civicportal.petitions.services.placement import open_assignment
from civicportal.petitions.services.publication import begin_check
from civicportal.petitions.states import Opening, Publication
from tests.factories.accounts import PersonFactory, staff

_numbers = count(1)
DAY = timedelta(days=1)


def next_number() -> str:
    """A number that looks like a real one; all have the same length."""
    return f"2510-0000-{next(_numbers):04d}"


def matter_at(
    institution: Institution | None, *, author: Person | None = None, due: datetime | None = None,
    received: datetime | None = None, opening: Opening = Opening.FILED, needs_manager: bool = False,
    **columns: object,
) -> Assignment:
    """A received petition whose first part is open at an institution, or at the triage desk (None)."""
    values = {
        "number": next_number(), "type": "petition", "title": "가로등을 고쳐 주세요", "text": "골목이 어둡습니다.",
        "language": "ko", "locale": "ko", "publication": Publication.PRIVATE, "filed_at": now(), "received_at": now(),
    } | columns
    with atomic() as session:
        petition = Petition(author=author or PersonFactory(), **values)
        session.add(petition)
        session.flush()
        if petition.publication is Publication.PENDING:
            begin_check(petition)
        part = open_assignment(SYSTEM, petition, institution, opening=opening, needs_manager=needs_manager)
        if received:
            part.received_at = received
        if due:
            part.due_at, part.due_date = due, local(due - timedelta(microseconds=1)).date()
    return part


def officer(institution: Institution, role: Role = Role.OFFICER, **person: object) -> Actor:
    """Somebody who works there, as an actor."""
    return actor_for(staff(role, institution, **person))
