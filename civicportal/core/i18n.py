"""Languages and local time. The only importer of flask_babel.

Pages ask for hundreds of texts, so the language and its catalogue are looked up here, once, and not by flask_babel for
each of them.
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, date, datetime
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

from babel import Locale
from babel.core import get_global
from babel.dates import format_date as _format_date
from babel.dates import format_datetime as _format_datetime
from babel.dates import get_timezone_location
from babel.numbers import format_decimal
from babel.support import NullTranslations, Translations
from flask import Flask, current_app, g, has_app_context, has_request_context
from flask_babel import Babel
from flask_babel.speaklater import LazyString
from jinja2 import pass_context
from jinja2.runtime import Context

from civicportal.core.directions import isolated
from config import TRANSLATIONS

__all__ = [
    "_", "current_locale", "in_request", "init_i18n", "iso", "language_name", "lazy", "local", "long_date",
    "moment_text", "ngettext", "number_text", "speaking", "timezone", "utc_stamp",
    "zone_name",
]

_babel = Babel()
_spoken: ContextVar[str] = ContextVar("spoken", default="")
# How dates are written; in other languages as they do it themselves.
_DAY = {"ko": "y년 M월 d일", "en": "d MMMM y"}
_WEEKDAY = {"ko": "y년 M월 d일 EEEE", "en": "EEEE d MMMM y"}
_MOMENT = {"ko": "y년 M월 d일 HH:mm", "en": "d MMMM y, HH:mm"}
_WEEKDAY_MOMENT = {"ko": "y년 M월 d일 EEEE HH:mm", "en": "EEEE d MMMM y, HH:mm"}


def init_i18n(app: Flask) -> None:
    """Bind translations; the language of a page is the one in its URL (`g.locale`)."""
    _babel.init_app(app, default_locale=app.config["SETTINGS"].locales[0], locale_selector=current_locale)
    app.jinja_env.add_extension("jinja2.ext.i18n")
    app.jinja_env.install_gettext_callables(_, _form_for, newstyle=True)  # type: ignore[attr-defined]
    for name in ("gettext", "ngettext"):
        app.jinja_env.globals[name] = _filled(app.jinja_env.globals[name])


def _filled(made: Any) -> Callable[..., str]:
    """The callable of templates; what it fills in turns no direction outside itself."""

    @pass_context
    def filled(context: Context, *texts: Any, **variables: Any) -> str:
        return made(context, *texts, **_isolated(variables))

    return filled


def _isolated(variables: Mapping[str, object]) -> dict[str, object]:
    return {name: isolated(value) for name, value in variables.items()}


def current_locale() -> str:
    """Code of the language in use here, such as `ko`."""
    spoken = _spoken.get()
    if spoken:
        return spoken
    return (g.get("locale") or current_app.config["SETTINGS"].locales[0]) if has_app_context() else "ko"


def _(text: str, /, **variables: object) -> str:
    """The text in the language in use; `%(name)s` in it is filled in from the variables, if any are given."""
    translated = _catalogue(current_locale()).gettext(text)
    return translated % _isolated(variables) if variables else translated


def ngettext(one: str, many: str, num: int, /, **variables: object) -> str:
    """The form of the text that fits the number, which fills in `%(num)d` as well."""
    return _form_for(one, many, num) % {"num": num, **_isolated(variables)}


def _form_for(one: str, many: str, num: int) -> str:
    """The form that fits the number; templates fill in the variables themselves."""
    return str(_catalogue(current_locale()).ngettext(one, many, num))


def lazy(text: str, /, **variables: object) -> LazyString:
    """A text that is translated when it is shown, for titles that are made at import."""
    return LazyString(_, text, **variables)


@lru_cache(maxsize=16)
def _catalogue(locale: str) -> NullTranslations:
    return Translations.load(TRANSLATIONS, [locale])


def language_name(locale: str) -> str:
    """What a language is called in itself: `한국어`, `English`."""
    return Locale.parse(locale).get_display_name(locale) or locale


@contextmanager
def speaking(locale: str) -> Iterator[None]:
    """Use another language inside the block: mails are written in their reader's language."""
    token = _spoken.set(locale)
    try:
        yield
    finally:
        _spoken.reset(token)


def timezone() -> ZoneInfo:
    """The zone in which days are counted and times are shown."""
    return ZoneInfo(current_app.config["SETTINGS"].timezone)


def zone_name() -> str:
    """What people call the zone: `대한민국 시간`."""
    return _zone_name(timezone().key, current_locale())


@lru_cache(maxsize=16)
def _zone_name(key: str, locale: str) -> str:
    return get_timezone_location(ZoneInfo(key), locale=locale) if key in get_global("zone_territories") else key


def local(instant: datetime) -> datetime:
    """The instant on the portal's clocks."""
    return instant.astimezone(timezone())


def long_date(day: date | datetime, *, weekday: bool = True) -> str:
    """`Friday 17 October 2025`, `2025년 10월 17일 금요일`."""
    if isinstance(day, datetime):
        day = local(day).date()
    locale = current_locale()
    pattern = _WEEKDAY.get(locale, "full") if weekday else _DAY.get(locale, "long")
    return _format_date(day, pattern, locale=locale)


def moment_text(instant: datetime, *, weekday: bool = False) -> str:
    """Date and time of day, to the minute, on the portal's clocks."""
    locale = current_locale()
    pattern = _WEEKDAY_MOMENT.get(locale, "full") if weekday else _MOMENT.get(locale, "medium")
    return _format_datetime(local(instant), pattern, locale=locale)


def iso(instant: datetime) -> str:
    """RFC 3339 with the portal's offset, for `<time datetime>`."""
    return local(instant).isoformat(timespec="minutes")


def utc_stamp(instant: datetime) -> str:
    """RFC 3339 in UTC to the second, for feeds."""
    return instant.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def number_text(value: float) -> str:
    """A number in the reader's notation."""
    return format_decimal(value, locale=current_locale())


def in_request() -> bool:
    """Whether a page is being made (and not a task or a command)."""
    return has_request_context()
