"""Fraud on the roll: entries contested by their owners, suspects, and the decision that enough of them force."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from civicportal.accounts.queries import actor_for
from civicportal.core import clock
from civicportal.core.audit import AuditEvent
from civicportal.core.errors import Conflict, Forbidden, Invalid
from civicportal.core.events import _handlers, subscribe
from civicportal.core.permissions import SYSTEM
from civicportal.core.transactions import current
from civicportal.voting.models import Contest, RollEntry
from civicportal.voting.news import BoxDisputed, DisputeDecided
from civicportal.voting.queries.trust import contested, dispute_of, overdue, suspects
from civicportal.voting.services.opening import void_box
from civicportal.voting.services.rounds import hold_rounds
from civicportal.voting.services.thresholds import set_policy
from civicportal.voting.services.trust import contest, decide_dispute, enough, mark_suspects
from civicportal.voting.states import BoxState, DisputeState, PolicyKind
from tests.factories.accounts import PersonFactory
from tests.factories.voting import voters
from tests.voting.held import START, Held, operator

pytestmark = pytest.mark.usefixtures("worker")


@pytest.fixture
def heard():
    """What was published of disputes."""
    events = []
    kinds = (BoxDisputed, DisputeDecided)
    before = {kind: list(_handlers[kind]) for kind in kinds}
    for kind in kinds:
        subscribe(kind)(events.append)
    yield events
    for kind in kinds:
        _handlers[kind][:] = before[kind]


def policy(kind, value):
    with clock.at(START - timedelta(days=2)):
        return set_policy(SYSTEM, scope="forum", kind=kind, value=value, min_level=1, reason="To try.").id


def roll(held):
    return sorted(current().scalars(select(RollEntry.key).where(RollEntry.box_id == held.box_id)))


def mark(held, count):
    with held.at():
        return mark_suspects(operator(), held.box, roll(held)[:count], reason="The addresses were made in one night.")


def crossed(yes=5, threshold=3, **plan):
    """An open vote that crossed at head 2 with `yes` of twelve."""
    held = Held(12, policy_id=policy(PolicyKind.NUMBER, threshold), **plan)
    held.cast(*["yes"] * yes, "no")
    held.batch()
    return held


# contesting


def test_who_did_not_vote_but_is_on_the_roll_says_so_once(app):
    held = Held()
    held.cast("yes")
    contest(held.actor(0), held.box)
    contest(held.actor(0), held.box)
    assert contested(held.box_id) == 1
    assert current().scalars(select(Contest.key)).all() == roll(held)
    names = set(current().scalars(select(AuditEvent.subject_kind).where(AuditEvent.actor_id == held.people[0].id)))
    assert names == set(), "no record ties the person to the key"


def test_who_is_not_on_the_roll_has_nothing_to_contest(app):
    held = Held()
    held.cast("yes")
    with pytest.raises(Conflict):
        contest(held.actor(1), held.box)
    assert contested(held.box_id) == 0


# how many suspects are enough


def test_a_crossing_hangs_on_its_margin_at_the_crossing_head(app, heard):
    held = crossed(yes=5, threshold=3)
    held.cast("yes", "yes")  # what comes after the crossing does not widen its margin
    held.batch()
    assert enough(held.box) == 5 - 3 + 1
    assert (mark(held, 2), dispute_of(held.box_id)) == (2, None)
    assert mark(held, 3) == 3
    dispute = dispute_of(held.box_id)
    assert (dispute.suspects, dispute.enough, dispute.state) == (3, 3, DisputeState.OPEN)
    assert dispute.due_at == held.now + timedelta(days=14)
    mark(held, 5)
    assert heard == [BoxDisputed(held.box_id)], "declared once"
    assert dispute_of(held.box_id).suspects == 3


def test_a_share_is_of_the_electorate_at_that_head(app):
    held = Held(12, policy_id=policy(PolicyKind.SHARE, 30))  # 3.6 of 12: four
    held.cast(*["yes"] * 5)
    held.batch()
    assert enough(held.box) == 5 - 4 + 1


@pytest.mark.parametrize(("others", "limit"), [
    ((4, 2), 6 - 5 + 1),  # one place: the first that missed it has 4, so 5 were needed
    ((6, 2), 6 - 6 + 1),  # both cross in a tie for the place: one vote less and this one is out
    ((), 6 - 1 + 1),  # alone: one yes would have done
])
def test_in_a_months_round_others_set_the_threshold(app, others, limit):
    policy_id, people = policy(PolicyKind.MONTHLY, 1), voters(8)
    held = Held(people, policy_id=policy_id, closes_at=START + timedelta(days=60))
    rivals = [Held(people, slug=f"rival-{place}", policy_id=policy_id, closes_at=START + timedelta(days=60))
              for place in range(len(others))]
    held.cast(*["yes"] * 6)
    held.batch()
    for rival, yes in zip(rivals, others, strict=True):
        rival.cast(*["yes"] * yes)
        rival.batch()
    with held.at(START + timedelta(days=31)):
        hold_rounds()
    assert held.box.crossing is not None
    assert enough(held.box) == limit


def test_a_majority_is_read_off_the_last_head_and_not_before(app, heard):
    held = Held(12)
    held.cast(*["yes"] * 5, *["no"] * 3)
    held.batch()
    assert enough(held.box) is None
    mark(held, 2)
    assert dispute_of(held.box_id) is None
    held.close()
    assert enough(held.box) == 2
    assert heard == [BoxDisputed(held.box_id)], "what was marked before counts at the close"


def test_on_a_tie_one_false_ballot_is_enough(app):
    held = Held(12)
    held.cast("yes", "no")
    held.close()
    assert enough(held.box) == 1


def test_a_threshold_that_was_missed_cannot_hang_on_suspects(app):
    held = Held(12, policy_id=policy(PolicyKind.NUMBER, 10))
    held.cast("yes", "no")
    mark(held, 2)
    held.close()
    assert (enough(held.box), dispute_of(held.box_id)) == (None, None)


def test_suspects_from_before_the_crossing_count_at_the_crossing(app, heard):
    held = Held(12, policy_id=policy(PolicyKind.NUMBER, 3))
    held.cast("yes", "yes")
    held.batch()
    mark(held, 1)
    assert heard == []
    held.cast("yes")
    held.batch()
    assert heard == [BoxDisputed(held.box_id)]


# marking and deciding


def test_only_keys_on_the_roll_can_be_marked_and_only_by_operators(app):
    held = crossed()
    with pytest.raises(Forbidden):
        mark_suspects(actor_for(PersonFactory()), held.box, roll(held)[:1], reason="Mine.")
    for keys in ([*roll(held)[:1], "f" * 64], ["x"], []):
        with pytest.raises(Invalid):
            mark_suspects(operator(), held.box, keys, reason="To try.")
    with pytest.raises(Invalid):
        mark_suspects(operator(), held.box, roll(held)[:1], reason=" ")
    assert suspects(held.box_id) == 0
    assert mark_suspects(operator(), held.box, [roll(held)[0].upper() + " "], reason="To try.") == 1


def test_a_dispute_is_decided_once_with_reasons_by_name(app, heard):
    held = crossed(yes=3, threshold=3)
    mark(held, 1)
    judge = operator()
    with pytest.raises(Forbidden):
        decide_dispute(actor_for(PersonFactory()), held.box, upheld=True, reason="Mine.")
    with pytest.raises(Invalid):
        decide_dispute(judge, held.box, upheld=True, reason="")
    decide_dispute(judge, held.box, upheld=False, reason="The entry was false.")
    dispute = dispute_of(held.box_id)
    assert (dispute.state, dispute.decided_by_id, dispute.reason) == (
        DisputeState.OVERTURNED, judge.person_id, "The entry was false.")
    with pytest.raises(Conflict):
        decide_dispute(judge, held.box, upheld=True, reason="After all.")
    assert heard == [BoxDisputed(held.box_id), DisputeDecided(held.box_id, upheld=False)]
    assert current().scalar(select(AuditEvent.actor_id).where(AuditEvent.name == "dispute:overturn")) == judge.person_id


def test_what_is_not_disputed_cannot_be_decided(app):
    with pytest.raises(Conflict):
        decide_dispute(operator(), crossed().box, upheld=True, reason="To try.")


def test_an_open_dispute_is_overdue_after_its_day_and_keeps_the_count_from_being_final(app):
    held = crossed(yes=3, threshold=3)
    mark(held, 1)
    held.close()
    held.finish(30)
    assert held.box.state is BoxState.CLOSED
    with held.at():
        assert overdue(dispute_of(held.box_id))
        decide_dispute(operator(), held.box, upheld=True, reason="The entries are genuine.")
        assert not overdue(dispute_of(held.box_id))
    held.finish(31)
    assert held.box.state is BoxState.FINAL


def test_a_void_vote_has_no_suspects(app):
    held = Held()
    held.cast("yes")
    keys = roll(held)
    void_box(operator(), held.box, reason="Wrong question.")
    with pytest.raises(Conflict):
        mark_suspects(operator(), held.box, keys, reason="To try.")
