"""The public log: a name, its leaves, the tree over them, and signed heads. It knows nothing of boxes."""

from datetime import datetime

from sqlalchemy import ForeignKey, Integer, LargeBinary, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from civicportal.core.orm import Base, UTCDateTime, enum_type, intpk, moment
from civicportal.voting.states import KeyPurpose

UNROWED = {"sqlite_with_rowid": False}


class Log(Base):
    """One append-only log. `size` leaves have been appended; the last head may cover fewer until it is signed.

    `refused_at`: since then the signer refuses, because the tree does not extend the newest head it keeps.
    """

    __tablename__ = "logs"

    id: Mapped[intpk]
    name: Mapped[str] = mapped_column(String(120), unique=True)
    size: Mapped[int] = mapped_column(Integer, default=0)
    refused_at: Mapped[datetime | None] = mapped_column(UTCDateTime)


class LogLeaf(Base):
    """A leaf: the bytes that are hashed, as text."""

    __tablename__ = "log_leaves"
    __table_args__ = (UNROWED,)

    log_id: Mapped[int] = mapped_column(ForeignKey("logs.id"), primary_key=True)
    index: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    data: Mapped[str] = mapped_column(Text)


class LogTile(Base):
    """Up to 256 hashes of one level: level 0 holds leaf hashes, level n roots of subtrees of 256**n leaves."""

    __tablename__ = "log_tiles"
    __table_args__ = (UNROWED,)

    log_id: Mapped[int] = mapped_column(ForeignKey("logs.id"), primary_key=True)
    level: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    index: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    hashes: Mapped[bytes] = mapped_column(LargeBinary)


class Head(Base):
    """A signed statement of size and root. `note` is the whole checkpoint with its signature."""

    __tablename__ = "log_heads"
    __table_args__ = (UniqueConstraint("log_id", "number"),)

    id: Mapped[intpk]
    log_id: Mapped[int] = mapped_column(ForeignKey("logs.id"))
    number: Mapped[int] = mapped_column(Integer)
    size: Mapped[int] = mapped_column(Integer)
    root: Mapped[bytes] = mapped_column(LargeBinary)
    at: Mapped[moment]
    note: Mapped[str] = mapped_column(Text)


class SigningKey(Base):
    """A public key the portal has signed with: the history everyone can read."""

    __tablename__ = "signing_keys"

    id: Mapped[intpk]
    purpose: Mapped[KeyPurpose] = mapped_column(enum_type(KeyPurpose, "purpose"))
    vkey: Mapped[str] = mapped_column(String(200), unique=True)
    endorsement: Mapped[str | None] = mapped_column(Text)
    first_used_at: Mapped[moment]
    retired_at: Mapped[datetime | None] = mapped_column(UTCDateTime)


class LogBreak(Base):
    """That a log is gone on with as another one, after a loss. Everybody can read it.

    `carried`: how many leaves of the former were still there, and so begin this one. `note`: the newest head of the
    former that is known outside, which those leaves may not reach.
    """

    __tablename__ = "log_breaks"

    log_id: Mapped[int] = mapped_column(ForeignKey("logs.id"), primary_key=True, autoincrement=False)
    former_id: Mapped[int] = mapped_column(ForeignKey("logs.id"), unique=True)
    at: Mapped[moment]
    carried: Mapped[int] = mapped_column(Integer)
    note: Mapped[str] = mapped_column(Text)
    reason: Mapped[str] = mapped_column(Text)

    former: Mapped[Log] = relationship(foreign_keys=[former_id])
