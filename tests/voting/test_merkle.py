"""The tree of the public log, against the definitions of RFC 9162 written down plainly."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from civicportal.voting import merkle

LEAVES = [merkle.leaf_hash(str(number).encode()) for number in range(600)]
KNOWN_LEAVES = ["", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f"]
KNOWN_ROOTS = [  # the test data of Certificate Transparency, used by many implementations
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]


def defined(hashes):
    """MTH of RFC 9162 §2.1.1."""
    if len(hashes) < 2:
        return hashes[0] if hashes else merkle.EMPTY_ROOT
    split = 1
    while split * 2 < len(hashes):
        split *= 2
    return merkle.node_hash(defined(hashes[:split]), defined(hashes[split:]))


def grown(*steps):
    """Tiles of a tree that grew by these numbers of leaves."""
    tiles, size = {}, 0
    for step in steps:
        tiles.update(merkle.append(size, LEAVES[size:size + step], merkle.reader(tiles)))
        size += step
    return merkle.reader(tiles)


TILES = grown(600)


def flipped(raw: bytes) -> bytes:
    return bytes([raw[0] ^ 1]) + raw[1:]


@pytest.mark.parametrize("size", range(1, 9))
def test_known_roots(size):
    hashes = [merkle.leaf_hash(bytes.fromhex(leaf)) for leaf in KNOWN_LEAVES[:size]]
    assert merkle.root(hashes).hex() == KNOWN_ROOTS[size - 1]


def test_an_empty_tree_has_the_hash_of_nothing_as_its_root():
    assert merkle.root([]) == merkle.root_of(0, TILES) == merkle.EMPTY_ROOT
    assert merkle.EMPTY_ROOT.hex() == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"


@given(st.lists(st.integers(0, 300), max_size=6).filter(lambda steps: sum(steps) <= 600))
def test_a_tree_has_the_same_root_however_it_grew(steps):
    size = sum(steps)
    assert merkle.root_of(size, grown(*steps)) == merkle.root(LEAVES[:size]) == defined(LEAVES[:size])


def test_a_tile_tells_how_much_it_holds():
    tiles = merkle.append(0, LEAVES[:600], merkle.reader({}))
    assert {place: len(tile) // 32 for place, tile in tiles.items()} == {
        (0, 0): 256, (0, 1): 256, (0, 2): 88, (1, 0): 2}
    assert merkle.append(512, [], merkle.reader(tiles)) == {}


def test_growing_reads_and_gives_only_what_changes():
    tiles = merkle.append(0, LEAVES[:510], merkle.reader({}))
    read = []
    changed = merkle.append(510, LEAVES[510:515], lambda *place: read.append(place) or tiles[place])
    assert read == [(0, 1), (1, 0)]
    assert set(changed) == {(0, 1), (0, 2), (1, 0)}


def test_older_roots_can_be_read_from_newer_tiles():
    assert all(merkle.root_of(size, TILES) == defined(LEAVES[:size]) for size in range(0, 601, 7))


@given(st.data())
def test_an_inclusion_proof_is_accepted_and_nothing_else(data):
    size = data.draw(st.integers(1, 600))
    index = data.draw(st.integers(0, size - 1))
    proof, root = merkle.inclusion_proof(index, size, TILES), merkle.root_of(size, TILES)
    assert merkle.verify_inclusion(LEAVES[index], index, size, proof, root)
    assert not merkle.verify_inclusion(flipped(LEAVES[index]), index, size, proof, root)
    assert not merkle.verify_inclusion(LEAVES[index], index, size, proof, flipped(root))
    assert not merkle.verify_inclusion(LEAVES[index], index, size, [*proof, root], root)
    for at in range(len(proof)):
        assert not merkle.verify_inclusion(LEAVES[index], index, size, proof[:at] + proof[at + 1:], root)
        wrong = [*proof[:at], flipped(proof[at]), *proof[at + 1:]]
        assert not merkle.verify_inclusion(LEAVES[index], index, size, wrong, root)


@given(st.data())
def test_a_consistency_proof_is_accepted_and_nothing_else(data):
    second = data.draw(st.integers(2, 600))
    first = data.draw(st.integers(1, second - 1))
    proof = merkle.consistency_proof(first, second, TILES)
    roots = merkle.root_of(first, TILES), merkle.root_of(second, TILES)
    assert merkle.verify_consistency(first, second, *roots, proof)
    assert not merkle.verify_consistency(first, second, flipped(roots[0]), roots[1], proof)
    assert not merkle.verify_consistency(first, second, roots[0], flipped(roots[1]), proof)
    assert not merkle.verify_consistency(first, second, *roots, [*proof, roots[0]])
    for at in range(len(proof)):
        assert not merkle.verify_consistency(first, second, *roots, proof[:at] + proof[at + 1:])
        wrong = [*proof[:at], flipped(proof[at]), *proof[at + 1:]]
        assert not merkle.verify_consistency(first, second, *roots, wrong)


@pytest.mark.parametrize("size", [0, 1, 5, 256, 600])
def test_every_tree_extends_the_empty_one_and_itself(size):
    root = merkle.root_of(size, TILES)
    assert merkle.consistency_proof(0, size, TILES) == merkle.consistency_proof(size, size, TILES) == []
    assert merkle.verify_consistency(0, size, merkle.EMPTY_ROOT, root, [])
    assert merkle.verify_consistency(size, size, root, root, [])
    assert not merkle.verify_consistency(size, size, root, flipped(root), [])
    assert not merkle.verify_consistency(0, size, flipped(merkle.EMPTY_ROOT), root, [])
    assert not merkle.verify_consistency(size, size, root, root, [root])


def test_no_proof_of_what_is_not_there():
    with pytest.raises(ValueError, match="no such leaf"):
        merkle.inclusion_proof(5, 5, TILES)
    with pytest.raises(ValueError, match="larger"):
        merkle.consistency_proof(6, 5, TILES)
    assert not merkle.verify_inclusion(LEAVES[0], 5, 5, [], LEAVES[0])
    assert not merkle.verify_consistency(6, 5, LEAVES[0], LEAVES[0], [])
    assert not merkle.verify_consistency(3, 5, LEAVES[0], LEAVES[0], [])


def test_a_short_tile_is_an_error_not_another_root():
    tiles = merkle.append(0, LEAVES[:10], merkle.reader({}))
    with pytest.raises(ValueError, match="too few"):
        merkle.root_of(11, merkle.reader(tiles))
    with pytest.raises(ValueError, match="too few"):
        merkle.append(11, LEAVES[11:12], merkle.reader(tiles))


def test_more_leaves_than_two_levels_of_tiles_hold():
    hashes = [merkle.leaf_hash(number.to_bytes(4, "big")) for number in range(66_000)]
    tiles = merkle.append(0, hashes[:65_000], merkle.reader({}))
    tiles.update(merkle.append(65_000, hashes[65_000:], merkle.reader(tiles)))
    tile = merkle.reader(tiles)
    assert len(tiles[2, 0]) == 32
    root = merkle.root_of(66_000, tile)
    assert root == merkle.root(hashes)
    for index in [0, 65_535, 65_536, 65_999, *range(100, 66_000, 3301)]:
        assert merkle.verify_inclusion(hashes[index], index, 66_000, merkle.inclusion_proof(index, 66_000, tile), root)
    for first in (1, 256, 65_535, 65_536, 65_537):
        proof = merkle.consistency_proof(first, 66_000, tile)
        assert merkle.verify_consistency(first, 66_000, merkle.root(hashes[:first]), root, proof)
