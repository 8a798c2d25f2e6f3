"""Casting: two rows and nothing else, one ballot for each voter, and the same receipt for the same form."""

import json
from datetime import timedelta

import pytest
from sqlalchemy import func, select

from civicportal.accounts.queries import actor_for
from civicportal.core.clock import at, now
from civicportal.core.configuration import settings
from civicportal.core.errors import Conflict, Invalid
from civicportal.core.permissions import SYSTEM
from civicportal.core.states import apply
from civicportal.core.transactions import atomic, current
from civicportal.extensions import Base
from civicportal.voting.merkle import leaf_hash
from civicportal.voting.models import Ballot, PendingBallot, RollEntry
from civicportal.voting.notes import Verifier, parse_promise
from civicportal.voting.queries.voters import has_voted, key_of
from civicportal.voting.services import (
    AlreadyVoted,
    BoxClosed,
    Change,
    Clash,
    NotEligible,
    NotOpenYet,
    cast,
    cast_open,
)
from civicportal.voting.services.batches import make_batch
from civicportal.voting.services.closing import close_box, extend_box
from civicportal.voting.services.keys import receipt_signers
from civicportal.voting.services.opening import open_box, plan_box, void_box
from civicportal.voting.states import BOX, Secrecy
from civicportal.voting.trackers import change_secret_of, new_nonce, revise_of, tracker_of
from tests.factories.accounts import PersonFactory
from tests.factories.voting import BoxFactory, as_worker, citizen, open_secret_box, vote, voters

pytestmark = pytest.mark.usefixtures("english")
SECOND = timedelta(seconds=1)


@pytest.fixture
def people(app):
    return voters(3)


@pytest.fixture
def box(people):
    return open_secret_box(people)


def counts():
    """How many rows each table has."""
    current().rollback()
    return {table.name: current().scalar(select(func.count()).select_from(table))
            for table in Base.metadata.sorted_tables}


def pending(box):
    current().rollback()
    return {row.tracker: row for row in current().scalars(select(PendingBallot).where(PendingBallot.box_id == box.id))}


def change_of(receipt):
    return Change(receipt.tracker, receipt.change_secret)


def log_all(app, tmp_path, box):
    """Everything pending goes into the log."""
    with as_worker(app, tmp_path):
        make_batch(box, force=True)
    assert pending(box) == {}


def test_a_vote_is_two_rows_and_nothing_else(people, box):
    before = counts()
    receipt = vote(people[0], box, "no")
    assert {name: number - before[name] for name, number in counts().items() if number != before[name]} == {
        "roll": 1, "pending_ballots": 1}
    row = pending(box)[receipt.tracker]
    assert (row.choice, row.supersedes, json.loads(row.leaf)) == ("no", None, {
        "choice": "no", "tracker": receipt.tracker, "revise": revise_of(receipt.change_secret)})
    assert has_voted(box, key_of(citizen(people[0], box), box))
    assert not has_voted(box, key_of(citizen(people[1], box), box))


def test_rows_name_neither_time_nor_person_nor_each_other():
    assert [column.name for column in RollEntry.__table__.columns] == ["box_id", "key"]
    assert [column.name for column in PendingBallot.__table__.columns] == [
        "box_id", "tracker", "supersedes", "choice", "leaf"]
    assert not any(table.foreign_keys for table in (RollEntry.__table__, PendingBallot.__table__, Ballot.__table__))


def test_the_receipt_follows_from_the_form_and_promises_the_leaf(people, box):
    nonce = new_nonce()
    receipt = vote(people[0], box, "yes", nonce=nonce)
    raw = bytes.fromhex(nonce)
    assert receipt.tracker == tracker_of(box.slug, raw)
    assert receipt.change_secret == change_secret_of(box.slug, raw)
    assert (receipt.slug, receipt.question, receipt.choice, receipt.changed) == (box.slug, box.question, "yes", False)
    Verifier.from_vkey(receipt_signers()[0].vkey).verify(receipt.promise)
    said = parse_promise(receipt.promise)
    leaf = pending(box)[receipt.tracker].leaf
    assert (said.host, said.log, said.leaf) == ("localhost", f"votes/{box.slug}", leaf_hash(leaf.encode()))
    assert said.by == receipt.by == box.closes_at + timedelta(minutes=settings().promise_minutes)
    assert receipt.leaf == leaf
    assert nonce not in repr(receipt)


