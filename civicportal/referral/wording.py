"""Reasons as sentences, in the reader's language."""

from collections.abc import Mapping
from typing import Any

from civicportal.core.i18n import _
from civicportal.referral.matcher import Reason, Strength


def reason_text(reason: Reason | Mapping[str, Any]) -> str:
    """A whole sentence for a reason, as the matcher gave it or as it was stored (`code`, `words`, `name`)."""
    if not isinstance(reason, Reason):
        reason = Reason(str(reason.get("code", "")), tuple(reason.get("words") or ()), str(reason.get("name") or ""))
    if reason.code == "words":
        return _("Your text speaks of what it does: %(words)s.", words=", ".join(reason.words))
    return {
        "name": _("Your text names it: %(name)s.", name=reason.name),
        "former_name": _("Your text names %(name)s, whose work it has taken over.", name=reason.name),
        "region": _("It serves the place you chose: %(name)s.", name=reason.name),
        "place": _("It serves a place that your text names: %(name)s.", name=reason.name),
    }.get(reason.code, "")


def strength_text(strength: str) -> str:
    """How sure a suggestion is, in a few words."""
    return {
        Strength.STRONG: _("Very likely"),
        Strength.POSSIBLE: _("Possible"),
        Strength.WEAK: _("Not sure"),
    }[Strength(strength)]
