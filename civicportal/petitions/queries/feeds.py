"""Atom feeds (RFC 4287) of what is public: entries with names for good (RFC 4151) and times of real changes."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from urllib.parse import urlsplit

from civicportal.core.configuration import settings
from civicportal.petitions.models import Petition
from civicportal.petitions.queries.listing import Wanted, published
from civicportal.petitions.queries.timeline import Step, author_name, past
from civicportal.petitions.queries.visibility import Viewer

SIZE = 30
SUMMARY_MAX = 300
BEGINNING = datetime(2025, 1, 1, tzinfo=UTC)
_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


@dataclass(frozen=True)
class Entry:
    """One entry; `number` leads to its page."""

    id: str
    number: str
    title: str
    author: str
    published: datetime
    updated: datetime
    summary: str
    language: str = ""


def list_entries(wanted: Wanted) -> list[Entry]:
    """The latest published petitions that fit the filters."""
    return [_petition_entry(petition) for petition in published(wanted, size=SIZE).rows]


def step_entries(petition: Petition) -> list[Entry]:
    """The public course of one petition, the latest step first."""
    return [_step_entry(petition, step) for step in reversed(past(petition, Viewer.PUBLIC))]


def newest(entries: Iterable[Entry]) -> datetime:
    """When something in a feed last changed."""
    return max((entry.updated for entry in entries), default=BEGINNING)


def tag(day: datetime, *path: str) -> str:
    """A name that stays the same whatever address the portal gets: `tag:host,2025-10-17:petition/2510-…`."""
    host = urlsplit(settings().portal_url).hostname
    return f"tag:{host},{day.astimezone(UTC):%Y-%m-%d}:{'/'.join(path)}"


def petition_tag(petition: Petition) -> str:
    """The name of a petition."""
    return tag(petition.filed_at, "petition", petition.number)


def xml_text(text: str) -> str:
    """The text without the few characters XML cannot hold."""
    return _NOT_XML.sub("", text)


def _petition_entry(petition: Petition) -> Entry:
    steps = [step.at for step in past(petition, Viewer.PUBLIC) if step.at]
    first = petition.published_at or petition.filed_at
    text = petition.text if len(petition.text) <= SUMMARY_MAX else f"{petition.text[:SUMMARY_MAX]}…"
    return Entry(petition_tag(petition), petition.number, xml_text(petition.title),
                 xml_text(author_name(petition, Viewer.PUBLIC)), first, max(first, *steps), xml_text(text),
                 petition.language)


def _step_entry(petition: Petition, step: Step) -> Entry:
    at = step.at or petition.filed_at
    summary = "\n".join(filter(None, (step.text, step.reason)))
    return Entry(f"{petition_tag(petition)}/{step.key}", petition.number, xml_text(step.title),
                 xml_text(step.who or settings().operator_name("en")), at, at, xml_text(summary))
