"""A vote from its planning to its end by the beat's tasks alone, in any number of workers with any clock."""

from datetime import timedelta

import pytest

from civicportal.accounts.queries import actor_for
from civicportal.core.clock import at, now
from civicportal.core.permissions import SYSTEM, Role
from civicportal.core.tasks import celery
from civicportal.core.transactions import current
from civicportal.voting.models import Box
from civicportal.voting.news import BoxClosed, ThresholdCrossed, ThresholdMissed
from civicportal.voting.queries.log import keys
from civicportal.voting.queries.totals import published_totals
from civicportal.voting.services.batches import make_batch
from civicportal.voting.services.casting import cast_open
from civicportal.voting.services.export import export_box
from civicportal.voting.services.keys import log_signers
from civicportal.voting.services.opening import plan_box
from civicportal.voting.services.rounds import end_of, month_of
from civicportal.voting.services.silence import declare_silence
from civicportal.voting.states import BoxState, KeyPurpose, PolicyKind
from tests.factories.accounts import PersonFactory, staff
from tests.factories.voting import vote, voters
from tests.voting.ballots import at_once, counts, heads, open_by_name, pending, set_threshold
from tests.voting.checking import checked
from worker.schedule import SCHEDULE

DAY, HOUR = timedelta(days=1), timedelta(hours=1)
NAMES = sorted(entry["task"] for entry in SCHEDULE.values() if entry["task"].startswith("voting."))


@pytest.fixture
def start(worker):
    return now().replace(microsecond=0)


def tick(moment):
    """Every task of the beat once, in no helpful order."""
    with at(moment):
        for name in NAMES:
            celery.tasks[name]()


def planned(start, **rules):
    return plan_box(SYSTEM, **{"slug": "park", "question": "A new park?", "language": "en", "opens_at": start + HOUR,
                               "closes_at": start + DAY, **rules})


def seen(box):
    current().rollback()
    current().expire_all()  # tasks have sessions of their own
    return current().get_one(Box, box.id)


def verified(box, folder):
    """The public files of this moment agree with each other, by the verifier everybody has."""
    export_box(seen(box), folder)
    code, report = checked(folder, key=log_signers()[0].vkey)
    assert code == 0, report


def test_a_vote_lives_by_the_clock_alone(start, heard, tmp_path):
    people = voters(9)
    box = planned(start, policy_id=set_threshold(PolicyKind.NUMBER, 4).id)
    tick(start)
    assert seen(box).state is BoxState.SCHEDULED
    tick(start + HOUR)
    tick(start + HOUR)
    assert seen(box).state is BoxState.OPEN
    with at(start + 2 * HOUR):
        receipts = [vote(person, box, choice) for person, choice in zip(people, ["yes", "no", "yes"] * 3, strict=True)]
    tick(start + 2 * HOUR)
    tick(start + 2 * HOUR + timedelta(minutes=1))
    assert pending(box) == 0
    assert heard == [ThresholdCrossed(box.id, 2)]
    verified(box, tmp_path / "open")
    tick(start + DAY)
    tick(start + DAY + timedelta(minutes=1))
    assert (seen(box).state, seen(box).tally) == (BoxState.CLOSED, counts(yes=6, no=3))
    tick(start + 9 * DAY)
    assert seen(box).state is BoxState.FINAL
    assert heard == [ThresholdCrossed(box.id, 2), BoxClosed(box.id)]
    assert receipts[0].tracker in (tmp_path / "open" / "ballots.jsonl").read_text()
    verified(box, tmp_path / "final")
    assert {key.purpose for purpose in KeyPurpose for key in keys(purpose)} == set(KeyPurpose)


