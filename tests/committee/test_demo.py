"""The demo shows a decided item, an overdue one, an open motion, and one without the threshold."""

import json

from sqlalchemy import func, select

from civicportal.committee.models import Body, Item
from civicportal.committee.queries.bodies import seats
from civicportal.committee.queries.queue import overdue
from civicportal.committee.services.demo import SOURCE, load_committee
from civicportal.committee.states import ItemState, MotionState
from civicportal.core.permissions import Role
from civicportal.core.transactions import current
from civicportal.notifications.models import OutboxMessage
from tests.factories.accounts import PersonFactory, staff
from tests.factories.forum import in_force
from tests.factories.voting import as_worker


def people():
    """An account for every key that the demo names."""
    source = json.loads(SOURCE.read_text(encoding="utf-8"))
    keys = {seat["person"] for seat in source["seats"]} | {task["author"] for task in source["tasks"]}
    made = {key: PersonFactory().id for key in sorted(keys)}
    return made | {"reviewer": staff(Role.REVIEWER).id, "support": staff(Role.SUPPORT).id}


def test_every_stage_of_the_queue_is_there_once(app, tmp_path):
    in_force()
    known = people()
    with as_worker(app, tmp_path):
        titles = list(load_committee(known))
        assert list(load_committee(known)) == []
    body = current().scalars(select(Body)).one()
    found = seats(body)
    assert (len(found.members), len(found.alternates), len(found.past)) == (6, 1, 1)
    items = current().scalars(select(Item).order_by(Item.id)).all()
    assert [item.task.title for item in items] == titles
    assert [item.state for item in items] == [ItemState.FORWARDED, *[ItemState.QUEUED] * 3]
    assert [overdue(item) for item in items] == [False, True, False, False]
    assert [[motion.state for motion in item.motions] for item in items] == [
        [MotionState.RECORDED], [MotionState.LOST], [MotionState.OPEN], []]
    assert [item.weight for item in items] == [14, 10, 17, 0]
    assert items[2].motions[0].stand_ins
    mails = select(func.count()).select_from(OutboxMessage).where(OutboxMessage.channel == "email")
    assert current().scalar(mails) == 0
