"""Demo votes, held in the past by the real services: a final one, an open one, and a threshold in force."""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from random import Random

from sqlalchemy import select

from civicportal.accounts.services import load_crowd
from civicportal.core import clock
from civicportal.core.configuration import settings
from civicportal.core.i18n import local
from civicportal.core.permissions import SYSTEM, Actor
from civicportal.core.transactions import atomic, current
from civicportal.voting.models import Box, Log
from civicportal.voting.queries.thresholds import latest_version
from civicportal.voting.queries.voters import voter_of
from civicportal.voting.services.batches import make_batch
from civicportal.voting.services.casting import Change, Receipt, cast
from civicportal.voting.services.closing import close_box, finish_due
from civicportal.voting.services.keys import record_keys
from civicportal.voting.services.opening import open_box, plan_box
from civicportal.voting.services.thresholds import set_policy
from civicportal.voting.states import PolicyKind
from civicportal.voting.trackers import new_nonce

CLOSED, OPEN = "demo-closed", "demo-open"
CROWD, OPEN_BALLOTS, AT_ONCE = 200, 60, 20
BALLOTS = CROWD + OPEN_BALLOTS
LONG_AGO = timedelta(days=90)
OPENING_HOUR = 9
THRESHOLD = 8
QUESTIONS = {
    CLOSED: ("시립 도서관을 일요일 저녁에도 열어야 할까요?", "ko"),
    OPEN: ("Should city buses run through the night on Fridays and Saturdays?", "en"),
}
WHY = "시범 운영 기준입니다. 체험하는 사람 몇 명으로도 도달할 수 있습니다."


def load_votes(advance: Callable[[int], None]) -> None:
    """Hold the demo votes that are not there yet. `advance` is told how many of the BALLOTS are done since.

    The people who vote are made for it. Needs the key of the public log, as every command has it in development.
    """
    _forget_heads()
    with clock.at(clock.now() - LONG_AGO):
        people = load_crowd(CROWD)
        if latest_version("forum") is None:
            set_policy(SYSTEM, scope="forum", kind=PolicyKind.NUMBER, value=THRESHOLD, min_level=1, reason=WHY)
    _hold(CLOSED, people, opened_days_ago=40, days=14, advance=advance)
    _hold(OPEN, people[-OPEN_BALLOTS:], opened_days_ago=3, days=14, advance=advance)


def _forget_heads() -> None:
    """In a new database no log was ever signed: heads that lie here are of one that was thrown away."""
    if current().scalar(select(Log.id).limit(1)) is None:
        for path in Path(settings().log_heads_root).glob("*.txt"):
            path.unlink()


def _hold(slug: str, people: Sequence[int], *, opened_days_ago: int, days: int,
          advance: Callable[[int], None]) -> None:
    if current().scalar(select(Box.id).where(Box.slug == slug)) is not None:
        advance(len(people))
        return
    opens_at = _morning(opened_days_ago)
    box = _open(slug, opens_at, opens_at + timedelta(days=days))
    groups = [people[start:start + AT_ONCE] for start in range(0, len(people), AT_ONCE)]
    step = (min(box.closes_at, clock.now()) - opens_at) / (len(groups) + 1)
    chance = Random(slug)  # noqa: S311 - every demo shows the same figures
    for place, group in enumerate(groups, 1):
        with clock.at(opens_at + place * step):
            _vote(box, group, chance)
            make_batch(box, force=True)
        advance(len(group))
    if box.closes_at < clock.now():
        with clock.at(box.closes_at):
            close_box(box)
        with clock.at(box.closes_at + timedelta(days=settings().check_days, hours=1)):
            finish_due()


def _open(slug: str, opens_at: datetime, closes_at: datetime) -> Box:
    """An open vote with its first head."""
    question, language = QUESTIONS[slug]
    with clock.at(opens_at - timedelta(days=2)):
        box = plan_box(SYSTEM, slug=slug, question=question, language=language, late_admission=True, opens_at=opens_at,
                       closes_at=closes_at)
    with clock.at(opens_at):
        record_keys()
        open_box(box)
        make_batch(box)
    return box


def _vote(box: Box, people: Sequence[int], chance: Random) -> None:
    """A group votes; one of them thinks again and changes the vote."""
    with atomic():
        first, *_others = [_cast(box, person, chance) for person in people]
        _cast(box, people[0], chance, Change(first.tracker, first.change_secret or ""))


def _cast(box: Box, person: int, chance: Random, change: Change | None = None) -> Receipt:
    choice = chance.choices(["yes", "no", "abstain"], weights=[11, 7, 2])[0]
    return cast(voter_of(Actor(person_id=person), box), box, choice=choice, nonce=new_nonce(), change=change)


def _morning(days_ago: int) -> datetime:
    """When offices open, so many days ago."""
    moment = local(clock.now() - timedelta(days=days_ago))
    return moment.replace(hour=OPENING_HOUR, minute=0, second=0, microsecond=0)
