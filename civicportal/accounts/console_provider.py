"""Console twin of an identity provider: whoever sits at the keyboard says who they are. Development only."""

import base64
import binascii
import json
from collections.abc import Callable
from urllib.parse import urlencode

from civicportal.accounts.identity_provider import Assertion
from civicportal.core.i18n import lazy
from civicportal.core.signing import derive_token, same

_PURPOSE = "console-identity"


class ConsoleProvider:
    """Signs with a key derived from the portal's own secret. `page`: gives the address of its page."""

    name = "console"
    title = lazy("Test identity service")

    def __init__(self, page: Callable[[], str]) -> None:
        self._page = page

    def start_url(self, challenge: str, return_url: str) -> str:
        """See `IdentityProvider.start_url`."""
        return f"{self._page()}?{urlencode({'challenge': challenge, 'return_url': return_url})}"

    def sign(self, subject: str, challenge: str) -> str:
        """The assertion that `subject` is who answered `challenge`."""
        body = base64.urlsafe_b64encode(json.dumps([subject, challenge]).encode()).decode()
        return f"{body}.{derive_token(_PURPOSE, body)}"

    def verify(self, text: str) -> Assertion:
        """See `IdentityProvider.verify`."""
        body, _, seal = text.partition(".")
        if not same(seal, derive_token(_PURPOSE, body)):
            raise ValueError("not signed by this provider")
        try:
            subject, challenge = json.loads(base64.urlsafe_b64decode(body))
        except (binascii.Error, ValueError) as error:
            raise ValueError("malformed assertion") from error
        return Assertion(subject, challenge)
