"""What was kept long enough goes; what is counted, held or younger stays."""

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select, update

from civicportal.accounts.models import Person
from civicportal.accounts.passwords import hash_password
from civicportal.accounts.queries import actor_for
from civicportal.accounts.services import delete_account
from civicportal.core.audit import AuditEvent, AuditName, record
from civicportal.core.clock import at, now
from civicportal.core.errors import Conflict, Forbidden, Invalid, NotFound
from civicportal.core.i18n import speaking
from civicportal.core.permissions import SYSTEM, Held, Role
from civicportal.core.transactions import atomic, current
from civicportal.notifications import queries as outbox
from civicportal.notifications.models import OutboxMessage
from civicportal.notifications.states import DeliveryState
from civicportal.pages.queries import month_so_far
from civicportal.petitions.models import (
    Addition,
    AnswerVersion,
    DeskExport,
    MatterSubject,
    MatterView,
    Petition,
    PetitionFile,
    RecordEntry,
    Representative,
    Satisfaction,
)
from civicportal.petitions.queries.satisfaction import figures
from civicportal.petitions.services.satisfaction import recompute
from civicportal.petitions.services.views import keep_view
from civicportal.petitions.states import Opened, PetitionState, Publication
from civicportal.retention.models import HeldKind, LegalHold, RetentionRun
from civicportal.retention.queries import holds
from civicportal.retention.services import running
from civicportal.retention.services.holding import begin_hold, end_hold
from tests.architecture.doors.looking import everything
from tests.factories.accounts import PersonFactory, signed_in, staff
from tests.factories.institutions import InstitutionFactory
from tests.factories.petitions import Sent, answered, filed, published, rated

LONG = timedelta(days=365 * 11 + 10)
PDF = b"%PDF-1.4\n1 0 obj<<>>endobj\ntrailer<<>>\n%%EOF\n"
SECRET = "zebrafinch"


@pytest.fixture
def matter(app):
    """An answered, rated, published petition with a file, full of a word that must go."""
    institution = InstitutionFactory()
    officer = staff(Role.OFFICER, institution)
    petition = filed(None, institution, wants_public=True, title=f"About the {SECRET}",
                     text=f"The {SECRET} is dark since last week.", files=(Sent("note.txt", b"a note" * 9),))
    published(petition, officer)
    answered(petition, officer, f"The **{SECRET}** was repaired.")
    rated(petition, 4, f"Thanks for the {SECRET}.")
    return petition


def later(turn=running.run):
    with at(now() + LONG):
        return turn()


def again(petition):
    current().rollback()
    current().expire_all()
    return current().get_one(Petition, petition.id)


def words():
    """Everything that is stored, as text."""
    return "\n".join(row for rows in everything().values() for row in rows)


def test_nothing_goes_before_its_time(app, matter):
    with at(now() + timedelta(days=80)):
        assert set(running.run().values()) == {0}
    assert again(matter).title == f"About the {SECRET}"


def test_an_old_petition_loses_name_words_and_files(app, matter, client, media):
    assert SECRET in words()
    keys = current().scalars(select(PetitionFile.storage_key)).all()
    stored = [media / key[:2] / key[2:4] / key for key in keys]
    assert all(path.exists() for path in stored)
    assert stored
    with atomic() as session:
        session.execute(update(OutboxMessage).values(state=DeliveryState.SENT))
    gone = later()
    assert gone["petitions"] == 1
    old = again(matter)
    assert (old.author_id, old.title, old.text, old.files) == (None, old.number, "", [])
    assert old.publication is Publication.PRIVATE
    assert SECRET not in words()
    assert not any(path.exists() for path in stored)
    assert client.get(f"/en/petitions/{old.number}").status_code == 404
    assert later()["petitions"] == 0


def test_statistics_are_the_same_before_and_after(app, matter):
    institution_id = matter.assignments[-1].institution_id

    def statistics():
        before = app.config["SETTINGS"]
        app.config["SETTINGS"] = replace(before, satisfaction_batch=1)
        with atomic():
            recompute(institution_id)
        app.config["SETTINGS"] = before
        found = current().execute(
            select(Petition.type, Petition.state, Petition.region_code, Petition.filed_at, Petition.received_at,
                   Petition.due_at, Petition.answered_at).order_by(Petition.id)).all()
        told = figures(institution_id)
        return (month_so_far(), told.answered, told.responses, told.counts, found,
                current().scalars(select(Satisfaction.rating)).all())

    before = statistics()
    later()
    assert statistics() == before
    assert before[2] == 1


def test_the_public_record_says_that_it_was_removed(app, matter):
    later()
    acts = current().scalars(select(RecordEntry.act).where(
        RecordEntry.petition_id == matter.id).order_by(RecordEntry.id)).all()
    assert acts[-1].value == "removed"


