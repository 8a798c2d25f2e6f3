"""The demo shows a task in each stage before the Committee, once."""

import json

import pytest
from sqlalchemy import func, select

from civicportal.core.clock import now
from civicportal.core.permissions import Role
from civicportal.core.transactions import current
from civicportal.forum.models import Argument, Task
from civicportal.forum.queries.due import is_overdue
from civicportal.forum.services.demo import SOURCE, load_tasks
from civicportal.forum.states import Side, TaskState
from civicportal.notifications.models import OutboxMessage
from civicportal.voting.queries.totals import published_totals
from civicportal.voting.states import BoxState
from tests.factories.accounts import PersonFactory, staff
from tests.factories.forum import in_force
from tests.factories.voting import as_worker


@pytest.fixture
def people(app):
    in_force()
    keys = {plan["author"] for plan in json.loads(SOURCE.read_text(encoding="utf-8"))}
    return {"reviewer": staff(Role.REVIEWER).id} | {
        key: PersonFactory().id for key in sorted(keys) if not key.startswith("citizen-")}


def test_every_stage_before_the_committee_is_there_once(app, tmp_path, people):
    with as_worker(app, tmp_path):
        titles = list(load_tasks(people))
        assert list(load_tasks(people)) == titles
    tasks = current().scalars(select(Task).order_by(Task.id)).all()
    assert [task.title for task in tasks] == titles
    assert [task.state for task in tasks] == [
        TaskState.DECLINED, TaskState.VOTING, TaskState.RETURNED, TaskState.READING, TaskState.SUBMITTED]
    assert not any(is_overdue(task) for task in tasks)
    voting, reading = tasks[1], tasks[3]
    assert (voting.box.state, published_totals(voting.box).counts["yes"]) == (BoxState.OPEN, 5)
    assert reading.due_at > now()
    said = current().scalars(select(Argument).where(Argument.task_id == reading.id)).all()
    assert {argument.side for argument in said} == set(Side)
    assert all(argument.helpful for argument in said)
    mails = select(func.count()).select_from(OutboxMessage).where(OutboxMessage.channel == "email")
    assert current().scalar(mails) == 0
