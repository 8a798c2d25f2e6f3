"""Pages of votes with the people who see them: open, voted in, closed, disputed, refused."""

from datetime import timedelta
from typing import Any

from playwright.sync_api import Page
from sqlalchemy import select, update

from civicportal.accounts.queries import actor_for, confirmed_by_address
from civicportal.core.clock import now
from civicportal.core.permissions import SYSTEM
from civicportal.core.transactions import atomic, current
from civicportal.voting.models import Box, PromiseClaim, RollEntry
from civicportal.voting.queries.totals import published_totals
from civicportal.voting.queries.voters import voter_of
from civicportal.voting.services import cast
from civicportal.voting.services.demo import CLOSED, OPEN
from civicportal.voting.services.opening import open_box, plan_box
from civicportal.voting.services.trust import mark_suspects
from civicportal.voting.states import BoxState, Totals
from civicportal.voting.trackers import new_nonce
from tests.e2e.live import Live
from tests.e2e.visit import CITIZEN, NEIGHBOUR, OFFICER, OPERATOR, Visit, press, send_empty

HOUR = timedelta(hours=1)
FIXED, PLANNED, HIDDEN = "visited-fixed", "visited-planned", "visited-hidden"
INTERRUPTED, RESTORED = "visited-interrupted", "visited-restored"


def vote_visits(portal: Live) -> list[Visit]:
    """Every page, empty, full, wrong and too late."""
    with portal.app.app_context():
        made = _made()
    return [*_public(made), *_voter(made), *_operator(made)]


def _made() -> dict[str, Any]:
    """Votes by other rules, a ballot to look up, a broken receipt, a dispute."""
    _plan(FIXED, "시청 광장을 토요일마다 비울까요?", may_change=False, min_level=2)
    _plan(HIDDEN, "새 청사의 이름을 '모두의 집'으로 할까요?", totals=Totals.CLOSED)
    _plan(PLANNED, "마을버스 요금을 없앨까요?", opens_at=now() + HOUR)
    for slug, question in ((INTERRUPTED, "시민 회관을 새로 지을까요?"), (RESTORED, "학교 운동장을 주말에 열까요?")):
        _plan(slug, question)
    with atomic() as session:
        session.execute(update(Box).where(Box.slug == INTERRUPTED).values(interrupted_at=now()))
        session.execute(update(Box).where(Box.slug == RESTORED).values(restored_to=now() - HOUR))
    box = current().scalars(select(Box).where(Box.slug == OPEN)).one()
    officer = actor_for(confirmed_by_address(OFFICER))
    fresh = cast(voter_of(officer, box), box, choice="yes", nonce=new_nonce())
    with atomic() as session:
        claim = PromiseClaim(box_id=box.id, leaf_hash="5e" * 32, promise=fresh.promise, lodged_at=now())
        session.add(claim)
    _dispute(current().scalars(select(Box).where(Box.slug == CLOSED)).one())
    return {"fresh": fresh.tracker, "promise": fresh.promise, "claim": claim.id}


def _plan(slug: str, question: str, **rules: Any) -> None:
    opens_at = rules.pop("opens_at", now())
    box = plan_box(SYSTEM, slug=slug, question=question, language="ko", opens_at=opens_at,
                   closes_at=opens_at + 20 * HOUR, **rules)
    open_box(box)
    assert box.state is BoxState.OPEN or opens_at > now()


def _dispute(box: Box) -> None:
    """As many suspects as could have changed the result."""
    totals = published_totals(box)
    enough = abs(totals.counts["yes"] - totals.counts["no"]) if totals else 0
    keys = current().scalars(select(RollEntry.key).where(RollEntry.box_id == box.id).limit(enough)).all()
    mark_suspects(actor_for(confirmed_by_address(OPERATOR)), box, keys, reason="같은 기기에서 만들어진 계정입니다.")


