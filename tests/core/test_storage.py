"""The disk store: exact bytes, private files, no trace of what failed, no way out of its folder."""

import hashlib
import io
import stat

import pytest

from civicportal.core.storage import DiskStorage, TooLarge

HOSTILE = [
    "", ".", "..", "../../etc/passwd", "/etc/passwd", "a" * 31, "a" * 33, "A" * 32, "g" * 32, "a" * 32 + "\n",
    "a" * 30 + "/b", "..%2f" + "a" * 27, "a" * 31 + "\0", "０" * 32,
]


@pytest.fixture
def store(tmp_path):
    return DiskStorage(tmp_path / "media")


def files(tmp_path):
    return [path for path in tmp_path.rglob("*") if path.is_file()]


@pytest.mark.parametrize("content", [b"", b"\0\r\n\xff", b"x" * 64 * 1024, bytes(range(256)) * 1000])
def test_content_comes_back_byte_for_byte(store, content):
    stored = store.put(io.BytesIO(content), limit=1_000_000)
    assert (stored.size, stored.sha256) == (len(content), hashlib.sha256(content).hexdigest())
    with store.open(stored.key) as file:
        assert file.read() == content
    assert store.exists(stored.key)


def test_same_content_gets_unrelated_keys(store):
    keys = {store.put(io.BytesIO(b"same"), limit=10).key for _ in range(20)}
    assert len(keys) == 20
    assert not any(hashlib.sha256(b"same").hexdigest().startswith(key[:8]) for key in keys)


def test_files_are_private_and_spread_over_two_levels(store, tmp_path):
    key = store.put(io.BytesIO(b"x"), limit=10).key
    (path,) = files(tmp_path)
    assert path == tmp_path / "media" / key[:2] / key[2:4] / key
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) & 0o077 == 0


def test_limit_is_exact_and_leaves_nothing_behind(store, tmp_path):
    assert store.put(io.BytesIO(b"x" * 100_000), limit=100_000).size == 100_000
    before = files(tmp_path)
    with pytest.raises(TooLarge):
        store.put(io.BytesIO(b"x" * 100_001), limit=100_000)
    assert files(tmp_path) == before


def test_endless_stream_is_read_one_byte_past_the_limit(store):
    class Endless:
        taken = 0

        def read(self, size):
            self.taken += size
            return b"x" * size

    stream = Endless()
    with pytest.raises(TooLarge):
        store.put(stream, limit=100_000)
    assert stream.taken == 100_001


def test_broken_stream_leaves_nothing_behind(store, tmp_path):
    class Broken:
        parts = [b"x" * 1000]

        def read(self, _size):
            if not self.parts:
                raise ConnectionResetError
            return self.parts.pop()

    with pytest.raises(ConnectionResetError):
        store.put(Broken(), limit=100_000)
    assert files(tmp_path) == []


def test_delete_is_final_and_repeatable(store):
    key = store.put(io.BytesIO(b"x"), limit=10).key
    store.delete(key)
    store.delete(key)
    assert not store.exists(key)
    with pytest.raises(FileNotFoundError):
        store.open(key)


@pytest.mark.parametrize("key", HOSTILE)
def test_malformed_keys_are_refused(store, tmp_path, key):
    for method in (store.open, store.delete, store.exists):
        with pytest.raises(ValueError, match="not a storage key"):
            method(key)
    assert files(tmp_path) == []
