"""Keeping who opened a matter that is not public."""

from datetime import timedelta

from sqlalchemy import ColumnElement, delete

from civicportal.core.clock import now
from civicportal.core.configuration import settings
from civicportal.core.permissions import Held
from civicportal.core.transactions import atomic
from civicportal.petitions.models import MatterView
from civicportal.petitions.states import Opened


def keep_view(petition_id: int, person_id: int, held: Held, opened: Opened) -> None:
    """Keep that a person opened a matter, or a part of it, in the role `held`."""
    with atomic() as session:
        session.add(MatterView(petition_id=petition_id, person_id=person_id, role=held.role.value,
                               institution_id=held.institution_id, opened=opened))


def purge_views(*unless: ColumnElement[bool]) -> None:
    """Delete what is older than the setting `matter_view_days`. `unless`: conditions on a view that keep it."""
    old = MatterView.at < now() - timedelta(days=settings().matter_view_days)
    with atomic() as session:
        session.execute(delete(MatterView).where(old, *(~condition for condition in unless)))
