"""Benchmarks, each printing its own figures: `make bench`, or `python -m bench.<name>`. Never part of the tests."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager

from flask import Flask

from civicportal.app import create_app
from civicportal.extensions import db
from config import from_env


@contextmanager
def portal() -> Iterator[Flask]:
    """An empty portal on a SQLite file of its own, with its application context open."""
    with tempfile.TemporaryDirectory() as folder:
        app = create_app(from_env({
            "DATABASE_URL": f"sqlite:///{folder}/bench.sqlite", "REDIS_URL": "memory://", "INSTANCE_PATH": folder,
            "MEDIA_ROOT": folder, "PORTAL_URL": "http://localhost"}, process="cli"))
        with app.app_context():
            db.create_all()
            yield app
            db.engine.dispose()
