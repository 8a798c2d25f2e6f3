"""verify.py names what is wrong with a portal that signs what is not so; and whatever it reads, it answers."""

import json
import re
import shutil

import pytest
from hypothesis import given
from hypothesis import strategies as st

from civicportal.voting import merkle, notes
from civicportal.voting.canonical import ballot_leaf
from civicportal.voting.trackers import change_secret_of, tracker_of
from tests.voting.checking import checked, closed, monthly, refused, usual
from tests.voting.honest_export import CLOSE, HOST, START, Vote, key_of, leaf_of, nonce_of, signer, threshold

FILES = ("ballots.jsonl", "heads.txt", "box.json", "proofs.json", "voted-keys.txt")
MEMBERS = {key_of(1): "Sora Han", key_of(2): "Iseul Bae"}


def started(**frozen):
    """Five ballots in, one head after the first."""
    vote = Vote(**frozen)
    vote.cast("yes", "no", "abstain", "no", "no")
    vote.head()
    return vote


def replacing(old, secret_of, number=800):
    return leaf_of("library", "yes", number, secret=change_secret_of("library", nonce_of(secret_of)),
                   supersedes=tracker_of("library", nonce_of(old)))


LEAVES = {
    "unknown option": ([leaf_of("library", "maybe", 800)], "line 6 chooses “maybe”, which is not an option of this"),
    "hostile option": ([leaf_of("library", "yes\n\u202e", 800)], "chooses “yes\\u000a\\u202e”, which is not an option"),
    "tracker again": ([leaf_of("library", "yes", 2)], "line 6 has the tracker of an earlier ballot"),
    "foreign supersession": ([replacing(1, 2)], "line 6 replaces"),
    "foreign hand": ([replacing(1, 55)], "without the secret of that ballot: it is not its voter's doing."),
    "replaced twice": ([replacing(1, 1), replacing(1, 1, 801)], "line 7 replaces a ballot that was replaced already"),
    "nothing to replace": ([replacing(55, 55)], "line 6 replaces a ballot that does not stand before it"),
    "replaces itself": ([replacing(800, 800)], "line 6 replaces a ballot that does not stand before it"),
    "a ring": ([replacing(801, 801, 800), replacing(800, 800, 801)], "line 6 replaces a ballot that does not stand"),
    "half a change": ([leaf_of("library", "yes", 800, supersedes=tracker_of("library", nonce_of(1)))], "line 6 is not"),
    "by name": ([ballot_leaf("yes", key_of(1))], "line 6 is not written as a ballot should be"),
    "other tracker": ([ballot_leaf("yes", "ABC", revise="0" * 64)], "line 6 is not written as a ballot should be"),
    "other hash": ([ballot_leaf("yes", tracker_of("library", nonce_of(9)), revise="0")], "line 6 is not written as a"),
}


@pytest.mark.parametrize("name", LEAVES)
def test_a_ballot_that_is_none(tmp_path, name):
    leaves, said = LEAVES[name]
    vote = started()
    vote.leaves += leaves
    vote.head()
    refused(vote.write(tmp_path), said)


def test_a_change_that_the_rules_do_not_allow(tmp_path):
    vote = started(may_change=False)
    vote.change(1, "yes", 800)
    vote.head()
    refused(vote.write(tmp_path), "line 6 replaces a ballot, which the rules of this vote do not allow.")


@pytest.mark.parametrize(("change", "said"), [
    (lambda vote: vote.voted.pop(), "5 ballots count, but voted-keys.txt holds 4 keys."),
    (lambda vote: vote.voted.append(key_of(99)), "5 ballots count, but voted-keys.txt holds 6 keys."),
    (lambda vote: vote.voted.append(vote.voted[0]), "is no key, stands twice, or is out of order."),
    (lambda vote: vote.voted.append("two words"), "is no key, stands twice, or is out of order."),
    (lambda vote: vote.voted.append("\u202e"), "is no key, stands twice, or is out of order."),
])
def test_other_voters_than_ballots(tmp_path, change, said):
    vote = started()
    change(vote)
    vote.close()
    refused(vote.write(tmp_path), said)


def test_voted_keys_other_than_signed(tmp_path):
    vote = started()
    vote.close()
    vote.voted[0] = key_of(77)
    refused(vote.write(tmp_path), "voted-keys.txt is not the list that head 3 signs.")


def test_more_ballots_than_voters(tmp_path):
    vote = Vote(keys=[key_of(0)])
    vote.cast("yes", "yes")
    vote.close()
    refused(vote.write(tmp_path), "Head 2: 2 ballots count, but 1 could vote.")


