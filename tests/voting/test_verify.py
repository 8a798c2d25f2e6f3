"""verify.py accepts what an honest portal gives, and says what it found."""

import subprocess
import sys
from base64 import b64encode
from datetime import timedelta
from hashlib import sha256
from io import StringIO

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from civicportal.voting import verify
from civicportal.voting.trackers import tracker_of
from tests.needs import ROOT
from tests.voting.checking import MAY_ENDS, checked, closed, monthly, usual
from tests.voting.honest_export import CLOSE, VERIFY, Vote, key_of, nonce_of, signer, threshold

MEMBERS = {key_of(1): "Sora Han", key_of(2): "Iseul Bae", key_of(3): "Nari Shin"}


def accepted(vote, folder, **options):
    code, report = checked(vote.write(folder), **options)
    assert code == 0, report
    return report


def test_a_closed_vote(tmp_path):
    report = accepted(closed(), tmp_path)
    assert "Tally: yes 5, no 2, abstain 2" in report
    assert "Threshold: crossed at head 3 with 5 yes" in report
    assert f"Key: {signer().vkey}, the one you gave" in report
    assert report.endswith("\nEverything agrees.\n")


def test_a_vote_without_ballots(tmp_path):
    vote = Vote()
    vote.close("closed")
    assert "Tally: yes 0, no 0, abstain 0" in accepted(vote, tmp_path)


def test_a_vote_that_runs(tmp_path):
    assert "Tally: yes 5, no 2, abstain 1" in accepted(usual(), tmp_path)


def test_a_void_vote_does_not_have_to_cross(tmp_path):
    vote = usual()
    vote.box |= {"crossing": None, "state": "void"}
    assert "Head 3 reaches the threshold, which box.json does not say: the vote is void" in accepted(vote, tmp_path)


def test_totals_hidden_until_close(tmp_path):
    vote = usual(totals="closed", threshold=None)
    vote.box["crossing"] = None
    vote.withhold("until-close")
    report = accepted(vote, tmp_path / "before")
    assert "Withheld (until-close)" in report
    assert "Tally" not in report
    vote = closed(totals="closed", threshold=None)
    vote.box["crossing"] = None
    assert "Tally: yes 5" in accepted(vote, tmp_path / "after")


@pytest.mark.parametrize("at_head", [1, 2, 3])
def test_totals_hidden_during_a_silence(tmp_path, at_head):
    vote = usual(threshold=None)
    vote.box["crossing"] = None
    vote.withhold("silence", at_head)
    yes = [0, 2, 5][at_head - 1]
    assert f"Tally: yes {yes}" in accepted(vote, tmp_path)


def test_heads_of_the_same_size(tmp_path):
    vote = usual()
    vote.head()
    accepted(vote, tmp_path / "given")
    vote.box["crossing"] = None
    vote.withhold("silence", 2)
    accepted(vote, tmp_path / "withheld")


def test_a_vote_changed_again_and_again(tmp_path):
    vote = Vote()
    vote.cast("yes", "yes")
    vote.change(0, "no", 1000)
    vote.head()
    vote.change(1000, "abstain", 1001)
    vote.change(1001, "no", 1002)
    vote.close()
    assert "Tally: yes 1, no 1, abstain 0" in accepted(vote, tmp_path)


def test_a_vote_by_name(tmp_path):
    vote = Vote(secrecy="open", key_kind="member", members=MEMBERS, keys=MEMBERS)
    vote.cast_open(key_of(2), "yes")
    vote.head()
    vote.cast_open(key_of(1), "no")
    vote.close()
    assert vote.now == CLOSE
    assert "Tally: yes 1, no 1, abstain 0" in accepted(vote, tmp_path)


def test_a_vote_by_name_ends_when_all_have_voted(tmp_path):
    vote = Vote(secrecy="open", key_kind="member", members=MEMBERS, keys=MEMBERS)
    for key in MEMBERS:
        vote.cast_open(key, "yes")
    vote.close()
    assert vote.now < CLOSE
    accepted(vote, tmp_path)


def test_an_extended_vote(tmp_path):
    vote = usual()
    vote.extend(1)
    vote.head()
    vote.extend(2)
    vote.close()
    accepted(vote, tmp_path)


def test_newcomers_admitted(tmp_path):
    vote = Vote(keys=map(key_of, range(4)), late=True)
    vote.cast("yes", "no", "yes", "yes")
    vote.head()
    vote.admit(map(key_of, range(5)))
    vote.cast("yes")
    vote.close()
    report = accepted(vote, tmp_path)
    assert "Electorate: 4 at opening, 5 now. It may only grow; that nobody was taken out" in report
    assert "Electorate" not in accepted(usual(), tmp_path / "fixed")


