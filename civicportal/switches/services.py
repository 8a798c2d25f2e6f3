"""Switching parts of the portal off and on, and the check that every service makes before such a part does its work."""

from datetime import timedelta

from civicportal.core.audit import AuditName, record
from civicportal.core.clock import now
from civicportal.core.configuration import settings
from civicportal.core.errors import Conflict, Forbidden, Invalid, Unavailable
from civicportal.core.events import publish
from civicportal.core.i18n import _, lazy
from civicportal.core.permissions import Actor
from civicportal.core.transactions import atomic
from civicportal.switches.functions import NOTICES, Function
from civicportal.switches.models import Switch
from civicportal.switches.news import SwitchSet
from civicportal.switches.policies import can_switch
from civicportal.switches.queries import all_off, why_off

REASON_MAX = 500
RETRY_SECONDS = 300  # when it takes longer than expected
_WRITE = lazy("Write the reason. Everybody reads it.")


def require(function: Function) -> None:
    """Go on only where the function works. Raises Unavailable, with when to try again.

    Inside `atomic()` it is read after the write lock; what began before a function went off is finished.
    """
    row = why_off(function)
    if row is not None:
        left = int((row.expected_end - now()).total_seconds())
        raise Unavailable(NOTICES[row.function].title, retry_after=left if left > 0 else RETRY_SECONDS)


def switch_off(actor: Actor, function: Function, *, minutes: int, reason_ko: str, reason_en: str) -> Switch:
    """Switch a function off, or say anew why and until when: `minutes` from now.

    Raises Forbidden, and Invalid with the fields `minutes`, `reason_ko` and `reason_en`.
    """
    _check(actor, minutes, {"reason_ko": reason_ko, "reason_en": reason_en})
    at = now()
    with atomic() as session:
        row, name = all_off().get(function), AuditName.SWITCH_PROLONGED
        if row is None:
            row, name = Switch(function=function, since=at), AuditName.SWITCHED_OFF
            session.add(row)
        row.reason_ko, row.reason_en, row.by_id = reason_ko.strip(), reason_en.strip(), actor.person_id
        row.expected_end = at + timedelta(minutes=minutes)
        session.flush()
        record(name, actor, "switch", row.id, function=function.value, minutes=minutes)
        publish(SwitchSet(function))
    return row


def switch_on(actor: Actor, function: Function) -> Switch:
    """Let a function work again. Raises Forbidden, and Conflict when it is not off by its own switch."""
    if not can_switch(actor):
        raise Forbidden(lazy("You do not have the right to do this."))
    with atomic() as session:
        row = all_off().get(function)
        if row is None:
            raise Conflict(_("This is not switched off."))
        row.ended_at = max(now(), row.since)
        session.flush()
        record(AuditName.SWITCHED_ON, actor, "switch", row.id, function=function.value)
        publish(SwitchSet(function))
    return row


def _check(actor: Actor, minutes: int, reasons: dict[str, str]) -> None:
    if not can_switch(actor):
        raise Forbidden(lazy("You do not have the right to do this."))
    longest = settings().switch_max_days * 24 * 60
    fields: dict[str, object] = {name: _WRITE for name, text in reasons.items() if not text.strip()}
    fields |= {name: _("Write at most %(count)s characters.", count=REASON_MAX)
               for name, text in reasons.items() if len(text.strip()) > REASON_MAX}
    if not 0 < minutes <= longest:
        fields["minutes"] = _("Enter a number from 1 to %(most)s.", most=longest)
    if fields:
        raise Invalid(fields=fields)
