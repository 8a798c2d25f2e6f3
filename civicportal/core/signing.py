"""Keyed hashes under the portal's secret: mail tokens, one-time codes and draft seals are derived, never stored."""

import base64
import hashlib
import hmac

from cryptography.fernet import Fernet, InvalidToken
from flask import current_app


def keyed_digest(key: str, purpose: str, *parts: object) -> bytes:
    """HMAC-SHA-256 over a labelled, unambiguous join of the parts (32 bytes)."""
    message = "\x1f".join([purpose, *(str(part) for part in parts)]).encode()
    return hmac.new(key.encode(), message, hashlib.sha256).digest()


def derive_token(purpose: str, *parts: object) -> str:
    """URL-safe text of 43 characters that only this portal can make for these parts."""
    digest = keyed_digest(current_app.config["SETTINGS"].secret_key, purpose, *parts)
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()


def derive_code(purpose: str, *parts: object) -> str:
    """Six digits that only this portal can make for these parts."""
    digest = keyed_digest(current_app.config["SETTINGS"].secret_key, purpose, *parts)
    return f"{int.from_bytes(digest[:8], 'big') % 1_000_000:06d}"


def mail_token(purpose: str, selector: str, nonce: str) -> str:
    """The text of a mailed link's secret part: `selector.secret`."""
    return f"{selector}.{derive_token(purpose, selector, nonce)}"


def mail_code(purpose: str, selector: str, nonce: str) -> str:
    """The six digits of a mailed one-time code."""
    return derive_code(purpose, selector, nonce)


def identity_digest(canonical: str) -> str:
    """Hex HMAC under IDENTITY_KEY, which is never rotated, of a canonical address or a provider's subject."""
    return keyed_digest(current_app.config["SETTINGS"].identity_key, "identity", canonical).hex()


def second_factor_secret(person_id: int, nonce: str) -> bytes:
    """32 bytes under IDENTITY_KEY, which is never rotated: a new SECRET_KEY must lock nobody out."""
    return keyed_digest(current_app.config["SETTINGS"].identity_key, "second-factor", person_id, nonce)


def recovery_digest(person_id: int, code: str) -> str:
    """Hex HMAC under IDENTITY_KEY of a person's recovery code."""
    return keyed_digest(current_app.config["SETTINGS"].identity_key, "recovery-code", person_id, code).hex()


def sealed(purpose: str, text: str) -> str:
    """The text encrypted under SECRET_KEY, for what lies in a browser and is to be read by the portal alone."""
    return _box(purpose).encrypt(text.encode()).decode()


def opened(purpose: str, text: str) -> str:
    """What was sealed; empty for anything else, and after SECRET_KEY was changed."""
    try:
        return _box(purpose).decrypt(text.encode()).decode()
    except InvalidToken:
        return ""


def _box(purpose: str) -> Fernet:
    key = keyed_digest(current_app.config["SETTINGS"].secret_key, f"sealed:{purpose}")
    return Fernet(base64.urlsafe_b64encode(key))


def same(one: str, other: str) -> bool:
    """Compare two secrets in constant time."""
    return hmac.compare_digest(one.encode(), other.encode())
