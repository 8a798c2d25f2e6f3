"""Unexpected errors in logs: of what kind and where, never what they say, because messages repeat what people typed."""

import logging
from collections.abc import Iterator
from traceback import format_tb


def places(error: BaseException) -> str:
    """The kinds of an error and of what caused it, each with the lines of code it went through."""
    return "\n".join(f"{type(link).__name__}\n{''.join(format_tb(link.__traceback__))}".rstrip()
                     for link in _chain(error))


def _chain(error: BaseException) -> Iterator[BaseException]:
    """The error, then its causes; each once, as a chain may be a circle."""
    seen: set[int] = set()
    link: BaseException | None = error
    while link is not None and id(link) not in seen:
        yield link
        seen.add(id(link))
        link = link.__cause__ or link.__context__


class PlacesOnly(logging.Filter):
    """Rewrites a library's record of an error in the same way; `name` in its arguments says what failed."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Always True: the record stays, without the error's message."""
        error = record.exc_info[1] if record.exc_info else None
        if error is not None:
            what = record.args.get("name", "") if isinstance(record.args, dict) else ""
            record.msg, record.args = "%s failed: %s", (what or record.name, places(error))
            record.exc_info = record.exc_text = None
        return True
