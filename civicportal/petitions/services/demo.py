"""Demo petitions, filed and answered in the past by the real services, so that every state can be looked at."""

import json
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import delete, select

from civicportal.accounts.models import Person
from civicportal.accounts.queries import actor_for, staff_of
from civicportal.core import clock
from civicportal.core.configuration import settings
from civicportal.core.i18n import local, speaking
from civicportal.core.permissions import Actor, Permission
from civicportal.core.transactions import atomic, current
from civicportal.notifications.models import OutboxMessage
from civicportal.petitions.models import Assignment, Petition
from civicportal.petitions.plain import normalise
from civicportal.petitions.reasons import RefusalReason, RemovalReason
from civicportal.petitions.services import (
    answers,
    appeals,
    desk,
    drafts,
    filing,
    publication,
    removal,
    revising,
    satisfaction,
)

SOURCE = Path(__file__).resolve().parents[1] / "demo" / "petitions.json"
ANSWERED = {"answered", "published_answered", "rated", "refused_publication", "reasked"}
PUBLISHED = {"published_answered", "rated", "reasked"}
MARKS = (5, 4, 4, 3, 5)
OPENING_HOUR = 10


def load_petitions(people: Mapping[str, int]) -> Iterator[str]:
    """Load every demo petition that is not there yet and yield its title.

    `people`: ids of the demo people by key. Mails of the past are not sent; the notices stay in the portal's list.
    """
    items: list[dict[str, Any]] = json.loads(SOURCE.read_text(encoding="utf-8"))
    started = clock.now()
    for place, item in enumerate(sorted(items, key=lambda item: -item["days_ago"])):
        title = normalise(item["title"])
        if current().scalar(select(Petition.id).where(Petition.title == title)) is None:
            _play(item, people, MARKS[place % len(MARKS)])
        yield title
    with atomic() as session:
        session.execute(delete(OutboxMessage).where(
            OutboxMessage.channel == "email", OutboxMessage.created_at < started))


def _play(item: dict[str, Any], people: Mapping[str, int], mark: int) -> None:
    filed = _morning(item["days_ago"])
    author = current().get_one(Person, people[item["author"]])
    with clock.at(filed), speaking(item["language"]):
        petition = _file(item, author)
    step = min(timedelta(days=3), (clock.now() - filed) / 4)
    if item["transfer"]:
        with clock.at(filed + step):
            _transfer(petition, item)
    if item["stage"] in ANSWERED | {"in_progress"}:
        with clock.at(filed + step):
            officer = _officer(_part(petition))
            desk.take(officer, _part(petition), version=_part(petition).version)
            if petition.publication.waiting:
                publication.advise(officer, petition, _reason(item))
    if item["stage"] in ANSWERED:
        with clock.at(filed + 2 * step):
            _answer(petition, officer, item)
            _decide(petition, actor_for(current().get_one(Person, people["operator"])), item)
    if item["stage"] in PUBLISHED:
        with clock.at(filed + 3 * step):
            _rate(petition, author, item, mark)
            _change(petition, officer, actor_for(current().get_one(Person, people["operator"])), item)


def _file(item: dict[str, Any], author: Person) -> Petition:
    actor = actor_for(author) if author.level else None
    draft = drafts.start(actor, type=item["type"], locale=item["language"])
    guest = {} if actor else {"name": author.name, "address": author.address}
    drafts.save(actor, draft, title=item["title"], text=item["text"], region_code=item["region_code"],
                wants_public=item["visibility"] == "public", **guest)
    chosen = None if item["stage"] == "triage" else (item["transfer"] or {}).get("from") or item["institution"]
    drafts.save(actor, draft, institution_code=chosen)
    return filing.file_draft(actor, draft, chosen)


def _transfer(petition: Petition, item: dict[str, Any]) -> None:
    part = _part(petition)
    desk.transfer(_officer(part), part, institution_code=item["institution"], reason=item["transfer"]["reason"],
                  version=part.version)


def _answer(petition: Petition, officer: Actor, item: dict[str, Any]) -> None:
    part = _part(petition)
    saved = answers.save(officer, part, text=item["answer"], base_version=0)
    answers.send(officer, part, base_version=saved.number)


def _reason(item: dict[str, Any]) -> RefusalReason | None:
    return RefusalReason.PERSONAL_DATA if item["stage"] == "refused_publication" else None


def _decide(petition: Petition, operator: Actor, item: dict[str, Any]) -> None:
    if reason := _reason(item):
        publication.refuse(operator, petition, reason)
    elif item["stage"] in PUBLISHED and item["visibility"] == "public":
        publication.publish(operator, petition)
    if petition.author is not None and item.get("appeal"):
        appeals.appeal(actor_for(petition.author), petition, text=item["appeal"])


def _change(petition: Petition, officer: Actor, operator: Actor, item: dict[str, Any]) -> None:
    """What was corrected or removed after it had been public."""
    if told := item.get("correction"):
        text = item["answer"].replace(told["old"], told["new"])
        revising.correct(officer, _part(petition), text=text, reason=told["reason"], withhold=False, base_version=1)
    if item.get("removal"):
        removal.remove(operator, petition, reason=RemovalReason(item["removal"]),
                       authority=settings().operator_name(item["language"]))


def _rate(petition: Petition, author: Person, item: dict[str, Any], mark: int) -> None:
    actor = actor_for(author)
    satisfaction.rate(actor, petition, item["rating"] or mark, item["comment"] or "")
    if item["stage"] == "reasked":
        satisfaction.ask_again(actor, petition)


def _part(petition: Petition) -> Assignment:
    current().refresh(petition)
    return petition.assignments[-1]


def _officer(part: Assignment) -> Actor:
    staff = staff_of(part.institution_id or 0, Permission.MATTER_ANSWER)
    return actor_for(staff[part.petition_id % len(staff)])


def _morning(days_ago: int) -> datetime:
    """Mid-morning so many days ago, on the portal's clocks; never in the future."""
    moment = local(clock.now() - timedelta(days=days_ago))
    return min(moment.replace(hour=OPENING_HOUR, minute=0, second=0, microsecond=0), clock.now() - timedelta(hours=1))