def test_a_void_vote(tmp_path):
    vote = usual()
    vote.box["state"] = "void"
    accepted(vote, tmp_path / "running")
    vote = closed()
    vote.box["state"] = "void"
    accepted(vote, tmp_path / "closed")


def test_a_share_of_the_electorate_as_it_was_at_the_head(tmp_path):
    vote = Vote(threshold=threshold("share", 20))
    vote.cast("yes", "yes", "yes", "no")
    vote.head()
    vote.cast("yes")
    vote.head()
    vote.box["crossing"] = {"head": 3, "yes": 4, "version": 3, "round": None}
    vote.change(0, "no", 1000)  # it stays crossed
    vote.close()
    accepted(vote, tmp_path)


def test_a_month_in_which_it_crossed(tmp_path):
    vote = monthly()
    vote.box["crossing"]["round"]["entries"] = [
        {"slug": "bridge", "head": 9, "yes": 31, "crossed": True},
        {"slug": "library", "head": 3, "yes": 5, "crossed": True},
        {"slug": "school", "head": 2, "yes": 5, "crossed": True},
        {"slug": "park", "head": 2, "yes": 4, "crossed": False},
    ]
    accepted(vote, tmp_path / "open")
    vote.close()
    accepted(vote, tmp_path / "closed")


@pytest.mark.parametrize(("before", "after"), [
    (timedelta(hours=-15), timedelta(hours=-14)), (timedelta(0), timedelta(hours=11)),  # somewhere east, somewhere west
    (timedelta(hours=-1), timedelta(days=9)),  # no worker ran for some days
])
def test_a_month_ends_by_the_clocks_of_the_portal(tmp_path, before, after):
    accepted(monthly(MAY_ENDS + before, MAY_ENDS + after), tmp_path)


@pytest.mark.parametrize(("until", "late"), [
    (timedelta(days=-3), timedelta(0)), (timedelta(hours=-10), timedelta(days=2)), (timedelta(hours=13), timedelta(0)),
])
def test_the_last_head_counts_where_the_vote_closed_in_the_month(tmp_path, until, late):
    """Also when the last head is signed late."""
    vote = usual(threshold=threshold("monthly", 2), until=MAY_ENDS + until)
    vote.head()
    vote.now = MAY_ENDS + until + late - timedelta(minutes=10)
    vote.close("closed")
    vote.box["crossing"] = {"head": 5, "yes": 5, "version": 3, "round": {"month": "2026-05", "entries": [
        {"slug": "library", "head": 5, "yes": 5, "crossed": True}]}}
    accepted(vote, tmp_path)


def test_a_month_in_which_it_did_not_cross(tmp_path):
    vote = usual(threshold=threshold("monthly", 2))
    vote.box["crossing"] = None
    vote.close()
    accepted(vote, tmp_path)


def test_a_key_changed_between_heads(tmp_path):
    vote = usual()
    vote.rotate("2026b")
    vote.cast("no")
    vote.head()
    vote.rotate("2026c")
    vote.close()
    vote.rotate("2027a")
    vote.key_rows[-1]["from_head"] = None  # came after this vote
    folder = vote.write(tmp_path)
    for name in ("2026a", "2026b", "2026c", "2027a"):
        code, report = checked(folder, key=signer(name).vkey)
        assert code == 0, report
        assert f"Key: {signer(name).vkey}, the one you gave" in report
    assert f"From head 4 on box.json names {signer('2026b').vkey}" in report


def test_without_a_key_it_says_what_is_not_shown(tmp_path):
    report = accepted(closed(), tmp_path, key="")
    assert "NONE WAS GIVEN" in report
    assert signer().vkey in report
    assert report.endswith("Without a key this does not show who signed it.\n")


def test_a_tracker_is_found_however_it_is_typed(tmp_path):
    folder = closed().write(tmp_path)
    tracker = tracker_of("library", nonce_of(1))
    code, report = checked(folder, "--tracker", tracker.lower().replace("-", " ").replace("0", "o"))
    assert code == 0
    assert f"Tracker {tracker}: line 2 is that ballot, “no”" in report
    assert f"Tracker {tracker}: line 9 replaces that ballot, “yes”" in report


