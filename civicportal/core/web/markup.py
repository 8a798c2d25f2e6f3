"""The GOV.UK component macros as functions, and what they do not know: options in groups."""

from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from typing import Any

from jinja2 import Environment, PackageLoader, PrefixLoader
from markupsafe import Markup

_PACKAGE = "govuk_frontend_jinja"
_OPTION = Markup('<option value="{value}"{marks}>{text}</option>')
_GROUP = Markup('<optgroup label="{name}">{options}</optgroup>')
_END = "</select>"


@cache
def _macros(component: str) -> Any:
    environment = Environment(loader=PrefixLoader({_PACKAGE: PackageLoader(_PACKAGE)}), autoescape=True)
    return environment.get_template(f"{_PACKAGE}/components/{component}/macro.html").module


def component(name: str, params: dict[str, Any]) -> Markup:
    """The markup of a GOV.UK component, `name` in kebab-case. Values under the keys `text` are escaped."""
    macro = "govuk" + "".join(part.capitalize() for part in name.split("-"))
    return Markup(getattr(_macros(name), macro)(params))  # noqa: S704 - rendered with autoescape


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
