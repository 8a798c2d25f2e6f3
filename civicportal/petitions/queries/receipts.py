"""Receipts as the people who filed read them, and as a mail carries them."""

import json
from collections.abc import Mapping

from sqlalchemy import select

from civicportal.core.transactions import current
from civicportal.notifications.attachments import Attachment
from civicportal.petitions.filing_receipts import Content, as_file
from civicportal.petitions.models import FilingReceipt, Petition


def content_of(receipt: FilingReceipt | None) -> Content | None:
    """What was signed, as it is shown; None where no receipt is kept, or not its content any more."""
    if receipt is None or receipt.content is None:
        return None
    content: Content = json.loads(receipt.content)
    return content


def file_of(receipt: FilingReceipt | None) -> str | None:
    """The receipt as a JSON file."""
    return as_file(receipt.content, receipt.note) if receipt and receipt.content else None


def mailed_receipt(context: Mapping[str, object]) -> Attachment | None:
    """The receipt of the petition that a mail is about. Only mails to its author's confirmed address carry it."""
    number = str(context.get("number", ""))
    text = file_of(current().scalar(select(FilingReceipt).join(
        Petition, Petition.id == FilingReceipt.petition_id).where(Petition.number == number)))
    return Attachment(f"receipt-{number}.json", "application/json", text.encode()) if text else None