def test_a_box_without_changes_gives_no_change_secret(people):
    assert vote(people[0], open_secret_box(people, may_change=False)).change_secret is None


def test_the_same_form_gives_the_same_receipt_pending_logged_and_after_the_close(app, people, box, tmp_path):
    nonce = new_nonce()
    first = vote(people[0], box, nonce=nonce)
    before = counts()
    assert vote(people[0], box, nonce=nonce.upper()) == first
    assert counts() == before
    log_all(app, tmp_path, box)
    before = counts()
    assert vote(people[0], box, nonce=nonce) == first
    with as_worker(app, tmp_path), at(box.closes_at):
        close_box(box)
    before = counts()
    with at(box.closes_at + timedelta(days=1)):
        assert vote(people[0], box, nonce=nonce) == first
    assert counts() == before


def test_after_an_extension_the_receipt_names_the_instant_in_force(people, box):
    nonce, longer = new_nonce(), box.closes_at + timedelta(days=2)
    first = vote(people[0], box, nonce=nonce)
    extend_box(SYSTEM, box, closes_at=longer, reason="The page could not be reached.")
    again = vote(people[0], box, nonce=nonce)
    assert again.by == first.by + timedelta(days=2)
    assert (again.tracker, again.leaf) == (first.tracker, first.leaf)


@pytest.mark.parametrize("logged", [False, True])
def test_anything_else_of_a_voter_is_refused_and_changes_nothing(app, people, box, tmp_path, logged):
    nonce = new_nonce()
    vote(people[0], box, "yes", nonce=nonce)
    if logged:
        log_all(app, tmp_path, box)
    before = counts()
    for choice, other in (("yes", new_nonce()), ("no", nonce), ("no", new_nonce())):
        with pytest.raises(AlreadyVoted):
            vote(people[0], box, choice, nonce=other)
    assert counts() == before


@pytest.mark.parametrize("logged", [False, True])
def test_a_tracker_that_is_taken_is_a_clash_and_writes_nothing(app, people, box, tmp_path, logged):
    nonce = new_nonce()
    vote(people[0], box, "yes", nonce=nonce)
    if logged:
        log_all(app, tmp_path, box)
    before = counts()
    for choice in ("yes", "no"):
        with pytest.raises(Clash):
            vote(people[1], box, choice, nonce=nonce)
    assert counts() == before
    assert not has_voted(box, key_of(citizen(people[1], box), box))
    vote(people[1], box, "yes")


def test_two_boxes_share_nothing(people, box):
    other, nonce = open_secret_box(people), new_nonce()
    one, two = vote(people[0], box, nonce=nonce), vote(people[0], other, "no", nonce=nonce)
    assert one.tracker != two.tracker
    assert key_of(citizen(people[0], box), box) != key_of(citizen(people[0], other), other)


@pytest.mark.parametrize(("field", "given"), [
    ("choice", {"choice": "maybe"}), ("choice", {"choice": ""}), ("choice", {"choice": "YES"}),
    ("nonce", {"nonce": ""}), ("nonce", {"nonce": "zz"}), ("nonce", {"nonce": "a" * 33}),
    ("tracker", {"change": Change("short", "A" * 32)}), ("secret", {"change": Change("A" * 32, "")}),
])
def test_what_no_page_of_the_vote_sends_is_refused_by_field(people, box, field, given):
    before = counts()
    with pytest.raises(Invalid) as caught:
        vote(people[0], box, **given)
    assert set(caught.value.fields) == {field}
    assert str(caught.value.message)
    assert counts() == before


