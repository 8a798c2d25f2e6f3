"""People, their roles, and browsers that are signed in as them."""

from datetime import timedelta

import factory
from flask import Flask

from civicportal.accounts.models import AccountSession, Grant, Person
from civicportal.core.clock import now
from civicportal.core.permissions import ROLE_SCOPE, Role, Scope
from civicportal.institutions.models import Institution
from tests.conftest import Browser
from tests.factories.base import PortalFactory


class PersonFactory(PortalFactory):
    """A citizen with a confirmed address."""

    class Meta:
        model = Person

    name = factory.Sequence(lambda n: f"시민{n}")
    address = factory.Sequence(lambda n: f"citizen{n}@example.org")
    address_canonical = factory.LazyAttribute(lambda person: person.address)
    locale = "ko"
    level = 1
    confirmed_at = factory.LazyFunction(now)
    level_since = factory.LazyAttribute(lambda person: person.confirmed_at)


class GrantFactory(PortalFactory):
    class Meta:
        model = Grant

    starts_at = factory.LazyFunction(now)


def staff(role: Role, institution: Institution | None = None, **person: object) -> Person:
    """A new person holding `role`, at `institution` where the role needs one."""
    someone: Person = PersonFactory(**person)
    scope = ROLE_SCOPE[role]
    GrantFactory(person_id=someone.id, role=role, scope_kind=scope,
                 scope_id=institution.id if institution and scope is Scope.INSTITUTION else None)
    return someone


def signed_in(app: Flask, person: Person, *, verified: bool = True) -> Browser:
    """A browser in which `person` is signed in; `verified`: the second factor was shown there just now."""

    class SessionFactory(PortalFactory):
        class Meta:
            model = AccountSession

    row = SessionFactory(person_id=person.id, browser="test", last_seen_at=now(), expires_at=now() + timedelta(hours=1),
                         verified_at=now() if verified else None)
    browser = app.test_client()
    assert isinstance(browser, Browser)
    with app.app_context(), browser.session_transaction() as session:
        session["_user_id"] = row.key
        session["_fresh"] = True
    return browser
