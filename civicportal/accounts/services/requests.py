"""Mail asked for by typing an address. The page writes one row; a worker looks up who that is and answers."""

from datetime import timedelta

from sqlalchemy import select

from civicportal.accounts import emails
from civicportal.accounts.canonical_address import canonical, deliverable
from civicportal.accounts.models import AddressRequest, Person
from civicportal.accounts.queries import confirmed_by_address, get_person, is_staff
from civicportal.accounts.services.confirming import guest
from civicportal.accounts.services.tokens import CODE_LIFETIME, issue_token, mailed_enough
from civicportal.accounts.states import TokenPurpose
from civicportal.core.clock import now
from civicportal.core.configuration import settings
from civicportal.core.dialect import claim
from civicportal.core.tasks import enqueue
from civicportal.core.transactions import atomic, current
from civicportal.notifications.services import send

RESET_LIFETIME = timedelta(hours=1)
CHANGE_LIFETIME = timedelta(hours=24)
_PATIENCE = timedelta(seconds=30)


def request_mail(
    purpose: TokenPurpose, address: str, *, locale: str, name: str | None = None, person_id: int | None = None
) -> str:
    """Ask for a link or code to be mailed to `address`; the same work whether or not it is known.

    `name`: for registering. `person_id`: whose address is to change. Returns a selector that the browser keeps for
    entering a code. Raises ValueError for what is no mail address.
    """
    with atomic() as session:
        row = AddressRequest(purpose=purpose, address=deliverable(address), locale=locale, name=name,
                             person_id=person_id)
        session.add(row)
        session.flush()
        enqueue("accounts.answer_request", row.id)
    return row.selector


def answer_request(request_id: int) -> None:
    """Send what was asked for, or what the owner of the address should know. Quiet when it was answered before."""
    with atomic() as session:
        row = session.scalar(claim(select(AddressRequest).where(AddressRequest.id == request_id), session))
        if row is None:
            return
        session.delete(row)
        if not mailed_enough(canonical(row.address).text, row.person_id):
            _ANSWERS[row.purpose](row, confirmed_by_address(row.address))


def waiting_requests() -> list[int]:
    """Ids of requests whose task seems to be lost."""
    return list(current().scalars(
        select(AddressRequest.id).where(AddressRequest.created_at < now() - _PATIENCE).order_by(AddressRequest.id)))


def _register(row: AddressRequest, owner: Person | None) -> None:
    if owner is not None:
        _tell_owner(owner)
        return
    person = guest(row.name or "", row.address, None, row.locale)
    days = settings().confirm_days
    send(emails.register(issue_token(person, TokenPurpose.REGISTER, timedelta(days=days))))


def _code(row: AddressRequest, owner: Person | None) -> None:
    if owner is None:
        return
    if is_staff(owner):
        send(emails.code_refused(issue_token(owner, TokenPurpose.RESET, RESET_LIFETIME)))
    else:
        token = issue_token(owner, TokenPurpose.SIGN_IN_CODE, CODE_LIFETIME, selector=row.selector)
        send(emails.sign_in_code(token))


def _reset(_row: AddressRequest, owner: Person | None) -> None:
    if owner is not None:
        send(emails.reset(issue_token(owner, TokenPurpose.RESET, RESET_LIFETIME)))


def _change(row: AddressRequest, owner: Person | None) -> None:
    asker = get_person(row.person_id) if row.person_id else None
    if asker is None or asker.level < 1:
        return
    if owner is not None and owner.id != asker.id:
        _tell_owner(owner)
        return
    token = issue_token(asker, TokenPurpose.CHANGE_ADDRESS, CHANGE_LIFETIME, {
        "address": row.address, "mailbox": canonical(row.address).text})
    send(emails.change_address(token))


def _tell_owner(owner: Person) -> None:
    send(emails.known_address(issue_token(owner, TokenPurpose.RESET, RESET_LIFETIME)))


_ANSWERS = {
    TokenPurpose.REGISTER: _register,
    TokenPurpose.SIGN_IN_CODE: _code,
    TokenPurpose.RESET: _reset,
    TokenPurpose.CHANGE_ADDRESS: _change,
}
