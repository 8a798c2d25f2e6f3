"""One person's data told and forgotten, and forgotten again after a backup was put back."""

import json
import re
import stat
from dataclasses import replace

import pytest
from sqlalchemy import Integer, select

from civicportal.accounts.models import Person
from civicportal.accounts.queries import actor_for
from civicportal.core.errors import Conflict, Invalid, NotFound
from civicportal.core.permissions import SYSTEM, Role
from civicportal.core.transactions import atomic, current
from civicportal.extensions import Base
from civicportal.petitions.models import Petition
from civicportal.petitions.services import answers
from civicportal.petitions.services.reception import confirm
from civicportal.petitions.services.subjects import name_person
from civicportal.retention.models import HeldKind
from civicportal.retention.personal import ACTED, OWN, PARTS
from civicportal.retention.services import erasures
from civicportal.retention.services.holding import begin_hold
from civicportal.retention.services.people import erase_person, export_person
from tests.factories.accounts import PersonFactory, signed_in, staff
from tests.factories.institutions import InstitutionFactory
from tests.factories.petitions import Sent, answered, drafted, filed, guest_filed, rated, taken
from tests.petitions.test_filing import confirm_token

ADDRESS = "jane.roe@example.org"


@pytest.fixture
def jane(app):
    return PersonFactory(address=ADDRESS, name="Jane Roe", phone="+821012345678")


@pytest.fixture
def listed(app, tmp_path):
    """The list of erasures in a folder of the test's own."""
    before = app.config["SETTINGS"]
    app.config["SETTINGS"] = replace(before, erasures_root=str(tmp_path / "erasures"))
    yield tmp_path / "erasures" / erasures.FILE
    app.config["SETTINGS"] = before


def told(folder):
    return json.loads((folder / "data.json").read_text("utf-8"))


def test_every_column_that_names_a_person_is_told_of_or_known_as_an_act_of_office(app):
    listed = set(OWN.items()) | ACTED
    named = set()
    for table in Base.metadata.sorted_tables:
        for column in table.columns:
            key = any(foreign.column.table.name == "people" for foreign in column.foreign_keys)
            looks_so = isinstance(column.type, Integer) and column.name.endswith(
                ("person_id", "actor_id", "author_id", "officer_id", "reviewer_id", "by_id"))
            if key or looks_so:
                named.add((table.name, column.name))
    assert named - listed == set()
    assert listed - named - {("people", "id")} == set()
    assert {parent for _table, _column, parent in PARTS} <= set(OWN) | {table for table, _column, _parent in PARTS}


def test_everything_of_a_person_is_told_and_nothing_of_others(app, jane, tmp_path):
    institution = InstitutionFactory()
    officer = staff(Role.OFFICER, institution, name="Olga Officer", address="olga@example.org")
    mine = filed(jane, institution, title="My dark street", files=(Sent("../../note.txt", b"my note, long enough"),))
    answered(mine, officer, "It is lit again.")
    rated(mine, 5, "Thank you")
    drafted(jane, title="Not sent yet")
    other = filed(None, institution, title="The street of somebody else")
    signed_in(app, jane)
    counts = export_person(ADDRESS, tmp_path / "out")
    text = (tmp_path / "out" / "data.json").read_text("utf-8")
    for word in ("Jane Roe", ADDRESS, "+821012345678", "My dark street", "It is lit again.", "Thank you",
                 "Not sent yet", mine.number):
        assert word in text, word
    for word in ("The street of somebody else", other.number, "olga@example.org", "password_hash", "storage_key"):
        assert word not in text, word
    assert [counts[name] for name in ("petitions", "drafts", "answer_versions", "account_sessions")] == [1, 2, 1, 1]
    files = list((tmp_path / "out" / "files").iterdir())
    assert [path.read_bytes() for path in files] == [b"my note, long enough"]
    assert files[0].name.endswith("-note.txt")


def test_an_answer_that_was_not_sent_is_not_told(app, jane, tmp_path):
    institution = InstitutionFactory()
    officer = staff(Role.OFFICER, institution)
    part = taken(filed(jane, institution), officer)
    answers.save(actor_for(officer), part, text="Half a thought of the office", base_version=0)
    export_person(ADDRESS, tmp_path / "out")
    assert "Half a thought" not in (tmp_path / "out" / "data.json").read_text("utf-8")


def test_acts_of_an_office_are_a_number(app, tmp_path):
    institution = InstitutionFactory()
    officer = staff(Role.OFFICER, institution, address="olga@example.org")
    answered(filed(None, institution, title="Somebody else's matter"), officer)
    export_person("olga@example.org", tmp_path / "out")
    assert told(tmp_path / "out")["acts_of_office"]["assignments.officer_id"] == 1
    assert "Somebody else's matter" not in (tmp_path / "out" / "data.json").read_text("utf-8")


