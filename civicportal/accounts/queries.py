"""Looking up people, sign-ins and grants."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import BindParameter, ColumnElement, and_, bindparam, or_, select
from sqlalchemy.orm import joinedload

from civicportal.accounts.canonical_address import canonical
from civicportal.accounts.models import AccountSession, Grant, Person
from civicportal.core.clock import now
from civicportal.core.configuration import settings
from civicportal.core.orm import UTCDateTime
from civicportal.core.permissions import ROLE_PERMISSIONS, Actor, Held, Permission, Role
from civicportal.core.transactions import current
from civicportal.notifications.models import Recipient


def _in_force(at: datetime | BindParameter[datetime]) -> tuple[ColumnElement[bool], ...]:
    return Grant.starts_at <= at, or_(Grant.ends_at.is_(None), Grant.ends_at > at)


_AT: BindParameter[datetime] = bindparam("at", type_=UTCDateTime())
_SIGNED_IN = (  # made once, and run without the ORM: every page of everybody who is signed in begins with it
    select(AccountSession.id, AccountSession.key, AccountSession.last_seen_at, AccountSession.expires_at,
           Person.id, Person.name, Person.level, Person.locale, Grant.role, Grant.scope_id)
    .join(Person, Person.id == AccountSession.person_id)
    .outerjoin(Grant, and_(Grant.person_id == Person.id, *_in_force(_AT)))
    .where(AccountSession.key == bindparam("of_key"), AccountSession.revoked_at.is_(None),
           AccountSession.expires_at > _AT, AccountSession.last_seen_at > bindparam("seen_after", type_=UTCDateTime()),
           Person.level > 0, Person.deleted_at.is_(None))
)


@dataclass(frozen=True)
class SignedIn:
    """A sign-in that holds now. `fresh_until`: when it ends unless the browser is seen again."""

    session_id: int
    key: str
    actor: Actor
    last_seen_at: datetime
    expires_at: datetime

    @property
    def fresh_until(self) -> datetime:
        """The earlier of the idle and the absolute end."""
        return min(self.last_seen_at + idle_time(), self.expires_at)


def idle_time() -> timedelta:
    """How long a sign-in lasts while nothing is done."""
    return timedelta(minutes=settings().session_idle_minutes)


def signed_in(key: str) -> SignedIn | None:
    """The sign-in with this key, its person and the grants in force, in one SELECT; None when it has ended."""
    at = now()
    given = {"of_key": key, "at": at, "seen_after": at - idle_time()}
    rows = current().connection().execute(_SIGNED_IN, given).all()
    if not rows:
        return None
    session_id, key, last_seen_at, expires_at, person_id, name, level, locale = rows[0][:8]
    held = [(row.role, row.scope_id) for row in rows if row.role is not None]
    return SignedIn(session_id, key, _actor(person_id, name, level, locale, held), last_seen_at, expires_at)


def actor_for(person: Person) -> Actor:
    """The person as an actor: a confirmed one is a citizen and holds the grants in force."""
    rows = current().execute(
        select(Grant.role, Grant.scope_id).where(Grant.person_id == person.id, *_in_force(now()))).all()
    return _actor(person.id, person.name, person.level, person.locale, [(row.role, row.scope_id) for row in rows])


def get_person(person_id: int) -> Person | None:
    """The person with this id, deleted ones included."""
    return current().get(Person, person_id)


def confirmed_by_address(address: str) -> Person | None:
    """The account with this address in any spelling. Raises ValueError for what is no mail address."""
    return current().scalar(select(Person).where(
        Person.address_canonical == canonical(address).text, Person.level > 0, Person.deleted_at.is_(None)))


def recipient(person: Person, *, unconfirmed: bool = False) -> Recipient | None:
    """Where to write to the person; None without an address, or with one that is not confirmed yet."""
    if person.address is None or person.deleted_at is not None or not (person.level or unconfirmed):
        return None
    return Recipient(person_id=person.id, address=person.address, locale=person.locale)


def staff_of(institution_id: int, permission: Permission) -> list[Person]:
    """People who now hold a role with this permission at the institution, by name."""
    roles = [role for role in Role if permission in ROLE_PERMISSIONS[role]]
    return list(current().scalars(
        select(Person).join(Grant, Grant.person_id == Person.id)
        .where(Grant.role.in_(roles), Grant.scope_id == institution_id, *_in_force(now()),
               Person.deleted_at.is_(None))
        .distinct().order_by(Person.name, Person.id)))


def holders(role: Role) -> list[Person]:
    """People who now hold a role in the whole portal, by name."""
    return list(current().scalars(
        select(Person).join(Grant, Grant.person_id == Person.id)
        .where(Grant.role == role, Grant.scope_id.is_(None), *_in_force(now()), Person.deleted_at.is_(None))
        .distinct().order_by(Person.name, Person.id)))


def grants_at(institution_id: int) -> list[Grant]:
    """Grants in force at the institution with their people, by name."""
    return list(current().scalars(
        select(Grant).join(Person, Person.id == Grant.person_id).options(joinedload(Grant.person))
        .where(Grant.scope_id == institution_id, *_in_force(now())).order_by(Person.name, Grant.id)))


def sessions_of(person_id: int) -> Sequence[AccountSession]:
    """The person's sign-ins that still hold, the last seen first."""
    at = now()
    return current().scalars(
        select(AccountSession)
        .where(AccountSession.person_id == person_id, AccountSession.revoked_at.is_(None),
               AccountSession.expires_at > at, AccountSession.last_seen_at > at - idle_time())
        .order_by(AccountSession.last_seen_at.desc(), AccountSession.id.desc())).all()


def _actor(
    person_id: int, name: str | None, level: int, locale: str, held: Iterable[tuple[Role, int | None]]
) -> Actor:
    roles = tuple(Held(role, scope_id) for role, scope_id in held)
    citizen = (Held(Role.CITIZEN),) if level > 0 else ()
    return Actor(person_id=person_id, name=name or "", level=level, locale=locale, held=citizen + roles)
