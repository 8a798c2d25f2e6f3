"""`flask petitions due`: when something is due and why, for people and for programs."""

import json
from datetime import UTC, date, datetime

import pytest

from civicportal.core import clock
from civicportal.core.permissions import SYSTEM
from civicportal.deadlines.models import ClosureKind
from civicportal.deadlines.services import add_closure
from civicportal.petitions.cli import petitions

RECEIVED = ("--received", "2025-10-02T17:30+09:00")


@pytest.fixture
def run(app):
    def run(*arguments, ok=True):
        result = app.test_cli_runner().invoke(petitions, ["due", *arguments])
        assert (result.exit_code == 0) is ok, result.output
        return result.output
    return run


def as_json(run, *arguments):
    return json.loads(run(*arguments, "--format", "json"))


def test_json_says_when_and_every_step(run):
    told = as_json(run, "--type", "grievance", *RECEIVED)
    assert told == as_json(run, "--type", "petition", *RECEIVED), "its former name is known too"
    assert list(told) == ["due_at", "due_date", "steps"]
    assert (told["due_at"], told["due_date"]) == ("2025-10-18T00:00:00+09:00", "2025-10-17")
    assert [step["kind"] for step in told["steps"]].count("counted") == 7
    assert told["steps"][0]["article"].keys() == {"ko", "en"}
    skipped = [step["date"] for step in told["steps"] if step["kind"] == "skipped"]
    assert skipped == [f"2025-10-{day:02}" for day in (3, 4, 5, 6, 7, 8, 9, 11, 12)]


def test_pauses_and_an_extension_are_counted(run):
    pauses = ("--pause", "2025-10-10T10:00+09:00/2025-10-14T09:00+09:00", "--pause", "2025-10-13/2025-10-14")
    told = as_json(run, "--type", "grievance", *RECEIVED, "--filed", "2025-10-02T08:00+09:00",
                   *pauses, "--extend", "7d")
    assert told["due_date"] == "2025-10-30"  # the 13th and 14th do not count
    kinds = [step["kind"] for step in told["steps"] if "date" not in step]
    assert kinds == ["rule", "filed", "received", "pause", "pause", "extension", "due"]


def test_the_table_of_closures_counts(run):
    with clock.at(datetime(2025, 10, 1, tzinfo=UTC)):
        add_closure(SYSTEM, day=date(2025, 10, 10), name_ko="임시 휴무", name_en="Storm", kind=ClosureKind.CLOSED)
    told = as_json(run, "--type", "grievance", *RECEIVED)
    assert told["due_date"] == "2025-10-20"
    assert {"ko": "임시 휴무", "en": "Storm"} in [step.get("text") for step in told["steps"]]


def test_text_is_for_people(run):
    lines = run("--type", "proposal", "--received", "2025-10-16T10:00+09:00").splitlines()
    assert lines[0].startswith("1 month; the day of receipt counts. National Proposal Regulation")
    assert lines[1].startswith("  unverified: ")
    assert "  2025-11-16 Sun  not counted  Sunday" in lines
    assert lines[-1] == "Due by the end of Monday 17 November 2025."


@pytest.mark.parametrize(("arguments", "sentence"), [
    (("--type", "grievance", "--received", "2025-10-02T17:30"), "has no zone"),
    (("--type", "grievance", "--received", "yesterday"), "is no time"),
    (("--type", "grievance", "--received", "9999-12-31T17:30+09:00"), "can be counted"),
    (("--type", "grievance", *RECEIVED, "--pause", "2025-10-14/9999-12-31"), "can be counted"),
    (("--type", "nothing", *RECEIVED), "is not one of"),
    (("--type", "grievance", *RECEIVED, "--pause", "2025-10-14/2025-10-13"), "ends before it begins"),
    (("--type", "grievance", *RECEIVED, "--pause", "2025-10-14"), "is no time"),
    (("--type", "grievance", *RECEIVED, "--pause", "2025-99-14/2025-10-13"), "must be in 1..12"),
    (("--type", "grievance", *RECEIVED, "--extend", "8d"), "from 1 to 7 days"),
    (("--type", "grievance", *RECEIVED, "--extend", "7h"), "such as 1d"),
    (("--type", "grievance", *RECEIVED, "--extend", ""), "such as 1d"),
])
def test_what_cannot_be_counted_is_refused_with_a_sentence(run, arguments, sentence):
    assert sentence in run(*arguments, ok=False)
