"""Answers as officers write them: Markdown to safe HTML.

Raw HTML is shown as typed, images give way to their description, links are absolute. Sanitised all the same.
"""

import re
from collections.abc import MutableMapping, Sequence

import nh3
from markdown_it import MarkdownIt
from markdown_it.renderer import RendererHTML
from markdown_it.rules_core import StateCore
from markdown_it.token import Token
from markdown_it.utils import OptionsDict
from markupsafe import Markup, escape

HIGHEST_HEADING = 3  # the page itself has the first two levels
_LINK = re.compile(r"(?:https?://|mailto:)[^\s]", re.IGNORECASE)
_TAGS = {
    "p", "br", "hr", "h3", "h4", "h5", "h6", "strong", "em", "a", "ul", "ol", "li", "blockquote", "code", "pre",
    "table", "thead", "tbody", "tr", "th", "td",
}
_ATTRIBUTES: dict[str, set[str]] = {"*": set(), "a": {"href"}, "ol": {"start"}, "th": {"scope"}}


def to_html(text: str) -> Markup:
    """Safe HTML of a Markdown text: headings from h3 on, no images, links to http, https and mailto only."""
    return Markup(nh3.clean(  # noqa: S704 - the sanitiser's own output
        _parser.render(text), tags=_TAGS, attributes=_ATTRIBUTES, url_schemes={"http", "https", "mailto"},
        url_relative="deny", link_rel="nofollow noopener noreferrer",
    ))


def _shift_headings(state: StateCore) -> None:
    """Let the highest heading in use be an h3, and keep the distances, down to h6."""
    headings = [token for token in state.tokens if token.type in {"heading_open", "heading_close"}]
    highest = min((int(token.tag[1]) for token in headings), default=1)
    for token in headings:
        token.tag = f"h{min(int(token.tag[1]) - highest + HIGHEST_HEADING, 6)}"


def _scope_cells(state: StateCore) -> None:
    """Say to screen readers that a table's head cells head their columns."""
    for token in state.tokens:
        if token.type == "th_open":
            token.attrs = {"scope": "col"}


def _description(
    _self: RendererHTML, tokens: Sequence[Token], index: int, _options: OptionsDict, _env: MutableMapping[str, object],
) -> str:
    return str(escape(tokens[index].content))


def _build() -> MarkdownIt:
    parser = MarkdownIt("commonmark", {"html": False, "breaks": True}).enable("table")
    parser.validateLink = lambda url: bool(_LINK.match(url))  # type: ignore[method-assign]
    parser.core.ruler.push("shift_headings", _shift_headings)
    parser.core.ruler.push("scope_cells", _scope_cells)
    parser.add_render_rule("image", _description)
    return parser


_parser = _build()
