"""Telling of each step: the author at once, followers by a worker, in the reader's words; nobody twice."""

from dataclasses import replace

import pytest
from sqlalchemy import func, select

from civicportal.accounts.queries import actor_for
from civicportal.core import clock
from civicportal.core.errors import Forbidden, NotFound
from civicportal.core.events import publish
from civicportal.core.permissions import SYSTEM, Role
from civicportal.core.transactions import atomic, current
from civicportal.forum.models import TaskEvent, TaskFollower
from civicportal.forum.queries.listing import followed, is_following
from civicportal.forum.services import following, propose, support
from civicportal.forum.services.outcome import record_outcome
from civicportal.forum.states import Outcome, ReviewDecision
from civicportal.notifications.models import OptOut, OutboxMessage
from civicportal.notifications.rendering import letter, note
from civicportal.voting.news import ThresholdCrossed
from tests.factories.accounts import PersonFactory, staff
from tests.factories.forum import (
    author_of,
    begun,
    decided,
    government_task,
    later,
    reading,
    submitted,
    supporter_named,
    taken,
    voting,
    while_voting,
    words,
)
from tests.factories.institutions import InstitutionFactory

pytestmark = pytest.mark.usefixtures("english")


def told(person, slug=None, channel="email"):
    """What is on its way to somebody, oldest first."""
    rows = select(OutboxMessage).where(OutboxMessage.person_id == person.id, OutboxMessage.channel == channel)
    if slug:
        rows = rows.where(OutboxMessage.slug == slug)
    return current().scalars(rows.order_by(OutboxMessage.id)).all()


def tell_all():
    """What the worker does with every step."""
    for event_id in current().scalars(select(TaskEvent.id).where(TaskEvent.told_at.is_(None))).all():
        following.tell_followers(event_id)


def followers(task, count=1, **person):
    """People who follow a task from now on."""
    tell_all()
    people = [PersonFactory(**person) for _ in range(count)]
    for someone in people:
        following.follow(actor_for(someone), task)
    return people


def test_the_author_is_told_of_each_step_by_mail_and_in_the_portal():
    task, reviewer = taken(PersonFactory(locale="en"))
    decided(reviewer, task, ReviewDecision.DECLINE, met=(), reasons="It is done already.")
    for channel in ("email", "portal"):
        rows = told(task.author, "forum.step", channel)
        assert [row.context["what"] for row in rows] == [
            "Submitted", "A reviewer took it on", "Declined in review"]
    assert rows[-1].context["reason"] == "It is done already."
    assert rows[-1].context["who"] == "Reviewer Kim Review"


def test_the_author_cannot_unsubscribe_and_followers_can():
    task = submitted()
    [person], [other] = followers(task), followers(task)
    with atomic() as session:
        session.add_all(OptOut(person_id=reader.id, slug=slug) for reader in (person, task.author)
                        for slug in ("forum.followed", "forum.step"))
    propose.withdraw(author_of(task), task)
    tell_all()
    assert told(person, channel="email") == []
    assert [row.context["what"] for row in told(person, channel="portal")] == ["철회됨"]
    [mail] = told(other)
    assert (mail.slug, mail.optional) == ("forum.followed", True)
    assert [row.optional for row in told(task.author, "forum.step")] == [False, False]


def test_followers_are_told_by_the_worker_each_step_once():
    task = reading()
    people = followers(task, 3)
    with clock.at(while_voting(task)):
        support.bring(supporter_named(), task, reason="It cannot wait.")
    assert told(people[0]) == []
    event = task.events[-1]
    for _ in range(2):
        following.tell_followers(event.id)
    assert [len(told(person)) for person in people] == [1, 1, 1]
    assert event.told_at is not None


def test_a_worker_that_died_midway_is_followed_by_one_that_does_the_rest(monkeypatch):
    monkeypatch.setattr(following, "BATCH", 2)
    task = reading()
    people = followers(task, 5)
    support.bring(supporter_named(), task, reason="It cannot wait.")
    sent, send = [], following.send

    def die(message):
        if len(sent) == 3:
            raise KeyboardInterrupt
        sent.append(message)
        send(message)

    monkeypatch.setattr(following, "send", die)
    with pytest.raises(KeyboardInterrupt):
        following.tell_followers(task.events[-1].id)
    assert sum(len(told(person)) for person in people) == 2
    monkeypatch.setattr(following, "send", send)
    following.tell_followers(task.events[-1].id)
    assert [len(told(person)) for person in people] == [1] * 5


def test_lost_requests_are_made_again(monkeypatch):
    submitted()
    asked = []
    monkeypatch.setattr(following, "enqueue", lambda name, *args: asked.append((name, *args)))
    following.tell_missing()
    waiting = current().scalars(
        select(TaskEvent.id).where(TaskEvent.told_at.is_(None)).order_by(TaskEvent.id)).all()
    assert asked == [("forum.tell_followers", event_id) for event_id in waiting] != []
    tell_all()
    asked.clear()
    following.tell_missing()
    assert asked == []


