"""The log against other implementations: pymerkle's, and Go's, which guards Go's own module database."""

import json
import os
import shutil
import subprocess
from base64 import b64encode
from pathlib import Path

import pytest
from pymerkle import InmemoryTree

from civicportal.voting import merkle, notes
from tests import needs
from tests.voting.honest_export import HOST, leaf_of, signer

GO_LIBRARIES = Path("/usr/share/gocode")
GO_MODULE = GO_LIBRARIES / "src/golang.org/x/mod/sumdb"
SIZES = [*range(34), 255, 256, 257, 400]
LEAVES = [leaf_of("library", "yes", number).encode() for number in range(400)]
HASHES = [merkle.leaf_hash(leaf) for leaf in LEAVES]
TILE = merkle.reader(merkle.append(0, HASHES, merkle.reader({})))


def text(raw: bytes) -> str:
    return b64encode(raw).decode()


def pairs():
    """Sizes with the places before them that are checked: all where it is small."""
    for size in SIZES[1:]:
        yield from ((place, size) for place in range(size) if size < 34 or place % 37 == 0 or place in {size - 1, 256})


def question():
    """What Go is asked: everything about a tree, and a signed head."""
    roots = [merkle.root_of(size, TILE) for size in range(401)]
    head = notes.checkpoint(f"{HOST}/votes/library", 400, roots[-1], {"head": "1"})
    return {
        "Leaves": [leaf.decode() for leaf in LEAVES], "Roots": [*map(text, roots)],
        "Inclusions": [{"Index": index, "Size": size, "Proof": [*map(text, merkle.inclusion_proof(index, size, TILE))]}
                       for index, size in pairs()],
        "Consistencies": [{"First": first, "Second": size,
                           "Proof": [*map(text, merkle.consistency_proof(first, size, TILE))]}
                          for first, size in pairs() if first],
        "Note": signer().sign(head), "Vkey": signer().vkey, "Text": head,
    }


@pytest.fixture(scope="module")
def go(tmp_path_factory):
    """Ask Go's libraries."""
    needs.need(shutil.which("go") and GO_MODULE.exists(), "Go (golang-go golang-golang-x-mod-dev)")
    command = tmp_path_factory.mktemp("go") / "check"
    subprocess.run(["go", "build", "-o", str(command), str(Path(__file__).with_name("go") / "check.go")], check=True,
                   env={**os.environ, "GOPATH": str(GO_LIBRARIES), "GO111MODULE": "off", "GOFLAGS": ""})
    return lambda said: subprocess.run([str(command)], input=json.dumps(said), text=True, capture_output=True,
                                       check=False)


def test_go_agrees(go):
    said = question()
    done = go(said)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == f"401 {len(said['Inclusions'])} {len(said['Consistencies'])} agree\n"


@pytest.mark.parametrize("change", [
    lambda said: said["Roots"].__setitem__(3, said["Roots"][4]),
    lambda said: said["Inclusions"][-1]["Proof"].reverse(),
    lambda said: said["Consistencies"][-1]["Proof"].reverse(),
    lambda said: said.update(Note=said["Note"].replace("head 1", "head 2")),
])
def test_go_would_notice(go, change):
    said = question()
    change(said)
    assert go(said).returncode == 1


@pytest.mark.parametrize("size", SIZES)
def test_pymerkle_has_the_same_roots(size):
    tree = InmemoryTree.init_from_entries(LEAVES[:size], algorithm="sha256")
    assert tree.get_root() == merkle.root_of(size, TILE)


def test_pymerkle_has_the_same_hashes_in_its_proofs():
    """Of inclusion: its path holds the leaf's hash too, in an order of its own. Those of consistency differ."""
    tree = InmemoryTree.init_from_entries(LEAVES, algorithm="sha256")
    for index, size in pairs():
        own = [HASHES[index], *merkle.inclusion_proof(index, size, TILE)]
        assert {node.hex() for node in own} == {*tree.prove_inclusion(index + 1, size).serialize()["path"]}
