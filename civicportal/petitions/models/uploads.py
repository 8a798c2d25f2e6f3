"""Files that arrive in pieces."""

import uuid
from datetime import datetime

from sqlalchemy import JSON, ForeignKey, Integer, String, Uuid
from sqlalchemy.orm import Mapped, mapped_column

from civicportal.core.orm import Base, UTCDateTime, intpk


class PendingUpload(Base):
    """A file of a draft that is not all there yet. `parts`: keys of its pieces in the store, in order.

    `size` and `offset` in bytes: what was announced, and how much of it has come.
    """

    __tablename__ = "pending_uploads"

    id: Mapped[intpk]
    public_id: Mapped[uuid.UUID] = mapped_column(Uuid, unique=True, default=uuid.uuid4)
    draft_id: Mapped[int] = mapped_column(ForeignKey("drafts.id", ondelete="CASCADE"), index=True)
    name: Mapped[str] = mapped_column(String(200))
    size: Mapped[int] = mapped_column(Integer)
    offset: Mapped[int] = mapped_column(Integer, default=0)
    parts: Mapped[list[str]] = mapped_column(JSON, default=list)
    updated_at: Mapped[datetime] = mapped_column(UTCDateTime, index=True)