def test_a_tally_that_is_not_so(tmp_path):
    vote = started()
    vote.counts["yes"] += 1
    vote.close()
    refused(vote.write(tmp_path / "counted"), "box.json says yes 2, no 3, abstain 1; the ballots amount to yes 1,")
    vote = started()
    vote.close()
    last = vote.heads.pop().partition("\n\n")[0] + "\n"
    vote.heads.append(signer().sign(re.sub("tally [0-9a-f]{8}", "tally 00000000", last)))
    refused(vote.write(tmp_path / "signed"), "Head 3 signs another tally than that of box.json.")


@pytest.mark.parametrize("late", [True, False])
def test_an_electorate_that_shrinks(tmp_path, late):
    vote = started(late=late)
    vote.admit(map(key_of, range(19)))
    vote.head()
    refused(vote.write(tmp_path), "Head 3 is for another electorate than was fixed before it.")


def test_newcomers_that_the_rules_do_not_admit(tmp_path):
    vote = started()
    vote.admit(map(key_of, range(21)))
    vote.head()
    refused(vote.write(tmp_path), "Head 3 is for another electorate than was fixed before it.")


def test_a_vote_closed_before_its_time(tmp_path):
    vote = started()
    vote.closes_at = START
    vote.close()
    refused(vote.write(tmp_path / "shortened"), "box.json: closes_at is 2026-05-04T09:00:00Z, its extensions lead to ")
    vote.closes_at = CLOSE
    refused(vote.write(tmp_path / "hidden"), "Head 3: its times do not follow", "Head 3 closes the vote at 2026-05-04")
    vote = started()
    vote.close()
    last = vote.heads.pop().partition("\n\n")[0] + "\n"
    vote.heads.append(signer().sign(last.replace("at 2026-05-11", "at 2026-05-10")))
    refused(vote.write(tmp_path / "early"), "Head 3 closes the vote at 2026-05-10T09:00:00Z, before its time")


def test_a_vote_that_goes_on_after_its_tally(tmp_path):
    vote = started()
    vote.close()
    vote.cast("yes")
    vote.head()
    refused(vote.write(tmp_path), "Head 3 closes the vote, but others follow.")


def test_closed_without_a_tally(tmp_path):
    vote = started()
    vote.box["state"] = "closed"
    refused(vote.write(tmp_path), "box.json says that the vote is closed, but its last head has no tally.")


@pytest.mark.parametrize("name", ["roll", "levels"])
def test_a_roll_before_the_close(tmp_path, name):
    vote = started()
    vote.box[name] = {"roll": 5, "levels": {"1": 5}}[name]
    refused(vote.write(tmp_path), "say who voted before the vote is closed")


def test_rules_that_do_not_fit_together(tmp_path):
    refused(Vote(options=["aye", "no"], threshold=threshold("number", 5)).write(tmp_path / "a"), "nobody can vote yes")
    refused(Vote(members=MEMBERS).write(tmp_path / "b"), "only a vote by name has members")
    refused(Vote(log="votes/park").write(tmp_path / "c"), "slug, log and origin do not belong together")


# --- Withheld ballots


def withheld():
    vote = started(totals="closed")
    vote.cast("yes", "yes")
    vote.head()
    vote.cast("yes")
    vote.head()
    vote.withhold("until-close")
    return vote


def test_a_log_forked_where_nobody_sees_the_ballots(tmp_path):
    vote = withheld()
    vote.leaves[0] = leaf_of("library", "no", 900)
    vote.heads, vote.sizes, kept = vote.heads[:2], vote.sizes[:2], vote.sizes[2:]
    vote.tiles = merkle.append(0, [merkle.leaf_hash(leaf.encode()) for leaf in vote.leaves], merkle.reader({}))
    for size in kept:
        vote.sizes.append(size)
        vote.heads.append(signer().sign(vote.checkpoint(len(vote.heads) + 1, size)))
    refused(vote.write(tmp_path), "Head 3 does not extend head 2: the log was forked or rewritten.")


@pytest.mark.parametrize("change", [
    lambda rows: rows.pop(), lambda rows: rows.append(rows[0]), lambda rows: rows[0].update(to=3),
    lambda rows: rows[0].update(hashes=["A"]), lambda rows: rows[0].pop("hashes"), lambda rows: rows.insert(0, 1),
])
def test_proofs_that_are_not_there(tmp_path, change):
    folder = withheld().write(tmp_path)
    rows = json.loads((folder / "proofs.json").read_text())
    change(rows)
    (folder / "proofs.json").write_text(json.dumps(rows) + "\n")
    refused(folder, "proofs.json does not hold one proof from head to head beyond the given ballots.")


