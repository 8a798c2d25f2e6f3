"""The machine of a task: every change that is allowed, and nobody but the portal for what the portal does."""

import pytest

from civicportal.accounts.queries import actor_for
from civicportal.core.permissions import SYSTEM, Role
from civicportal.forum.states import BEFORE_VOTING, ENDED, PUBLIC, TASK, TaskState
from tests.factories.accounts import PersonFactory, staff
from tests.factories.forum import submitted
from tests.factories.institutions import InstitutionFactory

S = TaskState
ALLOWED = {
    ("draft", "submit"): "submitted", ("returned", "submit"): "submitted", ("submitted", "take"): "in_review",
    ("in_review", "return"): "returned", ("in_review", "decline"): "declined", ("in_review", "accept"): "reading",
    ("reading", "revise"): "submitted", ("reading", "start_voting"): "voting", ("voting", "cross"): "threshold_reached",
    ("threshold_reached", "refer"): "in_committee", ("voting", "expire"): "expired",
    ("reading", "bring"): "in_committee", ("voting", "bring"): "in_committee",
    ("in_committee", "committee_adopt"): "adopted", ("in_committee", "committee_decline"): "declined",
    ("in_committee", "committee_return"): "returned",
    **{(state, "withdraw"): "withdrawn" for state in ("draft", "submitted", "in_review", "returned", "reading")},
}
BY_THE_PORTAL = (
    "start_voting", "cross", "refer", "expire", "committee_adopt", "committee_decline", "committee_return")


@pytest.mark.parametrize("state", list(S))
@pytest.mark.parametrize("verb", list(TASK.transitions))
def test_only_these_changes_are_allowed(state, verb):
    transition = TASK.transitions[verb]
    expected = ALLOWED.get((state.value, verb))
    assert (state in transition.sources) == (expected is not None)
    if expected:
        assert transition.target.value == expected


def test_an_ended_task_never_moves_again():
    for transition in TASK.transitions.values():
        assert not transition.sources & ENDED


def test_only_drafts_are_not_public():
    assert set(S) - PUBLIC == {S.DRAFT}
    assert S.VOTING not in BEFORE_VOTING


@pytest.mark.parametrize("verb", BY_THE_PORTAL)
@pytest.mark.usefixtures("app")
def test_no_person_can_do_what_the_portal_does(verb):
    place = InstitutionFactory()
    people = [PersonFactory(), *(staff(role, place) for role in Role if role is not Role.CITIZEN)]
    task = submitted(people[0])
    assert [person for person in people if TASK.permits(verb, actor_for(person), task)] == []
    assert TASK.permits(verb, SYSTEM, task)
