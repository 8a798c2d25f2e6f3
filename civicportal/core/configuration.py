"""The settings of the running portal, for code that must not know Flask."""

from flask import current_app

from config import Settings


def settings() -> Settings:
    """The settings this application was made with."""
    found: Settings = current_app.config["SETTINGS"]
    return found


def identity_providers() -> frozenset[str]:
    """Names of the identity providers this installation offers."""
    return frozenset(current_app.extensions.get("identity_providers", {}))
