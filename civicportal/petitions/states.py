"""States of a petition, of its assignments, of its publication and of an answer, with what people read."""

from collections.abc import Iterable
from enum import StrEnum

from civicportal.core.i18n import lazy
from civicportal.core.states import Machine, Transition
from civicportal.core.titles import TitledEnum


class PetitionState(TitledEnum):
    """Where the whole matter stands; computed from its assignments by `petition_state`."""

    UNCONFIRMED = "unconfirmed", lazy("Waiting for you to confirm"), "yellow"
    TRIAGE = "triage", lazy("Finding the right institution"), "purple"
    RECEIVED = "received", lazy("Received"), "blue"
    IN_PROGRESS = "in_progress", lazy("Being worked on"), "turquoise"
    ANSWERED = "answered", lazy("Answered"), "green"


class AssignmentState(TitledEnum):
    """Where one institution's part stands."""

    WAITING = "waiting", lazy("Nobody has it yet"), "blue"
    IN_PROGRESS = "in_progress", lazy("Being worked on"), "turquoise"
    TRANSFERRED = "transferred", lazy("Passed on"), "grey"
    ANSWERED = "answered", lazy("Answered"), "green"

    @property
    def open(self) -> bool:
        return self in OPEN


OPEN = frozenset({AssignmentState.WAITING, AssignmentState.IN_PROGRESS})


class Publication(TitledEnum):
    """Whether others may read the petition.

    `pending`: the author asked, nobody has looked yet. `second_check`: an officer of the institution has looked, and
    somebody who does not work there has yet to.
    """

    PRIVATE = "private", lazy("Private")
    PENDING = "pending", lazy("Waiting for the check before publication")
    SECOND_CHECK = "second_check", lazy("Waiting for the second check before publication")
    PUBLISHED = "published", lazy("Public")
    REFUSED = "refused", lazy("Not published")
    REMOVED = "removed", lazy("Removed from the public")

    @property
    def waiting(self) -> bool:
        return self in CHECKABLE


CHECKABLE = frozenset({Publication.PENDING, Publication.SECOND_CHECK})
WAS_PUBLIC = frozenset({Publication.PUBLISHED, Publication.REMOVED})


class AppealState(TitledEnum):
    """Where the author's appeal against a refusal stands."""

    OPEN = "open", lazy("Waiting for a decision"), "yellow"
    GRANTED = "granted", lazy("Granted: the petition is public"), "green"
    DISMISSED = "dismissed", lazy("Dismissed: the petition stays private"), "grey"


class Reviser(TitledEnum):
    """In which role somebody wrote a version of a public text."""

    AUTHOR = "author", lazy("The author")
    INSTITUTION = "institution", lazy("The institution")
    OPERATOR = "operator", lazy("The portal team")


class Opened(StrEnum):
    """What an official opened of a matter."""

    MATTER = "matter"
    FILE = "file"
    EXPORT = "export"


class AnswerState(StrEnum):
    """An answer is a draft until it is sent; a sent one never changes."""

    DRAFT = "draft"
    SENT = "sent"


class Opening(StrEnum):
    """Why an assignment was opened."""

    FILED = "filed"
    TRANSFER = "transfer"
    TRIAGE = "triage"
    REASK = "reask"


class ReclassificationState(TitledEnum):
    """Whether a change of type counts. One that gives more time waits for a second person."""

    WAITING = "waiting", lazy("Waits for a second person"), "yellow"
    IN_FORCE = "in_force", lazy("In force"), "green"
    REFUSED = "refused", lazy("Refused"), "grey"


class Channel(TitledEnum):
    """How a petition came."""

    ONLINE = "online", lazy("On the portal")
    COUNTER = "counter", lazy("At the counter")
    TELEPHONE = "telephone", lazy("By telephone")
    POST = "post", lazy("By post")
    FAX = "fax", lazy("By fax")


class Scan(TitledEnum):
    """What the virus scanner said of a file."""

    NOT_SCANNED = "not_scanned", lazy("not scanned for viruses")
    CLEAN = "clean", lazy("scanned for viruses, nothing found")
    INFECTED = "infected", lazy("contains a virus and cannot be opened")


