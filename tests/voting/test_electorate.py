"""Who may vote: one key for each voter, fixed and counted at opening, with a proof for everybody."""

import secrets
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import func, insert, select

from civicportal.accounts import services as accounts
from civicportal.accounts.console_provider import ConsoleProvider
from civicportal.accounts.models import AddressIdentity, Person
from civicportal.accounts.passwords import hash_password
from civicportal.accounts.queries import actor_for
from civicportal.accounts.services.confirming import confirm_address, guest
from civicportal.accounts.states import TokenPurpose
from civicportal.core.clock import at, now
from civicportal.core.errors import NotFound
from civicportal.core.permissions import SYSTEM
from civicportal.core.signing import identity_digest
from civicportal.core.tasks import celery
from civicportal.core.transactions import atomic, current
from civicportal.voting import merkle
from civicportal.voting.models import Box, BoxHead, ElectorateCount, ElectorateMember
from civicportal.voting.queries.voters import (
    electorate_keys,
    electorate_proof,
    eligible,
    has_voted,
    key_of,
    latest_count,
    may_vote,
    voter_of,
)
from civicportal.voting.services import AlreadyVoted, NotEligible
from civicportal.voting.services.batches import make_batches
from civicportal.voting.services.electorates import admit_newcomers
from civicportal.voting.voter_keys import Part, leaves, pack, part_of, proof, unpack, voter_key
from tests.factories.accounts import PersonFactory
from tests.factories.voting import citizen, open_secret_box, vote, voters

pytestmark = pytest.mark.usefixtures("app")
PASSWORD = "three green bicycles"
HASH = hash_password(PASSWORD)
MINUTE = timedelta(minutes=1)


def crowd(count):
    """So many people with confirmed addresses, quickly."""
    with atomic() as session:
        ids = session.scalars(insert(AddressIdentity).returning(AddressIdentity.id), [
            {"digest": secrets.token_hex(32), "rules_version": 1} for _ in range(count)]).all()
        session.execute(insert(Person), [
            {"locale": "ko", "level": 1, "identity_id": identity, "level_since": now()} for identity in ids])


def keys(box):
    current().rollback()
    return list(electorate_keys(box.id))


def sizes(box):
    current().rollback()
    return list(current().scalars(
        select(ElectorateCount.size).where(ElectorateCount.box_id == box.id).order_by(ElectorateCount.id)))


def key(person, box):
    return key_of(citizen(person, box), box)


def holds(box, found):
    """Whether a proof leads from the key to the root of the latest count."""
    count = latest_count(box)
    assert (found.size, found.root, found.at) == (count.size, count.root, count.at)
    return merkle.verify_inclusion(
        merkle.leaf_hash(found.key.encode()), found.place, found.size, found.hashes, found.root)


def registered(address):
    """Somebody who registers by the real services, with a password."""
    person = confirm_address(guest("Kim", address, None, "ko"), SYSTEM)
    with atomic():
        person.password_hash = HASH
    return person


def level_two(person, subject):
    """The person confirms the identity `subject` at the test desk."""
    provider = ConsoleProvider(page=lambda: "")
    challenge = accounts.start_identity(actor_for(person), person)
    accounts.confirm_identity(actor_for(person), person, provider, provider.sign(subject, challenge))


class TestKeys:
    def test_one_person_has_another_key_in_each_box(self):
        [person] = voters(1)
        one, two = open_secret_box(0), open_secret_box(0)
        assert keys(one) == [key(person, one)]
        assert keys(two) == [key(person, two)]
        assert keys(one) != keys(two)

    def test_a_key_needs_all_three_secrets(self):
        known = voter_key("k" * 32, "s", "address:a")
        assert len(known) == 64
        assert len({known, voter_key("K" * 32, "s", "address:a"), voter_key("k" * 32, "S", "address:a"),
                    voter_key("k" * 32, "s", "provider:a")}) == 4

    def test_neither_the_system_nor_a_deleted_account_is_a_voter(self):
        person, box = PersonFactory(deleted_at=now()), open_secret_box(1)
        for actor in (SYSTEM, actor_for(person)):
            with pytest.raises(NotFound):
                voter_of(actor, box)


