"""Switches: set by operators and by command, told to everybody, kept by the services."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from civicportal.accounts.queries import actor_for
from civicportal.core.audit import AuditEvent
from civicportal.core.clock import at, now
from civicportal.core.errors import Conflict, Forbidden, Invalid, Unavailable
from civicportal.core.permissions import SYSTEM, Role
from civicportal.core.transactions import current
from civicportal.forum.services.arguments import argue
from civicportal.forum.services.propose import start_task, submit
from civicportal.forum.states import Side
from civicportal.notifications import services as notifications
from civicportal.notifications.states import DeliveryState
from civicportal.petitions.models import Draft, Petition
from civicportal.petitions.services import drafts, unconfirmed
from civicportal.petitions.services.filing import file_draft
from civicportal.petitions.services.publication import publish
from civicportal.switches.functions import Function
from civicportal.switches.models import Switch
from civicportal.switches.queries import all_off
from civicportal.switches.routes import ALWAYS
from civicportal.switches.services import require, switch_off, switch_on
from civicportal.voting.models import PendingBallot
from tests.factories.accounts import PersonFactory, signed_in, staff
from tests.factories.institutions import InstitutionFactory
from tests.factories.notifications import rows, sent
from tests.factories.petitions import drafted, filed, guest_filed
from tests.factories.petitions import operator as decider
from tests.factories.voting import open_secret_box, vote, voters

WHY = {"reason_ko": "데이터베이스를 옮깁니다.", "reason_en": "The database moves."}


def off(function, minutes=60, actor=SYSTEM):
    return switch_off(actor, function, minutes=minutes, **WHY)


@pytest.fixture
def operator(app):
    return staff(Role.OPERATOR)


# the service

def test_only_operators_switch(app, operator):
    for person in (PersonFactory(), staff(Role.SUPPORT), staff(Role.MANAGER, InstitutionFactory())):
        with pytest.raises(Forbidden):
            off(Function.MAIL, actor=actor_for(person))
    off(Function.MAIL, actor=actor_for(operator))
    with pytest.raises(Forbidden):
        switch_on(actor_for(PersonFactory()), Function.MAIL)
    switch_on(actor_for(operator), Function.MAIL)
    named = current().scalars(
        select(AuditEvent).where(AuditEvent.subject_kind == "switch").order_by(AuditEvent.id)).all()
    assert [(one.name, one.actor_id, one.details) for one in named] == [
        ("switch:off", operator.id, {"function": "mail", "minutes": 60}),
        ("switch:on", operator.id, {"function": "mail"}),
    ]


def test_what_is_off_can_be_prolonged_and_stays_one_time(app):
    first = off(Function.FILING)
    with at(now() + timedelta(minutes=50)):
        again = off(Function.FILING, minutes=120)
    assert (again.id, again.since) == (first.id, first.since)
    assert current().scalars(select(Switch)).all() == [again]
    switch_on(SYSTEM, Function.FILING)
    with pytest.raises(Conflict):
        switch_on(SYSTEM, Function.FILING)
    assert off(Function.FILING).id != first.id


@pytest.mark.parametrize("given", [
    {"minutes": 0}, {"minutes": 60 * 24 * 30 + 1}, {"reason_ko": " "}, {"reason_en": ""}, {"reason_en": "x" * 501}])
def test_a_switch_needs_its_reasons_and_a_sensible_end(app, given):
    with pytest.raises(Invalid) as caught:
        switch_off(SYSTEM, Function.MAIL, **{"minutes": 60, **WHY, **given})
    assert set(caught.value.fields) == set(given)
    assert all_off() == {}


def test_when_to_try_again_is_the_expected_end(app):
    require(Function.VOTING)
    off(Function.VOTING, minutes=10)
    with pytest.raises(Unavailable) as caught:
        require(Function.VOTING)
    assert 590 <= caught.value.retry_after <= 600
    with at(now() + timedelta(hours=1)), pytest.raises(Unavailable) as caught:
        require(Function.VOTING)
    assert caught.value.retry_after == 300


def test_read_only_mode_stops_every_function_but_mail(app):
    off(Function.CHANGES)
    for function in (Function.FILING, Function.VOTING, Function.PUBLISHING, Function.CHANGES):
        with pytest.raises(Unavailable):
            require(function)
    require(Function.MAIL)


# what the services keep

def test_nothing_is_filed_while_filing_is_off_and_drafts_stay(app):
    author = PersonFactory()
    draft = drafted(author)
    off(Function.FILING)
    with pytest.raises(Unavailable):
        file_draft(actor_for(author), draft, None)
    drafts.save(actor_for(author), draft, text="Written while filing was off.")
    with at(now() + timedelta(days=40)):
        drafts.purge_drafts()
    assert current().scalar(select(Draft.text)) == "Written while filing was off."
    switch_on(SYSTEM, Function.FILING)
    assert file_draft(actor_for(author), draft, None).text == "Written while filing was off."
    off(Function.FILING)
    assert file_draft(actor_for(author), draft, None)  # filed before: the same petition again


def test_nothing_is_published_while_publishing_is_off(app):
    who = decider()
    petition = filed(None, InstitutionFactory(), wants_public=True)
    off(Function.PUBLISHING)
    with pytest.raises(Unavailable):
        publish(who, petition)
    switch_on(SYSTEM, Function.PUBLISHING)
    publish(who, petition)


@pytest.mark.parametrize("function", [Function.FILING, Function.PUBLISHING])
def test_no_task_is_handed_in_meanwhile(app, function):
    author = actor_for(PersonFactory())
    task = start_task(author, title="A bench at the stop", problem="There is none.", idea="Put one up.", language="en")
    off(function)
    with pytest.raises(Unavailable):
        submit(author, task)


def test_no_argument_is_published_meanwhile(app):
    off(Function.PUBLISHING)
    with pytest.raises(Unavailable):
        argue(actor_for(PersonFactory()), None, side=Side.FOR, text="Good.", language="en")


def test_nobody_votes_while_voting_is_off_but_a_cast_ballot_keeps_its_receipt(app):
    people = voters(2)
    box = open_secret_box(people)
    nonce = "ab" * 16
    receipt = vote(people[0], box, nonce=nonce)
    off(Function.VOTING)
    with pytest.raises(Unavailable):
        vote(people[1], box)
    assert vote(people[0], box, nonce=nonce) == receipt
    switch_on(SYSTEM, Function.VOTING)
    vote(people[1], box)


@pytest.mark.parametrize("function", [Function.VOTING, Function.CHANGES])
def test_a_ballot_sent_meanwhile_is_not_taken_and_may_come_again(app, function):
    person, = voters(1)
    box, browser = open_secret_box([person]), signed_in(app, person)
    path, ballot = f"/en/votes/{box.slug}", {"choice": "yes", "nonce": "cd" * 16}
    browser.get(path)
    off(function)
    answer = browser.submit(f"{path}/ballot", ballot, page=path)
    assert (answer.status_code, "Retry-After" in answer.headers) == (503, True)
    assert current().scalars(select(PendingBallot)).all() == []
    switch_on(SYSTEM, function)
    assert browser.submit(f"{path}/ballot", ballot, page=path).status_code == 200


def test_mail_waits_and_does_not_fail(app, configure):
    row = sent()
    off(Function.MAIL)
    for _turn in range(12):
        notifications.deliver(row.id)
    assert notifications.sweep() == 0
    kept = rows()[-1]
    assert (kept.state, kept.tries) == (DeliveryState.WAITING, 0)
    switch_on(SYSTEM, Function.MAIL)
    with at(now() + timedelta(minutes=1)):
        assert notifications.sweep() == 1
        notifications.deliver(row.id)
    assert rows()[-1].state is DeliveryState.SENT


def test_no_filing_is_deleted_for_want_of_a_confirmation_that_could_not_arrive(app):
    guest_filed()
    off(Function.MAIL)
    with at(now() + timedelta(days=8)):
        unconfirmed.purge_unconfirmed()
        assert current().scalar(select(Petition.id))
        switch_on(SYSTEM, Function.MAIL)
        unconfirmed.purge_unconfirmed()
        assert current().scalar(select(Petition.id)) is None


def test_paused_mail_is_no_ailment(app, client):
    sent()
    off(Function.MAIL)
    with at(now() + timedelta(hours=2)):
        assert client.get("/health/ready").json["checks"]["queue"] is True
        switch_on(SYSTEM, Function.MAIL)
        assert client.get("/health/ready").json["checks"]["queue"] is False


# pages

def text_of(answer):
    return answer.get_data(as_text=True)


def test_affected_pages_say_what_since_when_until_when_and_what_to_do(app, client):
    off(Function.VOTING)
    page = text_of(client.get("/en/votes"))
    assert "Nobody can vote for now." in page
    assert WHY["reason_en"] in page
    assert "Since " in page
    assert "It is expected to work again on " in page
    assert "is given more time" in page
    assert WHY["reason_ko"] in text_of(client.get("/ko/"))
    assert "Nobody can vote" not in text_of(client.get("/en/petitions"))
    with at(now() + timedelta(hours=2)):
        assert "takes longer than expected" in text_of(client.get("/en/votes"))
    switch_on(SYSTEM, Function.VOTING)
    assert "Nobody can vote" not in text_of(client.get("/en/votes"))


def test_reading_goes_on_in_read_only_mode_and_writing_is_refused_with_what_was_typed(app):
    off(Function.CHANGES, minutes=30)
    browser = signed_in(app, PersonFactory())
    assert "change nothing for now" in text_of(browser.get("/en/institutions"))
    answer = browser.submit("/en/account/edit", {"name": "A new name"}, headers={"Sec-Fetch-Site": "same-origin"})
    assert answer.status_code == 503
    assert 1700 <= int(answer.headers["Retry-After"]) <= 1800
    assert answer.headers["Cache-Control"] == "no-store"
    page = text_of(answer)
    assert 'value="A new name"' in page
    assert 'action="/en/account/edit"' in page
    switch_on(SYSTEM, Function.CHANGES)
    assert browser.submit("/en/account/edit", {"name": "A new name", "locale": "en"}).status_code == 303


def test_filing_on_the_pages_is_refused_and_the_draft_is_still_there(app):
    author = PersonFactory()
    browser, draft = signed_in(app, author), drafted(author)
    off(Function.FILING)
    answer = browser.submit(f"/en/file/{draft.key}/check", {"institution": "triage"})
    assert answer.status_code == 503
    assert "Nothing can be filed for now." in text_of(answer)
    assert current().scalar(select(Petition.id)) is None
    saved = browser.submit(f"/en/file/{draft.key}/text", {"title": "Another title", "text": "Another text, long."})
    assert saved.status_code == 303


def test_people_can_come_and_go_in_read_only_mode(app, client):
    off(Function.CHANGES)
    assert client.submit("/en/sign-in", {"address": "a@example.org", "password": "wrong wrong"}).status_code == 400
    browser = signed_in(app, PersonFactory())
    assert browser.submit("/en/sign-out", page="/en/account").status_code in (302, 303)


def test_every_other_address_that_changes_something_is_shut(app, client, monkeypatch):
    """Whatever is added later is shut without being told to."""
    monkeypatch.setitem(app.config, "WTF_CSRF_ENABLED", False)
    off(Function.CHANGES)
    values = {"int": 1, "string": "some", "number": "1AA-2505-000001", "draft": "x" * 24, "uuid": "0" * 32}
    for rule in app.url_map.iter_rules():
        if "POST" not in (rule.methods or ()) or rule.endpoint in ALWAYS:
            continue
        with app.test_request_context():
            given = {name: values.get(_converter(rule, name), "some") for name in rule.arguments if name != "locale"}
        try:
            url = app.url_map.bind("localhost").build(rule.endpoint, {"locale": "en", **given})
        except Exception:  # noqa: S112 - an address whose parts cannot be invented
            continue
        assert client.post(url).status_code == 503, rule.rule


def _converter(rule, name):
    return type(rule._converters[name]).__name__.lower().removesuffix("converter").replace("rowid", "int").replace(
        "unicode", "string")


def test_operators_switch_on_the_page(app, operator):
    browser = signed_in(app, operator)
    assert "Switch off: E-mail" in text_of(browser.get("/en/operator/switches"))
    path = "/en/operator/switches/mail/off"
    assert "E-mails come later than usual." in text_of(browser.get(path))
    refused = browser.submit(path, {"minutes": "", "reason_ko": "그대로 남는 글", "reason_en": ""})
    assert refused.status_code == 400
    assert "그대로 남는 글" in text_of(refused)
    assert "Write the reason" in text_of(browser.submit(path, {"minutes": "5", "reason_ko": "가", "reason_en": ""}))
    assert browser.submit(path, {"minutes": "90", **WHY}).status_code == 303
    assert set(all_off()) == {Function.MAIL}
    assert WHY["reason_en"] in text_of(browser.get(path))
    assert browser.submit("/en/operator/switches/mail/on", page="/en/operator/switches").status_code == 303
    current().rollback()
    assert all_off() == {}
    assert WHY["reason_en"] in text_of(browser.get("/en/operator/switches"))


def test_the_switches_work_in_read_only_mode(app, operator):
    off(Function.CHANGES)
    browser = signed_in(app, operator)
    assert browser.submit("/en/operator/switches/changes/on", page="/en/operator/switches").status_code == 303
    current().rollback()
    assert all_off() == {}


@pytest.mark.parametrize("path", ["", "/mail/off", "/mail/on"])
def test_others_have_no_switches(app, client, path):
    url = "/en/operator/switches" + path
    send = "post" if path.endswith("on") else "get"
    assert getattr(client, send)(url).status_code in (400, 401)
    browser = signed_in(app, PersonFactory())
    answer = browser.submit(url, page="/en/account/edit") if send == "post" else browser.get(url)
    assert answer.status_code == 403


def test_an_unknown_function_is_not_found(app, operator):
    assert signed_in(app, operator).get("/en/operator/switches/nothing/off").status_code == 404


# commands

def test_the_commands_do_the_same(app):
    run = app.test_cli_runner().invoke
    done = run(args=["switches", "off", "voting", "--minutes", "30", "--reason-ko", "점검", "--reason-en", "Checks"])
    assert done.exit_code == 0, done.output
    assert set(all_off()) == {Function.VOTING}
    assert "off until" in run(args=["switches", "list"]).output
    assert run(args=["switches", "on", "voting"]).exit_code == 0
    current().rollback()
    again = run(args=["switches", "on", "voting"])
    assert (again.exit_code, "not switched off" in again.output) == (1, True)
    assert run(args=["switches", "off", "voting", "--minutes", "0", "--reason-ko", "a",
                     "--reason-en", "b"]).exit_code == 1
