"""Filing for somebody: the clock of the original receipt, a signed one to print, the address confirmed later."""

from datetime import timedelta
from io import BytesIO
from secrets import token_hex

import pytest
from sqlalchemy import select

from civicportal.accounts.models import Person
from civicportal.accounts.queries import actor_for
from civicportal.core.clock import now
from civicportal.core.errors import Forbidden, Gone, Invalid
from civicportal.core.i18n import local
from civicportal.core.permissions import SYSTEM, Role
from civicportal.core.transactions import current
from civicportal.deadlines.queries import portal_deadline
from civicportal.deadlines.rules import PETITION
from civicportal.notifications.states import DeliveryState
from civicportal.petitions.models import Petition
from civicportal.petitions.queries.receipts import content_of, file_of
from civicportal.petitions.services.entering import Told, enter_filing, readdress_entry
from civicportal.petitions.services.receipts import verify
from civicportal.petitions.services.reception import confirm
from civicportal.petitions.services.restoring import Beside, Outcome, restore
from civicportal.petitions.services.unconfirmed import purge_unconfirmed
from civicportal.petitions.states import Channel, PetitionState
from tests.conftest import empty_database
from tests.factories.accounts import PersonFactory, signed_in, staff
from tests.factories.institutions import InstitutionFactory
from tests.factories.petitions import Sent
from tests.petitions import samples
from tests.petitions.test_filing import confirm_token, mails

pytestmark = pytest.mark.usefixtures("app")
ADDRESS = "grandmother@example.org"


@pytest.fixture
def here():
    return InstitutionFactory(code="body-a")


@pytest.fixture
def officer(here):
    return staff(Role.OFFICER, here)


def told(**fields):
    given = {
        "key": token_hex(16), "channel": Channel.COUNTER, "filed_at": now() - timedelta(days=2, minutes=5),
        "type": "petition", "title": "The bus stop has no roof", "text": "When it rains we all get wet.",
        "name": "Park Sunja", "locale": "en"}
    return Told(**{**given, **fields})


def entered(officer, here, *files, **fields):
    return enter_filing(actor_for(officer), here, told(**fields), files)


def test_the_clock_counts_from_when_it_reached_the_institution(officer, here):
    given = told()
    petition = enter_filing(actor_for(officer), here, given, [Sent("scan.pdf", samples.PDF)])
    assert petition.filed_at == petition.received_at == given.filed_at
    assert petition.due_at == portal_deadline(PETITION, given.filed_at).due_at
    assert petition.entered_at > petition.filed_at
    part = petition.assignments[0]
    assert (part.institution_id, part.received_at) == (here.id, given.filed_at)
    assert (petition.channel, petition.state) == (Channel.COUNTER, PetitionState.RECEIVED)
    assert [file.name for file in petition.files] == ["scan.pdf"]


def test_the_receipt_is_signed_with_channel_and_both_times(officer, here):
    petition = entered(officer, here)
    checked = verify(file_of(petition.receipt))
    assert checked.genuine
    assert checked.statement.at == petition.filed_at.replace(microsecond=0) or checked.statement.at == petition.filed_at
    assert content_of(petition.receipt)["fields"]["channel"] == "counter"
    assert "entered_at" in content_of(petition.receipt)["fields"]


@pytest.mark.parametrize(("fields", "named"), [
    ({"filed_at": now() + timedelta(hours=30)}, "clock"),
    ({"filed_at": now() - timedelta(days=31)}, "day"),
    ({"channel": Channel.ONLINE}, "channel"),
    ({"title": "  "}, "title"), ({"text": ""}, "text"),
    ({"name": ""}, "address"), ({"address": "no address"}, "address"),
])
def test_what_cannot_be_is_refused_by_name(officer, here, fields, named):
    with pytest.raises(Invalid) as refused:
        entered(officer, here, **fields)
    assert named in refused.value.fields
    assert current().scalars(select(Petition)).all() == []


def test_a_bad_scan_files_nothing_and_leaves_nothing(officer, here, media):
    before = sum(path.is_file() for path in media.rglob("*"))
    with pytest.raises(Invalid):
        entered(officer, here, Sent("ok.txt", b"fine"), Sent("x.exe", b"MZ\x90\0"))
    assert current().scalars(select(Petition)).all() == []
    assert sum(path.is_file() for path in media.rglob("*")) == before


def test_the_same_page_twice_is_one(officer, here, media):
    given = told()
    first = enter_filing(actor_for(officer), here, given, [Sent("a.txt", b"scan")])
    stored = sum(path.is_file() for path in media.rglob("*"))
    assert enter_filing(actor_for(officer), here, given, [Sent("a.txt", b"scan")]).id == first.id
    assert sum(path.is_file() for path in media.rglob("*")) == stored


def test_only_officers_of_the_institution(here):
    for person in (PersonFactory(), staff(Role.OPERATOR), staff(Role.OFFICER, InstitutionFactory())):
        with pytest.raises(Forbidden):
            entered(person, here)


def test_without_an_address_nobody_is_mailed(officer, here):
    petition = entered(officer, here, phone="02-1234-5678")
    assert (petition.author.name, petition.author.address, petition.author.level) == ("Park Sunja", None, 0)
    assert mails("petitions.entered") == mails("petitions.received") == []


@pytest.mark.parametrize("account", [False, True])
def test_who_confirms_the_address_owns_it_and_gets_the_receipt_by_mail(app, client, officer, here, account):
    person = PersonFactory(address=ADDRESS, address_canonical=ADDRESS) if account else None
    petition = entered(officer, here, address=ADDRESS)
    assert mails("petitions.received") == []
    [mail] = mails("petitions.entered")
    assert (mail.address, "roof" in str(mail.context.get("text", ""))) == (ADDRESS, False)
    path = f"/en/petitions/confirm/{confirm_token(petition)}"
    assert "An officer filed this for you" in client.get(path).get_data(as_text=True)
    received_at = petition.received_at
    confirm(None, confirm_token(petition))
    current().refresh(petition)
    assert petition.author.level == 1
    assert person is None or petition.author_id == person.id
    assert petition.received_at == received_at
    assert [mail.address for mail in mails("petitions.received")] == [ADDRESS]
    assert len(petition.assignments) == 1


