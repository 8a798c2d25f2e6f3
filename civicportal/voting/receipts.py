"""The receipt as a file: the leaf with the signed promise of it, which anybody can check without the portal."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from civicportal.voting.canonical import canonical
from civicportal.voting.merkle import leaf_hash
from civicportal.voting.notes import Verifier, parse_promise

FORMAT = "civicportal-receipt/1"


@dataclass(frozen=True)
class Checked:
    """A receipt that is one: its promise is signed, and made for this leaf."""

    log: str
    leaf: str
    choice: str
    tracker: str
    promise: str

    def as_json(self, question: str) -> str:
        """The file people keep. The change secret is not in it."""
        return json.dumps({
            "format": FORMAT, "log": self.log, "question": question, "choice": self.choice, "tracker": self.tracker,
            "leaf": self.leaf, "promise": self.promise}, ensure_ascii=False, indent=1) + "\n"

    def as_text(self) -> str:
        """What the QR code holds: the tracker and the promise, as both are printed on the receipt."""
        return f"{self.tracker}\n{self.promise}"


def check_receipt(leaf: str, promise: str, keys: Iterable[Verifier]) -> Checked:
    """The receipt of a leaf. Raises ValueError unless one of the keys has signed the promise of this very leaf."""
    note = _signed("\n".join(line.strip() for line in promise.strip().splitlines()) + "\n", tuple(keys))
    given = parse_promise(note)
    if given.leaf != leaf_hash(leaf.encode()):
        raise ValueError("the promise is for another leaf")
    try:
        fields = json.loads(leaf)
        if canonical(fields) != leaf:
            raise ValueError("not canonical")
        return Checked(given.log, leaf, str(fields["choice"]), str(fields["tracker"]), note)
    except (KeyError, TypeError, RecursionError) as error:
        raise ValueError("the leaf is no ballot") from error


def promise_in(text: str) -> str:
    """The promise in what somebody pasted: a receipt file, or the promise itself."""
    try:
        fields = json.loads(text)
    except (ValueError, RecursionError):
        return text
    return str(fields.get("promise", "")) if isinstance(fields, dict) else text


def _signed(note: str, keys: Sequence[Verifier]) -> str:
    """The note with the one line that a key of the portal has signed; what else stands there is nobody's word."""
    text, _, lines = note.rpartition("\n\n")
    for line in lines.splitlines():
        one = f"{text}\n\n{line}\n"
        if any(_fits(key, one) for key in keys):
            return one
    raise ValueError("no key of the portal has signed this")


def _fits(key: Verifier, note: str) -> bool:
    try:
        key.verify(note)
    except ValueError:
        return False
    return True
