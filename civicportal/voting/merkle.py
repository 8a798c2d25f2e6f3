"""Merkle trees as in RFC 9162: roots, inclusion and consistency proofs, their checks, and growing a tree by tiles.

A tile holds up to 256 hashes: on level 0 those of leaves, on level n the roots of complete subtrees of 256**n leaves.
Only the last tile of a level may hold fewer. Whoever stores the tiles gives them as `tile(level, index)`; a stored tile
may already hold more hashes than the size that is asked about.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cache
from hashlib import sha256

Tile = Callable[[int, int], bytes]
Tiles = dict[tuple[int, int], bytes]

LENGTH = 32
WIDTH = 256
EMPTY_ROOT = sha256(b"").digest()


def leaf_hash(data: bytes) -> bytes:
    """Hash of a leaf (RFC 9162 §2.1.1)."""
    return sha256(b"\x00" + data).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """Hash of two subtrees side by side (RFC 9162 §2.1.1)."""
    return sha256(b"\x01" + left + right).digest()


def root(hashes: Sequence[bytes]) -> bytes:
    """Root of the tree over these leaf hashes, EMPTY_ROOT for none."""
    level = list(hashes)
    while len(level) > 1:
        pairs = [node_hash(left, right) for left, right in zip(level[::2], level[1::2], strict=False)]
        level = pairs + level[len(pairs) * 2:]
    return level[0] if level else EMPTY_ROOT


def append(size: int, hashes: Iterable[bytes], tile: Tile) -> Tiles:
    """The tiles that change when leaf hashes are added to a tree of `size` leaves, whole as they are afterwards.

    Raises ValueError where a stored tile holds fewer hashes than the size says.
    """
    changed: Tiles = {}
    level, new = 0, list(hashes)
    while new:
        index, filled = divmod(size, WIDTH)
        row = _cut(tile(level, index), 0, filled) if filled else []
        row += new
        for start in range(0, len(row), WIDTH):
            changed[level, index + start // WIDTH] = b"".join(row[start:start + WIDTH])
        new = [root(row[start:start + WIDTH]) for start in range(0, len(row) - WIDTH + 1, WIDTH)]
        level, size = level + 1, index
    return changed


def reader(tiles: Mapping[tuple[int, int], bytes]) -> Tile:
    """Read tiles from a mapping such as `append` gives."""
    return lambda level, index: tiles[level, index]


def root_of(size: int, tile: Tile) -> bytes:
    """Root of the first `size` leaves. Raises ValueError where a tile holds too few hashes."""
    return _range_root(0, size, cache(tile)) if size else EMPTY_ROOT


def inclusion_proof(index: int, size: int, tile: Tile) -> list[bytes]:
    """Proof that leaf `index` (from 0) is in the tree of `size` leaves (RFC 9162 §2.1.3.1).

    Raises ValueError when there is no such leaf.
    """
    if not 0 <= index < size:
        raise ValueError("there is no such leaf")
    tile, start, end = cache(tile), 0, size
    proof = []
    while end - start > 1:
        middle = start + _split(end - start)
        if index < middle:
            proof.append(_range_root(middle, end, tile))
            end = middle
        else:
            proof.append(_range_root(start, middle, tile))
            start = middle
    return proof[::-1]


def consistency_proof(first: int, second: int, tile: Tile) -> list[bytes]:
    """Proof that the tree of `second` leaves extends that of `first` (RFC 9162 §2.1.4.1), empty for 0 and for equals.

    Raises ValueError when `first` is larger.
    """
    if not 0 <= first <= second:
        raise ValueError("a tree cannot extend a larger one")
    if first in (0, second):
        return []
    tile, start, end = cache(tile), 0, second
    proof = []
    while end != first:
        middle = start + _split(end - start)
        if first <= middle:
            proof.append(_range_root(middle, end, tile))
            end = middle
        else:
            proof.append(_range_root(start, middle, tile))
            start = middle
    if start:
        proof.append(_range_root(start, end, tile))
    return proof[::-1]


def verify_inclusion(leaf: bytes, index: int, size: int, proof: Sequence[bytes], expected: bytes) -> bool:
    """Whether the proof leads from the leaf's hash to the expected root (RFC 9162 §2.1.3.2)."""
    steps = _steps(index, size - 1, proof) if 0 <= index < size else None
    if steps is None:
        return False
    found = leaf
    for before, other in steps:
        found = node_hash(other, found) if before else node_hash(found, other)
    return found == expected


def verify_consistency(first: int, second: int, first_root: bytes, second_root: bytes, proof: Sequence[bytes]) -> bool:
    """Whether the proof shows that the second tree extends the first (RFC 9162 §2.1.4.2).

    Any tree extends the empty one, with an empty proof; a tree extends itself.
    """
    if first in (0, second):
        return not proof and first_root == (second_root if first == second else EMPTY_ROOT)
    path = [first_root, *proof] if first & (first - 1) == 0 else list(proof)
    shift = (~(first - 1) & first).bit_length() - 1
    steps = _steps((first - 1) >> shift, (second - 1) >> shift, path[1:]) if 0 < first < second and path else None
    if steps is None:
        return False
    old = new = path[0]
    for before, other in steps:
        old = node_hash(other, old) if before else old
        new = node_hash(other, new) if before else node_hash(new, other)
    return old == first_root and new == second_root


def _steps(place: int, last: int, proof: Sequence[bytes]) -> list[tuple[bool, bytes]] | None:
    """Each hash of a proof with whether it stands before the one in hand; None when there are too many or too few."""
    steps = []
    for other in proof:
        if last == 0:
            return None
        before = bool(place & 1) or place == last
        while before and place and not place & 1:
            place, last = place >> 1, last >> 1
        steps.append((before, other))
        place, last = place >> 1, last >> 1
    return steps if last == 0 else None


def _split(count: int) -> int:
    """The largest power of two below `count` (at least 2)."""
    return 1 << (count - 1).bit_length() - 1


def _range_root(start: int, end: int, tile: Tile) -> bytes:
    """Root over leaves start to end, where `start` is a multiple of the power of two that is not below their number."""
    parts = []
    while start < end:
        height = (end - start).bit_length() - 1
        parts.append(_subtree(height, start >> height, tile))
        start += 1 << height
    found = parts.pop()
    while parts:
        found = node_hash(parts.pop(), found)
    return found


def _subtree(height: int, index: int, tile: Tile) -> bytes:
    """Root of the complete subtree number `index` of 2**height leaves."""
    level, rest = divmod(height, 8)
    number, start = divmod(index << rest, WIDTH)
    return root(_cut(tile(level, number), start, start + (1 << rest)))


def _cut(tile: bytes, start: int, end: int) -> list[bytes]:
    if len(tile) < end * LENGTH:
        raise ValueError("a tile of the log holds too few hashes")
    return [tile[at:at + LENGTH] for at in range(start * LENGTH, end * LENGTH, LENGTH)]
