"""A backup of a SQLite portal: whole, secret, verified before anything is overwritten, and old ones go."""

import json
import shutil
import sqlite3
import threading
import time
from contextlib import closing
from datetime import timedelta

import pytest
from sqlalchemy import func, select

from civicportal.core import leases
from civicportal.core.clock import at, now
from civicportal.core.transactions import current
from civicportal.petitions.models import Petition, PetitionFile
from civicportal.petitions.services.files import storage
from civicportal.petitions.services.record import keep_record
from civicportal.recovery.sealed import new_identity
from config import SettingsError, from_env
from tests.factories.petitions import TITLE, Sent, filed

TEXT = b"Minutes of our meeting about the lamps.\n" * 20


@pytest.fixture
def old(install):
    """A portal with a petition that has a file, and a head of the record."""
    made = install("old")
    with made.context():
        filed(files=(Sent("minutes.txt", TEXT),))
        keep_record()
    return made


@pytest.fixture
def new(install):
    return install("new", migrated=False)


def titles(portal):
    with portal.context():
        return current().scalars(select(Petition.title).order_by(Petition.id)).all()


def test_what_was_backed_up_comes_back_on_another_machine(old, new):
    old.backup()
    shutil.rmtree(old.folder)
    assert new.restore().exit_code == 0
    assert titles(new) == [TITLE]
    with new.context():
        key = current().scalars(select(PetitionFile.storage_key)).one()
        with storage().open(key) as content:
            assert content.read() == TEXT
    assert (new.heads / "record.txt").exists()
    assert "No log has lost an entry" in new.done("check-restored", "--from", new.store)


def test_files_in_an_object_store_are_said_to_be_in_no_backup(old, new):
    old.change(media_root="s3://bucket/files")
    assert "not in this backup" in old.done("backup", "--to", old.store)
    new.change(media_root="s3://bucket/files")
    refused = new.restore()
    assert (refused.exit_code, "object store" in refused.output) == (1, True)
    assert not (new.folder / "portal.sqlite").exists()


def test_nobody_but_the_custodian_reads_a_backup(old, new, tmp_path):
    folder = old.backup()
    for path in folder.iterdir():
        assert TITLE.encode() not in path.read_bytes()
        assert b"Minutes" not in path.read_bytes()
    assert list(old.folder.glob("*.copy*")) == []  # nor a copy left beside the database
    new_identity(tmp_path / "other.txt")
    refused = new.run("restore", "--from", new.store, "--identity", tmp_path / "other.txt")
    assert (refused.exit_code, "not sealed for this identity" in refused.output) == (1, True)
    assert not new.media.exists()


def test_a_backup_needs_somebody_to_seal_it_for(old):
    old.change(backup_recipients="")
    refused = old.run("backup", "--to", old.store)
    assert refused.exit_code == 1
    assert "BACKUP_RECIPIENTS" in refused.output
    with pytest.raises(SettingsError, match="BACKUP_RECIPIENTS"):
        from_env({"BACKUP_RECIPIENTS": "somebody"})


def test_keys_go_to_another_custodian_or_are_said_to_be_left_out(old, tmp_path):
    assert "left out" in old.done("backup", "--to", old.store)
    shutil.rmtree(old.store)
    old.change(backup_keys_recipient=new_identity(tmp_path / "notary.txt"))
    folder = old.backup()
    opened = old.run("restore", "--from", folder, "--identity", tmp_path / "notary.txt", "--replace")
    assert "not sealed for this identity" in opened.output  # the notary opens the keys alone
    from civicportal.recovery.sealed import main  # noqa: PLC0415 - as it is run by its path

    assert main(["open", str(folder / "keys.age"), str(tmp_path / "keys.env"), str(old.custodian)]) == 1
    (tmp_path / "keys.env").unlink()
    assert main(["open", str(folder / "keys.age"), str(tmp_path / "keys.env"), str(tmp_path / "notary.txt")]) == 0
    held = old.app.config["SETTINGS"]
    assert f"IDENTITY_KEY={held.identity_key}\n" in (tmp_path / "keys.env").read_text()
    assert f"LOG_SIGNING_KEY={held.log_signing_key}\n" in (tmp_path / "keys.env").read_text()
    with pytest.raises(SettingsError, match="BACKUP_KEYS_RECIPIENT"):
        from_env({"BACKUP_RECIPIENTS": held.backup_recipients, "BACKUP_KEYS_RECIPIENT": held.backup_recipients})


@pytest.mark.parametrize("name", ["database.age", "files.age", "heads.age", "manifest.json"])
@pytest.mark.parametrize("harm", ["cut", "changed", "gone"])
def test_a_harmed_backup_is_refused_before_anything_changes(old, new, name, harm):
    path = old.backup() / name
    whole = path.read_bytes()
    if harm == "gone":
        path.unlink()
    else:
        path.write_bytes(whole[:-20] if harm == "cut" else whole.replace(b'"count": 1', b'"count": 2')[:-9] + whole[-9:]
                         if name == "manifest.json" else whole[:-9] + bytes(9))
    before = sorted(new.folder.rglob("*"))
    assert new.restore().exit_code == 1
    assert sorted(new.folder.rglob("*")) == before


