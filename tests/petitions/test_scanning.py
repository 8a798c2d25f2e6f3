"""Virus scanning: refused at the door, said when it was not done, caught up later. The scanner is the outside world."""

import socketserver
import struct
import threading
from dataclasses import replace
from io import BytesIO

import pytest

from civicportal.core.transactions import current
from civicportal.petitions.clamd import ScanFailed, is_infected
from civicportal.petitions.media_types import Refusal, Refused
from civicportal.petitions.models import Draft
from civicportal.petitions.services import drafts, files
from civicportal.petitions.states import Scan
from config import SettingsError, from_env
from tests.factories.accounts import signed_in
from tests.factories.petitions import Sent, drafted, filed

BAD = b"X5O!P%@AP something that a scanner knows"


class Daemon(socketserver.BaseRequestHandler):
    """Speaks INSTREAM as clamd does."""

    def handle(self):
        stream = self.request.makefile("rb")
        assert stream.read(10) == b"zINSTREAM\0"
        body = b""
        while size := struct.unpack(">L", stream.read(4))[0]:
            body += stream.read(size)
        stream.close()
        if len(body) > 100_000:
            self.request.sendall(b"INSTREAM size limit exceeded. ERROR\0")
        else:
            self.request.sendall(b"stream: Test.Signature FOUND\0" if BAD in body else b"stream: OK\0")


@pytest.fixture
def daemon(tmp_path):
    server = socketserver.ThreadingUnixStreamServer(str(tmp_path / "clamd"), Daemon)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield f"unix://{tmp_path / 'clamd'}"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def scanner(app, monkeypatch):
    """A function that sets the scanner's address."""
    def use(url):
        monkeypatch.setitem(app.config, "SETTINGS", replace(app.config["SETTINGS"], clamd_url=url, clamd_seconds=5))

    return use


def test_the_verdict_of_the_daemon(daemon):
    assert is_infected(BytesIO(b"x" * 70_000 + BAD), daemon, seconds=5)
    assert not is_infected(BytesIO(b"harmless"), daemon, seconds=5)
    with pytest.raises(ScanFailed):
        is_infected(BytesIO(b"x" * 200_000), daemon, seconds=5)
    with pytest.raises(ScanFailed):
        is_infected(BytesIO(b"x"), "unix:///nowhere/clamd", seconds=5)


def test_tcp_is_spoken_too():
    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Daemon) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        assert is_infected(BytesIO(BAD), f"tcp://127.0.0.1:{server.server_address[1]}", seconds=5)
        server.shutdown()
        thread.join()


def test_an_infected_file_is_refused_with_a_sentence(scanner, daemon, media):
    scanner(daemon)
    draft = drafted()
    [refused] = drafts.add_files(None, draft, [Sent("bad.txt", BAD), Sent("good.txt", b"good")])
    assert refused.name == "bad.txt"
    assert refused.sentence == Refused(Refusal.INFECTED).message
    [kept] = current().query(Draft).one().files
    assert (kept.name, kept.scan) == ("good.txt", Scan.CLEAN)
    with files.storage().open(kept.storage_key) as stream:
        assert stream.read() == b"good"


def test_pages_say_what_was_not_scanned(app):
    petition = filed(files=(Sent("a.txt", b"a"),))
    page = signed_in(app, petition.author).get(f"/en/petitions/{petition.number}").get_data(as_text=True)
    assert "not scanned for viruses" in page


def test_what_was_not_scanned_is_scanned_later_and_sealed(app, scanner, daemon):
    scanner("unix:///nowhere/clamd")
    petition = filed(files=(Sent("bad.txt", BAD), Sent("good.txt", b"good")))
    assert [file.scan for file in petition.files] == [Scan.NOT_SCANNED] * 2
    files.scan_missing()
    assert [file.scan for file in petition.files] == [Scan.NOT_SCANNED] * 2
    scanner(daemon)
    files.scan_missing()
    current().rollback()
    assert [file.scan for file in petition.files] == [Scan.INFECTED, Scan.CLEAN]
    browser = signed_in(app, petition.author)
    page = browser.get(f"/en/petitions/{petition.number}").get_data(as_text=True)
    bad, good = (f"/en/petitions/{petition.number}/files/{file.public_id}/original" for file in petition.files)
    assert "contains a virus" in page
    assert bad not in page
    assert good in page
    assert browser.get(bad).status_code == 404
    assert browser.get(good).status_code == 303


def test_settings_of_files_are_checked():
    with pytest.raises(SettingsError, match="CLAMD_URL"):
        from_env({"CLAMD_URL": "localhost:3310"})
    with pytest.raises(SettingsError, match="MEDIA_URL"):
        from_env({"MEDIA_URL": "http://127.0.0.1:8000"})
    with pytest.raises(SettingsError, match="UPLOAD_CHUNK_BYTES"):
        from_env({"UPLOAD_CHUNK_BYTES": "1048576"})
