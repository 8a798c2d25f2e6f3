"""Passwords, names, telephone numbers and the labels of browsers."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from civicportal.accounts import passwords
from civicportal.accounts.browsers import browser_label
from civicportal.accounts.console_provider import ConsoleProvider
from civicportal.accounts.names import clean_name
from civicportal.accounts.passwords import Weakness, hash_password, needs_rehash, verify_password, weakness
from civicportal.accounts.phone_numbers import clean_phone, shown_phone

OWN = ["haneul.kim", "김하늘", "Li", "열린민원", "Civic Portal"]


@pytest.mark.parametrize(("password", "expected"), [
    ("nine char", Weakness.SHORT),
    ("가나다라마바사아자", Weakness.SHORT),
    ("x" * 201, Weakness.LONG),
    ("Qwertyuiop", Weakness.COMMON),
    ("PassWord2024", Weakness.COMMON),
    ("1q2w3e4r5t", Weakness.COMMON),
    ("dkssudgktpdy", Weakness.COMMON),
    ("tkfkdgo2024", Weakness.COMMON),
    ("안녕하세요안녕하세요", Weakness.COMMON),
    ("ㅂㅈㄷㄱㅅㅛㅕㅑㅐㅔ", Weakness.COMMON),
    ("zzzzzzzzzzzzz", Weakness.PLAIN),
    ("xyzxyzxyzxyz", Weakness.PLAIN),
    ("jihgfedcba", Weakness.PLAIN),
    ("89012345678901", Weakness.PLAIN),
    ("my haneul.kim pw", Weakness.OWN),
    ("김 하늘 비밀번호 아님", Weakness.OWN),
    ("CivicPortal rocks", Weakness.OWN),
    ("three green bicycles", None),
    ("Li lives far away", None),
    ("푸른 산과 느린 강", None),
    ("passwordthatislong", None),
])
def test_weak_passwords_are_named(password, expected):
    assert weakness(password, OWN) == expected


def test_the_list_is_large_and_folded():
    common = passwords._common()
    assert len(common) > 10_000
    assert {"password", "qwerty", "dkssud", "비밀번호", "tkfkdgo"} <= common
    assert all(word == passwords._folded(word) for word in common)


def test_a_password_is_its_nfc_form():
    stored = hash_password(unicodedata.normalize("NFD", "푸른 산과 느린 강"))
    assert verify_password(stored, "푸른 산과 느린 강")
    assert not verify_password(stored, "푸른 산과 느린 강 ")
    assert stored != hash_password("푸른 산과 느린 강")


def test_checking_against_nobody_is_as_much_work_and_never_right():
    assert not needs_rehash(passwords._NOBODY)
    assert verify_password(None, "") is False
    assert verify_password("not a hash", "x") is False
    assert needs_rehash(passwords._NOBODY.replace("t=3", "t=2"))


@pytest.mark.parametrize(("typed", "kept"), [
    ("  김하늘 ", "김하늘"),
    (unicodedata.normalize("NFD", "남궁가온"), "남궁가온"),
    ("Suharti", "Suharti"),
    ("María  Fernanda\tde los Ángeles", "María Fernanda de los Ángeles"),
    ("O’Brien-İpek Jr.", "O’Brien-İpek Jr."),
    ("ev\u202eil\u2066\u0000\u200b name", "evil name"),
    ("می\u200cخواهم", "می\u200cخواهم"),
    ("가" * 200, "가" * 200),
])
def test_names_stay_as_people_have_them(typed, kept):
    assert clean_name(typed) == kept


@pytest.mark.parametrize("typed", ["", "   ", "\u202e", "42", "가" * 201])
def test_what_is_no_name_is_refused(typed):
    with pytest.raises(ValueError, match="not a name"):
        clean_name(typed)


@given(st.text(max_size=60))
def test_a_clean_name_is_its_own(typed):
    try:
        name = clean_name(typed)
    except ValueError:
        return
    assert clean_name(name) == name
    assert not any(unicodedata.category(sign) == "Cc" for sign in name)


@pytest.mark.parametrize(("typed", "kept", "shown"), [
    ("010-1234-5678", "+821012345678", "010-1234-5678"),
    ("+82 (0)2 120 1234", "+8221201234", "02-120-1234"),
    ("+46 70 123 45 67", "+46701234567", "+46 70 123 45 67"),
    ("+57 300 123 4567", "+573001234567", "+57 300 1234567"),
    ("+1 (202) 555-0143", "+12025550143", "+1 202-555-0143"),
])
def test_telephone_numbers_of_any_country(typed, kept, shown):
    assert clean_phone(typed) == kept
    assert shown_phone(kept) == shown
    assert clean_phone(shown) == kept


@pytest.mark.parametrize("typed", ["", "12", "call me", "+999 12345678", "0" * 30])
def test_what_cannot_be_dialled_is_refused(typed):
    with pytest.raises(ValueError, match="not a telephone number"):
        clean_phone(typed)


@pytest.mark.parametrize(("agent", "label"), [
    ("Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0", "Firefox, Linux"),
    ("Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 Chrome/140.0 Safari/537.36 Edg/140.0", "Edge, Windows"),
    ("Mozilla/5.0 (Linux; Android 15) AppleWebKit/537.36 SamsungBrowser/28.0 Chrome/130 Mobile Safari/537.36",
     "Samsung Internet, Android"),
    ("Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) Version/18.0 Mobile/15E148 Safari/604.1",
     "Safari, iPhone"),
    ("<script>alert(1)</script>", ""),
])
def test_browsers_are_recognised(agent, label):
    assert browser_label(agent) == label


def test_the_console_provider_believes_only_itself(app):
    provider = ConsoleProvider(page=lambda: "/dev/identity")
    assertion = provider.sign("880101-1", "challenge.x")
    assert (provider.verify(assertion).subject, provider.verify(assertion).challenge) == ("880101-1", "challenge.x")
    assert provider.start_url("a.b", "http://localhost/x").startswith("/dev/identity?challenge=a.b&return_url=http")
    for wrong in ("", ".", assertion + "x", "x" + assertion):
        with pytest.raises(ValueError, match=r"\w"):
            provider.verify(wrong)