def test_a_manifest_that_counts_other_rows_than_there_are_is_refused(old, new, monkeypatch):
    counted = "civicportal.recovery.copies.count_sqlite"
    with monkeypatch.context() as lying:
        lying.setattr(counted, lambda _path, tables: dict.fromkeys(tables, 7))
        old.backup()
    refused = new.restore()
    assert (refused.exit_code, "does not have the rows" in refused.output) == (1, True)
    assert not (new.folder / "portal.sqlite").exists()


def test_the_backup_of_another_portal_is_refused(old, new):
    old.backup()
    new.change(identity_key="the-identity-key-of-quite-another-portal")
    refused = new.restore()
    assert (refused.exit_code, "IDENTITY_KEY" in refused.output) == (1, True)


def test_a_portal_that_is_not_empty_is_moved_aside_only_when_told(old, install):
    other = install("other")
    with other.context():
        filed(title="What is here already")
    old.backup()
    refused = other.restore()
    assert (refused.exit_code, "not empty" in refused.output) == (1, True)
    assert titles(other) == ["What is here already"]
    assert other.restore("--replace").exit_code == 0
    assert titles(other) == [TITLE]
    [aside] = [path for path in other.folder.glob("portal.sqlite.before-*") if path.suffix[-4:] not in ("-wal", "-shm")]
    with closing(sqlite3.connect(aside)) as before:
        assert before.execute("SELECT title FROM petitions").fetchall() == [("What is here already",)]


def test_a_running_portal_is_never_overwritten(old):
    old.backup()
    with old.context():
        leases.acquire("beat", "a beat", 15)
    refused = old.restore("--replace")
    assert (refused.exit_code, "is running" in refused.output) == (1, True)
    with old.context():
        leases.release("beat", "a beat")
    assert old.restore("--replace").exit_code == 0


def test_a_backup_taken_while_people_write_is_of_one_moment(old, new):
    path = old.folder / "portal.sqlite"
    with closing(sqlite3.connect(path)) as grown:
        grown.execute("CREATE TABLE pairs (id INTEGER PRIMARY KEY, one INT, two INT, filling TEXT)")
        grown.executemany("INSERT INTO pairs (one, two, filling) VALUES (0, 0, ?)", [("x" * 2000,)] * 20_000)
        grown.commit()
    stop = threading.Event()

    def write():
        with closing(sqlite3.connect(path, timeout=10)) as writer:
            number = 0
            while not stop.is_set():
                number += 1
                writer.execute("UPDATE pairs SET one = ?, two = ? WHERE id IN (1, 20000)", (number, number))
                writer.commit()
                time.sleep(0.002)

    thread = threading.Thread(target=write)
    thread.start()
    try:
        old.backup()
    finally:
        stop.set()
        thread.join()
    assert new.restore().exit_code == 0
    with closing(sqlite3.connect(new.folder / "portal.sqlite")) as found:
        rows = found.execute("SELECT one, two FROM pairs WHERE id IN (1, 20000)").fetchall()
    assert len({number for row in rows for number in row}) == 1


def test_old_backups_go_and_half_written_ones_never_count(old):
    for hours in range(4):
        with at(now() - timedelta(hours=9 - hours)):
            old.done("backup", "--to", old.store, "--keep", "2")
    (old.store / "2026-01-01T000000Z.partial").mkdir()
    listed = old.done("backups", "--in", old.store, "--max-hours", "7")
    assert len(listed.splitlines()) == 2
    assert old.run("backups", "--in", old.store, "--max-hours", "5").exit_code == 1
    old.backup()
    assert [path.suffix for path in old.store.iterdir() if path.is_dir()] == [""] * 3
    with old.context():
        from civicportal.recovery.queries import last_backup  # noqa: PLC0415 - read as health does

        assert now() - last_backup() < timedelta(minutes=1)


def test_a_failed_backup_leaves_nothing_and_keeps_the_alert(old, monkeypatch):
    monkeypatch.setattr("civicportal.recovery.copies.check_sqlite", _fail)
    assert old.run("backup", "--to", old.store).exit_code == 1
    assert [path.name for path in old.store.iterdir()] == [".lock"]
    with old.context():
        assert leases.last_renewed("last-backup") is None


def _fail(_path):
    raise ValueError("damaged")


def test_a_head_that_is_kept_is_never_replaced_by_an_older_one(old, new, tmp_path):
    old.backup()
    with old.context(), at(now() + timedelta(days=2)):
        filed(title="After the backup")
        keep_record()
    kept = (old.heads / "record.txt").read_text()
    shutil.copytree(old.heads, tmp_path / "outside")
    assert new.restore("--heads", tmp_path / "outside").exit_code == 0
    assert (new.heads / "record.txt").read_text() == kept
    told = new.done("check-restored", "--from", new.store)
    assert "record: head 2 over 2 entries is kept outside, the database has head 1 and 1 entries" in told
    with new.context():
        assert current().scalar(select(func.count()).select_from(Petition)) == 1


def test_the_manifest_counts_in_the_open(old):
    said = json.loads((old.backup() / "manifest.json").read_text())
    assert said["tables"]["petitions"] == 1
    assert said["files"] == {"count": 1, "bytes": len(TEXT)}
    assert set(said["parts"]) == {"database.age", "files.age", "heads.age"}
