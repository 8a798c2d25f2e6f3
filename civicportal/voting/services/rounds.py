"""Monthly thresholds: at the month's last instant, the votes with most yes are found among those of one policy.

Each version of a rule has a list of its own: a vote is judged by the version that was frozen when it opened, and
compared with those that have the same.
"""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import and_, select

from civicportal.core.clock import now
from civicportal.core.dialect import insert_new
from civicportal.core.i18n import local, timezone
from civicportal.core.transactions import atomic, current, lock
from civicportal.voting.models import Box, BoxHead, Round, ThresholdPolicy
from civicportal.voting.queries.silences import silence_at
from civicportal.voting.services.batches import head_since
from civicportal.voting.services.each_box import each_box
from civicportal.voting.services.thresholds import cross, miss, undecided
from civicportal.voting.states import RUNNING, PolicyKind


def hold_rounds() -> None:
    """Hold the rounds of every month that is over, oldest first.

    First each vote that is open gets a head of that instant (`batches.head_since`: what is pending joins only when it
    is enough for a batch, so that a date on the calendar never weakens the secrecy of a few). Then, in one
    transaction, the heads are compared; this waits while an election silence runs, and until every vote that closes
    by the month's end is counted. If workers were down, the head is the first one signed after the month's end, and it
    is what the round shows.
    """
    _end_left_out()
    for policy in current().scalars(
            select(ThresholdPolicy).where(ThresholdPolicy.kind == PolicyKind.MONTHLY).order_by(ThresholdPolicy.id)
    ).all():
        _hold(policy)


def leave_rounds(box: Box) -> None:
    """Let a running vote take no place in a month: what it is about has gone on without it. Inside `atomic()`."""
    box.out_of_rounds = True


def month_of(instant: datetime) -> str:
    """The month of an instant on the portal's clocks: `2026-05`."""
    return local(instant).strftime("%Y-%m")


def end_of(month: str) -> datetime:
    """The first instant of the month after `month`."""
    year, number = map(int, month.split("-"))
    return datetime(year + number // 12, number % 12 + 1, 1, tzinfo=timezone())


def _hold(policy: ThresholdPolicy) -> None:
    boxes = _undecided(policy)
    if boxes:
        month = month_of(min(box.opened_at for box in boxes if box.opened_at))
        held = set(current().scalars(select(Round.month).where(Round.policy_id == policy.id)))
        while end_of(month) <= now():
            if month not in held and not _hold_month(policy, month):
                return  # months are compared in their order
            month = month_of(end_of(month))


def _undecided(policy: ThresholdPolicy) -> Sequence[Box]:
    return current().scalars(
        select(Box).join(ThresholdPolicy, and_(*undecided()))
        .where(ThresholdPolicy.id == policy.id, Box.out_of_rounds.is_(False)).order_by(Box.id)).all()


def _end_left_out() -> None:
    """Votes that take no place in a month can reach their threshold no more once they are counted."""
    each_box(current().scalars(
        select(Box.id).join(ThresholdPolicy, and_(*undecided()))
        .where(ThresholdPolicy.kind == PolicyKind.MONTHLY, Box.out_of_rounds, Box.counted_at.is_not(None))
        .order_by(Box.id)).all(), _end)


def _end(box: Box) -> None:
    with atomic():
        lock(box)
        miss(box)


def _candidates(policy: ThresholdPolicy, month: str) -> list[Box]:
    """The votes that were open at the month's end, and those that closed in the month; neither crossed nor missed."""
    return [box for box in _undecided(policy) if box.opened_at and box.opened_at < end_of(month)
            and (box.closed_at is None or month_of(box.closed_at) >= month)]


def _hold_month(policy: ThresholdPolicy, month: str) -> bool:
    """Whether the month is settled: compared, or without any vote."""
    end = end_of(month)
    each_box([box.id for box in _candidates(policy, month) if box.closes_at > end and box.closed_at is None],
             lambda box: head_since(box, end))
    return silence_at(now()) is None and _compare(policy, month, end)


def _compare(policy: ThresholdPolicy, month: str, end: datetime) -> bool:
    with atomic() as session:
        boxes = [box for box in _candidates(policy, month) if _held(box)]
        heads = {box: _compared(box, end) for box in boxes}
        if None in heads.values():
            return False  # one that closes by then has no last head yet; the next tick finds it
        if not boxes:
            return True
        if insert_new(session, Round, {"policy_id": policy.id, "month": month, "at": now(), "entries": []},
                      ["policy_id", "month"]):
            held = session.scalars(select(Round).where(Round.policy_id == policy.id, Round.month == month)).one()
            _decide(held, policy, {box: head for box, head in heads.items() if head}, end)
        return True


def _held(box: Box) -> bool:
    """Keep a vote as it is until the transaction ends; whether it still counts: not void by now, nor left out."""
    lock(box)
    return box.state in RUNNING and not box.out_of_rounds


def _compared(box: Box, end: datetime) -> BoxHead | None:
    """The head that counts in the round: the first one at the month's end or after, else the last one of a vote that
    closes by then, whether or not a worker has closed it: it is counted first, and None until then.
    """
    heads = select(BoxHead).where(BoxHead.box_id == box.id)
    if box.closes_at <= end:
        return current().scalar(heads.order_by(BoxHead.number.desc()).limit(1)) if box.counted_at else None
    return current().scalar(heads.where(BoxHead.at >= end).order_by(BoxHead.number).limit(1))


def _decide(held: Round, policy: ThresholdPolicy, heads: dict[Box, BoxHead], end: datetime) -> None:
    """Write the list, most yes first, and tell which votes crossed and which are closed without having crossed."""
    order = sorted(heads, key=lambda box: (-heads[box].counts["yes"], box.slug))
    least = max(1, heads[order[:policy.value][-1]].counts["yes"])
    held.entries = [
        {"slug": box.slug, "head": heads[box].number, "yes": heads[box].counts["yes"],
         "crossed": heads[box].counts["yes"] >= least} for box in order]
    for box in order:
        if heads[box].counts["yes"] >= least:
            cross(box, heads[box], held.id)
        elif box.closes_at <= end:
            miss(box)
