"""Confirming addresses, roles, and what others ask about people."""

import threading
from datetime import timedelta
from pathlib import Path

import pytest
import time_machine
from sqlalchemy import event, func, select

from civicportal.accounts import queries, services
from civicportal.accounts.models import AddressIdentity, AddressRequest, Grant, Person
from civicportal.accounts.news import AddressConfirmed
from civicportal.accounts.states import TokenPurpose
from civicportal.accounts.tasks import answer_request, answer_requests, purge
from civicportal.core import events
from civicportal.core.clock import now
from civicportal.core.errors import Forbidden, Gone, Invalid
from civicportal.core.permissions import SYSTEM, Held, Permission, Role
from civicportal.core.signing import identity_digest
from civicportal.core.transactions import atomic, current
from civicportal.extensions import db
from tests.accounts.conftest import PASSWORD
from tests.factories.accounts import GrantFactory, PersonFactory, signed_in, staff
from tests.factories.institutions import InstitutionFactory

PEOPLE = Path(queries.__file__).parent / "demo" / "people.json"


@pytest.fixture
def heard(app):
    news = []
    events.subscribe(AddressConfirmed)(news.append)
    yield news
    events._handlers[AddressConfirmed].remove(news.append)


def test_a_filer_becomes_an_account_at_the_first_confirmation(app, heard):
    filer = services.guest("신청인", "Filer@example.org", "010-1234-5678", "ko")
    assert (filer.level, filer.phone) == (0, "+821012345678")
    person = services.confirm_address(filer, SYSTEM)
    assert (person.id, person.level) == (filer.id, 1)
    assert heard == [AddressConfirmed(person.id, filer.id)]
    assert current().get(AddressIdentity, person.identity_id).digest != "filer@example.org"
    assert services.confirm_address(person, SYSTEM).id == person.id
    assert len(heard) == 1


def test_a_later_filing_joins_the_account_and_its_own_data_go(app, heard):
    owner = services.confirm_address(services.guest("주인", "gaon@gmail.com", None, "ko"), SYSTEM)
    later = services.guest("Another Name", "g.a.o.n+petition@googlemail.com", "+46701234567", "en")
    assert services.confirm_address(later, SYSTEM).id == owner.id
    assert heard[-1] == AddressConfirmed(owner.id, later.id)
    assert {later.name, later.address, later.address_canonical, later.phone} == {None}
    assert owner.name == "주인"
    with pytest.raises(Gone):
        services.confirm_address(later, SYSTEM)


@pytest.mark.parametrize("seen_before", [False, True])
def test_confirmations_of_one_address_at_once_make_one_account(app, seen_before):
    if seen_before:
        with atomic() as session:
            session.add(AddressIdentity(digest=identity_digest("same@example.org"), rules_version=1))
    ids = [services.guest(f"사람{n}", "same@example.org", None, "ko").id for n in range(4)]
    current().rollback()
    barrier, owners, errors = threading.Barrier(4), [], []

    def confirm(person_id):
        with app.app_context():
            try:
                person = queries.get_person(person_id)
                barrier.wait(10)
                owners.append(services.confirm_address(person, SYSTEM).id)
            except Exception as error:
                errors.append(error)
            finally:
                db.session.remove()

    threads = [threading.Thread(target=confirm, args=(person_id,)) for person_id in ids]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert errors == []
    assert len(owners) == 4
    assert len(set(owners)) == 1
    assert current().scalar(select(func.count()).select_from(Person).where(Person.level > 0)) == 1
    assert current().scalar(select(func.count()).select_from(AddressIdentity)) == 1


