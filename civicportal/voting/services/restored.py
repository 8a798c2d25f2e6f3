"""After the database came back from a backup: which votes must wait, and who is told to vote again.

What counts is the newest head outside: kept beside the signer's key, or by observers. Where the database lacks leaves
that such a head covers, nobody knows any more who of the electorate has voted, so the vote is interrupted until they
are back (`regaining`). Where it lacks none, ballots that were lost never counted: their voters vote again.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from sqlalchemy import select

from civicportal.accounts.queries import get_person, recipient
from civicportal.core.clock import now
from civicportal.core.configuration import settings
from civicportal.core.transactions import atomic, current, lock
from civicportal.notifications import services as notifications
from civicportal.voting import emails
from civicportal.voting.models import Box, Head, Log
from civicportal.voting.notes import Checkpoint, instant, parse_checkpoint
from civicportal.voting.queries.log import newest_head
from civicportal.voting.queries.voters import electors_not_on_roll, latest_count
from civicportal.voting.services.kept_heads import number_of
from civicportal.voting.services.keys import portal_host
from civicportal.voting.states import BoxState

AT_ONCE = 200


@dataclass(frozen=True)
class Behind:
    """A log that lacks what a head outside covers. `number`, `size`: of the database; None where it has no such log."""

    name: str
    kept: Checkpoint
    number: int | None
    size: int

    @property
    def sentence(self) -> str:
        """In words, for the person at the terminal."""
        kept = f"head {self.kept.lines['head']} over {self.kept.size} entries is kept outside"
        if self.number is None:
            return f"{kept}, and the database does not know this log"
        return f"{kept}, the database has head {self.number} and {self.size} entries"


def note_restoration(backup_at: datetime, as_of: datetime) -> tuple[Behind, ...]:
    """Interrupt the open and closed votes whose log is behind a kept head; tell the voters of the other open ones.

    `backup_at`: when the backup was taken; `as_of`: the last instant that the database knows of, which may be later.
    Returns the logs that are behind. Belongs after a restore, before anything is started; done again for the same
    backup, it tells nobody twice.
    """
    behind = _behind()
    names = {one.name for one in behind}
    for box in current().scalars(select(Box).where(Box.state.in_({BoxState.OPEN, BoxState.CLOSED}))).all():
        lost = box.log is not None and box.log.name in names
        told = box.restored_to is not None and box.restored_to >= backup_at
        with atomic():
            lock(box)
            if lost:
                box.interrupted_at = box.interrupted_at or now()
            elif box.state is BoxState.OPEN and not told:
                box.restored_to = as_of
        if box.restored_to == as_of and not told:
            _tell_missing(box, as_of)
    return behind


def _tell_missing(box: Box, as_of: datetime) -> None:
    """Tell everybody who may vote and is not on the roll that ballots were lost: nobody can say whose."""
    for some in _parts(list(electors_not_on_roll(box))):
        with atomic():
            for person_id in some:
                person = get_person(person_id)
                reader = recipient(person) if person else None
                if reader is not None:
                    notifications.send(emails.restored(reader, box, as_of))


def _parts(people: Sequence[int]) -> Sequence[Sequence[int]]:
    return [people[start:start + AT_ONCE] for start in range(0, len(people), AT_ONCE)]


def _behind() -> tuple[Behind, ...]:
    found = []
    for path in sorted(Path(settings().log_heads_root).glob("*.txt")):
        note = path.read_text(encoding="utf-8", errors="replace")
        if not number_of(note):
            continue
        kept = parse_checkpoint(note)
        name = kept.origin.removeprefix(f"{portal_host()}/")
        log = current().scalar(select(Log).where(Log.name == name))
        head = newest_head(log) if log else None
        if log is None or is_behind(log, head, kept):
            found.append(Behind(name, kept, head.number if head else 0, log.size) if log
                         else Behind(name, kept, None, 0))
    return tuple(found)


def is_behind(log: Log, head: Head | None, kept: Checkpoint) -> bool:
    """Whether the log lacks what a head outside shows. The very next head over leaves that are there is no loss: the
    signer writes a head outside first, and goes on from it."""
    number = head.number if head else 0
    if int(kept.lines["head"]) <= number:
        return False
    return int(kept.lines["head"]) > number + 1 or kept.size > log.size or not _same_vote(log, kept)


def _same_vote(log: Log, kept: Checkpoint) -> bool:
    """Whether the vote of the log, if there is one, still closes when the head says, with as many who may vote."""
    box = current().scalar(select(Box).where(Box.log_id == log.id))
    count = latest_count(box) if box else None
    if box is None or count is None:
        return True
    return kept.lines.get("closes") == instant(box.closes_at) and (
        kept.lines.get("electorate", "").partition(" ")[0] == str(count.size))
