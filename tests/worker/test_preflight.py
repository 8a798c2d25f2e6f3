"""What stops the start, each in one line."""

import os
import socket
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from tests.mailserver import free_port
from tests.processes import environment
from worker import commands, preflight

ROOT = Path(__file__).resolve().parents[2]


def start(tmp_path, **env):
    """Start the supervisor where it must refuse: status, standard output and standard error."""
    done = subprocess.run(
        [sys.executable, "-m", "worker.supervisor"], cwd=ROOT, capture_output=True, text=True, timeout=30, check=False,
        env={**environment(tmp_path, None, None), "PORT": str(free_port()), **env})
    return done.returncode, done.stdout, done.stderr.splitlines()


def refused(result, *words):
    status, output, lines = result
    assert (status, output, len(lines)) == (1, "", 1)
    assert all(word in lines[0] for word in words)


def test_a_taken_port(tmp_path):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        refused(start(tmp_path, PORT=str(port)), f"Port {port} is taken", "PORT=")


@pytest.mark.parametrize("port", ["http", "0", "70000", "-1"])
def test_a_port_that_is_none(tmp_path, port):
    refused(start(tmp_path, PORT=port), "PORT: must be a number")


@pytest.mark.parametrize("setting", ["INSTANCE_PATH", "MEDIA_ROOT"])
def test_a_folder_that_cannot_be_written(tmp_path, setting):
    (tmp_path / "file").write_text("")
    refused(start(tmp_path, **{setting: str(tmp_path / "file" / "folder")}), "cannot be written", setting)


@pytest.mark.parametrize(("name", "value"), [
    ("DATABASE_URL", "mysql://x"), ("SMTP_URL", "x"), ("PORTAL_MODE", "production"),
])
def test_a_wrong_setting_is_named(tmp_path, name, value):
    refused(start(tmp_path, **{name: value}), "SECRET_KEY" if name == "PORTAL_MODE" else name)


def test_a_second_portal_on_the_same_folder(tmp_path):
    (tmp_path / "instance").mkdir()
    with preflight.sole_use(tmp_path / "instance"):
        refused(start(tmp_path), "running already", f"process {os.getpid()}")


def test_the_broker_listens_in_the_instance_folder_where_the_path_fits(tmp_path):
    assert preflight.broker_socket(Path("/srv/portal")) == Path("/srv/portal/broker.sock")


def test_a_long_path_gets_a_short_private_folder_of_its_own(tmp_path, monkeypatch):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    one, other = (preflight.broker_socket(Path("/srv/" + "가" * 40 + name)) for name in ("1", "2"))
    assert one != other
    assert one == preflight.broker_socket(Path("/srv/" + "가" * 40 + "1"))
    assert stat.S_IMODE(one.parent.stat().st_mode) == 0o700


def test_a_short_folder_that_is_open_to_others_is_not_used(tmp_path, monkeypatch):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    long = Path("/srv/" + "x" * 120)
    preflight.broker_socket(long).parent.chmod(0o755)
    with pytest.raises(preflight.Refusal, match="open to others"):
        preflight.broker_socket(long)


def test_the_web_never_sees_the_log_signing_key():
    base = {"LOG_SIGNING_KEY": "secret", "A": "b"}
    assert commands.environment(base, "web") == {"A": "b", "PORTAL_PROCESS": "web", "PYTHONUNBUFFERED": "1"}
    assert commands.environment(base, "worker")["LOG_SIGNING_KEY"] == "secret"
