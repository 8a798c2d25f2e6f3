"""The stores: exact bytes, private files, no trace of what failed, no way out of the folder or the prefix."""

import hashlib
import io
import stat

import pytest
from moto.server import ThreadedMotoServer

from civicportal.core import object_storage
from civicportal.core.clock import now
from civicportal.core.storage import DiskStorage, TooLarge

HOSTILE = [
    "", ".", "..", "../../etc/passwd", "/etc/passwd", "a" * 31, "a" * 33, "A" * 32, "g" * 32, "a" * 32 + "\n",
    "a" * 30 + "/b", "..%2f" + "a" * 27, "a" * 31 + "\0", "０" * 32,
]


@pytest.fixture(scope="module")
def bucket():
    """A server that speaks S3, with a bucket."""
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    with pytest.MonkeyPatch.context() as environ:
        for name, value in {"AWS_ENDPOINT_URL_S3": f"http://{host}:{port}", "AWS_ACCESS_KEY_ID": "test",
                            "AWS_SECRET_ACCESS_KEY": "test", "AWS_DEFAULT_REGION": "us-east-1"}.items():
            environ.setenv(name, value)
        object_storage._client.cache_clear()
        client = object_storage._client()
        client.create_bucket(Bucket="media")
        yield "media"
        client.close()
        object_storage._client.cache_clear()
    server.stop()


@pytest.fixture(params=["disk", "objects", "objects below a prefix"])
def store(request, tmp_path):
    if request.param == "disk":
        return DiskStorage(tmp_path / "media")
    bucket = request.getfixturevalue("bucket")
    return object_storage.ObjectStorage(f"s3://{bucket}" + ("/below/here" if "prefix" in request.param else ""))


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


def test_files_are_private_and_spread_over_two_levels(tmp_path):
    store = DiskStorage(tmp_path / "media")
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


def test_all_keys_are_named_with_their_time(store):
    put = {store.put(io.BytesIO(b"x"), limit=10).key for _ in range(3)}
    times = dict(store.entries())
    assert put <= set(times)
    assert all(abs((now() - at).total_seconds()) < 120 for at in times.values())
