"""What a test needs from the machine: said where it is missing, a failure where everything must be there."""

import os
import shutil
from pathlib import Path

import pytest
from redis import Redis
from redis.exceptions import RedisError
from sqlalchemy import create_engine
from sqlalchemy.exc import SQLAlchemyError

ROOT = Path(__file__).resolve().parents[1]
POSTGRESQL = os.environ.get("TEST_POSTGRESQL_URL", "postgresql+psycopg://postgres@127.0.0.1:5432/postgres")
REDIS = os.environ.get("TEST_REDIS_URL", "redis://127.0.0.1:6379/9")
HTML_VALIDATE = ROOT / "node_modules" / ".bin" / "html-validate"


def need(found: object, what: str) -> None:
    """Skip the test when `what` was not found; with PORTAL_CI set, fail it instead."""
    if found:
        return
    if os.environ.get("PORTAL_CI"):
        pytest.fail(f"{what} was not found")
    pytest.skip(f"{what} was not found")


def chromium() -> str | None:
    """Path of the system's Chromium."""
    return shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")


def postgresql() -> bool:
    """Whether a PostgreSQL server answers at POSTGRESQL."""
    engine = create_engine(POSTGRESQL, connect_args={"connect_timeout": 2})
    try:
        engine.connect().close()
    except SQLAlchemyError:
        return False
    finally:
        engine.dispose()
    return True


def redis() -> bool:
    """Whether a Redis server answers at REDIS."""
    try:
        with Redis.from_url(REDIS, socket_connect_timeout=2) as client:
            return bool(client.ping())
    except RedisError:
        return False
