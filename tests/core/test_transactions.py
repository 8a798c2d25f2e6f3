"""The one place that commits."""

import threading

import pytest
from sqlalchemy import func, select, text

from civicportal.accounts.models import Person
from civicportal.core.dialect import insert_new
from civicportal.core.leases import Lease, acquire
from civicportal.core.transactions import after_commit, atomic, current, lock
from civicportal.notifications.models import OutboxMessage
from tests.factories.accounts import PersonFactory


def people() -> int:
    current().rollback()
    return current().scalar(select(func.count()).select_from(Person))


def test_the_outer_block_commits_once_and_the_inner_joins(app):
    with atomic() as session:
        session.add(Person(name="a", locale="ko"))
        with atomic() as inner:
            assert inner is session
            inner.add(Person(name="b", locale="ko"))
        with app.app_context():
            assert people() == 0
    assert people() == 2


def test_an_exception_undoes_everything_also_that_of_an_inner_block(app):
    def fail():
        with atomic() as session:
            session.add(Person(name="a", locale="ko"))
            with atomic():
                session.add(Person(name="b", locale="ko"))
                session.flush()
                raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    assert people() == 0


def test_queued_work_runs_after_the_commit_and_only_then(app):
    seen = []
    with atomic() as session:
        session.add(Person(name="a", locale="ko"))
        after_commit(lambda: seen.append(people()))
        assert seen == []
    assert seen == [1]


def test_queued_work_is_forgotten_with_a_rollback(app):
    seen = []

    def fail():
        with atomic():
            after_commit(lambda: seen.append(1))
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    with atomic():
        pass
    assert seen == []


def test_work_can_only_be_queued_inside(app):
    with pytest.raises(RuntimeError):
        after_commit(print)


def test_a_stale_row_is_read_again_under_the_lock(app):
    person = PersonFactory(name="before")
    assert current().get(Person, person.id).name == "before"
    change = threading.Thread(target=_rename, args=(app, person.id))
    change.start()
    change.join()
    with atomic():
        assert person.name == "after"


def test_locking_a_row_loses_nothing_that_was_set_before(app):
    person = PersonFactory(name="before")
    with atomic():
        person.name = "after"
        lock(person)
        assert person.name == "after"
    assert current().get(Person, person.id).name == "after"


def _rename(app, person_id):
    with app.app_context(), atomic() as session:
        session.get(Person, person_id).name = "after"


def test_changes_outside_are_refused_rather_than_lost(app):
    person = PersonFactory()
    person.name = "changed outside"
    with pytest.raises(RuntimeError), atomic():
        pass


def test_writers_wait_for_each_other(app):
    """Twenty read-then-write increments from four threads: none is lost on either database."""
    with atomic() as session:
        session.execute(text("DELETE FROM leases"))
    threads = [threading.Thread(target=_increment, args=(app,)) for _ in range(4)]
    acquire("count", "0", 60)
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    current().rollback()
    assert current().get(Lease, "count").holder == "20"


def _increment(app):
    for _ in range(5):
        with app.app_context(), atomic() as session:
            row = session.scalars(select(Lease).where(Lease.name == "count").with_for_update()).one()
            row.holder = str(int(row.holder) + 1)


def test_insert_new_says_whether_it_was_first(app):
    person = PersonFactory()
    values = {"event": "e", "slug": "s", "channel": "c", "person_id": person.id, "locale": "ko",
              "next_try_at": person.confirmed_at}
    unique = ["event", "person_id", "channel", "slug"]
    with atomic() as session:
        assert insert_new(session, OutboxMessage, values, unique)
        assert not insert_new(session, OutboxMessage, values, unique)
