"""Pages of items and queues: what everybody reads, what members and the support unit do, what is refused and why."""

import re
from datetime import timedelta

import pytest

from civicportal.accounts.models import Person
from civicportal.accounts.queries import actor_for
from civicportal.committee.queries.motions import votes_on
from civicportal.committee.services import extend_item, join_items, record_decision
from civicportal.committee.states import ItemState, MotionState, Proposal, Seat
from civicportal.core import clock
from civicportal.core.clock import now
from civicportal.core.permissions import Role
from civicportal.core.transactions import atomic, current
from civicportal.forum.states import TaskState
from civicportal.voting.models import Dispute
from tests.factories.accounts import PersonFactory, signed_in, staff
from tests.factories.committee import (
    carried,
    chair_of,
    filled_body,
    moved,
    queued,
    referred_task,
    voted,
)
from tests.factories.forum import supporter_named
from tests.factories.voting import BoxFactory

ELSEWHERE = "/en/account/edit"  # a form with a token, where the page itself shows none any more
WHY = {"reason": "Because it is so."}


@pytest.fixture
def body(app):
    return filled_body(slug="main", name_en="Main Committee")


@pytest.fixture
def support(app):
    return signed_in(app, staff(Role.SUPPORT, name="Park Support"))


def person_in(body, seat=Seat.MEMBER):
    return current().get_one(Person, next(one.person_id for one in body.members if one.seat is seat))


@pytest.fixture
def chair(app, body):
    return signed_in(app, person_in(body, Seat.CHAIR))


@pytest.fixture
def member(app, body):
    return signed_in(app, person_in(body))


def at(item, tail=""):
    return f"/en/committees/items/{item.id}{tail}"


def text(answer):
    return answer.get_data(as_text=True)


def main(answer):
    return text(answer).partition("<main")[2].partition("</main>")[0]


def fresh(row):
    current().rollback()
    current().expire_all()
    return row



def test_the_queue_shows_order_capacity_dates_and_marks(app, client, body):
    week = timedelta(days=7)
    late = queued(body, referred_task(at=now() - 8 * week, title="Late task"))
    strong = queued(body, referred_task(title="Strong task", without_threshold=False), weight=12)
    box = BoxFactory()
    queued(body, referred_task(title="Disputed task", without_threshold=False, box_id=box.id), weight=3)
    with atomic() as session:
        session.add(Dispute(box_id=box.id, suspects=3, enough=2, due_at=now() + week))
    moved(strong)
    page = main(client.get("/en/committees/main/queue"))
    assert [page.index(title) for title in ("Late task", "Strong task", "Disputed task")] == sorted(
        page.index(title) for title in ("Late task", "Strong task", "Disputed task"))
    for piece in ("Overdue", "Was to be decided by", "Without the threshold", "12 yes votes when it crossed",
                  "Vote disputed", "Members are voting", "4 items a month", "still decide 4 items", "Expected by",
                  "more whole weeks"):
        assert piece in page, piece
    assert at(late) in page


def test_decided_items_are_listed_with_who_recorded_them(app, tmp_path, client, item):
    record_decision(chair_of(item.body), item, carried(app, tmp_path, item, Proposal.DECLINE), reasons="No.")
    page = main(client.get("/en/committees/main/queue?show=decided"))
    for piece in (item.task.title, "Declined", f"Recorded by {chair_of(item.body).name}"):
        assert piece in page, piece


def test_the_page_of_an_item_is_for_everybody_and_shows_no_form_to_the_public(client, item, support):
    page = client.get(at(item))
    shown = main(page)
    for piece in (item.task.title, "Place 1 of 1", "expected by", "To be decided: By", "5 members take part",
                  "at least 3 must vote", "There was no vote on this task.", "No motion has been moved yet",
                  "Came into the queue", "Without the threshold"):
        assert piece in shown, piece
    assert page.headers["Cache-Control"].startswith("public")
    assert "<form" not in shown
    assert "cp-actions" not in shown


