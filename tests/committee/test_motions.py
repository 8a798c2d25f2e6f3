"""Recusals, quorum, motions and members' votes by name: every way a motion can go, and who may do what."""

import threading
from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from civicportal.accounts.models import Person
from civicportal.accounts.queries import actor_for
from civicportal.committee import services
from civicportal.committee.models import Item, Member, Motion
from civicportal.committee.policies import today
from civicportal.committee.queries.motions import has_voted, votes_on
from civicportal.committee.queries.seating import seating
from civicportal.committee.states import ItemState, MotionState, Proposal, Seat
from civicportal.core import clock
from civicportal.core.audit import AuditEvent
from civicportal.core.clock import now
from civicportal.core.errors import Conflict, Forbidden, Invalid
from civicportal.core.i18n import speaking
from civicportal.core.permissions import SYSTEM, Role
from civicportal.core.transactions import atomic, current
from civicportal.notifications.models import OutboxMessage
from civicportal.notifications.rendering import letter
from civicportal.voting.models import Box, Silence
from civicportal.voting.services import AlreadyVoted
from civicportal.voting.services.closing import close_due
from civicportal.voting.services.opening import void_box
from civicportal.voting.states import BoxState, Secrecy
from tests.factories.accounts import PersonFactory, staff
from tests.factories.committee import (
    carried,
    chair_of,
    closed,
    filled_body,
    member_actor,
    moved,
    queued,
    referred_task,
    seat_in,
    voted,
)
from tests.factories.voting import as_worker

pytestmark = pytest.mark.usefixtures("english")


@pytest.fixture
def support(app):
    return actor_for(staff(Role.SUPPORT, name="지원관"))


def seats(body, seat=Seat.MEMBER):
    return [one for one in body.members if one.seat is seat]


def recused(item, *rows, reason="제가 제안한 기관에서 일합니다."):
    for seat in rows:
        services.recuse(member_actor(seat), item, seat, reason=reason)


def fresh(row):
    current().rollback()
    current().expire_all()
    return row


def test_a_motion_is_a_vote_by_name_of_those_who_take_part(item, body):
    motion = moved(item)
    box = motion.box
    assert (box.state, box.secrecy, box.may_change, box.kind) == (
        BoxState.OPEN, Secrecy.OPEN, False, "yes_no_abstain")
    assert (box.quorum, motion.quorum) == (3, 3)
    assert timedelta(days=7) - (box.closes_at - now()) < timedelta(minutes=1)
    assert [one["name"] for one in box.members] == [seat.name for seat in body.members
                                                    if seat.seat is not Seat.ALTERNATE]
    assert motion.moved_by_name == chair_of(body).name
    assert box.subject_path == f"/committees/items/{item.id}"
    assert [event.details for event in current().scalars(
        select(AuditEvent).where(AuditEvent.name == "item:motion-moved"))] == [{"proposal": "forward"}]


def test_those_who_vote_are_told_and_nobody_else(item, body):
    recused(item, seats(body)[0])
    motion = moved(item)
    rows = current().scalars(select(OutboxMessage).where(OutboxMessage.slug == "committee.motion_opened")).all()
    asked = {one["person_id"] for one in motion.box.members}
    assert {row.person_id for row in rows} == asked
    assert {(row.channel, row.optional) for row in rows} == {("email", False), ("portal", False)}
    alternate = seats(body, Seat.ALTERNATE)[0]
    told = next(row for row in rows if row.person_id == alternate.person_id)
    assert told.context["instead_of"] == seats(body)[0].name
    mail = letter(told.slug, "en", told.context)
    for piece in (f"You stand in for {seats(body)[0].name}", item.task.title, motion.reasons,
                  f"/en/committees/items/{item.id}", "cannot be changed"):
        assert piece in mail.text, piece
        assert piece in mail.html, piece
    assert item.task.number in letter(told.slug, "ko", told.context).subject


