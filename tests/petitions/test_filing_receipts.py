"""A receipt of a filing is checked without the portal; what is not exactly what was signed is not genuine."""

import json
import unicodedata
from datetime import UTC, datetime

import pytest

from civicportal.petitions.filing_receipts import (
    MAX_BYTES,
    Verdict,
    as_file,
    canonical_content,
    check,
    digest_of,
    sign,
)
from civicportal.voting.merkle import leaf_hash
from civicportal.voting.notes import Signer, Verifier, promise

HOST, NUMBER = "portal.example", "2605-7K3M-9QXA"
AT = datetime(2026, 5, 4, 3, 2, 1, tzinfo=UTC)
FILED = {
    "number": NUMBER, "filed_at": "2026-05-04T03:02:01Z", "type": "petition", "title": "가로등이 꺼졌습니다",
    "text": "첫째 줄 é\n둘째 줄", "fields": {}, "locale": "ko", "place": None, "public": False,
    "institution": {"code": "lamps", "name": "가로등청"}, "salt": "5a" * 32,
    "author": {"name": "김하늘", "address": "haneul@example.org", "phone": None, "confirmed": True},
    "files": [{"name": "사진.png", "size": 3, "sha256": "ab" * 32}],
}


def signer(name="2026a", host=HOST, seed="A"):
    return Signer.from_setting(f"{name}:{seed * 43}=", host, "receipt")


def made(filed=FILED, by=None):
    """(content, note) as the portal makes them."""
    content = canonical_content(filed)
    return content, sign(by or signer(), HOST, NUMBER, AT, digest_of(content))


def verdict(text, *by):
    return check(text, [Verifier.from_vkey(one.vkey) for one in by or (signer(),)]).verdict


def edited(change):
    """A receipt file in which something was changed after it was signed."""
    whole = json.loads(as_file(*made()))
    change(whole)
    return json.dumps(whole, ensure_ascii=False)


def test_what_the_portal_signed_is_genuine():
    checked = check(as_file(*made()), [Verifier.from_vkey(signer().vkey)])
    assert checked.genuine
    assert (checked.content, checked.statement.number, checked.statement.at) == (FILED, NUMBER, AT)


def test_the_note_alone_is_genuine_and_tells_nothing_that_was_written():
    note = made()[1]
    checked = check(note, [Verifier.from_vkey(signer().vkey)])
    assert (checked.genuine, checked.content) == (True, None)
    assert all(word not in note for word in ("김하늘", "haneul", "가로등", "5a5a"))
    assert note.startswith(f"{HOST}/filing\nnumber {NUMBER}\nat 2026-05-04T03:02:01Z\nhash ")


@pytest.mark.parametrize("paste", [
    lambda text: unicodedata.normalize("NFD", text),
    lambda text: text.replace("\n", "\r\n"),
    lambda text: "\ufeff  \r\n" + text + "\n\n ",
    lambda text: json.dumps(json.loads(text), sort_keys=True),
    lambda text: json.dumps({**json.loads(text), "filing": {
        **json.loads(text)["filing"], "text": "첫째 줄 é\r\n둘째 줄\r\n"}}),
])
def test_editors_and_mail_programs_do_no_harm(paste):
    assert verdict(paste(as_file(*made()))) is Verdict.GENUINE


@pytest.mark.parametrize("paste", [
    lambda note: note.replace("\n", "\r\n"), lambda note: "\n  " + note.replace("\n", " \n  ") + "\n",
    lambda note: note.rstrip("\n"),
])
def test_a_note_may_be_pasted_with_other_blanks(paste):
    assert verdict(paste(made()[1])) is Verdict.GENUINE


@pytest.mark.parametrize("change", [
    lambda whole: whole["filing"].update(text="another text"),
    lambda whole: whole["filing"].update(public=True),
    lambda whole: whole["filing"].update(number="2605-0000-0000"),
    lambda whole: whole["filing"].update(filed_at="2026-05-03T03:02:01Z"),
    lambda whole: whole["filing"].update(salt="00" * 32),
    lambda whole: whole["filing"]["author"].update(address="other@example.org"),
    lambda whole: whole["filing"]["author"].update(confirmed=1),
    lambda whole: whole["filing"]["files"].clear(),
    lambda whole: whole["filing"]["institution"].update(code="seoul"),
])
def test_changed_content_is_told_from_what_was_signed(change):
    assert verdict(edited(change)) in {Verdict.ALTERED, Verdict.NO_RECEIPT}