def test_named_votes_are_on_the_page_at_once(client, item, body):
    motion = moved(item, reasons="이 과제는 모두에게 좋습니다.")
    voted(motion, "yes", "no")
    page = main(client.get(at(item)))
    names = [one["name"] for one in motion.box.members]
    for piece in (*names, "2 of 5 have voted; at least 3 must.", "Yes 1 · No 1 · Abstain 0", "not yet",
                  "Motion 1: Forward to the strategy meeting", 'lang="ko">이 과제는'):
        assert piece in page, piece
    assert re.search(rf"{names[1]}.*?<strong>No</strong>", page, re.S)


def test_a_member_votes_with_one_form_and_once(app, item, body, member):
    motion = moved(item)
    page = text(member.get(at(item)))
    assert page.count('type="radio"') == 3
    assert page.index("left</span>, closes ") < page.index('type="radio"') < page.index("Cast my vote")
    wrong = member.submit(at(item, "/vote"), {"motion_id": str(motion.id)}, page=at(item))
    assert wrong.status_code == 400
    assert "Choose yes, no or abstain." in text(wrong)
    done = member.submit(at(item, "/vote"), {"motion_id": str(motion.id), "choice": "yes"}, page=at(item))
    assert (done.status_code, done.location) == (303, at(item))
    after = text(member.get(at(item)))
    assert "You voted: Yes." in after
    assert 'type="radio"' not in after
    again = member.submit(at(item, "/vote"), {"motion_id": str(motion.id), "choice": "no"}, page=at(item))
    assert again.status_code == 409
    assert votes_on(fresh(motion)).counts == {"yes": 1, "no": 0, "abstain": 0}


def test_a_vote_from_a_stale_page_is_refused_with_a_sentence(app, item, body, member, chair):
    motion = moved(item)
    member.get(at(item))
    for fields in ({"motion_id": "999", "choice": "yes"}, {"choice": "yes"}):
        late = member.submit(at(item, "/vote"), fields, page=at(item))
        assert late.status_code == 409
        assert "This was not done" in text(late)
    with clock.at(motion.box.closes_at + timedelta(seconds=1)):
        late = signed_in(app, person_in(body)).submit(
            at(item, "/vote"), {"motion_id": str(motion.id), "choice": "yes"}, page=ELSEWHERE)
    assert late.status_code == 409
    assert votes_on(fresh(motion)).cast == 0


def test_who_is_not_asked_has_no_form_and_is_refused(app, item, body):
    motion = moved(item)
    stranger = signed_in(app, PersonFactory())
    assert 'type="radio"' not in text(stranger.get(at(item)))
    refused = stranger.submit(at(item, "/vote"), {"motion_id": str(motion.id), "choice": "yes"}, page=ELSEWHERE)
    assert refused.status_code == 403
    assert votes_on(fresh(motion)).cast == 0


def test_the_chair_moves_a_motion_from_the_page(item, chair):
    assert at(item, "/motion") in main(chair.get(at(item)))
    page = text(chair.get(at(item, "/motion")))
    for piece in ("is put to 5 members", "At least 3 must vote", "They have 7 days."):
        assert piece in page, piece
    empty = chair.submit(at(item, "/motion"), {"reasons": "Typed reasons"})
    assert empty.status_code == 400
    assert "Typed reasons" in text(empty)
    done = chair.submit(at(item, "/motion"), {"proposal": "decline", "reasons": "It exists already."})
    assert (done.status_code, done.location) == (303, at(item))
    motion = fresh(item).motions[0]
    assert (motion.proposal, motion.reasons, motion.state) == (
        Proposal.DECLINE, "It exists already.", MotionState.OPEN)
    late = chair.submit(at(item, "/motion"), {"proposal": "forward", "reasons": "My words"}, page=ELSEWHERE)
    assert late.status_code == 409
    assert "The members are voting on a motion" in text(late)


