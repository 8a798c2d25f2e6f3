"""Casting a ballot: a row of the roll and a pending ballot in one transaction, and nothing else.

No time, audit row, message, task or session is written: each would tie a voter to a choice. The transaction shares the
box with other voters. Whoever closes, extends or voids it holds it alone, so that every ballot comes before or after.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache

from sqlalchemy.engine import Connection

from civicportal.core.clock import now
from civicportal.core.configuration import settings
from civicportal.core.errors import Conflict, Forbidden, Unavailable
from civicportal.core.i18n import lazy
from civicportal.core.permissions import Actor
from civicportal.core.transactions import atomic, current
from civicportal.switches.functions import Function
from civicportal.switches.services import require
from civicportal.voting import trackers
from civicportal.voting.canonical import ballot_leaf
from civicportal.voting.kinds import KINDS
from civicportal.voting.merkle import leaf_hash
from civicportal.voting.models import Box
from civicportal.voting.notes import Signer, promise, signers
from civicportal.voting.queries.boxes import BallotBox
from civicportal.voting.queries.voters import Voter, key_of, member_key
from civicportal.voting.services import ballot_rows, refusals
from civicportal.voting.services.keys import portal_host
from civicportal.voting.services.refusals import AlreadyVoted, BoxClosed, Clash, Interrupted, NotOpenYet
from civicportal.voting.states import BoxState, KeyPurpose, Secrecy

_NO_BALLOT = lazy("No ballot of this vote has this tracker. Compare it with your receipt. Nothing was changed.")
_WRONG_SECRET = lazy("This change secret does not belong to this ballot. Nothing was changed.")
_INTERRUPTED = lazy("This vote is interrupted. Nothing was cast. Its page says why, and when it goes on.")
_STAYS = lazy("A ballot of this vote cannot be changed. The one you cast counts.")


@dataclass(frozen=True)
class Change:
    """The ballot that is to be replaced, by its tracker, and the secret that allows it."""

    tracker: str
    secret: str


@dataclass(frozen=True)
class Receipt:
    """What a voter takes home. `by`: when the leaf is in the log at the latest, as the signed note `promise` says.

    `leaf`: the very line of the log. `change_secret` is None where the ballot cannot be changed; it is nobody else's.
    """

    slug: str
    question: str
    choice: str
    tracker: str
    leaf: str
    promise: str
    by: datetime
    change_secret: str | None
    changed: bool


@dataclass(frozen=True)
class _Ballot:
    """A ballot filled in for a box, with what is needed of the box: a transaction forgets what was loaded before."""

    box_id: int
    slug: str
    question: str
    key: str
    choice: str
    tracker: str
    leaf: str
    change_secret: str | None = None
    change: Change | None = None


def cast(voter: Voter, box: Box | BallotBox, *, choice: str, nonce: str, change: Change | None = None) -> Receipt:
    """Cast a secret ballot, or with `change` one that replaces another. `nonce`: that of the form, in hex.

    The same ballot of the same voter again gives the same receipt, also after the close, and writes nothing. Raises
    Invalid with the field for what is no option, nonce, tracker or secret; AlreadyVoted, NotOpenYet, BoxClosed,
    Interrupted, NotEligible, Clash, Unavailable while voting is switched off, and Conflict for a ballot that cannot be
    replaced (any more). Nothing is written then.
    """
    if box.secrecy is not Secrecy.SECRET:
        raise ValueError("a vote by name is cast with cast_open")
    if voter.identity is None:
        raise refusals.not_eligible(box.min_level)
    return _deliver(_fill_in(box, key_of(voter, box), choice, nonce, change))


def cast_open(actor: Actor, box: Box, *, choice: str) -> Receipt:
    """Vote by name, as a member: the tracker is the member's key. It cannot be changed. Raises as `cast` does."""
    if box.secrecy is not Secrecy.OPEN:
        raise ValueError("a secret ballot is cast with cast")
    key = member_key(box.secret, actor.person_id or 0)
    option = _option(box, choice)
    return _deliver(_Ballot(box.id, box.slug, box.question, key, option, key, ballot_leaf(option, key)))


def _fill_in(box: Box | BallotBox, key: str, choice: str, nonce: str, change: Change | None) -> _Ballot:
    option = _option(box, choice)
    try:
        raw = trackers.parse_nonce(nonce)
    except ValueError:
        raise refusals.invalid("nonce", lazy("The page was not complete. Please send it again.")) from None
    if change is not None:
        if not box.may_change:
            raise Conflict(_STAYS)
        change = Change(_tracker("tracker", change.tracker), _tracker("secret", change.secret))
    tracker, secret = trackers.tracker_of(box.slug, raw), trackers.change_secret_of(box.slug, raw)
    former = {"secret": change.secret, "supersedes": change.tracker} if change else {}
    leaf = ballot_leaf(option, tracker, revise=trackers.revise_of(secret), **former)
    return _Ballot(box.id, box.slug, box.question, key, option, tracker, leaf, secret if box.may_change else None,
                   change)


def _deliver(ballot: _Ballot) -> Receipt:
    """Write the ballot; the receipt, also where this very ballot was written before."""
    try:
        with atomic() as session:
            closes_at = (_replace if ballot.change else _write)(session.connection(), ballot)
    except (Conflict, Unavailable) as refusal:
        connection = current().connection()
        if not _cast_before(connection, ballot):
            told = _reason(connection, ballot, refusal) if isinstance(refusal, Conflict) else refusal
            raise told from None
        _state, _opens_at, closes_at, _interrupted = ballot_rows.clock(connection, ballot.box_id)
    return _receipt(ballot, closes_at)


