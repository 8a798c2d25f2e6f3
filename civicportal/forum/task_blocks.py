"""Blocks that packages above this one add to a task's public page, such as its place in the Committee's queue."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from civicportal.core.registry import Registry


@dataclass(frozen=True)
class TaskBlock:
    """A part of the page. `context(task_id, locale)` gives what `template` shows as `block`, None for no block.

    The page may be cached for everyone, so the context may hold public facts only.
    """

    name: str
    template: str
    context: Callable[[int, str], Any | None]


TASK_BLOCKS: Registry[TaskBlock] = Registry()


def task_blocks(task_id: int, locale: str) -> list[tuple[str, Any]]:
    """(template, context) of every block that has something to show."""
    filled = ((block.template, block.context(task_id, locale)) for block in TASK_BLOCKS)
    return [(template, context) for template, context in filled if context is not None]
