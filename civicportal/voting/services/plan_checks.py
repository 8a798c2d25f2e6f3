"""What a planned vote must look like before it is written down."""

import re
import unicodedata
from collections.abc import Mapping, Sequence
from datetime import timedelta

from civicportal.core.clock import now
from civicportal.core.configuration import settings
from civicportal.core.errors import Invalid
from civicportal.core.i18n import lazy, ngettext, number_text
from civicportal.voting.kinds import KINDS
from civicportal.voting.models import Box
from civicportal.voting.states import Secrecy, Totals

SLUG_MAX, TEXT_MAX = 80, 2_000
LEVELS = (1, 2)
_SLUG = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*", re.ASCII)
_TAKEN = frozenset({"keys", "thresholds"})  # pages at the same level as the votes
_UNREADABLE = lazy("This text has signs that cannot be shown. Type it again instead of pasting it.")
_ORDER = lazy("A vote must close after it opens, and in the future.")


def check_plan(box: Box, members: Sequence[Mapping[str, object]] | None) -> None:
    """Raise Invalid, with the field, for a plan that could never be held. `members`: as they were given."""
    if len(box.slug) > SLUG_MAX or not _SLUG.fullmatch(box.slug) or box.slug in _TAKEN:
        _refuse("slug", lazy("Use small letters, digits and single dashes, at most 80 of them."))
    check_text("question", box.question)
    for member in members or ():
        check_text("members", str(member["name"]))
    if box.kind not in KINDS:
        _refuse("kind", lazy("There is no such kind of vote."))
    if not max(box.opens_at, now()) < box.closes_at:
        _refuse("closes_at", _ORDER)
    if box.closes_at > now() + timedelta(days=settings().vote_max_days):
        _refuse("closes_at", too_far())
    if box.quorum is not None and box.quorum < 1:
        _refuse("quorum", lazy("A quorum is at least one ballot."))
    _check_voters(box, members)
    _check_threshold(box)


def too_far() -> str:
    """What to say of a closing time that is too far ahead."""
    days = settings().vote_max_days
    return ngettext("Choose a time at most %(count)s day ahead.", "Choose a time at most %(count)s days ahead.",
                    days, count=number_text(days))


def _check_voters(box: Box, members: Sequence[Mapping[str, object]] | None) -> None:
    if (box.secrecy is Secrecy.OPEN) != (members is not None):
        _refuse("members", lazy("A vote by name needs its members, and a secret one has none."))
    if members is not None and (box.late_admission or not members):
        _refuse("members", lazy("Name every member when you plan the vote; nobody can be added later."))
    if box.min_level not in LEVELS:
        _refuse("min_level", lazy("Choose level 1 or level 2."))


def _check_threshold(box: Box) -> None:
    if box.policy is None:
        return
    if box.min_level < box.policy.min_level:
        _refuse("min_level", lazy("The threshold binds government and asks for a higher level of identity."))
    if box.totals is not Totals.LIVE:
        _refuse("totals", lazy("A vote with a threshold shows its totals while it runs."))


def check_text(field: str, text: str) -> None:
    """Raise Invalid for a text that is empty, too long, or has signs nobody can read."""
    if any(unicodedata.category(sign) in ("Cc", "Cs") for sign in text):
        _refuse(field, _UNREADABLE)
    if not text.strip() or len(text) > TEXT_MAX:
        _refuse(field, lazy("Write something, at most 2,000 characters."))


def _refuse(field: str, sentence: object) -> None:
    raise Invalid(sentence, {field: sentence})
