"""Texts and addresses for readers who are not looking at a page: mails, notices and feeds need no request."""

import re
from typing import Any
from urllib.parse import urlsplit

from flask import current_app
from werkzeug.routing import BuildError

from civicportal.core.i18n import current_locale

# What mail programs make a link of by themselves: an address with a scheme, a mail address, the name of a site.
_LINK = re.compile(r"://|@|[^.]\.[a-z]{2,}(?![a-z])", re.IGNORECASE | re.ASCII)


def unlinked(text: str) -> str:
    """The text with an ellipsis for each link in it: nobody shall send strangers to a site in the portal's name."""
    return " ".join("…" if _LINK.search(word) else word for word in text.split())


def render(template: str, context: dict[str, Any], *, block: str | None = None) -> str:
    """A template of the portal as text; with `block`: only that block, where the template itself fills it."""
    found = current_app.jinja_env.get_template(template)
    values = dict(context)
    current_app.update_template_context(values)
    if block in found.blocks:
        return "".join(found.blocks[block](found.new_context(values)))
    return found.render(values)


def absolute_url(endpoint: str, **values: Any) -> str:
    """The full address of a page on PORTAL_URL, in the language being spoken (`core.i18n.speaking`).

    `_anchor` names a place on the page. Raises werkzeug's BuildError for an endpoint that does not exist.
    """
    portal = urlsplit(current_app.config["SETTINGS"].portal_url)
    anchor = values.pop("_anchor", "")
    adapter = current_app.url_map.bind(portal.netloc, url_scheme=portal.scheme)
    try:
        if current_app.url_map.is_endpoint_expecting(endpoint, "locale"):
            values.setdefault("locale", current_locale())
        url = adapter.build(endpoint, values, force_external=True)
    except (BuildError, KeyError) as error:
        failure = error if isinstance(error, BuildError) else BuildError(endpoint, values, None, adapter)
        url = current_app.handle_url_build_error(failure, endpoint, values)
    return f"{url}#{anchor}" if anchor else url
