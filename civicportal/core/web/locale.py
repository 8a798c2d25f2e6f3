"""The language is in the address: `/ko/…`, `/en/…`."""

import re

from flask import Flask, current_app, g, request, url_for
from werkzeug.routing import BaseConverter

from civicportal.core.i18n import current_locale, language_name


def init_locale(app: Flask) -> None:
    """Take the language out of each address and put it into each address that is built."""

    class LocaleConverter(BaseConverter):
        """A language of this portal, as the first part of a path."""

        regex = "|".join(map(re.escape, app.config["SETTINGS"].locales))

    app.url_map.converters["locale"] = LocaleConverter

    @app.url_value_preprocessor
    def take(_endpoint: str | None, values: dict[str, object] | None) -> None:
        g.locale = (values or {}).pop("locale", None) or preferred_locale()

    @app.url_defaults
    def put(endpoint: str, values: dict[str, object]) -> None:
        known = endpoint in app.view_functions  # an unknown one is url_for's to report
        if known and "locale" not in values and app.url_map.is_endpoint_expecting(endpoint, "locale"):
            values["locale"] = current_locale()


def preferred_locale() -> str:
    """The language of the path if it has one, else the best of the browser's, else the portal's first."""
    locales = current_app.config["SETTINGS"].locales
    first = request.path.split("/")[1]
    return first if first in locales else request.accept_languages.best_match(locales) or locales[0]


def alternate_urls() -> list[tuple[str, str, str]]:
    """This page in every language: (code, the language's own name, address)."""
    pairs = []
    for locale in current_app.config["SETTINGS"].locales:
        if request.endpoint and current_app.url_map.is_endpoint_expecting(request.endpoint, "locale"):
            url = url_for(request.endpoint, **{**(request.view_args or {}), "locale": locale})
            query = request.query_string.decode("utf-8", "replace")
            url = f"{url}?{query}" if query else url
        else:
            url = f"/{locale}/"
        pairs.append((locale, language_name(locale), url))
    return pairs
