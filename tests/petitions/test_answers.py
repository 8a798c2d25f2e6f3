"""Answers: nothing saved is ever overwritten, nothing is sent twice, nothing hostile reaches a page."""

import threading

import pytest
from sqlalchemy import select

from civicportal.core.errors import Conflict, Forbidden, Invalid
from civicportal.core.permissions import Role
from civicportal.core.transactions import current
from civicportal.notifications.models import OutboxMessage
from civicportal.petitions.markdown import to_html
from civicportal.petitions.models import AnswerVersion, Assignment
from civicportal.petitions.queries.desk import newest_text
from civicportal.petitions.services import answers, desk
from civicportal.petitions.states import AnswerState, AssignmentState, PetitionState
from tests.factories.accounts import staff
from tests.factories.desk import matter_at, officer
from tests.factories.institutions import InstitutionFactory


@pytest.fixture
def here(app):
    return InstitutionFactory()


@pytest.fixture
def mine(here):
    return officer(here, name="박서준")


@pytest.fixture
def part(here, mine):
    found = matter_at(here)
    desk.take(mine, found, version=found.version)
    return found


def versions():
    return [(row.number, row.text) for row in current().scalars(select(AnswerVersion).order_by(AnswerVersion.number))]


def test_every_saved_text_is_kept(part, mine):
    answers.save(mine, part, text="하나", base_version=0)
    answers.save(mine, part, text="둘\r\n줄", base_version=1)
    assert versions() == [(1, "하나"), (2, "둘\n줄")]
    assert newest_text(part.answer).text == "둘\n줄"


def test_the_same_text_again_is_no_new_version(part, mine):
    answers.save(mine, part, text="하나", base_version=0)
    assert answers.save(mine, part, text="하나", base_version=0).number == 1
    assert versions() == [(1, "하나")]


def test_a_conflict_brings_the_other_text_and_keeps_it(part, mine):
    manager = officer(part.institution, Role.MANAGER, name="이하은")
    answers.save(mine, part, text="하나", base_version=0)
    answers.save(manager, part, text="관리자의 글", base_version=1)
    with pytest.raises(answers.TextConflict, match="이하은") as conflict:
        answers.save(mine, part, text="나의 글", base_version=1)
    assert (conflict.value.text, conflict.value.author, conflict.value.number) == ("관리자의 글", "이하은", 2)
    assert answers.save(mine, part, text="나의 글", base_version=conflict.value.number).number == 3
    assert versions() == [(1, "하나"), (2, "관리자의 글"), (3, "나의 글")]


def test_two_first_texts_at_once_are_one_version_and_one_conflict(app, part, mine):
    people = [mine, officer(part.institution, Role.MANAGER)]
    part_id, start, outcomes = part.id, threading.Barrier(2), []

    def run(actor):
        with app.app_context():
            row = current().get_one(Assignment, part_id)
            start.wait()
            try:
                outcomes.append(answers.save(actor, row, text=f"글 {actor.person_id}", base_version=0).number)
            except answers.TextConflict as conflict:
                outcomes.append(conflict.text)

    threads = [threading.Thread(target=run, args=(actor,)) for actor in people]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    current().rollback()
    [(number, kept)] = versions()
    assert sorted(map(str, outcomes)) == sorted(["1", kept])
    assert number == 1


@pytest.mark.parametrize("text", ["", " \n ", "\x00"])
def test_an_empty_answer_is_refused(part, mine, text):
    with pytest.raises(Invalid) as refused:
        answers.save(mine, part, text=text, base_version=0)
    assert set(refused.value.fields) == {"text"}
    assert versions() == []


def test_nothing_is_sent_before_something_was_written(part, mine):
    with pytest.raises(Invalid):
        answers.send(mine, part, base_version=0)
    assert part.state is AssignmentState.IN_PROGRESS


def test_sending_closes_the_part_and_tells_the_author_who_answered(part, mine):
    answers.send(mine, part, base_version=answers.save(mine, part, text="고쳤습니다.", base_version=0).number)
    assert (part.state, part.answer.state) == (AssignmentState.ANSWERED, AnswerState.SENT)
    assert part.closed_at == part.answer.sent_at
    assert (part.petition.state, part.petition.answered_at is not None) == (PetitionState.ANSWERED, True)
    [mail] = results()
    assert (mail.person_id, mail.context["officer"]) == (part.petition.author_id, "박서준")


def results():
    return current().scalars(select(OutboxMessage).where(
        OutboxMessage.slug == "petitions.result", OutboxMessage.channel == "email")).all()


def test_sending_twice_is_one_result(part, mine):
    number = answers.save(mine, part, text="고쳤습니다.", base_version=0).number
    for _ in range(2):
        answers.send(mine, part, base_version=number)
    assert len(results()) == 1


def test_a_sent_answer_never_changes(part, mine):
    answers.send(mine, part, base_version=answers.save(mine, part, text="고쳤습니다.", base_version=0).number)
    with pytest.raises(Conflict):
        answers.save(mine, part, text="아닙니다.", base_version=1)
    assert versions() == [(1, "고쳤습니다.")]


def test_only_the_text_that_was_checked_is_sent(part, mine):
    checked = answers.save(mine, part, text="하나", base_version=0).number
    answers.save(officer(part.institution, Role.MANAGER), part, text="둘", base_version=checked)
    with pytest.raises(answers.TextConflict):
        answers.send(mine, part, base_version=checked)
    assert (part.state, results()) == (AssignmentState.IN_PROGRESS, [])


def test_who_lost_the_matter_meanwhile_reads_who_has_it(part, mine):
    heir = staff(Role.OFFICER, part.institution, name="이하은")
    desk.assign(officer(part.institution, Role.MANAGER), part, officer_id=heir.id, department_id=None,
                version=part.version)
    with pytest.raises(Forbidden, match="이하은"):
        answers.save(mine, part, text="나의 글", base_version=0)


@pytest.mark.parametrize("act", [
    lambda who, part: answers.save(who, part, text="글", base_version=0),
    lambda who, part: answers.send(who, part, base_version=0),
])
def test_strangers_neither_write_nor_send(part, act):
    for stranger in (officer(InstitutionFactory(), Role.DIRECTOR), officer(part.institution)):
        with pytest.raises(Forbidden):
            act(stranger, part)


def test_nobody_answers_what_nobody_has_taken(mine, part):
    waiting = matter_at(part.institution)
    with pytest.raises(Conflict):
        answers.save(officer(part.institution, Role.MANAGER), waiting, text="글", base_version=0)


def test_an_answer_carries_the_language_it_is_written_in(part, mine):
    answers.save(mine, part, text="We have repaired the street light in front of your house.", base_version=0)
    assert part.answer.language == "en"
    answers.save(mine, part, text="집 앞의 가로등을 모두 고쳤습니다. 다시 어두워지면 알려 주세요.", base_version=1)
    assert part.answer.language == "ko"


@pytest.mark.parametrize("hostile", [
    "<script>alert(1)</script>", "![x](https://evil.example/pixel.png)", "[x](javascript:alert(1))",
    "<img src=x onerror=alert(1)>", "[x](data:text/html;base64,PHNjcmlwdD4=)",
    '<a href="https://x" onclick="y()">z</a>',
])
def test_a_hostile_answer_is_stored_as_typed_and_shown_harmless(part, mine, hostile):
    assert answers.save(mine, part, text=hostile, base_version=0).text == hostile
    html = to_html(newest_text(part.answer).text)
    assert not any(piece in html for piece in ("<script", "<img", 'href="javascript', 'href="data', "<a onclick"))
