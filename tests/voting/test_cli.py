"""`flask voting`: exports that can be checked, the history of keys, thresholds."""

import re
import shlex
import subprocess
import sys
from datetime import timedelta

import pytest

from civicportal.core.clock import now
from civicportal.voting.models import ThresholdPolicy
from civicportal.voting.queries.thresholds import policy_in_force
from civicportal.voting.states import PolicyKind
from tests.factories.voting import BoxFactory, as_worker
from tests.voting.ballots import set_threshold
from tests.voting.held import Held


def run(app, *arguments):
    return app.test_cli_runner().invoke(args=["voting", *arguments])


@pytest.fixture
def held(app, tmp_path):
    with as_worker(app, tmp_path):
        held = Held(6)
        held.cast("yes", "no", "yes")
        held.close()
        yield held


def test_an_export_says_how_to_check_it_and_the_check_passes(app, held, tmp_path):
    folder = tmp_path / "a folder"
    result = run(app, "export", "library", "--out", str(folder))
    assert result.exit_code == 0, result.output
    assert "6 files" in result.output
    assert "3 ballots, 3 of which count, and 2 signed heads" in result.output
    command = shlex.split(next(line for line in result.output.splitlines() if "verify.py" in line))
    done = subprocess.run([sys.executable, *command[1:]], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout
    assert "Everything agrees." in done.stdout


def test_an_export_spares_what_is_there_unless_forced(app, held, tmp_path):
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "notes.txt").write_text("mine")
    refused = run(app, "export", "library", "--out", str(tmp_path / "out"))
    assert (refused.exit_code, "not empty" in refused.output) == (1, True)
    assert run(app, "export", "library", "--out", str(tmp_path / "out"), "--force").exit_code == 0
    assert (tmp_path / "out" / "notes.txt").read_text() == "mine"


def test_what_has_not_opened_cannot_be_exported(app, tmp_path):
    box = BoxFactory()
    for slug in (box.slug, "nothing"):
        result = run(app, "export", slug, "--out", str(tmp_path / "out"))
        assert (result.exit_code, "no vote" in result.output) == (1, True)
    assert not (tmp_path / "out").exists()


def test_before_a_head_is_public_there_is_nothing_to_export(app, held, tmp_path):
    policy = set_threshold(PolicyKind.NUMBER, 3)
    Held(3, slug="fresh", policy_id=policy.id)
    result = run(app, "export", "fresh", "--out", str(tmp_path / "out"))
    assert (result.exit_code, "No head of the vote fresh is public yet." in result.output) == (1, True)
    assert not (tmp_path / "out").exists()


def test_keys_are_listed_with_their_time(app, held):
    result = run(app, "keys")
    assert result.exit_code == 0
    assert re.search(r"^log +\d{4}-\d\d-\d\dT.*in use +first +localhost/log/test\+", result.output, re.MULTILINE)


def test_a_threshold_is_set_and_its_faults_are_named(app):
    wrong = run(app, "policy", "forum", "--kind", "share", "--value", "101", "--min-level", "2", "--reason", "To try.")
    assert (wrong.exit_code, "from 1 to 100" in wrong.output) == (1, True)
    made = run(app, "policy", "forum", "--kind", "number", "--value", "1000", "--min-level", "2", "--reason", "To try.")
    assert made.exit_code == 0, made.output
    policy = policy_in_force("forum", now())
    assert isinstance(policy, ThresholdPolicy)
    assert (policy.kind, policy.value, policy.min_level, policy.version) == (PolicyKind.NUMBER, 1000, 2, 1)
    later = f"{now() + timedelta(days=40):%Y-%m-%d}"
    result = run(app, "policy", "forum", "--kind", "monthly", "--value", "3", "--min-level", "2", "--reason", "Fair.",
                 "--from", later)
    assert (result.exit_code, "Version 2" in result.output) == (0, True)
    assert policy_in_force("forum", now()).version == 1
