"""The one table of blueprints with their prefixes, task modules and commands; the only importer of routes and tasks."""

from importlib import import_module
from typing import Any

from flask import Flask

LOCALIZED = "/<locale:locale>"

BLUEPRINTS: tuple[tuple[str, str], ...] = (
    ("civicportal.pages.entrance:blueprint", ""),
    ("civicportal.pages.routes:blueprint", LOCALIZED),
    ("civicportal.pages.health:blueprint", ""),
    ("civicportal.pages.metrics:blueprint", ""),
    ("civicportal.accounts.routes:blueprint", LOCALIZED),
    ("civicportal.accounts.routes.openid:answers", ""),
    ("civicportal.switches.routes:blueprint", LOCALIZED),
    ("civicportal.notifications.routes:blueprint", LOCALIZED),
    ("civicportal.institutions.routes:blueprint", LOCALIZED),
    ("civicportal.deadlines.routes:blueprint", LOCALIZED),
    ("civicportal.voting.routes:blueprint", LOCALIZED),
    ("civicportal.petitions.routes:blueprint", LOCALIZED),
    ("civicportal.petitions.routes.media:blueprint", ""),
    ("civicportal.forum.routes:blueprint", LOCALIZED),
    ("civicportal.committee.routes:blueprint", LOCALIZED),
    ("civicportal.retention.routes:blueprint", LOCALIZED),
)
DEVELOPMENT_BLUEPRINTS: tuple[tuple[str, str], ...] = (
    ("civicportal.notifications.routes_dev:blueprint", "/dev"),
    ("civicportal.accounts.routes_dev:blueprint", "/dev"),
)
TASK_MODULES: tuple[str, ...] = (
    "civicportal.notifications.tasks",
    "civicportal.accounts.tasks",
    "civicportal.voting.tasks",
    "civicportal.petitions.tasks",
    "civicportal.forum.tasks",
    "civicportal.committee.tasks",
    "civicportal.retention.tasks",
)
COMMANDS: tuple[str, ...] = (
    "civicportal.switches.cli:switches",
    "civicportal.accounts.cli:accounts",
    "civicportal.institutions.cli:institutions",
    "civicportal.deadlines.cli:closures",
    "civicportal.referral.cli:referral",
    "civicportal.voting.cli:voting",
    "civicportal.petitions.cli:petitions",
    "civicportal.petitions.cli:receipts",
    "civicportal.recovery.cli:backup",
    "civicportal.recovery.cli:backup_key",
    "civicportal.recovery.cli:backups",
    "civicportal.recovery.cli:restore",
    "civicportal.recovery.cli:check_restored",
    "civicportal.recovery.cli:move_database",
    "civicportal.retention.cli:retention",
    "civicportal.retention.cli:person",
)
DEVELOPMENT_COMMANDS: tuple[str, ...] = ("civicportal.pages.cli:demo",)


def register_blueprints(app: Flask) -> None:
    """Import every routes, tasks and cli module and attach it to the application."""
    development = not app.config["SETTINGS"].production
    for path, prefix in BLUEPRINTS + (DEVELOPMENT_BLUEPRINTS if development else ()):
        app.register_blueprint(_load(path), url_prefix=prefix)
    for module in TASK_MODULES:
        import_module(module)
    for path in COMMANDS + (DEVELOPMENT_COMMANDS if development else ()):
        app.cli.add_command(_load(path))


def _load(path: str) -> Any:
    module, _, name = path.partition(":")
    return getattr(import_module(module), name)
