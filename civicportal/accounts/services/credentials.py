"""Setting, changing and resetting passwords."""

from civicportal.accounts import emails
from civicportal.accounts.models import Person
from civicportal.accounts.passwords import (
    MAX_LENGTH,
    MIN_LENGTH,
    Weakness,
    hash_password,
    verify_password,
    weakness,
)
from civicportal.accounts.policies import can_edit_account
from civicportal.accounts.queries import actor_for
from civicportal.accounts.services.sessions import end_sessions
from civicportal.accounts.services.tokens import read_token, use_token, void_tokens
from civicportal.accounts.states import TokenPurpose
from civicportal.core.audit import AuditName, record
from civicportal.core.clock import now
from civicportal.core.configuration import settings
from civicportal.core.errors import Forbidden, Gone, Invalid
from civicportal.core.i18n import lazy
from civicportal.core.permissions import Actor
from civicportal.core.transactions import atomic
from civicportal.notifications.services import send

_SENTENCES = {
    Weakness.SHORT: lazy("Use at least %(count)s characters. Three or four words in a row are easy to remember.",
                         count=MIN_LENGTH),
    Weakness.LONG: lazy("Use at most %(count)s characters.", count=MAX_LENGTH),
    Weakness.COMMON: lazy("Many people use this password, so it is easily guessed. Choose another one."),
    Weakness.PLAIN: lazy("This password follows a simple pattern, so it is easily guessed. Choose another one."),
    Weakness.OWN: lazy("This password contains your name, your address or the name of this portal. "
                       "Choose one that has nothing to do with them."),
}
_WRONG = lazy("This is not your present password.")


def check_strength(person: Person, password: str) -> None:
    """Raises Invalid with a sentence for the field `new_password` when the password may not be chosen."""
    local = (person.address or "").partition("@")[0]
    portal = [settings().portal_name(locale) for locale in settings().locales]
    found = weakness(password, [local, person.name or "", *(person.name or "").split(), *portal])
    if found is not None:
        raise Invalid(_SENTENCES[found], {"new_password": _SENTENCES[found]})


def check_password(person: Person, password: str) -> None:
    """Ask for the present password again before something grave; an account without one passes.

    Raises Invalid with a sentence for the field `current_password`.
    """
    if person.password_hash is not None and not verify_password(person.password_hash, password):
        raise Invalid(_WRONG, {"current_password": _WRONG})


def change_password(
    actor: Actor, person: Person, *, current_password: str, new_password: str, session_id: int | None
) -> None:
    """Set the own password; every other sign-in of the account ends. Raises Invalid or Forbidden."""
    if not can_edit_account(actor, person):
        raise Forbidden(lazy("You can only change your own account."))
    check_password(person, current_password)
    check_strength(person, new_password)
    _set_password(actor, person, hash_password(new_password), keep=session_id)


def reset_password(text: str, new_password: str) -> Person:
    """Set a new password by a mailed link; all sign-ins of the account end. Raises Gone or Invalid."""
    check_strength(read_token(text, TokenPurpose.RESET).person, new_password)
    hashed = hash_password(new_password)
    with atomic():
        person = use_token(text, TokenPurpose.RESET).person
        if person.level < 1:
            raise Gone(lazy("This account has been deleted."))
        _set_password(actor_for(person), person, hashed)
    return person


def _set_password(actor: Actor, person: Person, hashed: str, *, keep: int | None = None) -> None:
    with atomic():
        person.password_hash = hashed
        end_sessions(person.id, keep=keep)
        void_tokens(person)
        record(AuditName.PASSWORD_SET, actor, "person", person.id)
        send(emails.password_changed(person, now()))
