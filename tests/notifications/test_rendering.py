"""What a message looks like in each language, and what its makers cannot do to it."""

import email
from email.header import decode_header, make_header
from email.policy import SMTPUTF8
from email.utils import parseaddr

import pytest
from hypothesis import given
from hypothesis import strategies as st

from civicportal.core.clock import now
from civicportal.core.signing import mail_code, mail_token
from civicportal.notifications import rendering
from civicportal.notifications.mime import compose, wire_address


def mail(**given):
    fields = {
        "message_id": "<outbox-1.abc@portal.example>", "sender": ("열린민원", "no-reply@portal.example"),
        "recipient": "reader@example.org", "subject": "Hello", "text": "Text\n", "html": "<p>HTML</p>", "at": now(),
    }
    return compose(**{**fields, **given}).as_bytes()


def parsed(raw):
    return email.message_from_bytes(raw, policy=SMTPUTF8)


def body(message, kind):
    return message.get_body((kind,)).get_content().strip()


def test_each_reader_is_written_to_in_their_language(app):
    english = rendering.letter("testing.hello", "en", {"name": "Ada"})
    korean = rendering.letter("testing.hello", "ko", {"name": "가온"})
    assert (english.subject, korean.subject) == ("Hello Ada", "안녕하세요 가온")
    assert "http://localhost/en/notices" in english.text
    assert 'href="http://localhost/ko/notices"' in korean.html
    assert '<html lang="ko">' in korean.html
    assert "열린민원" in korean.text
    assert "Civic Portal" in english.text


def test_the_language_of_the_page_around_plays_no_part(app):
    with app.test_request_context("/ko/notices"):
        assert rendering.letter("testing.hello", "en", {"name": "Ada"}).subject == "Hello Ada"


def test_names_are_escaped_in_html_and_left_alone_in_text(app):
    written = rendering.letter("testing.hello", "en", {"name": "<b>Ada & Bo</b>"})
    assert "<b>Ada & Bo</b>" in written.text
    assert "&lt;b&gt;Ada &amp; Bo&lt;/b&gt;" in written.html


def test_an_optional_mail_says_how_to_get_no_more_of_them(app):
    url = "http://localhost/en/notices/unsubscribe/1/abc"
    written = rendering.letter("testing.hello", "en", {"name": "Ada"}, unsubscribe_url=url)
    assert url in written.text
    assert f'href="{url}"' in written.html
    other = rendering.letter("testing.hello", "en", {"name": "Ada"})
    assert "unsubscribe" not in other.text + other.html


def test_text_is_tidy(app):
    text = rendering.letter("testing.hello", "en", {"name": "Ada"}).text
    assert "\n\n\n" not in text
    assert all(line == line.rstrip() or line == "-- " for line in text.splitlines())


def test_secrets_are_derived_when_the_mail_is_written(app):
    token = {"purpose": "reset", "selector": "sel", "nonce": "non"}
    text = rendering.letter("testing.secret", "en", {}, token).text
    assert text == f"{mail_token('reset', 'sel', 'non')} {mail_code('reset', 'sel', 'non')}\n"


def test_a_notice_has_no_frame(app):
    note = rendering.note("testing.hello", "en", {"name": "Ada"})
    assert note.subject == "Hello Ada"
    assert note.paragraphs == (("Dear Ada,", "read on."), ("http://localhost/en/notices",))


@pytest.mark.parametrize("name", [
    "Eve\r\nBcc: all@example.org", "Eve\nSubject: other", "Eve\u2028Bcc: x\x00", "\r\n\r\nbody",
])
def test_a_name_with_line_breaks_starts_no_header(app, name):
    subject = rendering.letter("testing.hello", "en", {"name": name}).subject
    message = parsed(mail(subject=subject))
    assert message["Bcc"] is None
    assert len(message.get_all("Subject")) == 1
    assert body(message, "plain") == "Text"


@given(st.text(max_size=300))
def test_no_subject_breaks_out_of_its_header(text):
    message = parsed(mail(subject=rendering._one_line(text)))
    assert set(message.keys()) == {"Message-ID", "Date", "From", "To", "Subject", "Auto-Submitted", "MIME-Version",
                                   "Content-Type"}


WORDS = st.lists(st.sampled_from([
    "경복궁역", "앞", "횡단보도의", "가로등이", "꺼져", "있습니다:", "“공원”", "(2611-E75E-NVDY)", "Park", "é", "🙂",
    "가" * 60, "a" * 70,
]), min_size=1, max_size=14).map(" ".join)


@given(WORDS, WORDS, st.sampled_from(["reader@example.org", "가온@example.org"]))
def test_a_long_subject_or_name_arrives_with_all_its_spaces(subject, name, recipient):
    raw = mail(subject=subject, sender=(name, "no-reply@portal.example"), recipient=recipient)
    message = email.message_from_bytes(raw)  # as mail programs decode it; the newer parser adds spaces to names
    shown, address = parseaddr(message["From"])
    assert str(make_header(decode_header(message["Subject"]))) == subject
    assert str(make_header(decode_header(shown))) == name
    assert address == "no-reply@portal.example"
    headers = raw.partition(b"\r\n\r\n")[0].replace(recipient.encode(), b"")
    assert headers.isascii()
    assert max(len(line) for line in headers.splitlines()) <= 76


@pytest.mark.parametrize("field", ["message_id", "subject", "sender", "recipient"])
def test_a_line_break_that_got_this_far_stops_the_mail(field):
    bad = ("Eve\r\nBcc: x", "a@example.org") if field == "sender" else "x\r\nBcc: all@example.org"
    with pytest.raises(ValueError, match=r"\w"):
        mail(**{field: bad})


def test_both_parts_and_the_portals_name_arrive():
    raw = mail(subject="가" * 120, text="본문입니다\n", html="<p>본문입니다</p>")
    message = parsed(raw)
    assert message["Subject"] == "가" * 120
    assert message["From"].addresses[0].display_name == "열린민원"
    assert message["Auto-Submitted"] == "auto-generated"
    assert body(message, "plain") == "본문입니다"
    assert body(message, "html") == "<p>본문입니다</p>"
    assert max(len(line) for line in raw.splitlines()) <= 78


def test_only_optional_mails_offer_to_unsubscribe():
    url = "https://portal.example/ko/notices/unsubscribe/123456/" + "a" * 60
    assert parsed(mail())["List-Unsubscribe"] is None
    raw = mail(unsubscribe_url=url)
    assert f"List-Unsubscribe: <{url}>\r\n".encode() in raw
    assert b"List-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n" in raw


@pytest.mark.parametrize(("typed", "wire"), [
    ("ada@example.org", "ada@example.org"), ("ada@müller.example.org", "ada@xn--mller-kva.example.org"),
    ("가온@한글.example.org", "가온@xn--bj0bj06e.example.org"), ("a@localhost", "a@localhost"),
])
def test_addresses_of_all_scripts(typed, wire):
    assert wire_address(typed) == wire
    assert f"To: {wire}\r\n".encode() in mail(recipient=wire)


@pytest.mark.parametrize("address", ["", "x", "a@b@c", "a b@example.org", "a@example.org\nBcc: x", "<a@example.org>"])
def test_what_is_no_address_is_refused(address):
    with pytest.raises(ValueError, match="address"):
        wire_address(address)
