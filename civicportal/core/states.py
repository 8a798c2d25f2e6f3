"""State machines as data. `apply` is the only code that sets a state, and it leaves an audit row.

A machine may declare `audited=False` where its changes are the portal's own routine and not the acts of a person: a
mail passes three states on its way, and thousands of such rows would bury what people did.
"""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Generic, TypeVar

from civicportal.core.audit import record_transition
from civicportal.core.errors import Conflict, Forbidden
from civicportal.core.i18n import lazy
from civicportal.core.permissions import Actor

S = TypeVar("S", bound=StrEnum)
Policy = Callable[[Actor, Any], bool]


@dataclass(frozen=True)
class Transition(Generic[S]):
    """One permitted change: from any of `sources` to `target`, where `guard` (if any) holds for the thing."""

    verb: str
    sources: frozenset[S]
    target: S
    guard: Callable[[Any], bool] | None = None


class Machine(Generic[S]):
    """A named set of transitions over one column of a row (`attribute`).

    The table stands in a package's `states`; its `policies` say with `permit` who may do each verb. A verb that
    nobody was permitted belongs to the system alone.
    """

    def __init__(
        self, name: str, states: type[S], *transitions: Transition[S], attribute: str = "state", audited: bool = True
    ) -> None:
        self.name = name
        self.states = states
        self.attribute = attribute
        self.audited = audited
        self.transitions = {transition.verb: transition for transition in transitions}
        if len(self.transitions) != len(transitions):
            raise ValueError(f"machine {name}: a verb is declared twice")
        self._policies: dict[str, Policy] = {}

    def permit(self, verb: str, policy: Policy) -> None:
        """Let people for whom `policy(actor, thing)` holds do `verb`. Raises KeyError for an unknown verb."""
        self._policies[self.transitions[verb].verb] = policy

    def may(self, actor: Actor, thing: Any, verb: str) -> bool:
        """Whether `actor` could do `verb` to `thing` right now; pages use it to show or hide a button."""
        return self.fits(verb, thing) and self.permits(verb, actor, thing)

    def fits(self, verb: str, thing: Any) -> bool:
        """Whether the thing stands where `verb` can start from."""
        transition = self.transitions[verb]
        here = getattr(thing, self.attribute)
        return here in transition.sources and (transition.guard is None or transition.guard(thing))

    def permits(self, verb: str, actor: Actor, thing: Any) -> bool:
        """Whether `actor` is one who may do `verb` to the thing; the system may do every verb."""
        policy = self._policies.get(verb)
        return actor.person_id is None or (policy is not None and policy(actor, thing))


def apply(machine: Machine[Any], thing: Any, verb: str, actor: Actor, reason: str | None = None) -> None:
    """Do `verb` to `thing`: check policy, source state and guard, set the state, write the audit row.

    `reason` is a code, never personal text. Raises Forbidden or Conflict.
    """
    if not machine.permits(verb, actor, thing):
        raise Forbidden(lazy("You do not have the right to do this."))
    if not machine.fits(verb, thing):
        raise Conflict(lazy("This has changed since you opened the page. Look at it again before you go on."))
    _set(machine, thing, machine.transitions[verb].target, verb, actor, reason)


def settle(machine: Machine[Any], thing: Any, state: StrEnum, actor: Actor) -> None:
    """Store a state that was computed from other rows; writes nothing when it is unchanged."""
    if getattr(thing, machine.attribute) != state:
        _set(machine, thing, state, "settle", actor, None)


def _set(
    machine: Machine[Any], thing: Any, target: StrEnum, verb: str, actor: Actor, reason: str | None
) -> None:
    source = getattr(thing, machine.attribute)
    setattr(thing, machine.attribute, target)
    if machine.audited:
        record_transition(machine.name, verb, actor, thing.id, source.value, target.value, reason)
