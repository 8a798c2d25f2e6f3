"""A lease row: at most one holder at a time, on both databases; its last renewal doubles as a heartbeat."""

from datetime import datetime, timedelta

from sqlalchemy import String, select, update
from sqlalchemy.orm import Mapped, mapped_column

from civicportal.core.clock import now
from civicportal.core.dialect import insert_new
from civicportal.core.orm import Base, moment
from civicportal.core.transactions import atomic, current


class Lease(Base):
    """Who holds `name`, and until when unless renewed."""

    __tablename__ = "leases"

    name: Mapped[str] = mapped_column(String(40), primary_key=True)
    holder: Mapped[str] = mapped_column(String(80))
    renewed_at: Mapped[moment]
    expires_at: Mapped[moment]


def acquire(name: str, holder: str, seconds: int) -> bool:
    """Take or renew the lease for `seconds`. False while another holder's lease runs."""
    present = now()
    values = {"holder": holder, "renewed_at": present, "expires_at": present + timedelta(seconds=seconds)}
    with atomic() as session:
        if insert_new(session, Lease, {"name": name, **values}, ["name"]):
            return True
        free = (Lease.holder == holder) | (Lease.expires_at <= present)
        taken = session.execute(update(Lease).where(Lease.name == name, free).values(**values))
        return bool(taken.rowcount)  # type: ignore[attr-defined]


def release(name: str, holder: str) -> None:
    """End the lease if `holder` has it, so that the next one need not wait; its last renewal stays on record."""
    with atomic() as session:
        session.execute(
            update(Lease).where(Lease.name == name, Lease.holder == holder, Lease.expires_at > now())
            .values(expires_at=now()))


def last_renewed(name: str) -> datetime | None:
    """When the lease was last renewed; None when nobody ever held it."""
    return current().scalar(select(Lease.renewed_at).where(Lease.name == name))
