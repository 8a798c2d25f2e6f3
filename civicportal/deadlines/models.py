"""Days on which offices are closed, or open after all, beyond the public holidays."""

from datetime import date
from enum import StrEnum

from sqlalchemy import Date
from sqlalchemy.orm import Mapped, mapped_column

from civicportal.core.orm import Base, created, enum_type, intpk, str255


class ClosureKind(StrEnum):
    """What an entry does to its day."""

    CLOSED = "closed"
    OPEN = "open"


class Closure(Base):
    """One day that differs from the calendar: a temporary holiday, or a day that is open after all."""

    __tablename__ = "closures"

    id: Mapped[intpk]
    day: Mapped[date] = mapped_column("date", Date, unique=True)
    name_ko: Mapped[str255]
    name_en: Mapped[str255]
    kind: Mapped[ClosureKind] = mapped_column(enum_type(ClosureKind, "kind"))
    created_at: Mapped[created]
