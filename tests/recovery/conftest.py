"""Installations of a test's own, each in a folder, to be backed up, destroyed and restored."""

import dataclasses
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result
from flask import Flask
from flask_migrate import upgrade

from civicportal.app import create_app
from civicportal.core.tasks import init_tasks
from civicportal.extensions import db
from civicportal.recovery.sealed import new_identity
from config import from_env
from tests.factories.voting import LOG_KEY

IDENTITY_KEY = "an-identity-key-that-only-these-tests-use"


@dataclass
class Installation:
    """A portal on a database and folders of its own. `custodian`: the file with the private key of its backups."""

    app: Flask
    folder: Path
    store: Path
    custodian: Path

    @property
    def media(self) -> Path:
        return self.folder / "media"

    @property
    def heads(self) -> Path:
        return self.folder / "heads"

    def run(self, *arguments: object) -> Result:
        """A command of `flask`, in a context of its own."""
        with self.context():
            return self.app.test_cli_runner().invoke(args=[str(argument) for argument in arguments])

    def done(self, *arguments: object) -> str:
        """What a command that must succeed prints."""
        result = self.run(*arguments)
        assert result.exit_code == 0, result.output
        return result.output

    def backup(self) -> Path:
        """Back up; the folder of the backup."""
        self.done("backup", "--to", self.store)
        return sorted(path.parent for path in self.store.glob("*/manifest.json"))[-1]

    def restore(self, *arguments: object) -> Result:
        """Restore the newest backup of the store."""
        return self.run("restore", "--from", self.store, "--identity", self.custodian, *arguments)

    @contextmanager
    def context(self) -> Iterator[None]:
        """Act inside this portal."""
        init_tasks(self.app)
        with self.app.app_context():
            yield
            db.session.remove()

    def change(self, **settings: Any) -> None:
        """Run on with other settings."""
        self.app.config["SETTINGS"] = dataclasses.replace(self.app.config["SETTINGS"], **settings)


Install = Callable[..., Installation]


@pytest.fixture
def install(tmp_path: Path) -> Iterator[Install]:
    """Makes installations that share a store of backups and its custodian; `url`: another database than SQLite."""
    store, custodian = tmp_path / "store", tmp_path / "custodian.txt"
    public = new_identity(custodian)
    with ExitStack() as stack:

        def make(name: str, *, url: str = "", migrated: bool = True) -> Installation:
            folder = tmp_path / name
            folder.mkdir()
            app = create_app(from_env({
                "DATABASE_URL": url or f"sqlite:///{folder / 'portal.sqlite'}", "REDIS_URL": "memory://",
                "INSTANCE_PATH": str(folder), "MEDIA_ROOT": str(folder / "media"), "PORTAL_URL": "http://localhost",
                "LOG_HEADS_ROOT": str(folder / "heads"), "LOG_SIGNING_KEY": LOG_KEY, "IDENTITY_KEY": IDENTITY_KEY,
                "BACKUP_RECIPIENTS": public,
            }, process="worker"))
            made = Installation(app, folder, store, custodian)
            with app.app_context():
                stack.callback(db.engine.dispose)
                if migrated:
                    upgrade()
            return made

        yield make
