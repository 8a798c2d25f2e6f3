"""Pages of bodies: who sits, and how the support unit keeps them."""

from datetime import timedelta

import pytest

from civicportal.committee.models import Body, Item, Member
from civicportal.committee.queries import bodies
from civicportal.committee.states import Seat
from civicportal.core.permissions import Role
from civicportal.core.transactions import atomic, current
from tests.architecture.doors.looking import statements
from tests.factories.accounts import PersonFactory, signed_in, staff
from tests.factories.committee import BodyFactory, filled_body, queued, referred_task, seat_in

BODY = {
    "slug": "main", "name_ko": "위원회", "name_en": "Committee",
    "mandate_ko": "심의합니다.", "mandate_en": "It decides.",
    "quorum_percent": "50", "quorum_least": "3", "capacity": "4"}
TERM = {"starts_on-year": "2026", "starts_on-month": "1", "starts_on-day": "1"}


@pytest.fixture
def body(app):
    return filled_body(slug="main", name_en="Main Committee")


@pytest.fixture
def support(app):
    return signed_in(app, staff(Role.SUPPORT, name="Park Support"))


def text(answer):
    return answer.get_data(as_text=True)


def main(answer):
    return text(answer).partition("<main")[2].partition("</main>")[0]


def fresh(row):
    current().rollback()
    current().expire_all()
    return row



def test_an_empty_list_teaches_and_only_the_support_unit_can_set_up_a_body(client, support):
    page = client.get("/en/committees")
    assert "There is no committee yet" in text(page)
    assert page.headers["Cache-Control"].startswith("public")
    assert "/support/committees/new" not in text(page)
    assert "/support/committees/new" in text(support.get("/en/committees"))


def test_everybody_reads_who_sits_until_when_and_how_it_decides(client, body):
    seat_in(body, Seat.ALTERNATE, name="Lee Alternate", affiliation="Citizen",
            alternate_for_id=next(seat.id for seat in body.members if seat.seat is Seat.CHAIR))
    with atomic() as session:
        past = session.query(Member).filter_by(body_id=body.id, seat=Seat.MEMBER).first()
        past.ends_on, past.name = past.starts_on + timedelta(days=9), "Old Member"
    page = main(client.get("/en/committees/main"))
    chair = next(seat.name for seat in body.members if seat.seat is Seat.CHAIR)
    for piece in ("Main Committee", "It decides on tasks.", "Lee Alternate", f"stands in for {chair}",
                  "stands in for any member", "since 1 January 2020", "Past members", "Old Member",
                  "1 January 2020 to 10 January 2020", "More than 50% of those who take part", "4 items a month"):
        assert piece in page, piece
    assert "example.org" not in page
    assert "위원회" in text(client.get("/ko/committees/main"))


def test_a_body_without_members_and_a_queue_without_items_teach(client):
    BodyFactory(slug="new-one")
    assert "Nobody sits here yet" in text(client.get("/en/committees/new-one"))
    assert "Nothing waits" in text(client.get("/en/committees/new-one/queue"))
    assert "Nothing has been decided yet" in text(client.get("/en/committees/new-one/queue?show=decided&after=x"))


@pytest.mark.parametrize("path", ["/en/committees/none", "/en/committees/none/queue", "/en/committees/items/999",
                                  "/en/committees/items/99999999999", "/en/committees/%00"])
def test_what_is_not_there_is_not_found(client, path):
    assert client.get(path).status_code == 404


def test_the_support_unit_sets_up_a_body_and_what_waited_comes_in(client, support):
    task = referred_task()
    assert "There is no committee yet. The task keeps its date" in text(client.get(f"/en/forum/{task.number}"))
    wrong = support.submit("/en/support/committees/new", {**BODY, "slug": "Not good", "capacity": "0"})
    assert wrong.status_code == 400
    assert "It decides." in text(wrong)
    done = support.submit("/en/support/committees/new", BODY)
    assert (done.status_code, done.location) == (303, "/en/committees/main")
    assert current().query(Item).one().task_id == task.id
    shown = text(client.get(f"/en/forum/{task.number}"))
    assert "Place 1 of 1 in the queue of Committee" in shown
    assert "expected by" in shown
    assert "This month it can still decide 4 items." in shown


def test_rules_of_a_body_are_changed(support, body):
    page = text(support.get("/en/support/committees/main/edit"))
    assert 'name="slug"' not in page
    changed = {name: value for name, value in BODY.items() if name != "slug"} | {"capacity": "9"}
    assert support.submit("/en/support/committees/main/edit", changed).status_code == 303
    assert fresh(body).capacity == 9
    assert support.submit("/en/support/committees/main/edit", changed | {"quorum_percent": "x"}).status_code == 400


def test_a_seat_is_given_changed_and_ended(support, body):
    person = PersonFactory(address="new.member@example.org")
    new, fields = "/en/support/committees/main/members/new", {
        "address": person.address, "name": "Kang Maru", "affiliation": "Citizen", "seat": "member",
        "alternate_for_id": "0", **TERM}
    assert "Whoever takes a seat agrees to that." in text(support.get(new))
    wrong = support.submit(new, fields | {"address": "nobody@example.org"})
    assert wrong.status_code == 400
    assert "Kang Maru" in text(wrong)
    assert support.submit(new, fields).location == "/en/committees/main"
    seat = current().query(Member).filter_by(person_id=person.id).one()
    edit = f"/en/support/committees/main/members/{seat.id}"
    page = text(support.get(edit))
    assert 'name="address"' not in page
    assert 'value="2026"' in page
    ended = {key: value for key, value in fields.items() if key != "address"} | {
        "ends_on-year": "2026", "ends_on-month": "2", "ends_on-day": "1"}
    assert support.submit(edit, ended).status_code == 303
    assert fresh(seat) in bodies.seats(current().get_one(Body, body.id)).past
    assert support.submit(edit, ended | {"ends_on-year": "2025"}).status_code == 400


def test_a_seat_of_another_body_is_not_found(support, body):
    elsewhere = seat_in(BodyFactory())
    assert support.get(f"/en/support/committees/main/members/{elsewhere.id}").status_code == 404


@pytest.mark.parametrize("path", ["new", "main/edit", "main/members/new"])
@pytest.mark.parametrize("role", [None, Role.OPERATOR, Role.REVIEWER])
def test_bodies_are_kept_by_the_support_unit_alone(app, body, path, role):
    who = staff(role) if role else PersonFactory()
    assert signed_in(app, who).get(f"/en/support/committees/{path}").status_code == 403


def test_more_bodies_ask_the_database_no_more_often(client):
    def asked():
        client.get("/en/committees")
        with statements() as sent:
            client.get("/en/committees")
        return len(sent)

    queued(filled_body())
    one = asked()
    for _ in range(3):
        queued(filled_body())
    assert asked() == one
