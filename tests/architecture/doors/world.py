"""A small portal with everything that can be hidden, and a browser for each kind of visitor."""

from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from types import SimpleNamespace
from uuid import uuid4

from flask import Flask

from civicportal.accounts.models import Passkey, Person, SecondFactor
from civicportal.accounts.queries import actor_for, grants_at, sessions_of
from civicportal.accounts.services import issue_token, token_text
from civicportal.accounts.states import TokenPurpose
from civicportal.core.clock import now
from civicportal.core.i18n import local
from civicportal.core.permissions import SYSTEM, Actor, Role
from civicportal.core.transactions import atomic, current
from civicportal.deadlines.models import ClosureKind
from civicportal.deadlines.services import add_closure
from civicportal.institutions.models import Institution
from civicportal.notifications import services as notifications
from civicportal.notifications.models import OutboxMessage
from civicportal.notifications.states import DeliveryState
from civicportal.petitions.models import Draft, Petition
from civicportal.petitions.services import appeals, desk
from civicportal.petitions.services.entering import Told, enter_filing
from civicportal.petitions.services.files import derive_file
from civicportal.petitions.services.record import keep_record
from civicportal.petitions.services.representatives import appoint
from civicportal.petitions.states import Channel
from civicportal.retention.models import HeldKind
from civicportal.retention.services.holding import begin_hold
from civicportal.voting.models import Dispute, PromiseClaim
from civicportal.voting.services.batches import make_batches
from tests.conftest import Browser
from tests.factories.accounts import GrantFactory, PersonFactory, signed_in, staff
from tests.factories.committee import filled_body, queued
from tests.factories.forum import begun, government_task, submitted
from tests.factories.institutions import DepartmentFactory, InstitutionFactory
from tests.factories.notifications import message
from tests.factories.petitions import (
    MatterSubjectFactory,
    Sent,
    answered,
    drafted,
    filed,
    guest_filed,
    published,
    rated,
    refused,
)
from tests.factories.voting import as_worker, open_secret_box

SECRET = "zebrafinch"  # in every title that is hidden, nowhere else
LINKS = {"register_confirm": TokenPurpose.REGISTER, "reset_set": TokenPurpose.RESET,
         "address_confirm": TokenPurpose.CHANGE_ADDRESS, "confirm": TokenPurpose.CONFIRM_FILING,
         "represent": TokenPurpose.REPRESENT}


