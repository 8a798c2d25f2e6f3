"""What all commands share."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import click

from civicportal.core.errors import DomainError, Invalid
from civicportal.core.i18n import speaking


@contextmanager
def refusals() -> Iterator[None]:
    """End the command with a sentence and exit code 1 when a service refuses. Commands speak English, like their help.

    Raises click.ClickException for DomainError and ValueError.
    """
    with speaking("en"):
        try:
            yield
        except (DomainError, ValueError) as error:
            fields = error.fields.values() if isinstance(error, Invalid) else ()
            raise click.ClickException(str(error) or " ".join(map(str, fields))) from error


@contextmanager
def bar(label: str, length: int) -> Iterator[Callable[[int], None]]:
    """A bar for people who wait; logs and pipes get none. Yields what is to be told how much is done since."""
    if not sys.stderr.isatty():
        yield lambda _done: None
        return
    with click.progressbar(length=length, label=label, file=sys.stderr) as shown:
        yield shown.update
