"""Inbox and triage list: counts agree with lists, pages show each row once while rows move."""

import random
from datetime import timedelta

import pytest

from civicportal.core.clock import now
from civicportal.core.configuration import settings
from civicportal.core.i18n import local, timezone
from civicportal.core.permissions import SYSTEM, Role
from civicportal.core.transactions import atomic
from civicportal.deadlines.calendar import end_of
from civicportal.deadlines.queries import portal_calendar
from civicportal.petitions.queries.clock import clock_of
from civicportal.petitions.queries.inbox import Sort, Tab, Wanted, inbox, triage_list
from civicportal.petitions.services import answers, desk
from civicportal.petitions.states import Opening
from tests.factories.accounts import staff
from tests.factories.desk import matter_at, officer
from tests.factories.institutions import InstitutionFactory

WORDS = ["가로등", "100% 고장", "under_score", "Bench at the stop", "횡단보도"]


def whole_list(actor, here, **wanted):
    """Every row of a list, page after page."""
    rows, cursor = [], None
    while True:
        page = inbox(actor, here, Wanted(cursor=cursor, **wanted)).page
        rows += page.rows
        cursor = page.next_cursor
        if cursor is None:
            return rows


@pytest.fixture
def crowd(app):
    """An institution with matters in every state, at random, and one of its officers."""
    dice, here = random.Random(20251017), InstitutionFactory()  # noqa: S311 - the same crowd each time
    people, elsewhere = [officer(here, name=f"담당{n}") for n in range(3)], InstitutionFactory()
    with atomic() as session:
        for _ in range(60):
            due = last_moment(dice.randint(-6, 10))
            part = matter_at(here, title=dice.choice(WORDS), type=dice.choice(["petition", "proposal"]), due=due,
                             received=due - timedelta(days=dice.randint(3, 9)))
            session.flush()  # what is written later would raise the version that officers have seen
            live(part, dice, dice.choice(people), elsewhere)
        matter_at(elsewhere)
    return here, people


def last_moment(days):
    """The end of a local day, as deadlines in days are."""
    return end_of(local(now()).date() + timedelta(days=days), timezone())


def live(part, dice, who, elsewhere):
    """Leave it, take it, answer it or pass it on."""
    act = dice.randrange(4)
    if act:
        desk.take(who, part, version=part.version)
    if act == 2:
        answers.send(who, part, base_version=answers.save(who, part, text="고쳤습니다.", base_version=0).number)
    if act == 3 and dice.random() < 0.3:
        desk.transfer(who, part, institution_code=elsewhere.code, reason="이유", version=part.version)


FILTERS = [{}, {"type": "proposal"}, {"q": "100%"}, {"q": "under_"}, {"q": "BENCH"}, {"type": "petition", "q": "가로"}]


@pytest.mark.parametrize("filters", FILTERS, ids=str)
def test_each_count_is_the_length_of_its_list(crowd, filters):
    here, people = crowd
    for narrowed in (filters, filters | {"officer": people[1].person_id}):
        counts = inbox(people[0], here, Wanted(**narrowed)).counts
        lists = {tab: whole_list(people[0], here, tab=tab, **narrowed) for tab in Tab}
        assert counts == {tab: len(rows) for tab, rows in lists.items()}
        for tab, rows in lists.items():
            assert len({part.id for part in rows}) == len(rows), tab


def test_tabs_hold_what_their_names_say(crowd):
    here, people = crowd
    me, calendar = people[0], portal_calendar()
    lists = {tab: whole_list(me, here, tab=tab) for tab in Tab}
    assert all(lists.values())
    still_open = {part.id for part in lists[Tab.OPEN]}
    for part in lists[Tab.OPEN]:
        clock = clock_of(part, calendar=calendar, explain=False)
        assert (part in lists[Tab.OVERDUE], part in lists[Tab.DUE_SOON]) == (clock.late, clock.soon)
        assert (part in lists[Tab.NEW]) == (part.officer_id is None)
        assert (part in lists[Tab.MINE]) == (part.officer_id == me.person_id)
        assert part.institution_id == here.id
    for tab in (Tab.NEW, Tab.MINE, Tab.DUE_SOON, Tab.OVERDUE):
        assert {part.id for part in lists[tab]} <= still_open
    assert not {part.id for part in lists[Tab.ANSWERED]} & still_open


