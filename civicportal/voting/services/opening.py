"""Planning a vote, and opening it at its time: from then on its rules, threshold and electorate stay as they are."""

from base64 import b64encode
from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlalchemy.exc import IntegrityError

from civicportal.core.audit import AuditName, record
from civicportal.core.clock import now
from civicportal.core.dialect import lock_box
from civicportal.core.errors import Conflict, Forbidden
from civicportal.core.events import publish
from civicportal.core.i18n import _, lazy, speaking
from civicportal.core.permissions import SYSTEM, Actor
from civicportal.core.states import apply
from civicportal.core.transactions import atomic, current, lock
from civicportal.voting.canonical import canonical
from civicportal.voting.kinds import KINDS
from civicportal.voting.models import Box, ElectorateCount, ThresholdPolicy
from civicportal.voting.news import BoxOpened, BoxVoided
from civicportal.voting.notes import instant
from civicportal.voting.policies import can_plan
from civicportal.voting.queries.boxes import due_to_open, refusal_of
from civicportal.voting.queries.thresholds import policy_in_force
from civicportal.voting.queries.voters import member_key
from civicportal.voting.services.each_box import each_box
from civicportal.voting.services.electorates import fix_electorate
from civicportal.voting.services.keys import portal_host
from civicportal.voting.services.log import open_log
from civicportal.voting.services.plan_checks import check_plan, check_text
from civicportal.voting.states import BOX, BoxState, Secrecy, TieRule, Totals
from civicportal.voting.wording import level_text

RULES_VERSION = 1


def plan_box(
    actor: Actor, *, slug: str, question: str, language: str, kind: str = "yes_no_abstain",
    secrecy: Secrecy = Secrecy.SECRET, min_level: int = 1, late_admission: bool = False,
    members: Sequence[Mapping[str, object]] | None = None, opens_at: datetime, closes_at: datetime,
    may_change: bool = True, totals: Totals = Totals.LIVE, tie: TieRule = TieRule.NO_DECISION,
    quorum: int | None = None, policy_id: int | None = None,
    subject_kind: str | None = None, subject_id: int | None = None, subject_path: str | None = None,
) -> Box:
    """Plan a vote. It opens by the clock, at `opens_at`, to the second, unless something forbids it (`refusal`).

    `members`: in a vote by name, a `person_id` and a `name` each. `quorum`: the least number of ballots. `policy_id`:
    a version of the threshold; the one of the same scope in force at opening is what counts. `subject_*`: what the
    vote is about, for the package that plans it. Raises Invalid with the field, Forbidden, Conflict for a taken slug.
    """
    if not can_plan(actor):
        raise Forbidden(lazy("You do not have the right to do this."))
    with atomic() as session:
        policy = session.get(ThresholdPolicy, policy_id) if policy_id else None
        by_name = secrecy is Secrecy.OPEN
        box = Box(
            slug=slug, question=question, language=language, kind=kind, secrecy=secrecy, min_level=min_level,
            late_admission=late_admission, opens_at=_second(opens_at), closes_at=_second(closes_at),
            may_change=may_change and not by_name, totals=totals, tie=tie, quorum=quorum, policy=policy,
            subject_kind=subject_kind, subject_id=subject_id, subject_path=subject_path)
        check_plan(box, members)
        box.options = list(KINDS[kind].options)
        box.refusal = refusal_of(box, policy)
        _store(box)
        if members is not None:
            box.members = [_member(box, member) for member in members]
        record(AuditName.BOX_PLANNED, actor, "box", box.id)
    return box


def move_box(box: Box, *, question: str, language: str, opens_at: datetime, closes_at: datetime) -> None:
    """Give a planned vote other instants, and its text anew. Raises Conflict once it has opened, Invalid."""
    with atomic():
        lock(box)
        if box.state is not BoxState.SCHEDULED:
            raise Conflict(lazy("The vote has opened. Its rules stay as they are."))
        box.question, box.language = question, language
        box.opens_at, box.closes_at = _second(opens_at), _second(closes_at)
        check_plan(box, box.members)
        box.refusal = refusal_of(box, box.policy)


