"""Who may vote is fixed when a box opens, and counted: how many keys, and the root of the tree over them.

Where the rule admits who is confirmed later, newcomers are added with a new count. Rows and their count are written in
one transaction, so that the newest count always has exactly the keys that are there.
"""

from collections.abc import Iterable, Iterator, Sequence
from datetime import timedelta
from itertools import islice
from typing import TypeVar, cast

from sqlalchemy import Table, insert, select
from sqlalchemy.orm import Session

from civicportal.accounts.news import AddressConfirmed, IdentityConfirmed
from civicportal.core.clock import now
from civicportal.core.configuration import settings
from civicportal.core.dialect import shares_box
from civicportal.core.events import subscribe
from civicportal.core.tasks import enqueue
from civicportal.core.transactions import atomic, current, lock
from civicportal.voting.merkle import WIDTH, root
from civicportal.voting.models import Box, BoxHead, ElectorateCount, ElectorateMember
from civicportal.voting.queries import boxes, voters
from civicportal.voting.services.each_box import each_box
from civicportal.voting.states import BoxState
from civicportal.voting.voter_keys import Part, pack, voter_key

_ROWS = 10_000
_LATE = timedelta(hours=1)  # how long a confirmation may take from reading the clock to its commit
_KEYS_A_SECOND = 10_000
_MEMBERS = cast(Table, ElectorateMember.__table__)
T = TypeVar("T")


def fix_electorate(box: Box) -> ElectorateCount:
    """Enter everybody who may vote as the box opens, and count them. The caller holds `atomic()`."""
    if box.members is not None:
        entries = sorted(_entry(str(member["key"]), box.min_level) for member in box.members)
    else:
        entries = _entries(box, voters.eligible(box.min_level))
    with atomic() as session:
        _insert(session, box.id, entries)
        return _count(session, box.id, map(_key, entries))


def admit_newcomers() -> None:
    """Let those vote who were confirmed since the last count, in every open box whose rule admits them."""
    each_box(boxes.admitting(now()), _admit)


def expect_newcomers(_event: object) -> None:
    """Have the newcomer admitted soon; the beat does so each minute."""
    if boxes.admitting(now()):
        enqueue("voting.admit_newcomers")


subscribe(AddressConfirmed)(expect_newcomers)
subscribe(IdentityConfirmed)(expect_newcomers)


def _admit(box: Box) -> None:
    box_id = box.id
    if not _newcomers(box):
        return
    with atomic() as session:
        session.execute(select(shares_box(box_id)))
        lock(box)  # one count after the other
        if box.state is BoxState.OPEN and now() < box.closes_at:
            new = _newcomers(box)
            if new:
                _insert(session, box_id, new)
                _count(session, box_id, voters.electorate_keys(box_id))


def _newcomers(box: Box) -> list[bytes]:
    """Entries of those who reached their level since the last count and have no key in the box yet.

    Counting a large electorate takes a while, so the larger it is, the more seconds lie between two counts. Each count
    is signed by a head before the next one is made.
    """
    count = voters.latest_count(box)
    if count is None or now() < count.at + timedelta(seconds=count.size // _KEYS_A_SECOND):
        return []
    if count.root != _signed_root(box):
        return []
    entries = _entries(box, voters.eligible(box.min_level, since=count.at - _LATE))
    return [entry for some in _parts(entries, _ROWS) for entry in _unknown(box.id, some)]


def _signed_root(box: Box) -> bytes | None:
    return current().scalar(select(BoxHead.electorate_root).where(BoxHead.box_id == box.id)
                            .order_by(BoxHead.number.desc()).limit(1))


def _unknown(box_id: int, entries: Sequence[bytes]) -> list[bytes]:
    known = set(current().scalars(select(ElectorateMember.key).where(
        ElectorateMember.box_id == box_id, ElectorateMember.key.in_([_key(entry) for entry in entries]))))
    return [entry for entry in entries if _key(entry) not in known]


def _entries(box: Box, people: Iterable[tuple[str, int]]) -> list[bytes]:
    """A sorted entry for each key, with the higher level where two people have the same.

    That happens: once an account has moved to another address, its first one can get a second account.
    """
    identity_key, secret = settings().identity_key, box.secret
    entries = sorted(_entry(voter_key(identity_key, secret, identity), level) for identity, level in people)
    return [entry for entry, after in zip(entries, [*entries[1:], b""], strict=False) if entry[:-1] != after[:-1]]


def _entry(key: str, level: int) -> bytes:
    """Key and level in 33 bytes: there may be a million of them."""
    return bytes.fromhex(key) + bytes([level])


def _key(entry: bytes) -> str:
    return entry[:-1].hex()


def _insert(session: Session, box_id: int, entries: Iterable[bytes]) -> None:
    for some in _parts(entries, _ROWS):
        session.execute(insert(_MEMBERS), [
            {"box_id": box_id, "key": _key(entry), "level": entry[-1]} for entry in some])


def _count(session: Session, box_id: int, keys: Iterable[str]) -> ElectorateCount:
    """Write how many sorted keys there are, with their root."""
    size, found = 0, []
    for some in _parts(keys, WIDTH):
        size += len(some)
        found.append(Part.of(some))
    count = ElectorateCount(
        box_id=box_id, at=now(), size=size, root=root([part.root for part in found]), parts=pack(found))
    session.add(count)
    session.flush()
    return count


def _parts(items: Iterable[T], size: int) -> Iterator[list[T]]:
    rest = iter(items)
    while some := list(islice(rest, size)):
        yield some