class World:
    """`people` by role; `objects` by name, each with the values that stand in addresses."""

    def __init__(self, app: Flask) -> None:
        self.app = app
        self.here, self.there = InstitutionFactory(code="here"), InstitutionFactory(code="there")
        self.people = self._people(self.here, self.there)
        self.objects = {**self._petitions(), **self._tasks(), **self._votes(), **self._committee(),
                        **self._belongings(), **self._links()}

    def browser(self, role: str) -> Browser:
        """A browser of somebody with this role; a fresh one each time."""
        if role == "anonymous":
            browser = self.app.test_client()
            assert isinstance(browser, Browser)
            return browser
        return signed_in(self.app, self.people[role])

    def actor(self, role: str) -> Actor | None:
        """The role as services see it; None for somebody who is not signed in."""
        return actor_for(self.people[role]) if role in self.people else None

    def values(self, name: str) -> dict[str, object]:
        """What stands in the address of an object."""
        return dict(self.objects[name])

    @staticmethod
    def _people(here: Institution, there: Institution) -> dict[str, Person]:
        people = {
            "stranger": PersonFactory(), "author": PersonFactory(name="글쓴이"),
            "officer": staff(Role.OFFICER, here), "manager": staff(Role.MANAGER, here),
            "officer elsewhere": staff(Role.OFFICER, there), "manager elsewhere": staff(Role.MANAGER, there),
            "director elsewhere": staff(Role.DIRECTOR, there), "operator": staff(Role.OPERATOR),
            "reviewer": staff(Role.REVIEWER), "support": staff(Role.SUPPORT),
            "officer here, manager elsewhere": staff(Role.OFFICER, here),
            "officer whom it is about": staff(Role.OFFICER, here),
        }
        GrantFactory(person_id=people["officer here, manager elsewhere"].id, role=Role.MANAGER,
                     scope_kind="institution", scope_id=there.id)
        return people

    def _file(self, institution: Institution | None = None, **fields: object) -> Petition:
        return filed(self.people["author"], institution or self.here, title=f"The {SECRET} of mine",
                     text=f"About a {SECRET}.", files=(Sent("a.txt", b"hello"),), **fields)

    def _petitions(self) -> dict[str, dict[str, object]]:
        officer = self.people["officer"]
        made = {name: self._file() for name in ("private", "answered", "rated", "passed")}
        made |= {name: self._file(wants_public=True) for name in ("pending", "refused", "appealed")}
        made["triaged"] = filed(self.people["author"], title=f"{SECRET} somewhere", files=(Sent("a.txt", b"hello"),))
        made["unconfirmed"] = guest_filed(
            self.here, wants_public=True, title=f"{SECRET} later", files=(Sent("a.txt", b"hello"),))
        made["published"] = published(
            filed(self.people["author"], self.here, wants_public=True, files=(Sent("a.txt", b"hello"),)), officer)
        for name in ("answered", "rated"):
            answered(made[name], officer)
        rated(made["rated"], 1)
        refused(made["refused"])
        appeals.appeal(actor_for(self.people["author"]), refused(made["appealed"]), text="typed")
        part = made["passed"].assignments[0]
        desk.transfer(actor_for(officer), part, institution_code="there", reason="theirs", version=part.version)
        self.parts = {name: petition.assignments[-1] for name, petition in made.items() if petition.assignments}
        named = self.people["officer whom it is about"]
        subjects = {name: MatterSubjectFactory(petition_id=petition.id, person_id=named.id, named_by_id=officer.id)
                    for name, petition in made.items()}
        for petition in made.values():
            derive_file(petition.files[0].id)
        forged = {"public_id": made["private"].files[0].public_id, "token": f"1.9999999999.original.{'x' * 43}"}
        found = {name: {"number": petition.number, "public_id": petition.files[0].public_id}
                 for name, petition in made.items()}
        number = {"number": made["private"].number}
        return {**found, "subject": {**number, "subject_id": subjects["private"].id},
                "subject of another matter": {**number, "subject_id": subjects["pending"].id},
                "forged address of a file": forged, **self._others(made["private"])}

    def _others(self, petition: Petition) -> dict[str, dict[str, object]]:
        """An appointment, and what an officer entered for somebody."""
        one = appoint(actor_for(self.people["author"]), petition, name="Bada", address="bada@example.org")
        told = Told(key="0" * 32, channel=Channel.POST, filed_at=now() - timedelta(days=1), type="petition",
                    title=f"The {SECRET} of somebody", text=SECRET, name="Sunja")
        entered = enter_filing(actor_for(self.people["officer"]), self.here, told)
        return {"appointment": {"number": petition.number, "representative_id": one.id},
                "entered": {"number": entered.number}}

    def _tasks(self) -> dict[str, dict[str, object]]:
        """Drafts, with the number of an argument that none of them has; and one task that everybody sees."""
        told = {"title": SECRET, "problem": SECRET, "idea": SECRET}
        made = {
            "begun task": begun(self.people["author"], **told),
            "task begun by an institution": government_task(self.people["officer"], self.here, **told),
            "public task": submitted(self.people["author"]),
        }
        arguments = {"argument_id": 1}
        return {name: {"number": task.number, **(arguments if task.submitted_at is None else {})}
                for name, task in made.items()}

    def _votes(self) -> dict[str, dict[str, object]]:
        """A vote with a signed head; another with a claim and a dispute. Votes are public, what operators do is not."""
        box, other = open_secret_box(2, slug="a-vote"), open_secret_box(2, slug="another-vote")
        with TemporaryDirectory() as folder, as_worker(self.app, Path(folder)):
            make_batches()
            keep_record()
        with atomic() as session:
            claims = [PromiseClaim(box_id=one.id, leaf_hash="0" * 64, promise="typed", lodged_at=now())
                      for one in (box, other)]
            session.add_all([*claims, Dispute(box_id=other.id, suspects=1, enough=1, declared_at=now(), due_at=now())])
        vote = {"slug": box.slug}
        return {
            "vote": vote, "disputed vote": {"slug": other.slug}, "head": {**vote, "number": 1},
            "two heads": {**vote, "first": 1, "second": 1}, "file of a vote": {**vote, "name": "box.json"},
            "head of the record": {"number": 1}, "two heads of the record": {"first": 1, "second": 1},
            "claim": {**vote, "claim_id": claims[0].id}, "claim of another vote": {**vote, "claim_id": claims[1].id},
        }

    @staticmethod
    def _committee() -> dict[str, dict[str, object]]:
        """A body with an item in its queue, and a seat of another one. All of it is public."""
        body, other = filled_body(slug="a-body"), filled_body(slug="another-body")
        address = {"slug": body.slug}
        return {
            "body": address, "item": {"item_id": queued(body).id},
            "seat": {**address, "seat_id": body.members[0].id},
            "seat of another body": {**address, "seat_id": other.members[0].id},
        }

    def _belongings(self) -> dict[str, dict[str, object]]:
        author = self.people["author"]
        draft = drafted(author, title=SECRET, text=SECRET)
        signed_in(self.app, author)
        grant = grants_at(self.here.id)[0]
        department = DepartmentFactory(institution=self.here, code="roads")
        with atomic() as session:
            notifications.send(message(author.id, event="door:1", slug="petitions.published", optional=True,
                                       context={"number": "2510-0000-0000", "title": SECRET}))
            session.flush()
            mail, notice = (next(row for row in session.query(OutboxMessage).filter_by(event="door:1")
                                 if row.channel == channel) for channel in ("email", "portal"))
            mail.state = DeliveryState.FAILED
        with atomic() as session:
            session.add_all([
                SecondFactor(person_id=self.people["officer"].id, nonce="x", tries_since=now()),
                key := Passkey(person_id=self.people["officer"].id, credential="x", public_key="x", sign_count=0,
                               browser="")])
        return {
            "passkey": {"passkey_id": key.id}, "draft": {"key": draft.key}, "receipt": {"key": self._receipt()},
            "institution": {"code": "here"}, "own institution": {"code": "there"},
            "department": {"code": "here", "department_code": department.code},
            "grant": {"code": "here", "grant_id": grant.id},
            "grant of another institution": {"code": "there", "grant_id": grant.id},
            "session": {"session_id": sessions_of(author.id)[0].id}, "notice": {"notice_id": notice.id},
            "failed mail": {"message_id": mail.id},
            "hold": {"hold_id": begin_hold(SYSTEM, HeldKind.PETITION, self._number(), reason="Court").id},
            "closure": {"closure_id": add_closure(
                SYSTEM, day=local(now()).date(), kind=ClosureKind.CLOSED, name_ko="태풍", name_en="Typhoon",
                reason_ko="태풍", reason_en="Typhoon").id},
            "official": {"person_id": self.people["officer elsewhere"].id},
            "citizen": {"person_id": author.id},
            "optional mail": {"message_id": mail.id, "signature": "x" * 43},
            "mail that is not optional": {"message_id": self._plain_mail(), "signature": "x" * 43},
        }

    def _receipt(self) -> str:
        return current().query(Draft.key).filter(Draft.person_id == self.people["author"].id,
                                                 Draft.petition_id.is_not(None)).first()[0]

    @staticmethod
    def _number() -> str:
        return str(current().query(Petition.number).order_by(Petition.id).first()[0])

    @staticmethod
    def _plain_mail() -> int:
        return current().query(OutboxMessage.id).filter_by(optional=False, channel="email").first()[0]

    def _links(self) -> dict[str, dict[str, object]]:
        """For each kind of mailed link: one with a wrong secret, one that has run out, one for another purpose."""
        person, links = self.people["author"], {}
        for place, (name, purpose) in enumerate(LINKS.items()):
            other = list(LINKS.values())[place - 1]
            good, late, alien = (issue_token(person, kind, timedelta(hours=hours), {"address": "a@example.org"})
                                 for kind, hours in ((purpose, 1), (purpose, -1), (other, 1)))
            links |= {f"forged {name}": {"token": f"{good.selector}.{'x' * 43}"},
                      f"late {name}": {"token": token_text(late)}, f"alien {name}": {"token": token_text(alien)}}
        return links


ABSENT = SimpleNamespace(
    number="2510-ZZZZ-ZZZZ", public_id=uuid4(), key="A" * 24, code="nowhere", department_code="nowhere",
    notice_id=2_000_001, session_id=2_000_002, message_id=2_000_003, grant_id=2_000_004,
    token=f"{'A' * 16}.{'x' * 43}", signature="x" * 43, name="nobody", argument_id=2_000_005,
    slug="no-vote", claim_id=2_000_006, item_id=2_000_007, seat_id=2_000_008, hold_id=2_000_009,
    representative_id=2_000_010, person_id=2_000_011, subject_id=2_000_012, passkey_id=2_000_013, closure_id=2_000_014)
ABSENT_TASK = "T-2099-000001"


def absent_values(values: dict[str, object], *, keep: tuple[str, ...] = ()) -> dict[str, object]:
    """The same kind of address, for something that is not there."""
    absent = {name: value if name in keep else getattr(ABSENT, name) for name, value in values.items()}
    return absent | ({"number": ABSENT_TASK} if str(values.get("number", "")).startswith("T-") else {})
