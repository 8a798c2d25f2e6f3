"""A PostgreSQL server of one's own: base backup plus write-ahead log bring back what was written after the backup."""

import pytest
from sqlalchemy import func, select, text

from civicportal.core.transactions import current
from civicportal.extensions import db
from civicportal.petitions.models import Petition
from civicportal.petitions.services.record import keep_record
from tests import needs
from tests.cluster import archiving, empty_cluster, programs
from tests.factories.petitions import Sent, filed
from tests.processes import wait

pytestmark = pytest.mark.processes


def archived(portal) -> None:
    """Wait until all that is written now lies in the archive."""
    with portal.context():
        segment = current().scalar(text("SELECT pg_walfile_name(pg_switch_wal())"))
        current().rollback()
    wait((portal.store / "wal" / f"{segment}.age").exists, 60, "segment of the log in the archive")


def test_a_server_comes_back_with_what_was_written_after_its_backup(install):
    needs.need(programs(), "a PostgreSQL server to start")
    with empty_cluster() as cluster, empty_cluster() as other:
        cluster.initialize()
        old = install("old", url=cluster.url, migrated=False)
        old.store = cluster.folder / "store"
        cluster.settings = archiving(cluster, old.store, old.app.config["SETTINGS"].backup_recipients)
        cluster.start()
        old.done("db", "upgrade")
        with old.context():
            filed(files=(Sent("minutes.txt", b"Minutes of our meeting.\n" * 9),))
            keep_record()
        folder = old.backup()
        with old.context():
            filed(title="After the backup")
        archived(old)
        with old.context():
            filed(title="Never archived")
        cluster.kill()

        new = install("new", url=other.url, migrated=False)
        new.store = old.store
        data = other.folder / "data"
        assert "--data" in new.restore().output
        result = new.restore("--data", data, "--heads", old.heads)
        assert result.exit_code == 0, result.output
        assert "not empty" in new.restore("--data", data, "--replace").output
        other.own(data)
        other.start()
        wait(other.is_primary, 60, "end of recovery")
        assert "No log has lost an entry" in new.done("check-restored", "--from", folder)
        with new.context():
            titles = current().scalars(select(Petition.title).order_by(Petition.id)).all()
            assert (len(titles), titles[-1]) == (2, "After the backup")
            filed(title="And on it goes")
            assert current().scalar(select(func.count()).select_from(Petition)) == 3
        assert [path.name for path in new.media.rglob("*") if path.is_file()]


def test_a_server_that_does_not_let_itself_be_copied_says_why(install):
    needs.need(programs(), "a PostgreSQL server to start")
    with empty_cluster() as cluster:
        cluster.initialize()
        cluster.start()
        portal = install("portal", url=cluster.url)
        with portal.context(), db.engine.begin() as connection:
            connection.execute(text("CREATE ROLE clerk LOGIN PASSWORD 'secret-word'"))
            connection.execute(text("GRANT SELECT ON ALL TABLES IN SCHEMA public TO clerk"))
        clerk = install("clerk", url=cluster.url.replace("postgres@", "clerk:secret-word@"), migrated=False)
        refused = clerk.run("backup", "--to", clerk.store)
        assert refused.exit_code == 1
        assert "no base backup was made" in refused.output
        assert "secret-word" not in refused.output
        assert list(clerk.store.glob("2*")) == []
