"""Pages of committees with the people who see them: the demo's queue, and what it does not show."""

from datetime import timedelta
from pathlib import Path
from typing import Any

from playwright.sync_api import Page
from sqlalchemy import select

from civicportal.accounts.models import Person
from civicportal.accounts.queries import actor_for, confirmed_by_address
from civicportal.committee import services
from civicportal.committee.models import Body, Item
from civicportal.committee.queries.motions import pending
from civicportal.committee.states import ItemState, Proposal
from civicportal.core import clock
from civicportal.core.transactions import current
from civicportal.forum.models import Task
from civicportal.forum.services import propose, review
from civicportal.forum.services.support import bring
from civicportal.forum.states import Criterion, ReviewDecision
from civicportal.voting.services.closing import close_box
from tests.e2e.live import Live
from tests.e2e.visit import NEIGHBOUR, Visit, press, send_empty
from tests.factories.voting import as_worker

CHAIR, MEMBER, ALTERNATE, SUPPORT, REVIEWER, AUTHOR = (
    "haram.ryu@example.org", "hangyeol.lim@example.org", "seulgi.bae@example.com", "support@example.com",
    "reviewer@example.com", "maria.castillo@example.com")
HERE, EMPTY = "/committees/innovation-forum", "/committees/visited-empty"
KEPT = "/support/committees/innovation-forum"


def committee_visits(portal: Live) -> list[Visit]:
    """Every page, empty, full, wrong and too late."""
    with portal.app.app_context():
        made = _made(portal)
    return [*_public(made), *_members(made), *_support(made)]


def _public(made: dict[str, int]) -> list[Visit]:
    return [
        Visit("committees", "/committees"), Visit("committee", HERE, desk=True), Visit("committee-empty", EMPTY),
        Visit("queue", f"{HERE}/queue", desk=True), Visit("queue-decided", f"{HERE}/queue?show=decided"),
        Visit("queue-none", f"{EMPTY}/queue"), Visit("queue-decided-none", f"{EMPTY}/queue?show=decided"),
        Visit("item-decided", at(made["decided"]), desk=True), Visit("item-overdue", at(made["overdue"])),
        Visit("item-voting", at(made["voting"]), desk=True), Visit("item-joined", at(made["joined"])),
        Visit("item-carried", at(made["carried"])), Visit("task-in-queue", f"/forum/{made['number']}", desk=True),
        Visit("committee-401", f"{at(made['overdue'])}/motion"),
        Visit("committee-403", f"{at(made['overdue'])}/motion", NEIGHBOUR),
    ]


def _members(made: dict[str, int]) -> list[Visit]:
    voting, overdue, carried = at(made["voting"]), at(made["overdue"]), at(made["carried"])
    return [
        Visit("item-ballot", voting, MEMBER, desk=True), Visit("item-ballot-wrong", voting, MEMBER, press),
        Visit("item-ballot-late", voting, MEMBER, vote_late), Visit("item-voted", voting, ALTERNATE, vote),
        Visit("item-chair", overdue, CHAIR), Visit("motion", f"{overdue}/motion", CHAIR),
        Visit("motion-wrong", f"{overdue}/motion", CHAIR, press), Visit("motion-late", f"{voting}/motion", CHAIR),
        Visit("recusal", f"{overdue}/recusal", MEMBER),
        Visit("recusal-wrong", f"{overdue}/recusal", MEMBER, send_empty),
        Visit("decision", f"{carried}/decision", CHAIR),
        Visit("decision-wrong", f"{carried}/decision", CHAIR, send_empty),
        Visit("decision-late", f"{overdue}/decision", CHAIR),
    ]


