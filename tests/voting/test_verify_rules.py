"""verify.py names what is wrong with a portal that signs, with its own key, what its rules do not allow."""

from datetime import timedelta

import pytest

from tests.voting.checking import MAY_ENDS, closed, monthly, refused, usual
from tests.voting.honest_export import CLOSE, HOST, START, Vote, key_of, threshold

MEMBERS = {key_of(1): "Sora Han", key_of(2): "Iseul Bae"}
HOUR = timedelta(hours=1)


def at(vote, moment):
    """The next head is signed at this instant."""
    vote.now = moment - timedelta(minutes=10)


def by_name(**more):
    return Vote(**{"secrecy": "open", "key_kind": "member", "members": MEMBERS, "keys": MEMBERS, **more})


# --- Times


def test_a_vote_opened_again_after_its_close(tmp_path):
    vote = Vote()
    vote.cast("yes")
    at(vote, CLOSE)
    vote.head()
    vote.extend(2)
    said = "Head 2 was signed at 2026-05-11T09:00:00Z, when the vote had closed, and yet it was extended from"
    refused(vote.write(tmp_path / "not signed yet"), said)
    vote.cast("no", "no")
    vote.head()
    refused(vote.write(tmp_path / "running"), said)
    vote.close()
    refused(vote.write(tmp_path / "closed"), said)


@pytest.mark.parametrize(("dates", "said"), [
    ({"opens_at": "2026-05-11T09:00:00Z"}, "the vote does not open before it closes"),
    ({"opens_at": "2026-06-01T00:00:00Z"}, "the vote does not open before it closes"),
    ({"opens_at": "2026-05-04T09:11:00Z"}, "Head 1 was signed at 2026-05-04T09:10:00Z, before the vote opened"),
    ({"opens_at": "2026-13-45T09:00:00Z"}, "frozen.opens_at is not what it should be"),
    ({"opens_at": "2026-05-04T24:00:00Z"}, "frozen.opens_at is not what it should be"),
    ({"closes_at": "2026-06-31T09:00:00Z"}, "frozen.closes_at is not what it should be"),
    ({"closes_at": "0000-05-31T09:00:00Z"}, "frozen.closes_at is not what it should be"),
])
def test_dates_that_cannot_be(tmp_path, dates, said):
    refused(Vote(**dates).write(tmp_path), said)


@pytest.mark.parametrize("line", ["at", "closes"])
def test_a_head_dated_on_a_day_that_does_not_exist(tmp_path, line):
    vote = Vote()
    text = vote.heads.pop().partition("\n\n")[0] + "\n"
    vote.heads.append(vote.keys[-1].sign(text.replace(f"\n{line} 2026-05", f"\n{line} 2026-13")))
    refused(vote.write(tmp_path), "head 1 is cut off or not written as a head should be")


# --- Keys


@pytest.mark.parametrize("later", [timedelta(seconds=1), timedelta(days=1)])
def test_a_head_of_a_key_that_another_had_followed(tmp_path, later):
    vote = Vote()
    vote.rotate("2026b")
    vote.key_rows[1]["from_head"] = None
    vote.keys.pop()
    at(vote, vote.now + later)
    vote.head()
    refused(vote.write(tmp_path), "Head 2 was signed at 2026-05-", "when another key had followed its own")


def test_an_endorsement_dated_on_a_day_that_does_not_exist(tmp_path):
    vote = Vote()
    vote.rotate("2026b")
    vote.key_rows[1]["endorsement"] = vote.key_rows[1]["endorsement"].replace("at 2026-05", "at 2026-15")
    vote.head()
    refused(vote.write(tmp_path), f"The endorsement of the key {HOST}/log/2026b is missing or of another key.")


# --- Who may vote, and who did


@pytest.mark.parametrize("kind", ["member", "provider"])
def test_keys_that_do_not_fit_level_one(tmp_path, kind):
    refused(Vote(key_kind=kind).write(tmp_path), f"keys of the kind {kind} do not fit the secrecy of the vote")


