"""Whether the clock tells what is hidden from what does not exist: `python -m bench.hidden`.

A private petition and a number that nobody has are asked for in turn, by everybody who may not read it. Printed are
the median times, their ratio, and how often the hidden one took longer: 0.50 is what chance gives.
"""

import gc
from statistics import median
from time import perf_counter
from uuid import uuid4

from flask import Flask
from flask.testing import FlaskClient

from bench import portal
from civicportal.accounts.models import Person
from civicportal.accounts.queries import actor_for
from civicportal.accounts.services import confirm_address, grant_role, guest, sign_in_session
from civicportal.core.clock import now
from civicportal.core.i18n import local
from civicportal.core.permissions import SYSTEM, Role
from civicportal.core.transactions import atomic
from civicportal.institutions.models import Institution
from civicportal.institutions.states import InstitutionType
from civicportal.petitions.models import Petition, PetitionFile
from civicportal.petitions.number import generate
from civicportal.petitions.services import drafts
from civicportal.petitions.services.filing import file_draft

ROUNDS = 400
PAGES = ("petitions/{}", "petitions/{}/feed.atom", "petitions/{}/files/{}", "petitions/{}/rate", "desk/matters/{}")
# Who is refused before anything is looked up.
REFUSED = {"petitions/{}/rate": ("anybody",), "desk/matters/{}": ("anybody", "a citizen")}


def person(name: str, role: Role | None = None, institution: Institution | None = None) -> Person:
    """Somebody with a confirmed address, and a role at an institution."""
    with atomic():
        made = confirm_address(guest(name, f"{name}@example.org", None, "en"), SYSTEM)
        if role:
            grant_role(SYSTEM, made, role, institution.id if institution else None)
    return made


def private_petition() -> Petition:
    """A private petition with a file, at an institution of its own."""
    with atomic() as session:
        session.add(Institution(code="here", name_ko="여기", type=InstitutionType.CENTRAL))
    author = actor_for(person("author"))
    draft = drafts.start(author, type="petition", locale="en")
    drafts.save(author, draft, title="Lamps", text="They are dark. " * 40)
    with atomic():
        draft.files.append(
            PetitionFile(name="a.txt", media_type="text/plain", size=1, sha256="0" * 64, storage_key="0"))
    return file_draft(author, draft, "here")


def visitors(app: Flask) -> dict[str, FlaskClient]:
    """Browsers of everybody who may not read it."""
    with atomic() as session:
        other = Institution(code="other", name_ko="다른 곳", type=InstitutionType.CENTRAL)
        session.add(other)
    people = {"anybody": None, "a citizen": person("citizen"), "an officer": person("officer", Role.OFFICER, other)}
    browsers = {}
    for name, who in people.items():
        browsers[name] = app.test_client()
        if who is not None:
            with browsers[name].session_transaction() as cookie:
                cookie["_user_id"] = sign_in_session(who).key
    return browsers


def seconds(browser: FlaskClient, path: str) -> float:
    """How long one answer takes; it must be that nothing is there."""
    with browser.application.app_context():  # none of what an earlier request left behind
        started = perf_counter()
        answer = browser.get(f"/en/{path}")
        took = perf_counter() - started
    assert answer.status_code == 404, (path, answer.status_code)  # noqa: S101 - a benchmark of nothing else
    return took


def compare(browser: FlaskClient, hidden: str, absent: str) -> tuple[float, float, float]:
    """Median seconds of both, and how often the hidden one of a pair took longer. Their order changes every time."""
    pairs = []
    for number in range(ROUNDS):
        paths = (hidden, absent) if number % 2 else (absent, hidden)
        took = dict(zip(paths, [seconds(browser, path) for path in paths], strict=True))
        pairs.append((took[hidden], took[absent]))
    longer = sum(one > other for one, other in pairs) / len(pairs)
    return median(one for one, _ in pairs), median(other for _, other in pairs), longer


def main() -> None:
    """Ask for every kind of page as every kind of visitor."""
    with portal() as app:
        petition = private_petition()
        there = petition.number, petition.files[0].public_id
        nowhere = generate(local(now()).date()), uuid4()
        browsers = visitors(app)
        gc.disable()
        for page in PAGES:
            for name, browser in browsers.items():
                if name in REFUSED.get(page, ()):
                    continue
                hidden, absent, longer = compare(browser, page.format(*there), page.format(*nowhere))
                print(f"{page:28} {name:11} hidden {hidden * 1000:6.2f} ms, absent {absent * 1000:6.2f} ms, "
                      f"ratio {hidden / absent:.3f}, hidden took longer {longer:.2f}")


if __name__ == "__main__":
    main()
