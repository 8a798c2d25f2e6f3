"""Asking ClamAV's daemon about a file, by its INSTREAM command (clamd(8)), over a Unix or TCP socket."""

import socket
import struct
from typing import BinaryIO
from urllib.parse import urlsplit

_CHUNK = 64 * 1024
_MAX_ANSWER = 4096


class ScanFailed(OSError):
    """The daemon cannot be reached, or cannot say anything about the file."""


def is_infected(stream: BinaryIO, url: str, *, seconds: int) -> bool:
    """Whether the daemon finds something bad in the rest of `stream`.

    `url`: `unix:///path` or `tcp://host:port`; `seconds`: the longest wait for each answer or chunk. Raises ScanFailed.
    """
    try:
        with _connected(url, seconds) as connection:
            connection.sendall(b"zINSTREAM\0")
            while chunk := stream.read(_CHUNK):
                connection.sendall(struct.pack(">L", len(chunk)) + chunk)
            connection.sendall(struct.pack(">L", 0))
            answer = _answer(connection)
    except OSError as error:
        raise ScanFailed(type(error).__name__) from error
    if answer.endswith(" FOUND"):
        return True
    if answer == "stream: OK":
        return False
    raise ScanFailed("no verdict")


def _connected(url: str, seconds: int) -> socket.socket:
    parts = urlsplit(url)
    if parts.scheme == "unix":
        connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        connection.settimeout(seconds)
        try:
            connection.connect(parts.path)
        except OSError:
            connection.close()
            raise
        return connection
    return socket.create_connection((parts.hostname or "", parts.port or 3310), seconds)


def _answer(connection: socket.socket) -> str:
    answer = b""
    while not answer.endswith(b"\0") and len(answer) < _MAX_ANSWER:
        part = connection.recv(_MAX_ANSWER)
        if not part:
            break
        answer += part
    return answer.rstrip(b"\0\n").decode("utf-8", "replace")
