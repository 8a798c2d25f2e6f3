"""Public pages stay readable while the database is away, and only those, and only then."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import event

from civicportal.accounts.models import Person
from civicportal.accounts.passwords import hash_password
from civicportal.accounts.queries import actor_for
from civicportal.accounts.services import delete_account
from civicportal.app import create_app
from civicportal.core import copies
from civicportal.core.clock import at, now
from civicportal.core.transactions import atomic, current
from civicportal.extensions import Base, db
from civicportal.petitions.models import Petition
from civicportal.petitions.states import Publication
from tests.conftest import Browser
from tests.factories.accounts import PersonFactory, signed_in
from tests.factories.petitions import filed, public_matter


@pytest.fixture(autouse=True)
def folder(app, tmp_path):
    """Copies in a folder of the test's own."""
    before = app.config["SETTINGS"]
    app.config["SETTINGS"] = replace(before, last_good_root=str(tmp_path / "copies"))
    yield tmp_path / "copies"
    app.config["SETTINGS"] = before


class Away:
    """The database refuses every connection."""

    def __enter__(self):
        db.session.remove()
        db.engine.dispose()
        event.listen(db.engine, "do_connect", self._refuse)

    def _refuse(self, *_args):
        raise db.engine.dialect.dbapi.OperationalError("no route to secret-host")

    def __exit__(self, *_error):
        event.remove(db.engine, "do_connect", self._refuse)


def kept(folder):
    return len(list(folder.glob("*.html"))) if folder.exists() else 0


def test_a_public_page_is_shown_as_it_last_was(app, client):
    public_matter(title="Benches for the square")
    shown = client.get("/en/petitions").get_data(as_text=True)
    with Away():
        answer = client.get("/en/petitions")
        page = answer.get_data(as_text=True)
        assert (answer.status_code, answer.headers["Cache-Control"]) == (200, "no-store")
        assert "Benches for the square" in page
        assert "This page is as of " in page
        assert "secret-host" not in page
        assert client.get("/ko/petitions").status_code == 500  # was never looked at
        assert client.get("/en/petitions?q=benches").status_code == 500
        assert client.post("/en/petitions").status_code in (405, 500)
    again = client.get("/en/petitions").get_data(as_text=True)
    assert "This page is as of " not in again
    assert "Benches for the square" in shown


def test_the_banner_speaks_the_language_of_the_page(app, client):
    client.get("/ko/institutions")
    with Away():
        assert "기준입니다" in client.get("/ko/institutions").get_data(as_text=True)


def test_somebody_signed_in_is_shown_what_everybody_can_read(app, client):
    petition, _officer = public_matter()
    path, title = f"/en/petitions/{petition.number}", petition.title
    client.get(path)
    browser = signed_in(app, PersonFactory(name="Nobody Else"))
    with Away():
        page = browser.get(path).get_data(as_text=True)
    assert title in page
    assert "Nobody Else" not in page


def test_private_pages_and_forms_are_never_kept(app, client, folder):
    author = PersonFactory(name="Jane Private")
    browser, petition = signed_in(app, author), filed(author)
    for path in ("/en/", "/en/account", "/en/my-matters", f"/en/petitions/{petition.number}"):
        assert browser.get(path).status_code == 200
    assert kept(folder) == 0
    for path in ("/en/sign-in", "/en/register", "/en/petitions?q=x", "/en/nothing", "/en/file", "/en/my-matters"):
        client.get(path)
    assert all(b'method="post"' not in path.read_bytes() for path in folder.glob("*.html"))
    assert kept(folder) <= 1  # the page that only says what can be filed, where it holds no form


def test_an_error_of_ours_shows_no_copy(app, client):
    client.get("/en/institutions")

    def fail(*_args):
        raise db.engine.dialect.dbapi.OperationalError("a statement is at fault")

    def only_large(conn, cursor, statement, *_rest):
        if "institutions" in statement:
            fail()

    event.listen(db.engine, "before_cursor_execute", only_large)
    try:
        assert client.get("/en/institutions").status_code == 500
    finally:
        event.remove(db.engine, "before_cursor_execute", only_large)


