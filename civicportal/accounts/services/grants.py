"""Giving and ending roles."""

from sqlalchemy import select

from civicportal.accounts.models import Grant, Person
from civicportal.accounts.passwords import hash_password
from civicportal.accounts.policies import can_edit_grants
from civicportal.accounts.queries import confirmed_by_address
from civicportal.accounts.services.confirming import confirm_address, guest
from civicportal.accounts.services.credentials import check_strength
from civicportal.core.audit import AuditName, record
from civicportal.core.clock import now
from civicportal.core.configuration import settings
from civicportal.core.errors import Forbidden, Invalid
from civicportal.core.i18n import lazy
from civicportal.core.permissions import ROLE_SCOPE, SYSTEM, Actor, Role, Scope
from civicportal.core.transactions import atomic

_RIGHTS = lazy("You do not have the right to do this.")


def grant_role(actor: Actor, person: Person, role: Role, institution_id: int | None = None) -> Grant:
    """Give a role from now on; the same role in the same scope is not given twice.

    Raises Forbidden, or Invalid when role and scope do not fit or the person is not confirmed.
    """
    if not can_edit_grants(actor):
        raise Forbidden(_RIGHTS)
    scope = ROLE_SCOPE[role]
    if role is Role.CITIZEN or (scope is Scope.INSTITUTION) != (institution_id is not None):
        raise Invalid(lazy("This role needs a place where it can be held."))
    with atomic() as session:
        if person.level < 1 or person.deleted_at is not None:
            raise Invalid(lazy("Only people with a confirmed address can be given a role."))
        session.scalars(select(Person.id).where(Person.id == person.id).with_for_update()).one()
        held = session.scalar(select(Grant).where(
            Grant.person_id == person.id, Grant.role == role, Grant.scope_id.is_not_distinct_from(institution_id),
            Grant.ends_at.is_(None)))
        if held is not None:
            return held
        grant = Grant(person=person, role=role, scope_kind=scope, scope_id=institution_id, starts_at=now(),
                      given_by_id=actor.person_id)
        session.add(grant)
        session.flush()
        record(AuditName.GRANT_ADDED, actor, "person", person.id, role=role.value, institution_id=institution_id)
        return grant


def end_grant(actor: Actor, grant: Grant) -> None:
    """End a role at once; ended ones stay as they are. Raises Forbidden."""
    if not can_edit_grants(actor):
        raise Forbidden(_RIGHTS)
    with atomic():
        if grant.ends_at is None or grant.ends_at > now():
            grant.ends_at = now()
            record(AuditName.GRANT_ENDED, actor, "person", grant.person_id, role=grant.role.value,
                   institution_id=grant.scope_id)


def create_operator(*, address: str, name: str, password: str) -> Person:
    """Make a confirmed account with the role of an operator; an account that is there keeps its name and password.

    Raises Invalid for a weak password, ValueError for what is no name or address.
    """
    with atomic():
        person = confirmed_by_address(address)
        if person is None:
            person = confirm_address(guest(name, address, None, settings().locales[0]), SYSTEM)
            check_strength(person, password)
            person.password_hash = hash_password(password)
        grant_role(SYSTEM, person, Role.OPERATOR)
    return person
