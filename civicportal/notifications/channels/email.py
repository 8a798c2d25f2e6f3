"""Mail: by SMTP, or without SMTP_URL (development only) as files in the instance folder."""

import os
from email.message import EmailMessage
from pathlib import Path

from civicportal.notifications.channels.base import Delivery, Outcome, Parcel
from civicportal.notifications.mime import compose, wire_address
from civicportal.notifications.smtp import Deferred, Refused, transmit
from config import Settings


class EmailChannel:
    """One message, one connection: a stuck server never holds back more than the mail in hand."""

    name = "email"
    instant = False

    def send(self, parcel: Parcel, settings: Settings) -> Delivery:
        """See `Channel.send`."""
        try:
            sender, recipient = wire_address(settings.sender), wire_address(parcel.address)
        except ValueError:
            return Delivery(Outcome.NEVER, "not an address")
        message = compose(
            message_id=parcel.message_id, sender=(parcel.sender_name, sender), recipient=recipient,
            subject=parcel.subject, text=parcel.text, html=parcel.html, at=parcel.at,
            unsubscribe_url=parcel.unsubscribe_url, attachments=parcel.attachments,
        )
        if not settings.smtp_url:
            _write(message, parcel, Path(settings.instance_path) / "mail")
            return Delivery(Outcome.SENT)
        try:
            transmit(settings.smtp_url, message, sender=sender, recipient=recipient)
        except Refused as error:
            return Delivery(Outcome.NEVER, str(error))
        except Deferred as error:
            return Delivery(Outcome.LATER, str(error))
        return Delivery(Outcome.SENT)


def _write(message: EmailMessage, parcel: Parcel, folder: Path) -> None:
    """A MIME file appears in `folder` whole or not at all; names sort by time."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    target = folder / f"{parcel.at:%Y%m%dT%H%M%S%fZ}-{parcel.serial}.eml"
    partial = target.with_suffix(f".{os.getpid()}.part")
    partial.write_bytes(message.as_bytes())
    partial.replace(target)


EMAIL = EmailChannel()
