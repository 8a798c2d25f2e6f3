"""Versions of what is public: what changed, when, in which role and why; and words that must not be public."""

from html import unescape

import pytest
from sqlalchemy import select

from civicportal.accounts.queries import actor_for
from civicportal.core import clock
from civicportal.core.errors import Conflict, Forbidden, Invalid
from civicportal.core.permissions import Role
from civicportal.core.transactions import current
from civicportal.notifications.models import OutboxMessage
from civicportal.petitions.commitments import hash_of
from civicportal.petitions.models import RecordEntry, Revision
from civicportal.petitions.services import answers, publication, revising
from civicportal.petitions.states import Publication, RecordAct, Reviser
from tests.factories.accounts import PersonFactory, signed_in, staff
from tests.factories.desk import DAY, officer
from tests.factories.institutions import InstitutionFactory
from tests.factories.petitions import answered, filed, operator, public_matter, published, taken

SECRET = "Hong Gildong"
TEXT = f"The lamps at the stairs are dark. Call {SECRET} about it."


@pytest.fixture
def petition(app):
    made, worker = public_matter(title="Dark lamps", text=TEXT)
    answered(made, worker, "The lamps were repaired on Monday.")
    return made


def change(petition, who=None, **changes):
    given = {"title": petition.title, "text": TEXT.replace(SECRET, "[…]"), "reason": "A name was in it.",
             "withhold": False, "base_version": 1, **changes}
    return revising.revise(who or operator(), petition, **given)


def correct(petition, who=None, **changes):
    part = petition.assignments[0]
    given = {"text": "The lamps were repaired on Tuesday.", "reason": "The day was wrong.", "withhold": False,
             "base_version": 1, **changes}
    return revising.correct(who or officer(part.institution, Role.MANAGER), part, **given)


def read(client, petition, query="", locale="en"):
    return unescape(client.get(f"/{locale}/petitions/{petition.number}/versions{query}").get_data(as_text=True))


def all_of(petition):
    return [(row.subject, row.number, row.role) for row in current().scalars(
        select(Revision).where(Revision.petition_id == petition.id).order_by(Revision.id))]


def test_publication_and_answer_are_the_first_versions(petition):
    part = petition.assignments[0]
    assert all_of(petition) == [("text", 1, Reviser.AUTHOR), (f"answer-{part.id}", 1, Reviser.INSTITUTION)]


def test_drafts_of_an_answer_are_no_versions_for_the_public(client, app):
    place = InstitutionFactory()
    worker = staff(Role.OFFICER, place)
    made = published(filed(institution=place, wants_public=True), worker)
    part = taken(made, worker)
    for number, text in enumerate(("A zebrafinch of a draft.", "The answer.")):
        answers.save(actor_for(worker), part, text=text, base_version=number)
    assert client.get(f"/en/petitions/{made.number}/versions?of=answer-{part.id}").status_code == 404
    answers.send(actor_for(worker), part, base_version=2)
    assert "zebrafinch" not in read(client, made, f"?of=answer-{part.id}")


def test_everybody_reads_what_was_changed_when_by_whom_and_why(client, petition):
    change(petition)
    page = read(client, petition)
    assert "by: The portal team." in page
    assert "A name was in it." in page
    assert f"Deleted: </span>{SECRET}" in page
    assert "Added: </span>[…]" in page
    first = read(client, petition, "?version=1")
    assert "by: The author." in first
    assert SECRET in first
    shown = client.get(f"/en/petitions/{petition.number}").get_data(as_text=True)
    assert "Version 2: see what was changed" in shown
    assert SECRET not in shown


def test_words_that_must_not_be_public_are_shown_to_author_and_officials_alone(app, client, petition):
    change(petition, withhold=True)
    for query in ("", "?version=1", "?version=2"):
        for locale in ("en", "ko"):
            assert SECRET not in read(client, petition, query, locale)
        assert SECRET not in read(signed_in(app, PersonFactory()), petition, query)
    assert "Something was taken out that must not be public." in read(client, petition)
    assert "The words of this version must not be public" in read(client, petition, "?version=1")
    for who in (petition.author, staff(Role.OFFICER, petition.assignments[0].institution), staff(Role.OPERATOR)):
        assert SECRET in read(signed_in(app, who), petition)
    change(petition, text="Only this.", base_version=2)
    assert SECRET not in read(client, petition, "?version=1") + read(client, petition, "?version=2")
    assert "Deleted:" in read(client, petition, "?version=3")


def test_lists_and_feeds_show_the_new_words_alone(client, petition):
    change(petition, withhold=True)
    for path in ("/en/petitions?q=Gildong", "/en/petitions/feed.atom", "/en/petitions"):
        assert SECRET not in client.get(path).get_data(as_text=True)


def test_a_corrected_answer_shows_what_was_corrected(client, petition):
    correct(petition)
    subject = f"answer-{petition.assignments[0].id}"
    shown = client.get(f"/en/petitions/{petition.number}").get_data(as_text=True)
    assert "on Tuesday" in shown
    assert "on Monday" not in shown
    assert "Changed on" in shown
    page = read(client, petition, f"?of={subject}")
    assert "by: The institution." in page
    assert "Deleted: </span>Monday" in page
    assert "Added: </span>Tuesday" in page


def test_each_change_is_in_the_record_and_the_author_is_told(petition):
    change(petition)
    correct(petition)
    acts = current().scalars(select(RecordEntry).where(RecordEntry.act == RecordAct.REVISED).order_by(
        RecordEntry.id)).all()
    assert [hash_of("Dark lamps", TEXT.replace(SECRET, "[…]")) in acts[0].statement,
            hash_of("The lamps were repaired on Tuesday.") in acts[1].statement] == [True, True]
    mails = current().scalars(select(OutboxMessage).where(
        OutboxMessage.slug == "petitions.revised", OutboxMessage.channel == "email")).all()
    assert [mail.context["reason"] for mail in mails] == ["A name was in it.", "The day was wrong."]


