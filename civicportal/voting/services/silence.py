"""Election silences: no vote closes in one, no totals are published while one runs; the log goes on."""

from datetime import datetime, timedelta

from sqlalchemy import select

from civicportal.core.audit import AuditName, record
from civicportal.core.clock import now
from civicportal.core.configuration import settings
from civicportal.core.errors import Forbidden, Invalid
from civicportal.core.i18n import lazy, ngettext, number_text
from civicportal.core.permissions import SYSTEM, Actor
from civicportal.core.transactions import atomic, current
from civicportal.voting.models import Box, Silence
from civicportal.voting.policies import can_run
from civicportal.voting.queries.silences import silence_at
from civicportal.voting.services.closing import extend_box
from civicportal.voting.services.each_box import each_box
from civicportal.voting.states import BoxState

_MAY_NOT = lazy("You do not have the right to do this.")
_TITLE = lazy("Enter what the silence is for.")
_END = lazy("The end must be later than the beginning, and in the future.")


def declare_silence(actor: Actor, *, title: str, starts_at: datetime | None, ends_at: datetime) -> Silence:
    """Declare a silence from `starts_at` (None: at once) until just before `ends_at`; whole seconds count.

    Nothing is retroactive: what was published stays so, and a beginning that has passed is taken as now. Open votes
    that would close in it are extended to its end; planned ones do not open (see `opening`).
    Raises Forbidden, or Invalid with the fields `title` and `ends_at`.
    """
    if not can_run(actor):
        raise Forbidden(_MAY_NOT)
    starts_at, ends_at = _whole(max(starts_at or now(), now())), _whole(ends_at)
    fields: dict[str, object] = {} if title.strip() else {"title": _TITLE}
    if ends_at <= starts_at:
        fields["ends_at"] = _END
    elif ends_at - starts_at > timedelta(days=settings().silence_max_days):
        days = settings().silence_max_days
        fields["ends_at"] = ngettext(
            "A silence lasts at most %(count)s day.", "A silence lasts at most %(count)s days.",
            days, count=number_text(days))
    if fields:
        raise Invalid(fields=fields)
    with atomic() as session:
        silence = Silence(title=title.strip(), starts_at=starts_at, ends_at=ends_at, declared_by_id=actor.person_id)
        session.add(silence)
        session.flush()
        record(AuditName.SILENCE_DECLARED, actor, "silence", silence.id)
    keep_silences()
    return silence


def keep_silences() -> None:
    """Extend every open vote whose closing falls into a silence: also one that opened while it was declared."""
    each_box(current().scalars(
        select(Box.id).join(Silence, (Silence.starts_at <= Box.closes_at) & (Box.closes_at < Silence.ends_at))
        .where(Box.state == BoxState.OPEN, Box.closes_at > now()).order_by(Box.id).distinct()).all(), _extend)


def _extend(box: Box) -> None:
    quiet = silence_at(box.closes_at)
    if quiet is not None:
        extend_box(SYSTEM, box, closes_at=quiet.ends_at, reason=quiet.silence.title, silence_id=quiet.silence.id)


def _whole(instant: datetime) -> datetime:
    return instant.replace(microsecond=0)
