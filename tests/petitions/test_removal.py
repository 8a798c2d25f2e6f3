"""Removing what is public: every place where it could be read follows, and the removal itself is for all to see."""

import json
from base64 import b64decode
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import select

from civicportal.accounts.queries import actor_for
from civicportal.core.errors import Conflict, Forbidden, Invalid
from civicportal.core.permissions import Role
from civicportal.core.transactions import atomic, current
from civicportal.core.web.headers import PUBLIC_SECONDS
from civicportal.forum.queries.visibility import linked_petition
from civicportal.notifications.models import OutboxMessage
from civicportal.petitions.commitments import leaf_of
from civicportal.petitions.models import RecordEntry, Removal
from civicportal.petitions.reasons import RemovalReason
from civicportal.petitions.services import removal
from civicportal.petitions.services.files import derive_file
from civicportal.petitions.services.record import keep_record
from civicportal.petitions.states import Publication, RecordAct
from civicportal.voting.merkle import leaf_hash, verify_inclusion
from tests.factories.accounts import PersonFactory, signed_in, staff
from tests.factories.desk import officer
from tests.factories.forum import submitted
from tests.factories.institutions import InstitutionFactory
from tests.factories.petitions import Sent, answered, operator, public_matter
from tests.factories.voting import as_worker

SECRET = "zebrafinch"


@pytest.fixture
def petition(app):
    """Public and answered, with a file, all of it with one rare word."""
    made, worker = public_matter(title=f"A {SECRET}", text=f"About a {SECRET}.",
                                 files=(Sent(f"{SECRET}.txt", SECRET.encode()),))
    answered(made, worker, f"The {SECRET} was found.")
    derive_file(made.files[0].id)
    return made


def taken_away(petition, reason=RemovalReason.COURT_ORDER, authority="Seoul Central District Court"):
    return removal.remove(operator(), petition, reason=reason, authority=authority)


def show(petition, tail="", locale="en"):
    return f"/{locale}/petitions/{petition.number}{tail}"


SINKS = {
    "list": lambda one: "/en/petitions", "list of another language": lambda one: "/ko/petitions",
    "list by state": lambda one: "/en/petitions?state=answered",
    "search by word": lambda one: f"/en/petitions?q={SECRET}",
    "search by number": lambda one: f"/en/petitions?q={one.number}", "feed": lambda one: "/en/petitions/feed.atom",
    "feed of a search": lambda one: f"/en/petitions/feed.atom?q={SECRET}", "home": lambda one: "/en/",
    "list of an institution": lambda one: f"/en/petitions?institution={one.assignments[0].institution.code}",
}
OWN = {
    "page": show, "page of another language": lambda one: show(one, locale="ko"),
    "feed of the petition": lambda one: show(one, "/feed.atom"), "versions": lambda one: show(one, "/versions"),
    "versions of the answer": lambda one: show(one, f"/versions?of=answer-{one.assignments[0].id}"),
    "file": lambda one: show(one, f"/files/{one.files[0].public_id}"),
    "original file": lambda one: show(one, f"/files/{one.files[0].public_id}/original"),
}


@pytest.mark.parametrize("sink", SINKS)
def test_lists_searches_and_feeds_follow(client, petition, sink):
    path = SINKS[sink](petition)
    shown = client.get(path)
    assert SECRET in shown.get_data(as_text=True).replace(f'value="{SECRET}"', "")
    taken_away(petition)
    after = client.get(path).get_data(as_text=True)
    assert f"A {SECRET}" not in after
    assert f"About a {SECRET}" not in after


@pytest.mark.parametrize("sink", OWN)
def test_each_address_of_its_own_says_that_it_was_removed(client, petition, sink):
    path = OWN[sink](petition)
    before = client.get(path, buffered=True)
    assert before.status_code == {"file": 303, "original file": 404}.get(sink, 200)
    taken_away(petition)
    gone = client.get(path, headers={"If-None-Match": before.headers.get("ETag", "x")})
    words = gone.get_data(as_text=True)
    assert gone.status_code == 410
    assert gone.headers["Cache-Control"] == "private, no-store"
    assert "Seoul Central District Court" in words
    assert SECRET not in words


