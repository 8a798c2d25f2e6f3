"""No vote ends while voting is switched off, nor before people had again as much time as was taken from them.

Each open vote that would close before that is extended (`extend_box`), with the reason for everybody to read: when
voting goes off or another end is expected, by the clock while it is off, and when it is on again. What is given back
is as long as voting was off while the vote was open, `vote_makeup_hours` at most. Times off that overlap are not added.
"""

from datetime import datetime, timedelta

from sqlalchemy import or_, select

from civicportal.core.clock import now
from civicportal.core.configuration import settings
from civicportal.core.events import subscribe
from civicportal.core.i18n import _, speaking
from civicportal.core.permissions import SYSTEM
from civicportal.core.transactions import current
from civicportal.switches.functions import Function
from civicportal.switches.models import Switch
from civicportal.switches.news import SwitchSet
from civicportal.voting.models import Box
from civicportal.voting.queries.silences import silence_at
from civicportal.voting.services.closing import extend_box
from civicportal.voting.services.each_box import each_box
from civicportal.voting.states import BoxState

STOPPING = (Function.VOTING, Function.CHANGES)
LEAD = timedelta(minutes=15)  # before the close, when it takes longer than expected
STEP = timedelta(hours=1)  # how much longer it is then taken to be


@subscribe(SwitchSet)
def follow_switch(event: SwitchSet) -> None:
    """Extend at once what the switch would cut short."""
    if event.function in STOPPING:
        make_up()


def make_up() -> None:
    """Extend every open vote that would close before its lost time is made up for. Can be repeated."""
    ids = current().scalars(
        select(Box.id).where(Box.state == BoxState.OPEN, Box.closes_at > now()).order_by(Box.id)).all()
    times = _times_off()
    if times:
        each_box(ids, lambda box: _extend(box, times))


def _times_off() -> list[Switch]:
    """The times that may matter still: those that last, and those that ended not long ago."""
    recent = now() - timedelta(hours=settings().vote_makeup_hours)
    return list(current().scalars(
        select(Switch).where(Switch.function.in_(STOPPING), or_(Switch.ended_at.is_(None), Switch.ended_at > recent))
        .order_by(Switch.id)))


def _extend(box: Box, times: list[Switch]) -> None:
    due = [(until, row) for row in times if (until := _open_until(box, row)) is not None and until > box.closes_at]
    if not due:
        return
    until, row = max(due, key=lambda pair: pair[0])
    quiet = silence_at(until)
    with speaking(box.language):
        reason = _("Voting was switched off for a while: %(reason)s", reason=row.reason(box.language))
    extend_box(SYSTEM, box, closes_at=quiet.ends_at if quiet else until, reason=reason)


def _open_until(box: Box, row: Switch) -> datetime | None:
    """Until when the box has to be open because of one time off, in whole seconds; None where nothing was lost."""
    at = now()
    end = row.ended_at or row.expected_end
    if row.ended_at is None and at >= row.expected_end:
        if box.closes_at > at + LEAD:
            return None
        end = at + STEP
    lost = end - max(row.since, box.opened_at or box.opens_at)
    if lost <= timedelta(0):
        return None
    return (end + min(lost, timedelta(hours=settings().vote_makeup_hours))).replace(microsecond=0) + timedelta(
        seconds=1)
