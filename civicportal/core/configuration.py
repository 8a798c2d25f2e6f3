"""The settings of the running portal, for code that must not know Flask."""

from flask import current_app

from config import Settings


def settings() -> Settings:
    """The settings this application was made with."""
    found: Settings = current_app.config["SETTINGS"]
    return found