def test_a_changed_statement_is_forged():
    text = as_file(*made())
    for old, new in ((NUMBER, "2605-0000-0000"), ("04T03", "03T03")):
        assert verdict(text.replace(old, new)) is Verdict.FORGED


def test_a_key_that_is_not_given_is_unknown_and_a_retired_one_is_not():
    text, newest = as_file(*made()), signer("2027a", seed="B")
    assert verdict(text, newest) is Verdict.UNKNOWN_KEY
    assert verdict(text, newest, signer()) is Verdict.GENUINE


def test_a_key_of_the_same_name_is_another_key():
    assert verdict(as_file(*made(by=signer(seed="B")))) is Verdict.UNKNOWN_KEY


def test_a_key_signs_for_its_own_host_alone():
    other = signer(host="other.example")
    assert verdict(as_file(*made(by=other)), other) is Verdict.FORGED


def test_a_promise_of_a_vote_is_no_receipt_of_a_filing():
    """The same key signs both, so only the first line sets them apart."""
    assert verdict(signer().sign(promise(HOST, "votes/a", leaf_hash(b""), AT))) is Verdict.NO_RECEIPT


@pytest.mark.parametrize("text", [
    "", "{", "{}", "[]", "5", "null", "[" * 200_000, '{"a":' * 50_000, "\ud800", "hello", "{" + '"a":1,' * 9,
    '{"format":"civicportal-filing/1","filing":5,"note":5}', '{"format":"civicportal-filing/1","filing":{},"note":""}',
    '{"format": ' + "9" * 10_000 + "}", '{"format": 1e999}', '{"format": NaN}', "x" * (MAX_BYTES + 1), "\0" * 50,
])
def test_rubbish_is_no_receipt(text):
    assert verdict(text) is Verdict.NO_RECEIPT


def test_a_key_that_comes_twice_is_refused():
    """Else one reader would take the first and another one the last."""
    text = as_file(*made())
    for name in ("note", "title"):
        doubled = text.replace(f'"{name}":', f'"{name}": "something else", "{name}":', 1)
        assert json.loads(doubled) == json.loads(text)
        assert verdict(doubled) is Verdict.NO_RECEIPT


@pytest.mark.parametrize("change", [
    lambda filed: filed.pop("salt"), lambda filed: filed.update(more="x"), lambda filed: filed.update(title=5),
    lambda filed: filed.update(files=[{"name": "a", "size": True, "sha256": "ab" * 32}]),
    lambda filed: filed.update(files=[{"name": "a", "size": -1, "sha256": "ab" * 32}]),
    lambda filed: filed.update(files=[{"name": "a", "size": 1, "sha256": "zz" * 32}]),
    lambda filed: filed.update(author=None), lambda filed: filed.update(institution="lamps"),
])
def test_what_has_another_shape_is_no_receipt_even_when_it_is_signed(change):
    filed = {**FILED}
    change(filed)
    content = canonical_content(filed)
    note = sign(signer(), HOST, NUMBER, AT, digest_of(content))
    assert verdict(as_file(content, note)) is Verdict.NO_RECEIPT


def test_lines_of_others_are_left_out_of_the_note():
    content, note = made()
    others = f"— somebody.example {'A' * 92}\n"
    checked = check(as_file(content, note + others), [Verifier.from_vkey(signer().vkey)])
    assert (checked.verdict, checked.note) == (Verdict.GENUINE, note)
    assert verdict(as_file(content, note + others * 500)) is Verdict.GENUINE
    assert verdict(as_file(content, note.replace("\n\n", f"\n\n{others * 500}"))) is Verdict.UNKNOWN_KEY


@pytest.mark.parametrize("host", ["a\x1b[2Jb", "a\u202eb", "a b", "a" * 254])
def test_a_host_that_could_deceive_who_reads_it_is_none(host):
    assert verdict(made()[1].replace(HOST, host)) is Verdict.NO_RECEIPT


def test_the_same_filing_has_another_hash_under_another_salt():
    assert made()[1] != made({**FILED, "salt": "00" * 32})[1]
