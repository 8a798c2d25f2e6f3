"""Tables of people, their sessions, mailed tokens and grants."""

import secrets
from datetime import datetime

from sqlalchemy import (
    JSON,
    BigInteger,
    CheckConstraint,
    ForeignKey,
    Index,
    Integer,
    String,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column, relationship

from civicportal.accounts.states import OpenIDAct, TokenPurpose
from civicportal.core.orm import Base, UTCDateTime, created, enum_type, intpk, moment
from civicportal.core.permissions import Role, Scope


class AddressIdentity(Base):
    """One confirmed mail address, known only by its HMAC. Survives change and deletion of the account."""

    __tablename__ = "address_identities"

    id: Mapped[intpk]
    digest: Mapped[str] = mapped_column(String(64), unique=True)
    rules_version: Mapped[int] = mapped_column(Integer)
    created_at: Mapped[created]


class Person(Base):
    """Somebody who files or works here. Level 0 has not confirmed the address and cannot sign in.

    A deleted account keeps its row, for the acts that name it, but no personal data.
    """

    __tablename__ = "people"
    __table_args__ = (
        CheckConstraint("level BETWEEN 0 AND 2", name="level"),
        UniqueConstraint("provider", "provider_subject"),
        Index("uq_people_confirmed_address", "address_canonical", unique=True,
              sqlite_where=text("level > 0"), postgresql_where=text("level > 0")),
    )

    id: Mapped[intpk]
    name: Mapped[str | None] = mapped_column(String(200))
    address: Mapped[str | None] = mapped_column(String(320))
    address_canonical: Mapped[str | None] = mapped_column(String(320), index=True)
    phone: Mapped[str | None] = mapped_column(String(40))
    password_hash: Mapped[str | None] = mapped_column(String(255))
    locale: Mapped[str] = mapped_column(String(8))
    level: Mapped[int] = mapped_column(Integer, default=0)
    level_since: Mapped[datetime | None] = mapped_column(UTCDateTime, index=True)
    identity_id: Mapped[int | None] = mapped_column(ForeignKey("address_identities.id"))
    provider: Mapped[str | None] = mapped_column(String(40))
    provider_subject: Mapped[str | None] = mapped_column(String(64))
    created_at: Mapped[created]
    confirmed_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    deleted_at: Mapped[datetime | None] = mapped_column(UTCDateTime)

    grants: Mapped[list["Grant"]] = relationship(back_populates="person", foreign_keys="Grant.person_id")


class AccountSession(Base):
    """One signed-in browser. The cookie holds `key`; ending the row signs that browser out.

    `verified_at`: when a second factor was last shown here; people with a role are strangers until then. `challenge`:
    what a passkey is to sign next here, once.
    """

    __tablename__ = "account_sessions"

    id: Mapped[intpk]
    key: Mapped[str] = mapped_column(String(64), unique=True, default=lambda: secrets.token_urlsafe(32))
    person_id: Mapped[int] = mapped_column(ForeignKey("people.id", ondelete="CASCADE"), index=True)
    browser: Mapped[str] = mapped_column(String(80))
    created_at: Mapped[created]
    last_seen_at: Mapped[moment]
    expires_at: Mapped[moment]
    revoked_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    verified_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    challenge: Mapped[str | None] = mapped_column(String(64))

    person: Mapped[Person] = relationship()


class SecondFactor(Base):
    """That somebody with a role has a second factor: an authenticator app, passkeys, or both.

    The secret of the app is derived from `nonce` and IDENTITY_KEY, never stored; without a nonce there is no app.
    `last_step`: the half minute (since 1970) whose code was used last; a code is good for once. `tries`: wrong codes
    since `tries_since`.
    """

    __tablename__ = "second_factors"

    person_id: Mapped[int] = mapped_column(ForeignKey("people.id", ondelete="CASCADE"), primary_key=True)
    nonce: Mapped[str | None] = mapped_column(String(64))
    last_step: Mapped[int] = mapped_column(Integer, default=0)
    tries: Mapped[int] = mapped_column(Integer, default=0)
    tries_since: Mapped[moment]
    created_at: Mapped[created]


class Passkey(Base):
    """A key pair whose private half stays in the person's device (WebAuthn). Identifier and public key in Base64url.

    `sign_count`: how often the device says it has signed; one that goes back was copied.
    """

    __tablename__ = "passkeys"

    id: Mapped[intpk]
    person_id: Mapped[int] = mapped_column(ForeignKey("people.id", ondelete="CASCADE"), index=True)
    credential: Mapped[str] = mapped_column(Text, unique=True)
    public_key: Mapped[str] = mapped_column(Text)
    sign_count: Mapped[int] = mapped_column(BigInteger)
    browser: Mapped[str] = mapped_column(String(80))
    created_at: Mapped[created]


class RecoveryCode(Base):
    """One of the codes that stand in for a lost authenticator, once each; kept as a keyed digest."""

    __tablename__ = "recovery_codes"

    id: Mapped[intpk]
    person_id: Mapped[int] = mapped_column(ForeignKey("people.id", ondelete="CASCADE"), index=True)
    digest: Mapped[str] = mapped_column(String(64), unique=True)
    used_at: Mapped[datetime | None] = mapped_column(UTCDateTime)


class OpenIDLink(Base):
    """An account at an OpenID provider with which an official signs in. One person each, one a person and issuer.

    `subject`: a keyed digest of issuer and subject identifier; the identifier itself is not kept.
    """

    __tablename__ = "openid_links"
    __table_args__ = (UniqueConstraint("issuer", "subject"), UniqueConstraint("person_id", "issuer"))

    id: Mapped[intpk]
    person_id: Mapped[int] = mapped_column(ForeignKey("people.id", ondelete="CASCADE"))
    issuer: Mapped[str] = mapped_column(String(255))
    subject: Mapped[str] = mapped_column(String(64))
    created_at: Mapped[created]

    person: Mapped[Person] = relationship()


class OpenIDRequest(Base):
    """A question to the OpenID provider, answered once. It names nobody.

    `selector`: the `state` of the question, which the browser that asked holds too; nonce and verifier are derived
    from it and the portal's secret. `next`: where to go on, a path of this portal.
    """

    __tablename__ = "openid_requests"

    id: Mapped[intpk]
    selector: Mapped[str] = mapped_column(String(64), unique=True, default=lambda: secrets.token_urlsafe(24))
    act: Mapped[OpenIDAct] = mapped_column(enum_type(OpenIDAct, "act"))
    next: Mapped[str] = mapped_column(Text)
    locale: Mapped[str] = mapped_column(String(8))
    created_at: Mapped[created]
    expires_at: Mapped[moment]
    used_at: Mapped[datetime | None] = mapped_column(UTCDateTime)


class MailToken(Base):
    """A link or code sent by mail. The text of it is derived from `nonce` and the portal's secret, never stored."""

    __tablename__ = "mail_tokens"

    id: Mapped[intpk]
    selector: Mapped[str] = mapped_column(String(32), unique=True, default=lambda: secrets.token_urlsafe(12))
    nonce: Mapped[str] = mapped_column(String(32), default=lambda: secrets.token_urlsafe(16))
    purpose: Mapped[TokenPurpose] = mapped_column(enum_type(TokenPurpose, "purpose"))
    person_id: Mapped[int] = mapped_column(ForeignKey("people.id", ondelete="CASCADE"), index=True)
    data: Mapped[dict[str, str]] = mapped_column(JSON, default=dict)
    tries: Mapped[int] = mapped_column(Integer, default=0)
    created_at: Mapped[created]
    expires_at: Mapped[moment]
    used_at: Mapped[datetime | None] = mapped_column(UTCDateTime)

    person: Mapped[Person] = relationship()


class AddressRequest(Base):
    """Somebody typed an address and asked for mail to it. A worker answers and deletes the row.

    The page that takes the request writes this one row and looks nobody up, so it cannot show who has an account.
    """

    __tablename__ = "address_requests"

    id: Mapped[intpk]
    purpose: Mapped[TokenPurpose] = mapped_column(enum_type(TokenPurpose, "purpose"))
    address: Mapped[str] = mapped_column(String(320))
    name: Mapped[str | None] = mapped_column(String(200))
    locale: Mapped[str] = mapped_column(String(8))
    person_id: Mapped[int | None] = mapped_column(ForeignKey("people.id", ondelete="CASCADE"), index=True)
    selector: Mapped[str] = mapped_column(String(32), default=lambda: secrets.token_urlsafe(12))
    created_at: Mapped[created]


class Grant(Base):
    """A role given to a person in a scope, from one instant to another (open: until ended)."""

    __tablename__ = "grants"
    __table_args__ = (
        CheckConstraint("(scope_kind = 'portal') = (scope_id IS NULL)", name="scope"),
        Index(None, "scope_kind", "scope_id"),
    )

    id: Mapped[intpk]
    person_id: Mapped[int] = mapped_column(ForeignKey("people.id", ondelete="CASCADE"), index=True)
    role: Mapped[Role] = mapped_column(enum_type(Role, "role"))
    scope_kind: Mapped[Scope] = mapped_column(enum_type(Scope, "scope_kind"))
    scope_id: Mapped[int | None] = mapped_column(Integer)
    starts_at: Mapped[moment]
    ends_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    given_by_id: Mapped[int | None] = mapped_column(Integer)

    person: Mapped[Person] = relationship(back_populates="grants", foreign_keys=[person_id])