def test_the_box_is_open_from_its_first_instant_to_just_before_its_last(people, box):
    before = counts()
    with at(box.opens_at - timedelta(microseconds=1)), pytest.raises(NotOpenYet):
        vote(people[0], box)
    for late in (box.closes_at, box.closes_at + SECOND):
        with at(late), pytest.raises(BoxClosed):
            vote(people[0], box)
    assert counts() == before
    with at(box.opens_at):
        vote(people[0], box)
    with at(box.closes_at - timedelta(microseconds=1)):
        vote(people[1], box)


def test_the_clock_alone_does_not_open_or_reopen_a_box(people):
    planned = BoxFactory()
    with at(planned.opens_at), pytest.raises(NotOpenYet):
        vote(people[0], planned)
    with at(planned.closes_at), pytest.raises(BoxClosed):
        vote(people[0], planned)
    for verb in ("open", "close"):
        with atomic():
            apply(BOX, planned, verb, SYSTEM)
    with at(planned.opens_at), pytest.raises(BoxClosed):
        vote(people[0], planned)


def test_a_void_box_takes_no_ballots(people, box):
    void_box(SYSTEM, box, reason="The question was wrong.")
    with pytest.raises(BoxClosed, match="void"):
        vote(people[0], box)


def test_who_is_not_of_the_electorate_is_refused(box):
    [late], without_identity = voters(1), PersonFactory()
    before = counts()
    for someone in (late, without_identity):
        with pytest.raises(NotEligible):
            vote(someone, box)
    assert counts() == before


def test_level_two_asks_for_the_identity_that_was_confirmed():
    [one], [two] = voters(1), voters(1, level=2)
    box = open_secret_box(0, min_level=2)
    with pytest.raises(NotEligible, match="identity"):
        vote(one, box)
    vote(two, box)


class TestChanging:
    def test_a_ballot_is_replaced_by_whoever_has_its_secret(self, people, box):
        before = vote(people[0], box, "yes")
        sizes = counts()
        after = vote(people[0], box, "no", change=change_of(before))
        assert {name for name, size in counts().items() if size != sizes[name]} == {"pending_ballots"}
        assert after.changed
        assert after.tracker != before.tracker
        row = pending(box)[after.tracker]
        assert (row.choice, row.supersedes) == ("no", before.tracker)
        assert json.loads(row.leaf) == {
            "choice": "no", "tracker": after.tracker, "revise": revise_of(after.change_secret),
            "supersedes": before.tracker, "secret": before.change_secret}

    def test_a_chain_of_changes(self, app, people, box, tmp_path):
        receipt = vote(people[0], box, "yes")
        for number, choice in enumerate(("no", "abstain", "yes", "no")):
            if number == 2:
                log_all(app, tmp_path, box)
            receipt = vote(people[0], box, choice, change=change_of(receipt))
        with as_worker(app, tmp_path):
            assert make_batch(box, force=True).counts == {"yes": 0, "no": 1, "abstain": 0}

    @pytest.mark.parametrize("logged", ["nothing", "first", "both"])
    def test_the_same_form_gives_the_same_receipt(self, app, people, box, tmp_path, logged):
        before = vote(people[0], box)
        if logged != "nothing":
            log_all(app, tmp_path, box)
        again = {"change": change_of(before), "nonce": new_nonce()}
        after = vote(people[0], box, "no", **again)
        if logged == "both":
            log_all(app, tmp_path, box)
        sizes = counts()
        assert vote(people[0], box, "no", **again) == after
        assert counts() == sizes

    @pytest.mark.parametrize("logged", [False, True])
    def test_a_ballot_is_replaced_once(self, app, people, box, tmp_path, logged):
        before = vote(people[0], box)
        vote(people[0], box, "no", change=change_of(before))
        if logged:
            log_all(app, tmp_path, box)
        sizes = counts()
        with pytest.raises(Conflict, match="replaced before") as caught:
            vote(people[0], box, "abstain", change=change_of(before))
        assert not isinstance(caught.value, AlreadyVoted)
        assert counts() == sizes

    def test_typed_as_people_type(self, people, box):
        before = vote(people[0], box)
        typed = Change(before.tracker.lower().replace("-", " "), f" {before.change_secret.replace('-', '')} ")
        assert vote(people[0], box, "no", change=typed).changed
        assert before.tracker in {row.supersedes for row in pending(box).values()}

    def test_a_wrong_secret_or_tracker_changes_nothing(self, people, box):
        mine, others = vote(people[0], box), vote(people[1], box)
        sizes = counts()
        for change, field in (
            (Change(others.tracker, mine.change_secret), "secret"), (Change(mine.tracker, mine.tracker), "secret"),
            (Change(tracker_of(box.slug, bytes(16)), mine.change_secret), "tracker"),
        ):
            with pytest.raises(Invalid) as caught:
                vote(people[0], box, "no", change=change)
            assert set(caught.value.fields) == {field}
        assert counts() == sizes

    def test_who_has_not_voted_has_nothing_to_change(self, people, box):
        before = vote(people[0], box)
        with pytest.raises(Conflict, match="not voted"):
            vote(people[1], box, "no", change=change_of(before))

    def test_a_nonce_that_is_taken_is_a_clash(self, app, people, box, tmp_path):
        nonce = new_nonce()
        vote(people[1], box, nonce=nonce)
        before = vote(people[0], box)
        for _logged in (False, True):
            with pytest.raises(Clash):
                vote(people[0], box, "no", change=change_of(before), nonce=nonce)
            log_all(app, tmp_path, box)

    def test_not_where_the_rules_forbid_it(self, people):
        box, nonce = open_secret_box(people, may_change=False), new_nonce()
        before = vote(people[0], box, nonce=nonce)
        with pytest.raises(Conflict, match="cannot be changed"):
            vote(people[0], box, "no", change=Change(
                before.tracker, change_secret_of(box.slug, bytes.fromhex(nonce))))

    def test_not_after_the_close(self, people, box):
        before = vote(people[0], box)
        with at(box.closes_at), pytest.raises(BoxClosed):
            vote(people[0], box, "no", change=change_of(before))