def test_what_is_removed_leaves_the_copies_with_every_list_of_it(app, client, folder):
    petition, _officer = public_matter()
    path = f"/en/petitions/{petition.number}"
    for url in (path, "/en/petitions", "/en/"):
        client.get(url)
    assert kept(folder) == 3
    with atomic() as session:
        session.get_one(Petition, petition.id).publication = Publication.REFUSED
    assert client.get(path).status_code == 404
    assert kept(folder) == 0
    with Away():
        assert client.get("/en/petitions").status_code == 500


def test_an_account_that_goes_takes_the_copies_along(app, client, folder):
    author = PersonFactory(password_hash=hash_password("correct horse staple"))
    public_matter(author)
    client.get("/en/petitions")
    assert kept(folder) == 1
    delete_account(actor_for(author), current().get_one(Person, author.id), current_password="correct horse staple")
    assert kept(folder) == 0


def test_a_page_that_was_made_before_a_removal_is_not_kept_after_it(app, folder):
    began = now()
    copies.keep("/en/", b"old", began=began - timedelta(seconds=5))
    with atomic():
        copies.forget_copies()
    copies.keep("/en/", b"old", began=began)
    assert kept(folder) == 0
    copies.keep("/en/", b"new", began=now() + timedelta(seconds=1))
    assert kept(folder) == 1


def test_a_removal_that_is_rolled_back_forgets_nothing(app, folder):
    copies.keep("/en/", b"page", began=now())
    with pytest.raises(RuntimeError):  # noqa: PT012, SIM117 - it fails after that
        with atomic():
            copies.forget_copies()
            raise RuntimeError
    assert kept(folder) == 1


def test_old_copies_are_not_shown_and_fresh_ones_not_written_again(app, folder):
    began = now()
    copies.keep("/en/", b"one", began=began)
    copies.keep("/en/", b"two", began=began)
    assert copies.find("/en/").body == b"one"
    with at(began + timedelta(seconds=61)):
        copies.keep("/en/", b"two", began=now())
    assert copies.find("/en/").body == b"two"
    with at(began + timedelta(hours=25, seconds=61)):
        assert copies.find("/en/") is None


def test_the_folder_stays_as_small_as_its_setting(app, folder):
    app.config["SETTINGS"] = replace(app.config["SETTINGS"], last_good_max_bytes=25_000)
    began = now()
    for number in range(6):
        copies.keep(f"/en/{number}", b"x" * 10_000, began=began + timedelta(seconds=number))
    assert kept(folder) == 2
    assert copies.find("/en/5") is not None
    assert copies.find("/en/0") is None
    copies.keep("/en/huge", b"x" * (copies.COPY_MAX_BYTES + 1), began=began)
    assert copies.find("/en/huge") is None


def test_without_a_folder_nothing_is_kept(app, client, folder):
    app.config["SETTINGS"] = replace(app.config["SETTINGS"], last_good_root="")
    client.get("/en/institutions")
    assert not folder.exists()
    with Away():
        assert client.get("/en/institutions").status_code == 500


def test_only_this_account_can_read_the_folder(app, client, folder):
    client.get("/en/institutions")
    assert folder.stat().st_mode & 0o077 == 0


def test_a_server_that_is_really_away(app, client, tmp_path):
    """The real thing: the file cannot be opened any more, or the server refuses connections to the database."""
    if db.engine.dialect.name == "postgresql":
        pytest.skip("the database of all tests cannot be shut")
    here = tmp_path / "here"
    here.mkdir()
    portal = create_app(replace(app.config["SETTINGS"], database_url=f"sqlite:///{here / 'one.sqlite'}"))
    portal.test_client_class = Browser
    with portal.app_context():
        Base.metadata.create_all(db.engine)
    visitor = portal.test_client()
    assert visitor.get("/en/institutions").status_code == 200
    with portal.app_context():
        db.engine.dispose()
    here.rename(tmp_path / "elsewhere")
    assert "This page is as of " in visitor.get("/en/institutions").get_data(as_text=True)
    Path(tmp_path / "elsewhere").rename(here)
    assert "This page is as of " not in visitor.get("/en/institutions").get_data(as_text=True)
