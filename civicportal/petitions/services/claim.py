"""Two officers never overwrite each other: the row is locked, then compared with the page that was shown."""

from civicportal.core.errors import Conflict, Forbidden
from civicportal.core.i18n import _, moment_text
from civicportal.core.permissions import Actor
from civicportal.core.transactions import lock
from civicportal.petitions.models import Assignment
from civicportal.petitions.policies import can_see_matter
from civicportal.petitions.queries.history import last_change
from civicportal.petitions.states import ASSIGNMENT, AssignmentState


def claim(actor: Actor, part: Assignment, verb: str, version: int | None = None) -> None:
    """Lock a part for `verb`, inside atomic(). `version`: the one on the page that was sent, where it has one.

    Raises Conflict, with a sentence that names who was first, for somebody who comes too late, and Forbidden for
    somebody without the right.
    """
    lock(part)
    check(actor, part, verb, version)


def check(actor: Actor, part: Assignment, verb: str, version: int | None = None) -> None:
    """The same without the lock, for a page that is about to be shown."""
    allowed = ASSIGNMENT.permits(verb, actor, part)
    if not allowed and not can_see_matter(actor, part):
        raise Forbidden(_("You do not have the right to do this."))
    if version not in (None, part.version) or not ASSIGNMENT.fits(verb, part):
        raise Conflict(who_was_first(part))
    if not allowed:
        raise Forbidden(_not_yours(part))


def _not_yours(part: Assignment) -> str:
    if part.officer and part.officer.name:
        return _("You do not have the right to do this. The matter is with %(officer)s.", officer=part.officer.name)
    return _("You do not have the right to do this.")


def who_was_first(part: Assignment) -> str:
    """The sentence for somebody who comes too late."""
    change = last_change(part)
    if change is None:
        return _("This has changed since you opened the page. Look at it again before you go on.")
    name, moment = change[0], moment_text(change[1])
    if part.state is AssignmentState.TRANSFERRED:
        return _("%(name)s was first and moved the matter on at %(moment)s.", name=name, moment=moment)
    if part.state is AssignmentState.ANSWERED:
        return _("%(name)s was first and sent the answer at %(moment)s.", name=name, moment=moment)
    if part.officer and part.officer.name:
        return _("%(name)s was first, at %(moment)s. The matter is now with %(officer)s.",
                 name=name, moment=moment, officer=part.officer.name)
    return _("%(name)s was first and changed the matter at %(moment)s.", name=name, moment=moment)