def test_filters_find_what_was_asked_for(crowd):
    here, people = crowd
    assert {part.petition.title for part in whole_list(people[0], here, tab=Tab.OPEN, q="100%")} == {"100% 고장"}
    assert {part.petition.type for part in whole_list(people[0], here, tab=Tab.OPEN, type="proposal")} == {"proposal"}
    chosen = people[1].person_id
    assert {part.officer_id for part in whole_list(people[0], here, tab=Tab.OPEN, officer=chosen)} == {chosen}
    one = whole_list(people[0], here, tab=Tab.OPEN)[0]
    typed = one.petition.number.replace("-", " ").lower()
    assert whole_list(people[0], here, tab=Tab.OPEN, q=typed) == [one]


@pytest.mark.parametrize(("sort", "key", "reverse"), [
    (Sort.DUE, lambda part: (part.due_at, part.id), False),
    (Sort.RECEIVED, lambda part: (part.received_at, part.id), False),
    (Sort.NEWEST, lambda part: (part.received_at, part.id), True),
])
def test_pages_visit_each_row_once_in_order(crowd, sort, key, reverse):
    here, people = crowd
    rows = whole_list(people[0], here, tab=Tab.OPEN, sort=sort)
    assert len(rows) > settings().page_size
    assert rows == sorted(rows, key=key, reverse=reverse)


def test_pages_stay_true_while_rows_move(crowd):
    here, people = crowd
    before = [part.id for part in whole_list(people[0], here, tab=Tab.NEW)]
    assert len(before) > 4
    size = settings().page_size
    first = inbox(people[0], here, Wanted(tab=Tab.OPEN)).page
    rest = [part.id for part in whole_list(people[0], here, tab=Tab.OPEN)][size:]
    for part in [part for part in first.rows if part.officer_id is None][:2]:
        desk.transfer(people[0], part, institution_code=InstitutionFactory().code, reason="이유", version=part.version)
    matter_at(here, due=now() - timedelta(days=30))
    after = inbox(people[0], here, Wanted(tab=Tab.OPEN, cursor=first.next_cursor)).page
    assert [part.id for part in after.rows] == rest[:size]


def test_equal_times_lose_and_repeat_nothing(app):
    here, due = InstitutionFactory(), now() + timedelta(days=3)
    me = officer(here)
    made = {matter_at(here, due=due, received=due - timedelta(days=5)).id for _ in range(settings().page_size + 3)}
    for sort in Sort:
        seen = [part.id for part in whole_list(me, here, tab=Tab.NEW, sort=sort)]
        assert (set(seen), len(seen)) == (made, len(made))


@pytest.mark.parametrize("cursor", ["", "x", "e30", "W10", "WzEsMl0", "😀"])
def test_a_broken_cursor_starts_at_the_top(app, cursor):
    here = InstitutionFactory()
    part = matter_at(here)
    assert list(inbox(officer(here), here, Wanted(cursor=cursor)).page.rows) == [part]


def test_an_unconfirmed_filing_is_in_no_list(app):
    here = InstitutionFactory()
    part, at_triage = matter_at(here), matter_at(None, opening=Opening.FILED)
    with atomic():
        part.petition.received_at = at_triage.petition.received_at = None
    assert set(inbox(officer(here), here, Wanted()).counts.values()) == {0}
    assert list(triage_list(SYSTEM).rows) == []


def test_triage_lists_what_no_institution_has_by_its_own_clock(app):
    here = InstitutionFactory()
    matter_at(here)
    late = matter_at(None, due=now() - timedelta(hours=1))
    soon = matter_at(None, due=now() + timedelta(hours=1))
    rows = triage_list(SYSTEM).rows
    assert list(rows) == [late, soon]
    assert {part.rule for part in rows} == {"triage"}
    assert clock_of(late).late


def test_a_manager_finds_what_officers_have(app):
    here = InstitutionFactory()
    part = matter_at(here)
    person = staff(Role.OFFICER, here)
    boss = officer(here, Role.MANAGER)
    desk.assign(boss, part, officer_id=person.id, department_id=None, version=part.version)
    assert whole_list(boss, here, tab=Tab.OPEN, officer=person.id) == [part]
    assert whole_list(boss, here, tab=Tab.MINE) == []
