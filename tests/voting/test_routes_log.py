"""The public log over the web: heads, proofs, files, and what outsiders do with them."""

import json
import re
from base64 import b64decode
from contextvars import Context
from datetime import timedelta

import pytest
from werkzeug.test import Client

from civicportal.core.transactions import atomic
from civicportal.voting.merkle import leaf_hash, verify_consistency, verify_inclusion
from civicportal.voting.models import PendingBallot
from civicportal.voting.notes import parse_checkpoint
from civicportal.voting.queries.log import head_by_number
from civicportal.voting.states import Totals
from tests.architecture.doors.looking import everything
from tests.factories.accounts import signed_in
from tests.voting.held import Held, verify
from tests.voting.test_routes_show import words

PAGE = "/en/votes/library"


@pytest.fixture(autouse=True)
def signs(worker):
    """The test is a worker too."""


@pytest.fixture
def held(app):
    """Twelve may vote, seven have, in two batches; one of them has changed the vote."""
    held = Held(12)
    held.cast("yes", "yes", "no")
    held.batch()
    held.change(0, "no")
    held.cast("no", "abstain", "yes", "yes")
    held.batch()
    return held


@pytest.fixture
def see(app, held):
    def see(path, who=None):
        with held.at():
            browser = signed_in(app, held.people[who]) if who is not None else app.test_client()
            return browser.get(f"{PAGE}{path}")

    return see


def check(app, held, tracker):
    with held.at():
        return app.test_client().post(f"{PAGE}/check", data={"tracker": tracker})


def test_heads_are_listed_newest_first_and_each_is_shown_as_signed(see, held):
    assert re.findall(r"/heads/(\d)", see("/log").text) == ["3", "2", "1"]
    answer = see("/heads/2")
    assert head_by_number(held.box.log, 2).note in answer.text.replace("&#43;", "+").replace("&#34;", '"')
    assert answer.headers["Cache-Control"].startswith("public")
    assert see("/heads/4").status_code == 404


def test_heads_are_paged_by_number(see, held):
    assert re.findall(r"/heads/(\d)", see("/log?before=3").text) == ["2", "1"]
    for wrong in ("x", "-1", "0", "9" * 30):
        assert see(f"/log?before={wrong}").status_code == 200


def test_consistency_is_proved_between_any_two_heads(see, held):
    for first, second in ((1, 2), (2, 3), (1, 3), (3, 3)):
        old, new = (head_by_number(held.box.log, number) for number in (first, second))
        proof = see(f"/consistency/{first}/{second}").get_json()
        assert (proof["from"], proof["to"]) == (first, second)
        hashes = [b64decode(text) for text in proof["hashes"]]
        assert verify_consistency(old.size, new.size, old.root, new.root, hashes)
    assert see("/consistency/3/1").status_code == 404
    assert see("/consistency/1/9").status_code == 404


def test_the_files_of_the_page_satisfy_the_verifier(app, see, held, tmp_path):
    held.close()
    keys = app.test_client().get("/en/votes/keys").text.replace("&#43;", "+")
    for name in re.findall(r"/files/([\w.-]+)", see("").text):
        (tmp_path / name).write_bytes(see(f"/files/{name}").data)
    key = re.search(r"localhost/log/test\+[^\s<]+", keys)[0]
    status, said = verify(tmp_path, "--key", key, "--tracker", held.receipts[1].tracker)
    assert status == 0, said
    assert (tmp_path / "voted-keys.txt").exists()


def test_what_is_withheld_says_when_it_follows(see, held):
    answer = see("/files/voted-keys.txt")
    assert answer.status_code == 404
    assert "It follows when the vote has closed and is counted." in answer.text
    assert see("/files/passwords.txt").status_code == 404
    assert "follows after the close" in words(see(""))


def test_files_come_as_downloads_and_hold_what_is_public(see, held):
    answer = see("/files/ballots.jsonl")
    assert answer.headers["Content-Disposition"] == 'attachment; filename="ballots.jsonl"'
    leaves = answer.data.decode().splitlines()
    assert len(leaves) == 8
    assert {json.loads(leaf)["choice"] for leaf in leaves} == {"yes", "no", "abstain"}


@pytest.mark.parametrize(("name", "lines"), [("ballots.jsonl", 8), ("voted-keys.txt", 7), ("box.json", None)])
def test_files_are_whole_when_the_request_is_over_before_they_are_sent(app, held, name, lines):
    held.close()

    def as_a_server_does():
        with held.at():
            return Client(app).get(f"{PAGE}/files/{name}").data

    content = Context().run(as_a_server_does)  # the context of the test would outlive the request
    assert content.endswith(b"\n")
    assert content.count(b"\n") == lines or name == "box.json"


# Checking a ballot.


