"""Days on which offices are closed, or open after all, beyond the public holidays."""

from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import Date, ForeignKey, Index, Text, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from civicportal.accounts.models import Person
from civicportal.core.orm import Base, UTCDateTime, created, enum_type, intpk, str255

NAME_MAX = 255
REASON_MAX = 1000


class ClosureKind(StrEnum):
    """What an entry does to its day."""

    CLOSED = "closed"
    OPEN = "open"


class Closure(Base):
    """One day that differs from the calendar: a temporary holiday, or a day that is open after all.

    It counts from `in_force_at` until `ended_at`, for deadlines that are counted in between. `late`: proposed when its
    day had begun, so that it waits for a second person, `confirmed_by`, before it counts. No row is deleted: whoever
    asks later must be able to see what a due date was counted with.
    """

    __tablename__ = "closures"
    __table_args__ = (
        Index("uq_closures_date_in_force", "date", unique=True,
              sqlite_where=text("in_force_at IS NOT NULL AND ended_at IS NULL"),
              postgresql_where=text("in_force_at IS NOT NULL AND ended_at IS NULL")),
        Index("uq_closures_date_waiting", "date", unique=True,
              sqlite_where=text("in_force_at IS NULL AND ended_at IS NULL"),
              postgresql_where=text("in_force_at IS NULL AND ended_at IS NULL")),
    )

    id: Mapped[intpk]
    day: Mapped[date] = mapped_column("date", Date)
    name_ko: Mapped[str255]
    name_en: Mapped[str255]
    reason_ko: Mapped[str] = mapped_column(Text, default="")
    reason_en: Mapped[str] = mapped_column(Text, default="")
    kind: Mapped[ClosureKind] = mapped_column(enum_type(ClosureKind, "kind"))
    late: Mapped[bool] = mapped_column(default=False)
    created_at: Mapped[created]
    proposed_by_id: Mapped[int | None] = mapped_column(ForeignKey("people.id"))
    in_force_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    confirmed_by_id: Mapped[int | None] = mapped_column(ForeignKey("people.id"))
    ended_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    ended_by_id: Mapped[int | None] = mapped_column(ForeignKey("people.id"))

    proposed_by: Mapped[Person | None] = relationship(foreign_keys=[proposed_by_id])
    confirmed_by: Mapped[Person | None] = relationship(foreign_keys=[confirmed_by_id])
    ended_by: Mapped[Person | None] = relationship(foreign_keys=[ended_by_id])

    @property
    def waiting(self) -> bool:
        return self.in_force_at is None and self.ended_at is None

    def name(self, locale: str) -> str:
        return self.name_ko if locale.startswith("ko") else self.name_en

    def reason(self, locale: str) -> str:
        """Why, in the reader's language where it was written in it."""
        return (self.reason_ko or self.reason_en) if locale.startswith("ko") else (self.reason_en or self.reason_ko)
