"""What observers and voters are told. Each function makes one message; its templates have the same name."""

from datetime import datetime

from civicportal.core.i18n import speaking
from civicportal.notifications.models import Message, Recipient
from civicportal.voting.models import Box, Head
from civicportal.voting.notes import instant
from civicportal.voting.wording import instant_text


def head(reader: Recipient, box: Box, signed: Head) -> Message:
    """A signed head as it stands in the log, to be kept outside the portal. Optional, and by mail alone.

    It holds no counts: those wait for their time where the box or an election silence says so.
    """
    context: dict[str, object] = {
        "slug": box.slug, "question": box.question, "number": signed.number, "note": signed.note,
    }
    return Message(event=f"box:{box.id}:head:{signed.number}", recipient=reader, slug="voting.head", context=context,
                   channels=("email",), optional=True)


def restored(reader: Recipient, box: Box, as_of: datetime) -> Message:
    """Whoever voted after the instant as of which the portal was restored has to vote again."""
    with speaking(reader.locale):
        at = instant_text(as_of)
    context: dict[str, object] = {"slug": box.slug, "question": box.question, "at": at}
    return Message(event=f"box:{box.id}:restored:{instant(as_of)}", recipient=reader, slug="voting.restored",
                   context=context)
