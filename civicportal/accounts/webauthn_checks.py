"""Passkeys (WebAuthn level 2): what a browser is asked for, and what it answers, checked by py_webauthn."""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from urllib.parse import urlsplit

from webauthn import (
    generate_authentication_options,
    generate_registration_options,
    options_to_json,
    verify_authentication_response,
    verify_registration_response,
)
from webauthn.helpers import base64url_to_bytes, bytes_to_base64url
from webauthn.helpers.exceptions import WebAuthnException
from webauthn.helpers.structs import (
    AuthenticatorSelectionCriteria,
    PublicKeyCredentialDescriptor,
    ResidentKeyRequirement,
)


@dataclass(frozen=True)
class NewKey:
    """A passkey as it is kept: identifier and public key in Base64url."""

    credential: str
    public_key: str
    sign_count: int


def creation_options(portal_url: str, portal: str, *, challenge: str, address: str, handle: bytes,
                     known: Iterable[str]) -> str:
    """What the browser is asked to make, as JSON. `handle`: names the person to the device and nobody else."""
    return options_to_json(generate_registration_options(
        rp_id=_host(portal_url), rp_name=portal, user_name=address, user_id=handle, challenge=challenge.encode(),
        exclude_credentials=_described(known),
        authenticator_selection=AuthenticatorSelectionCriteria(resident_key=ResidentKeyRequirement.DISCOURAGED)))


def request_options(portal_url: str, *, challenge: str, known: Iterable[str]) -> str:
    """What the browser is asked to sign, as JSON."""
    return options_to_json(generate_authentication_options(
        rp_id=_host(portal_url), challenge=challenge.encode(), allow_credentials=_described(known)))


def check_new(answer: str, *, portal_url: str, challenge: str) -> NewKey:
    """The key that a browser made for `challenge` on this portal. Raises ValueError for anything else."""
    try:
        made = verify_registration_response(
            credential=answer, expected_challenge=challenge.encode(), expected_rp_id=_host(portal_url),
            expected_origin=portal_url.rstrip("/"))
    except (WebAuthnException, ValueError) as error:
        raise ValueError("no passkey of this portal") from error
    return NewKey(bytes_to_base64url(made.credential_id), bytes_to_base64url(made.credential_public_key),
                  made.sign_count)


def credential_of(answer: str) -> str:
    """The identifier that an answer names, unchecked; empty when it names none."""
    try:
        named = json.loads(answer)
        return str(named["id"])
    except (ValueError, TypeError, KeyError, RecursionError):
        return ""


def check_answer(answer: str, *, portal_url: str, challenge: str, public_key: str, sign_count: int) -> int:
    """The new count of a key that signed `challenge`. Raises ValueError for anything else."""
    try:
        done = verify_authentication_response(
            credential=answer, expected_challenge=challenge.encode(), expected_rp_id=_host(portal_url),
            expected_origin=portal_url.rstrip("/"), credential_public_key=base64url_to_bytes(public_key),
            credential_current_sign_count=sign_count)
    except (WebAuthnException, ValueError) as error:
        raise ValueError("not signed by this passkey") from error
    return done.new_sign_count


def _host(portal_url: str) -> str:
    return urlsplit(portal_url).hostname or ""


def _described(known: Iterable[str]) -> list[PublicKeyCredentialDescriptor]:
    return [PublicKeyCredentialDescriptor(id=base64url_to_bytes(one)) for one in known]
