"""What was kept long enough loses whatever tells of people; what is counted stays."""

from datetime import datetime

from sqlalchemy import ColumnElement, delete, select, update

from civicportal.core.clock import now
from civicportal.core.copies import forget_copies
from civicportal.core.dialect import claim
from civicportal.core.permissions import SYSTEM
from civicportal.core.states import apply
from civicportal.core.transactions import atomic, current
from civicportal.petitions.models import (
    Addition,
    Answer,
    AnswerVersion,
    Appeal,
    Assignment,
    FilingReceipt,
    MatterNote,
    MatterSubject,
    MatterView,
    Petition,
    Reclassification,
    Refusal,
    Representative,
    Revision,
    Satisfaction,
)
from civicportal.petitions.services.files import delete_files
from civicportal.petitions.services.record import enter
from civicportal.petitions.states import PUBLICATION, PetitionState, RecordAct


def anonymise_some(before: datetime, *unless: ColumnElement[bool], limit: int) -> int:
    """Make petitions anonymous that were answered before an instant, at most `limit`, in one transaction; how many.

    `unless`: conditions on a petition that keep it as it is.
    """
    with atomic() as session:
        due = select(Petition).where(
            Petition.state == PetitionState.ANSWERED, Petition.answered_at < before, Petition.anonymised_at.is_(None),
            *(~condition for condition in unless))
        petitions = session.scalars(claim(due.order_by(Petition.id).limit(limit), session)).all()
        for petition in petitions:
            _anonymise(petition)
        if petitions:
            forget_copies()
    return len(petitions)


def _anonymise(petition: Petition) -> None:
    """Number, type, place, institutions, dates and marks stay, for statistics and the public record."""
    session = current()
    enter(petition, RecordAct.REMOVED)
    apply(PUBLICATION, petition, "expire", SYSTEM)
    petition.author, petition.title, petition.text, petition.suggestions = None, petition.number, "", []
    petition.anonymised_at, petition.photo_facts = now(), None
    delete_files([*petition.files, *(file for addition in petition.additions for file in addition.files)])
    session.flush()
    session.expire(petition, ["files"])
    parts = select(Assignment.id).where(Assignment.petition_id == petition.id)
    answers = select(Answer.id).where(Answer.assignment_id.in_(parts))
    session.execute(update(AnswerVersion).where(AnswerVersion.answer_id.in_(answers)).values(text=""))
    session.execute(update(Assignment).where(Assignment.petition_id == petition.id).values(reason=""))
    session.execute(update(Reclassification).where(Reclassification.petition_id == petition.id).values(reason=""))
    session.execute(update(Satisfaction).where(Satisfaction.petition_id == petition.id).values(comment=""))
    session.execute(update(Addition).where(Addition.petition_id == petition.id).values(text="", salt=""))
    for told in (MatterNote, MatterSubject, MatterView):
        session.execute(delete(told).where(told.petition_id == petition.id))
    session.execute(delete(Representative).where(Representative.petition_id == petition.id))
    session.execute(
        update(Revision).where(Revision.petition_id == petition.id).values(title="", text="", reason="", withheld=True))
    refusals = select(Refusal.id).where(Refusal.petition_id == petition.id)
    session.execute(update(Appeal).where(Appeal.refusal_id.in_(refusals)).values(text="", decision=""))
    session.execute(update(FilingReceipt).where(FilingReceipt.petition_id == petition.id).values(content=None))
