"""The public record: every act is in it, by a salted hash; heads are signed daily; each page shows its proof."""

import json
import threading
from base64 import b64decode
from datetime import datetime, timedelta
from hashlib import sha256

import pytest
import time_machine
from sqlalchemy import delete, select

from civicportal.accounts.queries import actor_for
from civicportal.core.clock import now
from civicportal.core.permissions import SYSTEM, Role
from civicportal.core.transactions import atomic, current
from civicportal.extensions import db
from civicportal.petitions.commitments import hash_of, leaf_of
from civicportal.petitions.models import RecordEntry
from civicportal.petitions.queries.receipts import file_of
from civicportal.petitions.services import desk, record, triage
from civicportal.petitions.services.record import keep_record
from civicportal.petitions.services.restoring import Beside, restore
from civicportal.petitions.services.unconfirmed import purge_unconfirmed
from civicportal.voting.merkle import EMPTY_ROOT, leaf_hash, root, verify_consistency, verify_inclusion
from civicportal.voting.models import Head, Log, LogLeaf, LogTile
from civicportal.voting.notes import Verifier, parse_checkpoint
from civicportal.voting.services.keys import NoSigningKey, log_signers
from civicportal.voting.services.log import HeadRefused
from tests.architecture.doors.looking import statements
from tests.conftest import empty_database
from tests.factories.accounts import PersonFactory, signed_in, staff
from tests.factories.institutions import InstitutionFactory
from tests.factories.petitions import TEXT, TITLE, answered, filed, guest_filed, open_lead, public_matter
from tests.factories.voting import as_worker
from tests.petitions.test_routes_filing import text_of

pytestmark = pytest.mark.usefixtures("app")
DAY = timedelta(days=1)


@pytest.fixture
def worker(app, tmp_path):
    with as_worker(app, tmp_path):
        yield app


def acts(petition=None):
    """(act, what) of the entries, oldest first, as they are stored now."""
    current().rollback()
    rows = select(RecordEntry).order_by(RecordEntry.id)
    return [(said["act"], said["what"]) for entry in current().scalars(rows) for said in [json.loads(entry.statement)]
            if petition is None or entry.petition_id == petition.id]


def heads():
    current().rollback()
    return current().scalars(select(Head).order_by(Head.number)).all()


def test_every_act_is_in_it():
    here, there = InstitutionFactory(code="here"), InstitutionFactory(code="there")
    officer, elsewhere = staff(Role.OFFICER, here), staff(Role.OFFICER, there)
    petition = filed(institution=here, wants_public=True)
    part = open_lead(petition)
    desk.transfer(actor_for(officer), part, institution_code="there", reason="theirs", version=part.version)
    answered(petition, elsewhere, "It is **done**.")
    record_of_publishing = public_matter()[0]
    assert acts(petition) == [
        ("filed", petition.receipt.digest), ("transferred", "there"), ("answered", hash_of("It is **done**."))]
    assert acts(record_of_publishing)[1] == ("published", hash_of(TITLE, TEXT))


def test_the_operators_decision_is_a_transfer():
    InstitutionFactory(code="there")
    petition = filed()
    part = open_lead(petition)
    triage.place(actor_for(staff(Role.OPERATOR)), part, institution_code="there", reason="theirs",
                 version=part.version)
    assert acts(petition)[1] == ("transferred", "there")


def test_what_is_removed_leaves_its_entries():
    petition = guest_filed()
    number = petition.number
    with time_machine.travel(now() + 8 * DAY):
        purge_unconfirmed()
    assert [act for act, _what in acts()] == ["filed", "removed"]
    entries = current().scalars(select(RecordEntry)).all()
    assert {entry.petition_id for entry in entries} == {None}
    assert {json.loads(entry.statement)["number"] for entry in entries} == {number}


def test_what_is_brought_back_is_in_it_as_that():
    petition = filed()
    text, digest = file_of(petition.receipt), petition.receipt.digest
    current().rollback()
    current().expunge_all()
    empty_database()
    restore(SYSTEM, text.encode(), Beside())
    assert acts() == [("restored", digest)]


def test_an_act_that_fails_is_not_in_it():
    petition = filed()
    with pytest.raises(ZeroDivisionError):
        _enter_and_fail(petition)
    assert len(acts(petition)) == 1


def _enter_and_fail(petition):
    with atomic():
        record.enter(petition, record.RecordAct.ANSWERED, "x")
        raise ZeroDivisionError


def test_a_leaf_tells_nothing_of_anybody(worker):
    petition = filed()
    twin = filed(petition.author)
    keep_record()
    leaves = current().scalars(select(LogLeaf.data).order_by(LogLeaf.index)).all()
    entries = current().scalars(select(RecordEntry).order_by(RecordEntry.id)).all()
    assert leaves == [leaf_of(entry.statement) for entry in entries]
    assert all(set(json.loads(leaf)) == {"commitment"} for leaf in leaves)
    assert leaves[0] != leaves[1]
    said = json.loads(entries[0].statement)
    assert json.loads(leaves[0])["commitment"] == sha256(
        b"civicportal/record/1\n" + entries[0].statement.encode()).hexdigest()
    assert (said["number"], len(said["salt"])) == (petition.number, 64)
    assert twin.number not in leaves[1]