def test_typed_reasons_survive_somebody_elses_motion(item, chair):
    """The page is refused, the words are there for copying."""
    chair.get(at(item, "/motion"))
    moved(item)
    late = chair.submit(at(item, "/motion"), {"proposal": "forward", "reasons": "My long words"}, page=at(item))
    assert late.status_code == 409
    assert "My long words" in text(late)


def test_why_no_motion_is_possible_is_said_to_everybody(client, app, body, item, support):
    for seat in [one for one in body.members if one.seat is Seat.MEMBER]:
        support.submit(at(item, "/recusal"), {"seat_id": str(seat.id), **WHY})
    page = main(client.get(at(item)))
    assert "No motion is possible: 2 members are left who take part, and at least 3 must vote." in page
    assert page.count("Recorded by Park Support") >= 4
    assert "Because it is so." in page


def test_a_member_says_that_the_own_seat_takes_no_part(item, member, body):
    page = text(member.get(at(item, "/recusal")))
    assert "Say that you take no part" in page
    assert "<select" not in page.partition("<main")[2]
    assert member.submit(at(item, "/recusal"), {"reason": " "}).status_code == 400
    assert member.submit(at(item, "/recusal"), WHY).status_code == 303
    assert [row.member.person_id for row in fresh(item).recusals] == [person_in(body).id]
    assert member.submit(at(item, "/recusal"), WHY).status_code == 409


def test_own_tasks_are_pointed_out_to_the_member_alone(app, client, body):
    own = queued(body, referred_task(author=person_in(body)))
    first = queued(body)
    join_items(supporter_named(), own, first, reason="Both ask for the same.")
    for one in (own, first):
        assert "A task of your own is decided here." in text(signed_in(app, person_in(body)).get(at(one)))
        assert "A task of your own is decided here." not in text(client.get(at(one)))


def test_an_officer_sees_no_forms_where_a_task_of_the_own_is_decided(app, body, item):
    officer = staff(Role.SUPPORT)
    own = queued(body, referred_task(author=officer))
    join_items(supporter_named(), own, item, reason="Both ask for the same.")
    browser = signed_in(app, officer)
    for one in (own, item):
        page = main(browser.get(at(one)))
        for tail in ("/motion", "/recusal", "/unjoin", "/join", "/due-date"):
            assert at(one, tail) not in page
            assert browser.get(at(one, tail)).status_code == 403


def test_a_joined_item_that_is_late_is_marked_in_the_queue(client, body, item):
    other = queued(body, due_at=now() - timedelta(days=1))
    join_items(supporter_named(), other, item, reason="Both ask for the same.")
    assert re.search(r"Together with:.*Overdue", main(client.get("/en/committees/main/queue")))


def test_a_decision_is_recorded_and_published_with_its_reasons(app, tmp_path, client, item, chair):
    motion = carried(app, tmp_path, item)
    assert at(item, "/decision") in main(chair.get(at(item)))
    page = text(chair.get(at(item, "/decision")))
    assert motion.reasons in page
    assert chair.submit(at(item, "/decision"), {"motion_id": str(motion.id), "reasons": ""}).status_code == 400
    done = chair.submit(at(item, "/decision"), {"motion_id": str(motion.id), "reasons": "All were convinced."})
    assert (done.status_code, done.location) == (303, at(item))
    assert fresh(item).state is ItemState.FORWARDED
    shown = main(client.get(at(item)))
    for piece in ("All were convinced.", "Forwarded to the strategy meeting", "Recorded by", "heads of government"):
        assert piece in shown, piece
    late = chair.submit(at(item, "/decision"), {"motion_id": str(motion.id), "reasons": "again"}, page=ELSEWHERE)
    assert late.status_code == 409


def test_there_is_nothing_to_record_before_a_motion_is_carried(item, chair):
    assert chair.get(at(item, "/decision")).status_code == 409
    motion = moved(item)
    sent = chair.submit(at(item, "/decision"), {"motion_id": str(motion.id), "reasons": "Early"}, page=ELSEWHERE)
    assert sent.status_code == 409
    assert "Early" in text(sent)