def test_crossing_is_told_once_though_it_is_two_steps():
    task = voting()
    [person] = followers(task)
    with atomic():
        publish(ThresholdCrossed(task.box_id, 3))
    tell_all()
    assert [row.context["what"] for row in told(person)] == ["위원회로 넘어감"]


def test_a_change_while_reading_is_told_once_to_followers_and_not_to_its_author():
    task = reading()
    [person] = followers(task)
    before = len(told(task.author))
    for _ in range(4):
        propose.save_version(author_of(task), task, **words(), language="en")
        tell_all()
    [row] = told(person)
    assert str(row.context["text"]).endswith("열람 기간이 처음부터 다시 시작됩니다.")
    assert len(told(task.author)) == before


def test_what_one_follows_is_read_page_by_page(app, monkeypatch):
    monkeypatch.setitem(app.config, "SETTINGS", replace(app.config["SETTINGS"], page_size=2))
    actor, tasks = actor_for(PersonFactory()), [submitted() for _ in range(3)]
    for task in tasks:
        following.follow(actor, task)
    first = followed(actor)
    assert [row.number for row in first.rows] == [tasks[2].number, tasks[1].number]
    last = followed(actor, cursor=first.next_cursor)
    assert ([row.number for row in last.rows], last.next_cursor) == ([tasks[0].number], None)


def test_who_follows_an_own_task_is_told_as_its_author_alone():
    task = submitted()
    following.follow(author_of(task), task)
    propose.withdraw(author_of(task), task)
    tell_all()
    assert {row.slug for row in told(task.author)} == {"forum.step"}


def test_nobody_is_told_of_a_draft():
    task = begun()
    propose.withdraw(author_of(task), task)
    tell_all()
    assert told(task.author) == []
    with pytest.raises(NotFound):
        following.follow(actor_for(PersonFactory()), task)


def test_following_ends_when_one_likes():
    task, person = submitted(), PersonFactory()
    actor = actor_for(person)
    for _ in range(2):
        following.follow(actor, task)
    assert is_following(actor, task)
    assert [row.number for row in followed(actor).rows] == [task.number]
    assert current().scalar(select(func.count()).select_from(TaskFollower)) == 1
    for _ in range(2):
        following.unfollow(actor, task)
    assert not is_following(actor, task)
    propose.withdraw(author_of(task), task)
    tell_all()
    assert told(person) == []
    with pytest.raises(Forbidden):
        following.follow(actor_for(PersonFactory(level=0)), task)


def test_readers_are_told_in_their_own_language():
    task = submitted(PersonFactory(locale="en"))
    followers(task, locale="ko")
    propose.withdraw(author_of(task), task)
    tell_all()
    for row in current().scalars(select(OutboxMessage)):
        made = letter(row.slug, row.locale, row.context, None)
        assert f"/{row.locale}/forum/{task.number}" in made.text
        assert f"/{row.locale}/forum/{task.number}" in made.html
        assert task.number in made.subject


def every_step():
    """A task that went a long way, followed by one reader."""
    task = reading(PersonFactory(locale="en", name="Secret Author"))
    [person] = followers(task, locale="en", name="Secret Follower")
    support.extend_due(supporter_named(), task, due_at=later(days=20), reason="<b>Holidays</b>")
    support.bring(supporter_named(), task, reason="It cannot wait.")
    record_outcome(SYSTEM, task, Outcome.RETURNED, reason="Say who pays.", name="Choi Record")
    tell_all()
    return task, person


def test_every_letter_can_be_written_and_names_no_citizen():
    task, person = every_step()
    rows = told(task.author) + told(person)
    assert len(rows) == 6 + 3
    for row in rows:
        made = letter(row.slug, "en", row.context, None)
        shown = note(row.slug, "en", row.context)
        whole = made.subject + made.text + made.html + str(shown.paragraphs)
        assert "Secret" not in whole
        assert "\n" not in made.subject
        assert "<b>" not in made.html
    mend = letter("forum.step", "en", told(task.author)[-1].context, None)
    assert "It is your turn: change the text and submit it again." in mend.text
    assert "Reason: Say who pays." in mend.text
    assert "By: Committee: Choi Record" in mend.text
    assert "your turn" not in letter("forum.followed", "en", told(person)[-1].context, None).text


def test_a_title_carries_no_link_into_a_letter():
    task = submitted(title="See https://evil.example now")
    assert "evil" not in str([row.context for row in told(task.author)])


def test_an_institutions_task_is_told_to_who_wrote_it():
    place = InstitutionFactory()
    official = staff(Role.OFFICER, place)
    task = government_task(official, place)
    propose.submit(actor_for(official), task)
    [row] = told(official)
    assert row.context["who"] == place.name(official.locale)
