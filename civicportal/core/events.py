"""How a higher package learns of a lower one's news.

Handlers run at once, in the publisher's transaction: if one fails, everything rolls back. Slow work is enqueued.
"""

from collections import defaultdict
from collections.abc import Callable
from typing import TypeVar

_handlers: dict[type, list[Callable[..., None]]] = defaultdict(list)
E_ = TypeVar("E_")


def subscribe(kind: type[E_]) -> Callable[[Callable[[E_], None]], Callable[[E_], None]]:
    """Decorator: call the function whenever an event of the class `kind` is published."""

    def register(handler: Callable[[E_], None]) -> Callable[[E_], None]:
        if handler not in _handlers[kind]:
            _handlers[kind].append(handler)
        return handler

    return register


def publish(event: object) -> None:
    """Call every handler of the event's class, in the order they subscribed."""
    for handler in _handlers[type(event)]:
        handler(event)
