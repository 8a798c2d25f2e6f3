"""One mailbox, one spelling."""

import json
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from civicportal.accounts import canonical_address
from civicportal.accounts.canonical_address import canonical, deliverable

LOCALS = st.text(st.sampled_from("aZ09.+-_é한İß"), min_size=1, max_size=20)
DOMAINS = st.sampled_from(
    ["gmail.com", "GoogleMail.com", "proton.me", "Hanmail.net", "example.org", "한국.kr", "xn--3e0b707e.kr", "me.com"])


@pytest.mark.parametrize(("address", "expected"), [
    ("Gaon@Example.ORG", "gaon@example.org"),
    ("gaon+petitions+2@example.org", "gaon@example.org"),
    ("+gaon@example.org", "+gaon@example.org"),
    ("g.a.o.n@gmail.com", "gaon@gmail.com"),
    ("Ga.on+x@googlemail.com", "gaon@gmail.com"),
    ("g.a.o.n@example.org", "g.a.o.n@example.org"),
    ("ga_o-n.@x@proton.me", None),
    ("ga_o-n@proton.me", "gaon@proton.me"),
    ("gaon@hanmail.net", "gaon@daum.net"),
    ("gaon@한국.kr", "gaon@xn--3e0b707e.kr"),
    ("gaon@xn--3e0b707e.kr", "gaon@xn--3e0b707e.kr"),
    (unicodedata.normalize("NFD", "가온@example.org"), "가온@example.org"),
    ("gaon", None), ("@example.org", None), ("a b@example.org", None), ("gaon@localhost", None),
])
def test_spellings(address, expected):
    if expected is None:
        with pytest.raises(ValueError, match=r"\w"):
            canonical(address)
    else:
        assert canonical(address).text == expected


@given(LOCALS, DOMAINS)
def test_a_canonical_address_is_its_own(local, domain):
    try:
        once = canonical(f"{local}@{domain}")
    except ValueError:
        return
    assert canonical(once.text) == once


@given(LOCALS, DOMAINS, st.text(st.sampled_from("ab1"), min_size=1, max_size=5))
def test_case_and_tag_make_no_difference(local, domain, tag):
    try:
        plain = canonical(f"{local}@{domain}").text
    except ValueError:
        return
    if "+" not in local and local.isascii():
        assert canonical(f"{local.swapcase()}+{tag}@{domain.upper()}").text == plain


def test_mail_goes_to_the_address_as_typed_with_an_ascii_domain():
    assert deliverable(" Ga.On+x@한국.KR ") == "Ga.On+x@xn--3e0b707e.kr"
    with pytest.raises(ValueError, match="long"):
        deliverable("a" * 64 + "@" + ".".join(["b" * 60] * 5) + ".org")


def test_rules_lead_to_domains_that_have_no_other_name():
    rules = json.loads(canonical_address._RULES.read_text("utf-8"))
    assert rules["version"] == canonical("a@example.org").version
    for rule in rules["domains"].values():
        assert "same_as" not in rules["domains"].get(rule.get("same_as"), {})
