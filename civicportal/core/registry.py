"""A registry of definitions with unique names, filled when its package is imported."""

from collections.abc import Iterator
from typing import Generic, Protocol, TypeVar


class Named(Protocol):
    @property
    def name(self) -> str: ...


T = TypeVar("T", bound=Named)


class Registry(Generic[T]):
    """Definitions by name, in the order they were added."""

    def __init__(self, *definitions: T) -> None:
        self._items: dict[str, T] = {}
        self._aliases: dict[str, str] = {}
        for definition in definitions:
            self.add(definition)

    def add(self, definition: T) -> T:
        """Add one definition. Raises ValueError when its name is taken."""
        if definition.name in self._items:
            raise ValueError(f"the name {definition.name!r} is registered twice")
        self._items[definition.name] = definition
        return definition

    def alias(self, former: str, name: str) -> None:
        """Let a former name find a definition too; it is not listed. Raises ValueError when it is taken, KeyError."""
        if former in self:
            raise ValueError(f"the name {former!r} is registered twice")
        self._aliases[former] = self._items[name].name

    def __getitem__(self, name: str) -> T:
        return self._items[self._aliases.get(name, name)]

    def __contains__(self, name: object) -> bool:
        return name in self._items or name in self._aliases

    def __iter__(self) -> Iterator[T]:
        return iter(self._items.values())

    def names(self) -> tuple[str, ...]:
        """All registered names, in order."""
        return tuple(self._items)
