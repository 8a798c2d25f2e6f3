"""What observers of a vote are told. Each function makes one message; its templates have the same name."""

from civicportal.notifications.models import Message, Recipient
from civicportal.voting.models import Box, Head


def head(reader: Recipient, box: Box, signed: Head) -> Message:
    """A signed head as it stands in the log, to be kept outside the portal. Optional, and by mail alone.

    It holds no counts: those wait for their time where the box or an election silence says so.
    """
    context: dict[str, object] = {
        "slug": box.slug, "question": box.question, "number": signed.number, "note": signed.note,
    }
    return Message(event=f"box:{box.id}:head:{signed.number}", recipient=reader, slug="voting.head", context=context,
                   channels=("email",), optional=True)
