"""The demo votes: one final vote of 200 voters that can be checked, one open vote, one threshold."""

import json

import pytest
from sqlalchemy import func, select

from civicportal.core.clock import now
from civicportal.core.transactions import current
from civicportal.voting.models import Ballot, Box, PendingBallot
from civicportal.voting.queries.thresholds import policy_in_force
from civicportal.voting.queries.totals import published_totals
from civicportal.voting.services.batches import make_batch
from civicportal.voting.services.demo import BALLOTS, load_votes
from civicportal.voting.services.export import export_box
from civicportal.voting.states import BoxState
from tests.conftest import empty_database
from tests.voting.held import verify

pytestmark = pytest.mark.usefixtures("worker")


def load():
    done = []
    load_votes(done.append)
    current().rollback()
    assert sum(done) == BALLOTS
    return {box.slug: box for box in current().scalars(select(Box))}


def test_the_closed_vote_has_200_voters_and_is_checked_by_its_download(app, tmp_path):
    box = load()["demo-closed"]
    assert box.state is BoxState.FINAL
    assert box.final_at < now()
    export_box(box, tmp_path / "out")
    said = json.loads((tmp_path / "out" / "box.json").read_text())
    assert (said["roll"], sum(said["tally"].values())) == (200, 200)
    assert said["published"] > 200, "some have changed their vote"
    assert said["heads"] > 5
    status, words = verify(tmp_path / "out", "--key", said["keys"][0]["vkey"])
    assert status == 0, words


def test_the_open_vote_shows_totals_and_takes_more(app):
    box = load()["demo-open"]
    assert (box.state, box.late_admission) == (BoxState.OPEN, True)
    assert published_totals(box).ballots == 60
    assert box.closes_at > now()
    assert make_batch(box) is None, "nothing is left to log or to sign"


def test_there_is_a_threshold_that_a_few_people_reach(app):
    load()
    policy = policy_in_force("forum", now())
    assert (policy.value, policy.min_level) == (8, 1)


def test_a_second_load_changes_nothing_and_one_into_a_new_database_starts_over(app):
    load()
    counts = [select(func.count()).select_from(table) for table in (Box, Ballot, PendingBallot)]
    before = [current().scalar(count) for count in counts]
    load()
    assert [current().scalar(count) for count in counts] == before
    current().rollback()
    empty_database()
    assert load()["demo-closed"].state is BoxState.FINAL
