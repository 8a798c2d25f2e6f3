"""Tables of regions, institutions and departments."""

from datetime import date, datetime

from sqlalchemy import CheckConstraint, Date, ForeignKey, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from civicportal.core.clock import now
from civicportal.core.orm import Base, UTCDateTime, created, enum_type, intpk
from civicportal.institutions.states import InstitutionType


def in_language(korean: str, english: str | None, locale: str) -> str:
    """The text in the asked language, or the other one where it is missing."""
    return (english or korean) if not locale.startswith("ko") else (korean or english or "")


class Region(Base):
    """A place a matter is about: a province, or a district within one."""

    __tablename__ = "regions"

    code: Mapped[str] = mapped_column(String(20), primary_key=True)
    name_ko: Mapped[str] = mapped_column(String(100))
    name_en: Mapped[str | None] = mapped_column(String(100))
    parent_code: Mapped[str | None] = mapped_column(ForeignKey("regions.code"), index=True)

    parent: Mapped["Region | None"] = relationship(remote_side=[code])

    def name(self, locale: str) -> str:
        """The name in a language."""
        return in_language(self.name_ko, self.name_en, locale)


class Institution(Base):
    """A body that can hold a matter. `active_to` is the first day on which it no longer exists."""

    __tablename__ = "institutions"
    __table_args__ = (CheckConstraint("successor_id IS NULL OR successor_id <> id", name="successor"),)

    id: Mapped[intpk]
    code: Mapped[str] = mapped_column(String(40), unique=True)
    name_ko: Mapped[str] = mapped_column(String(200))
    name_en: Mapped[str | None] = mapped_column(String(200))
    type: Mapped[InstitutionType] = mapped_column(enum_type(InstitutionType, "type"), index=True)
    region_code: Mapped[str | None] = mapped_column(ForeignKey("regions.code"), index=True)
    parent_id: Mapped[int | None] = mapped_column(ForeignKey("institutions.id"), index=True)
    remit_ko: Mapped[str] = mapped_column(Text, default="")
    remit_en: Mapped[str] = mapped_column(Text, default="")
    phone: Mapped[str | None] = mapped_column(String(40))
    website: Mapped[str | None] = mapped_column(String(255))
    active_from: Mapped[date | None] = mapped_column(Date)
    active_to: Mapped[date | None] = mapped_column(Date)
    successor_id: Mapped[int | None] = mapped_column(ForeignKey("institutions.id"), index=True)
    created_at: Mapped[created]
    updated_at: Mapped[datetime] = mapped_column(UTCDateTime, default=now, onupdate=now)

    parent: Mapped["Institution | None"] = relationship(remote_side="Institution.id", foreign_keys=[parent_id])
    successor: Mapped["Institution | None"] = relationship(remote_side="Institution.id", foreign_keys=[successor_id])
    region: Mapped[Region | None] = relationship()
    departments: Mapped[list["Department"]] = relationship(back_populates="institution", order_by="Department.code")

    def name(self, locale: str) -> str:
        """The name in a language."""
        return in_language(self.name_ko, self.name_en, locale)

    def remit(self, locale: str) -> str:
        """What it answers for, in a language."""
        return in_language(self.remit_ko, self.remit_en, locale)

    def active(self, day: date) -> bool:
        """Whether it exists on a day."""
        return (self.active_from is None or self.active_from <= day) and (
            self.active_to is None or day < self.active_to
        )


class Department(Base):
    """A part of an institution that handles matters."""

    __tablename__ = "departments"
    __table_args__ = (UniqueConstraint("institution_id", "code"),)

    id: Mapped[intpk]
    institution_id: Mapped[int] = mapped_column(ForeignKey("institutions.id", ondelete="CASCADE"))
    code: Mapped[str] = mapped_column(String(40))
    name_ko: Mapped[str] = mapped_column(String(200))
    name_en: Mapped[str | None] = mapped_column(String(200))
    phone: Mapped[str | None] = mapped_column(String(40))
    active_from: Mapped[date | None] = mapped_column(Date)
    active_to: Mapped[date | None] = mapped_column(Date)

    institution: Mapped[Institution] = relationship(back_populates="departments")

    def name(self, locale: str) -> str:
        """The name in a language."""
        return in_language(self.name_ko, self.name_en, locale)
