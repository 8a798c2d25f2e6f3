"""`/verify` and `flask receipts verify`: plain sentences, no database, bounded, and nothing kept."""

import json
import unicodedata
from dataclasses import replace
from io import BytesIO

import pytest

from civicportal.app import create_app
from civicportal.core.permissions import Role
from civicportal.petitions.filing_receipts import MAX_BYTES
from civicportal.petitions.queries.receipts import file_of
from civicportal.voting.services.keys import receipt_signers
from config import from_env
from tests.architecture.doors.looking import everything, statements
from tests.factories.accounts import signed_in, staff
from tests.factories.petitions import TEXT, TITLE, Sent, filed
from tests.petitions.test_routes_filing import text_of

NEW = "2027a:" + "B" * 43 + "="


@pytest.fixture
def receipt(app):
    return file_of(filed(files=(Sent("a.txt", b"hello"),)).receipt)


@pytest.fixture
def configure(app):
    before = app.config["SETTINGS"]
    yield lambda **values: app.config.update(SETTINGS=replace(before, **values))
    app.config["SETTINGS"] = before


def ask(client, **fields):
    return client.post("/en/verify", data=fields, content_type="multipart/form-data")


def said(client, **fields):
    answer = ask(client, **fields)
    assert answer.status_code == 200
    return text_of(answer)


def test_a_genuine_receipt_is_shown_with_what_was_filed(client, receipt):
    for fields in ({"receipt": receipt}, {"file": (BytesIO(receipt.encode()), "receipt.json")}):
        shown = said(client, **fields)
        assert "The receipt is genuine" in shown
        assert json.loads(receipt)["filing"]["number"] in shown
        assert TITLE in shown
        assert json.loads(receipt)["filing"]["author"]["address"] not in shown


@pytest.mark.parametrize("form", [
    lambda text: unicodedata.normalize("NFD", text).encode(), lambda text: text.encode("utf-16"),
    lambda text: text.replace("\n", "\r\n").encode("utf-8-sig"),
])
def test_a_file_that_another_program_has_saved_is_read(client, receipt, form):
    assert "The receipt is genuine" in said(client, file=(BytesIO(form(receipt)), "r.json"))


def test_the_text_of_the_code_is_enough(client, receipt):
    shown = said(client, receipt=json.loads(receipt)["note"].replace("\n", "\r\n"))
    assert "The receipt is genuine" in shown
    assert "short form" in shown


def test_each_fault_has_its_sentence(client, receipt, configure):
    number = json.loads(receipt)["filing"]["number"]
    assert "The contents were changed" in said(client, receipt=receipt.replace(TITLE, "Another title"))
    assert "The receipt is forged" in said(client, receipt=receipt.replace(number, "2605-0000-0000"))
    assert "not a receipt" in said(client, receipt="hello")
    configure(receipt_signing_keys=NEW)
    assert "any key that this portal uses" in said(client, receipt=receipt)
    configure(receipt_signing_keys=NEW, portal_url="https://new.example")
    assert "It names another portal: localhost. Check it there." in said(client, receipt=receipt)


def test_retired_keys_still_verify(client, receipt, configure):
    configure(receipt_signing_keys=NEW, receipt_verify_keys=f"{receipt_signers()[0].vkey},")
    assert "The receipt is genuine" in said(client, receipt=receipt)


@pytest.mark.parametrize(("text", "same"), [
    (TEXT, True), (f"\r\n{TITLE}\r\n\r\n{TEXT} \r\n", True), (TEXT + "!", False), (TEXT.upper(), False),
])
def test_a_text_is_compared(client, receipt, text, same):
    shown = said(client, receipt=receipt, text=text)
    assert ("Your text is the text in the receipt." in shown) == same
    assert ("Your text is not the text" in shown) != same


def test_files_are_compared(client, receipt):
    shown = said(client, receipt=receipt, files=[(BytesIO(b"hello"), "mine.txt"), (BytesIO(b"hullo"), "other.txt")])
    assert "mine.txt is one of the files" in shown
    assert "other.txt is not one of the files" in shown


