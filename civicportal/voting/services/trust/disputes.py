"""Fraud on the roll: who stands there without having voted, keys that are suspect, and the decision they force."""

from collections.abc import Iterable
from datetime import timedelta

from sqlalchemy import func, select

from civicportal.core import states
from civicportal.core.audit import AuditName, record
from civicportal.core.clock import now
from civicportal.core.configuration import settings
from civicportal.core.dialect import insert_new
from civicportal.core.errors import Conflict, Forbidden, Invalid
from civicportal.core.events import publish, subscribe
from civicportal.core.i18n import lazy, ngettext, number_text
from civicportal.core.permissions import Actor
from civicportal.core.transactions import atomic, current, lock
from civicportal.voting.models import Box, BoxHead, Contest, Crossing, Dispute, RollEntry, Suspect
from civicportal.voting.news import BoxClosed, BoxDisputed, DisputeDecided, ThresholdCrossed
from civicportal.voting.policies import can_run
from civicportal.voting.queries.totals import published_head
from civicportal.voting.queries.trust import dispute_of, suspects
from civicportal.voting.queries.voters import has_voted, key_of, voter_of
from civicportal.voting.states import DISPUTE, RUNNING, DisputeState, PolicyKind

ROWS = 500
_NOT_ON_ROLL = lazy("Your key is not on the list of those who voted. There is nothing to contest.")
_NO_ROLL = lazy("This vote has no list of voters that could be wrong.")
_RIGHTS = lazy("You do not have the right to do this.")
_NO_DISPUTE = lazy("This vote is not disputed.")
_REASON = lazy("Say why. Everybody can read it.")


def contest(actor: Actor, box: Box) -> None:
    """Say that one's own key is on the roll although one has not voted. Once; only the number of these is public.

    Who did it is not recorded beside the key. Raises Conflict when the key is not on the roll, and what `voter_of`
    raises for somebody who could not vote.
    """
    with atomic() as session:
        key = key_of(voter_of(actor, box), box)
        if box.state not in RUNNING or not has_voted(box, key):
            raise Conflict(_NOT_ON_ROLL)
        insert_new(session, Contest, {"box_id": box.id, "key": key, "at": now()}, ("box_id", "key"))


def mark_suspects(actor: Actor, box: Box, keys: Iterable[str], *, reason: str) -> int:
    """Mark keys of the roll as suspected of fraud, for an operator. Their number is public, the keys are not.

    Marking one again is nothing. When there are enough to have changed the result, the vote becomes disputed (see
    `enough`). Returns how many are marked now. Raises Forbidden, Invalid for keys that are not on the roll (and then
    marks none) and without a reason, Conflict for a vote without a roll.
    """
    if not can_run(actor):
        raise Forbidden(_RIGHTS)
    if not reason.strip():
        raise Invalid(_REASON, {"reason": _REASON})
    wanted = sorted({key.strip().lower() for key in keys} - {""})
    with atomic():
        record(AuditName.SUSPECTS_NAMED, actor, "box", box.id, count=len(wanted))  # even if refused: it asks the roll
    with atomic() as session:
        lock(box)
        if box.state not in RUNNING:
            raise Conflict(_NO_ROLL)
        _check_roll(box, wanted)
        new = [key for key in wanted if insert_new(session, Suspect, {
            "box_id": box.id, "key": key, "reason": reason.strip(), "by_id": actor.person_id, "at": now(),
        }, ("box_id", "key"))]
        if new:
            record(AuditName.SUSPECTS_MARKED, actor, "box", box.id, count=len(new))
        weigh(box)
        return suspects(box.id)


def _check_roll(box: Box, keys: list[str]) -> None:
    """Raises Invalid unless all keys are on the roll."""
    known = 0
    for start in range(0, len(keys), ROWS):
        known += current().scalar(select(func.count()).select_from(RollEntry).where(
            RollEntry.box_id == box.id, RollEntry.key.in_(keys[start:start + ROWS]))) or 0
    unknown = len(keys) - known
    if unknown or not keys:
        sentence = ngettext(
            "%(count)s key is not on the list of those who voted. Nothing was marked.",
            "%(count)s keys are not on the list of those who voted. Nothing was marked.",
            unknown, count=number_text(unknown))
        raise Invalid(sentence, {"keys": sentence})


