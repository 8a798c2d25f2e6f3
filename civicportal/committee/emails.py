"""What members are told. The context is JSON in the reader's language."""

from civicportal.committee.models import Motion
from civicportal.core.i18n import moment_text, speaking
from civicportal.core.letters import unlinked
from civicportal.notifications.models import Message, Recipient


def motion_opened(motion: Motion, reader: Recipient) -> Message:
    """A motion is put to the members, and the reader is one of those who vote on it."""
    item = motion.item
    with speaking(reader.locale):
        context: dict[str, object] = {
            "item": item.id, "number": item.task.number, "title": unlinked(item.task.title),
            "body": item.body.name(reader.locale), "proposal": str(motion.proposal.title),
            "reasons": motion.reasons, "mover": motion.moved_by_name, "closes": moment_text(motion.box.closes_at),
            "instead_of": motion.stand_ins.get(str(reader.person_id), ""),
        }
    return Message(event=f"motion:{motion.id}:opened", recipient=reader, slug="committee.motion_opened",
                   context=context)