def test_only_an_operator_from_outside_changes_a_petition(petition):
    place = petition.assignments[0].institution
    for who in (officer(place, Role.DIRECTOR), actor_for(petition.author), actor_for(PersonFactory())):
        with pytest.raises(Forbidden):
            change(petition, who)
    assert len(all_of(petition)) == 2


def test_only_the_institution_corrects_its_answer(petition):
    for who in (operator(), officer(InstitutionFactory(), Role.DIRECTOR), actor_for(petition.author)):
        with pytest.raises(Forbidden):
            correct(petition, who)
    assert len(all_of(petition)) == 2


@pytest.mark.parametrize(("changes", "error"), [
    ({"reason": " "}, Invalid), ({"reason": "x" * 1001}, Invalid), ({"text": ""}, Invalid),
    ({"text": "x" * 20_001}, Invalid), ({"base_version": 0}, Conflict),
])
def test_bad_input_changes_nothing(petition, changes, error):
    for act in (change, correct):
        with pytest.raises(error):
            act(petition, **changes)
    with pytest.raises(Invalid):
        change(petition, title="x" * 121)
    with pytest.raises(Conflict):
        change(petition, text=TEXT)
    assert (petition.text, len(all_of(petition))) == (TEXT, 2)


def test_two_at_once_do_not_overwrite_each_other(petition):
    change(petition)
    with pytest.raises(Conflict):
        change(petition, text="Something else.")
    assert petition.text == TEXT.replace(SECRET, "[…]")


def test_what_is_not_public_or_not_sent_is_not_changed(app):
    place = InstitutionFactory()
    made = filed(institution=place, wants_public=True)
    with pytest.raises(Conflict):
        change(made)
    part = taken(made, staff(Role.OFFICER, place))
    with pytest.raises(Conflict):
        revising.correct(officer(place, Role.MANAGER), part, text="x", reason="x", withhold=False, base_version=0)


def test_the_pages_change_and_correct(app, client, petition):
    browser = signed_in(app, staff(Role.OPERATOR))
    at = f"/en/operator/publication/{petition.number}/revise"
    assert SECRET in browser.get(at).get_data(as_text=True)
    fields = {"base_version": "1", "title": "Dark lamps", "text": "New words.", "withhold": "y"}
    kept = browser.submit(at, fields)
    assert kept.status_code == 400
    assert "New words." in kept.get_data(as_text=True)
    assert browser.submit(at, {**fields, "reason": "A name."}).status_code == 303
    late = browser.submit(at, {**fields, "text": "Later words.", "reason": "A name."})
    assert late.status_code == 409
    assert "Later words." in late.get_data(as_text=True)
    assert SECRET not in read(client, petition, "?version=1")
    part = petition.assignments[0]
    manager = signed_in(app, staff(Role.MANAGER, part.institution))
    at = f"/en/desk/matters/{petition.number}/correct"
    assert at in manager.get(f"/en/desk/matters/{petition.number}").get_data(as_text=True)
    fields = {"part": str(part.id), "base_version": "1", "text": "On Tuesday."}
    assert manager.submit(at, fields).status_code == 400
    assert manager.submit(at, {**fields, "reason": "The day."}).status_code == 303
    assert "On Tuesday." in client.get(f"/en/petitions/{petition.number}").get_data(as_text=True)
    stranger = signed_in(app, staff(Role.MANAGER, InstitutionFactory()))
    assert stranger.get(at).status_code == 404


@pytest.mark.parametrize("query", ["?version=0", "?version=9", "?version=99999999999", "?of=answer-0", "?of=x"])
def test_there_is_no_page_of_a_version_that_is_none(client, petition, query):
    assert client.get(f"/en/petitions/{petition.number}/versions{query}").status_code == 404


def test_versions_of_a_private_petition_are_as_hidden_as_it_is(app, client):
    made = filed(institution=InstitutionFactory(), wants_public=True)
    assert client.get(f"/en/petitions/{made.number}/versions").status_code == 404
    publication.publish(operator(), made)
    assert made.publication is Publication.PUBLISHED
    assert client.get(f"/en/petitions/{made.number}/versions").status_code == 200


def test_readers_of_feeds_learn_of_a_change(client, petition):
    with clock.at(clock.now() + DAY):
        made = change(petition)
    stamp = f"<updated>{made.at:%Y-%m-%dT%H:%M:%SZ}</updated>"
    listed = client.get("/en/petitions/feed.atom").get_data(as_text=True)
    course = client.get(f"/en/petitions/{petition.number}/feed.atom").get_data(as_text=True)
    assert stamp in listed.partition("<entry>")[2]
    assert "<title>Text changed</title>" in course
    assert "A name was in it." in course


def test_words_that_were_taken_out_cannot_be_found_from_the_record_by_trying(app, client, petition):
    told, at = hash_of("Dark lamps", TEXT), f"/en/petitions/{petition.number}/record"
    assert told in client.get(at).get_data(as_text=True)
    made = change(petition, withhold=True)
    for tail in ("", ".json"):
        seen = client.get(f"{at}{tail}").get_data(as_text=True)
        assert told not in seen
        assert hash_of(made.title, made.text) in seen
        assert told in signed_in(app, petition.author).get(f"{at}{tail}").get_data(as_text=True)
