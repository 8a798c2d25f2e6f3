"""ID tokens of an OpenID provider: who signed in there, when and how, believed only when every check holds."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from authlib.oidc.core import CodeIDToken
from joserfc import jwt
from joserfc.errors import InvalidKeyIdError, JoseError
from joserfc.jwk import ECKey, JWKRegistry, Key, KeySet, OKPKey, RSAKey

ALGORITHMS = ("RS256", "PS256", "ES256", "ES384", "EdDSA")  # with a public key alone: nobody else can make a token
SUBJECT_MAX = 255


class UnknownKey(Exception):
    """The token names a key that is not among those at hand; the provider may have a new one."""


@dataclass(frozen=True)
class Expected:
    """What a token must say. `since`: when the provider was asked; `skew`: seconds that clocks may differ by."""

    issuer: str
    client_id: str
    nonce: str
    since: datetime
    skew: int


@dataclass(frozen=True)
class Said:
    """What a provider says. `authenticated_at`: when the person signed in there, None if it does not tell."""

    subject: str
    authenticated_at: datetime | None
    acr: str
    amr: frozenset[str]


def public_keys(document: Mapping[str, Any]) -> KeySet:
    """The keys of a JWK set with which signatures can be checked; kinds that are not known are left out."""
    listed = document.get("keys")
    keys = [_public_key(one) for one in listed if isinstance(one, dict)] if isinstance(listed, list) else []
    return KeySet([key for key in keys if key is not None])


def read_id_token(text: str, keys: KeySet, expected: Expected, *, at: datetime, access_token: str = "") -> Said:
    """What the token says (OpenID Connect Core 1.0, 3.1.3.7).

    Raises UnknownKey, and ValueError for a token that is forged, meant for others, late, or not the answer to us.
    """
    try:
        token = jwt.decode(text, keys, algorithms=ALGORITHMS)
        claims = CodeIDToken(
            token.claims, token.header,
            {"iss": {"essential": True, "value": expected.issuer},
             "aud": {"essential": True, "value": expected.client_id}},
            {"client_id": expected.client_id, "nonce": expected.nonce, "access_token": access_token})
        claims.validate(now=int(at.timestamp()), leeway=expected.skew)
        return _said(claims, expected)
    except InvalidKeyIdError as error:
        raise UnknownKey from error
    except (JoseError, ValueError, TypeError, KeyError, AttributeError, OverflowError, RecursionError) as error:
        raise ValueError(f"ID token: {type(error).__name__} {getattr(error, 'claim', '')}".strip()) from error


def _said(claims: Mapping[str, Any], expected: Expected) -> Said:
    subject, auth_time = claims["sub"], claims.get("auth_time")
    if not isinstance(subject, str) or not 0 < len(subject) <= SUBJECT_MAX:
        raise ValueError("no subject")
    if claims["iat"] < expected.since.timestamp() - expected.skew:
        raise ValueError("older than what we asked")
    return Said(
        subject, None if auth_time is None else datetime.fromtimestamp(auth_time, UTC),
        str(claims.get("acr", "")), frozenset(map(str, claims.get("amr") or ())))


def _public_key(data: dict[str, Any]) -> Key | None:
    if data.get("use", "sig") != "sig":
        return None
    try:
        key = JWKRegistry.import_key(data)
    except (JoseError, ValueError, TypeError, KeyError):
        return None
    return key if isinstance(key, RSAKey | ECKey | OKPKey) else None
