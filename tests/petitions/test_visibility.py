"""Who may see a petition: the one rule, and that hidden and absent look alike from outside."""

from contextlib import contextmanager
from uuid import uuid4

import pytest
from sqlalchemy import event

from civicportal.accounts.queries import actor_for
from civicportal.core.permissions import Role
from civicportal.extensions import db
from civicportal.petitions.queries.visibility import Viewer, viewer_of, visible_file, visible_petition
from civicportal.petitions.services import desk
from civicportal.petitions.services.files import derive_file
from tests.factories.accounts import PersonFactory, signed_in, staff
from tests.factories.institutions import InstitutionFactory
from tests.factories.petitions import Sent, filed, guest_filed, public_matter

pytestmark = pytest.mark.usefixtures("app")
ABSENT = "2501-AAAA-BBBB"


@contextmanager
def statements():
    """The statements sent to the database inside the block."""
    seen = []

    def note(_connection, _cursor, statement, *_rest):
        if statement.lstrip().upper().startswith(("SELECT", "INSERT", "UPDATE", "DELETE")):
            seen.append(statement)

    event.listen(db.engine, "before_cursor_execute", note)
    try:
        yield seen
    finally:
        event.remove(db.engine, "before_cursor_execute", note)


def sees(number, person):
    return visible_petition(number, actor_for(person) if person else None) is not None


def test_a_private_petition_is_for_its_author_its_institution_and_operators():
    institution = InstitutionFactory()
    petition = filed(institution=institution)
    assert sees(petition.number, petition.author)
    assert sees(petition.number, staff(Role.OFFICER, institution))
    assert sees(petition.number, staff(Role.DIRECTOR, institution))
    assert sees(petition.number, staff(Role.OPERATOR))
    assert not sees(petition.number, staff(Role.OFFICER, InstitutionFactory()))
    assert not sees(petition.number, PersonFactory())
    assert not sees(petition.number, None)


def test_an_institution_that_passed_it_on_sees_it_no_longer():
    first, second = InstitutionFactory(), InstitutionFactory()
    petition = filed(institution=first, files=(Sent("a.txt", b"hello"),))
    officer = staff(Role.OFFICER, first)
    actor, file_id = actor_for(officer), petition.files[0].public_id
    assert visible_file(file_id, actor, original=True)
    part = petition.assignments[0]
    desk.transfer(actor, part, institution_code=second.code, reason="not ours", version=part.version)
    assert not sees(petition.number, officer)
    assert not visible_file(file_id, actor, original=True)
    assert sees(petition.number, staff(Role.OFFICER, second))


def test_an_unconfirmed_petition_is_for_nobody_else():
    institution = InstitutionFactory()
    petition = guest_filed(institution, wants_public=True)
    for person in (staff(Role.OFFICER, institution), staff(Role.OPERATOR), PersonFactory(), None):
        assert not sees(petition.number, person)


def test_an_unconfirmed_petition_is_closed_to_the_institution_by_every_route(app):
    institution = InstitutionFactory()
    petition = guest_filed(institution, wants_public=True, files=(Sent("a.txt", b"hello"),))
    derive_file(petition.files[0].id)
    base, public_id = f"/en/petitions/{petition.number}", petition.files[0].public_id
    for role, place in ((Role.MANAGER, institution), (Role.OPERATOR, None)):
        browser = signed_in(app, staff(role, place))
        for path in (base, f"{base}/feed.atom", f"{base}/files/{public_id}", f"{base}/files/{public_id}/original",
                     f"{base}/rate", f"{base}/ask-again"):
            assert browser.get(path).status_code == 404, path
        for path in ("/en/petitions", "/en/petitions?q=lights", f"/en/petitions?institution={institution.code}",
                     "/en/petitions/feed.atom", f"/en/petitions?q={petition.number}", "/en/desk",
                     f"/en/desk/{institution.code}", "/en/operator/triage"):
            assert petition.title not in browser.get(path).get_data(as_text=True), path


def test_a_published_petition_is_for_everybody():
    petition, officer = public_matter()
    assert sees(petition.number, None)
    assert viewer_of(petition, None) is Viewer.PUBLIC
    assert viewer_of(petition, actor_for(PersonFactory())) is Viewer.PUBLIC
    assert viewer_of(petition, actor_for(petition.author)) is Viewer.AUTHOR
    assert viewer_of(petition, actor_for(officer)) is Viewer.STAFF


def test_originals_are_for_author_and_staff_even_when_published():
    petition, officer = public_matter(files=(Sent("a.txt", b"hello"),))
    file = petition.files[0]

    def original(person):
        return visible_file(file.public_id, actor_for(person) if person else None, original=True)

    assert original(petition.author)
    assert original(officer)
    assert original(None) is None
    assert original(PersonFactory()) is None


def paths(number, public_id):
    base = f"/en/petitions/{number}"
    return [base, f"{base}/feed.atom", f"{base}/files/{public_id}", f"{base}/files/{public_id}/original"]


@pytest.mark.parametrize("place", range(4), ids=["page", "feed", "file", "original"])
@pytest.mark.parametrize("who", ["visitor", "citizen", "officer"])
def test_hidden_answers_like_absent(app, place, who):
    petition = filed(files=(Sent("a.txt", b"hello"),))
    derive_file(petition.files[0].id)
    people = {"citizen": PersonFactory, "officer": lambda: staff(Role.OFFICER, InstitutionFactory())}
    browser = app.test_client() if who == "visitor" else signed_in(app, people[who]())
    hidden = paths(petition.number, petition.files[0].public_id)[place]
    absent = paths(ABSENT, uuid4())[place]
    browser.get(absent)
    answers = []
    for path in (hidden, absent):
        with statements() as seen:
            response = browser.get(path)
        answers.append((response.status_code, len(response.data), dict(response.headers), len(seen)))
    answers[0][2].pop("Set-Cookie", None)
    answers[1][2].pop("Set-Cookie", None)
    assert answers[0] == answers[1]
    assert answers[0][0] == 404


def test_another_persons_matter_cannot_be_rated(app):
    petition = filed()
    browser = signed_in(app, PersonFactory())
    for name in ("rate", "ask-again"):
        lengths = {len(browser.get(f"/en/petitions/{number}/{name}").data) for number in (petition.number, ABSENT)}
        assert len(lengths) == 1
        assert browser.post(f"/en/petitions/{petition.number}/{name}").status_code in (400, 404)
