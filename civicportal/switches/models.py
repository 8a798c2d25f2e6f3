"""When which part of the portal was off."""

from datetime import datetime

from sqlalchemy import CheckConstraint, Index, Integer, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from civicportal.core.orm import Base, UTCDateTime, enum_type, intpk, moment
from civicportal.switches.functions import Function


class Switch(Base):
    """One time during which a function was off, or is: then `ended_at` is None. `expected_end` was told to people."""

    __tablename__ = "switches"
    __table_args__ = (
        CheckConstraint("expected_end > since", name="expected_end"),
        Index("uq_switches_off", "function", unique=True,
              sqlite_where=text("ended_at IS NULL"), postgresql_where=text("ended_at IS NULL")),
    )

    id: Mapped[intpk]
    function: Mapped[Function] = mapped_column(enum_type(Function, "function"))
    reason_ko: Mapped[str] = mapped_column(Text)
    reason_en: Mapped[str] = mapped_column(Text)
    since: Mapped[moment]
    expected_end: Mapped[moment]
    ended_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    by_id: Mapped[int | None] = mapped_column(Integer)

    def reason(self, locale: str) -> str:
        """Why, in a language; in English where there is none in that language."""
        return self.reason_ko if locale == "ko" else self.reason_en