def test_one_use_of_a_link_out_of_two_at_once_wins(app):
    person = PersonFactory()
    text = services.token_text(services.issue_token(person, TokenPurpose.RESET, timedelta(hours=1)))
    current().rollback()
    barrier, said = threading.Barrier(2), []

    def use():
        with app.app_context():
            barrier.wait(10)
            try:
                said.append(services.use_token(text, TokenPurpose.RESET).person_id)
            except Gone:
                said.append("gone")
            finally:
                db.session.remove()

    threads = [threading.Thread(target=use) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert sorted(said, key=str) == [person.id, "gone"]


def test_what_a_token_was_issued_with_comes_back(app):
    token = services.issue_token(PersonFactory(), TokenPurpose.CONFIRM_FILING, timedelta(days=7), {"petition": "12"})
    text = services.token_text(token)
    assert text.startswith(services.token_reference(token)["selector"])
    assert services.read_token(text, TokenPurpose.CONFIRM_FILING).data == {"petition": "12"}
    for wrong in ("", ".", "x.y", text + "x", text.replace(".", ":")):
        with pytest.raises(Gone):
            services.read_token(wrong, TokenPurpose.CONFIRM_FILING)


def test_a_visitor_with_all_roles_costs_one_select(app):
    body = InstitutionFactory()
    person = staff(Role.OFFICER, body)
    GrantFactory(person_id=person.id, role=Role.OPERATOR, scope_kind="portal")
    GrantFactory(person_id=person.id, role=Role.MANAGER, scope_kind="institution", scope_id=body.id,
                 starts_at=now() - timedelta(days=2), ends_at=now() - timedelta(days=1))
    GrantFactory(person_id=person.id, role=Role.DIRECTOR, scope_kind="institution", scope_id=body.id,
                 starts_at=now() + timedelta(days=1))
    row = services.sign_in_session(person)
    current().rollback()
    seen = []

    def note(_connection, _cursor, statement, *_rest):
        if statement.startswith("SELECT"):
            seen.append(statement)

    event.listen(db.engine, "before_cursor_execute", note)
    found = queries.signed_in(row.key)
    event.remove(db.engine, "before_cursor_execute", note)
    assert len(seen) == 1
    assert set(found.actor.held) == {Held(Role.CITIZEN), Held(Role.OFFICER, body.id), Held(Role.OPERATOR)}
    assert set(queries.actor_for(person).held) == set(found.actor.held)
    assert queries.signed_in("no such key") is None


def test_the_unconfirmed_and_the_deleted_cannot_sign_in(app):
    for person in (services.guest("가온", "g@example.org", None, "ko"), PersonFactory(deleted_at=now())):
        with pytest.raises(Forbidden):
            services.sign_in_session(person)
    assert queries.actor_for(services.guest("가온", "g@example.org", None, "ko")).held == ()


def test_recipients_are_people_with_a_confirmed_address(app):
    guest = services.guest("가온", "g@example.org", None, "en")
    assert queries.recipient(guest) is None
    assert queries.recipient(guest, unconfirmed=True).address == "g@example.org"
    assert queries.recipient(PersonFactory(locale="en")).locale == "en"
    assert queries.recipient(PersonFactory(address=None, address_canonical=None)) is None


def test_operators_give_and_end_roles(app):
    operator, someone, body = staff(Role.OPERATOR), PersonFactory(), InstitutionFactory()
    actor = queries.actor_for(operator)
    grant = services.grant_role(actor, someone, Role.OFFICER, body.id)
    assert services.grant_role(actor, someone, Role.OFFICER, body.id).id == grant.id
    assert [found.person.id for found in queries.grants_at(body.id)] == [someone.id]
    assert [person.id for person in queries.staff_of(body.id, Permission.MATTER_TAKE)] == [someone.id]
    assert queries.staff_of(body.id, Permission.MATTER_ASSIGN) == []
    browser = signed_in(app, someone)
    assert browser.get("/ko/account").status_code == 200
    services.end_grant(actor, grant)
    assert queries.grants_at(body.id) == []
    assert not queries.actor_for(someone).can(Permission.DESK_SEE)


def test_nobody_else_gives_roles(app):
    body, someone = InstitutionFactory(), PersonFactory()
    director = staff(Role.DIRECTOR, body)
    for actor in (queries.actor_for(director), queries.actor_for(someone)):
        with pytest.raises(Forbidden):
            services.grant_role(actor, someone, Role.OFFICER, body.id)
    grant = current().scalar(select(Grant))
    with pytest.raises(Forbidden):
        services.end_grant(queries.actor_for(someone), grant)


@pytest.mark.parametrize(("role", "placed"), [
    (Role.CITIZEN, False), (Role.OFFICER, False), (Role.OPERATOR, True),
])
def test_a_role_fits_its_scope(app, role, placed):
    with pytest.raises(Invalid):
        services.grant_role(SYSTEM, PersonFactory(), role, InstitutionFactory().id if placed else None)


def test_only_confirmed_people_get_roles(app):
    with pytest.raises(Invalid):
        services.grant_role(SYSTEM, services.guest("가온", "g@example.org", None, "ko"), Role.OPERATOR)


def test_demo_people_are_loaded_once(app):
    bodies = {code: InstitutionFactory(code=code).id for code in ("seoul-jongno", "molit")}
    first = services.load_people(PEOPLE, PASSWORD, bodies.__getitem__)
    assert services.load_people(PEOPLE, "another password", bodies.__getitem__) == first
    assert len(first) == 22
    operator = queries.confirmed_by_address("operator@example.com")
    assert queries.actor_for(operator).is_operator
    assert len(queries.staff_of(bodies["seoul-jongno"], Permission.DESK_SEE)) == 4
    assert services.sign_in_with_password("operator@example.com", PASSWORD).person_id == first["operator"]
    assert current().scalar(select(func.count()).select_from(Person).where(Person.level == 0)) == 1


def test_a_command_makes_the_first_operator(app):
    runner = app.test_cli_runner()
    words = ["accounts", "create-operator", "--address", "op@example.org", "--name", "서다온"]
    weak = runner.invoke(args=words, env={"OPERATOR_PASSWORD": "password2024"})
    assert weak.exit_code == 1
    assert queries.confirmed_by_address("op@example.org") is None
    made = runner.invoke(args=words, env={"OPERATOR_PASSWORD": PASSWORD})
    assert made.exit_code == 0, made.output
    assert runner.invoke(args=words, env={"OPERATOR_PASSWORD": "quite another one"}).exit_code == 0
    current().rollback()
    person = queries.confirmed_by_address("op@example.org")
    assert queries.actor_for(person).is_operator
    assert services.sign_in_with_password("op@example.org", PASSWORD).person_id == person.id


def test_a_command_gives_a_role(app):
    body, person = InstitutionFactory(), PersonFactory(address="o@example.org")
    runner = app.test_cli_runner()
    assert runner.invoke(args=["accounts", "grant", "o@example.org", "officer", str(body.id)]).exit_code == 0
    assert runner.invoke(args=["accounts", "grant", "o@example.org", "officer"]).exit_code == 1
    assert runner.invoke(args=["accounts", "grant", "nobody@example.org", "operator"]).exit_code == 1
    current().rollback()
    assert queries.actor_for(person).institutions(Permission.DESK_SEE) == (body.id,)


def test_tasks_answer_requests_and_repeats_are_quiet(app):
    PersonFactory(address="k@example.org")
    services.request_mail(TokenPurpose.RESET, "k@example.org", locale="ko")
    request_id = current().scalar(select(AddressRequest.id))
    current().rollback()
    for _ in range(2):
        answer_request(request_id)
    current().rollback()
    assert current().scalar(select(func.count()).select_from(AddressRequest)) == 0


def test_requests_whose_task_was_lost_are_found(app):
    services.request_mail(TokenPurpose.RESET, "k@example.org", locale="ko")
    assert services.waiting_requests() == []
    with time_machine.travel(now() + timedelta(minutes=1)):
        assert len(services.waiting_requests()) == 1
        answer_requests()
    purge()
