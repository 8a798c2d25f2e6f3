"""Arguments: two columns ranked by readers, limits, hiding in the open."""

from dataclasses import replace

import pytest
from sqlalchemy import delete, func, select

from civicportal.accounts.queries import actor_for
from civicportal.core import clock
from civicportal.core.errors import Conflict, Forbidden, Invalid, NotFound
from civicportal.core.events import publish
from civicportal.core.permissions import Role
from civicportal.core.transactions import atomic, current
from civicportal.forum.models import ArgumentRating
from civicportal.forum.queries.arguments import columns
from civicportal.forum.queries.timeline import past
from civicportal.forum.queries.visibility import argument_of
from civicportal.forum.services import arguments
from civicportal.forum.states import Side
from civicportal.voting.news import ThresholdMissed
from tests.architecture.doors.looking import statements
from tests.factories.accounts import PersonFactory, staff
from tests.factories.forum import (
    argued,
    reading,
    returned,
    reviewer_named,
    submitted,
    supporter_named,
    taken,
    verbs,
    voting,
    while_voting,
)

pytestmark = pytest.mark.usefixtures("english")


def someone():
    return actor_for(PersonFactory())


def rate(argument, *said):
    for helpful in said:
        arguments.rate(someone(), argument, helpful=helpful)


def test_two_columns_in_the_order_of_readers():
    task = reading()
    weak, strong, new = argued(task, text="It is nice."), argued(task, text="It costs little."), argued(task)
    against = argued(task, side=Side.AGAINST, text="한국어로 쓴 반대 의견입니다.")
    rate(weak, True, False)
    rate(strong, True, True)
    shown = columns(task, None)
    assert [one.id for one in shown.pro] == [strong.id, weak.id, new.id]
    assert [(one.id, one.language) for one in shown.contra] == [(against.id, "ko")]
    assert [(one.helpful, one.unhelpful) for one in shown.pro] == [(2, 0), (1, 1), (0, 0)]


def test_a_reader_rates_once_and_may_think_again():
    argument, reader = argued(reading()), someone()
    for helpful in (True, True, False):
        arguments.rate(reader, argument, helpful=helpful)
    assert (argument.helpful, argument.unhelpful) == (0, 1)
    assert current().scalar(select(func.count()).select_from(ArgumentRating)) == 1


def test_nobody_rates_the_own_argument():
    person = PersonFactory()
    argument = argued(reading(), person)
    with pytest.raises(Forbidden):
        arguments.rate(actor_for(person), argument, helpful=True)
    with pytest.raises(Forbidden):
        arguments.rate(actor_for(PersonFactory(level=0)), argument, helpful=True)


@pytest.mark.parametrize("make", [submitted, returned, lambda: taken()[0]])
def test_before_the_reading_period_nobody_argues(make):
    with pytest.raises(Conflict):
        argued(make())


def test_while_voting_people_still_argue_and_after_it_they_read():
    task = voting()
    with clock.at(while_voting(task)):
        argument = argued(task)
    with atomic():
        publish(ThresholdMissed(task.box_id))
    for act in (lambda: argued(task), lambda: arguments.rate(someone(), argument, helpful=True)):
        with pytest.raises(Conflict):
            act()
    [shown] = columns(task, someone()).pro
    assert (shown.text, shown.may_rate) == ("It helps.", False)


def test_so_many_arguments_on_one_task_and_so_long():
    person, task = PersonFactory(), reading()
    for text in ("", "x" * 1001):
        with pytest.raises(Invalid):
            argued(task, person, text=text)
    for _ in range(10):
        argued(task, person)
    with pytest.raises(Conflict, match="10 arguments"):
        argued(task, person)
    argued(task)
    argued(reading(), person)
    with pytest.raises(Forbidden):
        argued(task, PersonFactory(level=0))