@pytest.mark.parametrize("change", [
    lambda hashes: hashes.pop(), lambda hashes: hashes.append(hashes[0]), lambda hashes: hashes.reverse(),
])
def test_proofs_that_do_not_prove(tmp_path, change):
    folder = withheld().write(tmp_path)
    rows = json.loads((folder / "proofs.json").read_text())
    change(rows[1]["hashes"])
    (folder / "proofs.json").write_text(json.dumps(rows) + "\n")
    refused(folder, "Head 3 does not extend head 2")


def test_ballots_withheld_that_the_rules_show(tmp_path):
    vote = started()
    vote.withhold("until-close")
    refused(vote.write(tmp_path / "a"), "withholds ballots until close, which the rules do not say")
    vote = usual(totals="closed")
    vote.box["crossing"] = None
    vote.withhold("until-close")
    refused(vote.write(tmp_path / "threshold"), "withholds ballots until close, which the rules do not say")
    vote = started()
    vote.withhold("silence", 2)
    vote.box["published"] = 3
    refused(vote.write(tmp_path / "b"), "withholds ballots for a silence, but not from a head on")
    vote = withheld()
    vote.box["tally"] = vote.tally()
    refused(vote.write(tmp_path / "c"), "box.json gives a tally although ballots are withheld.")


# --- Thresholds


@pytest.mark.parametrize(("value", "crossing", "said"), [
    (20, (2, 2), "crossed at head 2, but it was reached at head 3."),
    (26, (3, 5), "crossed at head 3, but no head reaches it."),
])
def test_a_share_misstated(tmp_path, value, crossing, said):
    vote = usual(threshold=threshold("share", value))
    vote.box["crossing"].update(head=crossing[0], yes=crossing[1])
    refused(vote.write(tmp_path), said)


def test_a_crossing_without_a_threshold(tmp_path):
    refused(usual(threshold=None).write(tmp_path), "not under the threshold that was fixed at opening")


ENTRIES = (("bridge", 9, True), ("library", 5, True), ("park", 4, False))


@pytest.mark.parametrize(("entries", "said"), [
    (ENTRIES[::2], "this vote does not stand in the month's list"),
    ((("bridge", 9, True), ("library", 6, True)), "this vote does not stand in the month's list"),
    ((("bridge", 9, True), ("library", 5, False)), "this vote does not stand in the month's list"),
    (ENTRIES[::-1], "not in the order of yes votes"),
    ((*ENTRIES, ("park", 4, False)), "names a vote twice"),
    ((("bridge", 9, False), *ENTRIES[1:]), "“bridge” is on the wrong side of the line"),
    ((*ENTRIES[:2], ("park", 5, False)), "“park” is on the wrong side of the line"),
    ((("bridge", 9, True), ("school", 8, True), *ENTRIES[1:]), "“library” is on the wrong side of the line"),
    ((*ENTRIES[:2], ("park", 4, True)), "“park” is on the wrong side of the line"),
])
def test_a_month_misstated(tmp_path, entries, said):
    vote = monthly()
    vote.box["crossing"]["round"]["entries"] = [
        {"slug": slug, "head": 3, "yes": yes, "crossed": crossed} for slug, yes, crossed in entries]
    refused(vote.write(tmp_path), said)


# --- Keys


def test_a_head_of_the_old_key_after_its_change(tmp_path):
    vote = started()
    vote.rotate("2026b")
    vote.keys.append(signer())
    vote.head()
    refused(vote.write(tmp_path), "Head 3 is not signed with the key portal.example/log/2026b")


TEXT = notes.rotation(HOST, signer().vkey, signer("2026b").vkey, START)


@pytest.mark.parametrize(("endorsement", "said"), [
    (notes.sign_all(TEXT, signer("2026b")), "is not signed with the key portal.example/log/2026a"),
    (notes.sign_all(TEXT, signer()), "is not signed with the key portal.example/log/2026b"),
    (notes.sign_all(TEXT.replace(signer().vkey, signer("x").vkey), signer(), signer("2026b")),
     "is missing or of another key"),
    (notes.sign_all(TEXT.replace("rotation", "promise"), signer(), signer("2026b")), "is missing or of another"),
    (notes.sign_all(TEXT, signer(), signer("2026b")).replace("2026-05", "2026-04"), "the signature of"),
    *[(nothing, "is missing or of another key") for nothing in (TEXT, "", None)],
])
def test_a_key_that_nobody_endorses(tmp_path, endorsement, said):
    vote = started()
    vote.rotate("2026b")
    vote.head()
    vote.key_rows[1]["endorsement"] = endorsement
    refused(vote.write(tmp_path), said, key=signer("2026b").vkey)