def test_a_logged_ballot_is_found_with_its_proof(app, held):
    receipt = held.receipts[1]
    answer = check(app, held, receipt.tracker)
    text = words(answer)
    assert "The ballot is in the public log" in text
    assert "It says: Yes" in text
    assert answer.headers["Cache-Control"] == "no-store"
    lines = re.search(r"<pre[^>]*>(.*?)</pre>", answer.text, re.S)[1].replace("&#34;", '"').replace("&#43;", "+")
    leaf, _, rest = lines.partition("\n\n")
    assert leaf == receipt.leaf
    index, size, *hashes = rest.partition("\n\n")[0].split("\n")
    head = parse_checkpoint(rest.partition("\n\n")[2])
    proof = [b64decode(text) for text in hashes if text]
    place = int(index.removeprefix("index "))
    assert int(size.removeprefix("size ")) == head.size
    assert verify_inclusion(leaf_hash(leaf.encode()), place, head.size, proof, head.root)


@pytest.mark.parametrize("spell", [str.lower, lambda text: text.replace("-", " "), lambda text: text.replace("-", ""),
                                   lambda text: text.replace("0", "o").replace("1", "l")])
def test_a_tracker_is_found_however_it_is_typed(app, held, spell):
    assert "The ballot is in the public log" in words(check(app, held, spell(held.receipts[1].tracker)))


def test_a_replaced_ballot_says_that_the_later_one_counts(app, held):
    former = [row for row in everything()["ballots"] if "None" not in row.split(", ")[2]]
    assert len(former) == 1
    changed = held.receipts[0]
    superseded = json.loads(changed.leaf)["supersedes"]
    assert "It was replaced by a later ballot" in words(check(app, held, superseded))
    assert "It was replaced" not in words(check(app, held, changed.tracker))


def test_a_fresh_ballot_waits_and_an_unknown_one_is_not_there(app, held):
    receipt = held.cast("yes")[0]
    text = words(check(app, held, receipt.tracker))
    assert "waits for the next batch" in text
    assert "11 May 2026, 09:10 (South Korea Time)" in text
    text = words(check(app, held, "0000-" * 7 + "0000"))
    assert "There is no ballot with this tracker in this vote" in text
    assert f"{PAGE}/claim" in check(app, held, "0000-" * 7 + "0000").text


def test_before_totals_are_public_a_tracker_does_not_tell_the_choice(app):
    held = Held(6, totals=Totals.CLOSED)
    held.cast("abstain", "abstain", "abstain")
    held.batch()
    answer = check(app, held, held.receipts[0].tracker)
    assert "The ballot is in the public log" in words(answer)
    assert "What it says is shown when the totals are public." in words(answer)
    assert "bstain" not in answer.text
    held.close()
    assert "It says: Abstain" in words(check(app, held, held.receipts[0].tracker))


def test_what_is_no_tracker_is_said_at_its_field(app, held, caplog):
    caplog.set_level(0)
    answer = check(app, held, "not a tracker <b>")
    assert answer.status_code == 400
    assert "This does not have 32 letters and digits" in answer.text
    assert "not a tracker &lt;b&gt;" in answer.text
    assert "not a tracker" not in caplog.text


def test_the_check_page_is_for_everybody_and_holds_nothing(see, held):
    answer = see("/check")
    assert answer.headers["Cache-Control"].startswith("public")
    assert "csrf" not in answer.text


def test_checking_changes_nothing(app, held):
    before = everything()
    check(app, held, held.receipts[1].tracker)
    check(app, held, "zzz")
    assert everything() == before


# The own key.


def test_my_key_is_for_its_owner_alone(see, app, held):
    own, other = see("/my-key", who=1), see("/my-key", who=2)
    key = re.search(r"<pre[^>]*>([0-9a-f]{64})</pre>", own.text)[1]
    assert key not in other.text
    assert "no-store" in own.headers["Cache-Control"]
    assert "You are on the list of those who may vote" in words(own)
    assert "Your key has voted" in words(own)
    assert "Your key has not voted" in words(see("/my-key", who=11))
    assert see("/my-key").status_code == 401


def test_the_proof_of_my_key_leads_to_the_published_root(see, held):
    text = see("/my-key", who=4).text.replace("&#43;", "+")
    key = re.search(r"<pre[^>]*>([0-9a-f]{64})</pre>", text)[1]
    index, size, *hashes, root = re.search(r"<pre[^>]*>(index .*?)</pre>", text, re.S)[1].split("\n")
    head = parse_checkpoint(head_by_number(held.box.log, 3).note)
    size, root = size.removeprefix("size "), root.removeprefix("root ")
    assert head.lines["electorate"] == f"{size} {root}"
    proof = [b64decode(one) for one in hashes if one]
    place = int(index.removeprefix("index "))
    assert verify_inclusion(leaf_hash(key.encode()), place, int(size), proof, b64decode(root))


