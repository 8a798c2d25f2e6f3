"""After the database came back from a backup: which logs have lost what outsiders hold, and what votes may do then."""

from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import select

from civicportal.core.clock import now
from civicportal.core.configuration import settings
from civicportal.core.transactions import atomic
from civicportal.voting.models import Log
from civicportal.voting.notes import Checkpoint, parse_checkpoint
from civicportal.voting.queries.log import newest_head
from civicportal.voting.services.kept_heads import number_of
from civicportal.voting.services.keys import portal_host


@dataclass(frozen=True)
class Behind:
    """A log whose newest head outside is newer than the newest in the database. `number`, `size`: of the latter."""

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


def note_restoration() -> tuple[Behind, ...]:
    """Compare every kept head with the database, and mark the logs that are behind: nothing enters them any more.

    Returns those. Belongs after a restore, before anything is started.
    """
    found = []
    for path in sorted(Path(settings().log_heads_root).glob("*.txt")):
        note = path.read_text(encoding="utf-8", errors="replace")
        if not number_of(note):
            continue
        with atomic() as session:
            kept = parse_checkpoint(note)
            name = kept.origin.removeprefix(f"{portal_host()}/")
            log = session.scalar(select(Log).where(Log.name == name))
            head = newest_head(log) if log else None
            if head is not None and head.note == note:
                continue
            if log is None:
                found.append(Behind(name, kept, None, 0))
                continue
            found.append(Behind(name, kept, head.number if head else 0, log.size))
            log.refused_at = log.refused_at or now()
    return tuple(found)
