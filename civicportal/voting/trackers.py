"""What a ballot is known by, and the secret that allows to change it: both derived from the nonce of the form.

The nonce is 16 random bytes, written as 32 hexadecimal digits. Tracker and change secret are written as Crockford
Base32 in eight groups of four: `7D0K-…`.
"""

import hashlib
import re
import secrets

NONCE_BYTES = 16
_DIGEST_BYTES = 20
_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_IGNORED = " \t\r\n\u00a0-\u2010\u2011\u2012\u2013"  # spaces and dashes, as paper and phones put them
_READ = str.maketrans("OILoilabcdefghjkmnpqrstvwxyz", "011011ABCDEFGHJKMNPQRSTVWXYZ", _IGNORED)
_NONCE = re.compile(r"[0-9a-fA-F]{32}", re.ASCII)
_TRACKER = re.compile(f"[{_ALPHABET}]{{32}}")


def new_nonce() -> str:
    """A nonce for a form that is shown without script."""
    return secrets.token_hex(NONCE_BYTES)


def parse_nonce(text: str) -> bytes:
    """The nonce a form brings. Raises ValueError for anything but 32 hexadecimal digits."""
    if not _NONCE.fullmatch(text):
        raise ValueError("not a nonce")
    return bytes.fromhex(text)


def tracker_of(slug: str, nonce: bytes) -> str:
    """The tracker of the ballot that a form with this nonce casts in the box `slug`."""
    return _derive("civicportal/tracker/1", slug, nonce)


def change_secret_of(slug: str, nonce: bytes) -> str:
    """The secret with which that ballot can be changed. Not to be shared, unlike the tracker."""
    return _derive("civicportal/change/1", slug, nonce)


def revise_of(secret: str) -> str:
    """What a leaf says of its change secret: the hex SHA-256 of the secret as it is shown."""
    return hashlib.sha256(secret.encode()).hexdigest()


def parse_tracker(text: str) -> str:
    """A tracker (or change secret) as somebody typed it, in the form it is shown in.

    Case, spaces and dashes do not matter; O is read as 0, I and L as 1. Raises ValueError for what is none.
    """
    found = text.translate(_READ)
    if not _TRACKER.fullmatch(found):
        raise ValueError("not a tracker")
    return _grouped(found)


def _derive(label: str, slug: str, nonce: bytes) -> str:
    digest = hashlib.sha256(f"{label}\n{slug}\n".encode() + nonce).digest()[:_DIGEST_BYTES]
    number = int.from_bytes(digest, "big")
    return _grouped("".join(_ALPHABET[number >> shift & 31] for shift in range(155, -5, -5)))


def _grouped(text: str) -> str:
    return "-".join(text[start:start + 4] for start in range(0, len(text), 4))
