"""Files that go with a mail. They are made when it is written, so that no row of the outbox holds their contents."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Attachment:
    """A file as it goes with a mail. `name` is ASCII."""

    name: str
    media_type: str
    data: bytes


Maker = Callable[[Mapping[str, object]], Attachment | None]
_MAKERS: dict[str, Maker] = {}


def attach(slug: str, maker: Maker) -> None:
    """Let `maker` make a file of the context of each mail `slug`; None where there is none. Called at import."""
    _MAKERS[slug] = maker


def attached(slug: str, context: Mapping[str, object]) -> tuple[Attachment, ...]:
    """The files that go with a mail."""
    made = _MAKERS[slug](context) if slug in _MAKERS else None
    return (made,) if made else ()
