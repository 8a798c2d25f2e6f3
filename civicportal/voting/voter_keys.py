"""The key by which a box knows a voter, and the tree over all keys that may vote.

The same person has another key in each box. The tree is that of RFC 9162 over the sorted keys, a leaf being the bytes
of the hex text. What is stored of it is the root of each 256 keys: the tree over those has the same root.
"""

import hmac
from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from operator import attrgetter

from civicportal.voting import merkle

_HALF = 32  # bytes of a key, and of a hash


def voter_key(identity_key: str, box_secret: str, identity: str) -> str:
    """Hex HMAC-SHA-256 of the box's secret and an identity, under the portal's IDENTITY_KEY.

    `identity`: all voters of a box have one of the same kind, `address:…`, `provider:…` or `member:…`.
    """
    message = f"civicportal/voter/1\n{box_secret}\n{identity}".encode()
    return hmac.digest(identity_key.encode(), message, "sha256").hex()


def leaves(keys: Iterable[str]) -> list[bytes]:
    """Leaf hashes of keys."""
    return [merkle.leaf_hash(key.encode()) for key in keys]


@dataclass(frozen=True)
class Part:
    """Up to 256 sorted keys that follow each other: the first of them, and the root over them."""

    first: str
    root: bytes

    @classmethod
    def of(cls, keys: Sequence[str]) -> "Part":
        """The part of these keys (at least one)."""
        return cls(keys[0], merkle.root(leaves(keys)))


def pack(parts: Iterable[Part]) -> bytes:
    """Parts as they are stored with a count: key and root of each, 64 bytes."""
    return b"".join(bytes.fromhex(part.first) + part.root for part in parts)


def unpack(stored: bytes) -> list[Part]:
    """Read what `pack` writes."""
    return [Part(stored[at:at + _HALF].hex(), stored[at + _HALF:at + 2 * _HALF])
            for at in range(0, len(stored), 2 * _HALF)]


def part_of(key: str, parts: Sequence[Part]) -> int | None:
    """The number of the part in which the key is, if it is in any."""
    return bisect_right(parts, key, key=attrgetter("first")) - 1 if parts and key >= parts[0].first else None


def proof(key: str, neighbours: Sequence[str], number: int, parts: Sequence[Part]) -> tuple[int, list[bytes]]:
    """Place of the key among all keys (from 0), and its inclusion proof. `neighbours`: all keys of part `number`.

    Raises ValueError when the key is not one of them.
    """
    place = neighbours.index(key)
    inner = merkle.append(0, leaves(neighbours), merkle.reader({}))
    outer = merkle.append(0, [part.root for part in parts], merkle.reader({}))
    hashes = (merkle.inclusion_proof(place, len(neighbours), merkle.reader(inner))
              + merkle.inclusion_proof(number, len(parts), merkle.reader(outer)))
    return number * merkle.WIDTH + place, hashes
