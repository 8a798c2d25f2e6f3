"""Receipts whose ballot is missing: lodged by anybody, public, found by the portal or settled with reasons."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from civicportal.core import states
from civicportal.core.clock import now
from civicportal.core.dialect import insert_new
from civicportal.core.errors import Invalid
from civicportal.core.i18n import lazy
from civicportal.core.permissions import SYSTEM, Actor
from civicportal.core.transactions import atomic, lock
from civicportal.voting import policies  # noqa: F401 - who may settle
from civicportal.voting.models import Box, PromiseClaim
from civicportal.voting.notes import Promise, Verifier, parse_promise
from civicportal.voting.queries.trust import Place, place_of
from civicportal.voting.services.keys import receipt_verifiers
from civicportal.voting.states import CLAIM, ClaimState

_NO_PROMISE = lazy("This is not the signed part of a receipt. Copy all of it, from its first line to its last.")
_NO_KEY = lazy("This portal has not signed this. Copy the signed part of the receipt again, all of it.")
_OTHER_BOX = lazy("This receipt belongs to another vote. Open the page of that vote.")
_REASON = lazy("Say why. Everybody can read it.")


@dataclass(frozen=True)
class Lodged:
    """What came of a promise. `by`: until when the ballot has to be in the log.

    `place`: where it is, if it is in the log; `claim`: what was lodged, or had been before, because it is not there or
    came after `by`. Neither: that instant has not come yet.
    """

    by: datetime
    place: Place | None = None
    claim: PromiseClaim | None = None


def lodge_claim(box: Box, promise: str) -> Lodged:
    """Say that a promise was broken: `promise` is the signed note of a receipt for this box.

    Anybody may, without an account; who did is not kept. Writes nothing when the ballot came into the log in time or
    still has time, and one row however often it is lodged. A claim is public, and keeps the box from being final until
    somebody has settled it; so does one of a ballot that is in the log, but came late.
    Raises Invalid for what the portal has not signed, or not for this box.
    """
    note = "\n".join(line.strip() for line in promise.strip().splitlines()) + "\n"
    given = _read(note)
    if given.log != (box.log.name if box.log else None):
        raise Invalid(_OTHER_BOX, {"promise": _OTHER_BOX})
    place = place_of(box, given.leaf)
    if given.by > now() or (place is not None and place.at <= given.by):
        return Lodged(given.by, place)
    values = {"box_id": box.id, "leaf_hash": given.leaf.hex(), "promise": note, "lodged_at": now(),
              "state": ClaimState.LATE if place else ClaimState.OPEN}
    with atomic() as session:
        lock(box)  # it is not being made final meanwhile
        insert_new(session, PromiseClaim, values, ("box_id", "leaf_hash"))
        claim = session.scalars(select(PromiseClaim).where(
            PromiseClaim.box_id == box.id, PromiseClaim.leaf_hash == given.leaf.hex())).one()
    return Lodged(given.by, place, claim)


def find_claims() -> int:
    """Mark claims whose ballot is in the log by now, too late. Returns how many were found."""
    with atomic() as session:
        rows = session.execute(
            select(PromiseClaim, Box).join(Box, Box.id == PromiseClaim.box_id)
            .where(PromiseClaim.state == ClaimState.OPEN)).all()
        found = [claim for claim, box in rows if place_of(box, bytes.fromhex(claim.leaf_hash)) is not None]
        for claim in found:
            lock(claim)
            if CLAIM.fits("find", claim):
                states.apply(CLAIM, claim, "find", SYSTEM)
                claim.settled_at = now()
    return len(found)


def settle_claim(actor: Actor, claim: PromiseClaim, *, reason: str) -> None:
    """End a claim with reasons that everybody reads: why the promise was not kept, and what that means.

    Raises Invalid without a reason, Forbidden, Conflict when it is not open any more.
    """
    if not reason.strip():
        raise Invalid(_REASON, {"reason": _REASON})
    with atomic():
        lock(claim)
        states.apply(CLAIM, claim, "settle", actor)
        claim.settled_at, claim.reason = now(), reason.strip()


def _read(note: str) -> Promise:
    """What a note promises, once a key of ours has been found to have signed it."""
    try:
        given = parse_promise(note)
    except ValueError as error:
        raise Invalid(_NO_PROMISE, {"promise": _NO_PROMISE}) from error
    if not any(_signed(key, note) for key in receipt_verifiers()):
        raise Invalid(_NO_KEY, {"promise": _NO_KEY})
    return given


def _signed(key: Verifier, note: str) -> bool:
    try:
        key.verify(note)
    except ValueError:
        return False
    return True
