"""Who may vote in a box, by which key, who has, and the proof that a key is counted."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Select, and_, bindparam, exists, select

from civicportal.accounts.models import AddressIdentity, Person
from civicportal.core.configuration import settings
from civicportal.core.errors import NotFound
from civicportal.core.permissions import Actor
from civicportal.core.transactions import current
from civicportal.voting import voter_keys
from civicportal.voting.merkle import leaf_hash, verify_inclusion
from civicportal.voting.models import Box, ElectorateCount, ElectorateMember, RollEntry
from civicportal.voting.queries.boxes import BALLOT_BOX, BallotBox, filled, offered_providers

_CHUNK = 5_000
_TRIES = 3
_IDENTITY = (
    Person.id.label("person_id"), Person.level, AddressIdentity.digest, Person.provider, Person.provider_subject)
_OF_PERSON = Person.identity_id == AddressIdentity.id
_IS_VOTER = and_(Person.id == bindparam("of_person"), Person.deleted_at.is_(None))
_VOTER = select(*_IDENTITY).outerjoin(AddressIdentity, _OF_PERSON).where(_IS_VOTER)
_EVERYBODY = select(*_IDENTITY).outerjoin(AddressIdentity, _OF_PERSON).where(Person.deleted_at.is_(None))
_PAPER = (BALLOT_BOX.add_columns(*_IDENTITY).select_from(Box).outerjoin(Person, _IS_VOTER)
          .outerjoin(AddressIdentity, _OF_PERSON))
_HAS_VOTED = select(
    exists().where(RollEntry.box_id == bindparam("box_id"), RollEntry.key == bindparam("key")))


@dataclass(frozen=True)
class Voter:
    """Somebody who wants to vote. `identity`: by what the box knows its voters; None where the person lacks it."""

    person_id: int
    level: int
    identity: str | None


@dataclass(frozen=True)
class ElectorateProof:
    """That a key is one of the `size` that may vote, as counted at `at`: its place among them (from 0), and the
    hashes that lead from it to the root."""

    key: str
    at: datetime
    size: int
    root: bytes
    place: int
    hashes: list[bytes]


def voter_of(actor: Actor, box: Box | BallotBox) -> Voter:
    """The actor as a voter of the box. Raises NotFound for the system and for an account that is gone."""
    row = current().connection().execute(_VOTER, {"of_person": actor.person_id}).first()
    if row is None:
        raise NotFound
    return Voter(row.person_id, row.level, _identity(box, row))


def paper_of(actor: Actor, slug: str) -> tuple[BallotBox, Voter] | None:
    """The box with this slug and the actor as its voter: one statement, as many people vote in the same minute.

    None when there is no such box. Raises NotFound as `voter_of` does.
    """
    row = current().connection().execute(_PAPER, {"called": slug, "of_person": actor.person_id}).first()
    if row is None:
        return None
    if row.person_id is None:
        raise NotFound
    box = filled(row)
    return box, Voter(row.person_id, row.level, _identity(box, row))


def key_of(voter: Voter, box: Box | BallotBox) -> str:
    """The key by which the box knows the voter. Raises NotFound for one without the identity it asks for."""
    if voter.identity is None:
        raise NotFound
    return voter_keys.voter_key(settings().identity_key, box.secret, voter.identity)


def member_key(box_secret: str, person_id: int) -> str:
    """The key of a member in an open vote with this secret."""
    return voter_keys.voter_key(settings().identity_key, box_secret, f"member:{person_id}")


def has_voted(box: Box, key: str) -> bool:
    """Whether the key is on the roll."""
    return bool(current().scalar(_HAS_VOTED, {"box_id": box.id, "key": key}))


def may_vote(box: Box, key: str) -> bool:
    """Whether the key is one of the electorate."""
    return current().get(ElectorateMember, (box.id, key)) is not None


def latest_count(box: Box) -> ElectorateCount | None:
    """How many may vote now, None before the box has opened."""
    return current().scalar(
        select(ElectorateCount).where(ElectorateCount.box_id == box.id).order_by(ElectorateCount.id.desc()).limit(1))


def eligible(min_level: int, *, since: datetime | None = None) -> Iterator[tuple[str, int]]:
    """Identity and level of everybody who has the level; `since`: of those alone who reached theirs from then on."""
    prefix, statement = ("address", _addresses()) if min_level < 2 else ("provider", _subjects())
    if since is not None:
        statement = statement.where(Person.level_since >= since)
    for identity, level in current().execute(statement.execution_options(yield_per=_CHUNK)):
        yield f"{prefix}:{identity}", level


def electors_not_on_roll(box: Box) -> Iterator[int]:
    """Ids of the people who may vote in a box and are not on its roll."""
    on_roll = set(current().scalars(select(RollEntry.key).where(RollEntry.box_id == box.id)))
    electorate = set(electorate_keys(box.id)) - on_roll
    for row in current().execute(_EVERYBODY.execution_options(yield_per=_CHUNK)):
        identity = _identity(box, row)
        if identity is not None and voter_keys.voter_key(settings().identity_key, box.secret, identity) in electorate:
            yield row.person_id


def electorate_keys(box_id: int) -> Iterator[str]:
    """All keys that may vote, sorted."""
    yield from current().scalars(
        select(ElectorateMember.key).where(ElectorateMember.box_id == box_id).order_by(ElectorateMember.key)
        .execution_options(yield_per=_CHUNK))


def electorate_proof(box: Box, key: str) -> ElectorateProof | None:
    """The proof that the latest count has the key; None when the key may not vote.

    Reads the key's up to 255 neighbours. Newcomers admitted between these reads would make a proof that does not fit
    the count, so it is checked, and made again.
    """
    if not may_vote(box, key):
        return None
    for _try in range(_TRIES):
        count = latest_count(box)
        found = _proof(count, key) if count else None
        if found and verify_inclusion(leaf_hash(key.encode()), found.place, found.size, found.hashes, found.root):
            return found
    raise RuntimeError("the electorate does not fit its count")


def _proof(count: ElectorateCount, key: str) -> ElectorateProof | None:
    parts = voter_keys.unpack(count.parts)
    number = voter_keys.part_of(key, parts)
    if number is None:
        return None
    until = parts[number + 1].first if number + 1 < len(parts) else None
    neighbours = _between(count.box_id, parts[number].first, until)
    place, hashes = voter_keys.proof(key, neighbours, number, parts)
    return ElectorateProof(key, count.at, count.size, count.root, place, hashes)


def _between(box_id: int, first: str, until: str | None) -> Sequence[str]:
    """Sorted keys from `first` to before `until`."""
    statement = select(ElectorateMember.key).where(ElectorateMember.box_id == box_id, ElectorateMember.key >= first)
    if until is not None:
        statement = statement.where(ElectorateMember.key < until)
    return current().scalars(statement.order_by(ElectorateMember.key)).all()


def _identity(box: Box | BallotBox, row: Any) -> str | None:
    if box.members is not None:
        return f"member:{row.person_id}"
    if box.min_level < 2:
        return f"address:{row.digest}" if row.digest and row.level else None
    return f"provider:{row.provider}:{row.provider_subject}" if row.provider_subject and row.level > 1 else None


def _addresses() -> Select[str | None, int]:
    return (select(AddressIdentity.digest, Person.level).join(Person, Person.identity_id == AddressIdentity.id)
            .where(Person.level > 0, Person.deleted_at.is_(None)))


def _subjects() -> Select[str | None, int]:
    return (select(Person.provider + ":" + Person.provider_subject, Person.level)
            .where(Person.level > 1, Person.deleted_at.is_(None), Person.provider.in_(sorted(offered_providers()))))
