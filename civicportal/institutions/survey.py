"""What a whole file of rows would do to the tree, before anything is written. Keeps codes, not rows."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

from civicportal.core.i18n import lazy
from civicportal.institutions import tree
from civicportal.institutions.csv_rows import Parsed, Problem

Links = dict[str, str | None]
ABSENT: dict[str, Callable[[str], object]] = {
    "parent": lambda code: lazy("There is no institution or region “%(code)s” to be its parent.", code=code),
    "successor": lambda code: lazy("There is no institution “%(code)s” to be its successor.", code=code),
    "region": lambda code: lazy("There is no region “%(code)s”.", code=code),
}
CIRCLE = {
    "parent": lazy("Following the parents of this row leads back to it."),
    "successor": lazy("Following the successors of this row leads back to it."),
}


@dataclass
class Survey:
    """The rows of a file, checked against each other and against what is stored.

    `stored` holds, by code, the links of what is in the portal; `outside` the codes that links of other kinds may
    name (`region`). `problems` are the bad rows; `left_out` the good ones that rest on bad ones.
    """

    stored: Mapping[str, Links]
    outside: Mapping[str, set[str]]
    rows: dict[str, int] = field(default_factory=dict)
    links: dict[str, Links] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)
    left_out: list[Problem] = field(default_factory=list)
    bad: set[str] = field(default_factory=set)

    def read(self, items: Iterable[Parsed | Problem]) -> None:
        """Take in all rows, then check how they hang together."""
        for item in items:
            if isinstance(item, Problem):
                self.problems.append(item)
                self.bad.add(item.code)
            elif item.code in self.rows:
                text = lazy("Row %(row)d has this code already.", row=self.rows[item.code])
                self.problems.append(Problem(item.row, item.code, text))
            else:
                self.rows[item.code] = item.row
                self.links[item.code] = item.links
        self.bad -= self.rows.keys()
        self._find_absent()
        while self._find_circles() or self._find_dependents():
            pass
        self.problems.sort(key=lambda problem: problem.row)
        self.left_out.sort(key=lambda problem: problem.row)

    def accepts(self, row: Parsed) -> bool:
        """Whether a row of the second reading is to be written."""
        return row.code in self.links and self.rows[row.code] == row.row

    def _find_absent(self) -> None:
        wrong = {}
        for code, links in self.links.items():
            for kind, target in links.items():
                if target is not None and not self._known(kind, target):
                    wrong[code] = ABSENT[kind](target)
        self._drop(wrong, self.problems)

    def _known(self, kind: str, target: str) -> bool:
        if kind in self.outside:
            return target in self.outside[kind]
        return target in self.rows or target in self.bad or target in self.stored

    def _find_circles(self) -> bool:
        wrong: dict[str, object] = {}
        for kind, text in CIRCLE.items():
            edges = {code: links.get(kind) for code, links in self.stored.items()}
            edges |= {code: links[kind] for code, links in self.links.items() if kind in links}
            wrong |= {code: text for code in tree.cycles(edges) if code in self.links}
        self._drop(wrong, self.problems)
        return bool(wrong)

    def _find_dependents(self) -> bool:
        lost = self.bad - self.stored.keys()
        wrong: dict[str, object] = {}
        for kind in CIRCLE:
            edges = {code: links.get(kind) for code, links in self.links.items() if links.get(kind) not in self.stored}
            text = lazy("It rests on a row that is left out.")
            wrong |= {code: text for code in tree.below(edges, lost) if code in self.links}
        self._drop(wrong, self.left_out)
        return bool(wrong)

    def _drop(self, wrong: Mapping[str, object], into: list[Problem]) -> None:
        for code, text in wrong.items():
            into.append(Problem(self.rows[code], code, text))
            del self.links[code]
            self.bad.add(code)