@pytest.mark.parametrize(("choices", "state"), [
    (("yes", "yes", "no"), MotionState.CARRIED), (("yes", "abstain", "abstain"), MotionState.CARRIED),
    (("yes", "no", "abstain"), MotionState.LOST), (("no", "no", "yes", "yes", "no"), MotionState.LOST),
    (("abstain",) * 5, MotionState.LOST), (("yes", "yes"), MotionState.INQUORATE), ((), MotionState.INQUORATE),
])
def test_what_the_count_makes_of_a_motion(app, tmp_path, item, choices, state):
    motion = moved(item)
    voted(motion, *choices)
    closed(app, tmp_path, motion)
    assert fresh(motion).state is state
    assert item.state is ItemState.QUEUED


def test_the_vote_ends_as_soon_as_everybody_has_voted(app, tmp_path, item):
    motion = moved(item)
    voted(motion, "yes", "yes", "yes", "no", "no")
    with as_worker(app, tmp_path):
        close_due()
    assert fresh(motion).state is MotionState.CARRIED


@pytest.mark.parametrize("last", ["lost", "inquorate", "lapsed"])
def test_a_motion_that_leads_nowhere_leaves_room_for_the_next(app, tmp_path, item, last):
    motion = moved(item)
    if last == "lapsed":
        void_box(SYSTEM, motion.box, reason="The list of members was wrong.")
    else:
        voted(motion, *(("no",) * 3 if last == "lost" else ()))
        closed(app, tmp_path, motion)
    assert fresh(motion).state is MotionState(last)
    second = moved(item, Proposal.DECLINE)
    assert second.state is MotionState.OPEN
    assert second.box.slug != motion.box.slug


def test_one_motion_at_a_time(app, tmp_path, item):
    motion = moved(item)
    with pytest.raises(Conflict, match="voting on a motion"):
        moved(item, Proposal.DECLINE)
    voted(motion, "yes", "yes", "yes")
    closed(app, tmp_path, motion)
    with pytest.raises(Conflict, match="to be recorded first"):
        moved(item, Proposal.DECLINE)


def test_the_database_holds_one_pending_motion_too(item):
    first = moved(item)
    second = Box(**{name: getattr(first.box, name) for name in (
        "question", "language", "kind", "options", "secrecy", "min_level", "opens_at", "closes_at", "totals", "tie")},
        slug="another")
    with pytest.raises(IntegrityError), atomic() as session:
        session.add(Motion(item=item, box=second, proposal=Proposal.DECLINE, reasons="x", quorum=1,
                           moved_by_name="x"))


def test_the_chair_or_the_support_unit_moves_and_nobody_else(item, body, support):
    for stranger in (member_actor(seats(body)[0]), actor_for(PersonFactory()), actor_for(staff(Role.OPERATOR)),
                     actor_for(staff(Role.REVIEWER)), chair_of(filled_body())):
        with pytest.raises(Forbidden):
            services.open_motion(stranger, item, proposal=Proposal.FORWARD, reasons="좋습니다.")
    assert services.open_motion(support, item, proposal=Proposal.FORWARD, reasons="좋습니다.").moved_by_name == "지원관"


def test_a_chair_whose_term_is_over_moves_nothing(item, body):
    chair = chair_of(body)
    with atomic():
        seats(body, Seat.CHAIR)[0].ends_on = today() - timedelta(days=1)
    with pytest.raises(Forbidden):
        services.open_motion(chair, item, proposal=Proposal.FORWARD, reasons="좋습니다.")


def test_a_motion_has_reasons(item, body):
    with pytest.raises(Invalid) as refused:
        services.open_motion(chair_of(body), item, proposal=Proposal.FORWARD, reasons=" \n")
    assert set(refused.value.fields) == {"reasons"}


def test_nobody_moves_or_votes_on_a_task_of_their_own(body):
    chair, member = chair_of(body), seats(body)[0]
    own = queued(body, referred_task(author=current().get_one(Person, chair.person_id)))
    with pytest.raises(Forbidden):
        moved(own)
    theirs = queued(body, referred_task(author=current().get_one(Person, member.person_id)))
    motion = moved(theirs)
    with pytest.raises(Forbidden):
        services.vote(member_actor(member), motion, choice="yes")