def _support(made: dict[str, int]) -> list[Visit]:
    overdue, joined, new = at(made["overdue"]), at(made["joined"]), f"{KEPT}/members/new"
    return [Visit(one.name, one.path, SUPPORT, one.act, one.desk) for one in [
        Visit("item-support", overdue, desk=True), Visit("recusal-support", f"{overdue}/recusal"),
        Visit("join", f"{at(made['alone'])}/join"), Visit("join-wrong", f"{at(made['alone'])}/join", act=press),
        Visit("unjoin", f"{joined}/unjoin"), Visit("unjoin-wrong", f"{joined}/unjoin", act=send_empty),
        Visit("item-extend", f"{overdue}/due-date"),
        Visit("item-extend-wrong", f"{overdue}/due-date", act=send_empty),
        Visit("committee-new", "/support/committees/new"),
        Visit("committee-new-wrong", "/support/committees/new", act=send_empty),
        Visit("committee-edit", f"{KEPT}/edit"), Visit("committee-support", HERE, desk=True),
        Visit("seat-new", new), Visit("seat-new-wrong", new, act=send_empty),
        Visit("seat-edit", f"{KEPT}/members/{made['seat']}"),
    ]]


def at(item_id: object) -> str:
    """Address of an item, without the language."""
    return f"/committees/items/{item_id}"


def vote(page: Page) -> None:
    """Choose the first answer and send it, if that was not done before."""
    if page.locator("input[name=choice]").count():
        page.locator("input[name=choice]").first.check()
        press(page)


def vote_late(page: Page) -> None:
    """Send the ballot of a motion that is over."""
    page.evaluate("document.querySelector('[name=motion_id]').value = '0'")
    page.locator("input[name=choice]").first.check()
    press(page)


def _made(portal: Live) -> dict[str, Any]:
    """Ids of items by what they show: those of the demo, one that follows another, one that waits to be recorded."""
    support, chair = (actor_for(confirmed_by_address(address)) for address in (SUPPORT, CHAIR))
    decided, overdue, voting, brought = current().scalars(select(Item).order_by(Item.id)).all()[:4]
    assert (decided.state, pending(voting) is not None) == (ItemState.FORWARDED, True)
    if not current().scalars(select(Body).where(Body.slug == "visited-empty")).first():
        services.add_body(support, slug="visited-empty", values=services.BodyFields(
            name_ko="처음 여는 위원회", name_en="A committee that begins", mandate_ko="아직 정하지 않았습니다.",
            mandate_en="Not decided yet.", quorum_percent=50, quorum_least=3, capacity=2))
    follows, carried = _brought(support, "골목마다 작은 도서함을 두자"), _brought(support, "Put a bench at every stop")
    services.join_items(support, follows, brought, reason="두 과제 모두 정류장과 골목의 쉼터를 바랍니다.")
    motion = services.open_motion(chair, carried, proposal=Proposal.RETURN, reasons="Say which stops.")
    with as_worker(portal.app, Path(portal.app.config["SETTINGS"].instance_path)):
        for one in motion.box.members or ():
            person = current().get_one(Person, int(str(one["person_id"])))
            services.vote(actor_for(person), motion, choice="yes")
        close_box(motion.box)
    seat = carried.body.members[0]
    return {"decided": decided.id, "overdue": overdue.id, "voting": voting.id, "joined": follows.id,
            "alone": overdue.id, "carried": carried.id, "seat": seat.id, "number": voting.task.number}


def _brought(support: Any, title: str) -> Item:
    """A new item, of a task that the support unit brought to the Committee."""
    author, reviewer = (actor_for(confirmed_by_address(address)) for address in (AUTHOR, REVIEWER))
    with clock.at(clock.now() - timedelta(days=3)):
        task: Task = propose.start_task(
            author, title=title, problem=f"{title}: 아직 그렇지 않습니다.", idea=f"{title}. 올해 안에.", language="ko")
        propose.submit(author, task, difference="다른 곳의 이야기입니다.")
        review.take_review(reviewer, task)
        review.decide_review(reviewer, task, decision=ReviewDecision.ACCEPT, met=[one.value for one in Criterion],
                             reasons="분명하고 새롭습니다.")
    bring(support, task, reason="서둘러야 합니다.")
    return current().scalars(select(Item).where(Item.task_id == task.id)).one()
