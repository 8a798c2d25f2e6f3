"""What was removed from the public stays so after a backup was put back."""

import json
from dataclasses import replace

import pytest
from sqlalchemy import delete, select

from civicportal.core.transactions import atomic, current
from civicportal.petitions.models import Petition, Removal, Revision
from civicportal.petitions.reasons import RemovalReason
from civicportal.petitions.services import removal
from civicportal.petitions.services.revising import revise
from civicportal.petitions.states import Publication
from civicportal.retention.services import removals
from tests.factories.petitions import TEXT, TITLE, operator, public_matter

AUTHORITY = "Seoul Central District Court"


@pytest.fixture
def listed(app, tmp_path):
    """The list in a folder of the test's own."""
    before = app.config["SETTINGS"]
    app.config["SETTINGS"] = replace(before, erasures_root=str(tmp_path / "lists"))
    yield tmp_path / "lists" / removals.FILE
    app.config["SETTINGS"] = before


@pytest.fixture
def petition(app):
    made, _officer = public_matter()
    return made


def removed(petition):
    removal.remove(operator(), petition, reason=RemovalReason.COURT_ORDER, authority=AUTHORITY)


def withheld(petition):
    revise(operator(), petition, title="A title", text="Without the name.", reason="A name was in it.", withhold=True,
           base_version=1)


def backup_is_put_back(petition):
    """The petition as it was once it had been published."""
    with atomic() as session:
        session.execute(delete(Removal))
        session.execute(delete(Revision).where(Revision.number > 1))
        row = session.get_one(Petition, petition.id)
        row.title, row.text = TITLE, TEXT
        row.publication = Publication.PUBLISHED
        session.expire(row, ["removals"])


def publication(petition):
    current().rollback()
    current().expire_all()
    return current().scalar(select(Petition.publication).where(Petition.id == petition.id))


def test_what_was_removed_is_removed_again_as_it_had_been(petition, listed):
    removed(petition)
    assert removals.list_removals() == 1
    assert removals.list_removals() == 0
    backup_is_put_back(petition)
    assert removals.replay_removals() == removals.Replayed(1, [])
    assert publication(petition) is Publication.REMOVED
    [row] = current().scalars(select(Removal))
    assert (row.number, row.reason, row.authority) == (petition.number, RemovalReason.COURT_ORDER, AUTHORITY)
    assert removals.replay_removals() == removals.Replayed(0, [])


def test_what_was_put_back_stays_public(petition, listed):
    removed(petition)
    removals.list_removals()
    removal.put_back(operator(), petition, reason="The order was lifted.")
    assert removals.replay_removals() == removals.Replayed(0, [])
    assert publication(petition) is Publication.PUBLISHED
    backup_is_put_back(petition)
    assert removals.replay_removals() == removals.Replayed(0, [])


def test_words_that_were_taken_out_do_not_come_back(petition, listed):
    withheld(petition)
    removals.list_removals()
    assert TEXT not in listed.read_text("utf-8")
    assert removals.replay_removals() == removals.Replayed(0, [])
    backup_is_put_back(petition)
    assert removals.replay_removals() == removals.Replayed(0, [petition.number])
    assert publication(petition) is Publication.REMOVED
    withheld(current().get_one(Petition, petition.id))
    removal.put_back(operator(), current().get_one(Petition, petition.id), reason="The words are out again.")
    assert removals.replay_removals() == removals.Replayed(0, [])
    assert publication(petition) is Publication.PUBLISHED


def test_the_list_holds_what_the_register_says(petition, listed):
    removed(petition)
    removals.list_removals()
    [line] = map(json.loads, listed.read_text("utf-8").splitlines())
    assert set(line) == {"act", "number", "at", "reason", "authority"}


def test_the_command_says_what_it_did(app, petition, listed):
    withheld(petition)
    removals.list_removals()
    backup_is_put_back(petition)
    said = app.test_cli_runner().invoke(args=["retention", "replay"])
    assert said.exit_code == 0, said.output
    assert f"taken out: {petition.number}" in said.output
