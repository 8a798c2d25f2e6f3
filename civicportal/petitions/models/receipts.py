"""What the portal signed about a filing."""

from datetime import datetime

from sqlalchemy import ForeignKey, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from civicportal.core.orm import Base, UTCDateTime


class FilingReceipt(Base):
    """The signed receipt of one filing.

    `content` is the canonical JSON that `digest` (hex SHA-256) is of; None once its author's account is gone, because
    it holds name and address. `note` tells number, time and digest alone.
    """

    __tablename__ = "filing_receipts"

    petition_id: Mapped[int] = mapped_column(
        ForeignKey("petitions.id", ondelete="CASCADE"), primary_key=True, autoincrement=False)
    digest: Mapped[str] = mapped_column(String(64))
    content: Mapped[str | None] = mapped_column(Text)
    note: Mapped[str] = mapped_column(Text)
    issued_at: Mapped[datetime] = mapped_column(UTCDateTime)
