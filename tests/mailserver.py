"""A real SMTP server in this process, which answers as it is told and keeps what it takes."""

import asyncio
import email
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email.message import EmailMessage
from email.policy import SMTPUTF8
from threading import Lock

from aiosmtpd.controller import Controller

TAKEN = "250 OK"


@dataclass
class MailServer:
    """`recipient_reply` and `data_reply` are given to each mail; `delay` seconds pass before the latter."""

    recipient_reply: str = TAKEN
    data_reply: str = TAKEN
    delay: float = 0.0
    url: str = ""
    mails: list[EmailMessage] = field(default_factory=list)
    raw: list[bytes] = field(default_factory=list)
    recipients: list[str] = field(default_factory=list)
    _lock: Lock = field(default_factory=Lock)

    async def handle_RCPT(self, _server, _session, envelope, address, _options):  # noqa: N802 - aiosmtpd's name
        if self.recipient_reply == TAKEN:
            envelope.rcpt_tos.append(address)
        return self.recipient_reply

    async def handle_DATA(self, _server, _session, envelope):  # noqa: N802 - aiosmtpd's name
        if self.data_reply == TAKEN:
            with self._lock:
                self.raw.append(envelope.content)
                self.mails.append(email.message_from_bytes(envelope.content, policy=SMTPUTF8))
                self.recipients += envelope.rcpt_tos
        await asyncio.sleep(self.delay)
        return self.data_reply


@contextmanager
def mail_server(**replies) -> Iterator[MailServer]:
    """A running server on a free port of this machine."""
    server = MailServer(**replies)
    port = free_port()
    controller = Controller(server, hostname="127.0.0.1", port=port, enable_SMTPUTF8=True)
    controller.start()
    server.url = f"smtp://127.0.0.1:{port}"
    try:
        yield server
    finally:
        controller.stop()


def free_port() -> int:
    """A port nobody listens on just now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
