"""Append-only record of what was done, by whom, to what. Names and numbers only, never what people wrote."""

from datetime import timedelta
from enum import StrEnum

from sqlalchemy import JSON, Index, Integer, String, func, insert, literal, select
from sqlalchemy.orm import Mapped, mapped_column

from civicportal.core.clock import now
from civicportal.core.orm import Base, created, intpk
from civicportal.core.permissions import Actor
from civicportal.core.transactions import current

_DAY = timedelta(days=1)


class AuditEvent(Base):
    """One act. No foreign keys: the record outlives what it speaks of."""

    __tablename__ = "audit_events"
    __table_args__ = (Index(None, "subject_kind", "subject_id"),)

    id: Mapped[intpk]
    at: Mapped[created]
    name: Mapped[str] = mapped_column(String(64), index=True)
    actor_id: Mapped[int | None] = mapped_column(Integer)
    subject_kind: Mapped[str] = mapped_column(String(40))
    subject_id: Mapped[int] = mapped_column(Integer)
    details: Mapped[dict[str, object]] = mapped_column(JSON, default=dict)


class AuditName(StrEnum):
    """Acts that are not changes of state, as `subject:act`; `KEYS` declares the exact details of each."""

    SIGNED_IN = "person:signed-in"
    SIGN_IN_FAILED = "person:sign-in-failed"
    PASSWORD_SET = "person:password-set"  # noqa: S105 - the name of an act, not a secret
    ADDRESS_CONFIRMED = "person:address-confirmed"
    ADDRESS_CHANGED = "person:address-changed"
    IDENTITY_CONFIRMED = "person:identity-confirmed"
    ACCOUNT_DELETED = "person:account-deleted"
    SESSION_REVOKED = "session:revoked"
    SECOND_FACTOR_SET = "person:second-factor-set"
    SECOND_FACTOR_FAILED = "person:second-factor-failed"
    SECOND_FACTOR_RESET = "person:second-factor-reset"
    PASSKEY_REMOVED = "person:passkey-removed"
    RECOVERY_CODE_USED = "person:recovery-code-used"
    RECOVERY_CODES_MADE = "person:recovery-codes-made"
    OPENID_LINKED = "person:openid-linked"
    OPENID_UNLINKED = "person:openid-unlinked"
    OPENID_USED = "person:openid-used"
    GRANT_ADDED = "grant:added"
    GRANT_ENDED = "grant:ended"
    STAFF_LEFT = "person:staff-left"
    INSTITUTION_SAVED = "institution:saved"
    CLOSURE_ADDED = "closure:added"
    CLOSURE_CONFIRMED = "closure:confirmed"
    CLOSURE_REMOVED = "closure:removed"
    ANSWER_SAVED = "answer:saved"
    LEAKS_SEEN = "answer:leaks-seen"
    PETITION_RATED = "petition:rated"
    SUBJECT_NAMED = "petition:subject-named"
    SUBJECT_LIFTED = "petition:subject-lifted"
    DESK_EXPORTED = "institution:desk-exported"
    DELIVERY_RESENT = "delivery:resent"
    DRAFT_DELETED = "draft:deleted"
    BOX_PLANNED = "box:planned"
    UNCONFIRMED_DELETED = "petition:unconfirmed-deleted"
    PETITION_RESTORED = "petition:restored"
    PETITION_ADDED_TO = "petition:added-to"
    PETITION_ENTERED = "petition:entered"
    MATTER_NOTED = "petition:noted"
    RECLASSIFIED = "petition:reclassified"
    ENTRY_READDRESSED = "petition:entry-readdressed"
    TEXT_REVISED = "petition:text-revised"
    APPEAL_MADE = "appeal:made"
    BOX_EXTENDED = "box:extended"
    SILENCE_DECLARED = "silence:declared"
    POLICY_SET = "policy:set"
    SUSPECTS_NAMED = "box:suspects-named"
    SUSPECTS_MARKED = "box:suspects-marked"
    BODY_SAVED = "body:saved"
    SEAT_SAVED = "seat:saved"
    MEMBER_RECUSED = "item:member-recused"
    MOTION_MOVED = "item:motion-moved"
    ITEM_JOINED = "item:joined"
    ITEM_UNJOINED = "item:unjoined"
    ITEM_EXTENDED = "item:extended"
    LOG_REGAINED = "box:log-regained"
    LOG_CONTINUED = "log:continued"
    SWITCHED_OFF = "switch:off"
    SWITCH_PROLONGED = "switch:prolonged"
    SWITCHED_ON = "switch:on"
    HELD = "hold:begun"
    HOLD_ENDED = "hold:ended"
    PERSON_EXPORTED = "person:exported"
    REFUSED = "person:refused"


