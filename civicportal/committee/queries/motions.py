"""Motions with their votes by name, for everybody to read."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import select, union_all

from civicportal.committee.models import Item, Motion
from civicportal.committee.states import PENDING
from civicportal.core.permissions import Actor
from civicportal.core.transactions import current
from civicportal.voting.kinds import KINDS
from civicportal.voting.models import Ballot, Box, PendingBallot
from civicportal.voting.queries.totals import Withheld, withheld
from civicportal.voting.states import Secrecy


@dataclass(frozen=True)
class NamedVote:
    """One who may vote on a motion. `choice`: a code of the vote's options, None until voted (or while it waits);
    `instead_of`: the recused member, empty for who votes in the own seat."""

    name: str
    instead_of: str
    voted: bool
    choice: str | None
    title: object


@dataclass(frozen=True)
class MotionVotes:
    """A motion with everybody it was put to. `counts`: votes by option; `held`: why choices wait, or None."""

    motion: Motion
    votes: Sequence[NamedVote]
    counts: Mapping[str, int]
    held: Withheld | None

    @property
    def cast(self) -> int:
        """How many have voted."""
        return sum(vote.voted for vote in self.votes)


def pending(item: Item) -> Motion | None:
    """The motion that is open, or carried and not recorded yet."""
    return next((motion for motion in item.motions if motion.state in PENDING), None)


def votes_on(motion: Motion) -> MotionVotes:
    """Who voted how on a motion, in the order of the seats; nobody's choice while an election silence runs."""
    box = motion.box
    choices, held, kind = choices_by_name(box), withheld(box), KINDS[box.kind]
    votes = []
    for member in box.members or ():
        key = str(member["key"])
        choice = None if held else choices.get(key)
        votes.append(NamedVote(
            name=str(member["name"]), instead_of=motion.stand_ins.get(str(member["person_id"]), ""),
            voted=key in choices, choice=choice, title=kind.option_title(choice) if choice else ""))
    counts = kind.tally((vote.choice for vote in votes if vote.choice), box.options)
    return MotionVotes(motion, votes, counts, held)


def has_voted(actor: Actor, motion: Motion) -> bool:
    """Whether the person has voted on the motion."""
    keys = {str(one["key"]) for one in motion.box.members or () if one["person_id"] == actor.person_id}
    return bool(keys & choices_by_name(motion.box).keys())


def choices_by_name(box: Box) -> Mapping[str, str]:
    """Choices in a vote by name, logged or not yet, by the members' keys. Raises ValueError for a secret vote."""
    if box.secrecy is not Secrecy.OPEN:
        raise ValueError("a secret vote has no choices by name")
    rows = current().execute(union_all(*(
        select(table.tracker, table.choice).where(table.box_id == box.id) for table in (Ballot, PendingBallot))))
    return {tracker: choice for tracker, choice in rows}  # noqa: C416 - a row is no pair for dict()
