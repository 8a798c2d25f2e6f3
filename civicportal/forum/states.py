"""States of a task, and the words of review and arguments."""

from civicportal.core.i18n import lazy
from civicportal.core.states import Machine, Transition
from civicportal.core.titles import TitledEnum


class TaskState(TitledEnum):
    """Where a task stands. `voting`, `threshold_reached`, `expired` and the referral are set by the portal alone."""

    DRAFT = "draft", lazy("Draft"), "grey"
    SUBMITTED = "submitted", lazy("Submitted"), "blue"
    IN_REVIEW = "in_review", lazy("In review"), "turquoise"
    RETURNED = "returned", lazy("Returned for changes"), "yellow"
    READING = "reading", lazy("To read and discuss"), "purple"
    VOTING = "voting", lazy("Vote running"), "green"
    THRESHOLD_REACHED = "threshold_reached", lazy("Threshold reached"), "green"
    IN_COMMITTEE = "in_committee", lazy("With the Committee"), "orange"
    ADOPTED = "adopted", lazy("Adopted"), "green"
    DECLINED = "declined", lazy("Declined"), "red"
    EXPIRED = "expired", lazy("Threshold not reached"), "grey"
    WITHDRAWN = "withdrawn", lazy("Withdrawn"), "grey"


BEFORE_VOTING = frozenset({
    TaskState.DRAFT, TaskState.SUBMITTED, TaskState.IN_REVIEW, TaskState.RETURNED, TaskState.READING,
})
PUBLIC = frozenset(TaskState) - {TaskState.DRAFT}
ENDED = frozenset({TaskState.ADOPTED, TaskState.DECLINED, TaskState.EXPIRED, TaskState.WITHDRAWN})
CHANGEABLE = frozenset({TaskState.DRAFT, TaskState.SUBMITTED, TaskState.RETURNED, TaskState.READING})
ARGUABLE = frozenset({TaskState.READING, TaskState.VOTING})
COMPARED = frozenset({TaskState.SUBMITTED, TaskState.READING})  # a change is compared with similar tasks at once
EXTENDABLE = frozenset({
    TaskState.SUBMITTED, TaskState.IN_REVIEW, TaskState.RETURNED, TaskState.READING, TaskState.IN_COMMITTEE,
})


class Origin(TitledEnum):
    """Who proposed a task."""

    CITIZEN = "citizen", lazy("A citizen")
    PROPOSAL = "proposal", lazy("An answered proposal")
    GOVERNMENT = "government", lazy("Government")


class ReviewDecision(TitledEnum):
    """What a reviewer decided."""

    ACCEPT = "accept", lazy("Accepted for reading and vote")
    RETURN = "return", lazy("Returned for changes")
    DECLINE = "decline", lazy("Declined")


class Criterion(TitledEnum):
    """What every task is measured by, the same for all and public."""

    COMMON_GOOD = "common_good", lazy("It serves people in general and not one person or firm.")
    COMPETENCE = "competence", lazy("Government can do it: it is within its powers.")
    CLEAR = "clear", lazy("Problem and idea are clear enough to vote on with yes or no.")
    NEW = "new", lazy("It is not being done already, and no other task asks for the same.")
    RIGHTS = "rights", lazy("It harms nobody's rights and names no private person.")


class Side(TitledEnum):
    """On which side an argument stands."""

    FOR = "for", lazy("For")
    AGAINST = "against", lazy("Against")


class Outcome(TitledEnum):
    """What the Committee or the strategy meeting made of a task."""

    ADOPTED = "adopted", lazy("Adopted")
    DECLINED = "declined", lazy("Declined")
    RETURNED = "returned", lazy("Returned for changes")


S = TaskState
TASK = Machine(
    "task", TaskState,
    Transition("submit", frozenset({S.DRAFT, S.RETURNED}), S.SUBMITTED),
    Transition("take", frozenset({S.SUBMITTED}), S.IN_REVIEW),
    Transition("return", frozenset({S.IN_REVIEW}), S.RETURNED),
    Transition("decline", frozenset({S.IN_REVIEW}), S.DECLINED),
    Transition("accept", frozenset({S.IN_REVIEW}), S.READING),
    Transition("revise", frozenset({S.READING}), S.SUBMITTED),
    Transition("start_voting", frozenset({S.READING}), S.VOTING),
    Transition("cross", frozenset({S.VOTING}), S.THRESHOLD_REACHED),
    Transition("refer", frozenset({S.THRESHOLD_REACHED}), S.IN_COMMITTEE),
    Transition("expire", frozenset({S.VOTING}), S.EXPIRED),
    Transition("bring", frozenset({S.READING, S.VOTING}), S.IN_COMMITTEE),
    Transition("withdraw", BEFORE_VOTING, S.WITHDRAWN),
    Transition("committee_adopt", frozenset({S.IN_COMMITTEE}), S.ADOPTED),
    Transition("committee_decline", frozenset({S.IN_COMMITTEE}), S.DECLINED),
    Transition("committee_return", frozenset({S.IN_COMMITTEE}), S.RETURNED),
)
