"""Answers in Markdown: nothing active or remote reaches the page."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from civicportal.petitions.markdown import to_html
from tests.elements import Elements

HOSTILE = [
    "<script>alert(1)</script>",
    '<img src=x onerror="alert(1)">',
    "[x](javascript:alert(1))",
    "[x](JaVaScRiPt:alert(1))",
    "[x](&#106;avascript:alert(1))",
    "[x](java\nscript:alert(1))",
    "[x](data:text/html;base64,PHNjcmlwdD4=)",
    "[x](vbscript:msgbox)",
    "<javascript:alert(1)>",
    '[x](https://a.example "onmouseover=alert(1)")',
    '[x](https://a.example/"onmouseover="alert(1))',
    "[x]: javascript:alert(1)\n\n[x]",
    "![x](https://tracker.example/pixel.png)",
    "![x](data:image/svg+xml,<svg onload=alert(1)>)",
    "[![x](https://tracker.example/p.png)](https://a.example)",
    "<svg><style><img src=x onerror=alert(1)></style></svg>",
    "<iframe src=https://a.example></iframe>",
    "```html\n<script>alert(1)</script>\n```",
    "|<img src=x>|\n|:-:|\n|`<script>`|",
    "[x](//evil.example)",
    "[x](/en/account/delete)",
]
ALLOWED = {
    "p", "br", "hr", "h3", "h4", "h5", "h6", "strong", "em", "a", "ul", "ol", "li", "blockquote", "code", "pre",
    "table", "thead", "tbody", "tr", "th", "td",
}


def assert_harmless(html):
    for tag, attributes in Elements(html).found:
        assert tag in ALLOWED
        assert set(attributes) <= {"href", "rel", "start", "scope"}
        if "href" in attributes:
            assert re.match(r"(https?://|mailto:)", attributes["href"], re.IGNORECASE)
            assert attributes["rel"] == "nofollow noopener noreferrer"


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_markup_is_inert(text):
    assert_harmless(to_html(text))


@given(st.lists(st.sampled_from([*HOSTILE, "\n", "* ", "> ", "`", "[", "](", ")", "<", "&#x3c;", "한글", "|", "#"])))
def test_any_mixture_is_inert(parts):
    assert_harmless(to_html("".join(parts)))


@given(st.text())
def test_any_text_can_be_shown(text):
    assert_harmless(to_html(text))


def test_raw_html_is_shown_as_typed():
    assert to_html("a <b>b</b>") == "<p>a &lt;b&gt;b&lt;/b&gt;</p>\n"


def test_images_give_way_to_their_description():
    assert to_html("See ![the broken lamp](https://tracker.example/p.png).") == "<p>See the broken lamp.</p>\n"


@pytest.mark.parametrize(("text", "levels"), [
    ("# a\n\n## b\n\n###### c", ["h3", "h4", "h6"]),
    ("## a\n\n### b", ["h3", "h4"]),
    ("#### only", ["h3"]),
    ("Title\n===\n\nSub\n---", ["h3", "h4"]),
])
def test_headings_begin_below_those_of_the_page(text, levels):
    assert [tag for tag, _ in Elements(to_html(text)).found if tag.startswith("h")] == levels


def test_links_work_and_are_not_followed():
    html = to_html("[rules](https://law.example/법?a=1&b=2) <mailto:desk@city.example>")
    hrefs = [attributes["href"] for tag, attributes in Elements(html).found if tag == "a"]
    assert hrefs == ["https://law.example/%EB%B2%95?a=1&b=2", "mailto:desk@city.example"]
    assert_harmless(html)


def test_line_ends_tables_and_lists_survive():
    html = to_html("one\ntwo\n\n3. three\n\n|a|b|\n|-|-:|\n|1|2|")
    assert "one<br" in html
    assert '<ol start="3">' in html
    assert '<th scope="col">a</th>' in html
    assert "style" not in html
