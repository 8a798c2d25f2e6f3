"""The pages: one's own notices only, leaving optional mails, the operators' view, the development mailbox."""

import re
from dataclasses import replace

import pytest
from sqlalchemy import event

from civicportal.app import create_app
from civicportal.core.permissions import Role
from civicportal.core.transactions import atomic, current
from civicportal.extensions import db
from civicportal.notifications import services
from civicportal.notifications.models import OutboxMessage
from civicportal.notifications.states import DeliveryState
from tests.factories.accounts import PersonFactory, signed_in, staff
from tests.factories.notifications import message, rows, send, sent

ONE_CLICK = {"List-Unsubscribe": "One-Click"}


@pytest.fixture
def reader(app):
    return PersonFactory(locale="en")


@pytest.fixture
def browser(app, reader):
    return signed_in(app, reader)


def notice(person, **given):
    return send(message(person.id, channels=("portal",), **given))[-1]


def page(response):
    return response.get_data(as_text=True)


def test_a_list_without_notices_says_what_will_be_here(browser):
    response = browser.get("/en/notices")
    assert response.status_code == 200
    assert "No notices yet" in page(response)


def test_notices_are_listed_the_newest_first_and_new_until_opened(app, browser, reader):
    first, second = notice(reader), notice(reader, event="test:2", context={"name": "Bo"})
    shown = page(browser.get("/en/notices"))
    assert shown.index("Hello Bo") < shown.index("Hello Ada")
    assert shown.count("cp-list__item--unread") == 2
    opened = page(browser.get(f"/en/notices/{second.id}"))
    assert re.search(r"Dear Bo,<br>\s*read on\.", opened)
    assert '<a class="govuk-link" href="http://localhost/en/notices"' in opened
    assert page(browser.get("/en/notices")).count("cp-list__item--unread") == 1
    assert [row.read_at is None for row in rows()] == [True, False]
    assert first.id < second.id


def test_an_older_notice_that_was_written_later_comes_later(browser, reader):
    late, early = notice(reader), notice(reader, event="test:2", context={"name": "Bo"})
    with atomic():
        current().get(OutboxMessage, early.id).created_at = late.created_at.replace(year=2020)
    shown = page(browser.get("/en/notices"))
    assert shown.index("Hello Ada") < shown.index("Hello Bo")


def test_a_notice_says_its_language_where_the_page_has_another(browser, reader):
    row = notice(reader)
    assert '<h1 class="govuk-heading-l" lang="en">Hello Ada</h1>' in page(browser.get(f"/ko/notices/{row.id}"))


def test_an_address_that_somebody_typed_is_no_link(browser, reader):
    row = notice(reader, context={"name": "http://evil.example/ http://localhost.evil.example/"})
    assert 'href="http://evil' not in (shown := page(browser.get(f"/en/notices/{row.id}")))
    assert 'href="http://localhost.evil' not in shown


def test_long_lists_go_on(app, browser, reader):
    for number in range(25):
        notice(reader, event=f"test:{number}", context={"name": f"N{number}."})
    first = page(browser.get("/en/notices"))
    older = re.search(r'href="(/en/notices\?after=[^"]+)"', first).group(1)
    names = re.findall(r"Hello (N\d+\.)<", first + page(browser.get(older)))
    assert names == [f"N{number}." for number in reversed(range(25))]


def test_anothers_notice_is_as_absent_as_none(app, browser, reader):
    other = notice(PersonFactory())
    hidden, absent = (_watched(browser, f"/en/notices/{number}") for number in (other.id, other.id + 1000))
    assert hidden == absent
    assert hidden[0] == 404
    assert rows()[0].read_at is None


def _watched(browser, path):
    """Status, page and the statements it took."""
    statements = []

    def note(_connection, _cursor, statement, *_rest):
        statements.append(statement)

    with browser.application.app_context():
        engine = db.engine
    event.listen(engine, "before_cursor_execute", note)
    response = browser.get(path)
    event.remove(engine, "before_cursor_execute", note)
    shown = re.sub(r"/notices/\d+|csrf[^>]*>", "", page(response))
    return response.status_code, shown, statements


def test_a_mail_is_no_notice(app, browser, reader):
    row = sent(person_id=reader.id)
    assert browser.get(f"/en/notices/{row.id}").status_code == 404


@pytest.mark.parametrize("path", ["/en/notices", "/en/notices/1"])
def test_nobody_sees_notices_signed_out(client, path):
    assert client.get(path).status_code == 401


@pytest.fixture
def optional(app, reader, mails):
    """The outbox row of an optional mail and the address its header offers."""
    row = sent(person_id=reader.id, optional=True)
    services.deliver(row.id)
    url = services._unsubscribe_url(row)
    return row, url.removeprefix("http://localhost")


