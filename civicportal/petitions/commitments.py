"""What the public record holds of an act: a salted hash. Who knows the statement can find it, nobody can read it."""

from hashlib import sha256

from civicportal.voting.canonical import canonical

_DOMAIN = b"civicportal/record/1\n"


def statement(*, number: str, act: str, at: str, what: str, salt: str) -> str:
    """An act as it is committed to. `what`: a hash or a code, never words of people; `salt`: 64 hex digits."""
    return canonical({"act": act, "at": at, "number": number, "salt": salt, "what": what})


def leaf_of(said: str) -> str:
    """The leaf that commits to a statement."""
    return canonical({"commitment": sha256(_DOMAIN + said.encode()).hexdigest()})


def hash_of(*texts: str) -> str:
    """Hex SHA-256 of texts that people wrote, one after the other as a canonical list."""
    return sha256(canonical(list(texts)).encode()).hexdigest()
