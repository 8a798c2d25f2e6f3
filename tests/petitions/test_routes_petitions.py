"""Pages of petitions over HTTP: reading, following, rating, asking again, my matters."""

import re
from html import unescape

import pytest
from sqlalchemy import select

from civicportal.core.permissions import Role
from civicportal.core.transactions import current
from civicportal.petitions.models import Satisfaction
from civicportal.petitions.reasons import RefusalReason
from civicportal.petitions.states import PetitionState
from tests.factories.accounts import PersonFactory, signed_in, staff
from tests.factories.institutions import InstitutionFactory
from tests.factories.petitions import answered, drafted, filed, published, rated, refused


def text_of(response):
    return unescape(response.get_data(as_text=True))


def show(petition, locale="en"):
    return f"/{locale}/petitions/{petition.number}"


@pytest.fixture
def place(app):
    return InstitutionFactory(name_en="Lamp Office", name_ko="가로등청")


@pytest.fixture
def answered_petition(place):
    petition = filed(PersonFactory(name="Jane Doe"), place, wants_public=True)
    officer = staff(Role.OFFICER, place, name="Officer Kim")
    published(petition, officer)
    answered(petition, officer, "It was **repaired**.")
    return petition


@pytest.mark.parametrize("locale", ["en", "ko"])
def test_the_public_page_names_neither_author_nor_officer(client, answered_petition, locale):
    response = client.get(show(answered_petition, locale))
    shown = text_of(response)
    assert response.status_code == 200
    assert "<strong>repaired</strong>" in shown
    assert "J***" in shown
    assert "Jane" not in shown
    assert "Officer Kim" not in shown
    assert response.headers["Cache-Control"].startswith("public")
    assert "Set-Cookie" not in response.headers


def test_typed_numbers_are_understood(client, answered_petition):
    assert client.get(show(answered_petition).lower()).status_code == 200
    assert client.get(show(answered_petition).replace("-", "")).status_code == 200
    assert client.get("/en/petitions/2513-AAAA-AAAA").status_code == 404


def test_the_author_sees_everything_and_no_cache_keeps_it(app, place):
    petition = filed(institution=place, text="one\n<script>alert(1)</script>")
    response = signed_in(app, petition.author).get(show(petition))
    shown = response.get_data(as_text=True)
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in shown
    assert "Why this date" in shown
    assert "Only you and the institution can read this." in shown
    assert response.headers["Cache-Control"] == "private, no-store"


def test_the_author_reads_why_it_is_not_published(app, place):
    petition = filed(institution=place, wants_public=True)
    refused(petition, RefusalReason.PERSONAL_DATA)
    assert "It contains personal data" in text_of(signed_in(app, petition.author).get(show(petition)))


@pytest.mark.parametrize("path", [
    "/en/petitions", "/ko/petitions", "/en/petitions?state=answered&type=petition&q=lamps&region=x",
    "/en/petitions?state=x", "/en/petitions?state=unconfirmed&type=x&after=x",
    "/en/petitions?q=%00&institution=%00&region=%00", "/en/petitions?institution=nowhere",
    "/en/petitions?after=WyIwMDAxLTAxLTAxVDAwOjAwOjAwKzA5OjAwIiwgMV0",
    "/en/petitions?after=WyIyMDI1LTAxLTAxVDAwOjAwOjAwKzAwOjAwIiwgMTAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwXQ",
])
def test_the_list_is_public_and_takes_any_filter(client, answered_petition, path):
    response = client.get(path)
    assert response.status_code == 200
    assert "Set-Cookie" not in response.headers
    assert response.headers["Cache-Control"].startswith("public")


def test_the_list_shows_title_state_and_institution(client, answered_petition):
    filed(title="a private one")
    shown = text_of(client.get("/en/petitions"))
    assert answered_petition.title in shown
    assert "Lamp Office" in shown
    assert "1 petition<" in shown
    assert "a private one" not in shown


def test_an_empty_list_teaches(client):
    assert "Petitions appear here when" in text_of(client.get("/en/petitions"))


def test_the_list_of_an_institution_shows_its_figures(client, place):
    officer = staff(Role.OFFICER, place)
    for mark in (5, 5, 4, 3, 1):
        petition = filed(institution=place)
        answered(petition, officer)
        rated(petition, mark)
    for path in (f"/en/petitions?institution={place.code}", f"/en/institutions/{place.code}"):
        shown = text_of(client.get(path))
        assert re.findall(r"<dd>([\d.]+%?)</dd>", shown)[:3] == ["3.6", "5", "100%"]


def test_my_matters_show_mine_and_what_i_began(app, place):
    author = PersonFactory()
    filed(author, place, title="Filed by me")
    drafted(author, title="Begun by me")
    filed(title="Not mine")
    shown = text_of(signed_in(app, author).get("/en/my-matters"))
    assert "Filed by me" in shown
    assert "Begun by me" in shown
    assert "Lamp Office" in shown
    assert "Not mine" not in shown
    assert "Nothing filed yet" in text_of(signed_in(app, PersonFactory()).get("/en/my-matters"))


def test_an_answer_is_rated_once_by_its_author(app, answered_petition):
    author = signed_in(app, answered_petition.author)
    page = show(answered_petition) + "/rate"
    assert author.submit(page, {}).status_code == 400
    response = author.submit(page, {"rating": "5", "comment": "fast"})
    assert (response.status_code, response.location) == (303, show(answered_petition))
    author.submit(page, {"rating": "1"})
    current().rollback()
    assert [said.rating for said in current().scalars(select(Satisfaction))] == [5]
    assert "You gave the answer 5 of 5" in text_of(author.get(page))
    assert "fast" not in text_of(app.test_client().get(show(answered_petition)))


def test_a_forwarded_link_gives_no_rights(app, client, answered_petition):
    page = show(answered_petition) + "/rate"
    assert client.get(page).status_code in (302, 303, 401)
    client.post(page, data={"rating": "1"})
    stranger = signed_in(app, PersonFactory())
    assert stranger.get(page).status_code == 404
    token = {"rating": "1"}
    assert stranger.submit(page, token, page="/en/my-matters").status_code in (400, 404)
    current().rollback()
    assert current().scalars(select(Satisfaction)).all() == []


def test_a_low_mark_leads_to_asking_again(app, answered_petition):
    author = signed_in(app, answered_petition.author)
    response = author.submit(show(answered_petition) + "/rate", {"rating": "2"})
    assert response.location.endswith("/ask-again")
    assert "A manager deals with it" in text_of(author.get(response.location))
    again = author.submit(response.location)
    assert again.location == show(answered_petition)
    current().rollback()
    assert answered_petition.state is PetitionState.RECEIVED
    assert author.get(response.location).status_code == 303
    shown = text_of(author.get(show(answered_petition)))
    assert "A further answer was asked for" in shown
    assert len(re.findall("Ask for a further answer", shown)) == 0


def test_asking_again_needs_a_low_mark(app, answered_petition):
    author = signed_in(app, answered_petition.author)
    assert author.get(show(answered_petition) + "/ask-again").status_code == 303
