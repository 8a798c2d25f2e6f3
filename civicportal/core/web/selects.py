"""Options in groups for a select, which the GOV.UK macro does not know."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from markupsafe import Markup

_OPTION = Markup('<option value="{value}"{marks}>{text}</option>')
_GROUP = Markup('<optgroup label="{name}">{options}</optgroup>')
_END = "</select>"


def grouped_select(select: Markup, groups: Iterable[tuple[str, Sequence[Mapping[str, Any]]]]) -> Markup:
    """`select`, an empty select element, filled with groups of options; a group without a name is left open."""
    filling = Markup().join(_group(name, options) for name, options in groups)
    before, end, after = str(select).rpartition(_END)
    return Markup(before) + filling + Markup(end + after)  # noqa: S704 - parts of safe markup


def _group(name: str, options: Sequence[Mapping[str, Any]]) -> Markup:
    inside = Markup().join(_option(option) for option in options)
    return _GROUP.format(name=name, options=inside) if name else inside


def _option(option: Mapping[str, Any]) -> Markup:
    marks = " selected" if option["selected"] else ""
    return _OPTION.format(value=option["value"], text=option["text"],
                          marks=marks + (" disabled" if option["disabled"] else ""))