@pytest.mark.parametrize(("level", "kind"), [(2, "address"), (3, "member"), (0, "address"), (0, "provider")])
def test_keys_that_do_not_fit_another_level(tmp_path, level, kind):
    vote = Vote()
    electorate = {**vote.frozen["electorate"], "min_level": level}
    refused(Vote(key_kind=kind, electorate=electorate).write(tmp_path), f"keys of the kind {kind} do not fit")


def test_keys_that_do_not_fit_a_vote_by_name(tmp_path):
    refused(by_name(key_kind="address").write(tmp_path / "kind"), "keys of the kind address do not fit the secrecy of")
    vote = by_name()
    nobody = by_name(electorate={**vote.frozen["electorate"], "min_level": 0})
    refused(nobody.write(tmp_path / "level"), "keys of the kind member do not fit the secrecy of the vote and level 0")


def test_a_threshold_that_asks_for_more_than_the_voters_have(tmp_path):
    vote = Vote(threshold={**threshold("number", 5), "min_level": 2})
    refused(vote.write(tmp_path), "the threshold asks for voters of level 2, but level 1 may vote")


@pytest.mark.parametrize(("levels", "said"), [
    (None, "levels must be given for a vote with secret ballots, and for no other"),
    ({}, "roll or levels say something else than the 9 keys that voted"),
    ({"1": 8}, "roll or levels say something else than the 9 keys that voted"),
    ({"+1": 9}, "is not what it should be"), ({"-1": 9}, "is not what it should be"),
    ({"0": 9}, "is not what it should be"), ({"one": 9}, "is not what it should be"),
    ({"1" * 10: 9}, "is not what it should be"), ({"1": -1, "2": 10}, "is not what it should be"),
])
def test_levels_that_cannot_be(tmp_path, levels, said):
    vote = closed()
    vote.box["levels"] = levels
    refused(vote.write(tmp_path), said)


def test_levels_below_those_that_may_vote(tmp_path):
    vote = Vote()
    vote = Vote(key_kind="provider", electorate={**vote.frozen["electorate"], "min_level": 2})
    vote.cast("yes", "no")
    vote.close()
    refused(vote.write(tmp_path), "levels counts voters below level 2, who may not vote")


def test_levels_where_all_is_public(tmp_path):
    vote = by_name()
    vote.cast_open(key_of(1), "yes")
    vote.close()
    vote.box["levels"] = {"1": 1}
    refused(vote.write(tmp_path), "levels must be given for a vote with secret ballots, and for no other")


def test_levels_before_the_close(tmp_path):
    vote = usual()
    vote.box["levels"] = {}
    refused(vote.write(tmp_path), "say who voted before the vote is closed")


@pytest.mark.parametrize("key", ["sora", "0" * 63, "0" * 65, "A" * 64])
def test_voted_keys_that_are_no_keys(tmp_path, key):
    vote = Vote()
    vote.cast("yes")
    vote.voted = [key]
    vote.close()
    refused(vote.write(tmp_path), "line 1 is no key, stands twice, or is out of order")


# --- Totals that wait for the close


@pytest.mark.parametrize("withheld", [None, "silence"])
def test_totals_shown_before_the_close(tmp_path, withheld):
    vote = usual(totals="closed", threshold=None)
    vote.box |= {"crossing": None, "withheld": withheld}
    refused(vote.write(tmp_path), "box.json gives ballots and a tally before the close, which the rules of this vote")


def test_nothing_given_but_a_tally_of_nothing(tmp_path):
    vote = Vote(totals="closed")
    vote.withhold("silence", 1)
    refused(vote.write(tmp_path), "box.json gives ballots and a tally before the close, which the rules of this vote")


# --- Thresholds


@pytest.mark.parametrize("state", ["open", "closed", "final"])
@pytest.mark.parametrize("rule", [threshold("number", 5), threshold("share", 25)])
def test_a_crossing_left_out(tmp_path, state, rule):
    vote = usual(threshold=rule)
    vote.box["crossing"] = None
    if state != "open":
        vote.close(state)
    refused(vote.write(tmp_path), "Head 3 reaches the threshold, which box.json does not say.")