def test_votes_are_shown_by_name_at_once(item, body):
    motion = moved(item)
    voted(motion, "yes", "no")
    view = votes_on(motion)
    names = [seat.name for seat in body.members if seat.seat is not Seat.ALTERNATE]
    assert [(vote.name, vote.choice) for vote in view.votes] == list(
        zip(names, ("yes", "no", None, None, None), strict=True))
    assert (view.cast, view.counts) == (2, {"yes": 1, "no": 1, "abstain": 0})


def test_a_member_votes_once_for_good(item, body):
    motion, actor = moved(item), chair_of(body)
    services.vote(actor, motion, choice="yes")
    services.vote(actor, motion, choice="yes")
    assert has_voted(actor, motion)
    with pytest.raises(AlreadyVoted):
        services.vote(actor, motion, choice="no")
    assert votes_on(motion).counts == {"yes": 1, "no": 0, "abstain": 0}


def test_only_those_the_motion_is_put_to_vote(item, body, support):
    motion = moved(item)
    alternate = seats(body, Seat.ALTERNATE)[0]
    for stranger in (member_actor(alternate), support, actor_for(PersonFactory())):
        with pytest.raises(Forbidden):
            services.vote(stranger, motion, choice="yes")
    with pytest.raises(Invalid):
        services.vote(chair_of(body), motion, choice="perhaps")
    with clock.at(motion.box.closes_at), pytest.raises(Conflict):
        services.vote(chair_of(body), motion, choice="yes")


def test_a_late_member_finds_the_motion_decided(app, tmp_path, item, body):
    motion = moved(item)
    voted(motion, "yes", "yes", "yes")
    closed(app, tmp_path, motion)
    with pytest.raises(Conflict):
        services.vote(member_actor(seats(body)[3]), fresh(motion), choice="no")


def test_quorum_is_counted_after_recusals_and_stays_with_the_motion(item, body, support):
    gone = seats(body)[:2]
    recused(item, *gone)
    sitting = seating(item)
    alternate = seats(body, Seat.ALTERNATE)[0]
    assert len(sitting.voters) == 4
    assert alternate in sitting.voters
    assert sitting.stand_ins == {alternate.id: gone[0]}
    motion = moved(item)
    assert motion.stand_ins == {str(alternate.person_id): gone[0].name}
    services.save_body(support, body, values=services.BodyFields(
        name_ko="가", name_en="A", mandate_ko="나", mandate_en="B", quorum_percent=99, quorum_least=4, capacity=1))
    assert fresh(motion).quorum == 3
    assert [vote.instead_of for vote in votes_on(motion).votes] == ["", "", "", gone[0].name]


def test_without_enough_members_no_motion_is_possible_and_it_says_so(item, body):
    recused(item, *seats(body)[:4])
    assert len(seating(item).voters) == 2
    with pytest.raises(Conflict, match="No motion is possible: 2 members are left") as refused:
        moved(item)
    assert str(services.obstacle(item)) == str(refused.value.message)
    assert item.state is ItemState.QUEUED


def test_a_recusal_is_public_with_its_reason_and_who_recorded_it(item, body, support):
    first, second = seats(body)[:2]
    recused(item, first)
    services.recuse(support, item, second, reason="가족이 관련됩니다.")
    assert [(row.member.id, row.reason, row.by_name) for row in seating(item).recusals] == [
        (first.id, "제가 제안한 기관에서 일합니다.", member_actor(first).name),
        (second.id, "가족이 관련됩니다.", "지원관")]
    with pytest.raises(Conflict, match="noted already"):
        services.recuse(support, item, first, reason="다시")


