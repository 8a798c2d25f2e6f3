"""The move from SQLite to PostgreSQL: every row, the same in both, or nothing at all."""

import pytest
from sqlalchemy import NullPool, create_engine, event, func, null, select, text

from civicportal.core import leases
from civicportal.core.transactions import atomic, current
from civicportal.extensions import Base, db
from civicportal.institutions.models import Institution
from civicportal.petitions.models import Petition
from civicportal.recovery.queries import rows_by_table
from civicportal.voting.models import Box
from tests import needs
from tests.databases import fresh_database
from tests.factories.institutions import InstitutionFactory
from tests.factories.petitions import Sent, filed, guest_filed
from tests.factories.voting import open_secret_box, vote, voters

pytestmark = pytest.mark.postgresql


@pytest.fixture
def old(install):
    """A SQLite portal with petitions, a vote, and institutions that refer to one another in a circle of numbers."""
    made = install("old")
    with made.context():
        first, second = InstitutionFactory(), InstitutionFactory(name_en="한글 \\ 'quote' \"twice\"")
        with atomic():
            current().get_one(Institution, first.id).parent_id = second.id
        people = voters(3)
        box = open_secret_box(people)
        vote(people[0], box)
        filed(people[1], first, files=(Sent("minutes.txt", b"Minutes.\n"),))
        guest_filed(text="가로등이 꺼졌습니다 🕯\n둘째 줄")
    return made


@pytest.fixture
def target(old, install, tmp_path):
    """An empty, migrated PostgreSQL database."""
    needs.need(needs.postgresql(), "PostgreSQL")
    with fresh_database(needs.POSTGRESQL, tmp_path) as url:
        new = install("new", url=url)
        yield new
        with new.app.app_context():
            db.engine.dispose()


def url_of(portal):
    return portal.app.config["SETTINGS"].database_url


def counts(portal):
    with portal.app.app_context(), db.engine.connect() as connection:
        return rows_by_table(connection)


def test_every_row_is_there_and_the_portal_goes_on(old, target):
    printed = old.done("move-database", "--to", url_of(target))
    assert counts(target) == counts(old)
    assert f"{sum(counts(old).values())} rows" in printed
    with old.context():
        told = [(one.number, one.text, one.filed_at, one.suggestions) for one in petitions()]
        frozen, nulls = current().scalars(select(Box.frozen)).one(), absent()
    with target.context():
        assert [(one.number, one.text, one.filed_at, one.suggestions) for one in petitions()] == told
        assert current().scalars(select(Box.frozen)).one() == frozen
        assert absent() == nulls
        assert filed().id > max(one.id for one in petitions()[:-1])  # sequences go on


def petitions():
    return current().scalars(select(Petition).order_by(Petition.id)).all()


def absent():
    """JSON that is absent, apart from JSON that says null."""
    return [current().scalar(select(func.count()).select_from(Box).where(column.is_(null())))
            for column in (Box.members, Box.levels, Box.tally)]


def test_foreign_keys_hold_again_afterwards(old, target):
    old.done("move-database", "--to", url_of(target))
    engine = create_engine(url_of(target), poolclass=NullPool)
    with engine.connect() as connection:
        found = connection.scalar(text("SELECT count(*) FROM pg_constraint WHERE contype = 'f' AND convalidated"))
    assert found == sum(len(table.foreign_key_constraints) for table in Base.metadata.sorted_tables)


def test_it_is_refused_while_the_portal_runs_or_somebody_writes(old, target, monkeypatch):
    with old.context():
        leases.acquire("beat", "a beat", 15)
    assert "is running" in old.run("move-database", "--to", url_of(target)).output
    with old.context():
        leases.release("beat", "a beat")
    engine = create_engine(url_of(old), poolclass=NullPool)

    @event.listens_for(engine, "connect")
    def own(connection, _record):
        connection.isolation_level = None

    monkeypatch.setattr("civicportal.core.dialect.BUSY_MS", 200)
    with old.app.app_context():
        db.engine.dispose()
    with engine.connect() as writer:
        writer.exec_driver_sql("BEGIN IMMEDIATE")
        refused = old.run("move-database", "--to", url_of(target))
        writer.exec_driver_sql("ROLLBACK")
    assert (refused.exit_code, "somebody writes" in refused.output) == (1, True)
    assert not any(counts(target).values())


def test_nobody_writes_while_it_moves(old, target, monkeypatch):
    from civicportal.recovery.services import moving  # noqa: PLC0415 - to look into it

    refusals = []
    raw = moving._raw

    def looking(table):
        engine = create_engine(url_of(old), poolclass=NullPool, connect_args={"timeout": 0})
        with engine.connect() as connection:
            try:
                connection.exec_driver_sql("DELETE FROM leases")
            except Exception as refusal:
                refusals.append(str(refusal))
        return raw(table)

    monkeypatch.setattr(moving, "_raw", looking)
    old.done("move-database", "--to", url_of(target))
    assert len(refusals) == len(Base.metadata.sorted_tables)


def test_it_is_refused_into_a_database_that_is_not_ready(old, target, tmp_path):
    with target.context():
        filed()
    assert "not empty" in old.run("move-database", "--to", url_of(target)).output
    with fresh_database(needs.POSTGRESQL, tmp_path) as empty:
        assert "db upgrade" in old.run("move-database", "--to", empty).output
    assert "must be" in old.run("move-database", "--to", "sqlite:///elsewhere").output
    assert "not a SQLite" in target.run("move-database", "--to", url_of(target)).output


def test_a_difference_undoes_everything(old, target, monkeypatch):
    from civicportal.recovery.services import moving  # noqa: PLC0415

    written = moving._written

    def losing(source, into, table):
        for rows in written(source, into, table):
            if table.name == "petitions":
                into.execute(text("UPDATE petitions SET title = 'changed on the way'"))
            yield rows

    monkeypatch.setattr(moving, "_written", losing)
    refused = old.run("move-database", "--to", url_of(target))
    assert (refused.exit_code, "petitions is not the same" in refused.output) == (1, True)
    assert not any(counts(target).values())
    monkeypatch.undo()
    old.done("move-database", "--to", url_of(target))  # and it can be done again


def test_what_postgresql_does_not_take_is_said(old, target):
    with old.context(), db.engine.begin() as connection:
        connection.execute(text("UPDATE petitions SET title = 'zero ' || char(0) || ' byte'"))
        assert connection.scalar(select(func.count()).select_from(Petition))
    refused = old.run("move-database", "--to", url_of(target))
    assert (refused.exit_code, "PostgreSQL does not take" in refused.output) == (1, True)
    assert "petitions" in refused.output
    assert "zero" not in refused.output
