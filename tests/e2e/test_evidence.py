"""Sending files in a real browser: in pieces with a bar, on from where it broke off, and whole without script."""

import pytest
from playwright.sync_api import Route, expect

from civicportal.core.transactions import current
from civicportal.petitions.models import Draft, PendingUpload
from civicportal.petitions.services import drafts
from tests.e2e.conftest import context

DATA = b"0123456789abcdef" * 20_000
FILE = {"name": "노트.txt", "mimeType": "text/plain", "buffer": DATA}

pytestmark = pytest.mark.browser


@pytest.fixture
def key(live):
    with live.app.app_context():
        return drafts.start(None, type="petition", locale="ko").key


def kept(live, key):
    """The files of the draft, by name and size, and how many are not all there."""
    with live.app.app_context():
        current().rollback()
        draft = current().query(Draft).filter_by(key=key).one()
        files = [(file.name, file.size) for file in draft.files]
        return files, current().query(PendingUpload).filter_by(draft_id=draft.id).count()


def test_a_chosen_file_is_sent_in_pieces_and_listed(live, chromium, key):
    with live.settings(upload_chunk_bytes=100_000):
        page = context(chromium, live, locale="ko").new_page()
        page.goto(f"/ko/file/{key}/files")
        pieces = []
        page.on("request", lambda request: pieces.append(request.method) if request.method == "PATCH" else None)
        with page.expect_navigation():
            page.set_input_files("[name=files]", [FILE])
        expect(page.get_by_role("button", name="노트.txt")).to_be_visible()
    assert len(pieces) == 4
    assert kept(live, key) == ([("노트.txt", len(DATA))], 0)


def test_a_lost_connection_goes_on_where_it_stopped(live, chromium, key):
    with live.settings(upload_chunk_bytes=100_000):
        page = context(chromium, live, locale="ko").new_page()
        page.goto(f"/ko/file/{key}/files")
        seen = []

        def sometimes(route: Route) -> None:
            if route.request.method == "PATCH":
                seen.append(route.request.headers["upload-offset"])
                if len(seen) == 2:
                    route.abort()
                    return
            route.continue_()

        page.route("**/uploads", sometimes)
        with page.expect_navigation():
            page.set_input_files("[name=files]", [FILE])
    assert seen == ["0", "100000", "100000", "200000", "300000"]
    assert kept(live, key) == ([("노트.txt", len(DATA))], 0)


def test_what_is_refused_is_said_beside_the_field(live, chromium, key):
    page = context(chromium, live, locale="ko").new_page()
    page.goto(f"/ko/file/{key}/files")
    bad = {"name": "a.exe", "mimeType": "application/octet-stream", "buffer": b"MZ\x90\0"}
    page.set_input_files("[name=files]", [bad])
    expect(page.get_by_role("status").filter(has_text="a.exe: 이 종류의 파일은 받을 수 없습니다")).to_be_visible()
    assert kept(live, key) == ([], 0)


def test_without_script_the_form_sends_it_whole(live, chromium, key):
    page = context(chromium, live, locale="ko", script=False).new_page()
    page.goto(f"/ko/file/{key}/files")
    page.set_input_files("[name=files]", [FILE])
    page.get_by_role("button", name="첨부하고 더 고르기").click()
    assert kept(live, key) == ([("노트.txt", len(DATA))], 0)


def test_going_on_at_once_waits_for_the_file(live, chromium, key):
    page = context(chromium, live, locale="ko").new_page()
    page.goto(f"/ko/file/{key}/files")
    page.set_input_files("[name=files]", [FILE])
    page.get_by_role("button", name="다음").click()
    page.wait_for_url("**/readers")
    assert kept(live, key) == ([("노트.txt", len(DATA))], 0)
