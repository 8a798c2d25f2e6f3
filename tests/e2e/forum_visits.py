"""Pages of the forum with the people who see them. Tasks are made by the services, partly in the past."""

from datetime import timedelta
from typing import Any

from playwright.sync_api import Page
from sqlalchemy import select

from civicportal.accounts.models import Person
from civicportal.accounts.queries import actor_for, confirmed_by_address
from civicportal.accounts.services import confirm_address, grant_role, guest
from civicportal.core import clock
from civicportal.core.permissions import SYSTEM, Actor, Role
from civicportal.core.transactions import current
from civicportal.forum.models import Task
from civicportal.forum.services import arguments, following, propose, review, support
from civicportal.forum.states import Criterion, ReviewDecision, Side
from civicportal.petitions.models import Petition
from civicportal.petitions.states import PetitionState
from civicportal.voting.models import Crossing
from civicportal.voting.services.opening import open_due
from tests.e2e.live import Live
from tests.e2e.visit import CITIZEN, NEIGHBOUR, OFFICER, Visit, press, send_empty

REVIEWER, SECOND, SUPPORT, AUTHOR, WRITER, NEWCOMER = (
    f"forum.{name}@example.org" for name in ("reviewer", "second", "support", "author", "writer", "newcomer"))
MET = [one.value for one in Criterion]
WORDS = {
    "title": "버스 정류장마다 그늘막을 세우자",
    "problem": "여름이면 정류장 바닥이 뜨거워 어르신과 아이들이 기다리기 힘듭니다.\n오후 두 시가 가장 심합니다.",
    "idea": "도시의 모든 버스 정류장에 그늘막을 세우고, 해마다 열 곳씩 늘려 갑니다.",
    "language": "ko",
}
OTHERS = ("동네 도서관을 밤까지 열자", "학교 운동장을 주말에 개방하자", "Put drinking water in every park",
          "경로당에 무선 인터넷을 놓자", "쓰레기 수거 시간을 문자로 알리자", "Let pedestrians wait less at crossings")


def forum_visits(portal: Live) -> list[Visit]:
    """Every page, empty, full, wrong and too late."""
    with portal.app.app_context():
        made = make_tasks()
        made["crossed"] = current().scalars(select(Task.number).join(Crossing, Crossing.box_id == Task.box_id)).first()
        answered = current().scalars(select(Petition.number).join(Petition.author).where(
            Petition.type == "proposal", Petition.state == PetitionState.ANSWERED, Person.address == CITIZEN)).first()
    return [*_public(made), *_writing(made, answered), *_offices(made)]


def _public(made: dict[str, Any]) -> list[Visit]:
    return [
        Visit("forum", "/forum", desk=True), Visit("forum-all", "/forum?state=all"),
        Visit("forum-none", "/forum?q=zzzz"), Visit("forum-mandate", "/forum/mandate"),
        Visit("forum-rules", "/forum/rules", desk=True), Visit("forum-join", "/forum/join"),
        Visit("task-reading", f"/forum/{made['reading']}", desk=True),
        Visit("task-voting", f"/forum/{made['voting']}", desk=True),
        Visit("task-brought", f"/forum/{made['brought']}"), Visit("task-returned", f"/forum/{made['returned']}"),
        Visit("task-crossed", f"/forum/{made['crossed']}", desk=True),
        Visit("task-versions", f"/forum/{made['reading']}/versions"),
        Visit("task-reading-signed-in", f"/forum/{made['reading']}", CITIZEN),
    ]


def _writing(made: dict[str, Any], answered: str | None) -> list[Visit]:
    draft, own = f"/forum/{made['draft']}", f"/forum/{made['submitted']}"
    visits = [
        Visit("propose", "/forum/propose", WRITER), Visit("propose-wrong", "/forum/propose", WRITER, send_empty),
        Visit("propose-official", "/forum/propose", OFFICER), Visit("task-draft", draft, WRITER),
        Visit("task-edit", f"{draft}/edit", WRITER), Visit("task-submit", f"{draft}/submit", WRITER),
        Visit("task-submit-wrong", f"{draft}/submit", WRITER, press),
        Visit("task-submitted", f"{own}/submitted", WRITER), Visit("task-withdraw", f"{own}/withdraw", WRITER),
        Visit("task-edit-late", f"/forum/{made['voting']}/edit", WRITER),
        Visit("argue", f"/forum/{made['reading']}/argue?side=for", WRITER),
        Visit("argue-wrong", f"/forum/{made['reading']}/argue", WRITER, send_empty),
        Visit("argue-rated", f"/forum/{made['reading']}", WRITER, find_helpful),
        Visit("my-tasks", "/my-matters/tasks", WRITER), Visit("my-tasks-none", "/my-matters/tasks", NEWCOMER),
        Visit("forum-401", "/forum/propose"),
    ]
    return visits + ([Visit("propose-carried-on", f"/forum/propose?petition={answered}", CITIZEN)] if answered else [])


def find_helpful(page: Page) -> None:
    """Say that the first argument helps."""
    page.locator("button[name=helpful][value=yes]").first.click()
    page.wait_for_load_state()


