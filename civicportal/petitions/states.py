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
    """Whether others may read the petition. `pending`: the author asked, an officer has yet to look."""

    PRIVATE = "private", lazy("Private")
    PENDING = "pending", lazy("Waiting for the check before publication")
    PUBLISHED = "published", lazy("Public")
    REFUSED = "refused", lazy("Not published")


class RefusalReason(TitledEnum):
    """Why a petition is not published. The author reads the title."""

    PERSONAL_DATA = "personal_data", lazy("It contains personal data of you or of somebody else.")
    DEFAMATION = "defamation", lazy("It accuses a named person of something that is not established.")
    ADVERTISING = "advertising", lazy("It advertises something.")
    DUPLICATE = "duplicate", lazy("The same text is already public.")
    COURT = "court", lazy("A court is dealing with the matter.")


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


class RecordAct(TitledEnum):
    """What the public record keeps of a petition."""

    FILED = "filed", lazy("Filed")
    RESTORED = "restored", lazy("Brought back from its receipt")
    TRANSFERRED = "transferred", lazy("Transferred")
    ANSWERED = "answered", lazy("Answered")
    PUBLISHED = "published", lazy("Made public")
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
    Transition("publish", frozenset({Publication.PENDING}), Publication.PUBLISHED),
    Transition("refuse", frozenset({Publication.PENDING}), Publication.REFUSED),
    attribute="publication",
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
