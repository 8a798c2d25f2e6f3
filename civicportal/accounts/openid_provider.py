"""An OpenID provider: its documents, the address to sign in at, and a code exchanged for what it says of somebody."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import quote, urlencode, urlsplit

import requests
from authlib.oauth2.rfc7636 import create_s256_code_challenge

from civicportal.accounts.openid_tokens import Expected, Said, UnknownKey, public_keys, read_id_token
from civicportal.core.clock import now

DISCOVERY = "/.well-known/openid-configuration"
RETRY = timedelta(seconds=15)


class ProviderAway(Exception):
    """The provider does not answer, or not with what can be used. The text is for the log."""


class Refused(ValueError):
    """The provider did not say who this is, or what it said is not to be believed."""


@dataclass(frozen=True)
class Provider:
    """A provider and what this portal is to it, from the settings. Times in seconds, sizes in bytes."""

    issuer: str
    client_id: str
    client_secret: str = field(repr=False)
    redirect_uri: str
    timeout: int
    max_bytes: int
    cache: int
    skew: int


@dataclass(frozen=True)
class Asked:
    """One authentication request of ours, as it is known again in the answer. `at`: when it was made."""

    state: str
    nonce: str
    verifier: str
    at: datetime


def authorization_url(provider: Provider, asked: Asked, **more: str) -> str:
    """Where to send the browser: authorization code flow with PKCE (RFC 7636). Raises ProviderAway.

    `more`: further parameters of the request, such as `max_age` or `prompt`; empty ones are left out.
    """
    query = urlencode({
        "response_type": "code", "scope": "openid", "client_id": provider.client_id,
        "redirect_uri": provider.redirect_uri, "state": asked.state, "nonce": asked.nonce,
        "code_challenge": create_s256_code_challenge(asked.verifier), "code_challenge_method": "S256",
        **{name: value for name, value in more.items() if value},
    }, quote_via=quote)
    url = _endpoint(provider, "authorization_endpoint")
    return f"{url}{'&' if urlsplit(url).query else '?'}{query}"


def check_issuer(provider: Provider, iss: str | None) -> None:
    """Another provider's answer is not taken for this one's (RFC 9207). Raises Refused, ProviderAway."""
    promised = _metadata(provider).get("authorization_response_iss_parameter_supported") is True
    if iss != provider.issuer and (iss is not None or promised):
        raise Refused("an answer of another issuer")


def exchange(provider: Provider, asked: Asked, code: str) -> Said:
    """Give the code back for an ID token and believe it after every check. Raises Refused, ProviderAway."""
    answer = _redeem(provider, asked, code)
    expected = Expected(provider.issuer, provider.client_id, asked.nonce, asked.at, provider.skew)
    text, access = answer.get("id_token"), str(answer.get("access_token") or "")
    if not isinstance(text, str):
        raise Refused("no ID token")
    for fresh in (False, True):
        keys = public_keys(_document(provider, _endpoint(provider, "jwks_uri"), fresh=fresh))
        try:
            return read_id_token(text, keys, expected, at=now(), access_token=access)
        except UnknownKey:
            continue  # once more with the keys as they are now
        except ValueError as error:
            raise Refused(str(error)) from error
    raise Refused("signed by a key that the provider does not publish")


def _redeem(provider: Provider, asked: Asked, code: str) -> dict[str, Any]:
    form = {"grant_type": "authorization_code", "code": code, "redirect_uri": provider.redirect_uri,
            "code_verifier": asked.verifier}
    methods = _metadata(provider).get("token_endpoint_auth_methods_supported", ["client_secret_basic"])
    auth = None
    if isinstance(methods, list) and "client_secret_basic" in methods:
        auth = (quote(provider.client_id, safe=""), quote(provider.client_secret, safe=""))  # RFC 6749, 2.3.1
    else:
        form |= {"client_id": provider.client_id, "client_secret": provider.client_secret}
    answer = _call(provider, "POST", _endpoint(provider, "token_endpoint"), data=form, auth=auth)
    if answer[0] in (400, 401, 403):
        raise Refused("the code is not taken")
    return _object(answer)


@dataclass(frozen=True)
class _Kept:
    until: datetime
    document: Mapping[str, Any] | None  # None: it could not be had, and is not asked for again at once


_documents: dict[str, _Kept] = {}


def _metadata(provider: Provider) -> Mapping[str, Any]:
    url = provider.issuer.rstrip("/") + DISCOVERY
    document = _document(provider, url)
    if document.get("issuer") != provider.issuer:
        _documents[url] = _Kept(now() + RETRY, None)
        raise ProviderAway("the discovery document names another issuer")
    return document


def _endpoint(provider: Provider, name: str) -> str:
    """An address of the discovery document; never a less protected one than the issuer's own."""
    url = _metadata(provider).get(name)
    schemes = {"https", urlsplit(provider.issuer).scheme}
    if not isinstance(url, str) or urlsplit(url).scheme not in schemes or not url.isascii() or not url.isprintable():
        raise ProviderAway(f"no usable {name}")
    return url.replace(" ", "%20")


def _document(provider: Provider, url: str, *, fresh: bool = False) -> Mapping[str, Any]:
    """A document of the provider, kept for the time the settings allow; a provider that is away is left alone a while.

    Without a lock: two threads that find it late both ask, and both get the same.
    """
    kept = _documents.get(url)
    if kept is None or kept.until <= now() or (fresh and kept.document is not None):
        try:
            kept = _Kept(now() + timedelta(seconds=provider.cache), _object(_call(provider, "GET", url)))
        except ProviderAway:
            _documents[url] = _Kept(now() + RETRY, None)
            raise
        _documents[url] = kept
    if kept.document is None:
        raise ProviderAway("it was away just now")
    return kept.document


def _call(provider: Provider, method: str, url: str, **kwargs: Any) -> tuple[int, bytes]:
    """Status and body of one request: no redirects, no more bytes than allowed. Raises ProviderAway."""
    headers, body = {"Accept": "application/json", "Accept-Encoding": "identity"}, bytearray()
    try:
        with requests.Session() as session, session.request(
                method, url, headers=headers, timeout=provider.timeout, allow_redirects=False, stream=True,
                **kwargs) as response:
            for chunk in response.iter_content(8192):
                body += chunk
                if len(body) > provider.max_bytes:
                    raise ProviderAway("an answer that is too large")
            return response.status_code, bytes(body)
    except (requests.RequestException, OSError, ValueError) as error:
        raise ProviderAway(f"{type(error).__name__} at {urlsplit(url).path}") from error


def _object(answer: tuple[int, bytes]) -> dict[str, Any]:
    status, body = answer
    if status != 200:
        raise ProviderAway(f"status {status}")
    try:
        found = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise ProviderAway("an answer that is no JSON") from error
    if not isinstance(found, dict):
        raise ProviderAway("an answer that is no object")
    return found