def test_what_is_open_stays_however_old(app):
    petition = filed()
    assert later()["petitions"] == 0
    assert again(petition).text


def test_a_hold_keeps_a_petition_until_it_ends(app, matter):
    hold = begin_hold(SYSTEM, HeldKind.PETITION, matter.number, reason="Court of appeal")
    assert later()["petitions"] == 0
    end_hold(SYSTEM, hold.id)
    assert later()["petitions"] == 1


def test_a_hold_keeps_who_opened_a_petition(app, matter):
    officer = PersonFactory()
    for petition in (matter, filed(None, InstitutionFactory())):
        keep_view(petition.id, officer.id, Held(Role.OFFICER, None), Opened.MATTER)
    begin_hold(SYSTEM, HeldKind.PETITION, matter.number, reason="Court of appeal")
    later()
    current().rollback()
    assert current().scalars(select(MatterView.petition_id)).all() == [matter.id]


def test_the_reasons_of_exports_go_after_two_years(app):
    place = InstitutionFactory()
    officers = [staff(Role.OFFICER, place, address=f"o{number}@example.org") for number in range(2)]
    with atomic() as session:
        session.add_all([
            DeskExport(person_id=one.id, institution_id=place.id, reason="For the audit", rows=3) for one in officers])
    begin_hold(SYSTEM, HeldKind.PERSON, officers[1].address, reason="Inquiry")
    with at(now() + timedelta(days=365)):
        assert running.run()["exports"] == 0
    with at(now() + timedelta(days=3 * 366)):
        assert running.run()["exports"] == 1
    current().rollback()
    assert current().scalars(select(DeskExport.person_id)).all() == [officers[1].id]


def test_an_old_petition_forgets_who_acted_in_it_and_what_was_added(app, matter):
    official = staff(Role.OFFICER, matter.assignments[0].institution)
    with atomic() as session:
        session.add_all([
            Addition(petition_id=matter.id, number=1, text=f"More of the {SECRET}", salt="ab" * 32, added_at=now()),
            Representative(petition_id=matter.id, name=f"The {SECRET}", invited_at=now()),
            MatterSubject(petition_id=matter.id, person_id=official.id, named_by_id=official.id)])
    later()
    current().rollback()
    assert current().scalars(select(Addition.text)).all() == [""]
    assert current().scalars(select(Addition.salt)).all() == [""]
    assert current().scalars(select(Representative)).all() == current().scalars(select(MatterSubject)).all() == []


def test_a_hold_on_a_person_keeps_petitions_mails_acts_and_the_account(app, matter):
    author = current().get_one(Person, matter.author_id)
    with atomic():
        author.password_hash = hash_password("correct horse staple")
        record(AuditName.SIGNED_IN, actor_for(author), "person", author.id)
    begin_hold(SYSTEM, HeldKind.PERSON, author.address, reason="Inquiry")
    with atomic() as session:
        session.execute(update(OutboxMessage).values(state=DeliveryState.SENT))
    later()
    assert again(matter).author_id == author.id
    kept = current().scalars(select(OutboxMessage).where(OutboxMessage.person_id == author.id)).all()
    assert kept
    assert all(row.address for row in kept)
    assert current().scalar(select(AuditEvent.id).where(AuditEvent.name == "person:signed-in"))
    with speaking("en"), pytest.raises(Conflict, match="legal proceeding"):
        delete_account(actor_for(author), author, current_password="correct horse staple")
    assert again(matter).author.address


def test_mails_lose_their_contents_first_and_their_rows_later(app, matter):
    with atomic() as session:
        session.execute(update(OutboxMessage).values(state=DeliveryState.SENT))
    counts = outbox.counts()
    with at(now() + timedelta(days=91)):
        assert running.run()["mails"] > 0
    rows = current().scalars(select(OutboxMessage).where(OutboxMessage.channel == "email")).all()
    assert {(row.address, row.token, tuple(row.context)) for row in rows} == {(None, None, ())}
    assert outbox.counts() == counts
    assert current().scalar(select(OutboxMessage.id).where(OutboxMessage.channel == "portal"))
    with at(now() + timedelta(days=731)):
        assert running.run()["notices"] > 0
    assert current().scalar(select(OutboxMessage.id)) is None


def test_what_still_waits_to_be_sent_is_left_alone(app, matter):
    later()
    assert all(row.address for row in current().scalars(
        select(OutboxMessage).where(OutboxMessage.channel == "email")))


