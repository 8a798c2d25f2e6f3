"""Atom feeds of what is public: entries with names for good and times of real changes."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from civicportal.core.configuration import settings
from civicportal.core.steps import Step
from civicportal.core.web.feeds import BEGINNING, tag
from civicportal.petitions.models import Petition
from civicportal.petitions.queries.listing import Wanted, published
from civicportal.petitions.queries.revisions import changed_at
from civicportal.petitions.queries.timeline import author_name, past, so_far
from civicportal.petitions.queries.visibility import Viewer

SIZE = 30
SUMMARY_MAX = 300


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
    rows = published(wanted, size=SIZE).rows
    changes = changed_at(petition.id for petition in rows)
    return [_petition_entry(petition, changes.get(petition.id)) for petition in rows]


def step_entries(petition: Petition) -> list[Entry]:
    """The public course of one petition, the latest step first."""
    return [_step_entry(petition, step) for step in reversed(so_far(petition, Viewer.PUBLIC))]


def newest(entries: Iterable[Entry]) -> datetime:
    """When something in a feed last changed."""
    return max((entry.updated for entry in entries), default=BEGINNING)


def petition_tag(petition: Petition) -> str:
    """The name of a petition."""
    return tag(petition.filed_at, "petition", petition.number)


def _petition_entry(petition: Petition, changed: datetime | None) -> Entry:
    steps = [step.at for step in past(petition, Viewer.PUBLIC) if step.at] + ([changed] if changed else [])
    first = petition.published_at or petition.filed_at
    text = petition.text if len(petition.text) <= SUMMARY_MAX else f"{petition.text[:SUMMARY_MAX]}…"
    return Entry(petition_tag(petition), petition.number, petition.title,
                 author_name(petition, Viewer.PUBLIC), first, max(first, *steps), text,
                 petition.language)


def _step_entry(petition: Petition, step: Step) -> Entry:
    at = step.at or petition.filed_at
    summary = "\n".join(filter(None, (step.text, step.reason)))
    return Entry(f"{petition_tag(petition)}/{step.key}", petition.number, step.title,
                 step.who or settings().operator_name("en"), at, at, summary)
