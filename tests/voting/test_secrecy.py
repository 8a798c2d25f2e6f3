"""Nobody learns who chose what: neither from the whole database nor from anything else a vote leaves behind."""

import dataclasses
import json
import logging
import random
import re
import secrets
import uuid
from datetime import timedelta
from math import sqrt
from pathlib import Path

import pytest
from flask.sessions import SecureCookieSessionInterface
from redis import Redis
from sqlalchemy import delete, insert, text, update

from civicportal.accounts.models import AccountSession
from civicportal.app import create_app
from civicportal.core.clock import at, now
from civicportal.core.dialect import is_sqlite, scrub
from civicportal.core.tasks import init_tasks
from civicportal.core.transactions import atomic, current
from civicportal.extensions import db
from civicportal.voting.models import PendingBallot
from civicportal.voting.queries.voters import key_of
from civicportal.voting.services.batches import make_batch
from civicportal.voting.services.closing import close_box
from civicportal.voting.trackers import change_secret_of, parse_nonce, tracker_of
from tests import needs
from tests.conftest import Browser
from tests.factories.accounts import signed_in
from tests.factories.voting import as_worker, citizen, open_secret_box, vote, voters
from tests.voting.adversary import everything, links, orders, rows

BATCH, BATCHES = 10, 12
SIGMAS = 5  # a guess in twelve batches of ten hits twelve times, give or take three
OPTIONS = re.compile(r"yes_no_abstain|\[.yes., ?.no., ?.abstain.\]")  # of the vote, whatever one chooses
NONCE, LATER = "00112233445566778899aabbccddeeff", "ffeeddccbbaa99887766554433221100"


@pytest.fixture
def people(app):
    return voters(BATCH * BATCHES)


@pytest.fixture
def box(people):
    return open_secret_box(0)


class Truth:
    """What the adversary wants to know."""

    def __init__(self):
        self.tracker, self.batch = {}, {}

    def cast(self, people, box, number):
        """The people of a batch vote, in any order."""
        for person in random.sample(people, len(people)):
            receipt = vote(person, box, secrets.choice(("yes", "no", "abstain")))
            key = key_of(citizen(person, box), box)
            self.tracker[key], self.batch[key] = receipt.tracker, number

    def hits(self, pairs):
        return sum(self.tracker.get(key) == found for key, found in pairs)


def chance(hits, expected):
    """Whether so many hits can be luck."""
    return hits <= expected + SIGMAS * sqrt(expected)


