"""Planning and opening: what is refused, what is frozen, and that only the clock opens a vote."""

import dataclasses
import json
import threading
from base64 import b64encode
from datetime import timedelta

import pytest
from sqlalchemy import func, select

from civicportal.accounts.queries import actor_for
from civicportal.core import events
from civicportal.core.audit import AuditEvent
from civicportal.core.clock import at, now
from civicportal.core.errors import Conflict, Forbidden, Invalid
from civicportal.core.permissions import SYSTEM, Role
from civicportal.core.transactions import atomic, current
from civicportal.voting import news
from civicportal.voting.canonical import canonical
from civicportal.voting.models import Box, ElectorateCount, Silence, ThresholdPolicy
from civicportal.voting.notes import instant
from civicportal.voting.queries.boxes import offered_providers
from civicportal.voting.services import opening
from civicportal.voting.services.opening import move_box, open_box, open_due, plan_box, void_box
from civicportal.voting.states import BoxState, PolicyKind, Refusal, Secrecy, TieRule, Totals
from tests.factories.accounts import PersonFactory, staff
from tests.factories.base import PortalFactory
from tests.factories.voting import open_secret_box, voters

pytestmark = pytest.mark.usefixtures("app")
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
FROZEN = {
    "slug", "origin", "log", "question", "language", "kind", "options", "secrecy", "key_kind", "electorate", "opens_at",
    "closes_at", "may_change", "totals", "tie", "quorum", "threshold", "members", "rules_version",
}


class PolicyFactory(PortalFactory):
    class Meta:
        model = ThresholdPolicy

    scope, version, kind, value, min_level, reason = "forum", 1, PolicyKind.NUMBER, 8, 1, "To begin with."


class SilenceFactory(PortalFactory):
    class Meta:
        model = Silence

    title = "General election"


def plan(actor=SYSTEM, **given):
    """A vote that opens in an hour and closes in a week."""
    values = {"slug": "library", "question": "Should the library open on Sundays?", "language": "en",
              "opens_at": now() + HOUR, "closes_at": now() + 7 * DAY}
    return plan_box(actor, **{**values, **given})


def fresh(box):
    current().rollback()
    current().expire_all()
    return current().get_one(Box, box.id)


def opened(box, moment=None):
    """The box after the tick at its time."""
    with at(moment or box.opens_at):
        open_due()
    return fresh(box)


@pytest.fixture
def heard(monkeypatch):
    """The news of boxes that were published."""
    found = []
    for kind in (news.BoxOpened, news.BoxVoided):
        monkeypatch.setitem(events._handlers, kind, [found.append])
    return found


class TestPlanning:
    def test_operators_and_the_system_plan_and_it_is_on_record(self):
        operator = actor_for(staff(Role.OPERATOR))
        box = plan(operator)
        event = current().scalars(select(AuditEvent).where(AuditEvent.name == "box:planned")).one()
        assert (event.actor_id, event.subject_id) == (operator.person_id, box.id)
        for actor in (actor_for(PersonFactory()), actor_for(staff(Role.SUPPORT))):
            with pytest.raises(Forbidden):
                plan(actor, slug="other")

    def test_the_options_are_those_of_the_kind_and_instants_are_whole_seconds(self):
        start = now().replace(microsecond=1) + HOUR
        box = fresh(plan(opens_at=start, closes_at=start + DAY))
        assert box.options == ["yes", "no", "abstain"]
        assert (box.opens_at.microsecond, box.closes_at - box.opens_at) == (0, DAY)
        assert (box.state, box.refusal, box.log, box.frozen) == (BoxState.SCHEDULED, None, None, None)

    @pytest.mark.parametrize(("field", "given"), [
        ("slug", {"slug": "Library"}), ("slug", {"slug": "a--b"}), ("slug", {"slug": ""}), ("slug", {"slug": "-a"}),
        ("slug", {"slug": "a/b"}), ("slug", {"slug": "a" * 81}), ("slug", {"slug": "도서관"}),
        ("slug", {"slug": "a\n"}), ("slug", {"slug": "keys"}), ("slug", {"slug": "thresholds"}),
        ("question", {"question": " "}), ("question", {"question": "half \ud83d"}),
        ("question", {"question": "a\nb"}), ("question", {"question": "a\x1b[31m"}), ("question", {"question": "\x85"}),
        ("question", {"question": "a" * 2001}), ("kind", {"kind": "ranked"}), ("quorum", {"quorum": 0}),
        ("closes_at", {"closes_at": now()}), ("min_level", {"min_level": 0}), ("min_level", {"min_level": 3}),
        ("members", {"secrecy": Secrecy.OPEN}), ("members", {"members": [{"person_id": 1, "name": "A"}]}),
        ("members", {"secrecy": Secrecy.OPEN, "members": []}),
        ("members", {"secrecy": Secrecy.OPEN, "members": [{"person_id": 1, "name": "A\0"}]}),
    ])
    def test_what_could_never_be_held_is_refused_by_field_with_a_sentence(self, field, given):
        with pytest.raises(Invalid) as caught:
            plan(**given)
        assert set(caught.value.fields) == {field}
        assert len(str(caught.value.message)) > 8
        assert current().scalar(select(func.count()).select_from(Box)) == 0

    def test_it_closes_after_it_opens_and_in_the_future(self):
        start = now() + HOUR
        for opens_at, closes_at in ((start, start), (start, start - HOUR), (now() - 2 * DAY, now() - DAY)):
            with pytest.raises(Invalid) as caught:
                plan(opens_at=opens_at, closes_at=closes_at)
            assert set(caught.value.fields) == {"closes_at"}

    def test_hostile_text_stays_text(self):
        question = 'Is "}],"tally":{"yes":999} — \u202efair\u202c\u2028<script>?'
        box = opened(plan(question=question))
        assert json.loads(box.frozen)["question"] == question
        assert len(box.frozen.split("\n")) == 1

    def test_an_address_is_given_once(self):
        plan()
        with pytest.raises(Conflict):
            plan()

    def test_a_threshold_that_binds_government_asks_for_its_level(self):
        policy = PolicyFactory(min_level=2, in_force_at=now())
        with pytest.raises(Invalid) as caught:
            plan(policy_id=policy.id)
        assert set(caught.value.fields) == {"min_level"}
        assert plan(policy_id=policy.id, min_level=2).policy == policy

    def test_a_vote_with_a_threshold_shows_its_totals(self):
        with pytest.raises(Invalid) as caught:
            plan(policy_id=PolicyFactory(in_force_at=now()).id, totals=Totals.CLOSED)
        assert set(caught.value.fields) == {"totals"}

    def test_what_stands_in_the_way_already_is_said_at_once(self):
        SilenceFactory(starts_at=now() + 6 * DAY, ends_at=now() + 8 * DAY)
        assert plan().refusal is Refusal.SILENCE