def test_sign_ins_go_before_other_acts(app):
    person = PersonFactory()
    with atomic():
        record(AuditName.SIGNED_IN, actor_for(person), "person", person.id)
        record(AuditName.PASSWORD_SET, actor_for(person), "person", person.id)
    with at(now() + timedelta(days=365 * 3 + 2)):
        gone = running.run()
    assert (gone["access"], gone["acts"]) == (1, 0)
    assert current().scalars(select(AuditEvent.name)).all() == ["person:password-set"]


def test_the_log_says_what_went_under_which_version(app, matter, monkeypatch):
    monkeypatch.setattr(running, "BATCH", 1)
    institution = matter.assignments[-1].institution
    answered(filed(None, institution), staff(Role.OFFICER, institution))
    later()
    row = current().scalar(select(RetentionRun).where(RetentionRun.period == "petitions"))
    assert (row.version, row.count) == (1, 2)
    assert row.finished_at >= row.started_at
    assert current().scalars(select(Petition.state)).all() == [PetitionState.ANSWERED] * 2
    assert set(current().scalars(select(AnswerVersion.text))) == {""}


# holds

@pytest.mark.parametrize(("kind", "named", "reason", "fields"), [
    (HeldKind.PETITION, "1234-NONE-XXXX", "why", {"named"}), (HeldKind.PERSON, "nobody@example.org", "why", {"named"}),
    (HeldKind.PERSON, "no address", "", {"named", "reason"})])
def test_a_hold_needs_something_to_hold_and_a_reason(app, kind, named, reason, fields):
    with pytest.raises(Invalid) as caught:
        begin_hold(SYSTEM, kind, named, reason=reason)
    assert set(caught.value.fields) == fields


def test_holds_are_audited_and_begun_once(app, matter):
    operator = actor_for(staff(Role.OPERATOR))
    hold = begin_hold(operator, HeldKind.PETITION, f" {matter.number} ", reason="Court")
    with pytest.raises(Invalid):
        begin_hold(operator, HeldKind.PETITION, matter.number, reason="Court")
    end_hold(operator, hold.id)
    with pytest.raises(NotFound):
        end_hold(operator, hold.id)
    acts = select(AuditEvent.name).where(AuditEvent.subject_kind == "hold").order_by(AuditEvent.id)
    names = current().scalars(acts).all()
    assert names == ["hold:begun", "hold:ended"]
    for person in (PersonFactory(), staff(Role.SUPPORT)):
        with pytest.raises(Forbidden):
            begin_hold(actor_for(person), HeldKind.PETITION, matter.number, reason="Court")
        with pytest.raises(Forbidden):
            end_hold(actor_for(person), hold.id)


# pages

def test_operators_hold_and_release_on_the_pages(app, matter):
    browser = signed_in(app, staff(Role.OPERATOR))
    later()
    page = browser.get("/en/operator/retention").get_data(as_text=True)
    assert "Nothing is held" in page
    assert "Petitions and proposals that were answered" in page
    fresh = filed()
    path = "/en/operator/retention/holds/new"
    wrong = browser.submit(path, {"kind": "petition", "named": "nothing like it", "reason": "Kept as typed"})
    assert wrong.status_code == 400
    assert "Kept as typed" in wrong.get_data(as_text=True)
    assert browser.submit(path, {"kind": "petition", "named": fresh.number, "reason": "Court"}).status_code == 303
    assert fresh.number in browser.get("/en/operator/retention").get_data(as_text=True)
    hold = current().scalar(select(LegalHold))
    assert browser.get(f"/en/operator/retention/holds/{hold.id}/end").status_code == 200
    assert len(holds()) == 1
    assert browser.submit(f"/en/operator/retention/holds/{hold.id}/end").status_code == 303
    current().rollback()
    assert len(holds()) == 0


@pytest.mark.parametrize("path", ["", "/holds/new", "/holds/1/end"])
def test_others_see_no_holds(app, client, path):
    assert client.get("/en/operator/retention" + path).status_code == 401
    assert signed_in(app, PersonFactory()).get("/en/operator/retention" + path).status_code == 403


def test_everybody_can_read_the_schedule(app, client):
    page = client.get("/en/privacy").get_data(as_text=True)
    assert "10 years after the year in which they were answered" in page
    assert "90 days after writing" in page
    assert "30 days after the last change" in page


def test_commands(app, matter):
    run = app.test_cli_runner().invoke
    assert run(args=["retention", "hold", "petition", matter.number, "--reason", "Court"]).exit_code == 0
    listed = run(args=["retention", "holds"]).output
    assert matter.number in listed
    assert run(args=["retention", "release", listed.split()[0]]).exit_code == 0
    assert "petitions   0" in run(args=["retention", "run"]).output
    assert run(args=["retention", "release", "99"]).exit_code == 1
