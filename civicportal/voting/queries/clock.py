"""Where a vote stands in time, in words."""

from dataclasses import dataclass
from datetime import timedelta

from civicportal.core.clock import now
from civicportal.core.configuration import settings
from civicportal.core.i18n import _
from civicportal.voting.models import Box, Dispute
from civicportal.voting.states import BoxState, DisputeState
from civicportal.voting.wording import instant_text, time_left


@dataclass(frozen=True)
class BoxClock:
    """`sentence` says until when. While the vote runs, `left` is what is left of it, and `seconds` the same."""

    sentence: str
    left: str = ""
    seconds: int = 0

    @property
    def soon(self) -> bool:
        """Whether less than a day is left."""
        return 0 < self.seconds < 86400


def clock_of(box: Box, dispute: Dispute | None = None) -> BoxClock:
    """Until when one can vote, or since when no more and what follows. `dispute`: that of the box, if there is one."""
    if box.state is BoxState.VOID:
        return BoxClock(_("This vote is void. It counts no more."))
    if box.state is BoxState.SCHEDULED:
        return _planned(box)
    left, moment = box.closes_at - now(), instant_text(box.closes_at)
    if box.state is BoxState.OPEN and left.total_seconds() > 0:
        return BoxClock(_("closes %(moment)s", moment=moment), time_left(left), int(left.total_seconds()))
    return BoxClock((_disputed(dispute, moment) if dispute else "") or _counted(box, moment))


def _disputed(dispute: Dispute, moment: str) -> str:
    """What a dispute makes of the result; empty where the result stands."""
    due = instant_text(dispute.due_at)
    if dispute.state is DisputeState.UPHELD:
        return ""
    if dispute.state is DisputeState.OVERTURNED:
        return _("Closed %(moment)s. It was decided that the result does not stand.", moment=moment)
    if dispute.due_at <= now():
        return _("Closed %(moment)s. The result is disputed; the decision was due by %(due)s.", moment=moment, due=due)
    return _("Closed %(moment)s. The result is disputed; the decision is due by %(due)s.", moment=moment, due=due)


def _counted(box: Box, moment: str) -> str:
    if box.state is BoxState.FINAL:
        return _("Closed %(moment)s. The result is final.", moment=moment)
    until = box.counted_at + timedelta(days=settings().check_days) if box.counted_at else now()
    if until > now():
        return _("Closed %(moment)s. The result is checked until %(until)s and then final.", moment=moment,
                 until=instant_text(until))
    return _("Closed %(moment)s. The result is being checked.", moment=moment)


def _planned(box: Box) -> BoxClock:
    if box.refusal:
        return BoxClock(_("This vote did not open at its time."))
    return BoxClock(_("Opens %(opens)s, closes %(closes)s", opens=instant_text(box.opens_at),
                      closes=instant_text(box.closes_at)))
