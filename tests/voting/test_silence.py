"""Election silences: what they move, what they keep back, and what goes on."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from civicportal.accounts.queries import actor_for
from civicportal.core.clock import at, now
from civicportal.core.errors import Forbidden, Invalid
from civicportal.core.permissions import SYSTEM, Role
from civicportal.core.transactions import atomic, current
from civicportal.voting.models import Box, BoxExtension, Silence
from civicportal.voting.news import BoxClosed, ThresholdCrossed
from civicportal.voting.queries.silences import all_silences, silence_at
from civicportal.voting.services.batches import make_batches
from civicportal.voting.services.closing import close_due
from civicportal.voting.services.opening import open_due
from civicportal.voting.services.silence import declare_silence, keep_silences
from civicportal.voting.services.thresholds import judge_due
from civicportal.voting.states import BoxState, PolicyKind, Refusal
from tests.factories.accounts import staff
from tests.factories.voting import BoxFactory, open_secret_box
from tests.voting.ballots import at_once, counts, heads, logged, pend, set_threshold

DAY = timedelta(days=1)


@pytest.fixture
def operator(worker):
    return actor_for(staff(Role.OPERATOR))


def silence(begin, end):
    with atomic() as session:
        session.add(Silence(title="Election", starts_at=begin, ends_at=end))


def seen(box):
    current().rollback()
    return current().get_one(Box, box.id)


def test_a_silence_is_half_open(worker):
    begin = now()
    silence(begin, begin + DAY)
    assert silence_at(begin - timedelta(microseconds=1)) is None
    assert silence_at(begin).ends_at == begin + DAY
    assert silence_at(begin + DAY - timedelta(microseconds=1)) is not None
    assert silence_at(begin + DAY) is None


def test_silences_that_overlap_or_touch_are_one(worker):
    begin = now()
    for first, last in ((0, 3), (1, 2), (2, 5), (5, 6), (8, 9)):
        silence(begin + first * DAY, begin + last * DAY)
    for day in range(6):
        quiet = silence_at(begin + day * DAY)
        assert (quiet.starts_at, quiet.ends_at) == (begin, begin + 6 * DAY)
    assert silence_at(begin + 7 * DAY) is None
    assert silence_at(begin + 8 * DAY).starts_at == begin + 8 * DAY
    assert next(row.starts_at for row in all_silences()) == begin + 8 * DAY


def test_a_vote_that_would_close_in_a_known_silence_does_not_open(operator):
    box = BoxFactory()
    declare_silence(operator, title="Election", starts_at=box.closes_at - DAY, ends_at=box.closes_at + DAY)
    with at(box.opens_at):
        open_due()
    assert (seen(box).state, box.refusal) == (BoxState.SCHEDULED, Refusal.SILENCE)
    assert box.closes_at == BoxFactory.build(opens_at=box.opens_at).closes_at


def test_one_declared_later_moves_the_close_to_its_end(operator):
    box = open_secret_box(3)
    old = box.closes_at
    made = declare_silence(operator, title="Election", starts_at=old, ends_at=old + 2 * DAY)
    assert seen(box).closes_at == old + 2 * DAY
    row = current().scalars(select(BoxExtension)).one()
    assert (row.silence_id, row.reason, row.old_closes_at, row.by_id) == (made.id, "Election", old, None)
    keep_silences()
    assert len(current().scalars(select(BoxExtension)).all()) == 1


def test_a_vote_that_closes_before_or_after_it_stays_as_it_is(operator):
    box = open_secret_box(3)
    before = box.closes_at
    declare_silence(operator, title="Election", starts_at=before + timedelta(seconds=1), ends_at=before + DAY)
    declare_silence(operator, title="Election", starts_at=before - DAY, ends_at=before)
    assert seen(box).closes_at == before


def test_the_end_of_the_last_of_several_silences_is_the_new_close(operator):
    box = open_secret_box(3)
    old = box.closes_at
    declare_silence(operator, title="Second", starts_at=old + DAY, ends_at=old + 3 * DAY)
    declare_silence(operator, title="First", starts_at=old - DAY, ends_at=old + DAY)
    assert seen(box).closes_at == old + 3 * DAY


def test_one_that_opened_while_it_was_declared_is_found_by_the_next_tick(worker):
    box = open_secret_box(3)
    old = box.closes_at
    silence(old, old + DAY)
    keep_silences()
    assert seen(box).closes_at == old + DAY


def test_several_workers_extend_once(worker):
    box = open_secret_box(3)
    old = box.closes_at
    silence(old, old + DAY)
    at_once(worker, *[keep_silences] * 4)
    assert seen(box).closes_at == old + DAY
    assert len(current().scalars(select(BoxExtension)).all()) == 1


def test_totals_wait_the_log_goes_on_and_crossing_is_judged_afterwards(operator, heard):
    box = open_secret_box(8, policy_id=set_threshold(PolicyKind.NUMBER, 3).id)
    begin = box.opens_at + DAY
    declare_silence(operator, title="Election", starts_at=begin, ends_at=begin + 2 * DAY)
    with at(begin + DAY):
        pend(box, "yes", "yes", "yes", "no")
        make_batches()
        judge_due()
        assert heads(box)[-1].counts == counts(yes=3, no=1)
        assert len(logged(box)) == 4
        assert heard == []
    with at(begin + 2 * DAY):
        judge_due()
    assert heard == [ThresholdCrossed(box.id, heads(box)[-1].number)]


def test_at_the_end_of_the_silence_the_vote_closes(operator, heard):
    box = open_secret_box(3)
    old = box.closes_at
    declare_silence(operator, title="Election", starts_at=old - DAY, ends_at=old + DAY)
    pend(box, "yes")
    with at(old):
        make_batches()
        close_due()
    assert seen(box).state is BoxState.OPEN
    assert len(logged(box)) == 1  # as the receipt promised
    with at(old + DAY):
        close_due()
    assert heard == [BoxClosed(box.id)]


def test_only_operators_declare_one(worker):
    with pytest.raises(Forbidden):
        declare_silence(actor_for(staff(Role.SUPPORT)), title="Election", starts_at=None, ends_at=now() + DAY)


@pytest.mark.parametrize(("title", "days", "field"), [(" ", 2, "title"), ("Election", 0, "ends_at"),
                                                      ("Election", -1, "ends_at")])
def test_it_has_a_title_and_an_end_in_the_future(operator, title, days, field):
    with pytest.raises(Invalid) as refusal:
        declare_silence(operator, title=title, starts_at=now() - 3 * DAY, ends_at=now() + days * DAY)
    assert list(refusal.value.fields) == [field]
    assert all_silences() == []


def test_it_never_begins_before_it_is_declared(operator):
    moment = now().replace(microsecond=0)
    with at(moment):
        for begin in (None, moment - DAY):
            assert declare_silence(operator, title="E", starts_at=begin, ends_at=moment + DAY).starts_at == moment


def test_the_system_may_declare_nothing(worker):
    with pytest.raises(Forbidden):
        declare_silence(SYSTEM, title="Election", starts_at=None, ends_at=now() + DAY)