class TestTheWholeDatabase:
    def test_before_a_batch_whoever_reads_the_database_can_link(self, people, box):
        """What the page of a vote says, and what shows that the adversary of the next tests knows the trade."""
        truth = Truth()
        truth.cast(people[:BATCH], box, 0)
        if not is_sqlite(current()):
            assert truth.hits(links(box)["same transaction as in pending_ballots"]) == BATCH
            assert truth.hits(links(box)["roll by ctid, pending_ballots by ctid"]) == BATCH

    def test_a_vote_locks_no_row(self, people, box):
        before = rows("boxes", box)
        Truth().cast(people[:BATCH], box, 0)
        assert rows("boxes", box) == before
        if not is_sqlite(current()):
            assert {row["xmax"] for row in rows("electorate", box)} == {"0"}

    def test_after_a_batch_a_link_succeeds_no_more_often_than_one_in_its_size(self, app, people, box, tmp_path):
        truth = Truth()
        with as_worker(app, tmp_path):
            for number in range(BATCHES):
                truth.cast(people[number * BATCH:][:BATCH], box, number)
                assert make_batch(box, force=True) is not None
        guesses = links(box)
        assert rows("pending_ballots", box) == []
        lucky = {way: truth.hits(pairs) for way, pairs in guesses.items()}
        assert all(chance(hits, BATCHES) for hits in lucky.values()), lucky
        if not is_sqlite(current()):
            assert "roll by xmin, ballots by index" in guesses
            assert guesses["same transaction as in ballots"] == guesses["same transaction as in log_leaves"] == []
            in_order = [truth.batch[key] for key in orders("roll", box, "key")["xmin"]]
            assert in_order == sorted(in_order)  # until the close, the batch of a voter can be read

    def test_after_the_close_not_even_the_batch_of_a_voter_can_be_read(self, app, people, box, tmp_path):
        truth = Truth()
        with as_worker(app, tmp_path):
            for number in range(BATCHES - 1):
                truth.cast(people[number * BATCH:][:BATCH], box, number)
                make_batch(box, force=True)
            truth.cast(people[-BATCH:], box, BATCHES - 1)
            with at(box.closes_at):
                close_box(box)
        assert {way for way, pairs in links(box).items() if not chance(truth.hits(pairs), BATCHES)} == set()
        for order, keys in orders("roll", box, "key").items():
            assert keys == sorted(keys), order
            guessed = sum(truth.batch[key] == place // BATCH for place, key in enumerate(keys))
            assert chance(guessed, BATCH), order
        if not is_sqlite(current()):
            assert len({row["xmin"] for row in rows("roll", box)}) == 1

    def test_leaves_stand_in_no_order_of_the_voters(self, app, people, box, tmp_path):
        cast = [vote(person, box).tracker for person in people[:40]]
        with as_worker(app, tmp_path):
            make_batch(box, force=True)
        logged = orders("ballots", box, "tracker")["index"]
        assert set(logged) == set(cast)
        assert logged not in (cast, sorted(cast), cast[::-1])
        assert chance(sum(one == other for one, other in zip(cast, logged, strict=True)), 1)

    def test_what_was_pending_is_gone_from_the_files_of_the_database(self, app):
        """Two boxes, of which one is batched: the deleted rows share their pages with rows that stay."""
        gone, stays = ([f"{word}-{number}-{uuid.uuid4().hex}" for number in range(30)] for word in ("gone", "stays"))
        mixed = [(1, tracker) for tracker in gone] + [(2, tracker) for tracker in stays]
        random.shuffle(mixed)
        with atomic() as session:
            session.execute(insert(PendingBallot), [
                {"box_id": number, "tracker": tracker, "choice": "yes", "leaf": "x" * 100}
                for number, tracker in mixed])
        before = files()
        assert any(tracker.encode() in before for tracker in gone)
        with atomic() as session:
            session.execute(delete(PendingBallot).where(PendingBallot.box_id == 1))
        scrubbed()
        after = files()
        assert not [tracker for tracker in gone if tracker.encode() in after]
        assert [tracker for tracker in stays if tracker.encode() in after] == stays

    def test_who_reads_for_long_does_not_keep_others_from_voting(self, app, people, box):
        """A backup reads every table for hours; what is deleted meanwhile goes with the next batch."""
        if is_sqlite(current()):
            pytest.skip("readers keep nobody waiting there")
        with db.engine.connect() as backup:
            backup.execute(text("SELECT count(*) FROM pending_ballots"))
            assert not scrub({"pending_ballots"})
            vote(people[0], box)
        scrubbed()


def scrubbed():
    """At one of the next calls everything is gone: other tests on the same server may be what is waited for."""
    assert any(scrub({"pending_ballots"}) for _call in range(60))


def files():
    """What the files of the table hold, or those of the whole database; what is only in memory is written first."""
    current().rollback()
    if is_sqlite(current()):
        path = Path(db.engine.url.database)
        return b"".join(file.read_bytes() for file in (path, path.with_name(path.name + "-wal")) if file.exists())
    with db.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("CHECKPOINT"))
        relations = connection.scalars(text(
            "SELECT 'pending_ballots'::regclass UNION ALL "
            "SELECT indexrelid::regclass FROM pg_index WHERE indrelid = 'pending_ballots'::regclass")).all()
        return b"".join(connection.scalar(text(f"SELECT pg_read_binary_file(pg_relation_filepath('{name}'))"))
                        for name in relations)


