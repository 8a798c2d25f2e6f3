"""A small OpenID provider on this machine: real HTTP, real keys. A test says what it shall do wrong."""

import base64
import hashlib
import hmac
import json
import secrets
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, quote, urlencode, urlsplit

from joserfc import jwt
from joserfc.jwk import ECKey, RSAKey

CLIENT, SECRET = "portal", "a secret: with signs %/+"


@dataclass
class OpenIDServer:
    """What it knows and does. `claims` go over those of every token; None takes one out.

    `authenticated_at`: seconds since 1970 of the sign-in there, 0 for now, None for untold. `sign`: makes the token
    from header and claims, in place of its own key. `calls`: paths that were asked for.
    """

    url: str = ""
    subject: str = "official-1"
    acr: str | None = None
    amr: list[str] | None = None
    authenticated_at: float | None = 0
    claims: dict[str, Any] = field(default_factory=dict)
    sign: Any = None
    metadata: dict[str, Any] = field(default_factory=dict)
    answers: dict[str, tuple[int, bytes]] = field(default_factory=dict)
    iss: str | None = ""
    keys: list[RSAKey] = field(default_factory=lambda: [RSAKey.generate_key(2048, {"kid": "one"})])
    codes: dict[str, dict[str, str]] = field(default_factory=dict)
    asked: list[dict[str, str]] = field(default_factory=list)
    calls: list[str] = field(default_factory=list)

    def document(self, path: str) -> dict[str, Any] | None:
        """What stands at a path."""
        if path == "/.well-known/openid-configuration":
            return {"issuer": self.url, "authorization_endpoint": f"{self.url}/authorize?realm=staff",
                    "token_endpoint": f"{self.url}/token", "jwks_uri": f"{self.url}/keys",
                    "authorization_response_iss_parameter_supported": True, **self.metadata}
        if path == "/keys":
            encryption = RSAKey.generate_key(2048, {"kid": "enc", "use": "enc"})
            post_quantum = {"kty": "AKP", "kid": "pq", "alg": "ML-DSA-44", "pub": "AAAA"}
            return {"keys": [encryption.as_dict(private=False), post_quantum,
                             *(key.as_dict(private=False) for key in self.keys)]}
        return None

    def authorize(self, query: str) -> str:
        """The person signs in at once; the address to go back to."""
        asked = {name: values[0] for name, values in parse_qs(query).items()}
        self.asked.append(asked)
        code = secrets.token_urlsafe(16)
        self.codes[code] = asked
        iss = {} if self.iss is None else {"iss": self.iss or self.url}
        return f"{asked['redirect_uri']}?{urlencode({'code': code, 'state': asked['state'], **iss})}"

    def token(self, authorization: str, form: dict[str, str]) -> tuple[int, dict[str, Any]]:
        """A code for a token, once, with client secret, PKCE and redirect address as they must be."""
        asked = self.codes.pop(form.get("code", ""), None)
        verifier = hashlib.sha256(form.get("code_verifier", "").encode()).digest()
        basic = base64.b64encode(f"{quote(CLIENT, safe='')}:{quote(SECRET, safe='')}".encode()).decode()
        known = authorization == f"Basic {basic}" or (form.get("client_id"), form.get("client_secret")) == (
            CLIENT, SECRET)
        if not known:
            return 401, {"error": "invalid_client"}
        if asked is None or form.get("redirect_uri") != asked["redirect_uri"] or (
                _encoded(verifier) != asked["code_challenge"]):
            return 400, {"error": "invalid_grant"}
        return 200, {"access_token": "unused", "token_type": "Bearer", "id_token": self.id_token(asked["nonce"])}

    def id_token(self, nonce: str) -> str:
        """Signed claims about whoever signed in."""
        at = int(time.time())
        authenticated = None if self.authenticated_at is None else int(self.authenticated_at) or at
        claims = {"iss": self.url, "sub": self.subject, "aud": CLIENT, "iat": at, "exp": at + 300, "nonce": nonce,
                  "auth_time": authenticated, "acr": self.acr, "amr": self.amr, **self.claims}
        claims = {name: value for name, value in claims.items() if value is not None}
        if self.sign:
            return str(self.sign(claims))
        return jwt.encode({"alg": "RS256", "kid": self.keys[-1].kid}, claims, self.keys[-1])


def unsigned(claims: dict[str, Any]) -> str:
    """A token with the algorithm `none`."""
    return f"{_part({'alg': 'none', 'kid': 'one'})}.{_part(claims)}."


def signed_with_the_public_key(server: OpenIDServer) -> Any:
    """A signer that takes the published key for a shared secret (HS256)."""
    key = server.keys[0].as_pem(private=False)

    def sign(claims: dict[str, Any]) -> str:
        signed = f"{_part({'alg': 'HS256', 'kid': 'one'})}.{_part(claims)}"
        return f"{signed}.{_encoded(hmac.digest(key, signed.encode(), 'sha256'))}"

    return sign


def signed_by_another(server: OpenIDServer) -> Any:
    """A signer with a key of its own under the published name."""
    key = RSAKey.generate_key(2048)
    return lambda claims: jwt.encode({"alg": "RS256", "kid": "one"}, claims, key)


def carrying_its_own_key(server: OpenIDServer) -> Any:
    """A signer that puts its key into the header and names none that is published."""
    key = ECKey.generate_key("P-256")
    header = {"alg": "ES256", "jwk": key.as_dict(private=False), "kid": "mine"}
    return lambda claims: jwt.encode(header, claims, key)


def _part(content: dict[str, Any]) -> str:
    return _encoded(json.dumps(content).encode())


def _encoded(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


class _Handler(BaseHTTPRequestHandler):
    server: Any

    def do_GET(self) -> None:
        found, path = self.server.openid, urlsplit(self.path)
        if path.path == "/authorize":
            self.send_response(302)
            self.send_header("Location", found.authorize(path.query))
            self.send_header("Content-Length", "0")
            self.end_headers()
            return
        self._answer(path.path, 200, found.document(path.path))

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"])).decode()
        form = {name: values[0] for name, values in parse_qs(body).items()}
        self._answer("/token", *self.server.openid.token(self.headers.get("Authorization", ""), form))

    def _answer(self, path: str, status: int, document: dict[str, Any] | None) -> None:
        found = self.server.openid
        found.calls.append(path)
        status, body = found.answers.get(path, (status, json.dumps(document).encode()))
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args: Any) -> None:
        """Say nothing."""


@contextmanager
def running(found: OpenIDServer) -> Iterator[OpenIDServer]:
    """The provider behind a socket, while the block runs."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
    server.openid = found  # type: ignore[attr-defined]
    found.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield found
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
