"""What all commands share."""

from collections.abc import Iterator
from contextlib import contextmanager

import click

from civicportal.core.errors import DomainError
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
            raise click.ClickException(str(error)) from error