class TestEverySink:
    """A person votes and changes the vote through the pages, and everything that could have kept it is read."""

    @pytest.fixture(params=["memory", "redis"])
    def portal(self, request, app, settings):
        """The portal, with the limits on tries in memory or on a real Redis."""
        if request.param == "memory":
            yield app
            return
        needs.need(needs.redis(), "Redis")
        there = create_app(dataclasses.replace(
            settings, redis_url=needs.REDIS, redis_prefix=f"secrecy-{uuid.uuid4().hex}:"))
        there.test_client_class = Browser
        yield there
        for key in kept(there):
            Redis.from_url(needs.REDIS).delete(key)
        with there.app_context():
            db.engine.dispose()
        create_app(settings)
        init_tasks(app)

    def test_only_the_roll_and_the_ballots_know(self, portal, caplog):
        [person] = voters(1)
        box = open_secret_box(0, slug="library")
        with portal.app_context():
            browser = signed_in(portal, person)
            seen_long_ago()
        page = browser.get("/en/votes/library")
        assert 'name="nonce"' in page.text
        seen_long_ago()
        before, cookie, redis = everything(), session_of(portal, browser), kept(portal)
        for logger in (None, "sqlalchemy"):  # which is quiet by its own choice
            caplog.set_level(logging.DEBUG, logger)
        answers = self.vote_and_change(browser, page.text)
        said, records = caplog.text, repr([record.__dict__ for record in caplog.records])
        assert "INSERT INTO roll" in said
        words = secret_words(box)
        assert all(answer.status_code == 200 for answer in answers)
        for answer in answers:
            assert answer.headers["Cache-Control"] in ("no-store", "private, no-store")
            assert "Set-Cookie" not in answer.headers
            assert not found(words, str(answer.headers) + answer.request.url)
        assert not found([*words, "abstain"], OPTIONS.sub("", said))
        assert not found(words, records)
        assert session_of(portal, browser) == cookie
        assert kept(portal) == redis
        after = everything()
        assert {table for table in after if after[table] != before[table]} == {"roll", "pending_ballots"}
        assert {table for table, lines in after.items() if found(words, "\n".join(lines))} == {"pending_ballots"}
        assert NONCE not in repr(after)

    def vote_and_change(self, browser, page):
        """Cast with one nonce, change with another, take both files, look the ballot up."""
        token = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', page.partition("<main")[2]).group(1)

        def send(path, **fields):
            return browser.post(f"/en/votes/library/{path}", data={"csrf_token": token, **fields})

        cast = send("ballot", choice="yes", nonce=NONCE)
        raw = parse_nonce(NONCE)
        receipt = {name: re.search(rf'name="{name}"[^>]*value="([^"]+)"', cast.text).group(1).replace("&#34;", '"')
                   for name in ("leaf", "promise")}
        return [
            cast, send("ballot", choice="yes", nonce=NONCE),
            send("receipt", format="json", **receipt), send("receipt", format="qr", **receipt),
            send("change", choice="abstain", nonce=LATER, tracker=tracker_of("library", raw),
                 secret=change_secret_of("library", raw)),
        ]


def secret_words(box):
    words = [NONCE, LATER]
    for nonce in map(parse_nonce, (NONCE, LATER)):
        words += [tracker_of(box.slug, nonce), change_secret_of(box.slug, nonce)]
    current().rollback()
    for row in rows("pending_ballots", box):
        words += [row["leaf"], json.loads(row["leaf"])["revise"]]
    return words


def found(words, text):
    """Those of the words that the text has, in whatever way they are written."""
    plain = text.replace("-", "").lower()
    return [word for word in words if word.replace("-", "").lower() in plain]


def seen_long_ago():
    """The sign-in was last seen so long ago that the next page would note it."""
    with atomic() as session:
        session.execute(update(AccountSession).values(last_seen_at=now() - timedelta(minutes=5)))


def session_of(portal, browser):
    """The signed cookie, opened."""
    cookie = browser.get_cookie("session")
    return SecureCookieSessionInterface().get_signing_serializer(portal).loads(cookie.value)


def kept(portal):
    """Every key in Redis with what it holds."""
    settings = portal.config["SETTINGS"]
    if not settings.redis_url.startswith("redis"):
        return {}
    redis = Redis.from_url(settings.redis_url)
    return {key: redis.dump(key) for key in redis.scan_iter(f"*{settings.redis_prefix.rstrip(':')}*")}