def test_a_crossing_left_out_that_the_last_head_made(tmp_path):
    vote = usual(threshold=threshold("number", 6))
    vote.box["crossing"] = None
    vote.cast("yes")
    vote.close("closed")
    refused(vote.write(tmp_path), "Head 4 reaches the threshold, which box.json does not say.")


@pytest.mark.parametrize("month", ["2026-5", "2026-00", "2026-13", "May", "2026-05-01", "２０２６-05"])
def test_a_month_that_is_none(tmp_path, month):
    vote = monthly()
    vote.box["crossing"]["round"]["month"] = month
    refused(vote.write(tmp_path), "crossing.round.month is not what it should be")


@pytest.mark.parametrize("month", ["0000-05", "0001-01", "9999-12"])
def test_a_month_of_no_year(tmp_path, month):
    vote = monthly()
    vote.box["crossing"]["round"]["month"] = month
    refused(vote.write(tmp_path), f"there was no vote in the month {month}")


COUNTS = "is not the one that counts in the month"


@pytest.mark.parametrize("month", ["2025-05", "2026-04", "2026-06", "2027-05"])
def test_another_month_than_that_of_the_head(tmp_path, month):
    vote = monthly()
    vote.box["crossing"]["round"]["month"] = month
    refused(vote.write(tmp_path), f"head 3, signed at 2026-06-01T00:00:00Z, {COUNTS} {month}")


@pytest.mark.parametrize(("before", "after"), [
    (-20 * HOUR, -15 * HOUR),  # before the month's end, wherever the portal is
    (14 * HOUR, 15 * HOUR),  # not the first after it
    (HOUR * 24 * 3, HOUR * 24 * 5),
])
def test_another_head_of_the_month(tmp_path, before, after):
    refused(monthly(MAY_ENDS + before, MAY_ENDS + after).write(tmp_path), COUNTS)


def test_a_month_before_the_vote_opened(tmp_path):
    vote = monthly()
    vote.box["crossing"] |= {"head": 1, "yes": 0}
    vote.box["crossing"]["round"]["month"] = "2026-04"
    refused(vote.write(tmp_path), f"head 1, signed at 2026-05-04T09:10:00Z, {COUNTS} 2026-04")


def ended(days, after):
    """Closed so many days after May's end, with the last head, number 5, at the instant `after`."""
    vote = usual(threshold=threshold("monthly", 2), until=MAY_ENDS + timedelta(days=days))
    vote.head()
    at(vote, after)
    vote.close("closed")
    return vote


def in_may(vote, head):
    vote.box["crossing"] = {"head": head, "yes": 5, "version": 3, "round": {"month": "2026-05", "entries": [
        {"slug": "library", "head": head, "yes": 5, "crossed": True}]}}
    return vote


def test_an_earlier_head_than_the_last_of_a_vote_that_closed_in_the_month(tmp_path):
    vote = ended(-3, MAY_ENDS + timedelta(days=2))
    refused(in_may(vote, 4).write(tmp_path / "earlier"), COUNTS)
    vote = Vote(threshold=threshold("monthly", 2), until=MAY_ENDS - timedelta(days=3))
    vote.cast("yes")
    at(vote, MAY_ENDS + timedelta(days=1))  # logged after the close, in a silence
    vote.head()
    vote.close("closed")
    vote = in_may(vote, 2)
    vote.box["crossing"]["yes"] = vote.box["crossing"]["round"]["entries"][0]["yes"] = 1
    refused(vote.write(tmp_path / "in a silence"), COUNTS)


def test_the_last_head_of_a_vote_that_closed_in_another_month(tmp_path):
    refused(in_may(ended(-40 + 7, START), 5).write(tmp_path / "before"), COUNTS)
    vote = usual(threshold=threshold("monthly", 2), until=MAY_ENDS + timedelta(days=9))
    at(vote, MAY_ENDS + timedelta(days=2))
    vote.head()
    vote.close("closed")
    refused(in_may(vote, 5).write(tmp_path / "after"), COUNTS)
