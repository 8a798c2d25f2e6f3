"""Languages and local time. The only importer of flask_babel."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

from babel import Locale
from babel.dates import format_date as _format_date
from babel.dates import format_datetime as _format_datetime
from babel.numbers import format_decimal
from flask import Flask, current_app, g, has_request_context
from flask_babel import Babel, force_locale, get_locale, ngettext
from flask_babel import gettext as _
from flask_babel import lazy_gettext as lazy

__all__ = [
    "_", "current_locale", "in_request", "init_i18n", "iso", "language_name", "lazy", "local", "long_date",
    "moment_text", "ngettext", "number_text", "speaking", "timezone", "utc_stamp",
]

_babel = Babel()
# How dates are written; in other languages as they do it themselves.
_DAY = {"ko": "y년 M월 d일", "en": "d MMMM y"}
_WEEKDAY = {"ko": "y년 M월 d일 EEEE", "en": "EEEE d MMMM y"}
_MOMENT = {"ko": "y년 M월 d일 HH:mm", "en": "d MMMM y, HH:mm"}


def init_i18n(app: Flask) -> None:
    """Bind translations; the language of a page is the one in its URL (`g.locale`)."""
    _babel.init_app(app, default_locale=app.config["SETTINGS"].locales[0],
                    default_translation_directories="translations", locale_selector=_selected)
    app.jinja_env.add_extension("jinja2.ext.i18n")


def _selected() -> str:
    return g.get("locale") or current_app.config["SETTINGS"].locales[0]


def current_locale() -> str:
    """Code of the language in use here, such as `ko`."""
    locale = get_locale()
    return str(locale) if locale else "ko"


def language_name(locale: str) -> str:
    """What a language is called in itself: `한국어`, `English`."""
    return Locale.parse(locale).get_display_name(locale) or locale


@contextmanager
def speaking(locale: str) -> Iterator[None]:
    """Use another language inside the block: mails are written in their reader's language."""
    with force_locale(locale):
        yield


def timezone() -> ZoneInfo:
    """The zone in which days are counted and times are shown."""
    return ZoneInfo(current_app.config["SETTINGS"].timezone)


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


def moment_text(instant: datetime) -> str:
    """Date and time of day, to the minute, on the portal's clocks."""
    locale = current_locale()
    return _format_datetime(local(instant), _MOMENT.get(locale, "medium"), locale=locale)


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