def test_a_key_for_something_else(tmp_path):
    vote = started()
    other = notes.Signer("portal.example/receipt/2026a", signer().key)
    vote.key_rows[0]["vkey"] = other.vkey
    vote.heads = [other.sign(head.partition("\n\n")[0] + "\n") for head in vote.heads]
    refused(vote.write(tmp_path), "portal.example/receipt/2026a is not a key for logs of portal.example.", key="")


# --- Votes by name


def test_votes_by_name(tmp_path):
    def by_name(**more):
        return Vote(**{"secrecy": "open", "key_kind": "member", "members": MEMBERS, "keys": MEMBERS, **more})

    vote = by_name()
    vote.cast_open(key_of(3), "yes")
    vote.head()
    refused(vote.write(tmp_path / "a"), "who is not a member.")
    refused(by_name(keys=[key_of(1)]).write(tmp_path / "b"), "the members are not the electorate that was fixed")
    vote = by_name()
    vote.cast_open(key_of(1), "yes")
    vote.voted = [key_of(2)]
    vote.close()
    refused(vote.write(tmp_path / "c"), "voted-keys.txt: line 1 is of somebody who has no ballot.")
    vote = by_name()
    vote.cast_open(key_of(1), "yes")
    vote.close()
    last = vote.heads.pop().partition("\n\n")[0] + "\n"
    vote.heads.append(signer().sign(last.replace("at 2026-05-11", "at 2026-05-10")))
    refused(vote.write(tmp_path / "d"), "Head 2 closes the vote before its time, but not all members had voted.")


# --- Whatever it reads


@pytest.fixture(scope="module")
def exports(tmp_path_factory):
    folder = tmp_path_factory.mktemp("exports")
    vote = usual()
    vote.rotate("2026b")
    vote.extend(1)
    vote.close()
    return vote.write(folder / "closed"), withheld().write(folder / "withheld"), folder / "tried"


def tried(exports, closed_one):
    source, other, folder = exports
    shutil.rmtree(folder, ignore_errors=True)
    return shutil.copytree(source if closed_one else other, folder)


@given(st.data())
def test_any_bytes(exports, data):
    """Bytes changed anywhere: refused, or the same said in other bytes; never a traceback."""
    folder = tried(exports, closed_one=data.draw(st.booleans()))
    name = data.draw(st.sampled_from([name for name in FILES if (folder / name).exists()]))
    before = (folder / name).read_bytes()
    at = data.draw(st.integers(0, len(before)))
    end = data.draw(st.integers(at, min(len(before), at + 40)))
    after = before[:at] + data.draw(st.binary(max_size=6) | st.just(before[at:end] * 2)) + before[end:]
    (folder / name).write_bytes(after)
    code, report = checked(folder)
    if name.endswith(".json"):
        assert code in (0, 1)
    else:
        assert code == (after != before), report


@given(st.data())
def test_any_values(exports, data):
    """Any JSON in the place of any value of box.json and proofs.json."""
    closed_one = data.draw(st.booleans())
    folder = tried(exports, closed_one=closed_one)
    name = "box.json" if closed_one else data.draw(st.sampled_from(["box.json", "proofs.json"]))
    value = json.loads((folder / name).read_text())
    other = data.draw(st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(max_size=20) | st.just(10**400) | st.floats(),
        lambda part: st.lists(part, max_size=3) | st.dictionaries(st.text(max_size=5), part, max_size=3), max_leaves=6))
    part, key = value, None
    while isinstance(part, dict | list) and part and (key is None or data.draw(st.booleans())):
        parent, key = part, data.draw(st.sampled_from(sorted(part) if isinstance(part, dict) else range(len(part))))
        part = parent[key]
    if key is None:
        value = other
    else:
        parent[key] = other
    (folder / name).write_text(json.dumps(value) + "\n")
    assert checked(folder)[0] in (0, 1)


def test_a_hash_that_means_another_box(tmp_path):
    """Two honest votes whose files are mixed."""
    one, two = closed().write(tmp_path / "one"), closed(slug="park").write(tmp_path / "two")
    shutil.copy(one / "ballots.jsonl", two)
    refused(two, "Head 2 signs other ballots")
    shutil.copy(one / "box.json", two)
    refused(two, "The rules in box.json (its frozen part) are not those that head 1 signs.")
