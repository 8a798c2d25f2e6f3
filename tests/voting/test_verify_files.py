"""verify.py names what is wrong with files that somebody has changed since they were signed."""

import shutil
from dataclasses import replace

import pytest

from tests.voting.checking import box, closed, heads, lines, refused
from tests.voting.honest_export import leaf_of, signer

FILES = ("ballots.jsonl", "heads.txt", "box.json", "proofs.json", "voted-keys.txt")


@pytest.fixture(scope="module")
def honest(tmp_path_factory):
    return closed().write(tmp_path_factory.mktemp("export"))


LEAF = leaf_of("library", "no", 700)


def swap(rows, one, two):
    rows[one], rows[two] = rows[two], rows[one]


def put(at, change):
    """Change the line or head at a place."""
    def apply(rows):
        rows[at] = change(rows[at])

    return apply


BALLOTS = {
    "dropped": (lambda rows: rows.pop(1), "Head 2 signs other ballots than lines 1 to 4"),
    "last dropped": (lambda rows: rows.pop(), "ballots.jsonl has 9 lines, box.json says 10."),
    "added in the middle": (lambda rows: rows.insert(1, LEAF), "Head 2 signs other ballots than lines 1 to 4"),
    "added at the end": (lambda rows: rows.append(LEAF), "ballots.jsonl has more than the 10 lines"),
    "altered": (put(5, lambda row: row.replace('"no"', '"yes"')), "Head 3 signs other ballots"),
    "last altered": (put(9, lambda row: row.replace("abstain", "yes")), "Head 4 signs other ballots"),
    "moved": (lambda rows: swap(rows, 4, 6), "Head 3 signs other ballots than lines 1 to 9"),
    "duplicated": (lambda rows: rows.insert(2, rows[1]), "line 3 has the tracker of an earlier ballot"),
    "spaces": (put(0, lambda row: row.replace(",", ", ")), "line 1 is not written as a ballot should"),
    "no JSON": (lambda rows: rows.insert(3, "yes"), "line 4 is not written as a ballot should be"),
    "empty line": (lambda rows: rows.insert(3, ""), "line 4 is not written as a ballot should be"),
    "numbers": (lambda rows: rows.insert(0, '{"choice":NaN,"revise":1e5,"tracker":' + "9" * 5000 + "}"), "line 1 "),
    "deep": (lambda rows: rows.insert(0, "[" * 60_000), "line 1 is not written"),
    "endless": (lambda rows: rows.insert(0, "[" * 70_000), "line 1 is longer than any such line"),
    "half a character": (lambda rows: rows.insert(0, LEAF.replace("no", "\\ud800")), "line 1 is not written"),
    "other parts": (lambda rows: rows.insert(0, LEAF.replace("}", ',"voter":"me"}')), "line 1 is not written"),
    "no tracker": (lambda rows: rows.insert(0, '{"choice":"yes","revise":"%s","tracker":"A"}' % ("0" * 64)), "line 1"),
}


@pytest.mark.parametrize("name", BALLOTS)
def test_ballots_tampered_with(honest, tmp_path, name):
    folder = shutil.copytree(honest, tmp_path / "export")
    change, said = BALLOTS[name]
    lines(folder, change)
    refused(folder, said)


@pytest.mark.parametrize(("change", "number"), [(lambda rows: rows.pop(), 9), (lambda rows: rows.append(LEAF), 11)])
def test_box_json_made_to_fit_does_not_help(honest, tmp_path, change, number):
    folder = shutil.copytree(honest, tmp_path / "export")
    lines(folder, change)
    box(folder, lambda row: row.update(published=number))
    refused(folder, f"box.json gives {number} ballots, head 4 covers 10.")


def signed(by, old="", new=""):
    """Sign a head again, changed."""
    return lambda row: by.sign(row.partition("\n\n")[0].replace(old, new) + "\n")


OWN, OTHER = signer(), signer("x")


