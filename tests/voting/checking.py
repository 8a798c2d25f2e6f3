"""Running verify.py on an export, and laying hands on one."""

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from io import StringIO
from pathlib import Path
from typing import Any

from civicportal.voting import verify
from tests.voting.honest_export import Vote, signer, threshold

MAY_ENDS = datetime(2026, 6, 1, tzinfo=UTC)  # where the clocks of the portal show UTC
BROKEN = "broke this check"  # what the last net says, which no known fault may need


def checked(folder: Path, *options: str, key: str | None = None) -> tuple[int, str]:
    """Exit code and report. `key`: "" for none, as a rule the one that a vote begins with."""
    out = StringIO()
    key = signer().vkey if key is None else key
    code = verify.run([str(folder), *(["--key", key] if key else []), *options], out)
    assert BROKEN not in out.getvalue(), out.getvalue()
    return code, out.getvalue()


def refused(folder: Path, *said: str, **options: str) -> str:
    """The report of an export that is refused; it must name each of `said`."""
    code, report = checked(folder, **options)
    wrong = [line for line in report.splitlines() if line.startswith("WRONG: ")]
    assert code == 1, report
    assert all(any(words in line for line in wrong) for words in said), report
    assert report.endswith("These files do not prove the result.\n")
    assert "Tally:" not in report
    return report


def lines(folder: Path, change: Callable[[list[str]], object], name: str = "ballots.jsonl") -> None:
    """Change the list of a file's lines."""
    path = folder / name
    rows = path.read_text(encoding="utf-8").split("\n")[:-1]
    change(rows)
    path.write_text("".join(f"{row}\n" for row in rows), encoding="utf-8")


def heads(folder: Path, change: Callable[[list[str]], object]) -> None:
    """Change the list of heads."""
    path = folder / "heads.txt"
    parts = path.read_text(encoding="utf-8")[:-1].split("\n\n")
    rows = ["\n\n".join(parts[at:at + 2]) + "\n" for at in range(0, len(parts), 2)]
    change(rows)
    path.write_text("\n".join(rows), encoding="utf-8")


def box(folder: Path, change: Callable[[dict[str, Any]], object]) -> None:
    """Change box.json."""
    path = folder / "box.json"
    value = json.loads(path.read_text(encoding="utf-8"))
    change(value)
    path.write_text(json.dumps(value, indent=1) + "\n", encoding="utf-8")


def usual(**frozen: Any) -> Vote:
    """A vote of eight voters, one of whom thought again, that crosses its threshold of five at head 3."""
    vote = Vote(**{"threshold": threshold("number", 5), **frozen})
    vote.cast("yes", "no", "yes", "abstain")
    vote.head()
    vote.cast("yes", "no", "yes", "no")
    vote.change(1, "yes", 1001)
    vote.head()
    vote.box["crossing"] = {"head": 3, "yes": 5, "version": 3, "round": None}
    return vote


def monthly(before: datetime = MAY_ENDS - timedelta(days=1), after: datetime = MAY_ENDS, **more: Any) -> Vote:
    """A vote that crosses in May's round at head 3, signed at the instant `after`; head 2 at `before`."""
    vote = Vote(**{"threshold": threshold("monthly", 2), "until": MAY_ENDS + timedelta(days=20), **more})
    for moment, choices in ((before, ("yes", "yes", "no")), (after, ("yes", "yes", "yes"))):
        vote.cast(*choices)
        vote.now = moment - timedelta(minutes=10)
        vote.head()
    vote.box["crossing"] = {"head": 3, "yes": 5, "version": 3, "round": {"month": "2026-05", "entries": [
        {"slug": "library", "head": 3, "yes": 5, "crossed": True}]}}
    return vote


def closed(**frozen: Any) -> Vote:
    """The same, closed with one vote more."""
    vote = usual(**frozen)
    vote.cast("abstain")
    vote.close()
    return vote
