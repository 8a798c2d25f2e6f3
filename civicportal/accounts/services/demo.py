"""Loading the people of the demonstration."""

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from sqlalchemy import select

from civicportal.accounts.canonical_address import canonical
from civicportal.accounts.models import AddressIdentity, Person
from civicportal.accounts.passwords import hash_password
from civicportal.accounts.services.confirming import confirm_address, guest
from civicportal.accounts.services.grants import grant_role
from civicportal.core.clock import now
from civicportal.core.permissions import SYSTEM, Role
from civicportal.core.signing import identity_digest
from civicportal.core.transactions import atomic

_PROVIDER = "console"


def load_people(path: Path, password: str, institution_id: Callable[[str], int]) -> dict[str, int]:
    """Make the people of a JSON file, all with one password; those that are there already stay as they are.

    `institution_id` gives the id for an institution's code. Returns the person's id for each key of the file.
    """
    entries = json.loads(path.read_text("utf-8"))
    hashed = hash_password(password)
    with atomic():
        return {entry["key"]: _load(entry, hashed, institution_id).id for entry in entries}


def _load(entry: Mapping[str, Any], hashed: str, institution_id: Callable[[str], int]) -> Person:
    with atomic() as session:
        person = session.scalar(
            select(Person).where(Person.address_canonical == canonical(entry["address"]).text).limit(1))
        if person is not None:
            return person
        person = guest(entry["name"], entry["address"], entry["phone"], entry["locale"])
        if entry["level"] < 1:
            return person
        person = confirm_address(person, SYSTEM)
        person.password_hash = hashed
        if entry["level"] > 1:
            person.level, person.level_since, person.provider = 2, now(), _PROVIDER
            person.provider_subject = identity_digest(f"{_PROVIDER}:{entry['key']}")
        for given in entry["roles"]:
            if Role(given["role"]) is not Role.CITIZEN:
                code = given["institution"]
                grant_role(SYSTEM, person, Role(given["role"]), institution_id(code) if code else None)
    return person


def load_crowd(count: int) -> list[int]:
    """Ids of people with a confirmed address and nothing else, who take part in large numbers; in a fixed order.

    Those that are there already stay as they are.
    """
    addresses = {f"citizen-{number:03}@example.com": f"시민 {number}" for number in range(1, count + 1)}
    theirs = Person.address_canonical.in_(addresses), Person.level > 0
    with atomic() as session:
        known = set(session.scalars(select(Person.address_canonical).where(*theirs)))
        new = [canonical(address) for address in addresses if address not in known]
        identities = [AddressIdentity(digest=identity_digest(one.text), rules_version=one.version) for one in new]
        session.add_all(identities)
        session.flush()
        session.add_all(
            Person(name=addresses[one.text], address=one.text, address_canonical=one.text, locale="ko", level=1,
                   level_since=now(), confirmed_at=now(), identity_id=identity.id)
            for one, identity in zip(new, identities, strict=True))
        session.flush()
        return list(session.scalars(select(Person.id).where(*theirs).order_by(Person.address_canonical)))
