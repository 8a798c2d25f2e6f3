"""Copies are made by programs with limits; converters are used where the system has them, and hostile files end there.

The converters stand for the outside world: small scripts under their names take their place.
"""

import os
import stat
import sys
from io import BytesIO

import pytest
from PIL import Image

from civicportal.core.transactions import current
from civicportal.petitions import media_types as types
from civicportal.petitions.models import PetitionFile
from civicportal.petitions.previews import Limits, can_preview, preview, run
from civicportal.petitions.services.files import derive_file, derive_missing
from tests.cluster import runs
from tests.factories.accounts import signed_in
from tests.factories.petitions import Sent, filed, public_matter
from tests.petitions import samples
from tests.processes import wait

LIMITS = Limits(memory=1024 ** 3, seconds=30, size=10_000_000)
BWRAP = 'while [ "$1" != "--" ]; do echo "$1" >> {log}; shift; done; shift; exec "$@"'


def copy_of(data, media_type, limits=LIMITS):
    with preview(BytesIO(data), media_type, limits) as made:
        return (made.stream.read(), made.media_type) if made else None


@pytest.fixture
def tools(tmp_path, monkeypatch):
    """A folder at the front of PATH, and a function that puts programs there."""
    folder = tmp_path / "bin"
    folder.mkdir()
    monkeypatch.setenv("PATH", f"{folder}{os.pathsep}{os.environ['PATH']}")

    def put(name, script):
        path = folder / name
        path.write_text(f"#!/bin/sh\n{script}\n")
        path.chmod(path.stat().st_mode | stat.S_IXUSR)

    put.log = tmp_path / "log"
    return put


@pytest.fixture
def sandbox(tools):
    tools("bwrap", BWRAP.format(log=tools.log))
    return tools


def last_argument(script):
    return f'for last in "$@"; do :; done; {script}'


def test_pictures_of_telephones_become_clean_jpegs():
    exif = Image.Exif()
    exif[0x010E] = "taken at home by Jane"
    data = samples.heic(exif=exif)
    assert b"Jane" in data
    copy, kind = copy_of(data, types.HEIC)
    assert kind is types.JPEG
    assert b"Jane" not in copy
    assert Image.open(BytesIO(copy)).size == (40, 30)


def test_a_polyglot_loses_what_it_is_besides_a_picture():
    payload = b"<script>alert(1)</script>" + samples.zipped({"a": "b"})
    copy, _kind = copy_of(samples.picture("JPEG") + payload, types.JPEG)
    assert b"<script>" not in copy
    assert b"PK\x03\x04" not in copy


def test_a_picture_that_needs_too_much_memory_has_no_copy():
    huge = samples.picture("PNG", (7000, 7000), "RGB", "white")
    assert copy_of(huge, types.PNG, LIMITS) is not None
    assert copy_of(huge, types.PNG, Limits(memory=200 * 1024 ** 2, seconds=30, size=10_000_000)) is None


def test_damaged_pictures_have_no_copy():
    assert copy_of(samples.picture("PNG")[:60], types.PNG) is None
    assert copy_of(samples.heic()[:300], types.HEIC) is None


def test_a_program_that_does_not_end_is_ended_with_its_children(tmp_path):
    mark = tmp_path / "pid"
    script = f"import os,time; os.fork(); open({str(mark)!r}, 'a').write(f'{{os.getpid()}} '); time.sleep(60)"
    assert run([sys.executable, "-c", script], tmp_path, Limits(1024 ** 3, 2, 1000)) is False
    started = [int(number) for number in mark.read_text().split()]
    wait(lambda: not any(runs(number) for number in started), 20, "end of what it started")


def test_a_program_cannot_fill_the_disk(tmp_path):
    script = "open('big', 'wb').write(b'x' * 1_000_000)"
    assert run([sys.executable, "-c", script], tmp_path, Limits(1024 ** 3, 20, 100_000)) is False


