"""Copies that may be shown, made by programs of their own with limits on memory, time and disk.

Pictures and text are made by `derivatives`. Videos and documents need converters that the system may have: ffmpeg,
LibreOffice (`soffice`) and poppler's pdftocairo, and bubblewrap (`bwrap`), in which they see neither the network nor
any file of ours: documents may name addresses and paths to be drawn in. Without these there is no copy, and the pages
say so.
"""

import json
import logging
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import BinaryIO

from civicportal.petitions.derivatives import shown_as
from civicportal.petitions.media_types import DOCX, ODT, PDF, XLSX, Kind, MediaType

ROOT = Path(__file__).resolve().parents[2]
OFFICE = frozenset({DOCX, XLSX, ODT})
MAX_WIDTH = 1280  # pixels of a video
SYSTEM = ("/usr", "/bin", "/lib", "/lib64", "/opt", "/etc/alternatives", "/etc/fonts", "/etc/ld.so.cache",
          "/etc/libreoffice")  # what converters need to see
log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Limits:
    """What one program may take: `memory` and `size` (of one file) in bytes; `seconds` of time and of processor."""

    memory: int
    seconds: int
    size: int


@dataclass(frozen=True)
class Preview:
    """A copy that was made, open for reading."""

    stream: BinaryIO
    media_type: MediaType


def can_preview(media_type: MediaType) -> bool:
    """Whether this system can make a copy of this kind of file."""
    if media_type.kind is Kind.VIDEO:
        return _are_there("bwrap", "ffmpeg")
    if media_type is PDF:
        return _are_there("bwrap", "pdftocairo")
    if media_type in OFFICE:
        return _are_there("bwrap", "pdftocairo", "soffice")
    return media_type.kind in (Kind.IMAGE, Kind.TEXT)


def _are_there(*programs: str) -> bool:
    return all(map(shutil.which, programs))


@contextmanager
def preview(original: BinaryIO, media_type: MediaType, limits: Limits) -> Iterator[Preview | None]:
    """The copy of a file, gone after the block; None when it cannot be made."""
    with TemporaryDirectory(prefix="preview-") as name:
        folder = Path(name)
        source = folder / f"in.{media_type.extension}"
        with source.open("wb") as file:
            shutil.copyfileobj(original, file)
        made = _make(folder, source, media_type, limits) if can_preview(media_type) else None
        if made is None:
            yield None
            return
        with made.open("rb") as stream:
            yield Preview(stream, shown_as(media_type))


def _make(folder: Path, source: Path, media_type: MediaType, limits: Limits) -> Path | None:
    out = folder / f"out.{shown_as(media_type).extension}"
    if media_type.kind in (Kind.IMAGE, Kind.TEXT):
        command = [sys.executable, "-m", "civicportal.petitions.derivatives", media_type.media_type, str(source),
                   str(out)]
        return out if run(command, folder, limits) and out.exists() else None
    if media_type in OFFICE:
        printed = folder / "in.pdf"
        if not run(_alone(folder, _office(folder, source)), folder, limits) or not printed.exists():
            return None
        source = printed
    command = _video(source, out) if media_type.kind is Kind.VIDEO else ["pdftocairo", "-pdf", str(source), str(out)]
    return out if run(_alone(folder, command), folder, limits) and out.exists() else None


def _alone(folder: Path, command: Sequence[str]) -> list[str]:
    """The command where it sees its folder, the system and nothing else."""
    seen = [part for path in SYSTEM for part in ("--ro-bind-try", path, path)]
    return ["bwrap", "--unshare-all", "--die-with-parent", "--new-session", *seen, "--proc", "/proc", "--dev", "/dev",
            "--tmpfs", "/tmp", "--bind", str(folder), str(folder), "--chdir", str(folder), "--", *command]  # noqa: S108


def _video(source: Path, out: Path) -> list[str]:
    """Drawn and sounded again, without what a camera writes beside the pictures."""
    return ["ffmpeg", "-nostdin", "-v", "error", "-protocol_whitelist", "file", "-f", "mov", "-i", str(source),
            "-map", "0:v:0", "-map", "0:a:0?", "-map_metadata", "-1", "-map_chapters", "-1", "-fflags", "+bitexact",
            "-vf", rf"scale=w='min({MAX_WIDTH}\,iw)':h=-2", "-c:v", "libx264", "-preset", "veryfast", "-crf", "28",
            "-pix_fmt", "yuv420p", "-c:a", "aac", "-movflags", "+faststart", "-f", "mp4", str(out)]


def _office(folder: Path, source: Path) -> list[str]:
    return ["soffice", f"-env:UserInstallation={(folder / 'profile').as_uri()}", "--headless", "--norestore",
            "--convert-to", "pdf", "--outdir", str(folder), str(source)]


def photo_facts(original: BinaryIO, media_type: MediaType, limits: Limits) -> dict[str, str]:
    """When and where a photo was taken, as `photo_facts.facts_of` says; empty when that cannot be read."""
    with TemporaryDirectory(prefix="photo-") as name:
        folder = Path(name)
        source, out = folder / "in", folder / "out"
        with source.open("wb") as file:
            shutil.copyfileobj(original, file)
        command = [sys.executable, "-m", "civicportal.petitions.photo_facts", media_type.media_type, str(source),
                   str(out)]
        found = run(command, folder, limits) and out.exists()
        facts: dict[str, str] = json.loads(out.read_text(encoding="utf-8")) if found else {}
        return facts


def run(command: Sequence[str], folder: Path, limits: Limits) -> bool:
    """Run a program to its end under the limits; whether it did what it should. What is left of it is killed."""
    launcher = [sys.executable, "-m", "civicportal.petitions.limited", str(limits.memory), str(limits.seconds),
                str(limits.size)]
    env = {"PATH": os.environ.get("PATH", os.defpath), "HOME": str(folder), "TMPDIR": str(folder), "LANG": "C.UTF-8",
           "PYTHONPATH": str(ROOT)}
    process = subprocess.Popen(  # noqa: S603 - our own command, no shell
        [*launcher, *command], cwd=folder, env=env, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL, start_new_session=True)
    try:
        status = process.wait(limits.seconds)
    except subprocess.TimeoutExpired:
        status = None
    finally:
        _end(process)
    if status != 0:
        log.warning("%s made no copy: %s", Path(command[0]).name, "too slow" if status is None else f"status {status}")
    return status == 0


def _end(process: subprocess.Popen[bytes]) -> None:
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()
