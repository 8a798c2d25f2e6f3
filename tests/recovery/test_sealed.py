"""Files sealed for recipients: only they open them, whole or not at all."""

import io
import subprocess
import sys
from pathlib import Path

import pytest

from civicportal.recovery import sealed
from civicportal.recovery.sealed import SealError, identities, new_identity, piped, recipients, seal, unseal

CONTENT = b"a segment of the write-ahead log " * 50_000


@pytest.fixture
def custodian(tmp_path):
    public = new_identity(tmp_path / "custodian.txt")
    return public, tmp_path / "custodian.txt"


def by_path(*arguments):
    """As a database server runs it: by its path, without the portal."""
    return subprocess.run([sys.executable, "-I", sealed.__file__, *map(str, arguments)],
                          capture_output=True, text=True, check=False)


def opened(path, key):
    sink = io.BytesIO()
    unseal(path, sink, identities(key))
    return sink.getvalue()


def test_a_key_is_for_its_owner_alone_and_never_replaced(custodian):
    public, key = custodian
    assert public.startswith("age1")
    assert key.stat().st_mode & 0o077 == 0
    with pytest.raises(FileExistsError):
        new_identity(key)


def test_only_the_recipient_opens_it_and_only_whole(custodian, tmp_path):
    public, key = custodian
    path = tmp_path / "part.age"
    part = seal(io.BytesIO(CONTENT), path, recipients(public))
    assert sealed.hash_of(path) == part
    assert opened(path, key) == CONTENT
    assert b"write-ahead" not in path.read_bytes()
    new_identity(tmp_path / "other.txt")
    with pytest.raises(SealError, match="not sealed for this identity"):
        opened(path, tmp_path / "other.txt")
    whole = path.read_bytes()
    for harmed in (whole[:-1], whole[:300_000], whole[:-5] + b"xxxxx"):
        path.write_bytes(harmed)
        with pytest.raises(SealError, match="changed or is not complete"):
            opened(path, key)


def test_a_server_seals_its_log_without_the_portal(custodian, tmp_path):
    public, key = custodian
    segment, target = tmp_path / "0001", tmp_path / "0001.age"
    segment.write_bytes(CONTENT)
    assert by_path("seal", segment, target, public).returncode == 0
    before = target.read_bytes()
    assert by_path("seal", segment, target, public).returncode == 0  # asked again after a crash
    assert target.read_bytes() == before
    assert by_path("open", target, tmp_path / "back", key).returncode == 0
    assert (tmp_path / "back").read_bytes() == CONTENT
    assert by_path("open", target, tmp_path / "back", key).returncode == 1  # nothing is replaced


def test_what_is_no_key_is_named_and_not_repeated(custodian, tmp_path):
    (tmp_path / "odd.txt").write_text("AGE-SECRET-KEY-1NOTREALLY\n")
    with pytest.raises(SealError) as failure:
        identities(tmp_path / "odd.txt")
    assert "NOTREALLY" not in str(failure.value)
    with pytest.raises(SealError):
        recipients("age1nobody")


def test_a_failure_behind_a_pipe_is_raised():
    def fail(sink):
        sink.write(b"some")
        raise OSError("the disk is full")

    with pytest.raises(OSError, match="full"), piped(fail) as source:
        source.read()


def test_what_is_sealed_appears_as_a_whole(custodian, tmp_path):
    class Breaking(io.BytesIO):
        def read(self, size=-1):
            raise OSError("the network is gone")

    with pytest.raises(SealError, match="gone"):
        seal(Breaking(), tmp_path / "part.age", recipients(custodian[0]))
    assert not (tmp_path / "part.age").exists()
    assert Path(sealed.__file__).read_text().count("civicportal") <= 2  # it imports nothing of ours
