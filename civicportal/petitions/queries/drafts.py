"""Finding drafts and receipts."""

from collections.abc import Sequence

from sqlalchemy import or_, select
from sqlalchemy.orm import joinedload, selectinload

from civicportal.core.i18n import current_locale
from civicportal.core.permissions import Actor
from civicportal.core.transactions import current
from civicportal.institutions.models import Region
from civicportal.petitions.models import Draft, Petition


def find_draft(key: str, actor: Actor | None = None) -> Draft | None:
    """The draft with this key, filed or not, with its files and its petition.

    Who is signed in finds a guest's and the own; without `actor` the key alone decides.
    """
    found = select(Draft).where(Draft.key == key)
    if actor is not None:
        found = found.where(or_(Draft.person_id.is_(None), Draft.person_id == actor.person_id))
    return current().scalars(
        found.options(selectinload(Draft.files), joinedload(Draft.petition).joinedload(Petition.author))).one_or_none()


def drafts_of(actor: Actor) -> Sequence[Draft]:
    """What a person began and has not filed yet, the latest first."""
    return current().scalars(
        select(Draft).where(Draft.person_id == actor.person_id, Draft.petition_id.is_(None))
        .order_by(Draft.updated_at.desc(), Draft.id.desc())).all()


def petition_of_guest(person_id: int) -> Petition | None:
    """What an unconfirmed person filed: each filing of a guest has a person of its own."""
    waiting = or_(Petition.received_at.is_(None), Petition.entered_at.is_not(None))
    return current().scalar(select(Petition).where(Petition.author_id == person_id, waiting))


def region_name(draft: Draft) -> str | None:
    """The name of the place a draft is about; None for no particular place."""
    region = current().get(Region, draft.region_code) if draft.region_code else None
    return region.name(current_locale()) if region else None
