"""What is hidden shows in no list, feed, search, count or figure, and looking at a mailed link is no use of it."""

import re
from datetime import timedelta

import pytest
from flask import url_for
from sqlalchemy import select

from civicportal.accounts.models import MailToken
from civicportal.accounts.services import issue_token, token_text
from civicportal.accounts.states import TokenPurpose
from civicportal.core.permissions import Role
from civicportal.core.transactions import current
from civicportal.notifications.services import _signature
from civicportal.petitions.queries.inbox import Tab
from civicportal.petitions.states import PetitionState
from tests.architecture.doors.looking import CHANGING, everything
from tests.factories.accounts import PersonFactory, signed_in, staff
from tests.factories.forum import begun
from tests.factories.institutions import InstitutionFactory, RegionFactory
from tests.factories.notifications import sent
from tests.factories.petitions import Sent, answered, filed, guest_filed, published, refused

SECRET = "zebrafinch"
MONTH = re.compile(r"(<dd>)[^<]*(</dd>)")  # how much the whole government received this month is for everybody


class Town:
    """An institution and a place with one public petition, and everybody who may look at lists."""

    def __init__(self, app):
        self.app = app
        RegionFactory(code="11")
        self.here, self.there = InstitutionFactory(code="here"), InstitutionFactory()
        self.officer, self.author = staff(Role.OFFICER, self.here), PersonFactory()
        self.shown = published(filed(self.author, self.here, wants_public=True, region_code="11"), self.officer)
        answered(self.shown, self.officer)
        self.browsers = {
            "anonymous": app.test_client(), "stranger": signed_in(app, PersonFactory()),
            "officer elsewhere": signed_in(app, staff(Role.OFFICER, self.there)),
        }

    def hide(self):
        """One petition of each kind that is not for everybody, and a task that is no more than begun."""
        fields = {"title": f"A {SECRET}", "text": f"About a {SECRET}", "region_code": "11"}
        private = filed(self.author, self.here, **fields)
        pending = filed(self.author, self.here, wants_public=True, **fields)
        kept_private = refused(filed(self.author, self.here, wants_public=True, **fields))
        kept = filed(self.author, self.here, **fields)
        answered(kept, self.officer)
        triaged = filed(self.author, **fields)
        waiting = guest_filed(self.here, wants_public=True, **fields)
        task = begun(self.author, title=fields["title"], problem=fields["text"], idea=SECRET)
        return [one.number for one in (private, pending, kept_private, kept, triaged, waiting, task)]

    def lists(self):
        """Every page that anybody may open without naming an object, plain and with each filter."""
        with self.app.test_request_context("/en/"):
            rules = [rule for rule in self.app.url_map.iter_rules()
                     if rule.arguments <= {"locale"} and "GET" in rule.methods and not rule.rule.startswith("/dev")]
            plain = [url_for(rule.endpoint, locale="en") if rule.arguments else rule.rule for rule in rules]
        filters = ["q=zebrafinch", "q=zebra", "q=lights", "region=11", "institution=here", "type=petition",
                   "region=11&institution=here&q=about", *(f"state={state.value}" for state in PetitionState)]
        searched = [f"/en/petitions{kind}?{words}" for kind in ("", "/feed.atom") for words in filters]
        searched += [f"/en/forum{kind}?{words}" for kind in ("", "/feed.xml") for words in (
            "q=zebrafinch", "state=all", "state=draft", "origin=citizen&q=zebra")]
        return [*plain, *searched, "/en/institutions/here", "/en/institutions?q=here",
                f"/en/petitions/{self.shown.number}", f"/en/petitions/{self.shown.number}/feed.atom"]


@pytest.fixture
def town(app):
    return Town(app)


def pages(browser, paths):
    """What a visitor reads, by address."""
    found = {}
    for path in paths:
        answer = browser.get(path)
        text = CHANGING.sub(r"\1", answer.get_data(as_text=True))
        found[path] = (answer.status_code, MONTH.sub(r"\1\2", text) if path == "/en/" else text)
    return found


@pytest.mark.parametrize("visitor", ["anonymous", "stranger", "officer elsewhere"])
def test_lists_are_the_same_with_and_without_what_is_hidden(town, visitor):
    browser, paths = town.browsers[visitor], town.lists()
    before = pages(browser, paths)
    numbers = town.hide()
    after = pages(browser, paths)
    assert [path for path in paths if before[path] != after[path]] == []
    searched = {f"/en/petitions?q={number}" for number in numbers}
    for path, (_status, text) in {**after, **pages(browser, searched)}.items():
        without_query = text.replace(path.partition("?")[2], "")
        assert f"A {SECRET}" not in text, path
        assert [number for number in numbers if number in without_query and number not in path] == [], path
    for number in numbers:
        assert f"/petitions/{number}" not in browser.get(f"/en/petitions?q={number}").text


def test_the_lists_do_show_what_is_public(town):
    """Else they would prove nothing."""
    for path in ("/en/petitions?q=lights", "/en/petitions?region=11", "/en/petitions?institution=here",
                 "/en/petitions/feed.atom?state=answered", "/en/"):
        assert town.shown.number in town.browsers["anonymous"].get(path).text, path


def test_an_institutions_desk_counts_its_own_alone(town):
    browser = town.browsers["officer elsewhere"]
    tabs = [f"/en/desk/{town.there.code}?tab={tab.value}" for tab in Tab]
    before = pages(browser, tabs)
    town.hide()
    assert pages(browser, tabs) == before


def links(person):
    """Every kind of mailed link that is good now, with what looking at it needs."""
    level_zero = guest_filed(title="waiting", files=(Sent("a.txt", b"hello"),))
    confirm = current().scalars(select(MailToken).where(MailToken.person_id == level_zero.author_id)).one()
    made = {purpose: token_text(issue_token(person, purpose, timedelta(hours=1), {"address": "new@example.org"}))
            for purpose in (TokenPurpose.REGISTER, TokenPurpose.RESET, TokenPurpose.CHANGE_ADDRESS)}
    mail = sent(person_id=person.id, optional=True)
    return [
        f"/en/register/{made[TokenPurpose.REGISTER]}", f"/en/reset/{made[TokenPurpose.RESET]}",
        f"/en/address/{made[TokenPurpose.CHANGE_ADDRESS]}", f"/en/petitions/confirm/{token_text(confirm)}",
        f"/en/notices/unsubscribe/{mail.id}/{_signature(mail)}",
    ]


@pytest.mark.parametrize("who", ["anonymous", "owner"])
def test_scanners_that_open_every_link_of_a_mail_change_nothing(app, who):
    person = PersonFactory()
    browser = signed_in(app, person) if who == "owner" else app.test_client()
    addresses = links(person)
    before = everything()
    for address in addresses:
        for method in ("HEAD", "GET", "OPTIONS", "GET"):
            answer = browser.open(address, method=method)
            assert answer.status_code == 200, (method, address)
            if method != "OPTIONS":
                assert answer.headers["Cache-Control"] == "no-store"
                assert answer.headers["Referrer-Policy"] == "no-referrer"
    assert everything() == before
    for address in addresses:
        assert browser.get(address).status_code == 200, address


def test_the_way_back_from_an_identity_provider_changes_nothing_by_being_opened(app):
    person = PersonFactory()
    browser = signed_in(app, person)
    start = browser.submit("/en/account/identity/console", page="/en/account/identity")
    there = browser.submit(start.location, {"subject": "somebody"})
    before = everything()
    for method in ("HEAD", "GET"):
        answer = browser.open(there.location, method=method)
        assert answer.status_code == 200
        assert answer.headers["Cache-Control"] == "no-store"
    assert everything() == before