def test_the_first_head_of_a_day_covers_the_day_before(worker):
    noon = datetime.fromisoformat("2026-05-04T12:00:00+09:00")
    with time_machine.travel(noon, tick=False):
        keep_record()
        filed()
        keep_record()
        keep_record()
        assert [(head.number, head.size) for head in heads()] == [(1, 0)]
        assert current().scalars(select(RecordEntry.index)).all() == [0]
    with time_machine.travel(noon + timedelta(hours=11, minutes=59), tick=False):
        filed()
        keep_record()
        assert len(heads()) == 1
    with time_machine.travel(noon + timedelta(hours=12, minutes=1), tick=False):
        keep_record()
    assert [(head.number, head.size) for head in heads()] == [(1, 0), (2, 2)]
    with time_machine.travel(noon + 2 * DAY, tick=False):
        keep_record()
    assert [head.size for head in heads()] == [0, 2, 2]


def test_a_head_is_signed_by_the_key_of_the_log(worker):
    filed()
    keep_record()
    [head] = heads()
    found = parse_checkpoint(Verifier.from_vkey(log_signers()[0].vkey).verify(head.note))
    leaves = current().scalars(select(LogLeaf.data).order_by(LogLeaf.index)).all()
    assert (found.origin, found.size, found.root) == (
        "localhost/record", 1, root([leaf_hash(leaf.encode()) for leaf in leaves]))


def test_the_web_process_signs_nothing():
    filed()
    with pytest.raises(NoSigningKey):
        keep_record()
    assert heads() == []


def test_what_was_changed_is_not_signed_over(worker):
    filed()
    keep_record()
    with atomic() as session:
        session.scalars(select(Log)).one().size = 0
        session.execute(delete(LogLeaf))
        session.execute(delete(LogTile))
    with time_machine.travel(now() + DAY), pytest.raises(HeadRefused):
        keep_record()
    current().rollback()
    assert current().scalars(select(Log)).one().refused_at is not None


def test_many_entries_go_in_by_batches(worker, monkeypatch):
    monkeypatch.setattr(record, "BATCH", 2)
    for _ in range(5):
        filed()
    keep_record()
    assert sorted(current().scalars(select(RecordEntry.index)).all()) == [0, 1, 2, 3, 4]


def test_two_workers_at_once_log_each_entry_once(worker):
    for _ in range(4):
        filed()
    current().rollback()
    failed = []

    def work():
        with worker.app_context():
            try:
                keep_record()
            except Exception as error:
                failed.append(error)
            finally:
                db.session.remove()

    threads = [threading.Thread(target=work) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failed == []
    assert sorted(current().scalars(select(RecordEntry.index)).all()) == [0, 1, 2, 3]
    assert len(heads()) == 1


def test_filing_does_not_touch_the_log():
    """One locked row of the log would make all filings wait for each other."""
    with statements() as sent:
        filed()
    assert [text for text in sent if "FROM logs" in text or "log_" in text] == []
    assert [text for text in sent if "INSERT INTO record_entries" in text]


class TestPages:
    @pytest.fixture
    def matter(self, worker):
        """A published petition, covered by a head, and its officer."""
        petition, officer = public_matter()
        keep_record()
        return petition, officer

    def test_the_proof_leads_from_the_act_to_the_head(self, client, matter):
        petition, officer = matter
        answered(petition, officer)
        with time_machine.travel(now() + DAY):
            filed()
            keep_record()
        told = client.get(f"/en/petitions/{petition.number}/record.json").json
        head = parse_checkpoint(told["head"])
        assert [act["statement"]["act"] for act in told["acts"]] == ["filed", "published", "answered"]
        for act in told["acts"]:
            hashes = [b64decode(one) for one in act["hashes"]]
            assert verify_inclusion(leaf_hash(act["leaf"].encode()), act["index"], head.size, hashes, head.root)

    def test_the_page_says_which_head_covers_it_and_which_will(self, client, matter):
        petition, officer = matter
        answered(petition, officer)
        shown = text_of(client.get(f"/en/petitions/{petition.number}/record"))
        assert "It is entry 1, covered by head 1" in shown
        assert shown.count("It will be in the head of") == 1
        assert f"/en/petitions/{petition.number}/record" in client.get(f"/en/petitions/{petition.number}").text

    def test_a_private_one_is_for_those_who_may_see_it(self, client, worker):
        author = PersonFactory()
        petition = filed(author)
        for ending in ("", ".json"):
            address = f"/en/petitions/{petition.number}/record{ending}"
            assert client.get(address).status_code == 404
            assert signed_in(worker, author).get(address).status_code == 200

    def test_anybody_can_count_again(self, client, matter):
        with time_machine.travel(now() + DAY):
            filed()
            keep_record()
            filed()
            keep_record()
        first, second = client.get("/en/record/heads.txt").text, heads()[1]
        lines = client.get("/en/record/leaves.jsonl").text.splitlines()
        assert root([leaf_hash(line.encode()) for line in lines]) == second.root
        assert len(lines) == second.size == 3
        assert first.startswith("localhost/record\n2\n")
        proof = client.get("/en/record/consistency/1/2").json
        assert verify_consistency(2, 3, heads()[0].root, second.root, [b64decode(one) for one in proof["hashes"]])
        assert client.get("/en/record/consistency/2/1").status_code == 404

    def test_heads_can_be_read(self, client, matter):
        assert "Head 1" in client.get("/en/record").text
        assert heads()[0].note.splitlines()[2] in text_of(client.get("/en/record/heads/1"))
        assert client.get("/en/record/heads/2").status_code == 404

    def test_before_the_first_head_there_are_pages_too(self, client):
        petition, _officer = public_matter()
        for path in ("/en/record", "/en/record/heads.txt", "/en/record/leaves.jsonl"):
            assert client.get(path).status_code == 200
        assert "It will be in the head of" in client.get(f"/en/petitions/{petition.number}/record").text
        assert client.get("/en/record/heads/1").status_code == 404

    def test_an_empty_log_has_the_empty_root(self, worker):
        keep_record()
        assert heads()[0].root == EMPTY_ROOT