class TestMoving:
    def test_a_planned_vote_gets_other_instants_and_text(self):
        SilenceFactory(starts_at=now() + 6 * DAY, ends_at=now() + 8 * DAY)
        box, start = plan(), now().replace(microsecond=0) + 10 * DAY
        move_box(box, question="도서관?", language="ko", opens_at=start, closes_at=start + DAY)
        moved = fresh(box)
        assert (moved.question, moved.language, moved.opens_at, moved.closes_at, moved.refusal) == (
            "도서관?", "ko", start, start + DAY, None)

    def test_a_move_is_checked_like_a_plan(self):
        box = plan()
        with pytest.raises(Invalid):
            move_box(box, question="?", language="en", opens_at=now() + DAY, closes_at=now() + HOUR)
        assert fresh(box).question != "?"

    def test_not_once_it_has_opened(self):
        box = opened(plan())
        with pytest.raises(Conflict):
            move_box(box, question="Another?", language="en", opens_at=now() + DAY, closes_at=now() + 2 * DAY)


class TestOpening:
    def test_the_clock_opens_it_at_its_first_instant(self, heard):
        box = plan()
        assert opened(box, box.opens_at - timedelta(microseconds=1)).state is BoxState.SCHEDULED
        assert opened(box).state is BoxState.OPEN
        assert (box.opened_at, box.log.name, box.log.size) == (box.opens_at, "votes/library", 0)
        assert heard == [news.BoxOpened(box.id)]

    def test_it_opens_once_under_any_number_of_workers(self, app, heard):
        voters(3)
        box = plan()
        box_id, moment = box.id, box.opens_at

        def tick():
            with app.app_context(), at(moment):
                open_due()

        threads = [threading.Thread(target=tick) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert heard == [news.BoxOpened(box_id)]
        current().rollback()
        assert current().scalar(select(func.count()).select_from(ElectorateCount)) == 1

    def test_what_decides_it_is_frozen(self):
        policy = PolicyFactory(in_force_at=now())
        voters(3)
        box = opened(plan(policy_id=policy.id, quorum=2, tie=TieRule.COMMITTEE, may_change=False, late_admission=True))
        frozen = json.loads(box.frozen)
        assert box.frozen == canonical(frozen)
        assert set(frozen) == FROZEN
        count = current().scalars(select(ElectorateCount)).one()
        assert frozen["electorate"] == {
            "rule": "everyone with a confirmed address: one vote per confirmed address, not per person",
            "min_level": 1, "late_admission": True, "size": 3, "root": b64encode(count.root).decode()}
        assert {name: frozen[name] for name in ("origin", "log", "key_kind", "members", "rules_version")} == {
            "origin": "localhost/votes/library", "log": "votes/library", "key_kind": "address", "members": None,
            "rules_version": 1}
        assert (frozen["opens_at"], frozen["closes_at"]) == (instant(box.opens_at), instant(box.closes_at))
        assert (frozen["may_change"], frozen["totals"], frozen["tie"], frozen["quorum"]) == (
            False, "live", "committee", 2)
        assert frozen["threshold"] == {
            "scope": "forum", "version": 1, "kind": "number", "value": 8, "min_level": 1}

    def test_the_threshold_is_the_one_in_force_when_it_opens_and_stays(self):
        first = PolicyFactory(in_force_at=now())
        box = plan(policy_id=first.id)
        PolicyFactory(version=2, value=9, in_force_at=now() + HOUR / 2)
        PolicyFactory(version=3, value=10, in_force_at=now() + DAY)
        PolicyFactory(scope="polls", version=7, value=1, in_force_at=now())
        box = opened(box)
        assert (box.policy.version, json.loads(box.frozen)["threshold"]["value"]) == (2, 9)
        opened(box, box.opens_at + 2 * DAY)
        assert fresh(box).policy.version == 2

    def test_one_that_fails_does_not_keep_the_others_from_opening(self, monkeypatch):
        broken, fine = plan(slug="a"), plan(slug="b")
        fix = opening.fix_electorate
        monkeypatch.setattr(opening, "fix_electorate", lambda box: 1 / 0 if box.slug == "a" else fix(box))
        with at(fine.opens_at), pytest.raises(ExceptionGroup):
            open_due()
        assert (fresh(broken).state, fresh(fine).state) == (BoxState.SCHEDULED, BoxState.OPEN)


class TestRefusing:
    def test_a_close_within_a_silence_waits_for_another_time(self):
        box = plan()
        silence = SilenceFactory(starts_at=box.closes_at, ends_at=box.closes_at + DAY)
        assert (opened(box).state, box.refusal) == (BoxState.SCHEDULED, Refusal.SILENCE)
        with atomic() as session:
            session.delete(session.merge(silence))
        assert (opened(box, box.opens_at + HOUR).state, box.refusal) == (BoxState.OPEN, None)

    @pytest.mark.parametrize(("starts", "ends"), [(-DAY, timedelta()), (timedelta(seconds=1), DAY)])
    def test_a_silence_is_a_half_open_time(self, starts, ends):
        box = plan()
        SilenceFactory(starts_at=box.closes_at + starts, ends_at=box.closes_at + ends)
        assert opened(box).state is BoxState.OPEN

    def test_one_that_never_could_open_is_void_when_its_close_passes(self, heard):
        box = plan()
        SilenceFactory(starts_at=box.closes_at - DAY, ends_at=box.closes_at + DAY)
        assert opened(box).state is BoxState.SCHEDULED
        assert opened(box, box.closes_at).state is BoxState.VOID
        assert "silence" in box.reason
        assert heard == [news.BoxVoided(box.id)]

    def test_one_that_no_worker_opened_in_time_is_void(self):
        box = plan()
        assert opened(box, box.closes_at + DAY).state is BoxState.VOID
        assert box.reason

    def test_a_threshold_that_came_to_bind_government_meanwhile(self):
        box = plan(policy_id=PolicyFactory(in_force_at=now()).id)
        PolicyFactory(version=2, min_level=2, in_force_at=now())
        assert (opened(box).state, box.refusal) == (BoxState.SCHEDULED, Refusal.LEVEL)
        assert box.frozen is None

    def test_production_opens_no_vote_of_level_two_without_a_real_provider(self, app, monkeypatch):
        voters(2, level=2)
        monkeypatch.setitem(app.config, "SETTINGS", dataclasses.replace(app.config["SETTINGS"], mode="production"))
        policy = PolicyFactory(min_level=2, in_force_at=now())
        assert offered_providers() == set()
        box = plan(policy_id=policy.id, min_level=2)
        assert (box.refusal, opened(box).state, box.refusal) == (
            Refusal.PROVIDER, BoxState.SCHEDULED, Refusal.PROVIDER)
        assert opened(plan(slug="level-one")).state is BoxState.OPEN
        monkeypatch.setitem(app.extensions, "identity_providers", {"real": object(), "console": object()})
        assert opened(box).state is BoxState.OPEN
        assert json.loads(box.frozen)["electorate"]["size"] == 0  # whom the test desk confirmed is confirmed by nobody

    def test_a_test_desk_is_enough_elsewhere(self):
        voters(2, level=2)
        box = opened(plan(min_level=2))
        assert (json.loads(box.frozen)["key_kind"], json.loads(box.frozen)["electorate"]["size"]) == ("provider", 2)


class TestVoiding:
    def test_for_a_public_reason(self, heard):
        box = open_secret_box(2)
        heard.clear()
        operator = actor_for(staff(Role.OPERATOR))
        void_box(operator, box, reason=" The question was wrong. ")
        assert (fresh(box).state, box.reason) == (BoxState.VOID, "The question was wrong.")
        assert heard == [news.BoxVoided(box.id, by=operator.name)]
        with pytest.raises(Conflict):
            void_box(operator, box, reason="Again.")

    def test_not_without_one_and_not_by_anybody(self):
        box = plan()
        with pytest.raises(Invalid):
            void_box(SYSTEM, box, reason=" ")
        with pytest.raises(Forbidden):
            void_box(actor_for(PersonFactory()), box, reason="I lose.")
        assert fresh(box).state is BoxState.SCHEDULED

    def test_a_void_plan_does_not_open(self):
        box = plan()
        void_box(SYSTEM, box, reason="Withdrawn.")
        with at(box.opens_at):
            open_box(box)
        assert fresh(box).state is BoxState.VOID
