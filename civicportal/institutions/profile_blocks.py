"""Blocks that packages above this one add to an institution's public page, such as its figures."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from civicportal.core.registry import Registry


@dataclass(frozen=True)
class ProfileBlock:
    """A part of the page. `context(institution_id, locale)` gives what `template` shows as `block`, None for no block.

    The page may be cached for everyone, so the context may hold public facts only.
    """

    name: str
    template: str
    context: Callable[[int, str], Any | None]


PROFILE_BLOCKS: Registry[ProfileBlock] = Registry()


def profile_blocks(institution_id: int, locale: str) -> list[tuple[str, Any]]:
    """(template, context) of every block that has something to show."""
    filled = ((block.template, block.context(institution_id, locale)) for block in PROFILE_BLOCKS)
    return [(template, context) for template, context in filled if context is not None]
