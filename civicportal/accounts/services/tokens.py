"""Mailed links and codes: made, read, and used once."""

import unicodedata
from collections.abc import Mapping
from datetime import timedelta

from sqlalchemy import func, or_, select, update
from sqlalchemy.orm import joinedload

from civicportal.accounts.models import MailToken, Person
from civicportal.accounts.states import TokenPurpose
from civicportal.core.clock import now
from civicportal.core.errors import Gone, Invalid
from civicportal.core.i18n import lazy
from civicportal.core.signing import mail_code, mail_token, same
from civicportal.core.transactions import atomic, current

CODE_LIFETIME = timedelta(minutes=10)
CODE_TRIES = 5
MAILS_PER_DAY = 20
_DAY = timedelta(days=1)
_SPENT = lazy("This link has been used or has run out. Ask for a new one.")
_CONFIRMED = lazy("This link has been used or has run out. If you have confirmed what you wrote, you need to do "
                  "nothing more: sign in to follow it.")
_WRONG = lazy("This code is not right, or it has run out. Check the e-mail, or ask for a new code.")


def issue_token(
    person: Person, purpose: TokenPurpose, lifetime: timedelta, data: Mapping[str, str] | None = None,
    *, selector: str | None = None,
) -> MailToken:
    """A new token for the person. `data`: what using it will need. `selector`: when a browser knows it already."""
    with atomic() as session:
        token = MailToken(purpose=purpose, person=person, expires_at=now() + lifetime, data=dict(data or {}))
        if selector:
            token.selector = selector
        session.add(token)
        session.flush()
    return token


def token_text(token: MailToken) -> str:
    """The secret text of the token, as it stands in links."""
    return mail_token(token.purpose.value, token.selector, token.nonce)


def read_token(text: str, purpose: TokenPurpose) -> MailToken:
    """The open token with this text. Changes nothing. Raises Gone when it is unknown, used or has run out."""
    selector = text.partition(".")[0].replace("\0", "")  # PostgreSQL takes no NUL, not even to compare
    token = current().scalar(
        select(MailToken).options(joinedload(MailToken.person))
        .where(MailToken.selector == selector, MailToken.purpose == purpose))
    if token is None or not same(text, token_text(token)) or token.used_at or token.expires_at <= now():
        raise _spent(purpose)
    return token


def use_token(text: str, purpose: TokenPurpose) -> MailToken:
    """Like `read_token`, and nobody can use it again: of two at once, one gets Gone."""
    with atomic():
        token = read_token(text, purpose)
        spend(token)
    return token


def spend(token: MailToken) -> None:
    """Mark the token used. Raises Gone when somebody was first."""
    with atomic() as session:
        taken = session.scalar(
            update(MailToken).where(MailToken.id == token.id, MailToken.used_at.is_(None))
            .values(used_at=now()).returning(MailToken.id))
        if taken is None:
            raise _spent(token.purpose)


def _spent(purpose: TokenPurpose) -> Gone:
    """The same for every cause, so that nobody learns which links there were."""
    return Gone(_CONFIRMED if purpose is TokenPurpose.CONFIRM_FILING else _SPENT)


def void_tokens(person: Person) -> None:
    """Make all open links and codes of the person worthless."""
    with atomic() as session:
        session.execute(
            update(MailToken).where(MailToken.person_id == person.id, MailToken.used_at.is_(None))
            .values(used_at=now()))


def check_code(selector: str, purpose: TokenPurpose, code: str) -> MailToken:
    """The open token this code belongs to, not yet spent. Raises Invalid, with the same sentence for every cause.

    Each call counts as a try in a transaction of its own, so it must not stand inside `atomic()`.
    """
    with atomic() as session:
        token = session.scalar(
            update(MailToken)
            .where(MailToken.selector == selector, MailToken.purpose == purpose, MailToken.used_at.is_(None),
                   MailToken.expires_at > now(), MailToken.tries < CODE_TRIES)
            .values(tries=MailToken.tries + 1).returning(MailToken))
    digits = "".join(unicodedata.normalize("NFKC", code).split())
    if token is None or not same(digits, mail_code(purpose.value, token.selector, token.nonce)):
        raise Invalid(_WRONG, {"code": _WRONG})
    return token


def newest_token(person: Person, purpose: TokenPurpose) -> MailToken | None:
    """The person's latest open token for this purpose."""
    return current().scalar(
        select(MailToken).where(MailToken.person_id == person.id, MailToken.purpose == purpose,
                                MailToken.used_at.is_(None), MailToken.expires_at > now())
        .order_by(MailToken.id.desc()).limit(1))


def mailed_enough(
    canonical_address: str, person_id: int | None = None, *, purpose: TokenPurpose | None = None
) -> bool:
    """Whether this address, or this person, has had as many links and codes (for `purpose`) as one day allows."""
    counted = select(func.count()).select_from(MailToken).join(Person).where(
        or_(Person.address_canonical == canonical_address, Person.id == person_id,
            MailToken.data["mailbox"].as_string() == canonical_address),  # a link to a new address of somebody else
        MailToken.created_at > now() - _DAY)
    count = current().scalar(counted.where(MailToken.purpose == purpose) if purpose else counted)
    return (count or 0) >= MAILS_PER_DAY
