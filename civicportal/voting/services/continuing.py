"""Going on with a log that is no vote's after a loss, in public: another log follows, with what is left of the former.

The signer never signs over what outsiders hold. So the log gets a name of its own, `record/2`; its first leaves are
those of the former that are still there, and its first head names the newest head of the former that is known outside.
"""

from base64 import b64encode

from sqlalchemy import select

from civicportal.core.audit import AuditName, record
from civicportal.core.clock import now
from civicportal.core.errors import Conflict, Invalid, NotFound
from civicportal.core.i18n import lazy
from civicportal.core.permissions import SYSTEM
from civicportal.core.transactions import atomic, current, lock
from civicportal.voting.models import Box, LogBreak, LogLeaf
from civicportal.voting.notes import Checkpoint, parse_checkpoint
from civicportal.voting.queries.log import breaks_of, newest_generation, newest_head
from civicportal.voting.services.kept_heads import kept_head, number_of
from civicportal.voting.services.log import append, open_log, sign_head
from civicportal.voting.services.restored import is_behind

ROWS = 10_000
_REASON = lazy("Say why. Everybody can read it.")
_VOTE = lazy("This is the log of a vote. Bring its ballots back, or give the vote up and hold it again.")
_SOUND = lazy("The log has lost nothing: the signer goes on with it by itself.")


def continue_log(name: str, *, reason: str) -> LogBreak:
    """Go on with the log `name` as the next one. Everything in it keeps its place.

    Raises NotFound for no such log, Invalid without a reason, Conflict for the log of a vote and for one that lacks
    nothing of what is kept outside; NoSigningKey outside of the worker.
    """
    if not reason.strip():
        raise Invalid(_REASON, {"reason": _REASON})
    former = newest_generation(name)
    if former is None:
        raise NotFound
    if current().scalar(select(Box.id).where(Box.log_id == former.id)) is not None:
        raise Conflict(_VOTE)
    with kept_head(former.name) as file:
        note = file.read() or ""
    if not number_of(note) or not is_behind(former, newest_head(former), parse_checkpoint(note)):
        raise Conflict(_SOUND)
    with atomic() as session:
        lock(former)
        new = open_log(f"{name}/{len(breaks_of(name)) + 2}")
        for start in range(0, former.size, ROWS):
            append(new, session.scalars(
                select(LogLeaf.data).where(LogLeaf.log_id == former.id, LogLeaf.index >= start)
                .order_by(LogLeaf.index).limit(ROWS)).all())
        broken = LogBreak(log_id=new.id, former_id=former.id, at=now(), carried=former.size, note=note,
                          reason=reason.strip())
        session.add(broken)
        record(AuditName.LOG_CONTINUED, SYSTEM, "log", new.id, former=former.name, carried=former.size)
    with atomic():
        sign_head(new, lines={"follows": _named(parse_checkpoint(note))})
    return broken


def _named(head: Checkpoint) -> str:
    """A head as another one names it: origin, number, size and root."""
    return f"{head.origin} {head.lines['head']} {head.size} {b64encode(head.root).decode()}"
