"""Hands one mail to an SMTP server within twenty seconds and tells what may pass later from what never will."""

import smtplib
import ssl
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from email.message import EmailMessage
from typing import Any
from urllib.parse import SplitResult, unquote, urlsplit

DEADLINE_SECONDS = 20
PORTS = {"smtp": 25, "smtps": 465, "smtp+starttls": 587}


class Refused(Exception):
    """The server will never take this mail (5xx on sender, recipient or content)."""


class Deferred(Exception):
    """It may pass later: 4xx, no connection, or the server refuses us and not this mail."""


def transmit(url: str, message: EmailMessage, *, sender: str, recipient: str) -> None:
    """Send by `smtp://`, `smtps://` or `smtp+starttls://[user:password@]host[:port]`. Raises Refused or Deferred."""
    with _judged(), _session(urlsplit(url), sender.rpartition("@")[2]) as client:
        if not recipient.isascii() and not client.has_extn("smtputf8"):
            raise Refused("no SMTPUTF8")
        client.send_message(message, sender, [recipient])


@contextmanager
def _judged() -> Iterator[None]:
    """Turn what smtplib raises into the two answers. Their text holds codes alone: servers repeat addresses."""
    try:
        yield
    except smtplib.SMTPRecipientsRefused as error:
        raise _verdict(*next(iter(error.recipients.values()))) from None
    except (smtplib.SMTPSenderRefused, smtplib.SMTPDataError) as error:
        raise _verdict(error.smtp_code, error.smtp_error) from None
    except smtplib.SMTPResponseException as error:
        raise Deferred(f"{type(error).__name__} {error.smtp_code}") from None
    except (smtplib.SMTPException, OSError) as error:
        raise Deferred(type(error).__name__) from None


def _verdict(code: int, text: bytes | str) -> Refused | Deferred:
    words = (text.decode("ascii", "replace") if isinstance(text, bytes) else text).split()
    enhanced = words[0] if words and words[0].replace(".", "").isdigit() else ""
    return (Refused if code >= 500 else Deferred)(f"{code} {enhanced}".strip())


@contextmanager
def _session(parts: SplitResult, own_name: str) -> Iterator[smtplib.SMTP]:
    """A connection ready for a mail. Once the mail is taken, how the other side says goodbye no longer matters."""
    kind = _HurriedTLS if parts.scheme == "smtps" else _Hurried
    client = kind(parts.hostname or "", parts.port or PORTS[parts.scheme], own_name)
    try:
        client.ehlo_or_helo_if_needed()
        if parts.scheme == "smtp+starttls":
            client.starttls(context=ssl.create_default_context())
        if parts.username:
            client.login(unquote(parts.username), unquote(parts.password or ""))
        yield client
        with suppress(smtplib.SMTPException, OSError):
            client.quit()
    finally:
        client.close()


class _Hurried(smtplib.SMTP):
    """The whole conversation ends by one deadline; smtplib itself only limits each single wait."""

    def __init__(self, host: str, port: int, own_name: str, **options: Any) -> None:
        self._ends = time.monotonic() + DEADLINE_SECONDS
        super().__init__(host, port, own_name, timeout=DEADLINE_SECONDS, **options)

    def getreply(self) -> tuple[int, bytes]:
        """The server's next reply. Raises TimeoutError past the deadline."""
        left = self._ends - time.monotonic()
        if left <= 0:
            raise TimeoutError
        if self.sock:
            self.sock.settimeout(left)
        return super().getreply()


class _HurriedTLS(_Hurried, smtplib.SMTP_SSL):
    """The same inside TLS from the first byte."""

    def __init__(self, host: str, port: int, own_name: str) -> None:
        super().__init__(host, port, own_name, context=ssl.create_default_context())
