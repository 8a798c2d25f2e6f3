"""Changes of the type of a petition, in public: from what to what, why, and who decided."""

from datetime import datetime
from typing import TYPE_CHECKING

from sqlalchemy import ForeignKey, Index, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from civicportal.core.orm import Base, UTCDateTime, created, enum_type, intpk
from civicportal.institutions.models import Institution
from civicportal.petitions.states import ReclassificationState

if TYPE_CHECKING:
    from civicportal.petitions.models.filings import Petition


class Reclassification(Base):
    """A change of type at an institution. One that gives more time waits until a second person has decided."""

    __tablename__ = "reclassifications"
    __table_args__ = (
        Index("uq_reclassifications_waiting", "petition_id", unique=True, sqlite_where=text("state = 'waiting'"),
              postgresql_where=text("state = 'waiting'")),
        Index(None, "petition_id", "id"),
    )

    id: Mapped[intpk]
    petition_id: Mapped[int] = mapped_column(ForeignKey("petitions.id", ondelete="CASCADE"))
    institution_id: Mapped[int] = mapped_column(ForeignKey("institutions.id"))
    from_type: Mapped[str] = mapped_column(String(40))
    to_type: Mapped[str] = mapped_column(String(40))
    reason: Mapped[str] = mapped_column(Text)
    state: Mapped[ReclassificationState] = mapped_column(enum_type(ReclassificationState, "state"))
    proposed_by_id: Mapped[int] = mapped_column(ForeignKey("people.id"))
    proposed_at: Mapped[created]
    decided_by_id: Mapped[int | None] = mapped_column(ForeignKey("people.id"))
    decided_at: Mapped[datetime | None] = mapped_column(UTCDateTime)

    petition: Mapped["Petition"] = relationship(back_populates="reclassifications")
    institution: Mapped[Institution] = relationship()