def test_caches_may_show_it_for_less_than_a_minute(client, petition):
    assert PUBLIC_SECONDS < 60
    for sink in (*SINKS.values(), *OWN.values()):
        response = client.get(sink(petition), buffered=True)
        if response.status_code == 200:
            assert response.headers["Cache-Control"] == f"public, max-age={PUBLIC_SECONDS}"


def test_the_sitemap_follows(client, petition):
    addresses = [f"<loc>http://localhost{show(petition, locale=locale)}</loc>" for locale in ("ko", "en")]
    listed = client.get("/sitemap.xml")
    assert listed.mimetype == "application/xml"
    assert all(one in listed.get_data(as_text=True) for one in addresses)
    assert listed.headers["Cache-Control"] == f"public, max-age={PUBLIC_SECONDS}"
    assert "Sitemap: http://localhost/sitemap.xml" in client.get("/robots.txt").get_data(as_text=True)
    taken_away(petition)
    assert petition.number not in client.get("/sitemap.xml").get_data(as_text=True)


def test_tasks_link_no_longer_to_a_removed_proposal(app, petition):
    with atomic():
        petition.type = "proposal"
    task = submitted(PersonFactory())
    with atomic():
        task.petition_number = petition.number
    assert linked_petition(task, None) == petition.number
    taken_away(petition)
    assert linked_petition(task, None) is None


def test_counts_follow(client, petition):
    assert "1 petition<" in client.get("/en/petitions").get_data(as_text=True)
    taken_away(petition)
    assert "Nothing here yet" in client.get("/en/petitions").get_data(as_text=True)


def test_author_and_officials_go_on_reading_and_are_told_why(app, petition):
    taken_away(petition)
    place = petition.assignments[0].institution
    for who in (petition.author, staff(Role.OFFICER, place), staff(Role.OPERATOR)):
        page = signed_in(app, who).get(show(petition))
        assert page.status_code == 200
        assert "Seoul Central District Court" in page.get_data(as_text=True)
    assert signed_in(app, PersonFactory()).get(show(petition)).status_code == 410
    mail = current().scalars(select(OutboxMessage).where(
        OutboxMessage.slug == "petitions.removed", OutboxMessage.channel == "email")).one()
    assert (mail.person_id, mail.context["authority"]) == (petition.author_id, "Seoul Central District Court")


def test_a_private_petition_is_not_told_apart_from_none(client, petition):
    hidden, _worker = public_matter()
    with pytest.raises(Conflict):
        removal.put_back(operator(), hidden, reason="It never was.")
    assert client.get("/en/petitions/2601-AAAA-AAAA").status_code == 404


def test_only_an_operator_from_outside_removes(petition):
    place = petition.assignments[0].institution
    for who in (officer(place, Role.DIRECTOR), actor_for(petition.author), actor_for(PersonFactory())):
        with pytest.raises(Forbidden):
            removal.remove(who, petition, reason=RemovalReason.MISTAKE, authority="Us")
    for authority in ("", "x" * 201):
        with pytest.raises(Invalid):
            removal.remove(operator(), petition, reason=RemovalReason.MISTAKE, authority=authority)
    assert petition.publication is Publication.PUBLISHED
    taken_away(petition)
    with pytest.raises(Conflict):
        taken_away(petition)
    assert len(current().scalars(select(Removal)).all()) == 1


def test_it_is_put_back_and_the_register_keeps_that_it_was_gone(client, petition):
    taken_away(petition, RemovalReason.MISTAKE, "Portal team")
    with pytest.raises(Invalid):
        removal.put_back(operator(), petition, reason=" ")
    removal.put_back(operator(), petition, reason="The wrong number was typed.")
    assert client.get(show(petition)).status_code == 200
    assert f"A {SECRET}" in client.get("/en/petitions").get_data(as_text=True)
    page = client.get("/en/removals").get_data(as_text=True)
    assert "The wrong number was typed." in page
    taken_away(petition)
    assert client.get(show(petition)).status_code == 410
    assert len(json.loads(client.get("/en/removals.json").data)["removals"]) == 2


