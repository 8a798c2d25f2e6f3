"""Legal holds, and the log of what went because it had been kept long enough."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import Index, Integer, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from civicportal.core.orm import Base, UTCDateTime, created, enum_type, intpk


class HeldKind(StrEnum):
    """What a legal hold is on."""

    PETITION = "petition"
    PERSON = "person"


class LegalHold(Base):
    """What must be kept longer, for a court or an inquiry. `label`: the petition's number, or nothing for a person."""

    __tablename__ = "legal_holds"
    __table_args__ = (
        Index("uq_legal_holds_running", "kind", "subject_id", unique=True,
              sqlite_where=text("ended_at IS NULL"), postgresql_where=text("ended_at IS NULL")),
    )

    id: Mapped[intpk]
    kind: Mapped[HeldKind] = mapped_column(enum_type(HeldKind, "kind"))
    subject_id: Mapped[int] = mapped_column(Integer)
    label: Mapped[str] = mapped_column(String(40))
    reason: Mapped[str] = mapped_column(Text)
    begun_at: Mapped[created]
    by_id: Mapped[int | None] = mapped_column(Integer)
    ended_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    ended_by_id: Mapped[int | None] = mapped_column(Integer)


class RetentionRun(Base):
    """One turn of one period: what was closed before `before` went. `count` grows while it runs."""

    __tablename__ = "retention_runs"

    id: Mapped[intpk]
    period: Mapped[str] = mapped_column(String(40), index=True)
    version: Mapped[int] = mapped_column(Integer)
    before: Mapped[datetime] = mapped_column(UTCDateTime)
    count: Mapped[int] = mapped_column(Integer, default=0)
    started_at: Mapped[created]
    finished_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
