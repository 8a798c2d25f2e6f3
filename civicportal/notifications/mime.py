"""Composes a mail as MIME, so that nothing in a subject or name can become a header.

Headers are folded here: the standard library drops spaces between the words of a long Korean subject or name.
"""

import re
from collections.abc import Sequence
from datetime import datetime
from email.header import Header
from email.headerregistry import Address, HeaderRegistry, UniqueAddressHeader, UnstructuredHeader
from email.message import EmailMessage
from email.policy import SMTP, Policy

import idna

from civicportal.notifications.attachments import Attachment

LINE = 76  # characters of a header, where it can be folded


class _Verbatim(UnstructuredHeader):
    """A header that is never folded: the standard library would make a long address an unreadable encoded word."""

    name: str

    def fold(self, *, policy: Policy) -> str:
        """The header on one line (RFC 5322 allows 998 characters)."""
        return f"{self.name}: {self}{policy.linesep}"


class _Subject(UnstructuredHeader):
    """A line of text, as it is or in encoded words (RFC 2047), its spaces too."""

    name: str

    def fold(self, *, policy: Policy) -> str:
        """The header in short lines."""
        short = _short(f"{self.name}: {self}")
        return (short or f"{self.name}: {_encoded(str(self), self.name, policy)}") + policy.linesep


class _Sender(UniqueAddressHeader):
    """A name and an address; a name in encoded words stands on lines of its own."""

    name: str
    addresses: tuple[Address, ...]

    def fold(self, *, policy: Policy) -> str:
        """The header in short lines."""
        sender = self.addresses[0]
        words = _encoded(sender.display_name, self.name, policy)
        short = _short(f"{self.name}: {sender}")
        return (short or f"{self.name}: {words}{policy.linesep} <{sender.addr_spec}>") + policy.linesep


def _short(line: str) -> str:
    """The line if it can stand as it is."""
    return line if line.isascii() and len(line) <= LINE else ""


def _encoded(text: str, name: str, policy: Policy) -> str:
    return Header(text, "utf-8", maxlinelen=LINE, header_name=name).encode(linesep=policy.linesep)


_ADDRESS = re.compile(r'[^\s@<>,;:"\\()\[\]\x00-\x1f]{1,64}@[^\s@<>,;:"\\()\[\]\x00-\x1f]{1,255}')
_HEADERS = HeaderRegistry()
# The registry mixes BaseHeader into each.
_HEADERS.map_to_type("list-unsubscribe", _Verbatim)  # type: ignore[arg-type]
_HEADERS.map_to_type("subject", _Subject)  # type: ignore[arg-type]
_HEADERS.map_to_type("from", _Sender)  # type: ignore[arg-type]
_POLICY = SMTP.clone(header_factory=_HEADERS)


def wire_address(text: str) -> str:
    """The address as servers take it: the domain in its ASCII form, a local part beyond ASCII kept as it is.

    Raises ValueError for what is no address.
    """
    if not _ADDRESS.fullmatch(text):
        raise ValueError("not a mail address")
    local, _, domain = text.rpartition("@")
    return f"{local}@{domain if domain.isascii() else idna.encode(domain, uts46=True).decode()}"


def compose(
    *, message_id: str, sender: tuple[str, str], recipient: str, subject: str, text: str, html: str, at: datetime,
    unsubscribe_url: str | None = None, attachments: Sequence[Attachment] = (),
) -> EmailMessage:
    """A mail with a text and an HTML part. `sender`: name and address. Raises ValueError for a broken header.

    `unsubscribe_url` is for optional messages only and takes one-click requests (RFC 8058).
    """
    message = EmailMessage(policy=_POLICY.clone(utf8=not recipient.isascii()))
    message["Message-ID"] = message_id
    message["Date"] = at
    message["From"] = Address(display_name=sender[0], addr_spec=sender[1])
    username, _, domain = recipient.rpartition("@")
    message["To"] = Address(username=username, domain=domain)
    message["Subject"] = subject
    message["Auto-Submitted"] = "auto-generated"
    if unsubscribe_url:
        message["List-Unsubscribe"] = f"<{unsubscribe_url}>"
        message["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    message.set_content(text, cte="base64")
    message.add_alternative(html, subtype="html", cte="base64")
    for file in attachments:
        main, _, sub = file.media_type.partition("/")
        message.add_attachment(file.data, maintype=main, subtype=sub, filename=file.name)
    return message
