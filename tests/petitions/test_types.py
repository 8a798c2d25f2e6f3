"""What every type of filing must keep, and the way from the type of the first release to today's."""

import pytest
from sqlalchemy import select

from civicportal.accounts.queries import actor_for
from civicportal.core.i18n import speaking
from civicportal.core.registry import Registry
from civicportal.core.transactions import current
from civicportal.deadlines.rules import RULES
from civicportal.deadlines.wording import period
from civicportal.petitions.models import Draft, Petition
from civicportal.petitions.services import drafts
from civicportal.petitions.types import TYPES, current_name, offered
from tests.factories.accounts import PersonFactory
from tests.factories.institutions import InstitutionFactory
from tests.factories.petitions import filed

PERIODS = {
    "legal_inquiry": (14, "working_days"), "inquiry": (7, "working_days"), "suggestion": (14, "working_days"),
    "grievance": (7, "working_days"), "miscellaneous": (3, "working_hours"), "proposal": (1, "calendar_months"),
    "waste_report": (30, "calendar"), "public_petition": (90, "calendar"),
}


@pytest.mark.parametrize("kind", list(TYPES), ids=lambda kind: kind.name)
def test_every_type_keeps_the_contract(app, kind):
    with app.test_request_context("/"):
        for words in (kind.title, kind.wish, kind.hint):
            said = []
            for locale in ("en", "ko"):
                with speaking(locale):
                    said.append(str(words))
            assert all(said)
            assert said[0] != said[1]
        if kind.rule is None:
            assert not kind.offered
        else:
            assert RULES[kind.rule.name, kind.rule.version] is kind.rule
            assert (kind.rule.length, kind.rule.regime.value) == PERIODS[kind.name]
            assert period(kind.rule)


def test_the_types_are_those_of_the_law():
    assert set(TYPES.names()) == {*PERIODS, "statutory"}
    assert {kind.name for kind in TYPES if not kind.offered} == {"public_petition", "statutory"}


@pytest.mark.parametrize("kind", offered(), ids=lambda kind: kind.name)
def test_whatever_is_offered_can_be_filed_and_has_its_clock(app, kind):
    petition = filed(PersonFactory(level=1), InstitutionFactory(), type=kind.name)
    assert (petition.type, petition.rule, petition.rule_version) == (kind.name, kind.rule.name, kind.rule.version)


def test_the_former_name_is_a_grievance_everywhere(app, client):
    assert TYPES["petition"] is TYPES["grievance"]
    assert "petition" not in TYPES.names()
    assert filed(PersonFactory(level=1), InstitutionFactory(), type="petition").type == "grievance"
    started = drafts.start(actor_for(PersonFactory(level=1)), type="petition", locale="en")
    assert started.type == "grievance"
    assert client.get("/en/petitions?type=petition").status_code == 200
    assert 'value="grievance" checked' in client.get("/en/file?type=petition").text


def test_a_form_that_was_open_during_the_upgrade_still_works(client):
    assert client.submit("/en/file", {"type": "petition"}).status_code == 303
    assert current().scalars(select(Draft.type)).all() == ["grievance"]


@pytest.mark.parametrize("name", ["public_petition", "statutory", "nothing", ""])
def test_what_is_not_offered_cannot_be_filed(client, name):
    assert current_name(name) == ""
    assert client.submit("/en/file", {"type": name}).status_code == 400
    assert current().scalars(select(Petition)).all() == []


def test_the_question_page_asks_for_wishes_and_not_for_names_in_law(client):
    page = client.get("/en/file").text
    assert "Something is wrong, and I want it put right" in page
    assert "Grievance" not in page.partition("<main")[2]


def test_a_name_is_registered_once():
    registry = Registry(TYPES["grievance"])
    registry.alias("former", "grievance")
    for taken in ("former", "grievance"):
        with pytest.raises(ValueError, match="twice"):
            registry.alias(taken, "grievance")
    with pytest.raises(KeyError):
        registry.alias("other", "nothing")
