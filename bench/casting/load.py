"""Eight clients on eight kept connections, each sending ready-made requests and waiting for every answer.

    python -m bench.casting.load PORT FILE

reads requests from FILE (8 bytes of length before each), sends them, and prints a line of JSON.
"""

import json
import socket
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

CLIENTS = 8
CHUNK = 65_536


@dataclass
class Result:
    """Milliseconds of each answer, how many were no receipt, and the seconds the whole took."""

    milliseconds: list[float] = field(default_factory=list)
    refused: int = 0
    seconds: float = 0.0


def requests(path: Path) -> Iterator[bytes]:
    """The requests of a file."""
    content = path.read_bytes()
    at = 0
    while at < len(content):
        length = int.from_bytes(content[at:at + 8], "big")
        yield content[at + 8:at + 8 + length]
        at += 8 + length


def answer(connection: socket.socket) -> bytes:
    """Status line of the next answer; its body is read and dropped."""
    received = b""
    while b"\r\n\r\n" not in received:
        received += connection.recv(CHUNK)
    head, _, body = received.partition(b"\r\n\r\n")
    lines = head.lower().split(b"\r\n")
    length = next(int(line.split(b":")[1]) for line in lines if line.startswith(b"content-length"))
    missing = length - len(body)
    while missing > 0:
        missing -= len(connection.recv(min(CHUNK, missing)))
    return head.split(b"\r\n", 1)[0]


def client(port: int, work: Iterator[bytes], lock: threading.Lock, result: Result) -> None:
    """Send until nothing is left."""
    took, refused = [], 0
    with socket.create_connection(("127.0.0.1", port)) as connection:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        while True:
            with lock:
                request = next(work, None)
            if request is None:
                break
            started = time.perf_counter()
            connection.sendall(request)
            refused += b" 200 " not in answer(connection) + b" "
            took.append((time.perf_counter() - started) * 1000)
    with lock:
        result.milliseconds += took
        result.refused += refused


def run(port: int, path: Path) -> Result:
    """Send all requests of a file."""
    work, lock, result = requests(path), threading.Lock(), Result()
    threads = [threading.Thread(target=client, args=(port, work, lock, result)) for _ in range(CLIENTS)]
    started = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    result.seconds = time.perf_counter() - started
    return result


def main() -> None:
    """Run as a process of its own, so that its CPU time is not the server's."""
    done = run(int(sys.argv[1]), Path(sys.argv[2]))
    sys.stdout.write(json.dumps([done.milliseconds, done.refused, done.seconds]) + "\n")


if __name__ == "__main__":
    main()