def test_a_program_sees_nothing_of_our_surroundings(tmp_path, monkeypatch):
    monkeypatch.setenv("SECRET_KEY", "very-secret")
    script = "import os,sys; sys.exit('SECRET_KEY' in os.environ)"
    assert run([sys.executable, "-c", script], tmp_path, LIMITS) is True


@pytest.mark.parametrize("kind", [types.MP4, types.PDF, types.DOCX, types.XLSX, types.ODT, types.HWP, types.HWPX])
def test_without_converters_there_is_no_copy(kind, monkeypatch):
    monkeypatch.setenv("PATH", "/nowhere")
    assert not can_preview(kind)
    assert copy_of(b"anything", kind) is None


def test_without_the_sandbox_no_converter_is_run(tools, monkeypatch):
    monkeypatch.setenv("PATH", os.environ["PATH"].split(os.pathsep)[0])
    tools("ffmpeg", "exit 0")
    assert not can_preview(types.MP4)


def test_videos_are_made_anew_in_the_sandbox(sandbox):
    sandbox("ffmpeg", last_argument('echo anew > "$last"'))
    copy, kind = copy_of(samples.MP4, types.MP4)
    assert (copy, kind) == (b"anew\n", types.MP4)
    assert "--unshare-all" in sandbox.log.read_text()


def test_office_documents_are_printed_and_drawn_again(sandbox):
    sandbox("soffice", 'while [ "$1" != "--outdir" ]; do shift; done; echo printed > "$2/in.pdf"')
    sandbox("pdftocairo", 'echo "drawn $(cat "$2")" > "$3"')
    for kind in (types.DOCX, types.XLSX, types.ODT):
        assert copy_of(b"x", kind) == (b"drawn printed\n", types.PDF)


def test_a_converter_that_fails_makes_no_copy(sandbox):
    sandbox("pdftocairo", last_argument('echo half > "$last"; exit 3'))
    assert copy_of(samples.PDF, types.PDF) is None


def test_scripts_in_a_pdf_stay_with_the_original(app, client, sandbox):
    script = samples.PDF.replace(b"<<>>", b"<</OpenAction<</S/JavaScript/JS(app.alert(1))>>>>", 1)
    sandbox("pdftocairo", 'echo "%PDF clean" > "$3"')
    petition, _officer = public_matter(files=(Sent("a.pdf", script),))
    derive_file(petition.files[0].id)
    address = f"/en/petitions/{petition.number}/files/{petition.files[0].public_id}"
    shown = client.get(address, follow_redirects=True, buffered=True)
    assert (shown.status_code, shown.data) == (200, b"%PDF clean\n")
    assert client.get(f"{address}/original").status_code == 404


def test_tries_are_counted_so_that_a_bad_file_stops_the_worker_no_more_often(app, sandbox, monkeypatch):
    sandbox("pdftocairo", f"echo try >> {sandbox.log}; exit 1")
    petition = filed(files=(Sent("a.pdf", samples.PDF),))
    asked = []
    monkeypatch.setattr("civicportal.core.tasks._publish", lambda task, args: asked.append(args))
    for _time in range(5):
        asked.clear()
        derive_missing()
        for (file_id,) in asked:
            derive_file(file_id)
    assert sandbox.log.read_text().split("\n").count("try") == app.config["SETTINGS"].preview_tries
    assert current().get_one(PetitionFile, petition.files[0].id).shown_key is None


def test_pages_say_that_there_is_no_public_copy(app, client, monkeypatch):
    monkeypatch.setenv("PATH", "/nowhere")
    petition, officer = public_matter(files=(Sent("a.pdf", samples.PDF),))
    derive_file(petition.files[0].id)
    assert "no copy without hidden data was made" in client.get(
        f"/en/petitions/{petition.number}").get_data(as_text=True)
    for person in (petition.author, officer):
        page = signed_in(app, person).get(f"/en/petitions/{petition.number}").get_data(as_text=True)
        assert "there is no public copy" in page