def test_who_did_not_vote_says_so_once_and_is_only_counted(app, held):
    with held.at():
        browser = signed_in(app, held.people[1])
        for _ in range(2):
            answer = browser.submit(f"{PAGE}/contest", page=f"{PAGE}/my-key")
            assert answer.status_code == 303
        text = words(browser.get(f"{PAGE}/my-key"))
        assert "You have said that it was not you." in text
        assert "1 person has said that somebody voted in their place." in words(app.test_client().get(PAGE))


def test_who_is_not_on_the_roll_has_nothing_to_contest(app, held):
    with held.at():
        browser = signed_in(app, held.people[11])
        browser.submit(f"{PAGE}/contest", page="/en/account/edit")
        assert "There is nothing to contest." in words(browser.get(f"{PAGE}/my-key"))
        assert "Nobody has said that somebody voted" in words(app.test_client().get(PAGE))


# Promises that were not kept.


def lose(held):
    """The newest ballot vanishes from the database, as if the portal had dropped it."""
    receipt = held.cast("yes")[0]
    with atomic() as session:
        session.delete(session.get(PendingBallot, (held.box_id, receipt.tracker)))
    return receipt


def claim(app, held, text):
    with held.at():
        return app.test_client().submit(f"{PAGE}/claim", {"receipt": text})


@pytest.mark.parametrize("paste", [lambda promise: promise, lambda promise: json.dumps({"promise": promise}),
                                   lambda promise: promise.replace("\n", "\r\n") + "\r\n\r\n"])
def test_a_broken_promise_is_lodged_by_anybody_and_public(app, held, see, paste):
    receipt = lose(held)
    assert "It is too early" in words(claim(app, held, paste(receipt.promise)))
    held.now = receipt.by + timedelta(seconds=1)
    assert "The broken promise is lodged" in words(claim(app, held, paste(receipt.promise)))
    text = words(see(""))
    assert "1 missing ballot was reported." in text
    assert leaf_hash(receipt.leaf.encode()).hex() in text
    assert "Being looked into" in text


def test_a_kept_promise_is_found(app, held, see):
    answer = claim(app, held, held.receipts[1].promise)
    assert "The promise was kept, and nothing was lodged." in words(answer)
    assert "Nobody has reported a missing ballot." in words(see(""))


@pytest.mark.parametrize("text", ["", "nonsense", "{}", "[1]", '{"promise": 5}', "x" * 10_001])
def test_what_is_no_receipt_comes_back_with_what_is_wrong(app, held, text):
    answer = claim(app, held, text)
    assert answer.status_code == 400
    assert "There is a problem" in answer.text
    assert answer.headers["Cache-Control"] == "no-store"


# Observers.


def test_an_observer_confirms_the_mailed_head_and_the_page_says_it_is_anchored(app, held, see):
    with held.at():
        browser = signed_in(app, held.people[5])
        browser.submit(f"{PAGE}/observe", page=PAGE)
        assert "1 observer gets every head by e-mail." in words(app.test_client().get(PAGE))
        assert "Not anchored outside yet." in words(app.test_client().get(PAGE))
        note = head_by_number(held.box.log, 3).note
        answer = browser.submit(f"{PAGE}/confirm-head", {"head": note.replace("\n", "\r\n")}, page=f"{PAGE}/log")
        assert answer.status_code == 303
        assert "Anchored outside: head 3 is kept by 1 observer." in words(app.test_client().get(PAGE))
        browser.submit(f"{PAGE}/observe", {"stop": "1"}, page=PAGE)
        assert "Not anchored outside yet." in words(app.test_client().get(PAGE))


def test_another_head_is_told_apart_and_kept_in_the_form(app, held):
    with held.at():
        browser = signed_in(app, held.people[5])
        browser.submit(f"{PAGE}/observe", page=PAGE)
        note = head_by_number(held.box.log, 2).note
        for pasted, said in ((note.replace("\nhead 2\n", "\nhead 3\n"), "it proves that the log was changed"),
                             (note.replace("head 2", f"head {10 ** 30}"), "it proves that the log was changed"),
                             ("rubbish", "This is not a whole head."), ("", "Paste the head from the e-mail.")):
            answer = browser.submit(f"{PAGE}/confirm-head", {"head": pasted}, page=f"{PAGE}/log")
            assert answer.status_code == 400
            assert said in answer.text
        assert "Not anchored outside yet." in words(app.test_client().get(PAGE))


def test_who_does_not_observe_confirms_nothing(app, held):
    with held.at():
        browser = signed_in(app, held.people[5])
        note = head_by_number(held.box.log, 3).note
        answer = browser.submit(f"{PAGE}/confirm-head", {"head": note}, page="/en/account/edit")
    assert answer.status_code == 403