def test_workers_whose_clocks_differ_by_minutes_agree_in_the_end(start, heard, tmp_path):
    people = voters(9)
    box = planned(start, policy_id=set_threshold(PolicyKind.NUMBER, 20).id)
    ahead, behind = timedelta(minutes=5), timedelta(minutes=-5)
    for minute in range(0, 26 * 60, 60):
        moment = start + timedelta(minutes=minute)
        for skew in (ahead, behind):
            tick(moment + skew)
        if people and seen(box).state is BoxState.OPEN and minute:
            with at(moment):
                vote(people.pop(), box)
    assert seen(box).tally == counts(yes=9)
    assert heard == [BoxClosed(box.id), ThresholdMissed(box.id)]
    moments = [head.at for head in heads(box)]
    assert moments == sorted(moments)
    verified(box, tmp_path / "final")


def test_a_month_is_compared_by_the_clock_alone(start, heard, tmp_path):
    people = voters(6)
    policy = set_threshold(PolicyKind.MONTHLY, 1)
    end = end_of(month_of(start + 2 * HOUR))
    boxes = [planned(start, slug=slug, policy_id=policy.id, closes_at=end + 3 * DAY) for slug in ("park", "lake")]
    tick(start + HOUR)
    with at(start + 2 * HOUR):
        for person in people:
            vote(person, boxes[0], "yes")
            vote(person, boxes[1], "yes" if person is people[0] else "no")
    tick(start + 2 * HOUR)
    tick(end)
    tick(end)
    assert heard == [ThresholdCrossed(boxes[0].id, heads(boxes[0])[-1].number)]
    verified(boxes[0], tmp_path / "park")


def test_a_vote_by_name_ends_with_its_last_member(start, heard, tmp_path):
    members = [PersonFactory() for _ in range(3)]
    box = open_by_name(*members)
    tick(box.opens_at)
    for person in members:
        cast_open(actor_for(person), box, choice="yes")
    verified(box, tmp_path / "open")
    tick(start + HOUR)
    assert seen(box).tally == counts(yes=3)
    verified(box, tmp_path / "closed")


def test_the_files_agree_before_in_and_after_a_silence(start, heard, tmp_path):
    people = voters(6)
    box = planned(start, policy_id=set_threshold(PolicyKind.NUMBER, 3).id)
    tick(start + HOUR)
    with at(start + HOUR):
        declare_silence(actor_for(staff(Role.OPERATOR)), title="Election", starts_at=start + 3 * HOUR,
                        ends_at=start + 3 * DAY)
        for person in people[:3]:
            vote(person, box, "no")
    tick(start + 2 * HOUR)
    for moment, voter in ((start + 4 * HOUR, people[3:5]), (start + DAY, people[5:]), (start + 2 * DAY, [])):
        with at(moment):
            for person in voter:
                vote(person, box, "yes")
            make_batch(seen(box), force=True)
        tick(moment)
        with at(moment):
            assert published_totals(seen(box)).counts == counts(no=3)
            verified(box, tmp_path / f"{moment:%d%H}")
    assert heard == []
    tick(start + 3 * DAY)
    tick(start + 3 * DAY + HOUR)
    assert heard == [BoxClosed(box.id), ThresholdCrossed(box.id, 3)]
    with at(start + 3 * DAY + HOUR):
        verified(box, tmp_path / "end")


def test_every_task_at_once_in_several_workers(worker, start, heard):
    people = voters(6)
    with at(start - 3 * DAY):
        box = planned(start - 3 * DAY, closes_at=start + DAY, policy_id=set_threshold(PolicyKind.NUMBER, 3).id)
    tick(start - 2 * DAY)
    with at(start - 2 * DAY):
        for person in people:
            vote(person, box)

    def all_tasks():
        for name in NAMES:
            celery.tasks[name]()

    for _ in range(2):
        assert at_once(worker, *[all_tasks] * 3) == []
    assert pending(box) == 0
    assert heads(box)[-1].counts == counts(yes=6)
    assert heard == [ThresholdCrossed(box.id, heads(box)[-1].number)]


def test_the_tasks_have_nothing_to_do_in_an_empty_portal(start):
    tick(start)
