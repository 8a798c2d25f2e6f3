"""A form that is sent twice at the same moment does once what it does."""

import threading
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from secrets import token_hex

import pytest
from flask import Flask
from sqlalchemy import func, select

from civicportal.accounts.models import Person
from civicportal.accounts.queries import actor_for
from civicportal.core.permissions import Role
from civicportal.extensions import Base, db, limiter
from civicportal.petitions.services import answers
from tests.architecture.doors.looking import csrf_token
from tests.architecture.doors.world import World
from tests.architecture.test_bodies import cases
from tests.architecture.test_doors import form_for, path_to, rules
from tests.conftest import TOKEN, Browser, empty_database
from tests.factories.accounts import PersonFactory, signed_in, staff
from tests.factories.committee import chair_of, filled_body, queued
from tests.factories.forum import begun, submitted, words
from tests.factories.institutions import InstitutionFactory
from tests.factories.petitions import answered, drafted, filed, guest_filed, taken
from tests.petitions.test_filing import confirm_token

UNCOUNTED = {"account_sessions", "audit_events", "matter_views"}  # a refused try, and who saw its page


@dataclass
class Act:
    """What somebody sends. `person`: None for nobody who is signed in. `page`: where the form stands, if elsewhere."""

    path: str
    person: Person | None = None
    fields: dict[str, str] = field(default_factory=dict)
    page: str = ""


class Desk:
    """An institution with somebody at work, and a matter in front of them."""

    def __init__(self, role: Role = Role.OFFICER, **fields: object) -> None:
        self.institution = InstitutionFactory()
        self.person = staff(role, self.institution)
        self.petition = filed(PersonFactory(), self.institution, **fields)
        self.part = self.petition.assignments[0]
        self.version = {"version": str(self.part.version), "part": str(self.part.id)}

    def act(self, name: str, **fields: str) -> Act:
        page = f"/en/desk/matters/{self.petition.number}"
        return Act(f"{page}/{name}", self.person, {**self.version, **fields}, "" if name != "take" else page)


def file_a_petition() -> Act:
    author = PersonFactory()
    draft = drafted(author)
    return Act(f"/en/file/{draft.key}/check", author, {"institution": "triage"})


def confirm_a_filing() -> Act:
    guest = guest_filed(InstitutionFactory(), address=f"{token_hex(4)}@example.org")
    return Act(f"/en/petitions/confirm/{confirm_token(guest)}", None, {"mine": "yes"})


def take() -> Act:
    return Desk().act("take")


def assign() -> Act:
    desk = Desk(Role.MANAGER)
    return desk.act("assign", department_id="0", officer_id=str(staff(Role.OFFICER, desk.institution).id))


def transfer() -> Act:
    return Desk().act("transfer", institution_code=InstitutionFactory().code, reason="Theirs.")


def save_an_answer() -> Act:
    desk = Desk()
    desk.part = taken(desk.petition, desk.person)
    return desk.act("answer", text="The lamps work again.", base_version="0", intent="save")


def send_an_answer() -> Act:
    desk = Desk()
    part = taken(desk.petition, desk.person)
    version = answers.save(actor_for(desk.person), part, text="The lamps work again.", base_version=0)
    return desk.act("answer/send", base_version=str(version.number))


def rate() -> Act:
    desk = Desk()
    answered(desk.petition, desk.person)
    return Act(f"/en/petitions/{desk.petition.number}/rate", desk.petition.author, {"rating": "1", "comment": "No."})


def place() -> Act:
    petition = filed(PersonFactory())
    return Act(f"/en/operator/triage/{petition.number}", staff(Role.OPERATOR),
               {"institution_code": InstitutionFactory().code, "reason": "Theirs.",
                "version": str(petition.assignments[0].version), "part": str(petition.assignments[0].id)})


def propose_a_task() -> Act:
    return Act("/en/forum/propose", PersonFactory(), {**words(), "language": "en"})