def _public(made: dict[str, Any]) -> list[Visit]:
    at, unknown = f"/votes/{OPEN}", "0000-" * 7 + "0000"
    return [
        Visit("votes", "/votes", desk=True), Visit("votes-most-yes", "/votes?sort=yes"),
        Visit("votes-none", "/votes?q=zzzz"),
        Visit("vote-open", at, desk=True), Visit("vote-disputed", f"/votes/{CLOSED}", desk=True),
        Visit("vote-hidden", f"/votes/{HIDDEN}"), Visit("vote-planned", f"/votes/{PLANNED}"),
        Visit("vote-interrupted", f"/votes/{INTERRUPTED}"), Visit("vote-restored", f"/votes/{RESTORED}"),
        Visit("thresholds", "/votes/thresholds"), Visit("vote-keys", "/votes/keys"),
        Visit("vote-log", f"{at}/log"), Visit("vote-head", f"{at}/heads/2"), Visit("check", f"{at}/check"),
        Visit("check-wrong", f"{at}/check", act=send_empty),
        Visit("check-unknown", f"{at}/check", act=lambda page: look_up(page, unknown)),
        Visit("check-waiting", f"{at}/check", act=lambda page: look_up(page, made["fresh"])),
        Visit("check-logged", f"/votes/{CLOSED}/check", act=look_up_first),
        Visit("claim", f"{at}/claim"), Visit("claim-wrong", f"{at}/claim", act=send_empty),
        Visit("claim-early", f"{at}/claim", act=lambda page: fill(page, "receipt", made["promise"])),
        Visit("vote-withheld", f"{at}/files/voted-keys.txt"),
    ]


def look_up(page: Page, tracker: str) -> None:
    """Type a tracker and send it."""
    fill(page, "tracker", tracker)


def look_up_first(page: Page) -> None:
    """Look up the first ballot of the download."""
    ballots = page.request.get(f"/ko/votes/{CLOSED}/files/ballots.jsonl").text()
    look_up(page, ballots.partition('"tracker":"')[2].partition('"')[0])


def fill(page: Page, name: str, text: str) -> None:
    """Type into one field and send the form."""
    page.fill(f"main [name={name}]", text)
    press(page)


def _voter(made: dict[str, Any]) -> list[Visit]:
    at = f"/votes/{OPEN}"
    visits = [
        Visit("ballot", at, desk=True), Visit("ballot-wrong", at, act=press),
        Visit("ballot-stale", at, act=choose_late), Visit("receipt", at, act=choose, desk=True),
        Visit("voted", at), Visit("my-key", f"{at}/my-key", desk=True),
        Visit("change-vote", f"{at}/change"), Visit("change-vote-wrong", f"{at}/change", act=send_empty),
        Visit("vote-identity", f"/votes/{FIXED}"), Visit("vote-refused", f"/votes/{FIXED}/change"),
        Visit("my-key-none", f"/votes/{FIXED}/my-key"), Visit("observing", at, act=observe),
        Visit("confirm-head", f"{at}/log"),
        Visit("confirm-head-wrong", f"{at}/log", act=lambda page: fill(page, "head", "rubbish")),
    ]
    return [Visit(one.name, one.path, CITIZEN, one.act, one.desk) for one in visits] + [
        Visit("my-key-unused", f"/votes/{CLOSED}/my-key", NEIGHBOUR)]


def choose(page: Page) -> None:
    """Choose the first answer and cast it."""
    page.locator("input[name=choice]").first.check()
    press(page)


def choose_late(page: Page) -> None:
    """Cast a ballot from a page that was open for too long."""
    page.evaluate("document.querySelector('main [name=csrf_token]').value = 'old'")
    choose(page)


def observe(page: Page) -> None:
    """Ask for every head."""
    page.locator("form[action$='/observe'] button").click()
    page.wait_for_load_state()


def _operator(made: dict[str, Any]) -> list[Visit]:
    run = f"/operator/votes/{OPEN}"
    return [Visit(one.name, one.path, OPERATOR, one.act, one.desk) for one in [
        Visit("run-votes", "/operator/votes", desk=True), Visit("run-vote", run, desk=True),
        Visit("vote-extend", f"{run}/extend"), Visit("vote-extend-wrong", f"{run}/extend", act=send_empty),
        Visit("vote-void", f"{run}/void"), Visit("vote-void-wrong", f"{run}/void", act=send_empty),
        Visit("vote-suspects", f"{run}/suspects"), Visit("vote-suspects-wrong", f"{run}/suspects", act=send_empty),
        Visit("vote-claim", f"{run}/claims/{made['claim']}"),
        Visit("vote-dispute", f"/operator/votes/{CLOSED}/dispute"),
        Visit("vote-dispute-wrong", f"/operator/votes/{CLOSED}/dispute", act=send_empty),
        Visit("silences", "/operator/silences"), Visit("silences-wrong", "/operator/silences", act=send_empty),
        Visit("threshold-new", "/operator/thresholds/new"),
        Visit("threshold-new-wrong", "/operator/thresholds/new", act=send_empty),
    ]]
