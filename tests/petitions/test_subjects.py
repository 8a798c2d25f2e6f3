"""Whom a matter is about: such an official neither opens it nor works on it, whatever the way."""

import pytest
from sqlalchemy import select

from civicportal.accounts.queries import actor_for
from civicportal.accounts.services import end_access
from civicportal.core.audit import AuditEvent
from civicportal.core.configuration import settings
from civicportal.core.errors import Forbidden, Invalid, NotFound
from civicportal.core.permissions import Role
from civicportal.core.transactions import current
from civicportal.notifications.models import OutboxMessage
from civicportal.petitions.models import Assignment, MatterSubject, Petition
from civicportal.petitions.queries.inbox import Tab, Wanted, inbox, triage_list
from civicportal.petitions.queries.visibility import Viewer, viewer_of, visible_file, visible_petition
from civicportal.petitions.services import desk, subjects
from civicportal.petitions.services.appeals import appeal
from civicportal.petitions.services.export import export_desk
from civicportal.petitions.states import AssignmentState
from tests.factories.accounts import PersonFactory, signed_in, staff
from tests.factories.institutions import InstitutionFactory
from tests.factories.petitions import Sent, filed, open_lead, public_matter, refused, taken


@pytest.fixture
def here(app):
    return InstitutionFactory(code="here")


@pytest.fixture
def officer(here):
    return staff(Role.OFFICER, here, name="윤 솔아")


@pytest.fixture
def petition(here):
    return filed(institution=here, title="The zebrafinch", files=(Sent("a.txt", b"hello"),))


def named(petition, person, by=None):
    subjects.name_person(actor_for(by or staff(Role.OPERATOR)), petition, person.id)


def part_of(petition):
    current().rollback()
    return current().scalars(select(Assignment).where(Assignment.petition_id == petition.id)).one()


def test_no_list_no_count_no_search_and_no_export_holds_it(here, officer, petition):
    boss = staff(Role.MANAGER, here)
    named(petition, officer)
    for person, rows in ((officer, 0), (boss, 1)):
        actor = actor_for(person)
        for wanted in (Wanted(tab=Tab.NEW), Wanted(tab=Tab.OPEN), Wanted(tab=Tab.OPEN, q="zebrafinch"),
                       Wanted(tab=Tab.OPEN, q=petition.number)):
            found = inbox(actor, here, wanted)
            assert (len(found.page.rows), found.counts[Tab.OPEN]) == (rows, rows)
        assert ("zebrafinch" in export_desk(actor, here, tab=Tab.OPEN, reason="a yearly count")) is bool(rows)


def test_triage_is_closed_to_an_operator_whom_it_is_about(app):
    about, other = staff(Role.OPERATOR), staff(Role.OPERATOR)
    petition = filed(title="The zebrafinch")
    named(petition, about, by=other)
    assert [len(triage_list(actor_for(one)).rows) for one in (about, other)] == [0, 1]
    for path in (f"/en/operator/triage/{petition.number}", f"/en/petitions/{petition.number}"):
        assert [signed_in(app, one).get(path).status_code for one in (about, other)] == [404, 200]


def test_publication_is_closed_to_an_operator_whom_it_is_about(app, here):
    about, other = staff(Role.OPERATOR), staff(Role.OPERATOR)
    petition = filed(institution=here, title="The zebrafinch", wants_public=True)
    refused(petition)
    appeal(actor_for(petition.author), petition, text="It names nobody.")
    named(petition, about, by=other)
    page = f"/en/operator/publication/{petition.number}"
    for path in (page, f"{page}/appeal", f"{page}/remove", f"{page}/put-back", f"{page}/revise"):
        assert [signed_in(app, one).get(path).status_code for one in (about, other)] == [404, 200]
    lists = [signed_in(app, one).get("/en/operator/publication").get_data(as_text=True) for one in (about, other)]
    assert [petition.number in shown for shown in lists] == [False, True]


def test_one_operator_is_left_who_can_decide(petition):
    only = staff(Role.OPERATOR)
    with pytest.raises(Invalid):
        named(petition, only, by=only)
    other = staff(Role.OPERATOR)
    named(petition, only, by=other)
    with pytest.raises(Invalid):
        named(petition, other, by=other)


def test_no_page_and_no_file_opens(app, here, officer, petition):
    actor, public_id = actor_for(officer), petition.files[0].public_id
    named(petition, officer)
    assert visible_petition(petition.number, actor) is None
    assert visible_file(public_id, actor, original=True) is None
    browser = signed_in(app, officer)
    for page in ("", "/answer", "/transfer", "/publication"):
        assert browser.get(f"/en/desk/matters/{petition.number}{page}").status_code == 404
    for page in ("", "/officials", "/record", f"/files/{public_id}/original"):
        assert browser.get(f"/en/petitions/{petition.number}{page}").status_code == 404


def test_a_public_one_is_read_as_the_public_reads_it(app):
    shown, officer = public_matter(files=(Sent("a.txt", b"hello"),))
    named(shown, officer)
    assert viewer_of(shown, actor_for(officer)) is Viewer.PUBLIC
    assert visible_file(shown.files[0].public_id, actor_for(officer), original=True) is None


