"""One spelling for all spellings of a mail address, so that one mailbox is one person."""

import json
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from email_validator import validate_email

MAX_LENGTH = 320
_RULES = Path(__file__).parent / "data" / "address_rules.json"


@dataclass(frozen=True)
class Canonical:
    """A canonical address and the version of the rules that made it."""

    text: str
    version: int


def deliverable(address: str) -> str:
    """The address as mail is sent to it: NFC, its domain in the ASCII form of IDNA, otherwise as typed.

    Raises ValueError for what is no mail address. Whether the domain exists is not asked.
    """
    found = validate_email(address.strip(), check_deliverability=False)
    text = f"{found.local_part}@{found.ascii_domain}"
    if len(text) > MAX_LENGTH:
        raise ValueError("the address is too long")
    return text


def canonical(address: str) -> Canonical:
    """The canonical form: NFC, lower case, IDNA domain, without `+tag`, then the rules of the domain.

    Raises ValueError for what is no mail address.
    """
    rules = _rules()
    local, _, domain = deliverable(address).rpartition("@")
    domain = domain.lower()
    domain = rules["domains"].get(domain, {}).get("same_as", domain)
    local = _lower(local)
    local = local.partition("+")[0].rstrip(".") or local
    return Canonical(f"{_without(local, rules['domains'].get(domain, {}))}@{domain}", rules["version"])


def one_mailbox(typed: str) -> str:
    """The canonical form where there is one, so that whoever varies the spelling is still counted as one."""
    try:
        return canonical(typed).text
    except ValueError:
        return typed.casefold()


def _lower(text: str) -> str:
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", text).lower())


def _without(local: str, rule: Mapping[str, str]) -> str:
    return local.translate({ord(sign): None for sign in rule.get("ignored", "")}) or local


@cache
def _rules() -> dict[str, Any]:
    rules: dict[str, Any] = json.loads(_RULES.read_text("utf-8"))
    return rules
