"""A receipt is made of what the portal signed and of nothing else, whatever is sent along with it."""

import re
from html import unescape

import pytest

from civicportal.core.clock import now
from civicportal.voting.canonical import ballot_leaf
from civicportal.voting.merkle import leaf_hash
from civicportal.voting.notes import Signer, Verifier, promise
from civicportal.voting.receipts import check_receipt
from tests.factories.accounts import signed_in
from tests.factories.voting import open_secret_box, voters

LEAF = ballot_leaf("yes", "7D0K")
DEEP = "[" * 200_000


@pytest.fixture
def signer():
    return Signer.from_setting("2026a:" + "A" * 43 + "=", "portal.example", "receipt")


def signed(signer, leaf):
    return signer.sign(promise("portal.example", "votes/a", leaf_hash(leaf.encode()), now()))


def checked(signer, leaf, note):
    return check_receipt(leaf, note, iter([Verifier.from_vkey(signer.vkey)]))


def test_only_the_line_that_was_verified_is_kept(signer):
    note = signed(signer, LEAF)
    text, _, line = note.rpartition("\n\n")
    other = f"— somebody.example {'A' * 92}\n"
    for lines in (line + other * 20, other * 20 + line, signer.line("Another text.\n") + line):
        assert checked(signer, LEAF, f"{text}\n\n{lines}").promise == note


@pytest.mark.parametrize("leaf", [DEEP, "[]", "5", "null", '{"choice":"yes"}', "{", '{"choice": "yes","tracker":"x"}'])
def test_a_signed_leaf_that_is_no_ballot_is_refused(signer, leaf):
    with pytest.raises(ValueError, match=r"ballot|canonical|property name"):
        checked(signer, leaf, signed(signer, leaf))


def test_a_leaf_is_read_only_once_its_promise_fits(signer, monkeypatch):
    monkeypatch.setattr("civicportal.voting.receipts.json.loads", lambda _text: pytest.fail("read too early"))
    for leaf in (DEEP, "{", LEAF + " "):
        with pytest.raises(ValueError, match="another leaf"):
            checked(signer, leaf, signed(signer, LEAF))


class TestOverTheWeb:
    """The same with a receipt of the portal."""

    @pytest.fixture
    def cast(self, app):
        """A browser, and the fields of the receipt it was given."""
        [person] = voters(1)
        box, browser = open_secret_box(0, slug="library"), signed_in(app, person)
        answer = browser.submit(f"/en/votes/{box.slug}/ballot", {"nonce": "0" * 32, "choice": "yes"},
                                page=f"/en/votes/{box.slug}")
        return browser, {name: unescape(re.search(rf'name="{name}" value="([^"]*)"', answer.text)[1])
                         for name in ("leaf", "promise")}

    def test_lines_of_others_do_not_get_into_the_files(self, cast):
        browser, fields = cast
        wanted = {form: browser.post("/en/votes/library/receipt", data={**fields, "format": form}).text
                  for form in ("json", "qr")}
        fields["promise"] += f"— somebody.example {'A' * 92}\n" * 40
        for form, text in wanted.items():
            answer = browser.post("/en/votes/library/receipt", data={**fields, "format": form})
            assert (answer.status_code, answer.text) == (200, text)

    @pytest.mark.parametrize("name", ["leaf", "promise"])
    def test_what_is_too_long_is_said_to_be(self, cast, name):
        browser, fields = cast
        answer = browser.post("/en/votes/library/receipt", data={**fields, name: DEEP})
        assert answer.status_code == 400
        assert "This is too long for a receipt." in answer.text

    def test_nesting_without_end_is_no_receipt(self, cast):
        browser, fields = cast
        answer = browser.post("/en/votes/library/receipt", data={**fields, "leaf": "[" * 9_000})
        assert answer.status_code == 400
