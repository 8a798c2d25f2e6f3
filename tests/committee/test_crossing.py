"""From citizens' votes over the threshold into the queue, with the figures of the crossing head and of the last."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from civicportal.accounts.queries import actor_for
from civicportal.committee.models import Item
from civicportal.committee.queries.figures import figures
from civicportal.committee.queries.task_place import task_place
from civicportal.core import clock
from civicportal.core.clock import now
from civicportal.core.transactions import current
from civicportal.forum.services.support import bring
from civicportal.forum.states import TaskState
from civicportal.voting.queries.voters import voter_of
from civicportal.voting.services.batches import make_batch
from civicportal.voting.services.casting import cast
from civicportal.voting.services.closing import close_box
from civicportal.voting.services.thresholds import judge_due
from civicportal.voting.trackers import new_nonce
from tests.factories.committee import BodyFactory, referred_task
from tests.factories.forum import in_force, supporter_named, voting, while_voting
from tests.factories.voting import as_worker, voters

pytestmark = pytest.mark.usefixtures("english")


@pytest.fixture
def body(app):
    return BodyFactory()


@pytest.fixture
def citizens(app):
    return voters(6)


@pytest.fixture
def task(citizens):
    in_force(value=3)
    return voting()


def cast_by(people, box, choice):
    for person in people:
        actor = actor_for(person)
        cast(voter_of(actor, box), box, choice=choice, nonce=new_nonce())


def counted(app, folder, box):
    """A batch, its head, and its comparison with the threshold."""
    with as_worker(app, folder):
        make_batch(box, force=True)
        judge_due()


def test_a_task_comes_into_the_queue_once_by_its_votes_alone(app, tmp_path, body, citizens, task):
    with clock.at(while_voting(task)):
        cast_by(citizens[:2], task.box, "yes")
        counted(app, tmp_path, task.box)
        assert current().scalars(select(Item)).all() == []
        cast_by(citizens[2:4], task.box, "yes")
        cast_by(citizens[4:5], task.box, "no")
        counted(app, tmp_path, task.box)
        judge_due()
        item = current().scalars(select(Item)).one()
        assert (item.weight, item.without_threshold, item.box_id) == (4, False, task.box_id)
        assert item.due_at - now() == timedelta(days=30)
        assert task_place(task.id).place.number == 1
    with clock.at(while_voting(task)):
        cast_by(citizens[5:], task.box, "abstain")
    with clock.at(task.box.closes_at):
        with as_worker(app, tmp_path):
            close_box(task.box)
        found = figures(item)
    assert found.crossing.counts == {"yes": 4, "no": 1, "abstain": 0}
    assert found.last.counts == {"yes": 4, "no": 1, "abstain": 1}
    assert (found.last.last, found.crossing.last) == (True, False)
    assert found.last.electorate_size >= 6


def test_what_was_brought_early_weighs_what_it_reaches_later(app, tmp_path, body, citizens, task):
    with clock.at(while_voting(task)):
        bring(supporter_named(), task, reason="It cannot wait.")
        item = current().scalars(select(Item)).one()
        assert (item.weight, item.without_threshold, figures(item).crossing) == (0, True, None)
        cast_by(citizens[:3], task.box, "yes")
        counted(app, tmp_path, task.box)
        current().expire_all()
        assert (item.weight, item.without_threshold) == (3, True)
        assert task.state is TaskState.IN_COMMITTEE


def test_without_a_committee_the_task_says_that_it_waits(app):
    task = referred_task()
    assert task_place(task.id).item is None
    assert task_place(referred_task(state=TaskState.READING).id) is None
