"""What turns the direction of writing in a title, a name or a text turns nothing beside it."""

import re
from html import unescape

import pytest
from flask import render_template_string
from hypothesis import given
from hypothesis import strategies as st
from markupsafe import Markup

from civicportal.core.directions import isolated
from civicportal.core.i18n import _, ngettext, speaking
from tests.factories.accounts import PersonFactory, signed_in
from tests.factories.forum import submitted
from tests.factories.petitions import answered, public_matter
from tests.factories.voting import open_secret_box

TURNED = "\u202egnp.exe"
CLOSED = "\u2068\u202egnp.exe\u2069"
OPENING, CLOSING = "\u2066\u2067\u2068", "\u2069"
TURNS = st.text("a\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\n\u2029")


@pytest.mark.parametrize(("given_", "made"), [
    ("plain", "plain"), (5, 5), (None, None), (Markup("<b>\u202e</b>"), Markup("<b>\u202e</b>")), (TURNED, CLOSED),
    ("a\u2069\u202eb", "\u2068a\u202eb\u2069"), ("\u2067a", "\u2068\u2067a\u2069\u2069"),
    ("one\n\u202etwo\nthree", "one\n\u2068\u202etwo\u2069\nthree"),
])
def test_only_what_turns_is_closed_off(given_, made):
    assert isolated(given_) == made
    assert type(isolated(given_)) is type(given_)


@given(TURNS)
def test_whatever_stands_in_it_each_line_ends_where_it_began(text):
    for line in re.split("[\n\u2029]", isolated(text)):
        depth = 0
        for at, letter in enumerate(line):
            depth += (letter in OPENING) - (letter == CLOSING)
            assert depth > 0 or (at == len(line) - 1 and not depth) or not set(line) - {"a"}
        assert depth == 0


def test_sentences_close_off_what_is_filled_in(app):
    with speaking("en"):
        assert _("Back to %(title)s", title=TURNED) == f"Back to {CLOSED}"
        assert ngettext("%(num)d of %(name)s", "%(num)d of %(name)s", 2, name=TURNED) == f"2 of {CLOSED}"


def test_templates_close_off_what_they_print(app):
    with app.test_request_context("/"), speaking("en"):
        shown = render_template_string(
            "{{ text }}|{{ _('Back to %(title)s', title=text) }}|{{ text | e }}|"
            "{{ ngettext('%(num)d of %(name)s', '%(num)d of %(name)s', 1, name=text) }}", text=f"<{TURNED}")
    closed = CLOSED.replace("\u2068", "\u2068&lt;")
    assert shown.split("|")[0] == closed
    assert shown.split("|")[1].endswith(closed)
    assert shown.split("|")[2:] == [f"&lt;{TURNED}", f"1 of {closed}"]


def test_no_page_shows_a_title_or_a_name_that_is_open(app):
    author = PersonFactory(name=f"Jane {TURNED}")
    petition, officer = public_matter(author, title=f"Lamps {TURNED}")
    answered(petition, officer)
    open_secret_box(0, slug="library", question=f"Open {TURNED}")
    task = submitted(author, title=f"Trees {TURNED}")
    browser, seen = signed_in(app, author), 0
    for path in ("", "/petitions", f"/petitions/{petition.number}", f"/petitions/{petition.number}/rate", "/forum",
                 f"/forum/{task.number}", f"/forum/{task.number}/withdraw", "/votes", "/votes/library",
                 "/my-matters", "/my-matters/tasks", "/account", "/notices", "/petitions/feed.atom", "/forum/feed.xml",
                 "/votes/feed.xml"):
        page = unescape(browser.get(f"/en{path}", follow_redirects=True).text)
        assert page.count("\u202e") == len(re.findall("\u2068[^\u2068\u2069]*\u202egnp.exe\u2069", page)), path
        seen += page.count("\u202e")
    assert seen > 15


def test_what_was_typed_comes_back_as_it_was(app):
    client = signed_in(app, PersonFactory())
    answer = client.post("/en/account/edit", data={"name": TURNED}, headers={"Origin": "http://localhost"})
    assert f'name="name" value="{TURNED}"' in unescape(answer.text)
    shown = client.get("/en/forum", query_string={"q": TURNED}).text
    assert f'type="search" value="{TURNED}"' in unescape(shown)
