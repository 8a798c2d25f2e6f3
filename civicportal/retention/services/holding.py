"""Legal holds: what they are on is neither made anonymous nor deleted while they run."""

from sqlalchemy import select

from civicportal.accounts.news import AccountDeleted
from civicportal.accounts.queries import confirmed_by_address
from civicportal.core.audit import AuditName, record
from civicportal.core.clock import now
from civicportal.core.errors import Conflict, Forbidden, Invalid, NotFound
from civicportal.core.events import subscribe
from civicportal.core.i18n import _, lazy
from civicportal.core.permissions import Actor
from civicportal.core.transactions import atomic, current
from civicportal.petitions.models import Petition
from civicportal.retention.models import HeldKind, LegalHold
from civicportal.retention.policies import can_hold
from civicportal.retention.queries import is_held, running_hold

REASON_MAX = 500
_MAY_NOT = lazy("You do not have the right to do this.")
_KEPT = lazy("This account is kept for a legal proceeding and cannot be deleted now. Write to us if you have "
             "questions.")


def begin_hold(actor: Actor, kind: HeldKind, named: str, *, reason: str) -> LegalHold:
    """Hold a petition (`named` by its number) or a person (by the address of the account).

    Raises Forbidden, and Invalid with the fields `named` and `reason`.
    """
    _require(actor)
    with atomic() as session:
        subject_id = _petition(named) if kind is HeldKind.PETITION else _person(named)
        fields: dict[str, object] = {}
        if subject_id is None:
            fields["named"] = _("Nothing was found with this number or address.")
        elif is_held(kind, subject_id):
            fields["named"] = _("This is held already.")
        if not 0 < len(reason.strip()) <= REASON_MAX:
            fields["reason"] = _("Write the reason, in at most %(count)s characters.", count=REASON_MAX)
        if fields:
            raise Invalid(fields=fields)
        hold = LegalHold(kind=kind, subject_id=subject_id, reason=reason.strip(), by_id=actor.person_id,
                         label=named.strip() if kind is HeldKind.PETITION else "")
        session.add(hold)
        session.flush()
        record(AuditName.HELD, actor, "hold", hold.id)
    return hold


def end_hold(actor: Actor, hold_id: int) -> None:
    """The hold is over; what was kept only for it goes in the next turn. Raises Forbidden or NotFound."""
    _require(actor)
    with atomic():
        hold = running_hold(hold_id)
        if hold is None:
            raise NotFound
        hold.ended_at, hold.ended_by_id = now(), actor.person_id
        record(AuditName.HOLD_ENDED, actor, "hold", hold.id)


@subscribe(AccountDeleted)
def keep_held(event: AccountDeleted) -> None:
    """Nothing of an account under a hold is deleted. Raises Conflict, which takes the deletion back."""
    if is_held(HeldKind.PERSON, event.person_id):
        raise Conflict(_KEPT)


def _require(actor: Actor) -> None:
    if not can_hold(actor):
        raise Forbidden(_MAY_NOT)


def _petition(number: str) -> int | None:
    return current().scalar(select(Petition.id).where(Petition.number == number.strip()))


def _person(address: str) -> int | None:
    try:
        person = confirmed_by_address(address.strip())
    except ValueError:
        return None
    return person.id if person else None