class TestWho:
    def test_level_one_is_everybody_with_a_confirmed_address(self):
        people = voters(2) + voters(1, level=2)
        voters(1, level=0)
        voters(1, deleted_at=now())
        PersonFactory()  # whose address has no identity
        box = open_secret_box(0)
        assert keys(box) == sorted(key(person, box) for person in people)
        levels = current().execute(select(ElectorateMember.key, ElectorateMember.level)).all()
        assert dict(map(tuple, levels)) == {key(person, box): person.level for person in people}

    def test_level_two_is_whom_a_provider_has_confirmed(self):
        voters(2)
        people = voters(2, level=2)
        voters(1, level=2, deleted_at=now())
        box = open_secret_box(0, min_level=2)
        assert keys(box) == sorted(key(person, box) for person in people)

    def test_two_accounts_of_one_address_are_one_key(self):
        first = registered("kim@example.org")
        accounts.confirm_new_address(accounts.token_text(accounts.issue_token(
            first, TokenPurpose.CHANGE_ADDRESS, timedelta(hours=1), {"address": "kim@example.com"})))
        second = registered("kim@example.org")
        level_two(second, "1")
        box = open_secret_box(0)
        assert first.id != second.id
        assert keys(box) == [key(first, box)] == [key(second, box)]
        assert current().scalars(select(ElectorateMember.level)).all() == [2]

    def test_nobody_is_counted_as_none(self):
        box = open_secret_box(0)
        count = latest_count(box)
        assert (count.size, count.root, count.parts) == (0, merkle.EMPTY_ROOT, b"")

    def test_identities_are_told_apart_by_their_kind(self):
        [person] = voters(1, level=2)
        assert list(eligible(1)) == [(f"address:{identity_digest(person.address)}", 2)]
        assert list(eligible(2)) == [(f"provider:console:{identity_digest(f'console:{person.id}')}", 2)]


class TestSurviving:
    """What a person does to the account between two votes: the key stays on the roll."""

    @pytest.fixture
    def person(self, app):
        return registered("kim@example.org")

    @pytest.fixture
    def box(self, person):
        box = open_secret_box(2, late_admission=True)
        vote(person, box)
        return box

    def refused(self, person, box):
        with atomic():
            voted = current().get_one(Box, box.id)
        with pytest.raises(AlreadyVoted):
            vote(person, voted, "no")
        return True

    def test_the_level_is_raised(self, person, box):
        level_two(person, "8001011234567")
        admit_newcomers()
        assert self.refused(person, box)
        assert sizes(box) == [3]

    def test_the_address_is_changed(self, person, box):
        accounts.confirm_new_address(accounts.token_text(accounts.issue_token(
            person, TokenPurpose.CHANGE_ADDRESS, timedelta(hours=1), {"address": "kim@example.com"})))
        admit_newcomers()
        assert self.refused(person, box)
        assert sizes(box) == [3]

    @pytest.mark.parametrize("address", ["kim@example.org", "KIM+vote@Example.org"])
    def test_the_account_is_deleted_and_registered_anew(self, person, box, address):
        accounts.delete_account(actor_for(person), person, current_password=PASSWORD)
        again = registered(address)
        assert again.id != person.id
        admit_newcomers()
        assert self.refused(again, box)
        assert sizes(box) == [3]

    def test_at_level_two_the_identity_counts_and_not_the_account(self):
        person = registered("kim@example.org")
        level_two(person, "8001011234567")
        box = open_secret_box(0, min_level=2, late_admission=True)
        vote(person, box)
        accounts.delete_account(actor_for(person), person, current_password=PASSWORD)
        again = registered("other@example.org")
        with pytest.raises(NotEligible):
            vote(again, box)
        level_two(again, "8001011234567")
        admit_newcomers()
        assert self.refused(again, box)
        assert sizes(box) == [1]


def admit():
    """A newcomer is admitted once the last count is signed."""
    make_batches()
    admit_newcomers()


@pytest.mark.usefixtures("worker")
class TestNewcomers:
    def test_who_is_confirmed_later_is_admitted_with_a_new_count(self):
        box = open_secret_box(3, late_admission=True)
        [late] = voters(1)
        with pytest.raises(NotEligible):
            vote(late, box)
        before = latest_count(box)
        admit()
        assert sizes(box) == [3, 4]
        count = latest_count(box)
        assert count.at > before.at
        assert count.root == merkle.root(leaves(keys(box)))
        vote(late, box)

    def test_each_count_is_signed_before_the_next_is_made(self):
        box = open_secret_box(3, late_admission=True)
        make_batches()
        for _twice in range(2):
            voters(1)
            admit_newcomers()
        assert sizes(box) == [3, 4]
        make_batches()
        admit()
        make_batches()
        heads = current().scalars(
            select(BoxHead.electorate_size).where(BoxHead.box_id == box.id).order_by(BoxHead.number)).all()
        assert (sizes(box), heads) == ([3, 4, 5], [3, 4, 5])

    def test_nobody_new_is_no_count(self):
        box = open_secret_box(3, late_admission=True)
        for _again in range(2):
            admit()
        assert sizes(box) == [3]

    def test_not_where_the_rule_is_silent_nor_when_it_is_over(self):
        fixed, running = open_secret_box(1), open_secret_box(0, late_admission=True)
        voters(1)
        with at(running.closes_at):
            admit()
        assert (sizes(fixed), sizes(running)) == ([1], [1])
        admit()
        assert (sizes(fixed), sizes(running)) == ([1], [1, 2])

    def test_a_raised_level_admits_to_a_box_of_level_two(self):
        [person], box = voters(1), open_secret_box(0, min_level=2, late_admission=True)
        level_two(person, "8001011234567")
        admit()
        assert sizes(box) == [0, 1]
        vote(person, box)

    def test_one_whose_confirmation_took_long_to_commit_is_not_missed(self):
        box = open_secret_box(0, late_admission=True)
        voters(1)
        admit()
        voters(1, level_since=now() - 30 * MINUTE)
        admit()
        assert sizes(box) == [0, 1, 2]

    def test_a_large_electorate_is_counted_less_often(self, monkeypatch):
        monkeypatch.setattr("civicportal.voting.services.electorates._KEYS_A_SECOND", 1)
        box = open_secret_box(3, late_admission=True)
        voters(1)
        admit()
        assert sizes(box) == [3, 4]  # opened a minute ago
        voters(1)
        admit()
        assert sizes(box) == [3, 4]
        with at(now() + timedelta(seconds=5)):
            admit()
        assert sizes(box) == [3, 4, 5]

    @pytest.mark.parametrize("admits", [True, False])
    def test_a_confirmation_has_the_newcomer_admitted_at_once(self, monkeypatch, admits):
        box, asked = open_secret_box(0, late_admission=admits), []
        monkeypatch.setattr(celery.tasks["voting.admit_newcomers"], "apply_async", lambda **sent: asked.append(sent))
        person = registered("kim@example.org")
        assert len(asked) == (1 if admits else 0)
        level_two(person, "1")
        assert len(asked) == (2 if admits else 0)
        make_batches()
        celery.tasks["voting.admit_newcomers"]()
        assert may_vote(box, key(person, box)) == admits


