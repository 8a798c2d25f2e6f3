"""Files in a store that speaks S3. Needs the library boto3, which reads address and keys from its own variables.

`AWS_ENDPOINT_URL_S3`, `AWS_ACCESS_KEY_ID`, `AWS_SECRET_ACCESS_KEY` and `AWS_DEFAULT_REGION`, as its manual says.
"""

import secrets
from collections.abc import Iterator
from contextlib import closing, suppress
from datetime import datetime
from functools import cache
from tempfile import TemporaryFile
from typing import Any, BinaryIO
from urllib.parse import urlsplit

from civicportal.core.storage import KEY, Stored, copy


class ObjectStorage:
    """Objects named `prefix/key` in a bucket; `url` is `s3://bucket/prefix`, the prefix may be empty."""

    def __init__(self, url: str) -> None:
        parts = urlsplit(url)
        self._bucket, self._prefix = parts.netloc, parts.path.strip("/")

    def put(self, stream: BinaryIO, *, limit: int) -> Stored:
        """See `Storage.put`. The stream is kept on disk first: what is too long never reaches the store."""
        key = secrets.token_hex(16)
        with TemporaryFile() as file:
            size, digest = copy(stream, file, limit)
            file.seek(0)
            _client().put_object(Bucket=self._bucket, Key=self._name(key), Body=file, ContentLength=size)
        return Stored(key, size, digest)

    def open(self, key: str) -> BinaryIO:
        """See `Storage.open`. The content is brought here first, because readers move about in it."""
        file = TemporaryFile()  # noqa: SIM115 - the caller closes it
        try:
            found = _client().get_object(Bucket=self._bucket, Key=self._name(key))
            with closing(found["Body"]) as body:
                for chunk in body.iter_chunks(64 * 1024):
                    file.write(chunk)
        except Exception as error:
            file.close()
            if _is_missing(error):
                raise FileNotFoundError(key) from error
            raise
        file.seek(0)
        return file

    def delete(self, key: str) -> None:
        """See `Storage.delete`."""
        _client().delete_object(Bucket=self._bucket, Key=self._name(key))

    def exists(self, key: str) -> bool:
        """See `Storage.exists`."""
        try:
            _client().head_object(Bucket=self._bucket, Key=self._name(key))
        except Exception as error:
            if _is_missing(error):
                return False
            raise
        return True

    def entries(self) -> Iterator[tuple[str, datetime]]:
        """See `Storage.entries`."""
        pages = _client().get_paginator("list_objects_v2").paginate(
            Bucket=self._bucket, Prefix=f"{self._prefix}/" if self._prefix else "")
        for page in pages:
            for item in page.get("Contents", ()):
                name = item["Key"].rpartition("/")[2]
                with suppress(ValueError):
                    if item["Key"] == self._name(name):
                        yield name, item["LastModified"]

    def _name(self, key: str) -> str:
        if not KEY.fullmatch(key):
            raise ValueError("not a storage key")
        return f"{self._prefix}/{key}" if self._prefix else key


@cache
def _client() -> Any:
    import boto3  # noqa: PLC0415 - only where files are kept in such a store

    return boto3.client("s3")


def _is_missing(error: Exception) -> bool:
    answer = getattr(error, "response", {})
    return str(answer.get("Error", {}).get("Code", "")) in ("404", "NoSuchKey")
