"""The home page: doors, what was answered, figures, and the reader's own matters."""

import pytest

from civicportal.core.permissions import Role
from tests.factories.accounts import PersonFactory, signed_in, staff
from tests.factories.institutions import InstitutionFactory
from tests.factories.petitions import answered, filed, public_matter


@pytest.fixture
def home(client):
    return lambda: client.get("/en/").text


def test_an_empty_portal_teaches(home):
    page = home()
    assert "The first public answers will appear here." in page
    assert "/en/file?type=grievance" in page
    assert "/en/file?type=proposal" in page


def test_only_public_answers_are_shown_with_who_answered(home):
    shown, officer = public_matter(title="The public one")
    answered(shown, officer)
    place = InstitutionFactory()
    answered(filed(None, place, title="The private one"), staff(Role.OFFICER, place))
    page = home()
    assert "The public one" in page
    assert "The private one" not in page
    assert shown.assignments[0].institution.name_en in page


def test_the_month_counts_what_was_received_and_answered(home):
    place = InstitutionFactory()
    filed(None, place)
    answered(filed(None, place), staff(Role.OFFICER, place))
    page = " ".join(home().split())
    assert "<dt>Received by institutions</dt><dd>2</dd>" in page
    assert "<dt>Answered</dt><dd>1</dd>" in page
    assert "<dt>Answered in time</dt><dd>100%</dd>" in page


def test_signed_in_readers_see_where_their_own_matters_stand(app):
    author = PersonFactory()
    filed(author, InstitutionFactory(), title="Mine alone")
    assert "Mine alone" in signed_in(app, author).get("/en/").text
    assert "Mine alone" not in signed_in(app, PersonFactory()).get("/en/").text