def test_everybody_reads_the_register_and_it_names_nobody(client, petition):
    empty = client.get("/en/removals").get_data(as_text=True)
    assert "Nothing was removed" in empty
    taken_away(petition)
    told = json.loads(client.get("/en/removals.json").data)
    entry = told["removals"][0]
    assert (entry["number"], entry["reason"], entry["authority"]) == (
        petition.number, "court_order", "Seoul Central District Court")
    assert {one["code"] for one in told["reasons"]} == {one.value for one in RemovalReason}
    page, feed = (client.get(f"/en/removals{tail}").get_data(as_text=True) for tail in ("", "/feed.atom"))
    for words in (page, feed):
        assert petition.number in words
        assert "A court ordered it." in words
        assert SECRET not in words
        assert petition.author.name not in words


def test_the_register_is_paged(client, app, monkeypatch):
    monkeypatch.setitem(app.config, "SETTINGS", replace(app.config["SETTINGS"], page_size=2))
    numbers = []
    for _number in range(3):
        made, _worker = public_matter()
        taken_away(made)
        numbers.append(made.number)
    first = client.get("/en/removals").get_data(as_text=True)
    assert [number in first for number in numbers] == [False, True, True]
    older = first.partition("/en/removals?after=")[2].partition('"')[0]
    assert numbers[0] in client.get(f"/en/removals?after={older}").get_data(as_text=True)


def test_the_record_proves_the_removal_to_everybody(app, client, petition, tmp_path):
    taken_away(petition)
    entry = current().scalars(select(RecordEntry).where(RecordEntry.act == RecordAct.REMOVED)).one()
    assert json.loads(entry.statement)["what"] == "court_order"
    with as_worker(app, Path(tmp_path)):
        keep_record()
    page = client.get(show(petition, "/record")).get_data(as_text=True)
    assert SECRET not in page
    told = json.loads(client.get(show(petition, "/record.json")).data)
    kept_back = [one["statement"] for one in told["acts"][1:3]]
    assert kept_back == [None, None]  # a text could be found from its hash by who knows most of it
    act = next(one for one in told["acts"] if (one["statement"] or {}).get("act") == "removed")
    size, root = told["head"].split("\n")[1:3]
    assert act["leaf"] == leaf_of(entry.statement)
    assert verify_inclusion(leaf_hash(act["leaf"].encode()), act["index"], int(size),
                            [b64decode(one) for one in act["hashes"]], b64decode(root))


def test_an_operator_removes_and_puts_back_on_the_pages(app, client, petition):
    browser = signed_in(app, staff(Role.OPERATOR))
    at = f"/en/operator/publication/{petition.number}"
    assert f"{at}/remove" in browser.get(at).get_data(as_text=True)
    assert browser.submit(f"{at}/remove", {"reason": "court_order"}).status_code == 400
    assert browser.submit(f"{at}/remove", {"authority": "A court"}).status_code == 400
    assert client.get(show(petition)).status_code == 200
    assert browser.submit(f"{at}/remove", {"reason": "court_order", "authority": "A court"}).status_code == 303
    assert client.get(show(petition)).status_code == 410
    again = browser.submit(f"{at}/remove", {"reason": "court_order", "authority": "A court"})
    assert again.status_code == 409
    assert browser.submit(f"{at}/put-back", {"reason": ""}).status_code == 400
    assert browser.submit(f"{at}/put-back", {"reason": "It was another one."}).status_code == 303
    assert client.get(show(petition)).status_code == 200


def test_an_institution_with_a_removed_petition_is_named_by_its_own_name(client, petition):
    place = petition.assignments[0].institution
    taken_away(petition)
    assert place.name_en in client.get("/en/removals").get_data(as_text=True)
    assert InstitutionFactory().name_en not in client.get("/en/removals").get_data(as_text=True)