def open_due() -> None:
    """Open every planned vote whose time has come. Runs at each tick of the beat, in any number of workers."""
    each_box(due_to_open(now()), open_box)


def open_box(box: Box) -> None:
    """Open a planned vote, between its instants: fix threshold, electorate and rules, begin its log.

    One that must not open stays planned with its `refusal` and is tried again at the next tick; one whose close passes
    that way is void. Does nothing outside its time, or when it is open already.
    """
    with atomic() as session:
        lock_box(session, box.id)
        lock(box)
        if box.state is not BoxState.SCHEDULED or now() < box.opens_at:
            return
        if now() >= box.closes_at:
            _void(SYSTEM, box, _unopened(box))
            return
        box.policy = policy_in_force(box.policy.scope, now()) if box.policy else None
        box.refusal = refusal_of(box, box.policy)
        if box.refusal is None:
            _open(box)


def void_box(actor: Actor, box: Box, *, reason: str) -> None:
    """Declare that a vote counts no more, for a public reason. Raises Invalid, Forbidden, Conflict for a final one."""
    check_text("reason", reason)
    with atomic() as session:
        lock_box(session, box.id)
        lock(box)
        _void(actor, box, reason.strip())


def _store(box: Box) -> None:
    session = current()
    try:
        with session.begin_nested():
            session.add(box)
    except IntegrityError as error:
        raise Conflict(lazy("There is a vote with this address already. Choose another.")) from error


def _open(box: Box) -> None:
    apply(BOX, box, "open", SYSTEM)
    box.opened_at = now()
    box.log = open_log(f"votes/{box.slug}")
    box.frozen = canonical(_frozen(box, fix_electorate(box)))
    current().flush()
    publish(BoxOpened(box.id))


def _void(actor: Actor, box: Box, reason: str) -> None:
    apply(BOX, box, "void", actor)
    box.reason = reason
    publish(BoxVoided(box.id, by=actor.name if actor.person_id is not None else ""))


def _unopened(box: Box) -> str:
    with speaking(box.language):
        why = str(box.refusal.title) if box.refusal else ""
        return f"{_('The vote could not be opened before its closing time.')} {why}".strip()


def _frozen(box: Box, count: ElectorateCount) -> dict[str, object]:
    """What decides the vote, as everybody can read it (docs/decisions/0009)."""
    with speaking(box.language):
        rule = _("The members named here.") if box.members is not None else level_text(box.min_level)
    return {
        "slug": box.slug, "origin": f"{portal_host()}/votes/{box.slug}", "log": f"votes/{box.slug}",
        "question": box.question, "language": box.language, "kind": box.kind, "options": box.options,
        "secrecy": box.secrecy.value, "key_kind": _key_kind(box),
        "electorate": {"rule": rule, "min_level": box.min_level, "late_admission": box.late_admission,
                       "size": count.size, "root": b64encode(count.root).decode()},
        "opens_at": instant(box.opens_at), "closes_at": instant(box.closes_at), "may_change": box.may_change,
        "totals": box.totals.value, "tie": box.tie.value, "quorum": box.quorum, "threshold": _threshold(box.policy),
        "members": None if box.members is None else {str(one["key"]): one["name"] for one in box.members},
        "rules_version": RULES_VERSION,
    }


def _key_kind(box: Box) -> str:
    if box.members is not None:
        return "member"
    return "address" if box.min_level < 2 else "provider"


def _threshold(policy: ThresholdPolicy | None) -> dict[str, object] | None:
    if policy is None:
        return None
    return {"scope": policy.scope, "version": policy.version, "kind": policy.kind.value, "value": policy.value,
            "min_level": policy.min_level}


def _member(box: Box, member: Mapping[str, object]) -> dict[str, object]:
    person_id = int(str(member["person_id"]))
    return {"key": member_key(box.secret, person_id), "name": str(member["name"]), "person_id": person_id}


def _second(moment: datetime) -> datetime:
    """Receipts and heads name instants to the second."""
    return moment.replace(microsecond=0)
