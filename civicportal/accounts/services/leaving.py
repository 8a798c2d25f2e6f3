"""Somebody no longer works here: roles, sign-ins and links end in the transaction in which the work moves on."""

from sqlalchemy import delete, or_, select

from civicportal.accounts import emails
from civicportal.accounts.models import AddressRequest, Grant, Person
from civicportal.accounts.news import StaffLeft
from civicportal.accounts.policies import can_end_access
from civicportal.accounts.services.grants import end_grant
from civicportal.accounts.services.second_factor import forget
from civicportal.accounts.services.sessions import end_sessions
from civicportal.accounts.services.tokens import void_tokens
from civicportal.core.audit import AuditName, record
from civicportal.core.clock import now
from civicportal.core.errors import Conflict, Forbidden
from civicportal.core.events import publish
from civicportal.core.i18n import lazy
from civicportal.core.permissions import Actor
from civicportal.core.transactions import atomic
from civicportal.notifications.services import send


def end_access(actor: Actor, person: Person, *, successor_id: int | None) -> None:
    """End all roles, sign-ins, links and codes of a leaver at once; other packages move the open work (`StaffLeft`).

    The account stays as a citizen's. Raises Forbidden, or Conflict for somebody who holds no role any more.
    """
    with atomic() as session:
        if not can_end_access(actor, person):
            raise Forbidden(lazy("You do not have the right to do this."))
        session.scalars(select(Person.id).where(Person.id == person.id).with_for_update()).one()
        grants = session.scalars(select(Grant).where(
            Grant.person_id == person.id, or_(Grant.ends_at.is_(None), Grant.ends_at > now()))).all()
        if not grants:
            raise Conflict(lazy("This person holds no role any more."))
        for grant in grants:
            end_grant(actor, grant)
        end_sessions(person.id)
        void_tokens(person)
        session.execute(delete(AddressRequest).where(AddressRequest.person_id == person.id))
        forget(person.id)
        record(AuditName.STAFF_LEFT, actor, "person", person.id, successor_id=successor_id)
        publish(StaffLeft(person_id=person.id, successor_id=successor_id))
        send(emails.access_ended(person, now()))