def test_nothing_is_compared_with_a_receipt_that_is_not_genuine(client, receipt):
    shown = said(client, receipt=receipt.replace(TITLE, "Another"), text=TEXT, files=[(BytesIO(b"hello"), "a.txt")])
    assert "Your text" not in shown
    assert "one of the files" not in shown


def test_it_reads_no_database_and_keeps_nothing(app, receipt):
    before = everything()
    for browser in (app.test_client(), signed_in(app, staff(Role.OPERATOR))):
        with statements() as sent:
            browser.get("/en/verify")
            said(browser, receipt=receipt, files=[(BytesIO(b"hello"), "a.txt")])
        assert sent == []
    assert [row for name, row in everything().items() if name not in ("people", "grants", "account_sessions")] == [
        row for name, row in before.items() if name not in ("people", "grants", "account_sessions")]


def test_it_works_while_the_database_is_away(receipt, tmp_path):
    elsewhere = create_app(from_env({
        "DATABASE_URL": f"sqlite:///{tmp_path}/none/portal.sqlite", "REDIS_URL": "memory://",
        "INSTANCE_PATH": str(tmp_path), "PORTAL_URL": "http://localhost"}, process="web"))
    browser = elsewhere.test_client()
    assert browser.get("/ko/verify").status_code == 200
    assert "The receipt is genuine" in said(browser, receipt=receipt)


def test_answers_are_never_stored(client, receipt):
    for fields in ({"receipt": receipt}, {"receipt": ""}):
        assert ask(client, **fields).headers["Cache-Control"] == "no-store"


def test_sizes_are_bounded(client, receipt, configure):
    assert "too long for a receipt" in text_of(ask(client, receipt="x" * (MAX_BYTES + 1)))
    assert "not a receipt" in said(client, file=(BytesIO(receipt.encode() + b" " * MAX_BYTES), "r.json"))
    configure(upload_max_bytes=1000)
    assert ask(client, receipt=receipt, files=(BytesIO(b"x" * 300_000), "a")).status_code == 413
    configure(limit_network="1 per 10 minutes")
    ask(client)
    assert ask(client).status_code == 429


def test_names_turn_nothing_around_them(client, receipt):
    shown = said(client, receipt=receipt, files=[(BytesIO(b"x"), "a\u202etxt.exe")])
    assert "\u2068a\u202etxt.exe\u2069 is not" in shown


class TestTheCommand:
    """Offline, for many files at once."""

    @pytest.fixture
    def run(self, app, tmp_path, receipt):
        (tmp_path / "good.json").write_text(receipt, encoding="utf-8")
        (tmp_path / "bad.json").write_text(receipt.replace(TITLE, "Another"), encoding="utf-8")
        (tmp_path / "none.json").write_bytes(b"\xff\xfe\x00")
        return lambda *args: app.test_cli_runner().invoke(
            args=["receipts", "verify", *(str(tmp_path / one) if one.endswith(".json") else one for one in args)])

    def test_it_names_what_is_not_genuine(self, run):
        done = run("good.json", "bad.json", "none.json")
        good, bad, none = done.output.splitlines()
        assert "good.json: genuine (localhost, number 2" in good
        assert "bad.json: ALTERED" in bad
        assert "none.json: not a receipt" in none
        assert done.exit_code == 1
        assert run("good.json").exit_code == 0

    def test_it_reads_no_database(self, run):
        with statements() as sent:
            run("good.json")
        assert sent == []

    def test_keys_can_be_given(self, run, configure):
        key = receipt_signers()[0].vkey
        configure(receipt_signing_keys=NEW)
        assert "UNKNOWN KEY" in run("good.json").output
        assert "genuine" in run("good.json", "--key", key).output
        assert run("good.json", "--key", "rubbish").exit_code == 1
