"""What every Atom feed (RFC 4287) needs: names for good (RFC 4151), text that XML can hold, a conditional answer."""

import re
from datetime import UTC, datetime
from urllib.parse import urlsplit

from flask import Response, make_response, render_template, request

from civicportal.core.configuration import settings

BEGINNING = datetime(2025, 1, 1, tzinfo=UTC)
_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def tag(day: datetime, *path: str) -> str:
    """A name that stays the same whatever address the portal gets: `tag:host,2025-10-17:petition/2510-…`."""
    host = urlsplit(settings().portal_url).hostname
    return f"tag:{host},{day.astimezone(UTC):%Y-%m-%d}:{'/'.join(path)}"


def atom(template: str, **about: object) -> Response:
    """A feed made from a template, without the few characters XML cannot hold; 304 for who has it already."""
    response = make_response(_NOT_XML.sub("", render_template(template, **about)))
    response.mimetype = "application/atom+xml"
    response.add_etag()
    response.make_conditional(request)
    return response
