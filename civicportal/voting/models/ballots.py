"""Who may vote, who did, and the ballots: tables that share nothing but the box.

Roll and ballots carry neither time nor number, and the tables are kept in the order of their keys where the database
can. A fresh ballot waits in `pending_ballots`, where whoever reads the database could link it; a batch moves it.
No foreign key leads to the box: each would lock the one hot row at every vote.
"""

from sqlalchemy import Integer, LargeBinary, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from civicportal.core.orm import Base, intpk, moment
from civicportal.voting.models.log import UNROWED


class ElectorateMember(Base):
    """A key that may vote, with the level its person had when it was added."""

    __tablename__ = "electorate"
    __table_args__ = (UNROWED,)

    box_id: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    key: Mapped[str] = mapped_column(String(64), primary_key=True)
    level: Mapped[int] = mapped_column(Integer)


class ElectorateCount(Base):
    """How many keys could vote from an instant on, with the RFC 9162 root over the sorted keys.

    `parts`: first key and root of each 256 keys, so that the proof of one key need not read them all.
    """

    __tablename__ = "electorate_counts"

    id: Mapped[intpk]
    box_id: Mapped[int] = mapped_column(Integer, index=True)
    at: Mapped[moment]
    size: Mapped[int] = mapped_column(Integer)
    root: Mapped[bytes] = mapped_column(LargeBinary)
    parts: Mapped[bytes] = mapped_column(LargeBinary, default=b"")


class RollEntry(Base):
    """A key that has voted. The primary key is what refuses a second vote."""

    __tablename__ = "roll"
    __table_args__ = (UNROWED,)

    box_id: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    key: Mapped[str] = mapped_column(String(64), primary_key=True)


class PendingBallot(Base):
    """A ballot that is promised but not in the log yet."""

    __tablename__ = "pending_ballots"
    __table_args__ = (UniqueConstraint("box_id", "supersedes"), UNROWED)

    box_id: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    tracker: Mapped[str] = mapped_column(String(64), primary_key=True)
    supersedes: Mapped[str | None] = mapped_column(String(64))
    choice: Mapped[str] = mapped_column(String(40))
    leaf: Mapped[str] = mapped_column(Text)


class Ballot(Base):
    """A ballot in the log, at `index`."""

    __tablename__ = "ballots"
    __table_args__ = (UniqueConstraint("box_id", "supersedes"), UNROWED)

    box_id: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    tracker: Mapped[str] = mapped_column(String(64), primary_key=True)
    supersedes: Mapped[str | None] = mapped_column(String(64))
    choice: Mapped[str] = mapped_column(String(40))
    index: Mapped[int] = mapped_column(Integer)
