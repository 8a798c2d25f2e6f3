"""The keys that sign heads and receipts: which this process holds, and their public history."""

from collections.abc import Sequence
from datetime import datetime
from urllib.parse import urlsplit

from sqlalchemy import func, select, update

from civicportal.core.clock import now
from civicportal.core.configuration import settings
from civicportal.core.dialect import insert_new
from civicportal.core.transactions import atomic, current
from civicportal.voting.models import Head, SigningKey
from civicportal.voting.notes import Signer, Verifier, parse_rotation, rotation, sign_all, signers
from civicportal.voting.queries.log import keys
from civicportal.voting.states import KeyPurpose


class NoSigningKey(RuntimeError):
    """This process must not sign heads: it was started without LOG_SIGNING_KEY."""


def portal_host() -> str:
    """The host that logs, notes and keys are named after."""
    return urlsplit(settings().portal_url).hostname or ""


def log_signers() -> list[Signer]:
    """The keys of the public log, newest first. Raises NoSigningKey in every process but the worker."""
    held = signers(settings().log_signing_key, portal_host(), KeyPurpose.LOG)
    if not held:
        raise NoSigningKey("heads of the public log are signed by the worker: only it is given LOG_SIGNING_KEY")
    return held


def receipt_signers() -> list[Signer]:
    """The keys of receipts, newest first. The web process holds them too."""
    return signers(settings().receipt_signing_keys, portal_host(), KeyPurpose.RECEIPT)


def receipt_verifiers() -> list[Verifier]:
    """The public keys of receipts: those of the history, and those in use, which may not have entered it yet."""
    vkeys = {*(key.vkey for key in keys(KeyPurpose.RECEIPT)), *(signer.vkey for signer in receipt_signers())}
    return [Verifier.from_vkey(vkey) for vkey in vkeys]


def settled_receipt_verifiers() -> list[Verifier]:
    """The public keys of receipts that the settings give: those in use and RECEIPT_VERIFY_KEYS. Reads no database."""
    former = settings().receipt_verify_keys.replace(",", " ").split()
    vkeys = dict.fromkeys([*(signer.vkey for signer in receipt_signers()), *former])
    return [Verifier.from_vkey(vkey) for vkey in vkeys]


def record_keys() -> None:
    """Enter the newest key of receipts and that of the log into the public history, unless they are there."""
    for purpose, held in ((KeyPurpose.RECEIPT, receipt_signers()), (KeyPurpose.LOG, log_signers())):
        if held and held[0].vkey not in {row.vkey for row in keys(purpose)}:
            record_key(purpose, held)


def record_key(purpose: KeyPurpose, held: Sequence[Signer]) -> None:
    """Enter the newest of the held keys into the history when it signs for the first time, and retire those before.

    Where an older key is held as well and has signed before, the change is endorsed by both (decision 0009). Until the
    transaction ends the key stays in use: a change waits for whoever is signing, and is dated after what they signed.
    """
    newest, *older = held
    with atomic() as session:
        known = {row.vkey: row for row in keys(purpose)}
        if newest.vkey in known:
            session.refresh(known[newest.vkey], with_for_update={"read": True})
            return
        former = next((signer for signer in older if signer.vkey in known), None)
        session.execute(
            update(SigningKey).where(
                SigningKey.purpose == purpose, SigningKey.vkey != newest.vkey, SigningKey.retired_at.is_(None))
            .values(retired_at=now()))
        at = _after_all_heads()
        insert_new(session, SigningKey, {
            "purpose": purpose, "vkey": newest.vkey, "first_used_at": at,
            "endorsement": _endorsement(former, newest, at) if former else None,
        }, ["vkey"])


def is_retired(signer: Signer) -> bool:
    """Whether another key has followed this one in the public history: it must not sign any more."""
    return bool(current().scalar(
        select(SigningKey.id).where(SigningKey.vkey == signer.vkey, SigningKey.retired_at.is_not(None)).limit(1)))


def trusted_log_keys(held: Sequence[Signer]) -> list[Verifier]:
    """The keys this process holds, and every older one from which an endorsed chain of changes leads to them.

    The history lies in the database, which is not trusted here: only the signature of a trusted key makes an older
    one trusted.
    """
    trusted = {signer.vkey: Verifier.from_vkey(signer.vkey) for signer in held}
    for row in reversed(keys(KeyPurpose.LOG)):
        old = _endorses(trusted[row.vkey], row) if row.vkey in trusted else None
        if old:
            trusted[old] = Verifier.from_vkey(old)
    return list(trusted.values())


def _after_all_heads() -> datetime:
    """Now, but not before any head that is signed: the clock of the worker that signed it may be ahead."""
    newest = current().scalar(select(func.max(Head.at)))
    return max(now(), newest) if newest else now()


def _endorsement(former: Signer, newest: Signer, at: datetime) -> str:
    return sign_all(rotation(portal_host(), former.vkey, newest.vkey, at), former, newest)


def _endorses(key: Verifier, row: SigningKey) -> str | None:
    """The key that a trusted one says it follows, None where it has not signed so."""
    try:
        note = parse_rotation(key.verify(row.endorsement or ""))
    except ValueError:
        return None
    return note.old if note.new == row.vkey else None
