"""The demo content: complete, in every state the portal can reach, and the same after a second load."""

from dataclasses import replace

from sqlalchemy import func, select

from civicportal.accounts.models import Person
from civicportal.core.permissions import Role
from civicportal.core.transactions import current
from civicportal.institutions.models import Institution
from civicportal.notifications.models import OutboxMessage
from civicportal.petitions.models import Assignment, Petition, SatisfactionFigure
from civicportal.petitions.states import AssignmentState, PetitionState, Publication, petition_state
from civicportal.voting.models import Ballot, Box, BoxHead, Head, ThresholdPolicy
from tests.factories.voting import as_worker

COUNTED = (
    Petition, Assignment, Person, Institution, OutboxMessage, Box, Ballot, BoxHead, Head, ThresholdPolicy,
)


def load(app):
    result = app.test_cli_runner().invoke(args=["demo", "load"])
    assert result.exit_code == 0, result.output


def rows():
    current().rollback()
    return {table.__name__: current().scalar(select(func.count()).select_from(table)) for table in COUNTED}


def test_the_demo_shows_every_state_and_loads_once(app, tmp_path):
    with as_worker(app, tmp_path):
        load(app)
        first = rows()
        load(app)
        assert rows() == first
    assert first["Petition"] == 40
    assert first["Institution"] >= 330
    petitions = current().scalars(select(Petition)).all()
    assert {petition.state for petition in petitions} == set(PetitionState)
    assert {petition.publication for petition in petitions} == set(Publication)
    assert {petition.language for petition in petitions} == {"ko", "en"}
    assert {part.state for petition in petitions for part in petition.assignments} == set(AssignmentState)
    held = {grant.role for person in current().scalars(select(Person)) for grant in person.grants}
    assert held | {Role.CITIZEN} == set(Role)
    assert current().scalar(select(func.max(SatisfactionFigure.responses))) >= 5
    assert current().scalar(select(func.count()).select_from(OutboxMessage).where(
        OutboxMessage.channel == "email")) == 0
    for petition in petitions:
        parts = [(part.state, part.lead, part.institution_id is not None) for part in petition.assignments]
        assert petition.state is petition_state(petition.received_at is not None, parts), petition.title


def test_production_has_no_demo(app, monkeypatch):
    monkeypatch.setitem(app.config, "SETTINGS", replace(app.config["SETTINGS"], mode="production"))
    result = app.test_cli_runner().invoke(args=["demo", "load"])
    assert result.exit_code == 1
    assert "development only" in result.output