def _offices(made: dict[str, Any]) -> list[Visit]:
    taken, reading = f"/forum/{made['taken']}", f"/forum/{made['reading']}"
    hide = f"{reading}/arguments/{made['argument']}/hide"
    return [
        Visit("reviews", "/forum/review", REVIEWER, desk=True), Visit("reviews-support", "/forum/review", SUPPORT),
        Visit("reviews-403", "/forum/review", NEIGHBOUR),
        Visit("review-take", f"/forum/{made['submitted']}/review", REVIEWER),
        Visit("review-decide", f"{taken}/review", REVIEWER, desk=True),
        Visit("review-wrong", f"{taken}/review", REVIEWER, send_empty),
        Visit("review-take-over", f"/forum/{made['other']}/review", REVIEWER),
        Visit("review-nothing", f"{reading}/review", REVIEWER),
        Visit("task-officer", reading, SUPPORT, desk=True),
        Visit("bring", f"{reading}/bring", SUPPORT), Visit("bring-wrong", f"{reading}/bring", SUPPORT, send_empty),
        Visit("extend", f"{reading}/due-date", SUPPORT),
        Visit("extend-wrong", f"{reading}/due-date", SUPPORT, send_empty),
        Visit("hide", hide, SUPPORT), Visit("hide-wrong", hide, SUPPORT, send_empty),
    ]


def make_tasks() -> dict[str, Any]:
    """Numbers of tasks by what they show, and the id of an argument."""
    reviewer, other = holder(REVIEWER, "검토하늘", Role.REVIEWER), holder(SECOND, "Grace Review", Role.REVIEWER)
    officer = holder(SUPPORT, "지원바다", Role.SUPPORT)
    citizen, writer, _newcomer = (actor_for(_person(address, name)) for address, name in (
        (AUTHOR, "제안가람"), (WRITER, "글쓴나래"), (NEWCOMER, "처음온이")))
    voting = _at(20, lambda: _accepted(writer, reviewer, OTHERS[0]))
    with clock.at(voting.box.opens_at + timedelta(minutes=1)):
        open_due()
    reading = _at(5, lambda: _accepted(citizen, reviewer, **WORDS))
    brought = _at(6, lambda: _accepted(citizen, reviewer, OTHERS[1]))
    support.bring(officer, brought, reason="장마가 오기 전에 결정해야 합니다.")
    returned, taken, second = (_submitted(citizen, title) for title in OTHERS[2:5])
    for task, who in ((returned, reviewer), (taken, reviewer), (second, other)):
        review.take_review(who, task)
    review.decide_review(reviewer, returned, decision=ReviewDecision.RETURN, met=MET[:3], reasons="Which parks?")
    draft = propose.start_task(writer, **{**WORDS, "title": "버스 정류장에 그늘막을"})
    submitted = _submitted(writer, OTHERS[5])
    made = {"voting": voting, "reading": reading, "brought": brought, "returned": returned, "taken": taken,
            "other": second, "draft": draft, "submitted": submitted}
    argument = _discussed(reading, citizen, officer, reviewer)
    return {**{name: task.number for name, task in made.items()}, "argument": argument}


def _discussed(task: Task, author: Actor, officer: Actor, reviewer: Actor) -> int:
    """Arguments on both sides, one of them hidden, a new version that was accepted too, a follower; the id of an
    argument."""
    neighbour = actor_for(confirmed_by_address(NEIGHBOUR))
    first = arguments.argue(neighbour, task, side=Side.FOR, text="더위에 쓰러지는 분이 줄어듭니다.", language="ko")
    arguments.argue(neighbour, task, side=Side.AGAINST, text="Trees would do the same and cost less.", language="en")
    rude = arguments.argue(neighbour, task, side=Side.AGAINST, text="다 바보 같은 소리.", language="ko")
    arguments.rate(author, first, helpful=True)
    arguments.hide(officer, rude, reason="사람을 모욕하는 말입니다.")
    following.follow(author, task)
    propose.save_version(author, task, **{**WORDS, "idea": f"{WORDS['idea']} 어떤 곳에는 나무를 심습니다."})
    _accept(reviewer, task)
    return first.id


def _accepted(author: Actor, reviewer: Actor, title: str, **words: str) -> Task:
    task = _submitted(author, title, **words)
    _accept(reviewer, task)
    return task


def _accept(reviewer: Actor, task: Task) -> None:
    review.take_review(reviewer, task)
    review.decide_review(reviewer, task, decision=ReviewDecision.ACCEPT, met=MET, reasons="분명하고 새롭습니다.")


def _submitted(author: Actor, title: str, **words: str) -> Task:
    said = {"title": title, "problem": f"{title}: 지금은 그렇지 않습니다.", "idea": f"{title}. 올해 안에."}
    task = propose.start_task(author, **{**said, "language": "ko", **words})
    propose.submit(author, task, difference="다른 곳의 이야기입니다.")
    return task


def _at(days_ago: int, make: Any) -> Task:
    with clock.at(clock.now() - timedelta(days=days_ago)):
        task: Task = make()
    return task


def holder(address: str, name: str, role: Role) -> Actor:
    """The person with this address, who holds the office from now on."""
    person = _person(address, name)
    if not any(held.role is role for held in actor_for(person).held):
        grant_role(SYSTEM, person, role)
    return actor_for(person)


def _person(address: str, name: str) -> Person:
    return confirmed_by_address(address) or confirm_address(guest(name, address, None, "ko"), SYSTEM)
