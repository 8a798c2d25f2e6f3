"""What the text of one setting must look like. Each check answers with a sentence, empty where all is well. Pure.

`production`: whether the portal is open to the public, which asks for more.
"""

import base64
import hashlib
import ipaddress
import re
from collections.abc import Callable
from pathlib import Path
from urllib.parse import SplitResult, urlsplit

KEY_LENGTH = 32
DEVELOPMENT_KEY = "development-only-key-not-for-production"


def scheme(*schemes: str) -> Callable[[str, bool], str]:
    """A check that an address has one of these schemes."""
    def check(value: str, _production: bool) -> str:
        return "" if parts_of(value).scheme in schemes else "must start with " + " or ".join(f"{s}://" for s in schemes)

    return check


def broker(value: str, production: bool) -> str:
    """The address of a broker; one in memory is for development."""
    return scheme("redis", "rediss", "unix", *(() if production else ("memory",)))(value, production)


def key(value: str, production: bool) -> str:
    """A secret text."""
    if production and (len(value) < KEY_LENGTH or value == DEVELOPMENT_KEY):
        return f"must be a random text of at least {KEY_LENGTH} characters"
    return ""


def signing_keys(value: str, _production: bool) -> str:
    """Ed25519 seeds with their names."""
    for part in value.split(","):
        name, _, seed = part.strip().partition(":")
        try:
            raw = base64.b64decode(seed, validate=True)
        except ValueError:
            raw = b""
        if not re.fullmatch(r"[a-z0-9-]{1,40}", name) or len(raw) != KEY_LENGTH:
            return "must be name:base64-of-32-bytes, several separated by commas, the newest first"
    return ""


def verify_keys(value: str, _production: bool) -> str:
    """Public keys of receipts, as signed notes write them down."""
    for part in value.replace(",", " ").split():
        name, identity, encoded = [*part.split("+", 2), "", ""][:3]
        try:
            raw = base64.b64decode(encoded, validate=True)
        except ValueError:
            raw = b""
        known = hashlib.sha256(name.encode() + b"\n" + raw).hexdigest()[:8]
        if "/receipt/" not in name or raw[:1] != b"\x01" or len(raw) != KEY_LENGTH + 1 or known != identity:
            return "must be public keys such as `flask voting keys` prints for receipts, separated by commas"
    return ""


def portal_url(value: str, production: bool) -> str:
    """The address of a site, without a path."""
    parts = parts_of(value)
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.path.strip("/") or parts.query:
        return "must be an address such as https://portal.example"
    return "must start with https://" if production and parts.scheme != "https" else ""


def issuer(value: str, production: bool) -> str:
    """The address of an OpenID provider (OpenID Connect Discovery 1.0, section 3)."""
    parts = parts_of(value)
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.query or parts.fragment or parts.username:
        return "must be an address such as https://id.example/realms/staff, without ? and #"
    return "must start with https://" if production and parts.scheme != "https" else ""


def second_factor(value: str, production: bool) -> str:
    """A switch that production must not turn off."""
    if production and value != "on":
        return "must be on in production"
    return "" if value in ("on", "off") else "must be on or off"


def folder(value: str, _production: bool) -> str:
    """A folder."""
    return "" if Path(value).is_absolute() else "must be an absolute path"


def recipients(value: str, _production: bool) -> str:
    """Public keys of age."""
    known = all(re.fullmatch(r"age1[0-9a-z]{58}", part) for part in value.replace(",", " ").split())
    return "" if known else "must be public keys such as `flask backup-key` prints, separated by commas"


def store(value: str, _production: bool) -> str:
    """A folder, or a bucket."""
    if value.startswith("s3://"):
        return "" if parts_of(value).netloc else "must name a bucket, such as s3://bucket/prefix"
    return "" if Path(value).is_absolute() else "must be an absolute path, or s3://bucket/prefix"


def networks(value: str, _production: bool) -> str:
    """Networks in CIDR form."""
    try:
        for part in value.split(","):
            if part.strip() not in ("", "none"):
                ipaddress.ip_network(part.strip())
    except ValueError:
        return "must be networks such as 10.0.0.0/8, separated by commas, or none"
    return ""


def parts_of(value: str) -> SplitResult:
    """An address in parts; all empty for what is none."""
    try:
        return urlsplit(value)
    except ValueError:
        return urlsplit("")
