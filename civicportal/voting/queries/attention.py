"""What operators have to look at, vote by vote."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Select, func, select

from civicportal.core.clock import now
from civicportal.core.i18n import _, ngettext
from civicportal.core.transactions import current
from civicportal.voting.models import Box, Dispute, Head, Log, PromiseClaim
from civicportal.voting.states import UNSETTLED, BoxState, DisputeState
from civicportal.voting.wording import instant_text

SLOW = timedelta(minutes=5)
RUNNING = frozenset({BoxState.SCHEDULED, BoxState.OPEN, BoxState.CLOSED})


@dataclass(frozen=True)
class Attention:
    """A vote and one thing about it that does not right itself."""

    box: Box
    text: str
    late: bool = False


def attention() -> list[Attention]:
    """Everything that needs a person, disputes first."""
    return [*_disputed(), *_interrupted(), *_claimed(), *_unsigned(), *_refused(), *_behind()]


def log_lateness(name: str = "") -> timedelta:
    """How long the oldest unsigned entry has waited at least: in the log `name`, or in the worst log of a vote."""
    newest = select(func.max(Head.size)).where(Head.log_id == Log.id).correlate(Log).scalar_subquery()
    last = select(func.max(Head.at)).where(Head.log_id == Log.id).correlate(Log).scalar_subquery()
    late = Log.refused_at.is_not(None) | (func.coalesce(newest, -1) < Log.size)
    if name:
        found = select(Log.refused_at, last).where(Log.name == name, late)
    else:
        found = select(Log.refused_at, func.coalesce(last, Box.opened_at)).join(Box, Box.log_id == Log.id).where(
            Box.state != BoxState.VOID, late)
    since = [min(one for one in row if one) for row in current().execute(found) if any(row)]
    return now() - min(since) if since else timedelta(0)


def votes_behind() -> int:
    """How many votes should have opened or closed a while ago."""
    return sum(1 for _box in _behind())


def running() -> Sequence[Box]:
    """Votes that are planned, open or not final yet, the next to close first."""
    return current().scalars(select(Box).where(Box.state.in_(RUNNING)).order_by(Box.closes_at, Box.id)).all()


def claim_of(box: Box, claim_id: int) -> PromiseClaim | None:
    """A claim of this vote."""
    return current().scalar(select(PromiseClaim).where(PromiseClaim.box_id == box.id, PromiseClaim.id == claim_id))


def _disputed() -> Iterator[Attention]:
    rows = current().execute(
        select(Box, Dispute).join(Dispute, Dispute.box_id == Box.id).where(Dispute.state == DisputeState.OPEN)
        .order_by(Dispute.due_at))
    for box, dispute in rows:
        text = _("Disputed: decide by %(moment)s.", moment=instant_text(dispute.due_at))
        yield Attention(box, text, dispute.due_at <= now())


def _interrupted() -> Iterator[Attention]:
    for box in current().scalars(_boxes().where(Box.interrupted_at.is_not(None), Box.state != BoxState.VOID)):
        yield Attention(box, _("Interrupted: it lacks ballots of its log. Bring them back, or give it up."), late=True)


def _claimed() -> Iterator[Attention]:
    count = select(func.count()).where(
        PromiseClaim.box_id == Box.id, PromiseClaim.state.in_(UNSETTLED)).scalar_subquery()
    for box, claims in current().execute(_boxes().add_columns(count).where(count > 0)):
        text = ngettext("%(num)d receipt is said to be broken.", "%(num)d receipts are said to be broken.", claims)
        yield Attention(box, text, late=True)


def _unsigned() -> Iterator[Attention]:
    """Logs that were refused a head, or have had entries without one for a while."""
    newest = select(func.max(Head.size)).where(Head.log_id == Log.id).correlate(Log).scalar_subquery()
    last = select(func.max(Head.at)).where(Head.log_id == Log.id).correlate(Log).scalar_subquery()
    rows = current().execute(_boxes().add_columns(Log.refused_at, last).join(Log, Log.id == Box.log_id).where(
        Box.state != BoxState.VOID, Log.refused_at.is_not(None) | (func.coalesce(newest, -1) < Log.size)))
    for box, refused_at, at in rows:
        if refused_at:
            yield Attention(box, _("Its log has not been signed since %(moment)s: the signer refuses. The worker’s log "
                                   "says why.", moment=instant_text(refused_at)), late=True)
        elif _waits(at or box.opened_at):
            yield Attention(box, _("The newest entries of its log are not signed. Is the worker running?"), late=True)


def _refused() -> Iterator[Attention]:
    for box in current().scalars(_boxes().where(Box.state == BoxState.SCHEDULED, Box.refusal.is_not(None))):
        yield Attention(box, _("It cannot open: %(reason)s", reason=box.refusal.title if box.refusal else ""))


def _behind() -> Iterator[Attention]:
    """Votes whose time has come while nothing opened or closed them."""
    due = now() - SLOW
    opening = (Box.state == BoxState.SCHEDULED) & (Box.opens_at < due) & Box.refusal.is_(None)
    closing = (Box.state == BoxState.OPEN) & (Box.closes_at < due)
    for box in current().scalars(_boxes().where(opening | closing)):
        yield Attention(box, _("Its time has come and nothing happened. Is the worker running?"), late=True)


def _boxes() -> Select[Box]:
    return select(Box).order_by(Box.closes_at, Box.id)


def _waits(since: datetime | None) -> bool:
    return since is not None and since < now() - SLOW
