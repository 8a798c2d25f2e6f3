"""As much of Prometheus as the rules of docs/alerts.yml use: comparisons, `and on()`, and shares of rates."""

import re
from pathlib import Path
from typing import Any

import yaml
from prometheus_client.parser import text_string_to_metric_families

ROOT = Path(__file__).resolve().parents[2]
Series = dict[tuple[str, frozenset[tuple[str, str]]], float]
COMPARE = {"<": lambda one, other: one < other, ">": lambda one, other: one > other,
           "==": lambda one, other: one == other}
RATE = re.compile(r"sum\(rate\((.+?)\[5m\]\)\)")


def rules() -> dict[str, str]:
    """The expression of each alert by its name."""
    read: Any = yaml.safe_load((ROOT / "docs" / "alerts.yml").read_text("utf-8"))
    return {rule["alert"]: rule["expr"] for group in read["groups"] for rule in group["rules"]}


def series(text: str) -> Series:
    """What a scrape says."""
    return {(sample.name, frozenset(sample.labels.items())): sample.value
            for family in text_string_to_metric_families(text) for sample in family.samples}


def firing(now: str, before: str = "") -> set[str]:
    """Names of the alerts that two scrapes, five minutes apart, set off."""
    latest, former = series(now), series(before)
    return {name for name, expression in rules().items() if _holds(expression, latest, former)}


def metrics_named(expression: str) -> set[str]:
    """The names of metrics in an expression."""
    return set(re.findall(r"civicportal_\w+", expression))


def _holds(expression: str, latest: Series, former: Series) -> bool:
    return all(_compared(part, latest, former) for part in expression.split(" and on() "))


def _compared(part: str, latest: Series, former: Series) -> bool:
    found = re.fullmatch(r"(.+) (<|>|==) ([\d.]+)", part)
    assert found, part
    values = _share(found[1], latest, former) if "rate(" in found[1] else _selected(found[1], latest)
    return any(COMPARE[found[2]](value, float(found[3])) for value in values)


def _share(term: str, latest: Series, former: Series) -> list[float]:
    part, whole = (sum(_selected(one, latest)) - sum(_selected(one, former)) for one in RATE.findall(term))
    return [part / whole] if whole else []


def _selected(selector: str, found: Series) -> list[float]:
    parts = re.fullmatch(r"(\w+)(?:{(\w+)=\"(\w+)\"})?", selector)
    assert parts, selector
    wanted = {(parts[2], parts[3])} if parts[2] else set()
    return [value for (name, labels), value in found.items() if name == parts[1] and wanted <= labels]
