"""Demo tasks in every stage before the Committee, played in the past by the real services; and what plays them."""

import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import delete, select

from civicportal.accounts.models import Person
from civicportal.accounts.queries import actor_for
from civicportal.accounts.services import load_crowd
from civicportal.core import clock
from civicportal.core.i18n import local, speaking
from civicportal.core.permissions import Actor
from civicportal.core.transactions import atomic, current
from civicportal.forum.models import Task
from civicportal.forum.services import arguments, propose, review
from civicportal.forum.states import Criterion, ReviewDecision, Side
from civicportal.notifications.models import OutboxMessage
from civicportal.voting.models import Box
from civicportal.voting.queries.voters import voter_of
from civicportal.voting.services.batches import make_batch
from civicportal.voting.services.casting import cast
from civicportal.voting.services.kept_heads import kept_head
from civicportal.voting.services.opening import open_box
from civicportal.voting.services.thresholds import judge_due
from civicportal.voting.trackers import new_nonce

SOURCE = Path(__file__).resolve().parents[1] / "demo" / "tasks.json"
REVIEWER = "reviewer"
CHOICES = {"y": "yes", "n": "no", "a": "abstain"}
CROWD, OPENING_HOUR = 30, 10

Actors = Mapping[str, Actor]


def load_tasks(people: Mapping[str, int]) -> Iterator[str]:
    """Play the demo tasks that are not there yet; yields the title of each.

    `people`: ids of the demo people by key. Belongs after the demo votes, which set the threshold. Needs the key of
    the public log, as every command has it in development.
    """
    plans: list[dict[str, Any]] = json.loads(SOURCE.read_text(encoding="utf-8"))
    started, crowd = clock.now(), load_crowd(CROWD)
    numbered = {f"citizen-{number:03}": person_id for number, person_id in enumerate(crowd, 1)}
    actors = {key: actor_for(current().get_one(Person, person_id)) for key, person_id in {**people, **numbered}.items()}
    for plan in plans:
        if current().scalar(select(Task.id).where(Task.title == plan["title"])) is None:
            with speaking(plan["language"]):
                _play(plan, actors, crowd)
        yield plan["title"]
    unsend(started)


def submitted(plan: Mapping[str, Any], actors: Actors) -> Task:
    """A task that was proposed and handed in."""
    author = actors[plan["author"]]
    with clock.at(morning(plan["days_ago"])):
        task = propose.start_task(author, title=plan["title"], problem=plan["problem"], idea=plan["idea"],
                                  language=plan["language"])
        propose.submit(author, task)
    return task


def reviewed(task: Task, plan: Mapping[str, Any], reviewer: Actor) -> None:
    """A task on which a reviewer decided. Accepted, its vote is planned."""
    met = [one.value for one in Criterion if one not in plan.get("unmet", ())]
    with clock.at(morning(plan["days_ago"])):
        review.take_review(reviewer, task)
        review.decide_review(
            reviewer, task, decision=ReviewDecision(plan["decision"]), met=met, reasons=plan["reasons"])


def voted(task: Task, plan: Mapping[str, Any], crowd: Sequence[int]) -> Box:
    """The vote on a task with its ballots in the log, compared with the threshold."""
    box = current().get_one(Box, task.box_id)
    with clock.at(box.opens_at):
        forget_head(box)
        open_box(box)
        make_batch(box)
    with clock.at(box.opens_at + timedelta(days=plan["counted_after_days"])):
        choices = [choice for choice, count in zip(CHOICES.values(), plan["votes"], strict=True)
                   for _ballot in range(count)]
        with atomic():
            for person_id, choice in zip(crowd, choices, strict=False):
                cast(voter_of(Actor(person_id=person_id), box), box, choice=choice, nonce=new_nonce())
        make_batch(box, force=True)
        judge_due()
    return box


def forget_head(box: Box) -> None:
    """A head that is kept from a database that is gone is not this vote's."""
    with kept_head(f"votes/{box.slug}") as kept:
        kept.path.unlink(missing_ok=True)


def unsend(started: datetime) -> None:
    """Mails of the past are not sent; the notices stay in the portal's list."""
    with atomic() as session:
        session.execute(delete(OutboxMessage).where(
            OutboxMessage.channel == "email", OutboxMessage.created_at < started))


def morning(days_ago: int) -> datetime:
    """Mid-morning so many days ago, on the portal's clocks."""
    moment = local(clock.now() - timedelta(days=days_ago))
    return moment.replace(hour=OPENING_HOUR, minute=0, second=0, microsecond=0)


def _play(plan: Mapping[str, Any], actors: Actors, crowd: Sequence[int]) -> None:
    task = submitted(plan, actors)
    if "review" in plan:
        reviewed(task, plan["review"], actors[REVIEWER])
    if "votes" in plan:
        voted(task, plan, crowd)
    for place, said in enumerate(plan.get("arguments", ())):
        with clock.at(morning(said["days_ago"])):
            _argued(task, said, [actors[f"citizen-{number:03}"] for number in range(place + 1, CROWD + 1)])


def _argued(task: Task, said: Mapping[str, Any], speakers: Sequence[Actor]) -> None:
    """The first says it, the others say whether it helps."""
    argument = arguments.argue(speakers[0], task, side=Side(said["side"]), text=said["text"], language=task.language)
    marks = [True] * said["helpful"] + [False] * said["unhelpful"]
    for reader, helpful in zip(speakers[1:], marks, strict=False):
        arguments.rate(reader, argument, helpful=helpful)
