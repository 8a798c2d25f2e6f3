"""Atom feeds: well formed, stable names, new times only for real changes, 304 for what is known."""

import feedparser
import pytest
import time_machine

from civicportal.core.permissions import Role
from tests.factories.accounts import PersonFactory, signed_in, staff
from tests.factories.institutions import InstitutionFactory
from tests.factories.petitions import answered, filed, public_matter


def read(client, path, **headers):
    response = client.get(path, headers=headers)
    assert response.status_code == 200
    assert response.mimetype == "application/atom+xml"
    feed = feedparser.parse(response.data)
    assert not feed.bozo, feed.get("bozo_exception")
    return feed


def test_the_list_feed_is_well_formed(client):
    author = PersonFactory(name="Jane <b> Doe")
    petition, _officer = public_matter(author, title="Lamps & <stairs> \ufffe]]>", text="a\n" * 400)
    filed(title="private one")
    feed = read(client, "/en/petitions/feed.atom")
    [entry] = feed.entries
    assert entry.title == "Lamps & <stairs> ]]>"
    assert entry.author == "J***"
    assert entry.link == f"http://localhost/en/petitions/{petition.number}"
    assert entry.id == f"tag:localhost,{petition.filed_at:%Y-%m-%d}:petition/{petition.number}"
    assert feed.feed.links[0].href == "http://localhost/en/petitions/feed.atom"


def test_an_empty_feed_is_well_formed_and_steady(client):
    first, second = client.get("/ko/petitions/feed.atom"), client.get("/ko/petitions/feed.atom")
    assert first.data == second.data
    assert not feedparser.parse(first.data).bozo


def test_the_list_feed_takes_the_filters_of_the_list(client):
    public_matter(title="one", type="proposal")
    public_matter(title="two")
    assert [entry.title for entry in read(client, "/en/petitions/feed.atom?type=proposal").entries] == ["one"]


@pytest.mark.parametrize("query", ["_anchor=x", "_scheme=ftp", "endpoint=x", "_external=1&number=1", "locale=ko"])
def test_foreign_words_in_the_address_are_left_out(client, query):
    feed = read(client, f"/en/petitions/feed.atom?type=proposal&{query}")
    assert feed.feed.links[0].href == "http://localhost/en/petitions/feed.atom?type=proposal"


def test_a_petitions_feed_tells_its_public_steps(client):
    petition, officer = public_matter(PersonFactory(name="Jane Doe"))
    path = f"/en/petitions/{petition.number}/feed.atom"
    before = read(client, path)
    answered(petition, officer)
    after = read(client, path)
    assert [entry.title for entry in before.entries] == ["Made public", "Received", "Filed"]
    assert after.entries[0].title == "Answered"
    assert [entry.id for entry in after.entries][-3:] == [entry.id for entry in before.entries]
    assert len({entry.id for entry in after.entries}) == len(after.entries)
    assert "Jane" not in str(after)
    assert officer.name not in str(after)


def test_nothing_changes_without_a_change(client):
    petition, officer = public_matter()
    for path in ("/en/petitions/feed.atom", f"/en/petitions/{petition.number}/feed.atom"):
        first = client.get(path)
        tag = first.headers["ETag"]
        assert not tag.startswith("W/")
        again = client.get(path, headers={"If-None-Match": tag})
        assert (again.status_code, again.data, again.headers["ETag"]) == (304, b"", tag)
    answered(petition, officer)
    changed = client.get("/en/petitions/feed.atom", headers={"If-None-Match": tag})
    assert changed.status_code == 200


def test_updated_moves_with_the_matter_only(client):
    petition, officer = public_matter(title="moves")
    public_matter(title="stays")
    before = {entry.title: entry.updated for entry in read(client, "/en/petitions/feed.atom").entries}
    with time_machine.travel(petition.filed_at.replace(year=petition.filed_at.year + 1), tick=False):
        answered(petition, officer)
    after = {entry.title: entry.updated for entry in read(client, "/en/petitions/feed.atom").entries}
    assert after["stays"] == before["stays"]
    assert after["moves"] > before["moves"]


@pytest.mark.parametrize("who", ["visitor", "author", "officer"])
def test_private_matters_have_no_feed_for_anybody(app, who):
    institution = InstitutionFactory()
    petition = filed(institution=institution)
    browser = {"visitor": app.test_client, "author": lambda: signed_in(app, petition.author),
               "officer": lambda: signed_in(app, staff(Role.OFFICER, institution))}[who]()
    assert browser.get(f"/en/petitions/{petition.number}/feed.atom").status_code == 404
    assert read(browser, "/en/petitions/feed.atom").entries == []
