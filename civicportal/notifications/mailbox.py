"""Reads the mail files that development writes instead of sending."""

import email
import re
from dataclasses import dataclass
from datetime import datetime
from email.message import EmailMessage
from email.policy import SMTPUTF8
from pathlib import Path

_NAME = re.compile(r"[0-9TZ]+-[0-9]+\.eml")


@dataclass(frozen=True)
class Mail:
    """One mail as it was written. `name` is its file's."""

    name: str
    message_id: str
    at: datetime
    sender: str
    to: str
    subject: str
    text: str
    html: str


def mails(folder: Path, to: str = "") -> list[Mail]:
    """All mails in `folder`, the newest first; `to`: only those to this address."""
    names = sorted((path.name for path in folder.glob("*.eml")), reverse=True)
    wanted = to.strip().casefold()
    found = (_read(folder / name) for name in names)
    return [mail for mail in found if not wanted or mail.to.casefold() == wanted]


def mail(folder: Path, name: str) -> Mail | None:
    """One mail by the name of its file; None when there is none."""
    path = folder / name
    return _read(path) if _NAME.fullmatch(name) and path.is_file() else None


def _read(path: Path) -> Mail:
    message = email.message_from_bytes(path.read_bytes(), policy=SMTPUTF8)
    return Mail(
        name=path.name, message_id=_header(message, "Message-ID"), at=message["Date"].datetime,
        sender=_header(message, "From"), to=_header(message, "To"), subject=_header(message, "Subject"),
        text=_part(message, "plain"), html=_part(message, "html"),
    )


def _header(message: EmailMessage, name: str) -> str:
    """A header as people read it; one written in plain UTF-8 comes out of the parser as escaped bytes."""
    return str(message[name]).encode("utf-8", "surrogateescape").decode("utf-8", "replace")


def _part(message: EmailMessage, kind: str) -> str:
    part = message.get_body((kind,))
    return part.get_content().replace("\r\n", "\n").strip() if part else ""
