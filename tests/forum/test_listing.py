"""The public lists: filters, pages, and nothing that leads to a citizen."""

from datetime import timedelta

import pytest

from civicportal.accounts.queries import actor_for
from civicportal.core import clock
from civicportal.core.clock import now
from civicportal.core.i18n import speaking
from civicportal.core.permissions import Role
from civicportal.core.transactions import current
from civicportal.forum.queries import similar
from civicportal.forum.queries.arguments import columns
from civicportal.forum.queries.clock import clock_of
from civicportal.forum.queries.due import waiting_for_support
from civicportal.forum.queries.feeds import list_entries, step_entries
from civicportal.forum.queries.listing import Wanted, counts_by_state, my_tasks, public_tasks
from civicportal.forum.queries.pages import public_by_number
from civicportal.forum.queries.review import reviews_of
from civicportal.forum.queries.similar import similar_to, similar_to_text
from civicportal.forum.queries.timeline import timeline
from civicportal.forum.queries.versions import former_of, version_of, versions_of
from civicportal.forum.services import arguments, following, propose, support
from civicportal.forum.similar import Weighed
from civicportal.forum.states import Origin, TaskState
from civicportal.forum.task_blocks import TASK_BLOCKS, TaskBlock, task_blocks
from tests.architecture.doors.looking import statements
from tests.factories.accounts import PersonFactory, staff
from tests.factories.forum import (
    LUNCHES,
    argued,
    author_of,
    begun,
    government_task,
    later,
    reading,
    returned,
    reviewer_named,
    submitted,
    supporter_named,
    taken,
    words,
)
from tests.factories.institutions import InstitutionFactory

pytestmark = pytest.mark.usefixtures("english")


def numbers(**wanted):
    return [row.number for row in public_tasks(Wanted(**wanted)).rows]


def test_drafts_and_what_became_of_them_are_not_listed():
    gone = begun()
    propose.withdraw(author_of(gone), gone)
    begun()
    task = submitted()
    back = submitted()
    propose.withdraw(author_of(back), back)
    assert numbers() == [back.number, task.number]


def test_filters_by_state_origin_words_and_number():
    place = InstitutionFactory()
    mended, read = returned(title="Open the library"), reading(problem="The 100% library is closed.")
    ours = government_task(staff(Role.OFFICER, place), place, idea="도서관을 열어 주세요")
    propose.submit(author_of(ours), ours)
    assert numbers(state=TaskState.RETURNED) == [mended.number]
    assert numbers(origin=Origin.GOVERNMENT) == [ours.number]
    assert set(numbers(q="LIBRARY")) == {mended.number, read.number}
    assert numbers(q="library closed") == [read.number]
    assert numbers(q="100%") == [read.number]
    assert numbers(q="도서관") == [ours.number]
    assert numbers(q=mended.number.lower()) == [mended.number]
    assert numbers(q="0% \0") == [read.number]
    assert numbers(q="nowhere") == []
    assert counts_by_state(Wanted(q="library", state=TaskState.VOTING)) == {
        TaskState.RETURNED: 1, TaskState.READING: 1}


def test_only_the_latest_version_is_searched():
    task = reading(title="Open the library")
    propose.save_version(author_of(task), task, **words(), language="en")
    assert numbers(q="library") == []


