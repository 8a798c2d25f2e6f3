"""What officials read of the past of a matter, and of its clock."""

from datetime import UTC, date, datetime, timedelta

import pytest

from civicportal.accounts.queries import actor_for
from civicportal.core import clock
from civicportal.core.i18n import speaking
from civicportal.core.permissions import SYSTEM, Role
from civicportal.deadlines.models import ClosureKind
from civicportal.deadlines.services import add_closure
from civicportal.petitions.queries.chain import chain
from civicportal.petitions.queries.clock import age_text, clock_of, late_note
from civicportal.petitions.queries.history import history
from civicportal.petitions.services import answers, desk, triage
from tests.factories.accounts import PersonFactory, staff
from tests.factories.desk import matter_at, officer
from tests.factories.institutions import InstitutionFactory
from tests.factories.petitions import filed


@pytest.fixture
def english(app):
    with speaking("en"):
        yield


@pytest.fixture
def part(english):
    return matter_at(InstitutionFactory())


def test_history_says_who_did_what_the_newest_first(part):
    mine = officer(part.institution, name="박서준")
    desk.take(mine, part, version=part.version)
    answers.save(mine, part, text="하나", base_version=0)
    entries = history(part.petition, mine)
    assert [(str(entry.what), entry.who, entry.details) for entry in entries] == [
        ("Saved the answer", "박서준", "Version 1"), ("Took the matter", "박서준", "")]


def test_how_often_an_answer_was_saved_stays_in_its_house(part):
    first = officer(part.institution)
    moved = desk.transfer(first, part, institution_code=InstitutionFactory().code, reason="이유", version=part.version)
    second = officer(moved.institution)
    desk.take(second, moved, version=moved.version)
    answers.save(second, moved, text="하나", base_version=0)
    seen = [str(entry.what) for entry in history(moved.petition, first)]
    assert seen == ["Took the matter", "Transferred the matter"]
    assert len(history(moved.petition, second)) == 3


def test_the_chain_names_officers_and_says_what_triage_waits_for(part):
    desk.take(officer(part.institution, name="박서준"), part, version=part.version)
    [step] = chain(part.petition)
    assert (step.state, step.who, step.text) == ("present", "박서준", "Being worked on")
    [waiting] = chain(matter_at(None).petition)
    assert waiting.text == "Waiting for the decision which institution answers"


def test_the_clock_counts_the_days_it_was_set_with(part):
    view = clock_of(part)
    assert view.standing.endswith("(7 working days left)")
    counted = [step.number for step in view.steps if step.number]
    assert (counted, view.late) == (list(range(1, 8)), False)
    assert clock_of(part, explain=False).steps == ()


def test_a_closure_that_came_later_changes_neither_the_date_nor_its_reasons(app):
    with clock.at(datetime(2026, 11, 9, 3, tzinfo=UTC)):
        part = filed(PersonFactory(level=1), InstitutionFactory()).assignments[0]
        before = clock_of(part)
    with clock.at(datetime(2026, 11, 10, 3, tzinfo=UTC)):
        add_closure(SYSTEM, day=date(2026, 11, 12), name_ko="임시", name_en="Storm", kind=ClosureKind.CLOSED)
        after = clock_of(part)
        fresh = clock_of(filed(PersonFactory(level=1), InstitutionFactory()).assignments[0])
    assert [step.number for step in after.steps] == [step.number for step in before.steps]
    assert after.told == ""
    assert any(step.why == "closure" for step in fresh.steps)


def test_a_date_that_would_be_counted_otherwise_today_says_that_it_stays(part):
    part.due_at += timedelta(days=1)
    assert "stays" in clock_of(part).told or "유지" in clock_of(part).told


def test_hours_are_explained_in_hours(english):
    view = clock_of(matter_at(None))
    notes = [step.text for step in view.steps if step.number]
    assert "8 working hours" in view.steps[0].text
    assert any("hours" in note for note in notes)


def test_a_late_part_says_what_can_still_be_done(part):
    assert late_note(part) == ""
    placed = triage.place(actor_for(staff(Role.OPERATOR)), matter_at(None), institution_code=InstitutionFactory().code,
                          reason="이유", version=1)
    with clock.at(part.due_at + timedelta(days=30)):
        assert clock_of(part).late
        assert "transfer it" in late_note(part)
        assert "transfer" not in late_note(placed)


def test_age_is_counted_in_local_days(part):
    assert age_text(part) == "today"
    for days, words in ((1, "1 day ago"), (12, "12 days ago")):
        with clock.at(part.received_at + timedelta(days=days)):
            assert age_text(part) == words
