"""A promise that was not kept can be shown by anybody; it is public, and keeps the count from being final."""

from datetime import timedelta

import pytest
from sqlalchemy import delete, func, select

from civicportal.accounts.queries import actor_for
from civicportal.core.audit import AuditEvent
from civicportal.core.errors import Conflict, Forbidden, Invalid
from civicportal.core.transactions import atomic, current
from civicportal.voting.merkle import leaf_hash
from civicportal.voting.models import PendingBallot, PromiseClaim
from civicportal.voting.notes import Signer, promise
from civicportal.voting.queries.trust import claims_of, unmet_promises
from civicportal.voting.services import closing
from civicportal.voting.services.closing import close_box
from civicportal.voting.services.keys import receipt_signers
from civicportal.voting.services.trust import find_claims, lodge_claim, settle_claim
from civicportal.voting.states import BoxState, ClaimState
from tests.factories.accounts import PersonFactory
from tests.voting.held import Held, operator

LATE = timedelta(minutes=11)
pytestmark = pytest.mark.usefixtures("worker")


def robbed():
    """A closed vote from which somebody took the second ballot while it was pending, and the receipt of that."""
    held = Held()
    receipts = held.cast("yes", "no", "yes")
    with atomic() as session:
        session.execute(delete(PendingBallot).where(PendingBallot.tracker == receipts[1].tracker))
    held.close()
    held.now += LATE
    return held, receipts


def test_a_missing_ballot_is_lodged_once_in_public_by_anybody(app):
    held, receipts = robbed()
    with held.at():
        lodged = lodge_claim(held.box, receipts[1].promise)
        again = lodge_claim(held.box, receipts[1].promise.replace("\n", "\r\n") + "  ")
    assert lodged.claim is not None
    assert again.claim is not None
    assert (lodged.place, lodged.claim.id) == (None, again.claim.id)
    (claim,) = claims_of(held.box_id)
    assert (claim.leaf_hash, claim.state) == (leaf_hash(receipts[1].leaf.encode()).hex(), ClaimState.OPEN)
    assert unmet_promises(held.box_id) == 1


def test_a_ballot_in_the_log_is_shown_instead(app):
    held, receipts = robbed()
    with held.at():
        found = lodge_claim(held.box, receipts[0].promise)
    assert found.claim is None
    assert found.place is not None
    assert found.place.index in (0, 1)
    assert found.place.head_number == 2
    assert claims_of(held.box_id) == []


def test_a_promise_that_has_time_left_is_not_lodged(app):
    held = Held()
    (receipt,) = held.cast("yes")
    with held.at(held.box.closes_at + timedelta(minutes=9)):
        early = lodge_claim(held.box, receipt.promise)
    assert (early.place, early.claim, early.by) == (None, None, receipt.by)
    with held.at(held.box.closes_at + LATE):
        assert lodge_claim(held.box, receipt.promise).claim is not None


def test_what_the_portal_did_not_sign_for_this_vote_is_refused(app):
    held, receipts = robbed()
    other = Held(3, slug="other")
    (elsewhere,) = other.cast("yes")
    stranger = Signer(receipt_signers()[0].name, Signer.from_setting(f"x:{'A' * 43}=", "localhost", "receipt").key)
    forged = stranger.sign(promise("localhost", "votes/library", leaf_hash(b"nothing"), receipts[1].by))
    changed = receipts[1].promise.replace(receipts[1].promise.split("\n")[2], f"leaf {'A' * 43}=")
    with held.at():
        for text in ("", "hello", "a\nb\n\nc\n", forged, changed, elsewhere.promise, "\x00", receipts[1].promise[:90]):
            with pytest.raises(Invalid):
                lodge_claim(held.box, text)
    assert claims_of(held.box_id) == []


def test_an_open_claim_keeps_the_count_from_being_final(app):
    held, receipts = robbed()
    with held.at():
        claim = lodge_claim(held.box, receipts[1].promise).claim
    held.finish()
    assert held.box.state is BoxState.CLOSED
    with pytest.raises(Forbidden):
        settle_claim(actor_for(PersonFactory()), claim, reason="No.")
    with pytest.raises(Invalid):
        settle_claim(operator(), claim, reason="  ")
    settle_claim(operator(), claim, reason="The disk of that day was lost; the ballot cannot be found.")
    with pytest.raises(Conflict):
        settle_claim(operator(), claim, reason="Again.")
    assert unmet_promises(held.box_id) == 1, "a settled claim is still an unmet promise"
    held.finish(9)
    assert held.box.state is BoxState.FINAL


def test_a_ballot_that_comes_late_is_found_by_the_portal(app):
    held = Held()
    (receipt,) = held.cast("yes")
    with held.at(held.box.closes_at + LATE):
        lodge_claim(held.box, receipt.promise)
        assert find_claims() == 0
        close_box(held.box)
        assert (find_claims(), find_claims()) == (1, 0)
    (claim,) = claims_of(held.box_id)
    assert (claim.state, unmet_promises(held.box_id)) == (ClaimState.LATE, 1)
    held.finish()
    assert held.box.state is BoxState.CLOSED
    settle_claim(operator(), claim, reason="The worker was down for an hour. The ballot counts.")
    held.finish(9)
    assert held.box.state is BoxState.FINAL


def test_a_ballot_that_came_late_can_be_lodged_though_it_is_in_the_log(app):
    held = Held()
    (receipt,) = held.cast("yes")
    with held.at(held.box.closes_at + timedelta(hours=5)):
        close_box(held.box)
        lodged = lodge_claim(held.box, receipt.promise)
    assert (lodged.claim.state, lodged.place.index) == (ClaimState.LATE, 0)
    assert unmet_promises(held.box_id) == 1


def test_a_claim_that_comes_while_a_count_is_made_final_is_not_overlooked(app, monkeypatch):
    held, receipts = robbed()
    finish = closing._finish

    def meanwhile(box):
        lodge_claim(held.box, receipts[1].promise)
        finish(box)

    monkeypatch.setattr(closing, "_finish", meanwhile)
    held.finish()
    assert held.box.state is BoxState.CLOSED


def test_lodging_leaves_no_trace_of_who_did(app):
    held, receipts = robbed()
    before = current().scalar(select(func.count()).select_from(AuditEvent))
    with held.at():
        lodge_claim(held.box, receipts[1].promise)
    assert current().scalar(select(func.count()).select_from(AuditEvent)) == before
    kept = {column.name for column in PromiseClaim.__table__.columns}
    assert not {name for name in kept if "person" in name or name.endswith("by_id")}