def test_members_recuse_themselves_alone(item, body):
    first, second = seats(body)[:2]
    with pytest.raises(Forbidden):
        services.recuse(member_actor(first), item, second, reason="이유")
    with pytest.raises(Forbidden):
        services.recuse(actor_for(PersonFactory()), item, first, reason="이유")
    elsewhere = seat_in(filled_body())
    with pytest.raises(Forbidden):
        services.recuse(member_actor(elsewhere), item, elsewhere, reason="이유")
    with pytest.raises(Invalid):
        services.recuse(member_actor(first), item, first, reason=" ")


def test_recusals_come_before_the_motion(app, tmp_path, item, body):
    motion = moved(item)
    with pytest.raises(Conflict):
        recused(item, seats(body)[0])
    voted(motion, "yes", "yes", "yes")
    closed(app, tmp_path, motion)
    with pytest.raises(Conflict):
        recused(item, seats(body)[0])


def test_seats_outside_their_term_do_not_vote(item, body):
    late = seats(body)[0]
    with atomic():
        current().get_one(Member, late.id).ends_on = today() - timedelta(days=1)
    seat_in(body, starts_on=today() + timedelta(days=1))
    last_day = seat_in(body, ends_on=today())
    names = {seat.id for seat in seating(item).voters}
    assert late.id not in names
    assert last_day.id in names
    assert len(names) == 5


def test_no_motion_on_what_is_decided(app, tmp_path, item, body):
    motion = carried(app, tmp_path, item)
    services.record_decision(chair_of(body), item, motion, reasons="좋습니다.")
    with pytest.raises(Conflict, match="decided already"):
        moved(fresh(item))


def test_no_motion_while_its_vote_would_end_in_an_election_silence(item, body):
    with atomic() as session:
        session.add(Silence(title="선거", starts_at=now() + timedelta(days=6), ends_at=now() + timedelta(days=9)))
    with pytest.raises(Conflict, match="silence"):
        moved(item)
    assert current().scalars(select(Motion)).all() == []
    assert current().scalars(select(Box)).all() == []


def test_a_chair_who_takes_no_part_leaves_the_item_to_the_support_unit(item, body, support):
    recused(item, seats(body, Seat.CHAIR)[0])
    with pytest.raises(Forbidden):
        moved(item)
    other = queued(body)
    services.join_items(support, item, other, reason="Both ask for the same.")
    with pytest.raises(Forbidden):
        moved(other)
    assert services.open_motion(support, other, proposal=Proposal.FORWARD, reasons="Good.").state is MotionState.OPEN


def test_of_two_motions_in_the_same_moment_one_is_moved(app, item, support):
    answers, start, item_id = [], threading.Barrier(2), item.id

    def move():
        with app.app_context(), speaking("en"):
            start.wait()
            try:
                services.open_motion(support, current().get_one(Item, item_id), proposal=Proposal.FORWARD, reasons="A")
                answers.append("moved")
            except Conflict:
                answers.append("refused")

    threads = [threading.Thread(target=move) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(answers) == ["moved", "refused"]
    assert len(fresh(item).motions) == 1


def test_in_an_election_silence_it_shows_who_voted_and_not_how(item):
    motion = moved(item)
    voted(motion, "yes", "no")
    with atomic() as session:
        session.add(Silence(title="Election", starts_at=now(), ends_at=now() + timedelta(days=1)))
    view = votes_on(motion)
    assert view.held
    assert [(vote.voted, vote.choice) for vote in view.votes] == [(True, None)] * 2 + [(False, None)] * 3
    assert set(view.counts.values()) == {0}


def test_terms_are_counted_in_days_of_the_portals_clocks():
    with clock.at(datetime(2026, 5, 10, 15, 30, tzinfo=UTC)):
        assert today() == date(2026, 5, 11)


def test_a_member_whose_term_ends_while_a_motion_is_open_still_votes(item, body):
    """The list of members is frozen with the motion."""
    motion, member = moved(item), seats(body)[0]
    with atomic():
        member.ends_on = today() - timedelta(days=1)
    services.vote(member_actor(member), motion, choice="yes")
    assert votes_on(motion).counts["yes"] == 1