KEYS: dict[AuditName, frozenset[str]] = {
    AuditName.OPENID_USED: frozenset({"second_factor"}),
    AuditName.GRANT_ADDED: frozenset({"role", "institution_id"}),
    AuditName.GRANT_ENDED: frozenset({"role", "institution_id"}),
    AuditName.STAFF_LEFT: frozenset({"successor_id"}),
    AuditName.ANSWER_SAVED: frozenset({"version"}), AuditName.LEAKS_SEEN: frozenset({"kinds"}),
    AuditName.TEXT_REVISED: frozenset({"subject", "version"}),
    AuditName.PETITION_RATED: frozenset({"rating"}),
    AuditName.PETITION_ADDED_TO: frozenset({"number"}),
    AuditName.PETITION_ENTERED: frozenset({"channel"}), AuditName.RECLASSIFIED: frozenset({"type"}),
    AuditName.SUBJECT_NAMED: frozenset({"person_id"}), AuditName.SUBJECT_LIFTED: frozenset({"person_id"}),
    AuditName.DESK_EXPORTED: frozenset({"rows"}),
    AuditName.IDENTITY_CONFIRMED: frozenset({"provider"}),
    AuditName.INSTITUTION_SAVED: frozenset({"code"}),
    AuditName.CLOSURE_ADDED: frozenset({"date"}),
    AuditName.CLOSURE_CONFIRMED: frozenset({"date"}),
    AuditName.CLOSURE_REMOVED: frozenset({"date"}),
    AuditName.SUSPECTS_NAMED: frozenset({"count"}), AuditName.SUSPECTS_MARKED: frozenset({"count"}),
    AuditName.BODY_SAVED: frozenset({"slug"}),
    AuditName.SEAT_SAVED: frozenset({"slug"}),
    AuditName.MEMBER_RECUSED: frozenset({"seat_id"}),
    AuditName.MOTION_MOVED: frozenset({"proposal"}),
    AuditName.ITEM_JOINED: frozenset({"joined_to"}),
    AuditName.ITEM_UNJOINED: frozenset({"joined_to"}),
    AuditName.LOG_REGAINED: frozenset({"leaves", "off_roll"}),
    AuditName.LOG_CONTINUED: frozenset({"former", "carried"}),
    AuditName.SWITCHED_OFF: frozenset({"function", "minutes"}),
    AuditName.SWITCH_PROLONGED: frozenset({"function", "minutes"}),
    AuditName.SWITCHED_ON: frozenset({"function"}),
    AuditName.REFUSED: frozenset({"cause", "endpoint"}),
}


def record(name: AuditName, actor: Actor, subject_kind: str, subject_id: int, **details: object) -> None:
    """Append one act to the record. Raises ValueError when the details are not the declared ones."""
    if set(details) != KEYS.get(name, frozenset()):
        raise ValueError(f"{name} declares the details {sorted(KEYS.get(name, ()))}, not {sorted(details)}")
    _append(name.value, actor, subject_kind, subject_id, details)


def record_refusal(actor: Actor, *, cause: str, endpoint: str, at_most: int) -> None:
    """Append that a person was refused something, unless that happened `at_most` times within a day already.

    One statement whether or not it is appended, so that nothing tells how near the limit is.
    """
    told = select(func.count()).select_from(AuditEvent).where(
        AuditEvent.subject_kind == "person", AuditEvent.subject_id == actor.person_id,
        AuditEvent.name == AuditName.REFUSED.value, AuditEvent.at > now() - _DAY).scalar_subquery()
    values = {"name": AuditName.REFUSED.value, "at": now(), "actor_id": actor.person_id, "subject_kind": "person",
              "subject_id": actor.person_id, "details": {"cause": cause, "endpoint": endpoint}}
    columns = AuditEvent.__table__.c
    current().execute(insert(AuditEvent).from_select(
        list(values), select(*(literal(value, columns[name].type) for name, value in values.items()))
        .where(told < at_most)))


def record_transition(
    machine: str, verb: str, actor: Actor, subject_id: int, source: str, target: str, reason: str | None
) -> None:
    """Append a change of state, called by `core.states` alone."""
    details: dict[str, object] = {"from": source, "to": target}
    if reason:
        details["reason"] = reason
    _append(f"{machine}:{verb}", actor, machine, subject_id, details)


def _append(name: str, actor: Actor, kind: str, subject_id: int, details: dict[str, object]) -> None:
    current().add(AuditEvent(
        name=name, actor_id=actor.person_id, subject_kind=kind, subject_id=subject_id, details=details,
    ))
