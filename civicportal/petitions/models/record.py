"""What was done to petitions, as the public record commits to it."""

from datetime import datetime

from sqlalchemy import ForeignKey, Index, Integer, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from civicportal.core.orm import Base, UTCDateTime, enum_type, intpk
from civicportal.petitions.states import RecordAct


class RecordEntry(Base):
    """One act. Written with the act and without waiting for others; a worker brings it into the log.

    `statement` is canonical JSON with a salt; the log holds its hash. `index` (from 0) is its place there, None until
    it has one. The entry outlives its petition.
    """

    __tablename__ = "record_entries"
    __table_args__ = (
        Index("ix_record_entries_waiting", "id", sqlite_where=text('"index" IS NULL'),
              postgresql_where=text('"index" IS NULL')),
    )

    id: Mapped[intpk]
    petition_id: Mapped[int | None] = mapped_column(ForeignKey("petitions.id", ondelete="SET NULL"), index=True)
    act: Mapped[RecordAct] = mapped_column(enum_type(RecordAct, "act"))
    at: Mapped[datetime] = mapped_column(UTCDateTime)
    statement: Mapped[str] = mapped_column(Text)
    index: Mapped[int | None] = mapped_column(Integer, unique=True)
