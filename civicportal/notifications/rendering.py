"""Writes a message from its templates in a reader's language, and derives the secrets in it at that moment."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from civicportal.core.i18n import speaking
from civicportal.core.letters import absolute_url, render
from civicportal.core.signing import mail_code, mail_token

_BLANKS = re.compile(r"\n{3,}")


@dataclass(frozen=True)
class Letter:
    """A message as its reader gets it by mail."""

    subject: str
    text: str
    html: str


@dataclass(frozen=True)
class Note:
    """A message as it is shown in the portal: paragraphs of lines."""

    subject: str
    paragraphs: tuple[tuple[str, ...], ...]


def letter(
    slug: str, locale: str, context: Mapping[str, object], token: Mapping[str, str] | None = None, *,
    unsubscribe_url: str | None = None,
) -> Letter:
    """The mail `slug` (`<package>.<name>`) in the language `locale`.

    Its templates see the context, `link(endpoint, …)` and, with `token` (purpose, selector, nonce), the texts
    `token` and `code`. `unsubscribe_url`: of an optional mail, for its foot. Raises what Jinja raises when a template
    is missing or wrong.
    """
    values = {**context, "link": absolute_url, "unsubscribe_url": unsubscribe_url}
    if token:
        values["token"] = mail_token(token["purpose"], token["selector"], token["nonce"])
        values["code"] = mail_code(token["purpose"], token["selector"], token["nonce"])
    folder = _folder(slug)
    with speaking(locale):
        return Letter(
            subject=_one_line(render(f"{folder}/subject.txt", values)),
            text=_tidy(render(f"{folder}/body.txt", values)) + "\n",
            html=render(f"{folder}/body.html", values),
        )


def note(slug: str, locale: str, context: Mapping[str, object]) -> Note:
    """The message `slug` in the language `locale`, without the frame of a mail."""
    with speaking(locale):
        text = _tidy(render(f"{_folder(slug)}/body.txt", {**context, "link": absolute_url}, block="content"))
    paragraphs = tuple(tuple(part.splitlines()) for part in text.split("\n\n") if part.strip())
    return Note(subject(slug, locale, context), paragraphs)


def subject(slug: str, locale: str, context: Mapping[str, object]) -> str:
    """The subject line alone, for lists."""
    with speaking(locale):
        return _one_line(render(f"{_folder(slug)}/subject.txt", {**context, "link": absolute_url}))


def _folder(slug: str) -> str:
    package, _, name = slug.partition(".")
    return f"{package}/emails/{name}"


def _one_line(text: str) -> str:
    """No line break or other control character can start a header of its own."""
    return " ".join("".join(mark if mark.isprintable() else " " for mark in text).split())


def _tidy(text: str) -> str:
    """No blanks at line ends (but the signature mark), at most one empty line in a row."""
    lines = (line if line == "-- " else line.rstrip() for line in text.splitlines())
    return _BLANKS.sub("\n\n", "\n".join(lines)).strip()