class RepresentativeState(TitledEnum):
    """Whether somebody may act in another person's petition."""

    INVITED = "invited", lazy("Invited"), "yellow"
    ACTIVE = "active", lazy("May act"), "green"
    ENDED = "ended", lazy("Ended"), "grey"


class RecordAct(TitledEnum):
    """What the public record keeps of a petition."""

    FILED = "filed", lazy("Filed")
    ADDED = "added", lazy("Added to")
    RESTORED = "restored", lazy("Brought back from its receipt")
    TRANSFERRED = "transferred", lazy("Transferred")
    ANSWERED = "answered", lazy("Answered")
    PUBLISHED = "published", lazy("Made public")
    REVISED = "revised", lazy("Text changed")
    REMOVED = "removed", lazy("Removed")


PETITION = Machine("petition", PetitionState)
"""Has no verbs: its state is always computed by `petition_state` and stored by `core.states.settle`."""

ASSIGNMENT = Machine(
    "assignment", AssignmentState,
    Transition("take", frozenset({AssignmentState.WAITING}), AssignmentState.IN_PROGRESS),
    Transition("assign", OPEN, AssignmentState.IN_PROGRESS),
    Transition("release", frozenset({AssignmentState.IN_PROGRESS}), AssignmentState.WAITING),
    Transition("transfer", OPEN, AssignmentState.TRANSFERRED),
    Transition("place", OPEN, AssignmentState.TRANSFERRED),
    Transition("answer", frozenset({AssignmentState.IN_PROGRESS}), AssignmentState.ANSWERED),
)

PUBLICATION = Machine(
    "publication", Publication,
    Transition("advise", frozenset({Publication.PENDING}), Publication.SECOND_CHECK),
    Transition("publish", CHECKABLE, Publication.PUBLISHED),
    Transition("refuse", CHECKABLE, Publication.REFUSED),
    Transition("overturn", frozenset({Publication.REFUSED}), Publication.PUBLISHED),
    Transition("remove", frozenset({Publication.PUBLISHED}), Publication.REMOVED),
    Transition("put_back", frozenset({Publication.REMOVED}), Publication.PUBLISHED),
    Transition("expire", frozenset(Publication), Publication.PRIVATE),
    attribute="publication",
)

APPEAL = Machine(
    "appeal", AppealState,
    Transition("grant", frozenset({AppealState.OPEN}), AppealState.GRANTED),
    Transition("dismiss", frozenset({AppealState.OPEN}), AppealState.DISMISSED),
)

REPRESENTATIVE = Machine(
    "representative", RepresentativeState,
    Transition("accept", frozenset({RepresentativeState.INVITED}), RepresentativeState.ACTIVE),
    Transition("revoke", frozenset({RepresentativeState.INVITED, RepresentativeState.ACTIVE}),
               RepresentativeState.ENDED),
)

RECLASSIFICATION = Machine(
    "reclassification", ReclassificationState,
    Transition("confirm", frozenset({ReclassificationState.WAITING}), ReclassificationState.IN_FORCE),
    Transition("refuse", frozenset({ReclassificationState.WAITING}), ReclassificationState.REFUSED),
)

ANSWER = Machine("answer", AnswerState, Transition("send", frozenset({AnswerState.DRAFT}), AnswerState.SENT))


def petition_state(confirmed: bool, assignments: Iterable[tuple[AssignmentState, bool, bool]]) -> PetitionState:
    """The state of a petition.

    `assignments`: for each (its state, whether it is the lead, whether an institution and not the triage desk has it),
    oldest first. The open lead decides; with nothing open the matter is answered.
    """
    if not confirmed:
        return PetitionState.UNCONFIRMED
    for state, lead, institution in reversed(list(assignments)):
        if state in OPEN and lead:
            if not institution:
                return PetitionState.TRIAGE
            return PetitionState.RECEIVED if state is AssignmentState.WAITING else PetitionState.IN_PROGRESS
    return PetitionState.ANSWERED