@pytest.mark.usefixtures("worker")
class TestProofs:
    def test_everybody_gets_the_proof_of_the_own_key(self):
        people, box = voters(5), open_secret_box(0)
        for person in people:
            found = electorate_proof(box, key(person, box))
            assert found.key == keys(box)[found.place]
            assert holds(box, found)

    def test_who_may_not_vote_gets_none(self):
        box = open_secret_box(2)
        assert electorate_proof(box, "0" * 64) is None
        assert electorate_proof(box, key(voters(1)[0], box)) is None

    def test_newcomers_get_it_for_the_latest_count_and_so_do_the_others(self):
        [first], box = voters(1), open_secret_box(3, late_admission=True)
        [late] = voters(1)
        admit()
        for person in (first, late):
            found = electorate_proof(box, key(person, box))
            assert (found.size, holds(box, found)) == (5, True)

    @pytest.mark.parametrize("count", [255, 256, 257, 600])
    def test_at_the_edges_of_the_parts(self, count):
        crowd(count)
        box = open_secret_box(0)
        assert latest_count(box).root == merkle.root(leaves(keys(box)))
        for mine in {keys(box)[place] for place in (0, 254, 255 % count, 256 % count, count - 1)}:
            assert holds(box, electorate_proof(box, mine))

    def test_it_reads_a_part_of_the_keys_alone(self):
        crowd(600)
        box = open_secret_box(0)
        assert [part.first for part in unpack(latest_count(box).parts)] == keys(box)[::256]

    def test_a_count_made_between_the_reads_is_noticed(self, monkeypatch):
        [person], box = voters(1), open_secret_box(8, late_admission=True)
        old = latest_count(box)
        crowd(9)
        admit()
        counts = iter([old, latest_count(box)])
        monkeypatch.setattr("civicportal.voting.queries.voters.latest_count", lambda _box: next(counts))
        found = electorate_proof(box, key(person, box))
        monkeypatch.undo()
        assert (found.size, holds(box, found)) == (18, True)

    @given(st.integers(1, 1200), st.data())
    def test_any_size_any_place(self, size, data):
        everybody = [f"{number:064x}" for number in range(size)]
        parts = unpack(pack(Part.of(everybody[start:start + 256]) for start in range(0, size, 256)))
        place = data.draw(st.integers(0, size - 1))
        mine = everybody[place]
        number = part_of(mine, parts)
        found, hashes = proof(mine, everybody[number * 256:][:256], number, parts)
        assert found == place
        assert merkle.verify_inclusion(leaves([mine])[0], place, size, hashes, merkle.root(leaves(everybody)))

    def test_what_comes_before_every_key_is_in_no_part(self):
        assert part_of("0" * 64, []) is None
        assert part_of("0" * 64, [Part("1" * 64, bytes(32))]) is None


def test_keys_are_in_the_same_order_for_the_database_and_for_everybody_else():
    crowd(300)
    box = open_secret_box(0)
    assert keys(box) == sorted(keys(box))
    assert current().scalar(select(func.count()).select_from(ElectorateMember)) == 300
    assert not has_voted(box, keys(box)[0])


def test_an_address_identity_is_the_digest_of_the_address():
    person = registered("kim@example.org")
    box = open_secret_box(0)
    assert citizen(person, box).identity == f"address:{identity_digest('kim@example.org')}"