def test_it_is_not_deleted_when_nobody_confirms(officer, here):
    petition = entered(officer, here, address=ADDRESS, filed_at=now() - timedelta(days=20))
    purge_unconfirmed()
    assert current().get(Petition, petition.id) is not None


@pytest.mark.parametrize("address", ["", ADDRESS])
def test_it_comes_back_from_its_receipt(officer, here, address):
    petition = entered(officer, here, address=address)
    text, filed_at, number = file_of(petition.receipt), petition.filed_at, petition.number
    current().rollback()
    current().expunge_all()
    empty_database()
    InstitutionFactory(code="body-a")
    assert restore(SYSTEM, text.encode(), Beside.of([])).outcome is Outcome.RESTORED
    back = current().scalars(select(Petition)).one()
    assert (back.number, back.channel, back.received_at) == (number, Channel.COUNTER, back.filed_at)
    assert abs(back.filed_at - filed_at) < timedelta(seconds=1)
    assert back.entered_at is not None
    assert len(mails("petitions.entered")) == bool(address)
    assert current().scalars(select(Person)).one().name == "Park Sunja"


def form(**fields):
    at = local(now() - timedelta(days=1))
    return {"channel": "telephone", "day-year": str(at.year), "day-month": str(at.month), "day-day": str(at.day),
            "clock": "9:30", "type": "petition", "title": "No roof", "text": "We get wet.", "name": "Park Sunja",
            **fields}


def once(browser):
    page = browser.get("/en/desk/body-a/enter").get_data(as_text=True)
    return page.partition('name="once"')[2].partition('value="')[2].partition('"')[0]


def test_filing_on_the_page_leads_to_the_receipt_to_print(app, officer, here, monkeypatch):
    monkeypatch.setitem(app.config, "MAX_CONTENT_LENGTH", 10_000)  # the scan is more than a plain form may carry
    browser = signed_in(app, officer)
    assert "/en/desk/body-a/enter" in browser.get("/en/desk/body-a").get_data(as_text=True)
    wrong = browser.submit("/en/desk/body-a/enter", form(clock="25:00", once=once(browser)))
    assert wrong.status_code == 400
    assert "We get wet." in wrong.get_data(as_text=True)
    scan = BytesIO(b"x" * 50_000)
    done = browser.submit("/en/desk/body-a/enter", form(once=once(browser), files=[(scan, "scan.txt")]))
    assert done.status_code == 303
    page = browser.get(done.location).get_data(as_text=True)
    petition = current().scalars(select(Petition)).one()
    for piece in (petition.number, "We get wet.", "By telephone", "<svg", "scan.txt"):
        assert piece in page, piece
    assert local(petition.filed_at).strftime("%H:%M") == "09:30"


def test_the_receipt_of_others_is_not_for_the_desk(app, officer, here):
    petition = entered(officer, here)
    path = f"/en/desk/matters/{petition.number}/receipt"
    assert signed_in(app, officer).get(path).status_code == 200
    assert signed_in(app, staff(Role.OFFICER, InstitutionFactory())).get(path).status_code == 404
    assert signed_in(app, staff(Role.OFFICER, InstitutionFactory())).get("/en/desk/body-a/enter").status_code == 404
    assert signed_in(app, PersonFactory()).get(path).status_code == 403


def test_an_address_that_was_mistyped_is_corrected_until_it_is_confirmed(app, officer, here):
    petition = entered(officer, here, address="grandmothre@example.org")
    former, wrong = petition.author, confirm_token(petition)
    before = verify(file_of(petition.receipt)).statement.digest
    browser, path = signed_in(app, officer), f"/en/desk/matters/{petition.number}"
    assert f"{path}/address" in browser.get(f"{path}/receipt").get_data(as_text=True)
    assert browser.submit(f"{path}/address", {"address": "no address"}).status_code == 400
    assert browser.submit(f"{path}/address", {"address": ADDRESS}).status_code == 303
    current().rollback()
    current().expire_all()
    petition = current().get_one(Petition, petition.id)
    assert (petition.author.address, petition.author.name) == (ADDRESS, "Park Sunja")
    assert current().get_one(Person, former.id).name is None
    assert verify(file_of(petition.receipt)).genuine
    assert verify(file_of(petition.receipt)).statement.digest != before
    with pytest.raises(Gone):
        confirm(None, wrong)
    confirm(None, confirm_token(petition))
    assert browser.get(f"{path}/address").status_code == 404
    assert f"{path}/address" not in browser.get(f"{path}/receipt").get_data(as_text=True)
    with pytest.raises(Forbidden):
        readdress_entry(actor_for(officer), current().get_one(Petition, petition.id), "thief@example.org")


def test_who_has_no_address_after_all_is_mailed_nothing_more(officer, here):
    petition = entered(officer, here, address=ADDRESS)
    readdress_entry(actor_for(officer), petition, " ")
    assert petition.author.address is None
    assert [mail.state for mail in mails("petitions.entered")] == [DeliveryState.CANCELLED]


def test_other_desks_correct_nothing(officer, here):
    petition = entered(officer, here, address=ADDRESS)
    for actor in (actor_for(staff(Role.OFFICER, InstitutionFactory())), actor_for(PersonFactory())):
        with pytest.raises(Forbidden):
            readdress_entry(actor, petition, "thief@example.org")