def enough(box: Box) -> int | None:
    """How many false entries on the roll could have changed the result of a box; None while nothing can hang on them.

    The rule: the smaller of (yes − threshold + 1 at the crossing head) and, where a majority decides, |yes − no|.
    As it is read here:

    - The first counts from the crossing on, and for good: crossings are never taken back. If so many false ballots all
      said yes, the true ones fell short of the threshold at that head. The threshold is the number of yes that was
      needed there: the number itself; for a share the least number that reaches it, of the electorate at that head; in
      a month's round one more than the first place that did not cross, and no fewer than the others needed to push
      this one out.
    - A majority decides a box without a threshold: with one, yes votes alone count. It is read off the last published
      head once the box is closed, for before there is no result. On a tie one false ballot is enough.
    """
    if box.policy_id is not None:
        crossing = current().get(Crossing, box.id)
        return crossing.yes - _threshold(box, crossing) + 1 if crossing else None
    head = published_head(box) if box.counted_at is not None else None
    return max(1, abs(head.counts["yes"] - head.counts["no"])) if head and "no" in head.counts else None


def _threshold(box: Box, crossing: Crossing) -> int:
    """The number of yes votes that the crossing needed."""
    policy = crossing.policy
    if policy.kind is PolicyKind.NUMBER:
        return policy.value
    if policy.kind is PolicyKind.SHARE:
        head = current().get_one(BoxHead, (box.id, crossing.head_number))
        return max(1, -(-policy.value * head.electorate_size // 100))
    entries = [entry for entry in (crossing.round.entries if crossing.round else []) if entry["slug"] != box.slug]
    others = sorted((int(str(entry["yes"])) for entry in entries), reverse=True)
    missed = [int(str(entry["yes"])) for entry in entries if not entry["crossed"]]
    return max(1, max(missed, default=0) + 1, others[policy.value - 1] if len(others) >= policy.value else 0)


def weigh(box: Box) -> Dispute | None:
    """Declare a box disputed when its suspects have become enough, with the day a person must decide by.

    Once, and again when suspects have come since it was decided that the result stands. Belongs inside `atomic()`;
    holds the row of the box, so that a crossing and new suspects do not miss each other.
    """
    current().flush()
    lock(box)
    limit, count, last = enough(box), suspects(box.id), dispute_of(box.id)
    settled = last and (last.state is not DisputeState.UPHELD or count <= last.suspects)
    if limit is None or count < limit or settled:
        return last
    dispute = Dispute(box_id=box.id, suspects=count, enough=limit, declared_at=now(),
                      due_at=now() + timedelta(days=settings().dispute_days))
    current().add(dispute)
    current().flush()
    publish(BoxDisputed(box.id))
    return dispute


@subscribe(ThresholdCrossed)
def weigh_crossed(event: ThresholdCrossed) -> None:
    """What was marked before the crossing counts from now on."""
    weigh(current().get_one(Box, event.box_id))


@subscribe(BoxClosed)
def weigh_closed(event: BoxClosed) -> None:
    """What was marked before the close counts from now on."""
    weigh(current().get_one(Box, event.box_id))


def decide_dispute(actor: Actor, box: Box, *, upheld: bool, reason: str) -> None:
    """Say as an operator, with reasons that everybody reads, whether the result of a disputed box stands.

    It is about the suspects there are now. Raises Forbidden, Invalid without a reason, Conflict when the box is not
    disputed or already decided.
    """
    if not reason.strip():
        raise Invalid(_REASON, {"reason": _REASON})
    with atomic():
        lock(box)
        dispute = dispute_of(box.id)
        if dispute is None:
            raise Conflict(_NO_DISPUTE)
        lock(dispute)
        states.apply(DISPUTE, dispute, "uphold" if upheld else "overturn", actor)
        dispute.suspects = suspects(box.id)
        dispute.decided_at, dispute.decided_by_id, dispute.reason = now(), actor.person_id, reason.strip()
        publish(DisputeDecided(box.id, upheld))
