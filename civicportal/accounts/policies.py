"""Who may do what to accounts and grants."""

from civicportal.accounts.models import AccountSession, Person
from civicportal.core.permissions import Actor, Permission, Role


def can_edit_account(actor: Actor, person: Person) -> bool:
    """Everyone their own; and nobody an account that is not confirmed or is gone."""
    own = actor.person_id is not None and actor.person_id == person.id
    return own and person.level > 0 and person.deleted_at is None


def can_link_openid(actor: Actor, person: Person) -> bool:
    """Everyone with a role their own account."""
    return can_edit_account(actor, person) and any(held.role is not Role.CITIZEN for held in actor.held)


def can_end_session(actor: Actor, session: AccountSession) -> bool:
    """Everyone their own."""
    return actor.person_id is not None and actor.person_id == session.person_id


def can_reset_second_factor(actor: Actor, person: Person) -> bool:
    """Operators and the system, for others; the own one is replaced on the page of one's account."""
    return can_edit_grants(actor) and actor.person_id != person.id and person.deleted_at is None


def can_end_access(actor: Actor, person: Person) -> bool:
    """Operators and the system, for others; nobody locks themselves out by mistake."""
    return can_edit_grants(actor) and actor.person_id != person.id


def can_edit_grants(actor: Actor) -> bool:
    """Operators, and the system for the first operator and demo content."""
    return actor.person_id is None or actor.can(Permission.GRANT_EDIT)