HEADS = {
    "another key": (put(1, signed(OTHER)), "Head 2 is not signed with the key portal.example/log/2026a"),
    "another key of that name": (put(1, signed(replace(OTHER, name=OWN.name))), "Head 2 is not signed with the key"),
    "altered": (put(2, lambda row: row.replace("\n9\n", "\n8\n")), "Head 3: the signature of portal.example/log"),
    "signature altered": (put(2, lambda row: row[:-9] + "AAAAAAA=\n"), "Head 3: the signature of"),
    "signature not Base64": (put(2, lambda row: row[:-9] + "AAAAA=\n"), "Head 3 is not signed with the key"),
    "shrunk": (put(2, signed(OWN, "\n9\n", "\n3\n")), "The log shrank: head 3 covers 3 ballots after 4."),
    "grown": (put(2, signed(OWN, "\n9\n", "\n10\n")), "Head 3 signs other ballots than lines 1 to 10"),
    "dropped": (lambda rows: rows.pop(1), "the head in place 2 calls itself head 3"),
    "last dropped": (lambda rows: rows.pop(), "heads.txt holds 3 heads, box.json says 4."),
    "all dropped": (lambda rows: rows.clear(), "heads.txt"),
    "doubled": (lambda rows: rows.insert(1, rows[1]), "the head in place 3 calls itself head 2"),
    "other rules": (put(1, signed(OWN, "\nbox ", "\nbox 00")), "heads.txt: head 2 is cut off or not written as"),
    "another log": (put(1, signed(OWN, "library", "park")), "Head 2 is of another log, portal.example/votes/park."),
    "another electorate": (put(1, signed(OWN, "electorate 20", "electorate 21")), "Head 2 is for another electorate"),
    "another number": (put(3, signed(OWN, "head 4", "head 14")), "the head in place 4 calls itself head 14"),
    "a line more": (put(0, signed(OWN, "\nbox", "\nnew thing\nbox")), "head 1 is cut off or not written"),
    "earlier": (put(2, signed(OWN, "\nat 2026-05", "\nat 2026-04")), "Head 3: its times do not follow"),
    "another end": (put(2, signed(OWN, "closes 2026-05", "closes 2026-06")), "Head 3: its times do not follow"),
    "no signature": (put(0, lambda row: row.partition("— ")[0]), "heads.txt"),
    "no rest": (put(3, lambda row: row[:300] + "\n"), "heads.txt: head 4 is cut off"),
}


@pytest.mark.parametrize("name", HEADS)
def test_heads_tampered_with(honest, tmp_path, name):
    folder = shutil.copytree(honest, tmp_path / "export")
    change, said = HEADS[name]
    heads(folder, change)
    refused(folder, said)