def test_the_header_of_an_optional_mail_carries_the_address(app, optional, tmp_path):
    (path,) = (tmp_path / "mail").glob("*.eml")
    assert f"List-Unsubscribe: <http://localhost{optional[1]}>\n".encode() in path.read_bytes().replace(b"\r\n", b"\n")


def test_looking_at_the_unsubscribe_page_changes_nothing(client, optional, reader):
    response = client.get(optional[1])
    assert response.status_code == 200
    assert response.headers["Cache-Control"] == "no-store"
    assert response.headers["Referrer-Policy"] == "no-referrer"
    assert len(send(message(reader.id, event="test:2", optional=True, channels=("email",)))) == 2


@pytest.mark.parametrize("data", [ONE_CLICK, {}])
def test_one_click_ends_that_kind_of_mail_and_no_other(client, optional, reader, data):
    assert client.post(optional[1], data=data).status_code == 200
    assert client.post(optional[1], data=data).status_code == 200
    wanted = {"channels": ("email", "portal"), "optional": True}
    assert [row.channel for row in send(message(reader.id, event="test:2", **wanted))] == ["email", "portal"]
    assert len(send(message(reader.id, event="test:3", slug="testing.secret", **wanted))) == 4
    assert len(send(message(reader.id, event="test:4", channels=("email",)))) == 5
    assert len(send(message(reader.id + 1, event="test:5", channels=("email",), optional=True))) == 6


def test_a_forged_or_foreign_unsubscribe_link_leads_nowhere(client, optional, reader):
    row, path = optional
    needed = sent(person_id=reader.id, event="test:2")
    for wrong in (path[:-1] + ("A" if path[-1] != "A" else "B"), path.replace(f"/{row.id}/", f"/{needed.id}/"),
                  path.replace(f"/{row.id}/", "/999999/")):
        assert client.get(wrong).status_code == 404
        assert client.post(wrong, data=ONE_CLICK).status_code == 404


def failed(**given):
    row = sent(address="nobody at example.org", **given)
    services.deliver(row.id)
    return row


def test_an_operator_sees_failures_without_people_or_contents_and_sends_again(app, mails):
    operator = signed_in(app, staff(Role.OPERATOR, locale="en"))
    row = failed(context={"name": "Confidential"})
    shown = page(operator.get("/en/operator/delivery"))
    assert "testing.hello" in shown
    assert "not an address" in shown
    assert "Confidential" not in shown
    assert "nobody at" not in shown
    response = operator.submit(f"/en/operator/delivery/{row.id}/resend", page="/en/operator/delivery")
    assert (response.status_code, response.location) == (303, "/en/operator/delivery")
    assert rows()[0].state is DeliveryState.WAITING


def test_resending_needs_the_pages_own_token(app, mails):
    operator = signed_in(app, staff(Role.OPERATOR))
    row = failed()
    assert operator.post(f"/en/operator/delivery/{row.id}/resend").status_code == 400
    assert rows()[0].state is DeliveryState.FAILED


def test_an_operator_sees_how_long_the_queue_has_been(app, mails):
    operator = signed_in(app, staff(Role.OPERATOR))
    row = sent()
    with atomic():
        found = current().get(OutboxMessage, row.id)
        found.next_try_at = found.next_try_at.replace(year=found.next_try_at.year - 1)
    assert "525600 minutes" in page(operator.get("/en/operator/delivery"))


def test_everybody_else_is_kept_out(app, client, browser):
    assert browser.get("/en/operator/delivery").status_code == 403
    assert browser.submit("/en/operator/delivery/1/resend", page="/en/notices").status_code == 403
    assert client.get("/en/operator/delivery").status_code == 401


def test_the_development_mailbox_shows_mails_harmlessly(app, client, mails):
    english = {"Accept-Language": "en"}
    assert "No e-mail yet" in page(client.get("/dev/mailbox", headers=english))
    row = sent(context={"name": "<script>alert(1)</script>"})
    services.deliver(row.id)
    listed = page(client.get("/dev/mailbox?to=reader@example.org", headers=english))
    path = re.search(r'href="(/dev/mailbox/[^"]+\.eml)"', listed).group(1)
    shown = page(client.get(path))
    assert "<script>alert" not in shown
    assert shown.count("<h1") == 1
    assert len(re.findall(r'<a [^>]*href="http://localhost/en/notices"', shown)) == 2
    assert "No e-mail to this address" in page(client.get("/dev/mailbox?to=x@example.org", headers=english))


@pytest.mark.parametrize("name", ["..%2Fportal.sqlite", "x.eml", "20260101T000000000000Z-1.eml"])
def test_the_mailbox_shows_no_other_files(client, mails, name):
    assert client.get(f"/dev/mailbox/{name}").status_code == 404


def test_production_has_no_mailbox(app, settings):
    production = create_app(replace(settings, mode="production"))
    assert "mailbox.listing" not in production.view_functions
    create_app(settings)
