"""The public record of petitions: every act leaves a salted hash in a log whose heads are signed each day.

An act writes one row of its own, so that filings never wait for each other. The worker appends what is there to the
log and signs the first head of each local day. What a head holds cannot be changed, dropped or dated back unseen.
"""

import secrets

from sqlalchemy import select

from civicportal.core.clock import now
from civicportal.core.i18n import local
from civicportal.core.transactions import atomic, current, lock
from civicportal.petitions.commitments import leaf_of, statement
from civicportal.petitions.models import Petition, RecordEntry
from civicportal.petitions.queries.record import NAME, record_log
from civicportal.petitions.states import RecordAct
from civicportal.voting.models import Log
from civicportal.voting.notes import instant
from civicportal.voting.queries.log import newest_head
from civicportal.voting.services.log import append, noting_refusal, open_log, sign_head

BATCH = 1000
SALT_BYTES = 32


def enter(petition: Petition, act: RecordAct, what: str = "") -> None:
    """Note an act for the record, in the transaction of the act. `what`: a hash or a code, never words of people."""
    at = now()
    said = statement(number=petition.number, act=act.value, at=instant(at), what=what,
                     salt=secrets.token_hex(SALT_BYTES))
    current().add(RecordEntry(petition_id=petition.id, act=act, at=at, statement=said))


def keep_record() -> None:
    """Bring waiting entries into the log, and sign the day's head. Only the worker can."""
    log = record_log() or open_log(NAME)
    while _append_some(log) == BATCH:
        pass
    _sign_head_of_the_day(log)


def _append_some(log: Log) -> int:
    """Append a batch in one transaction; how many. Another worker waits, and finds the rest."""
    with atomic() as session:
        lock(log)
        waiting = session.scalars(
            select(RecordEntry).where(RecordEntry.index.is_(None)).order_by(RecordEntry.id).limit(BATCH)).all()
        for entry, place in zip(waiting, append(log, [leaf_of(entry.statement) for entry in waiting]), strict=True):
            entry.index = place
    return len(waiting)


def _sign_head_of_the_day(log: Log) -> None:
    with noting_refusal(log), atomic():
        lock(log)
        former = newest_head(log)
        if former is None or local(former.at).date() < local(now()).date():
            sign_head(log, lines={})
