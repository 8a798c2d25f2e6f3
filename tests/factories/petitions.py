"""Petitions in every state, made by the real services: drafted, filed, taken, answered."""

from io import BytesIO
from typing import Any

from civicportal.accounts.models import Person
from civicportal.accounts.queries import actor_for
from civicportal.core.permissions import Actor, Role
from civicportal.institutions.models import Institution
from civicportal.petitions.models import Assignment, Draft, MatterSubject, Petition
from civicportal.petitions.reasons import RefusalReason
from civicportal.petitions.services import answers, desk, drafts, publication, satisfaction
from civicportal.petitions.services.filing import file_draft
from tests.factories.accounts import PersonFactory, staff
from tests.factories.base import PortalFactory
from tests.factories.institutions import InstitutionFactory

TITLE = "Two street lights on the hill are dark"
TEXT = "The lamps beside the stairs have been dark since last week. Please repair them."


class MatterSubjectFactory(PortalFactory):
    """An official whom a matter is about."""

    class Meta:
        model = MatterSubject


class Sent:
    """A file as a form brings it."""

    def __init__(self, name: str, content: bytes) -> None:
        self.filename: str | None = name
        self.stream = BytesIO(content)


def drafted(author: Person | None = None, *, files: tuple[Sent, ...] = (), **fields: Any) -> Draft:
    """A draft that only waits for being filed; a guest's without an author."""
    actor = actor_for(author) if author else None
    draft = drafts.start(actor, type=fields.pop("type", "petition"), locale=fields.pop("locale", "en"))
    guest = {} if author else {"name": "Jane Doe", "address": "jane@example.org"}
    drafts.save(actor, draft, **{"title": TITLE, "text": TEXT, "wants_public": False, **guest, **fields})
    if files:
        assert drafts.add_files(actor, draft, files) == []
    return draft


def filed(
    author: Person | None = None, institution: Institution | None = None, *, files: tuple[Sent, ...] = (),
    **fields: Any,
) -> Petition:
    """A petition that a person with a confirmed address filed: received at `institution`, or at the triage desk."""
    author = author or PersonFactory()
    draft = drafted(author, files=files, institution_code=institution.code if institution else None, **fields)
    return file_draft(actor_for(author), draft, institution.code if institution else None)


def guest_filed(institution: Institution | None = None, **fields: Any) -> Petition:
    """A petition of a guest whose address is not confirmed yet."""
    draft = drafted(institution_code=institution.code if institution else None, **fields)
    return file_draft(None, draft, institution.code if institution else None)


def taken(petition: Petition, officer: Person) -> Assignment:
    """The open part, taken by `officer`."""
    part = open_lead(petition)
    desk.take(actor_for(officer), part, version=part.version)
    return part


def answered(petition: Petition, officer: Person, text: str = "The lamps were **repaired** today.") -> Assignment:
    """The open part, taken and answered by `officer`."""
    part = taken(petition, officer)
    version = answers.save(actor_for(officer), part, text=text, base_version=0)
    answers.send(actor_for(officer), part, base_version=version.number)
    return part


def published(petition: Petition, officer: Person) -> Petition:
    """Open to everybody, after both checks; `petition` was filed with `wants_public=True`."""
    publication.advise(actor_for(officer), petition, None)
    publication.publish(operator(), petition)
    return petition


def refused(petition: Petition, reason: RefusalReason = RefusalReason.COURT) -> Petition:
    """Kept private by an operator, although its author wished it public."""
    publication.refuse(operator(), petition, reason)
    return petition


def operator() -> Actor:
    """An operator who works at no institution."""
    return actor_for(staff(Role.OPERATOR))


def rated(petition: Petition, rating: int, comment: str = "") -> None:
    """The latest answer, rated by the author."""
    assert petition.author is not None
    satisfaction.rate(actor_for(petition.author), petition, rating, comment)


def open_lead(petition: Petition) -> Assignment:
    """The part that is open now."""
    return next(part for part in reversed(petition.assignments) if part.closed_at is None)


def public_matter(author: Person | None = None, **fields: Any) -> tuple[Petition, Person]:
    """A published petition, and the officer of the institution that has it."""
    institution = InstitutionFactory()
    officer = staff(Role.OFFICER, institution)
    return published(filed(author, institution, wants_public=True, **fields), officer), officer
