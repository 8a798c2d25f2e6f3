"""States of a petition, of its assignments, of its publication and of an answer, with what people read."""

from collections.abc import Iterable
from enum import StrEnum

from civicportal.core.i18n import lazy
from civicportal.core.states import Machine, Transition


class PetitionState(StrEnum):
    """Where the whole matter stands; computed from its assignments by `petition_state`."""

    UNCONFIRMED = "unconfirmed"
    TRIAGE = "triage"
    RECEIVED = "received"
    IN_PROGRESS = "in_progress"
    ANSWERED = "answered"

    @property
    def title(self) -> object:
        return PETITION_TITLES[self][0]

    @property
    def colour(self) -> str:
        return PETITION_TITLES[self][1]


PETITION_TITLES = {
    PetitionState.UNCONFIRMED: (lazy("Waiting for you to confirm"), "yellow"),
    PetitionState.TRIAGE: (lazy("Finding the right institution"), "purple"),
    PetitionState.RECEIVED: (lazy("Received"), "blue"),
    PetitionState.IN_PROGRESS: (lazy("Being worked on"), "turquoise"),
    PetitionState.ANSWERED: (lazy("Answered"), "green"),
}


class AssignmentState(StrEnum):
    """Where one institution's part stands."""

    WAITING = "waiting"
    IN_PROGRESS = "in_progress"
    TRANSFERRED = "transferred"
    ANSWERED = "answered"

    @property
    def title(self) -> object:
        return ASSIGNMENT_TITLES[self][0]

    @property
    def colour(self) -> str:
        return ASSIGNMENT_TITLES[self][1]

    @property
    def open(self) -> bool:
        return self in OPEN


ASSIGNMENT_TITLES = {
    AssignmentState.WAITING: (lazy("Nobody has it yet"), "blue"),
    AssignmentState.IN_PROGRESS: (lazy("Being worked on"), "turquoise"),
    AssignmentState.TRANSFERRED: (lazy("Passed on"), "grey"),
    AssignmentState.ANSWERED: (lazy("Answered"), "green"),
}


OPEN = frozenset({AssignmentState.WAITING, AssignmentState.IN_PROGRESS})


class Publication(StrEnum):
    """Whether others may read the petition. `pending`: the author asked, an officer has yet to look."""

    PRIVATE = "private"
    PENDING = "pending"
    PUBLISHED = "published"
    REFUSED = "refused"

    @property
    def title(self) -> object:
        return PUBLICATION_TITLES[self]


PUBLICATION_TITLES = {
    Publication.PRIVATE: lazy("Private"),
    Publication.PENDING: lazy("Waiting for the check before publication"),
    Publication.PUBLISHED: lazy("Public"),
    Publication.REFUSED: lazy("Not published"),
}


class RefusalReason(StrEnum):
    """Why a petition is not published. The author reads the title."""

    PERSONAL_DATA = "personal_data"
    DEFAMATION = "defamation"
    ADVERTISING = "advertising"
    DUPLICATE = "duplicate"
    COURT = "court"

    @property
    def title(self) -> object:
        return REFUSAL_TITLES[self]


REFUSAL_TITLES = {
    RefusalReason.PERSONAL_DATA: lazy("It contains personal data of you or of somebody else."),
    RefusalReason.DEFAMATION: lazy("It accuses a named person of something that is not established."),
    RefusalReason.ADVERTISING: lazy("It advertises something."),
    RefusalReason.DUPLICATE: lazy("The same text is already public."),
    RefusalReason.COURT: lazy("A court is dealing with the matter."),
}


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


PETITION = Machine("petition", PetitionState)
"""Has no verbs: its state is always computed by `petition_state` and stored by `core.states.settle`."""

ASSIGNMENT = Machine(
    "assignment", AssignmentState,
    Transition("take", frozenset({AssignmentState.WAITING}), AssignmentState.IN_PROGRESS),
    Transition("assign", OPEN, AssignmentState.IN_PROGRESS),
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