def test_a_tracker_that_is_not_there(tmp_path):
    code, report = checked(closed().write(tmp_path), "--tracker", tracker_of("library", nonce_of(55)))
    assert code == 1
    assert "WRONG: No ballot with the tracker" in report


@pytest.mark.parametrize("question", [
    "Two\nlines", "A\u2028line", 'Quotes " and \\ and </script>', "\u202egnirts", "도서관을 열까요?", "\x1b[2J", "\x00",
])
def test_hostile_text_is_only_text(tmp_path, question):
    vote = usual(question=question, rule=question)
    vote.extend(1, reason=question)
    vote.close()
    report = accepted(vote, tmp_path)
    assert all(sign.isprintable() for sign in report.replace("\n", ""))
    assert len(report.splitlines()) == 6


def test_an_option_with_hostile_text(tmp_path):
    options = ["yes", 'n"o\n\u2028\u202e', "\x7f"]
    vote = Vote(kind="other", options=options)
    vote.cast(*options)
    vote.close()
    report = accepted(vote, tmp_path)
    assert "Tally: yes 1, n\"o\\u000a\\u2028\\u202e 1, \\u007f 1" in report


def test_it_runs_alone(tmp_path):
    """From another folder, without the portal's packages, under a narrow encoding; code 1 for a wrong command too."""
    folder = closed(question="도서관 \u202e").write(tmp_path)
    (tmp_path / "verify.py").write_bytes(VERIFY.read_bytes())

    def run(*arguments):
        return subprocess.run([sys.executable, "-I", "-S", "-W", "error", "verify.py", *arguments], cwd=tmp_path,
                              check=False, capture_output=True, env={"PYTHONIOENCODING": "ascii"})

    done = run(".", "--key", signer().vkey)
    assert (done.returncode, done.stderr) == (0, b"")
    assert b"Everything agrees." in done.stdout
    assert run(str(folder), "--key", signer("other").vkey).returncode == 1
    assert run(str(folder), "--wrong").returncode == 1
    assert run("--help").returncode == 0


def test_the_readme_names_its_hash():
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    assert sha256(VERIFY.read_bytes()).hexdigest() in readme.partition("## Checking a vote yourself")[2]


# --- Ed25519


@pytest.mark.parametrize(("public", "text", "signature"), [  # RFC 8032 §7.1
    ("d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a", "",
     ("e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e06522490155"
      "5fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b")),
    ("3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c", "72",
     ("92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da"
      "085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00")),
    ("fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025", "af82",
     ("6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac"
      "18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a")),
])
def test_published_signatures(public, text, signature):
    key, message, signed = map(bytes.fromhex, (public, text, signature))
    assert verify.signed_by(key, message, signed)
    assert not verify.signed_by(key, message + b"x", signed)
    more = (int.from_bytes(signed[32:], "little") + verify.ORDER).to_bytes(32, "little")
    assert not verify.signed_by(key, message, signed[:32] + more)  # the same S, not written as it must be
    assert not verify.signed_by(key, message, signed + b"\0")
    assert not verify.signed_by(key, message, signed[:-1])


@given(st.binary(min_size=32, max_size=32), st.binary(max_size=300), st.integers(0, 511))
def test_signatures_of_another_implementation(seed, text, bit):
    key = Ed25519PrivateKey.from_private_bytes(seed)
    public, signature = key.public_key().public_bytes_raw(), key.sign(text)
    assert verify.signed_by(public, text, signature)
    number = int.from_bytes(signature, "little") ^ 1 << bit
    assert not verify.signed_by(public, text, number.to_bytes(64, "little"))


@pytest.mark.parametrize("raw", [
    (verify.P + 1).to_bytes(32, "little"), (2).to_bytes(32, "little"), (1 | 1 << 255).to_bytes(32, "little"),
    b"\xff" * 32,
])
def test_what_is_no_point(raw):
    with pytest.raises(ValueError, match=r".+"):
        verify.decode_point(raw)
    vkey = "a+" + sha256(b"a\n\1" + raw).hexdigest()[:8] + "+" + b64encode(b"\1" + raw).decode()
    with pytest.raises(verify.Fault):
        verify.key_from(vkey)


def test_its_signature_check_stays_small():
    text = VERIFY.read_text(encoding="utf-8")
    part = text.partition("# --- Ed25519")[2].partition("\n# --- ")[0]
    assert len(part.splitlines()) <= 80


def test_a_report_goes_where_it_is_told(tmp_path, capsys):
    verify.run([str(tmp_path)], StringIO())
    assert capsys.readouterr().out == ""
