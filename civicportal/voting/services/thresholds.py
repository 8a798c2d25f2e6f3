"""Threshold policies, and what reaches them.

A threshold is judged at signed heads, in public: a head that is not published yet waits. What has crossed is latched;
crossing and missing each happen once, whatever the number of workers, because the box is locked meanwhile and the
crossing is a row of its own. Heads are signed in another transaction: whoever listens may fail, and the log goes on.
"""

from datetime import datetime

from sqlalchemy import ColumnElement, and_, select

from civicportal.core.audit import AuditName, record
from civicportal.core.clock import now
from civicportal.core.dialect import insert_new
from civicportal.core.errors import Conflict, Forbidden, Invalid
from civicportal.core.events import publish
from civicportal.core.i18n import lazy
from civicportal.core.permissions import Actor
from civicportal.core.transactions import atomic, current, lock
from civicportal.voting.models import Box, BoxHead, Crossing, ThresholdPolicy
from civicportal.voting.news import ThresholdCrossed, ThresholdMissed
from civicportal.voting.policies import can_set_policy
from civicportal.voting.queries.silences import silence_at
from civicportal.voting.queries.thresholds import latest_version
from civicportal.voting.services.each_box import each_box
from civicportal.voting.states import RUNNING, PolicyKind

_MAY_NOT = lazy("You do not have the right to do this.")
_VALUE = lazy("Enter a whole number of at least 1.")
_SHARE = lazy("Enter a whole number from 1 to 100.")
_LEVEL = lazy("Choose a level of identity.")
_REASON = lazy("Enter the reason. Everyone can read it.")
_PAST = lazy("Choose a time that has not passed: a rule never applies to what is over.")
_ORDER = lazy("Choose a time that is not before that of the version before it.")
_CHANGED = lazy("Somebody else has set this rule a moment ago. Look at it before you go on.")
_SCOPE = lazy("Enter what the rule is for.")


def set_policy(
    actor: Actor, *, scope: str, kind: PolicyKind, value: int, min_level: int, reason: str,
    in_force_at: datetime | None = None,
) -> ThresholdPolicy:
    """Set the next version of a scope's policy, in force from an instant on (None: at once).

    `value`: yes votes, per cent of the electorate, or votes a month, by kind. It is never retroactive: a vote keeps
    the version in force when it opened. Raises Forbidden, Invalid by field, Conflict when another version came between.
    """
    if not can_set_policy(actor):
        raise Forbidden(_MAY_NOT)
    this_second = now().replace(microsecond=0)
    in_force_at = (in_force_at or this_second).replace(microsecond=0)
    with atomic() as session:
        before = latest_version(scope)
        _check(scope, kind, value, min_level, reason)
        _check_instant(in_force_at, before, this_second)
        version = before.version + 1 if before else 1
        if not insert_new(session, ThresholdPolicy, {
            "scope": scope, "version": version, "kind": kind, "value": value, "min_level": min_level,
            "reason": reason.strip(), "in_force_at": in_force_at, "set_by_id": actor.person_id, "created_at": now(),
        }, ["scope", "version"]):
            raise Conflict(_CHANGED)
        policy = session.scalars(select(ThresholdPolicy).where(
            ThresholdPolicy.scope == scope, ThresholdPolicy.version == version)).one()
        record(AuditName.POLICY_SET, actor, "policy", policy.id)
    return policy


def _check(scope: str, kind: PolicyKind, value: int, min_level: int, reason: str) -> None:
    fields: dict[str, object] = {}
    if not scope.strip():
        fields["scope"] = _SCOPE
    if value < 1 or (kind is PolicyKind.SHARE and value > 100):
        fields["value"] = _SHARE if kind is PolicyKind.SHARE else _VALUE
    if min_level not in (1, 2):
        fields["min_level"] = _LEVEL
    if not reason.strip():
        fields["reason"] = _REASON
    if fields:
        raise Invalid(fields=fields)


def _check_instant(in_force_at: datetime, before: ThresholdPolicy | None, this_second: datetime) -> None:
    if in_force_at < this_second:
        raise Invalid(fields={"in_force_at": _PAST})
    if before and in_force_at < before.in_force_at:
        raise Invalid(fields={"in_force_at": _ORDER})


def undecided() -> tuple[ColumnElement[bool], ...]:
    """Conditions on boxes joined with their policy: opened, valid, and neither crossed nor missed so far."""
    crossed = select(Crossing.box_id).where(Crossing.box_id == Box.id).exists()
    return (
        Box.policy_id == ThresholdPolicy.id, Box.state.in_(RUNNING),
        Box.missed_at.is_(None), ~crossed,
    )


def judge_due() -> None:
    """Compare every published head that was not judged yet with the threshold of its vote, oldest first."""
    unjudged = select(BoxHead.box_id).where(BoxHead.box_id == Box.id, BoxHead.judged.is_(False)).exists()
    each_box(current().scalars(
        select(Box.id).join(ThresholdPolicy, and_(*undecided()))
        .where(ThresholdPolicy.kind != PolicyKind.MONTHLY, unjudged).order_by(Box.id)).all(), _judge)


def _judge(box: Box) -> None:
    """Judge the heads of one vote: the first that reaches the threshold crosses it; it is missed when none did."""
    quiet = silence_at(now())
    with atomic() as session:
        lock(box)
        if box.state not in RUNNING:
            return  # void since it was chosen
        heads = session.scalars(
            select(BoxHead).where(BoxHead.box_id == box.id, BoxHead.judged.is_(False)).order_by(BoxHead.number)).all()
        shown = [head for head in heads if not (quiet and head.at >= quiet.starts_at)]
        for head in shown:
            head.judged = True
            if _reaches(box, head):
                cross(box, head)
                return
        if box.counted_at is not None and len(shown) == len(heads):
            miss(box)


def cross(box: Box, head: BoxHead, round_id: int | None = None) -> None:
    """Latch the crossing at a head and tell; nothing happens when the vote has crossed before. Within `atomic()`."""
    if box.policy_id is not None and insert_new(current(), Crossing, {
        "box_id": box.id, "head_number": head.number, "policy_id": box.policy_id, "yes": head.counts["yes"],
        "at": now(), "round_id": round_id,
    }, ["box_id"]):
        publish(ThresholdCrossed(box.id, head.number))


def miss(box: Box) -> None:
    """Note that a counted vote can reach its threshold no more, and tell. Within `atomic()`, with the box locked."""
    if box.missed_at is None:
        box.missed_at = now()
        publish(ThresholdMissed(box.id))


def _reaches(box: Box, head: BoxHead) -> bool:
    """Only yes votes count; a share is one of the electorate at that very head. Nothing is reached without a vote."""
    yes, policy = head.counts["yes"], box.policy
    if policy is None or yes == 0:
        return False
    if policy.kind is PolicyKind.SHARE:
        return yes * 100 >= policy.value * head.electorate_size
    return yes >= policy.value