@pytest.mark.parametrize(("role", "part"), [(Role.REVIEWER, "Reviewer"), (Role.SUPPORT, "Support unit:")])
def test_hiding_leaves_the_reason_in_place_of_the_text(role, part):
    task, person = reading(), PersonFactory()
    argument, other = argued(task, person, text="Mr Lee of our house is a thief."), argued(task)
    rate(argument, True, True)
    arguments.hide(actor_for(staff(role, name="Kim")), argument, reason="It accuses a named person.")
    shown = columns(task, None).pro
    assert [one.id for one in shown] == [other.id, argument.id]
    assert (shown[1].text, shown[1].hidden_reason) == (None, "It accuses a named person.")
    assert "thief" not in repr(columns(task, actor_for(person)))
    step = past(task)[-1]
    assert (step.title, step.who, step.reason) == (
        "An argument was hidden", f"{part} Kim", "It accuses a named person.")
    with pytest.raises(Conflict):
        arguments.hide(supporter_named(), argument, reason="Again.")
    with pytest.raises(Conflict):
        rate(argument, True)


def test_who_hides_needs_the_right_a_reason_and_distance():
    mine = reading(staff(Role.REVIEWER))
    argument = argued(mine)
    for actor in (actor_for(mine.author), someone(), actor_for(staff(Role.OPERATOR))):
        with pytest.raises(Forbidden):
            arguments.hide(actor, argument, reason="I do not like it.")
        assert not columns(mine, actor).pro[0].may_hide
    with pytest.raises(Invalid):
        arguments.hide(reviewer_named("Kim"), argument, reason=" ")
    assert "hide" not in verbs(mine)
    assert columns(mine, reviewer_named("Lee")).pro[0].may_hide


def test_a_reader_sees_the_own_part_and_nobody_elses():
    person, task = PersonFactory(), reading()
    argument = argued(task, person)
    reader = someone()
    arguments.rate(reader, argument, helpful=False)
    views = [columns(task, actor).pro[0] for actor in (actor_for(person), reader, someone(), None)]
    assert [(one.mine, one.rated, one.may_rate) for one in views] == [
        (True, None, False), (False, False, True), (False, None, True), (False, None, False)]


def test_an_argument_belongs_to_its_task():
    task, argument = reading(), argued(reading())
    with pytest.raises(NotFound):
        argument_of(task, argument.id)
    assert argument_of(argument.task, argument.id) == argument


def paged(task, side, actor=None):
    """Every page of one side, as ids."""
    pages, cursor = [], None
    while True:
        found = columns(task, actor, {side: cursor})
        pages.append([one.id for one in (found.pro if side is Side.FOR else found.contra)])
        cursor = found.older[side]
        if cursor is None:
            return pages


def test_each_side_is_read_page_by_page_best_first_and_hidden_last(app, monkeypatch):
    monkeypatch.setitem(app.config, "SETTINGS", replace(app.config["SETTINGS"], page_size=2))
    task = reading()
    plain, best, rude, good, last = (argued(task) for _ in range(5))
    against = argued(task, side=Side.AGAINST)
    rate(best, True, True, True)
    rate(good, True, True)
    rate(rude, True, True, True, True)
    arguments.hide(reviewer_named("Kim"), rude, reason="It names a person.")
    assert paged(task, Side.FOR) == [[best.id, good.id], [plain.id, last.id], [rude.id]]
    assert paged(task, Side.AGAINST) == [[against.id]]
    found = columns(task, None, {Side.FOR: "no cursor", Side.AGAINST: "1.2.3"})
    assert [one.id for one in found.pro] == [best.id, good.id]
    assert found.counts == {Side.FOR: 5, Side.AGAINST: 1}


def test_a_forgotten_rating_changes_the_order():
    task = reading()
    first, second = argued(task), argued(task)
    rate(first, True)
    rate(second, True, True)
    with atomic():
        current().execute(delete(ArgumentRating).where(ArgumentRating.argument_id == second.id))
        arguments.recount(second)
    assert [one.id for one in columns(task, None).pro] == [first.id, second.id]


def test_many_arguments_cost_no_more_questions_than_few():
    """Also for a reader who is signed in and may hide them."""
    task, reader = reading(), reviewer_named("Kim")

    def asked():
        current().expire_all()
        with statements() as said:
            columns(task, reader)
        return len(said)

    argued(task)
    few = asked()
    for _ in range(8):
        rate(argued(task), True)
        argued(task, side=Side.AGAINST)
    assert asked() == few