BOXES = {
    "tally": (lambda row: row["tally"].update(yes=6), "box.json says yes 6, no 2, abstain 2; the ballots amount to"),
    "no tally": (lambda row: row.update(tally=None), "box.json says nothing; the ballots amount to"),
    "question": (lambda row: row["frozen"].update(question="Close it?"), "(its frozen part) are not those that"),
    "rule": (lambda row: row["frozen"].update(may_change=False), "(its frozen part) are not those that"),
    "threshold": (lambda row: row["frozen"]["threshold"].update(value=4), "(its frozen part) are not those that"),
    "crossing head": (lambda row: row["crossing"].update(head=4), "crossed at head 4, but it was reached at head 3."),
    "crossing too early": (lambda row: row["crossing"].update(head=2), "5 yes at head 2, where the threshold was"),
    "crossing count": (lambda row: row["crossing"].update(yes=6), "box.json says 6 yes at head 3"),
    "crossing nowhere": (lambda row: row["crossing"].update(head=99), "5 yes at head 99"),
    "crossing left out": (lambda row: row.update(crossing=None), "Head 3 reaches the threshold, which box.json does"),
    "another policy": (lambda row: row["crossing"].update(version=4), "not under the threshold that was fixed"),
    "a round": (lambda row: row["crossing"].update(round={"month": "2026-05", "entries": []}), "only a threshold by"),
    "roll": (lambda row: row.update(roll=11), "roll or levels say something else than the 9 keys"),
    "levels": (lambda row: row.update(levels={"1": 8}), "roll or levels say something else"),
    "heads": (lambda row: row.update(heads=5), "heads.txt holds 4 heads, box.json says 5."),
    "reopened": (lambda row: row.update(state="open"), "says that the vote is open, but its last head has a tally."),
    "closing time": (lambda row: row.update(closes_at="2026-05-12T09:00:00Z"), "closes_at is 2026-05-12T09:00:00Z"),
    "extended": (lambda row: row.update(closes_at="2026-05-12T09:00:00Z", extensions=[
        {"from": "2026-05-11T09:00:00Z", "to": "2026-05-12T09:00:00Z", "reason": ""}]), "Head 4 closes the vote at"),
    "extended backwards": (lambda row: row.update(extensions=[
        {"from": "2026-05-11T09:00:00Z", "to": "2026-05-10T09:00:00Z", "reason": ""}]), "extensions do not follow"),
    "withheld": (lambda row: row.update(withheld="until-close"), "withholds ballots until close, which the rules"),
    "silence": (lambda row: row.update(withheld="silence"), "withholds ballots for a silence"),
    "key": (lambda row: row["keys"][0].update(vkey=signer("x").vkey), "The key you gave is neither among"),
    "no key": (lambda row: row["keys"][0].update(vkey="a+b+c"), "“a+b+c” is not a key."),
    "no keys": (lambda row: row["keys"].clear(), "The key you gave"),
    "key of another head": (lambda row: row["keys"][0].update(from_head=2), "does not say from which head on"),
    "key not endorsed": (lambda row: row["keys"].append({"vkey": OTHER.vkey, "from_head": 4, "endorsement": None}),
                         "The endorsement of the key portal.example/log/x is missing"),
    "format": (lambda row: row.update(format="civicportal-box/2"), "box.json: format is not what it should be."),
    "state": (lambda row: row.update(state="done"), "box.json: state is not"),
    "size": (lambda row: row["frozen"]["electorate"].update(size="20"), "box.json: frozen.electorate.size is not"),
    "negative": (lambda row: row.update(published=-1), "box.json: published is not"),
    "huge": (lambda row: row.update(published=10**400), "box.json: published is not"),
    "truth": (lambda row: row.update(heads=True), "box.json: heads is not"),
    "part missing": (lambda row: row.pop("withheld"), "box.json: all of it is not what"),
    "part too many": (lambda row: row["frozen"].update(extra=1), "box.json: frozen is not"),
    "list": (lambda row: row.update(extensions={}), "box.json: extensions is not"),
    "no options": (lambda row: row["frozen"]["options"].clear(), "box.json: options is not"),
    "half a character": (lambda row: row["frozen"].update(question="\ud800"), "half a character"),
}


@pytest.mark.parametrize("name", BOXES)
def test_box_json_tampered_with(honest, tmp_path, name):
    folder = shutil.copytree(honest, tmp_path / "export")
    change, said = BOXES[name]
    box(folder, change)
    refused(folder, said)


@pytest.mark.parametrize("text", [
    "", "\n", "[]\n", "null\n", "{\n", '{"a":1,"a":1}\n', "[1.5]\n", "[NaN]\n", "[" * 100_000 + "\n", "9" * 5000 + "\n",
    "\ufeff{}\n", '"\ud800"\n',
])
@pytest.mark.parametrize("name", FILES)
def test_files_that_are_something_else(honest, tmp_path, name, text):
    folder = shutil.copytree(honest, tmp_path / "export")
    (folder / name).write_bytes(text.encode(errors="surrogatepass"))
    if (name, text) != ("proofs.json", "[]\n"):  # which is just what it is when all ballots are given
        assert name in refused(folder)


@pytest.mark.parametrize("name", FILES)
def test_files_missing_or_unreadable(honest, tmp_path, name):
    folder = shutil.copytree(honest, tmp_path / "export")
    (folder / name).unlink()
    refused(folder, f"{name} is missing.")
    (folder / name).mkdir()
    refused(folder, f"{name} cannot be read.")
    refused(tmp_path / "nothing", "box.json is missing.")


@pytest.mark.parametrize("name", FILES)
def test_files_truncated(honest, tmp_path, name):
    """Anywhere: in the last line, in the middle, after a line."""
    folder = shutil.copytree(honest, tmp_path / "export")
    whole = (folder / name).read_bytes()
    ends = [at + 1 for at, byte in enumerate(whole) if byte == 10][:-1]
    for size in {0, 1, len(whole) // 2, len(whole) - 1, *ends}:
        (folder / name).write_bytes(whole[:size])
        assert name in refused(folder), size


def test_a_file_without_end(honest, monkeypatch):
    monkeypatch.setattr("civicportal.voting.verify.FILE_LIMIT", 100)
    refused(honest, "box.json is larger than any such file.")