class TestByName:
    @pytest.fixture
    def members(self):
        return [PersonFactory(name=f"Member {number}") for number in range(3)]

    @pytest.fixture
    def motion(self, members):
        box = plan_box(
            SYSTEM, slug="motion-1", question="Forward the task?", language="en", secrecy=Secrecy.OPEN,
            members=[{"person_id": person.id, "name": person.name} for person in members],
            opens_at=now(), closes_at=now() + timedelta(days=7))
        open_box(box)
        return box

    def test_the_tracker_is_the_members_key_which_everybody_can_read(self, members, motion):
        receipt = cast_open(actor_for(members[1]), motion, choice="no")
        names = {member["key"]: member["name"] for member in motion.members}
        assert names[receipt.tracker] == "Member 1"
        assert json.loads(motion.frozen)["members"] == names
        assert json.loads(pending(motion)[receipt.tracker].leaf) == {"choice": "no", "tracker": receipt.tracker}
        assert receipt.change_secret is None
        assert has_voted(motion, receipt.tracker)

    def test_once_and_the_same_again_is_the_same_receipt(self, members, motion):
        receipt = cast_open(actor_for(members[0]), motion, choice="yes")
        sizes = counts()
        assert cast_open(actor_for(members[0]), motion, choice="yes") == receipt
        with pytest.raises(AlreadyVoted):
            cast_open(actor_for(members[0]), motion, choice="no")
        assert counts() == sizes

    def test_members_alone(self, motion):
        for actor in (actor_for(PersonFactory()), SYSTEM):
            with pytest.raises(NotEligible):
                cast_open(actor, motion, choice="yes")

    def test_an_unknown_answer_is_refused(self, members, motion):
        with pytest.raises(Invalid):
            cast_open(actor_for(members[0]), motion, choice="maybe")

    def test_neither_way_of_casting_takes_the_others_box(self, people, box, members, motion):
        with pytest.raises(ValueError, match="cast_open"):
            cast(citizen(members[0], motion), motion, choice="yes", nonce=new_nonce())
        with pytest.raises(ValueError, match="cast"):
            cast_open(actor_for(people[0]), box, choice="yes")
