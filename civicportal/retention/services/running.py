"""The daily turn: what was kept long enough goes, in batches, and a log says how much of what.

Each batch is a transaction of its own and fits no longer afterwards, so a worker that is killed is followed by one
that does the rest. What is under a legal hold stays.
"""

import logging
from collections.abc import Callable, Mapping
from datetime import datetime

from sqlalchemy import ColumnElement, and_, delete, or_, select, update

from civicportal.core.audit import AuditEvent, AuditName
from civicportal.core.clock import now
from civicportal.core.i18n import timezone
from civicportal.core.transactions import atomic
from civicportal.notifications.models import OutboxMessage
from civicportal.notifications.states import OPEN
from civicportal.petitions.models import DeskExport, MatterView, Petition
from civicportal.petitions.services.anonymising import anonymise_some
from civicportal.petitions.services.views import purge_views
from civicportal.retention import queries
from civicportal.retention.models import HeldKind, RetentionRun
from civicportal.retention.schedule import cutoff, in_force

BATCH = 200
ACCESS = (AuditName.SIGNED_IN.value, AuditName.SIGN_IN_FAILED.value, AuditName.REFUSED.value)
Turn = Callable[[datetime], int]
log = logging.getLogger(__name__)


def run() -> dict[str, int]:
    """Do every period's turn. Returns how many things went, by the name of the period.

    Traces of who opened a matter have a period of their own, the setting `matter_view_days`.
    """
    purge_views(queries.under_hold(HeldKind.PETITION, MatterView.petition_id),
                queries.under_hold(HeldKind.PERSON, MatterView.person_id))
    return {name: _turn(name, work) for name, work in TURNS.items()}


def _turn(name: str, work: Turn) -> int:
    at, zone = now(), timezone()
    period = in_force(name, at.astimezone(zone).date())
    before = cutoff(period, at, zone)
    with atomic() as session:
        row = RetentionRun(period=name, version=period.version, before=before)
        session.add(row)
    while gone := work(before):
        with atomic() as session:
            session.execute(
                update(RetentionRun).where(RetentionRun.id == row.id).values(count=RetentionRun.count + gone))
    with atomic() as session:
        found = session.get_one(RetentionRun, row.id, populate_existing=True)
        found.finished_at = now()
        total = found.count
    if total:
        log.info("retention: %s, version %d: %d", name, period.version, total)
    return total


def _petitions(before: datetime) -> int:
    return anonymise_some(
        before, queries.under_hold(HeldKind.PETITION, Petition.id),
        queries.under_hold(HeldKind.PERSON, Petition.author_id), limit=BATCH)


def _acts(before: datetime) -> int:
    return _forget_acts(before, AuditEvent.name.not_in(ACCESS))


def _access(before: datetime) -> int:
    return _forget_acts(before, AuditEvent.name.in_(ACCESS))


def _forget_acts(before: datetime, condition: ColumnElement[bool]) -> int:
    of_held = or_(
        queries.under_hold(HeldKind.PERSON, AuditEvent.actor_id),
        *(and_(AuditEvent.subject_kind == kind.value, queries.under_hold(kind, AuditEvent.subject_id))
          for kind in HeldKind))
    with atomic() as session:
        ids = session.scalars(
            select(AuditEvent.id).where(AuditEvent.at < before, condition, ~of_held).limit(BATCH)).all()
        session.execute(delete(AuditEvent).where(AuditEvent.id.in_(ids)))
    return len(ids)


def _exports(before: datetime) -> int:
    with atomic() as session:
        ids = session.scalars(select(DeskExport.id).where(
            DeskExport.at < before, ~queries.under_hold(HeldKind.PERSON, DeskExport.person_id)).limit(BATCH)).all()
        session.execute(delete(DeskExport).where(DeskExport.id.in_(ids)))
    return len(ids)


def _mails(before: datetime) -> int:
    with atomic() as session:
        full = OutboxMessage.channel != "portal", OutboxMessage.address.is_not(None)
        ids = session.scalars(select(OutboxMessage.id).where(*full, *_settled(before)).limit(BATCH)).all()
        session.execute(update(OutboxMessage).where(OutboxMessage.id.in_(ids)).values(
            address=None, context={}, token=None))
    return len(ids)


def _notices(before: datetime) -> int:
    with atomic() as session:
        ids = session.scalars(select(OutboxMessage.id).where(*_settled(before)).limit(BATCH)).all()
        session.execute(delete(OutboxMessage).where(OutboxMessage.id.in_(ids)))
    return len(ids)


def _settled(before: datetime) -> tuple[ColumnElement[bool], ...]:
    return (OutboxMessage.created_at < before, OutboxMessage.state.not_in(OPEN),
            ~queries.under_hold(HeldKind.PERSON, OutboxMessage.person_id))


TURNS: Mapping[str, Turn] = {
    "petitions": _petitions, "acts": _acts, "access": _access, "exports": _exports, "mails": _mails,
    "notices": _notices,
}
