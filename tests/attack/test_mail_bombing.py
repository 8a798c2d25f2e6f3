"""Nobody can have a stranger's mailbox filled: at most so many mails a day to one address from each door.

However the address is spelled, from whatever network, by whichever account. Observers of votes need no limit here:
each is mailed at the address of the own account, by their own wish.
"""

from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta
from secrets import token_hex

import pytest
import time_machine
from flask import Flask
from sqlalchemy import select

from civicportal.accounts.canonical_address import canonical
from civicportal.accounts.models import AddressRequest
from civicportal.accounts.queries import actor_for
from civicportal.accounts.services import answer_request, request_mail, request_new_address
from civicportal.accounts.services.tokens import MAILS_PER_DAY
from civicportal.accounts.states import TokenPurpose
from civicportal.core.clock import now
from civicportal.core.errors import DomainError
from civicportal.core.permissions import Role
from civicportal.core.transactions import current
from civicportal.notifications.models import OutboxMessage
from civicportal.petitions.services.entering import Told, enter_filing
from civicportal.petitions.services.filing import file_draft, readdress
from civicportal.petitions.services.representatives import appoint
from civicportal.petitions.states import Channel
from tests.accounts.conftest import HASH
from tests.factories.accounts import PersonFactory, staff
from tests.factories.institutions import InstitutionFactory
from tests.factories.petitions import drafted, filed, guest_filed

VICTIM = "victim@gmail.com"
TRIES = MAILS_PER_DAY + 5
Door = Callable[[str], None]


def spelled(number: int) -> str:
    """Another spelling of the same mailbox each time."""
    dots = ("victim", "v.ictim", "vi.ctim", "vic.tim", "V.I.C.T.I.M")
    return f"{dots[number % 5]}+{number}@{('gmail.com', 'googlemail.com', 'GMAIL.com')[number % 3]}"


def ask(purpose: TokenPurpose) -> Door:
    return lambda address: void(request_mail(purpose, address, locale="en", name="Somebody"))


def void(_result: object) -> None:
    for request_id in current().scalars(select(AddressRequest.id)).all():
        answer_request(request_id)


def file_as_guest(address: str) -> None:
    guest_filed(address=address)


def correct_the_address(address: str) -> None:
    """The receipt of a guest, whose link goes to another address."""
    draft = drafted(address=f"{token_hex(4)}@example.org")
    file_draft(None, draft, None)
    readdress(draft, address)


def change_the_own(address: str) -> None:
    person = PersonFactory()
    request_new_address(actor_for(person), person, address=address, current_password="")
    void(None)


def appoint_a_representative(address: str) -> None:
    author = PersonFactory()
    appoint(actor_for(author), filed(author), name="Bada", address=address)


def enter_for_somebody(address: str) -> None:
    institution = InstitutionFactory()
    told = Told(key=token_hex(16), channel=Channel.POST, filed_at=now() - timedelta(hours=1),
                type="petition", title="A lamp", text="It is dark.", name="Sunja", address=address)
    enter_filing(actor_for(staff(Role.OFFICER, institution)), institution, told)


DOORS: dict[str, Door] = {
    "registering": ask(TokenPurpose.REGISTER), "a code": ask(TokenPurpose.SIGN_IN_CODE),
    "a new password": ask(TokenPurpose.RESET), "filing as a guest": file_as_guest,
    "correcting the address": correct_the_address, "changing the own address": change_the_own,
    "appointing": appoint_a_representative, "entering for somebody": enter_for_somebody,
}


def mailed() -> int:
    """How many mails are on their way to the mailbox of the victim."""
    current().rollback()
    rows = current().scalars(select(OutboxMessage.address).where(OutboxMessage.channel == "email")).all()
    return sum(1 for address in rows if address and canonical(address).text == canonical(VICTIM).text)


@pytest.mark.parametrize("has_account", [False, True], ids=["a stranger", "somebody with an account"])
@pytest.mark.parametrize("name", DOORS)
def test_a_door_mails_one_mailbox_so_often_a_day(app: Flask, name: str, has_account: bool):
    if has_account:
        PersonFactory(address=VICTIM, address_canonical=canonical(VICTIM).text, password_hash=HASH)
    for number in range(TRIES):
        with suppress(DomainError):
            DOORS[name](spelled(number))
    sent = mailed()
    asks_owner_only = name in ("a code", "a new password") and not has_account
    assert sent == 0 if asks_owner_only else 0 < sent <= MAILS_PER_DAY
    with time_machine.travel(now() + timedelta(days=1, minutes=1), tick=False), suppress(DomainError):
        DOORS[name](spelled(TRIES))
    assert mailed() == sent + (0 if asks_owner_only else 1)


def test_all_doors_together_mail_one_mailbox_so_often_a_day(app: Flask):
    """Filing, and appointing, count for themselves, so that how often one can file tells nothing of an account."""
    for number in range(TRIES):
        for door in DOORS.values():
            with suppress(DomainError):
                door(spelled(number))
    assert mailed() <= 3 * MAILS_PER_DAY
