"""The demo committee: its members, and tasks in every stage of its queue, played in the past by the real services."""

import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import select

from civicportal.accounts.models import Person
from civicportal.accounts.queries import actor_for
from civicportal.accounts.services import load_crowd
from civicportal.committee.models import Body, Item, Motion
from civicportal.committee.policies import today
from civicportal.committee.services.bodies import BodyFields, SeatFields, add_body, add_member
from civicportal.committee.services.decisions import record_decision
from civicportal.committee.services.joining import extend_item
from civicportal.committee.services.motions import open_motion, recuse, vote
from civicportal.committee.states import Proposal, Seat
from civicportal.core import clock
from civicportal.core.i18n import speaking
from civicportal.core.permissions import Actor
from civicportal.core.transactions import current
from civicportal.forum.models import Task
from civicportal.forum.services.demo import (
    CHOICES,
    CROWD,
    REVIEWER,
    forget_head,
    morning,
    reviewed,
    submitted,
    unsend,
    voted,
)
from civicportal.forum.services.support import bring
from civicportal.voting.services.closing import close_box, finish_due

SOURCE = Path(__file__).resolve().parents[1] / "demo" / "committee.json"
SUPPORT, BEGUN_DAYS_AGO = "support", 100


def load_committee(people: Mapping[str, int]) -> Iterator[str]:
    """Set up the demo committee and play its tasks, unless it is there; yields the title of each task.

    `people`: ids of the demo people by key. Belongs after the demo votes, which set the threshold. Needs the key of
    the public log, as every command has it in development.
    """
    source: dict[str, Any] = json.loads(SOURCE.read_text(encoding="utf-8"))
    started = clock.now()
    if current().scalar(select(Body.id).where(Body.slug == source["body"]["slug"])) is not None:
        return
    actors = {key: actor_for(current().get_one(Person, person_id)) for key, person_id in people.items()}
    with clock.at(morning(BEGUN_DAYS_AGO)):
        body, crowd = _set_up(source, actors[SUPPORT], people), load_crowd(CROWD)
    for plan in source["tasks"]:
        with speaking(plan["language"]):
            _play(plan, body, actors, crowd)
        yield plan["title"]
    finish_due()
    unsend(started)


def _set_up(source: Mapping[str, Any], support: Actor, people: Mapping[str, int]) -> Body:
    rules = dict(source["body"])
    body = add_body(support, slug=rules.pop("slug"), values=BodyFields(**rules))
    year = today().year
    for seat in source["seats"]:
        person = current().get_one(Person, people[seat["person"]])
        ends = date(year + seat["to_year"], 12, 31) if seat["to_year"] is not None else None
        add_member(support, body, address=person.address or "", values=SeatFields(
            name=person.name or "", affiliation=seat["affiliation"], seat=Seat(seat["seat"]),
            starts_on=date(year + seat["from_year"], 1, 1), ends_on=ends))
    return body


def _play(plan: Mapping[str, Any], body: Body, actors: Mapping[str, Actor], crowd: Sequence[int]) -> None:
    task = _accepted(plan, actors)
    box = voted(task, plan, crowd)
    if brought := plan.get("brought"):
        with clock.at(morning(brought["days_ago"])):
            bring(actors[SUPPORT], task, reason=brought["reason"])
    item = current().scalars(select(Item).where(Item.task_id == task.id)).one()
    for row in plan.get("recusals", ()):
        with clock.at(morning(row["days_ago"])):
            seat = next(one for one in body.members if one.person_id == actors[row["seat"]].person_id)
            recuse(actors[row["seat"]], item, seat, reason=row["reason"])
    motions = [_motion(item, motion, actors) for motion in plan.get("motions", ())]
    if box.closes_at <= clock.now():
        with clock.at(box.closes_at):
            close_box(box)
    _finish(item, plan, motions, actors[SUPPORT])


def _finish(item: Item, plan: Mapping[str, Any], motions: Sequence[Motion], support: Actor) -> None:
    if moved := plan.get("extended"):
        with clock.at(morning(moved["days_ago"])):
            extend_item(support, item, due_at=item.due_at + timedelta(days=moved["by_days"]), reason=moved["reason"])
    if decided := plan.get("recorded"):
        with clock.at(morning(decided["days_ago"])):
            record_decision(support, item, motions[-1], reasons=decided["reasons"])


def _accepted(plan: Mapping[str, Any], actors: Mapping[str, Actor]) -> Task:
    """A task that was proposed and accepted, with its vote planned."""
    task = submitted(plan, actors)
    reviewed(task, {"days_ago": plan["days_ago"] - 2, "decision": "accept",
                    "reasons": "문제와 제안이 분명하고, 정부가 할 수 있는 일입니다."}, actors[REVIEWER])
    return task


def _motion(item: Item, plan: Mapping[str, Any], actors: Mapping[str, Actor]) -> Motion:
    """A motion with its votes in the order of the seats, closed unless it is to stay open."""
    chair = next(seat for seat in item.body.members if seat.seat is Seat.CHAIR)
    by_person = {actor.person_id: actor for actor in actors.values()}
    with clock.at(morning(plan["days_ago"])):
        motion = open_motion(by_person[chair.person_id], item, proposal=Proposal(plan["proposal"]),
                             reasons=plan["reasons"])
        forget_head(motion.box)
        for member, choice in zip(motion.box.members or (), plan["votes"], strict=False):
            vote(by_person[int(str(member["person_id"]))], motion, choice=CHOICES[choice])
    if not plan.get("open"):
        with clock.at(motion.box.closes_at):
            close_box(motion.box)
    return motion