@pytest.mark.parametrize("tail", ["/motion", "/decision", "/recusal"])
def test_citizens_are_told_that_it_is_not_for_them(app, client, item, tail):
    assert signed_in(app, PersonFactory()).get(at(item, tail)).status_code == 403
    assert client.get(at(item, tail)).status_code == 401


@pytest.mark.parametrize("tail", ["/join", "/unjoin", "/due-date"])
def test_what_the_support_unit_does_is_not_for_the_chair(chair, item, tail):
    assert chair.get(at(item, tail)).status_code == 403


def test_items_are_joined_and_parted(client, body, item, support):
    alone = support.get(at(item, "/join"))
    assert "There is no other item" in text(alone)
    other = queued(body)
    assert support.submit(at(item, "/join"), WHY).status_code == 400
    assert support.submit(at(item, "/join"), {"other_id": str(other.id), **WHY}).status_code == 303
    assert fresh(item).joined_to_id == other.id
    assert other.task.title in main(client.get(at(item)))
    assert item.task.title in main(client.get(at(other)))
    assert "Together with:" in main(client.get("/en/committees/main/queue"))
    assert support.submit(at(item, "/unjoin"), WHY).status_code == 303
    assert fresh(item).joined_to_id is None
    assert support.submit(at(item, "/unjoin"), WHY).status_code == 409


def test_a_date_is_moved_to_the_end_of_a_later_day(client, item, support):
    day = item.due_at + timedelta(days=10)
    fields = {"due_on-year": day.year, "due_on-month": day.month, "due_on-day": day.day}
    assert support.submit(at(item, "/due-date"), WHY).status_code == 400
    early = support.submit(at(item, "/due-date"), {
        "due_on-year": "2020", "due_on-month": "1", "due_on-day": "1", **WHY})
    assert early.status_code == 400
    assert "Because it is so." in text(early)
    assert support.submit(at(item, "/due-date"), {**fields, **WHY}).status_code == 303
    assert fresh(item).due_at.isoformat().endswith("15:00:00+00:00")  # midnight in Seoul
    assert "The due date was moved" in main(client.get(at(item)))


def test_an_overdue_item_says_so_to_everybody(client, item):
    with atomic():
        item.due_at = now() - timedelta(days=2)
    page = main(client.get(at(item)))
    assert re.search(r"It was to be decided by .*: 2 days overdue", page)
    assert "The support unit can move the date" in page


def test_a_disputed_vote_is_shown_with_its_day(client, body):
    box = BoxFactory()
    item = queued(body, referred_task(box_id=box.id))
    with atomic() as session:
        session.add(Dispute(box_id=box.id, suspects=5, enough=2, due_at=now() + timedelta(days=9)))
    page = main(client.get(at(item)))
    for piece in ("This vote is disputed.", "5 entries of the list of voters are suspect, and 2", "Nothing is decided"):
        assert piece in page, piece


def test_the_task_shows_what_was_decided(app, tmp_path, client, item):
    record_decision(chair_of(item.body), item, carried(app, tmp_path, item, Proposal.RETURN), reasons="Mend it.")
    assert fresh(item).task.state is TaskState.RETURNED
    page = text(client.get(f"/en/forum/{item.task.number}"))
    assert "Main Committee has decided: Returned for changes." in page
    assert "Decision of the Committee" in page
    assert at(item) in page


def test_joined_and_extended_items_look_the_same_in_korean(client, body, item):
    keeper = staff(Role.SUPPORT)
    other = queued(body)
    join_items(actor_for(keeper), item, other, reason="비슷합니다.")
    extend_item(actor_for(keeper), other, due_at=other.due_at + timedelta(days=3), reason="시간이 더 필요합니다.")
    moved(other)
    for path in (at(item), at(other), "/en/committees/main/queue"):
        assert client.get(path.replace("/en/", "/ko/")).status_code == 200