def test_the_files_are_ours_alone_and_nothing_is_overwritten(app, jane, tmp_path):
    folder = tmp_path / "out"
    export_person(ADDRESS, folder)
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert all(stat.S_IMODE(path.stat().st_mode) == 0o600 for path in folder.iterdir())
    with pytest.raises(Invalid):
        export_person(ADDRESS, folder)
    with pytest.raises(NotFound):
        export_person("nobody@example.org", tmp_path / "other")


def test_the_account_says_what_stays_and_until_when_in_each_language(app, jane, tmp_path):
    institution = InstitutionFactory()
    petition = filed(jane, institution)
    answered(petition, staff(Role.OFFICER, institution))
    export_person(ADDRESS, tmp_path / "out")
    english = (tmp_path / "out" / "account.en.txt").read_text("utf-8")
    korean = (tmp_path / "out" / "account.ko.txt").read_text("utf-8")
    year = petition.answered_at.year + 10
    assert re.search(rf"{petition.number}: until .*31 December {year}", english)
    assert "Public Records Management Act" in english
    assert f"{year}년 12월 31일" in korean
    assert "공공기록물" in korean


def test_erasing_forgets_the_person_and_tells_what_stays(app, jane, listed):
    petition = filed(jane, InstitutionFactory())
    with pytest.raises(NotFound):
        erase_person("nobody@example.org")
    account = erase_person(ADDRESS)
    assert set(account) == {"ko", "en"}
    assert petition.number in account["en"]
    current().rollback()
    current().expire_all()
    gone = current().get_one(Person, jane.id)
    assert (gone.name, gone.address, gone.phone, gone.deleted_at is not None) == (None, None, None, True)
    assert current().get_one(Petition, petition.id).author_id is None


def test_a_hold_keeps_the_account_from_being_erased(app, jane):
    begin_hold(SYSTEM, HeldKind.PERSON, ADDRESS, reason="Court")
    with pytest.raises(Conflict):
        erase_person(ADDRESS)
    current().rollback()
    assert current().get_one(Person, jane.id).address == ADDRESS


def test_who_was_erased_is_erased_again_after_a_backup_was_put_back(app, jane, listed):
    other = PersonFactory(address="other@example.org")
    row = {column.name: getattr(jane, column.name) for column in Person.__table__.columns}
    erase_person(ADDRESS)
    assert erasures.list_erasures() == 1
    assert erasures.list_erasures() == 0
    text = listed.read_text()
    assert ADDRESS not in text
    assert len(text.splitlines()) == 1
    assert stat.S_IMODE(listed.stat().st_mode) == 0o600
    with atomic() as session:  # the backup
        back = session.get_one(Person, jane.id)
        for name, value in row.items():
            setattr(back, name, value)
    assert erasures.replay() == (1, 0)
    current().rollback()
    current().expire_all()
    assert current().get_one(Person, jane.id).address is None
    assert current().get_one(Person, other.id).address == "other@example.org"
    assert erasures.replay() == (0, 0)


def test_who_turned_out_to_have_an_account_is_not_on_the_list(app, jane, listed):
    petition = guest_filed(InstitutionFactory(), address=ADDRESS)
    confirm(None, confirm_token(petition))
    current().rollback()
    assert current().scalar(select(Person.id).where(Person.deleted_at.is_not(None)))
    assert erasures.list_erasures() == 0


def test_a_complaint_is_not_told_to_whom_it_is_about(app, tmp_path):
    place = InstitutionFactory()
    officer = staff(Role.OFFICER, place, address="olga@example.org")
    name_person(actor_for(staff(Role.OPERATOR)), filed(None, place), officer.id)
    export_person("olga@example.org", tmp_path / "out")
    assert "matter_subjects" not in (tmp_path / "out" / "data.json").read_text("utf-8")


def test_another_person_with_the_same_number_is_not_taken_for_the_erased_one(app, jane, listed):
    erase_person(ADDRESS)
    erasures.list_erasures()
    with atomic() as session:
        session.delete(session.get_one(Person, jane.id))
    PersonFactory(id=jane.id, address="newcomer@example.org")
    assert erasures.replay() == (0, 0)


def test_commands(app, jane, listed, tmp_path):
    run = app.test_cli_runner().invoke
    done = run(args=["people", "export", ADDRESS, "--out", str(tmp_path / "out")])
    assert done.exit_code == 0, done.output
    assert run(args=["retention", "replay"]).exit_code == 1
    refused = run(args=["people", "erase", ADDRESS], input="n\n")
    assert refused.exit_code == 1
    assert current().get_one(Person, jane.id).address == ADDRESS
    done = run(args=["people", "erase", ADDRESS, "--yes"])
    assert done.exit_code == 0, done.output
    assert "For good: a code made from your address" in done.output
    assert "공공기록물" in done.output
    erasures.list_erasures()
    assert "0 erased again" in run(args=["retention", "replay"]).output
    assert run(args=["people", "erase", ADDRESS, "--yes"]).exit_code == 1