def test_pages_follow_one_another_without_gaps():
    start = now() - timedelta(days=1)
    made = []
    for minute in range(5):
        with clock.at(start + timedelta(minutes=minute // 2)):
            made.append(submitted().number)
    seen, cursor = [], None
    while True:
        page = public_tasks(Wanted(), cursor=cursor, size=2)
        seen += [row.number for row in page.rows]
        cursor = page.next_cursor
        if cursor is None:
            break
    assert seen == made[::-1]


def test_my_tasks_are_mine_with_drafts():
    person = PersonFactory()
    first, second = submitted(person), begun(person)
    submitted()
    rows = my_tasks(actor_for(person)).rows
    assert [(row.number, row.proposer) for row in rows] == [(second.number, "You"), (first.number, "You")]


def test_a_late_task_is_marked_in_lists_and_shown_to_the_support_unit():
    with clock.at(now() - timedelta(days=20)):
        late = submitted()
    submitted()
    assert [row.overdue for row in public_tasks(Wanted()).rows] == [False, True]
    assert list(waiting_for_support()) == [late]


def test_nothing_public_leads_to_a_citizen():
    secret = {"name": "Secret Author", "address": "secret@example.org"}
    author, reader = PersonFactory(**secret, id=987_001), PersonFactory(name="Secret Reader", id=987_002)
    task = reading(author)
    argument = argued(task, reader)
    arguments.rate(actor_for(author), argument, helpful=True)
    following.follow(actor_for(reader), task)
    shown = [
        *public_tasks(Wanted()).rows, *timeline(task), *reviews_of(task), *list_entries(Wanted()),
        *step_entries(task), columns(task, None), *similar_to(begun(title=task.title)),
    ]
    for secret_part in ("Secret", "secret@", "987001", "987002", "Person"):
        assert secret_part not in repr(shown), secret_part
    assert "A citizen" in repr(shown)


def test_feeds_tell_what_is_public_in_the_readers_language():
    task = returned(problem="x" * 400)
    begun()
    with speaking("en"):
        [entry] = list_entries(Wanted())
        steps = step_entries(task)
    assert (entry.number, entry.author, len(entry.summary)) == (task.number, "A citizen", 301)
    assert entry.updated == task.events[-1].at
    assert [step.title for step in steps] == ["Returned for changes", "A reviewer took it on", "Submitted"]
    assert steps[0].summary == "Say which library."
    assert len({step.id for step in steps}) == 3


def test_drafts_are_never_shown_as_similar_nor_by_their_number():
    """Not even where a public task names one."""
    draft, task = begun(**LUNCHES), submitted()
    assert similar_to_text(**LUNCHES) == []
    assert [one.number for one in public_by_number([draft.number, task.number])] == [task.number]


def test_what_the_committee_is_late_with_is_marked_in_lists(client):
    """Also while there is no committee yet."""
    task = reading(title="Open the library")
    support.bring(supporter_named(), task, reason="It cannot wait.")
    for path in ("/en/forum", "/en/"):
        assert "Overdue since" not in client.get(path).get_data(as_text=True)
    with clock.at(later(days=31)):
        for path in ("/en/forum", "/en/"):
            assert "Overdue since" in client.get(path).get_data(as_text=True)


def test_what_waits_for_the_support_unit_is_read_at_once():
    """However many reviewers are late."""
    def asked():
        current().expire_all()
        with statements() as sent:
            for one in waiting_for_support():
                clock_of(one)
        return len(sent)

    with clock.at(later(days=-30)):
        taken()
    few = asked()
    with clock.at(later(days=-30)):
        for number in range(3):
            taken(reviewer=reviewer_named(f"Reviewer {number}"))
    assert len(waiting_for_support()) == 4
    assert asked() <= few


def test_similar_tasks_keep_up_with_what_is_public():
    task = submitted(**LUNCHES)
    assert [one.number for one in similar_to_text(**LUNCHES)] == [task.number]
    assert similar_to(task) == []
    propose.save_version(author_of(task), task, **words(), language="en")
    assert similar_to_text(**LUNCHES) == []
    back = submitted(**LUNCHES)
    assert similar_to_text(**LUNCHES)[0].close
    propose.withdraw(author_of(back), back)
    assert similar_to_text(**LUNCHES) == []


def test_a_long_look_for_similar_tasks_keeps_nobody_waiting(monkeypatch):
    task, waiting, look = submitted(**LUNCHES), [], Weighed._look
    monkeypatch.setattr(Weighed, "_look", lambda self, *asked: (
        waiting.append(similar._guard.locked()) or look(self, *asked)))
    for _again in range(2):
        assert [one.number for one in similar_to_text(**LUNCHES)] == [task.number]
    assert waiting == [False]


def test_versions_and_the_one_before():
    task = submitted()
    propose.save_version(author_of(task), task, **words(title="Second"), language="en")
    assert [version.number for version in versions_of(task)] == [2, 1]
    assert version_of(task, 2).title == "Second"
    assert former_of(version_of(task, 2)) == version_of(task, 1)
    assert former_of(version_of(task, 1)) is None


def test_packages_above_add_blocks_to_a_tasks_page(monkeypatch):
    monkeypatch.setattr(TASK_BLOCKS, "_items", {})
    TASK_BLOCKS.add(TaskBlock("queue", "committee/_place.html", lambda task_id, locale: f"{task_id} {locale}"))
    TASK_BLOCKS.add(TaskBlock("nothing", "committee/_none.html", lambda task_id, locale: None))
    assert task_blocks(7, "ko") == [("committee/_place.html", "7 ko")]
