"""People who are signed in, and the requests with which they vote."""

import secrets
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from itertools import cycle
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from flask import Flask
from flask.sessions import SecureCookieSessionInterface
from itsdangerous import URLSafeTimedSerializer
from sqlalchemy import insert
from sqlalchemy.orm import Session

from civicportal.accounts.models import AccountSession, AddressIdentity, Person
from civicportal.core.clock import now
from civicportal.core.transactions import atomic
from civicportal.voting.trackers import tracker_of

ROWS = 5_000


def sign_in(count: int) -> list[str]:
    """The keys of the sign-ins of so many new people, each with a confirmed address."""
    at, mark = now(), secrets.token_hex(4)
    numbers = range(1, count + 1)
    keys = [secrets.token_urlsafe(32) for _ in numbers]
    identities = [{"digest": secrets.token_hex(32), "rules_version": 1, "created_at": at} for _ in numbers]
    with atomic() as session:
        ids = _insert(session, AddressIdentity, identities)
        people = [{"name": f"Voter {number}", "address": f"v{number}-{mark}@example.org",
                   "address_canonical": f"v{number}-{mark}@example.org", "locale": "en", "level": 1,
                   "identity_id": identity, "created_at": at, "confirmed_at": at}
                  for number, identity in zip(numbers, ids, strict=True)]
        persons = _insert(session, Person, people)
        _insert(session, AccountSession, [
            {"key": key, "person_id": person, "browser": "bench", "created_at": at, "last_seen_at": at,
             "expires_at": at + timedelta(hours=8)} for key, person in zip(keys, persons, strict=True)])
    return keys


def _insert(session: Session, table: type[Any], rows: list[dict[str, Any]]) -> list[int]:
    """The ids of the new rows, in their order."""
    statement = insert(table).returning(table.id, sort_by_parameter_order=True)
    return [found for start in range(0, len(rows), ROWS)
            for found in session.scalars(statement, rows[start:start + ROWS])]


@dataclass(frozen=True)
class Voter:
    """Somebody with a ballot filled in. `key` is that of the sign-in."""

    key: str
    choice: str
    nonce: str
    headers: dict[str, str]
    body: bytes

    def tracker(self, slug: str) -> str:
        """What the ballot will be known by in the box `slug`."""
        return tracker_of(slug, bytes.fromhex(self.nonce))


def fill_in(app: Flask, keys: Iterable[str], choices: Sequence[str] = ("yes",)) -> Iterator[Voter]:
    """A ballot for each sign-in, with the choices in turn. Raises RuntimeError for an application without a key."""
    serializer = SecureCookieSessionInterface().get_signing_serializer(app)
    if serializer is None:
        raise RuntimeError("the application has no secret key")
    csrf, name = secrets.token_hex(20), app.config["SESSION_COOKIE_NAME"]
    token = URLSafeTimedSerializer(app.config["SECRET_KEY"], salt="wtf-csrf-token").dumps(csrf)
    for key, choice in zip(keys, cycle(choices), strict=False):
        nonce, cookie = secrets.token_hex(16), serializer.dumps({"_user_id": key, "csrf_token": csrf})
        body = urlencode({"csrf_token": token, "choice": choice, "nonce": nonce}).encode()
        headers = {"Cookie": f"{name}={cookie}", "Content-Type": "application/x-www-form-urlencoded"}
        yield Voter(key, choice, nonce, headers, body)


def write_requests(path: Path, voters: Iterable[Voter], addresses: Sequence[str]) -> None:
    """Write a file for `bench.casting.load`: each votes at the next of the addresses."""
    with path.open("wb") as file:
        for voter, address in zip(voters, cycle(addresses), strict=False):
            head = [f"POST {address} HTTP/1.1", "Host: 127.0.0.1", f"Content-Length: {len(voter.body)}",
                    *(f"{name}: {value}" for name, value in voter.headers.items())]
            request = "\r\n".join([*head, "", ""]).encode() + voter.body
            file.write(len(request).to_bytes(8, "big") + request)