def submit_a_task() -> Act:
    task = begun(PersonFactory())
    return Act(f"/en/forum/{task.number}/submit", task.author, {"difference": ""})


def withdraw_a_task() -> Act:
    task = submitted(PersonFactory())
    return Act(f"/en/forum/{task.number}/withdraw", task.author)


def take_a_review() -> Act:
    task = submitted(PersonFactory())
    return Act(f"/en/forum/{task.number}/review", staff(Role.REVIEWER), {"step": "take"})


def recuse() -> Act:
    item = queued(filled_body())
    return Act(f"/en/committees/items/{item.id}/recusal", _chair(item), {"reason": "My sister wrote it."})


def move() -> Act:
    item = queued(filled_body())
    return Act(
        f"/en/committees/items/{item.id}/motion", _chair(item), {"proposal": "forward", "reasons": "It is good."})


def _chair(item):
    return db.session.get_one(Person, chair_of(item.body).person_id)


ACTS = (file_a_petition, confirm_a_filing, take, assign, transfer, save_an_answer, send_an_answer, rate, place,
        propose_a_task, submit_a_task, withdraw_a_task, take_a_review, recuse, move)


def rows() -> dict[str, int]:
    """How many rows each table has."""
    db.session.rollback()
    return {name: db.session.scalar(select(func.count()).select_from(table))
            for name, table in Base.metadata.tables.items() if name not in UNCOUNTED}


def added(app: Flask, act: Act, times: int) -> tuple[dict[str, int], list[int]]:
    """The rows that sending `act` so many times at once has made, and the answers."""
    browsers = [signed_in(app, act.person) if act.person else app.test_client() for _ in range(times)]
    forms = [{**act.fields, "csrf_token": _token(browser, act.page or act.path)} for browser in browsers]
    before = rows()
    codes = at_once(app, act.path, zip(browsers, forms, strict=True))
    return {name: count - before[name] for name, count in rows().items() if count != before[name]}, codes


def at_once(app: Flask, path: str, sent: Iterable[tuple[Browser, dict[str, object]]]) -> list[int]:
    """Have several browsers send their forms at the same moment; the answers, the lowest first."""
    pairs, codes = list(sent), []
    start = threading.Barrier(len(pairs))
    db.session.rollback()

    def send(browser: Browser, form: dict[str, object]) -> None:
        with app.app_context():
            start.wait(60)
            codes.append(browser.post(path, data=form).status_code)

    threads = [threading.Thread(target=send, args=pair) for pair in pairs]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return sorted(codes)


def _token(browser: Browser, page: str) -> str:
    shown = browser.get(page).get_data(as_text=True)
    found = TOKEN.search(shown.partition("<main")[2]) or TOKEN.search(shown)
    return found.group(1) if found else csrf_token(browser)


@pytest.mark.parametrize("make", ACTS, ids=lambda make: make.__name__)
def test_what_is_sent_twice_at_once_happens_once(app, make: Callable[[], Act]):
    once, (code,) = added(app, make(), 1)
    assert code < 400, once
    assert once, "an act that writes nothing proves nothing"
    twice, codes = added(app, make(), 2)
    assert twice == once
    assert codes[0] == code
    assert codes[1] < 500


@pytest.fixture
def world(flask_app: Flask) -> Iterator[World]:
    with flask_app.app_context():
        yield World(flask_app)
        db.session.remove()
        empty_database()


def test_no_form_breaks_when_it_comes_twice_at_once(world):
    broken = []
    for rule in [rule for rule in rules(world.app) if "POST" in (rule.methods or ())]:
        for role, values, name in cases(world, rule):
            limiter.reset()
            browsers = [world.browser(role) for _ in range(2)]
            forms = [form_for(world, name, values, csrf_token(browser)) for browser in browsers]
            codes = at_once(world.app, path_to(world.app, rule.endpoint, values), zip(browsers, forms, strict=True))
            broken += [(rule.endpoint, name, role, code) for code in codes if code >= 500]
    assert broken == []