def _open_until(connection: Connection, box_id: int) -> datetime:
    """The closing instant in force. Raises NotOpenYet, BoxClosed or Interrupted."""
    state, opens_at, closes_at, interrupted_at = ballot_rows.clock(connection, box_id)
    at = now()
    if state is BoxState.OPEN and interrupted_at is not None:
        raise Interrupted(_INTERRUPTED)
    if state is BoxState.OPEN and opens_at <= at < closes_at:
        return closes_at
    if at < closes_at and (state is BoxState.SCHEDULED or at < opens_at):
        raise NotOpenYet(lazy("This vote has not opened yet. Nothing was cast; vote once it is open."))
    if state is BoxState.VOID:
        raise BoxClosed(lazy("This vote is void and takes no more ballots. Nothing was cast."))
    raise BoxClosed(lazy("This vote is closed. Your answer came after that and does not count."))


def _write(connection: Connection, ballot: _Ballot) -> datetime:
    """Add a first ballot. The closing instant in force."""
    if not _insert(connection, ballot):
        raise refusals.clash()
    closes_at = ballot_rows.add_entry(connection, ballot.box_id, ballot.key, ballot.tracker, now())
    if closes_at is None:
        raise refusals.clash()
    return closes_at


def _replace(connection: Connection, ballot: _Ballot) -> datetime:
    """Add a ballot in place of another. The closing instant in force.

    What a batch could be moving is read after the insert, as in `add_entry`.
    """
    change, box_id = ballot.change, ballot.box_id
    if change is None or not _insert(connection, ballot):
        raise refusals.clash()
    closes_at = _open_until(connection, box_id)
    require(Function.VOTING)
    if ballot_rows.in_log(connection, box_id, ballot.tracker):
        raise refusals.clash()
    if not ballot_rows.on_roll(connection, box_id, ballot.key):
        raise Conflict(lazy("You have not voted here yet, so there is nothing to change."))
    held = ballot_rows.revisable(connection, box_id, change.tracker, trackers.revise_of(change.secret))
    if held is None:
        raise refusals.invalid("tracker", _NO_BALLOT)
    if not held:
        raise refusals.invalid("secret", _WRONG_SECRET)
    if ballot_rows.replaced_in_log(connection, box_id, change.tracker):
        raise refusals.replaced()
    return closes_at


def _insert(connection: Connection, ballot: _Ballot) -> bool:
    return ballot_rows.add_ballot(connection, ballot.box_id, {
        "tracker": ballot.tracker, "choice": ballot.choice, "leaf": ballot.leaf,
        "supersedes": ballot.change.tracker if ballot.change else None}, now())


def _cast_before(connection: Connection, ballot: _Ballot) -> bool:
    return (ballot_rows.is_stored(connection, ballot.box_id, ballot.tracker, ballot.leaf)
            and ballot_rows.on_roll(connection, ballot.box_id, ballot.key))


def _reason(connection: Connection, ballot: _Ballot, refusal: Conflict) -> Conflict | Forbidden | Unavailable:
    """What to tell the voter: the inserts alone do not say which of the rules refused them."""
    if not isinstance(refusal, Clash):
        return refusal
    try:
        _open_until(connection, ballot.box_id)
        require(Function.VOTING)
    except (Conflict, Unavailable) as not_open:
        return not_open
    if ballot.change is not None:
        gone = ballot_rows.replaced(connection, ballot.box_id, ballot.change.tracker)
        return refusals.replaced() if gone else refusal
    if ballot_rows.on_roll(connection, ballot.box_id, ballot.key):
        return AlreadyVoted(lazy("You have already voted here. Nothing was changed: the ballot you cast counts."))
    if not ballot_rows.is_elector(connection, ballot.box_id, ballot.key):
        return refusals.not_eligible()
    return refusal


def _receipt(ballot: _Ballot, closes_at: datetime) -> Receipt:
    """The same for the same ballot, as long as the closing instant stays: Ed25519 signs without chance."""
    given, host = settings(), portal_host()
    digest, by = leaf_hash(ballot.leaf.encode()), closes_at + timedelta(minutes=given.promise_minutes)
    note = _signer(given.receipt_signing_keys, host).sign(promise(host, f"votes/{ballot.slug}", digest, by))
    return Receipt(ballot.slug, ballot.question, ballot.choice, ballot.tracker, ballot.leaf, note, by,
                   ballot.change_secret, ballot.change is not None)


@lru_cache(maxsize=4)
def _signer(keys: str, host: str) -> Signer:
    """The newest key of receipts, read from its text once in a process."""
    return signers(keys, host, KeyPurpose.RECEIPT)[0]


def _option(box: Box | BallotBox, choice: str) -> str:
    try:
        return KINDS[box.kind].validate(choice, box.options)
    except ValueError:
        raise refusals.invalid("choice", lazy("This vote does not have the answer you sent. Choose one of its answers.")
                       ) from None


def _tracker(field: str, text: str) -> str:
    try:
        return trackers.parse_tracker(text)
    except ValueError:
        raise refusals.invalid(field, _NO_BALLOT if field == "tracker" else _WRONG_SECRET) from None