def test_nobody_can_give_it_to_that_person(app, here, officer, petition):
    boss, part = staff(Role.MANAGER, here), open_lead(petition)
    named(petition, officer)
    assert officer.id not in {one.id for one in desk.eligible_officers(part)}
    with pytest.raises(Invalid):
        desk.assign(actor_for(boss), part, officer_id=officer.id, department_id=None, version=part.version)
    assert part_of(petition).officer_id is None


def test_that_person_can_take_nothing_and_do_nothing_with_it(here, petition):
    boss, part = staff(Role.DIRECTOR, here), open_lead(petition)
    named(petition, boss)
    with pytest.raises(Forbidden):
        desk.take(actor_for(boss), part, version=part.version)
    with pytest.raises(Forbidden):
        desk.assign(actor_for(boss), part, officer_id=boss.id, department_id=None, version=part.version)
    with pytest.raises(Forbidden):
        desk.transfer(actor_for(boss), part, institution_code="here", reason="x", version=part.version)
    with pytest.raises(Forbidden):
        subjects.name_person(actor_for(boss), petition, staff(Role.OFFICER, here).id)


def test_what_that_person_had_waits_for_a_colleague(here, officer, petition):
    taken(petition, officer)
    named(petition, officer)
    part = part_of(petition)
    assert (part.officer_id, part.state) == (None, AssignmentState.WAITING)


def test_a_leavers_work_does_not_reach_that_person(here, officer, petition):
    leaver = staff(Role.OFFICER, here)
    taken(petition, leaver)
    named(petition, officer)
    end_access(actor_for(staff(Role.OPERATOR)), leaver, successor_id=officer.id)
    assert part_of(petition).officer_id is None
    mailed = current().scalars(select(OutboxMessage.slug).where(OutboxMessage.person_id == officer.id)).all()
    assert mailed == []


def test_an_author_names_an_official_by_name(app, here, officer, petition):
    namesake = staff(Role.DIRECTOR, here, name="윤솔아")
    other = staff(Role.OFFICER, here, name="백도현")
    author = signed_in(app, petition.author)
    page = f"/ko/petitions/{petition.number}/officials"
    assert author.submit(page, {"name": " 윤솔아 "}).status_code == 303
    current().rollback()
    about = {row.person_id for row in current().scalars(select(MatterSubject))}
    assert about == {officer.id, namesake.id}
    assert "윤솔아" in author.get(page).text
    assert signed_in(app, other).get(f"/ko/desk/matters/{petition.number}").status_code == 200
    assert len(current().scalars(select(AuditEvent).where(AuditEvent.name == "petition:subject-named")).all()) == 2


def test_a_name_that_nobody_bears_comes_back_as_typed(app, here, officer, petition):
    page = f"/ko/petitions/{petition.number}/officials"
    answer = signed_in(app, petition.author).submit(page, {"name": "홍길동"})
    assert answer.status_code == 400
    assert 'value="홍길동"' in answer.text
    elsewhere = staff(Role.OFFICER, InstitutionFactory(), name="먼사람")
    assert signed_in(app, petition.author).submit(page, {"name": elsewhere.name}).status_code == 400
    assert current().scalars(select(MatterSubject)).all() == []


def test_an_officer_marks_a_colleague_and_only_operators_admit_again(app, here, officer, petition):
    colleague = staff(Role.OFFICER, here)
    browser, page = signed_in(app, colleague), f"/ko/petitions/{petition.number}/officials"
    assert browser.submit(page, {"person_id": officer.id}).status_code == 303
    current().rollback()
    row_id = current().scalars(select(MatterSubject.id)).one()
    assert browser.submit(f"{page}/{row_id}/lift", page=page).status_code == 403
    assert signed_in(app, petition.author).get(page).text.count(officer.name) == 0
    with pytest.raises(Forbidden):
        subjects.lift(actor_for(staff(Role.DIRECTOR, here)), petition, row_id)
    operator = staff(Role.OPERATOR)
    assert signed_in(app, operator).submit(f"{page}/{row_id}/lift", page=page).status_code == 303
    assert signed_in(app, officer).get(f"/ko/desk/matters/{petition.number}").status_code == 200
    current().rollback()
    with pytest.raises(NotFound):
        subjects.lift(actor_for(operator), current().get_one(Petition, petition.id), row_id)


def test_whoever_marks_the_own_person_is_led_away(app, officer, petition):
    page = f"/ko/petitions/{petition.number}/officials"
    assert signed_in(app, officer).submit(page, {"person_id": officer.id}).location == "/ko/"
    assert signed_in(app, officer).get(page).status_code == 404


def test_strangers_and_other_institutions_name_nobody(app, officer, petition):
    page = f"/ko/petitions/{petition.number}/officials"
    for person in (PersonFactory(), staff(Role.MANAGER, InstitutionFactory())):
        assert signed_in(app, person).get(page).status_code == 404
        with pytest.raises(Forbidden):
            subjects.name_person(actor_for(person), petition, officer.id)
    with pytest.raises(Invalid):
        subjects.name_person(actor_for(staff(Role.OPERATOR)), petition, PersonFactory().id)


def test_names_for_one_matter_are_limited(here, petition):
    operator = actor_for(staff(Role.OPERATOR))
    for _one in range(settings().subjects_per_matter):
        subjects.name_person(operator, petition, staff(Role.OFFICER, here).id)
    with pytest.raises(Invalid):
        subjects.name_person(operator, petition, staff(Role.OFFICER, here).id)
