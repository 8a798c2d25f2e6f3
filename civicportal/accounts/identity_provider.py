"""What the portal needs of a service that knows who somebody is. Real ones come as adapters of this interface."""

from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True)
class Assertion:
    """What a provider says: whom it recognised, in answer to which challenge of ours."""

    subject: str
    challenge: str


class IdentityProvider(Protocol):
    """One way to confirm an identity."""

    name: str

    @property
    def title(self) -> object:
        """What people call it, in their language."""

    def start_url(self, challenge: str, return_url: str) -> str:
        """Where to send the browser. `challenge` is single-use and belongs to one person; the provider signs it."""

    def verify(self, text: str) -> Assertion:
        """The assertion in what the provider sent back. Raises ValueError unless the provider itself made it."""
