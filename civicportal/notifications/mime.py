"""Composes a mail as MIME, so that nothing in a subject or name can become a header."""

import re
from datetime import datetime
from email.headerregistry import Address, HeaderRegistry, UnstructuredHeader
from email.message import EmailMessage
from email.policy import SMTP, Policy

import idna


class _Verbatim(UnstructuredHeader):
    """A header that is never folded: the standard library would make a long address an unreadable encoded word."""

    name: str

    def fold(self, *, policy: Policy) -> str:
        """The header on one line (RFC 5322 allows 998 characters)."""
        return f"{self.name}: {self}{policy.linesep}"


_ADDRESS = re.compile(r'[^\s@<>,;:"\\()\[\]\x00-\x1f]{1,64}@[^\s@<>,;:"\\()\[\]\x00-\x1f]{1,255}')
_HEADERS = HeaderRegistry()
_HEADERS.map_to_type("list-unsubscribe", _Verbatim)  # type: ignore[arg-type] # the registry mixes BaseHeader in
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
    unsubscribe_url: str | None = None,
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
    return message
