"""Loading the people of the demonstration."""

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from sqlalchemy import select

from civicportal.accounts.canonical_address import canonical
from civicportal.accounts.models import Person
from civicportal.accounts.passwords import hash_password
from civicportal.accounts.services.confirming import confirm_address, guest
from civicportal.accounts.services.grants import grant_role
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
            person.level, person.provider = 2, _PROVIDER
            person.provider_subject = identity_digest(f"{_PROVIDER}:{entry['key']}")
        for given in entry["roles"]:
            if Role(given["role"]) is not Role.CITIZEN:
                code = given["institution"]
                grant_role(SYSTEM, person, Role(given["role"]), institution_id(code) if code else None)
    return person
