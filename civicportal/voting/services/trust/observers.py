"""People who keep the heads of a log outside the portal: mailed each one, they confirm what they hold."""

from sqlalchemy import delete, select

from civicportal.accounts.news import AccountDeleted
from civicportal.accounts.queries import get_person, recipient
from civicportal.core.clock import now
from civicportal.core.dialect import claim, insert_new
from civicportal.core.errors import Conflict, Forbidden, NotFound
from civicportal.core.events import subscribe
from civicportal.core.i18n import lazy
from civicportal.core.permissions import Actor
from civicportal.core.transactions import atomic, current
from civicportal.notifications import services as notifications
from civicportal.voting import emails
from civicportal.voting.models import Box, BoxHead, Observer
from civicportal.voting.queries.trust import heads_after, observes
from civicportal.voting.states import BoxState

HEAD_MAIL = "voting.head"
OBSERVED = frozenset({BoxState.SCHEDULED, BoxState.OPEN, BoxState.CLOSED})
_CONFIRMED = lazy("Only people with a confirmed address can observe a vote.")
_ENDED = lazy("This vote has ended. There will be no new heads.")
_NO_OBSERVER = lazy("You do not observe this vote.")


def observe(actor: Actor, box: Box) -> None:
    """Be mailed the newest head of a box and each one after it. Asking again is nothing.

    Ends an earlier wish to get no more of these mails. Raises Forbidden without a confirmed address, Conflict when
    the box is final or void.
    """
    if actor.person_id is None or actor.level < 1:
        raise Forbidden(_CONFIRMED)
    if box.state not in OBSERVED:
        raise Conflict(_ENDED)
    with atomic() as session:
        heads = heads_after(box, 0)
        values = {"box_id": box.id, "person_id": actor.person_id, "joined_at": now(),
                  "mailed_number": heads[-1].number - 1 if heads else 0}
        insert_new(session, Observer, values, ("box_id", "person_id"))
        notifications.opt_in(actor.person_id, HEAD_MAIL)


def unobserve(actor: Actor, box: Box) -> None:
    """Observe a box no more; what one had confirmed counts no more either."""
    with atomic() as session:
        session.execute(delete(Observer).where(Observer.box_id == box.id, Observer.person_id == actor.person_id))


def confirm_head(actor: Actor, box: Box, number: int) -> None:
    """Say as an observer that one keeps head `number` outside the portal and that it extends what one had.

    The newest confirmed one stands. Raises Forbidden for somebody who does not observe, NotFound for no such head.
    """
    with atomic() as session:
        observer = observes(actor, box.id)
        if observer is None:
            raise Forbidden(_NO_OBSERVER)
        if session.get(BoxHead, (box.id, number)) is None:
            raise NotFound
        if number > (observer.confirmed_number or 0):
            observer.confirmed_number, observer.confirmed_at = number, now()


def mail_heads() -> int:
    """Put a mail into the outbox for each head that an observer has not been sent. Returns how many.

    Raises ExceptionGroup of all failures at the end.
    """
    behind = select(Observer.id).where(
        select(BoxHead.number).where(BoxHead.box_id == Observer.box_id, BoxHead.number > Observer.mailed_number)
        .exists())
    sent, failures = 0, []
    for observer_id in current().scalars(behind.order_by(Observer.id)).all():
        try:
            sent += _mail(observer_id)
        except Exception as failure:  # one that fails keeps nobody else waiting
            failures.append(failure)
            current().rollback()  # an error of the database ends its transaction
    if failures:
        raise ExceptionGroup("some observers must wait for the next turn", failures)
    return sent


def _mail(observer_id: int) -> int:
    """Catch up one observer, unless another worker does so."""
    with atomic() as session:
        observer = session.scalar(claim(select(Observer).where(Observer.id == observer_id), session))
        person = get_person(observer.person_id) if observer else None
        reader = recipient(person) if person else None
        if observer is None or reader is None:
            return 0
        box = session.get_one(Box, observer.box_id)
        heads = heads_after(box, observer.mailed_number)
        for signed in heads:
            notifications.send(emails.head(reader, box, signed))
            observer.mailed_number = signed.number
        return len(heads)


@subscribe(AccountDeleted)
def forget_observer(event: AccountDeleted) -> None:
    """A person without an account observes nothing."""
    with atomic() as session:
        session.execute(delete(Observer).where(Observer.person_id == event.person_id))
