"""Programs that look at mail for their owner open every link, and some press the first button: nothing is confirmed.

Bounces cannot be forged either: the portal reads no mail. What a mail server says while a mail is handed over is told
to operators (notifications.delivery) and changes nothing of a person or a filing.
"""

import re
from html.parser import HTMLParser
from urllib.parse import urljoin

import pytest
from flask import Flask

from civicportal.core.transactions import current
from civicportal.extensions import limiter
from civicportal.notifications.models import OutboxMessage
from civicportal.notifications.rendering import letter
from tests.architecture.doors.looking import everything
from tests.architecture.doors.world import World
from tests.architecture.test_leaks import links
from tests.conftest import Browser, empty_database
from tests.factories.accounts import PersonFactory, signed_in
from tests.factories.petitions import filed
from tests.petitions.test_representatives import appointed, link

LINK = re.compile(r"http://localhost(/[^\s\"<>]*)")
UNSUBSCRIBE = "/notices/unsubscribe/"  # RFC 8058 wants one press without a question; the next mail says how to undo it
SEEN = {"drafts", "address_requests"}


class Forms(HTMLParser):
    """The forms of a page as they stand: what a browser sends when a button is pressed and nothing is chosen."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.found: list[tuple[str, str, dict[str, str]]] = []
        self.open = False
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        given = {name: value or "" for name, value in attrs}
        if tag == "form":
            self.open = True
            self.found.append((given.get("method", "get"), given.get("action", ""), {}))
        elif self.open and given.get("name") and (
            tag in ("input", "button", "textarea") and (given.get("type") not in ("radio", "checkbox", "file")
                                                        or "checked" in given)):
            self.found[-1][2].setdefault(given["name"], given.get("value", ""))

    def handle_endtag(self, tag):
        if tag == "form":
            self.open = False


def press(browser: Browser, address: str) -> list[int]:
    """Open an address and send every form of its page as it stands; the answers."""
    page = browser.get(address, follow_redirects=True)
    sent = []
    for method, action, fields in Forms(page.get_data(as_text=True)).found:
        limiter.reset()
        if method == "post" and "sign-out" not in action and UNSUBSCRIBE not in address:
            sent.append(browser.post(urljoin(address, action), data=fields).status_code)
    return sent


@pytest.mark.parametrize("who", ["a program", "a program in the owner's browser"])
def test_pressing_the_buttons_behind_a_mailed_link_confirms_nothing(app: Flask, who: str):
    person = PersonFactory()
    browser = app.test_client() if who == "a program" else signed_in(app, person)
    petition = filed(PersonFactory())
    addresses = [*links(person), f"/en/petitions/represent/{link(appointed(petition))}"]
    before = everything()
    pressed = {address: press(browser, address) for address in addresses}
    assert [address for address, sent in pressed.items() if not sent and UNSUBSCRIBE not in address] == []
    assert {code for sent in pressed.values() for code in sent} == {400}
    assert everything() == before
    for address in addresses:
        assert browser.get(address).status_code == 200, address


def test_pressing_the_buttons_behind_every_link_of_every_mail_changes_nothing(flask_app: Flask):
    with flask_app.app_context():
        try:
            world = World(flask_app)
            browser, before, slugs = flask_app.test_client(), kept(), set()
            for row in current().query(OutboxMessage).filter(OutboxMessage.channel == "email"):
                written = letter(row.slug, row.locale, row.context, row.token)
                slugs.add(row.slug)
                for address in sorted(set(LINK.findall(written.text + written.html))):
                    press(browser, address)
            assert {"petitions.confirm", "petitions.represent", "petitions.received", "petitions.published"} <= slugs
            assert {name: rows for name, rows in kept().items() if before[name] != rows} == {}
            assert world.objects
        finally:
            current().rollback()
            empty_database()


def kept() -> dict[str, list[str]]:
    return {name: rows for name, rows in everything().items() if name not in SEEN}
