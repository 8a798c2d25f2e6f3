"""What a backup says of itself: counts and hashes, in the open, sealed against changes with a key of the portal."""

import hmac
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from civicportal.recovery.sealed import Part

FORMAT = "civicportal-backup/1"
NAME = "manifest.json"
_FOLDER = re.compile(r"\d{4}-\d\d-\d\dT\d{6}Z")
_STAMP = "%Y-%m-%dT%H%M%SZ"


class NoBackup(ValueError):
    """There is no backup there, or it is not what was taken; the text says so for the person at the terminal."""


@dataclass(frozen=True)
class Manifest:
    """One backup. `at`: when its database was read. `parts`: its sealed files by name.

    `tables`: rows by table; of a base backup (`exact` False) as they were just before it began. `files`: uploaded
    files and their bytes. `wal_from`: the first segment of the write-ahead log that is needed on top of it.
    `keys`: how the portal's keys are kept.
    """

    at: datetime
    host: str
    database: str
    revision: str
    parts: dict[str, Part]
    tables: dict[str, int]
    exact: bool
    files: dict[str, int]
    keys: str
    wal_from: str | None = None

    @property
    def size(self) -> int:
        """Bytes of all parts."""
        return sum(part.bytes for part in self.parts.values())


@dataclass(frozen=True)
class Found:
    """A backup on the disk."""

    folder: Path
    manifest: Manifest


def folder_name(at: datetime) -> str:
    """The name of a backup's folder."""
    return at.astimezone(UTC).strftime(_STAMP)


def write(folder: Path, manifest: Manifest, key: bytes) -> None:
    """Write the manifest: the last file of a backup, without which it is none."""
    said = _said(manifest)
    text = json.dumps({**said, "seal": _seal(said, key)}, indent=1, sort_keys=True)
    (folder / NAME).write_text(text + "\n", encoding="utf-8")


def read(folder: Path, key: bytes | None = None) -> Manifest:
    """The manifest of a backup; with `key`, one that this key has sealed. Raises NoBackup."""
    try:
        said: dict[str, Any] = json.loads((folder / NAME).read_text(encoding="utf-8"))
        seal = str(said.pop("seal"))
        manifest = Manifest(**{
            **{name: value for name, value in said.items() if name != "format"},
            "at": datetime.strptime(said["at"], _STAMP).replace(tzinfo=UTC),
            "parts": {name: Part(**part) for name, part in said["parts"].items()}})
    except (OSError, ValueError, TypeError, KeyError, AttributeError):
        raise NoBackup(f"{folder} holds no backup with a manifest that can be read") from None
    if said["format"] != FORMAT or any(Path(name).name != name for name in manifest.parts):
        raise NoBackup(f"{folder} holds no backup of a known form")
    if key is not None and not hmac.compare_digest(seal, _seal(said, key)):
        raise NoBackup(f"{folder}: the manifest was changed, or this portal's IDENTITY_KEY is not the one it was taken "
                       f"with. Nothing was done.")
    return manifest


def all_in(store: Path) -> Iterator[Found]:
    """The whole backups of a folder, oldest first. What was interrupted, and what cannot be read, is passed over."""
    for folder in sorted(store.iterdir()) if store.is_dir() else []:
        if _FOLDER.fullmatch(folder.name) and (folder / NAME).is_file():
            try:
                yield Found(folder, read(folder))
            except NoBackup:
                continue


def chosen(path: Path, key: bytes) -> Found:
    """The backup in this folder, or the newest of those in it. Raises NoBackup."""
    folder = path if (path / NAME).is_file() else next((found.folder for found in reversed([*all_in(path)])), None)
    if folder is None:
        raise NoBackup(f"{path} holds no backup")
    return Found(folder, read(folder, key))


def _said(manifest: Manifest) -> dict[str, Any]:
    return {**asdict(manifest), "format": FORMAT, "at": folder_name(manifest.at)}


def _seal(said: Mapping[str, Any], key: bytes) -> str:
    text = json.dumps(said, sort_keys=True, separators=(",", ":"))
    return hmac.new(key, text.encode(), "sha256").hexdigest()
