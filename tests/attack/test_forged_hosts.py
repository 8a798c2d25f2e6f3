"""Host headers: no link in a page or mail comes from what a stranger says the portal is called."""

import re

import pytest

from civicportal.app import create_app
from civicportal.core.transactions import current
from civicportal.notifications.models import OutboxMessage
from civicportal.notifications.rendering import letter
from config import from_env
from tests.accounts.conftest import HASH, mails  # noqa: F401 - a fixture
from tests.conftest import TOKEN, Browser
from tests.core.test_settings import GOOD
from tests.factories.accounts import PersonFactory
from tests.factories.petitions import drafted, public_matter

FORGED = [
    {"Host": "evil.example"}, {"X-Forwarded-Host": "evil.example"}, {"Forwarded": "host=evil.example"},
    {"X-Forwarded-Host": "evil.example", "X-Forwarded-Proto": "https"}, {"Host": "localhost", "X-Host": "evil.example"},
    {"X-Forwarded-Server": "evil.example"}, {"X-Forwarded-Prefix": "//evil.example"},
]
LINK = re.compile(r"https?://[^/\s\"<>]+")


@pytest.mark.parametrize("forged", FORGED, ids=str)
def test_pages_name_the_portal_as_its_setting_does(client: Browser, forged: dict[str, str]):
    petition, _officer = public_matter()
    for path in ("/en/", "/en/petitions", f"/en/petitions/{petition.number}", "/en/petitions/feed.atom", "/sitemap.xml",
                 "/robots.txt", f"/en/petitions/{petition.number}/feed.atom", "/en/forum/feed.xml", "/en/sign-in", "/"):
        answer = client.get(path, headers=forged)
        assert "evil" not in answer.text + str(answer.headers), path


@pytest.mark.parametrize("forged", FORGED, ids=str)
def test_mails_name_the_portal_as_its_setting_does(client: Browser, mails, forged: dict[str, str]):  # noqa: F811
    PersonFactory(address="known@example.org", password_hash=HASH)
    draft = drafted()
    for path, fields in (
        ("/en/register", {"name": "New", "address": "new@example.org"}),
        ("/en/reset", {"address": "known@example.org"}), ("/en/sign-in/code", {"address": "known@example.org"}),
        (f"/en/file/{draft.key}/check", {"institution": "triage"}),
    ):
        found = TOKEN.search(client.get(path, headers=forged).text)
        client.post(path, data={**fields, "csrf_token": found.group(1)}, headers=forged)
    assert {mail.slug.partition(".")[2] for mail in mails()} >= {"register", "reset", "sign_in_code", "confirm"}
    for row in current().query(OutboxMessage).filter_by(channel="email"):
        written = letter(row.slug, row.locale, row.context, row.token)
        assert set(LINK.findall(written.text + written.html)) <= {"http://localhost"}, row.slug


@pytest.fixture
def production(settings):
    yield create_app(from_env({**GOOD, "DATABASE_URL": "sqlite://"}, process="web")).test_client()
    create_app(settings)


@pytest.mark.parametrize("host", [
    "evil.example", "portal.example.evil.example", "evilportal.example", "portal.example@evil.example",
    "portal.example:80@evil.example", "evil.example#portal.example", "portal.example/evil",
    "portal.example, evil.example", "portal.example\\evil", "localhost", "127.0.0.1", "[::1]", "0x7f.1",
    "portal.example:evil",
])
def test_in_production_another_name_is_refused(production, host: str):
    for path in ("/health/live", "/en/", "/robots.txt"):
        answer = production.get(path, headers={"Host": host})
        assert answer.status_code == 400, path
        assert "evil" not in answer.text
