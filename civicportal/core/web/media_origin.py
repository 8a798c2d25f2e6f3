"""With MEDIA_URL, files have an origin of their own: there is nothing but files there, and no file anywhere else.

What somebody uploads can then never act with the rights of who opens it: that origin has no cookies.
"""

from urllib.parse import urlsplit

from flask import Flask, request

from civicportal.core.errors import NotFound

BLUEPRINT = "media"


def init_media_origin(app: Flask) -> None:
    """Keep the two origins apart, where there are two."""
    host = urlsplit(app.config["SETTINGS"].media_url).netloc
    if not host:
        return

    @app.before_request
    def keep_apart() -> None:
        if (request.host == host) != (request.blueprint == BLUEPRINT):
            raise NotFound
