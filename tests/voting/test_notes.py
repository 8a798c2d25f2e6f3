"""Signed notes: the format of others, and what is refused."""

from base64 import b64decode, b64encode
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone

import pytest

from civicportal.voting import merkle, notes
from tests.voting.honest_export import HOST, signer

ROOT = merkle.leaf_hash(b"a")
# the example of Go's sumdb/note
FOREIGN_KEY = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
FOREIGN_TEXT = "If you think cryptography is the answer to your problem,\nthen you don't know what your problem is.\n"
FOREIGN_SIGNATURE = ("— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE"
                     "6RyyBwJnAM=\n")


def test_a_note_of_others_is_read():
    verifier = notes.Verifier.from_vkey(FOREIGN_KEY)
    assert verifier.verify(FOREIGN_TEXT + "\n" + FOREIGN_SIGNATURE) == FOREIGN_TEXT


def test_a_note_of_others_is_written():
    """Ed25519 leaves no choice, so the same key signs the same bytes."""
    seed = b64decode("AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz")[1:]
    own = replace(signer(), name="PeterNeumann")
    own = replace(own, key=notes.Ed25519PrivateKey.from_private_bytes(seed))
    assert own.vkey == FOREIGN_KEY
    assert own.sign(FOREIGN_TEXT) == FOREIGN_TEXT + "\n" + FOREIGN_SIGNATURE


def test_signers_of_a_setting_newest_first():
    seeds = [b64encode(bytes([number]) * 32).decode() for number in (1, 2)]
    new, old = notes.signers(f"new:{seeds[0]}, old:{seeds[1]}", HOST, "receipt")
    assert (new.name, old.name) == ("portal.example/receipt/new", "portal.example/receipt/old")
    assert notes.signers("", HOST, "log") == []
    with pytest.raises(ValueError, match=r".+"):
        notes.signers("new:short", HOST, "log")


def test_what_was_signed_is_verified_and_nothing_else():
    text = notes.checkpoint(f"{HOST}/votes/a", 3, ROOT, {"head": "1"})
    note, verifier = signer().sign(text), notes.Verifier.from_vkey(signer().vkey)
    assert verifier.verify(note) == text
    for wrong in (note.replace("head 1", "head 2"), note.replace("\n3\n", "\n4\n"), note[:-2], note[:-20] + "\n", text,
                  text + "\n", "", "\n\n", note.replace("— ", "- "), note + "\ud800"):
        with pytest.raises(ValueError, match=r".+"):
            verifier.verify(wrong)
    with pytest.raises(ValueError, match="not signed by"):
        notes.Verifier.from_vkey(signer("other").vkey).verify(note)


def test_a_key_of_the_same_name_is_another_key():
    other = replace(signer("other"), name=signer().name)
    with pytest.raises(ValueError, match="not signed by"):
        notes.Verifier.from_vkey(signer().vkey).verify(other.sign("text\n"))


def test_signatures_of_others_beside_ones_own_do_not_matter():
    note = notes.sign_all("text\n", signer("a"), signer("b"))
    assert all(notes.Verifier.from_vkey(signer(name).vkey).verify(note) == "text\n" for name in "ab")
    assert [name for name, _raw in notes.split(note)[1]] == ["portal.example/log/a", "portal.example/log/b"]


@pytest.mark.parametrize("vkey", [
    "", "a", "a+b+c", "a+00000000+" + b64encode(b"\1" + b"a" * 32).decode(), signer().vkey[:-4],
    signer().vkey.replace("+A", "+B"), "a b" + signer().vkey, signer().vkey.replace("/log/", "/l\nog/"),
])
def test_what_is_no_key(vkey):
    with pytest.raises(ValueError, match=r".+"):
        notes.Verifier.from_vkey(vkey)


@pytest.mark.parametrize("text", ["", "no newline", "\n", "a\n\nb\n", "a\rb\n", "a\x00\n", "\ud800\n", "a\tb\n"])
def test_what_is_no_note(text):
    with pytest.raises(ValueError, match=r".+"):
        signer().sign(text)


def test_a_checkpoint_says_what_it_was_made_of():
    lines = {"head": "14", "electorate": "20 abc", "closes": "2026-05-04T03:02:01Z"}
    text = notes.checkpoint(f"{HOST}/votes/a", 12, ROOT, lines)
    found = notes.Checkpoint(f"{HOST}/votes/a", 12, ROOT, lines)
    assert notes.parse_checkpoint(text) == notes.parse_checkpoint(signer().sign(text)) == found
    assert list(notes.parse_checkpoint(text).lines) == list(lines)
    assert text.startswith(f"portal.example/votes/a\n12\n{b64encode(ROOT).decode()}\nhead 14\n")


@pytest.mark.parametrize("text", [
    "", "a\n", "a\n1\n", "a\n01\nAA==\n", "a\n-1\n" + "A" * 43 + "=\n", "a\n1\nAA==\n",
    notes.checkpoint("a", 1, ROOT, {"head": "1"}) + "head 2\n", notes.checkpoint("a", 1, ROOT, {}) + "word\n",
    notes.checkpoint("a", 1, ROOT, {}).replace("\n1\n", f"\n{'9' * 5000}\n"), "\ud800\n1\n\ud800\n",
])
def test_what_is_no_checkpoint(text):
    with pytest.raises(ValueError, match=r".+"):
        notes.parse_checkpoint(text)


def test_a_promise_says_what_it_was_made_of():
    by = datetime(2026, 5, 4, 12, 2, 1, 999, tzinfo=timezone(timedelta(hours=9)))
    note = signer().sign(notes.promise(HOST, "votes/a", ROOT, by))
    lines = ["portal.example/promise", "votes/a", f"leaf {b64encode(ROOT).decode()}", "by 2026-05-04T03:02:01Z", ""]
    assert note.split("\n")[:5] == lines
    assert notes.parse_promise(note) == notes.Promise(HOST, "votes/a", ROOT, datetime(2026, 5, 4, 3, 2, 1, tzinfo=UTC))


def test_a_change_of_key_says_what_it_was_made_of():
    at = datetime(2026, 5, 4, 3, 2, 1, tzinfo=UTC)
    text = notes.rotation(HOST, signer("a").vkey, signer("b").vkey, at)
    note = notes.sign_all(text, signer("a"), signer("b"))
    assert notes.parse_rotation(note) == notes.Rotation(HOST, signer("a").vkey, signer("b").vkey, at)


PROMISE = notes.promise(HOST, "votes/a", ROOT, datetime(2026, 5, 4, 3, 2, 1, tzinfo=UTC))


@pytest.mark.parametrize("text", [
    "", "a\n", PROMISE.removeprefix(HOST), PROMISE.replace("/promise", "/rotation"), PROMISE + "more\n",
    PROMISE.replace("leaf ", "leaf A"), PROMISE.replace("leaf ", "leaf AAAA"), PROMISE.replace("T03", "T30"),
    PROMISE.replace("leaf", "by"), PROMISE.replace("by ", "by yesterday"),
])
def test_what_is_no_promise(text):
    with pytest.raises(ValueError, match=r".+"):
        notes.parse_promise(text)
