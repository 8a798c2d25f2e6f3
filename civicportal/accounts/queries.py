"""Looking up people, sign-ins and grants."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import BindParameter, ColumnElement, and_, bindparam, exists, func, or_, select
from sqlalchemy.orm import joinedload

from civicportal.accounts.canonical_address import canonical
from civicportal.accounts.models import (
    AccountSession,
    Grant,
    OpenIDLink,
    Passkey,
    Person,
    RecoveryCode,
    SecondFactor,
)
from civicportal.accounts.openid_tokens import Said
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
           AccountSession.verified_at, Person.id, Person.name, Person.level, Person.locale, Grant.role, Grant.scope_id)
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
    verified_at: datetime | None

    @property
    def halfway(self) -> bool:
        """Whether the person has yet to show the second factor that a role asks for."""
        return self.verified_at is None and needs_second_factor(self.actor)

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
    session_id, key, last_seen_at, expires_at, verified_at, person_id, name, level, locale = rows[0][:9]
    held = [(row.role, row.scope_id) for row in rows if row.role is not None]
    return SignedIn(session_id, key, _actor(person_id, name, level, locale, held), last_seen_at, expires_at,
                    verified_at)


def needs_second_factor(actor: Actor) -> bool:
    """Whether the person holds a role that is only worth something with a second factor."""
    return settings().second_factor == "on" and _holds_role(actor)


def is_staff(person: Person) -> bool:
    """Whether the person holds more than a citizen's rights."""
    return _holds_role(actor_for(person))


def _holds_role(actor: Actor) -> bool:
    return any(held.role is not Role.CITIZEN for held in actor.held)


def second_factor_of(person_id: int) -> SecondFactor | None:
    """The person's second factor, if one was set up."""
    return current().get(SecondFactor, person_id)


def passkeys_of(person_id: int) -> Sequence[Passkey]:
    """The person's passkeys, the oldest first."""
    return current().scalars(select(Passkey).where(Passkey.person_id == person_id).order_by(Passkey.id)).all()


def openid_link_of(person_id: int) -> OpenIDLink | None:
    """The person's link to the OpenID provider of the settings."""
    return current().scalar(select(OpenIDLink).where(
        OpenIDLink.person_id == person_id, OpenIDLink.issuer == settings().oidc_issuer))


def openid_shows(said: Said) -> bool:
    """Whether the settings take what the provider says of a sign-in (`acr`, `amr`) for a second factor."""
    return said.acr in settings().oidc_second_factor_acr or bool(said.amr & {*settings().oidc_second_factor_amr})


def can_show_openid(person_id: int) -> bool:
    """Whether the person may show a second factor at the OpenID provider."""
    accepted = settings().oidc_second_factor_acr or settings().oidc_second_factor_amr
    return bool(settings().oidc_issuer and accepted) and openid_link_of(person_id) is not None


def recovery_codes_left(person_id: int) -> int:
    """How many of the person's recovery codes were not used."""
    return current().scalar(select(func.count()).select_from(RecoveryCode).where(
        RecoveryCode.person_id == person_id, RecoveryCode.used_at.is_(None))) or 0


def session_row(session_id: int) -> AccountSession:
    """One sign-in that is there."""
    return current().get_one(AccountSession, session_id)


def actor_for(person: Person) -> Actor:
    """The person as an actor: a confirmed one is a citizen and holds the grants in force."""
    rows = current().execute(
        select(Grant.role, Grant.scope_id).where(Grant.person_id == person.id, *_in_force(now()))).all()
    return _actor(person.id, person.name, person.level, person.locale, [(row.role, row.scope_id) for row in rows])


def get_person(person_id: int) -> Person | None:
    """The person with this id, deleted ones included."""
    return current().get(Person, person_id)


def official(person_id: int) -> Person | None:
    """The person with this id who holds a role now; in one SELECT, so that a citizen's id tells nothing."""
    return current().scalar(select(Person).where(Person.id == person_id, Person.deleted_at.is_(None), exists().where(
        Grant.person_id == Person.id, *_in_force(now()))))


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


def grants_of(person_id: int) -> list[Grant]:
    """The person's grants in force, the oldest first."""
    return list(current().scalars(
        select(Grant).where(Grant.person_id == person_id, *_in_force(now())).order_by(Grant.id)))


def portal_grants() -> list[Grant]:
    """Grants in force in the whole portal with their people, by name."""
    return list(current().scalars(
        select(Grant).join(Person, Person.id == Grant.person_id).options(joinedload(Grant.person))
        .where(Grant.scope_id.is_(None), *_in_force(now())).order_by(Person.name, Grant.id)))


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
