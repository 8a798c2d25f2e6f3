"""The graph that parents and successors form: what a batch of rows would break."""

from collections.abc import Iterable, Mapping

Edges = Mapping[str, str | None]


def cycles(edges: Edges) -> set[str]:
    """The codes that reach themselves by following `edges`."""
    settled: set[str] = set()
    found: set[str] = set()
    for start in edges:
        path: dict[str, int] = {}
        here: str | None = start
        while here is not None and here not in settled and here not in path:
            path[here] = len(path)
            here = edges.get(here)
        if here is not None and here in path:
            found |= {code for code, place in path.items() if place >= path[here]}
        settled.update(path)
    return found


def below(edges: Edges, roots: Iterable[str]) -> set[str]:
    """The codes that lead to one of `roots` by following `edges`, without the roots themselves."""
    top = set(roots)
    known: dict[str, bool] = dict.fromkeys(top, True)
    for start in edges:
        path: list[str] = []
        here: str | None = start
        while here is not None and here not in known:
            known[here] = False
            path.append(here)
            here = edges.get(here)
        if here is not None and known[here]:
            known.update(dict.fromkeys(path, True))
    return {code for code, leads in known.items() if leads} - top


def leads_to(edges: Edges, start: str | None, goal: str) -> bool:
    """Whether following `edges` from `start` comes to `goal`; ends at a cycle."""
    seen: set[str] = set()
    while start is not None and start not in seen:
        if start == goal:
            return True
        seen.add(start)
        start = edges.get(start)
    return False
