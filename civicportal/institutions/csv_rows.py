"""Rows of import files: reading a CSV file as a stream, and checking each row by itself."""

import csv
import gzip
import io
import re
import unicodedata
import zlib
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any, BinaryIO

from civicportal.core.i18n import lazy
from civicportal.institutions.states import InstitutionType

CODE = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]*")
DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
WEBSITE = re.compile(r"https?://\S+")
LENGTHS = {"name_ko": 200, "name_en": 200, "remit_ko": 10_000, "remit_en": 10_000, "phone": 40, "website": 255}
REGION_LENGTHS = {"name_ko": 100, "name_en": 100}
CODE_LENGTH, REGION_CODE_LENGTH = 40, 20
LINKS = ("parent", "region", "successor")
SEVERAL_LINES = {"remit_ko", "remit_en"}


class FileProblem(ValueError):
    """The file as a whole cannot be read; the message is a whole sentence."""

    def __init__(self, message: object) -> None:
        super().__init__(str(message))
        self.message = message


@dataclass(frozen=True)
class Problem:
    """What is wrong with one row. `row` counts as a spreadsheet does: the heading is row 1."""

    row: int
    code: str
    text: object


@dataclass(frozen=True)
class Parsed:
    """A row that is right by itself. `links` names rows of the tree or regions by code, None for none."""

    row: int
    code: str
    values: dict[str, Any]
    links: dict[str, str | None] = field(default_factory=dict)


@dataclass(frozen=True)
class Format:
    """A kind of file: its columns, those that must be there, and how a row of it is understood.

    `parse` takes the cells that the file has and returns the row, or the sentences saying what is wrong with it.
    """

    columns: frozenset[str]
    required: frozenset[str]
    parse: Callable[[int, Mapping[str, str]], Parsed | list[object]]


def read_rows(path: Path, shape: Format, advance: Callable[[int], None] = lambda _size: None) -> Iterator[
        Parsed | Problem]:
    """Each row of a CSV file (UTF-8, also gzipped), one at a time, as it was understood.

    `advance` is told how many bytes of the file have been read since the last row.
    Raises FileProblem when it is no such file, or has unknown, missing or repeated columns.
    """
    with path.open("rb") as raw, _unpacked(path, raw) as stream:
        reader = csv.reader(io.TextIOWrapper(stream, encoding="utf-8-sig", newline=""), strict=True)
        try:
            columns = _heading(next(reader, []), shape)
            done = 0
            for row, cells in enumerate(reader, start=2):
                advance(raw.tell() - done)
                done = raw.tell()
                if cells:
                    yield from _understood(row, columns, cells, shape)
        except UnicodeDecodeError as error:
            raise FileProblem(lazy("The file is not UTF-8 text.")) from error
        except (csv.Error, EOFError, gzip.BadGzipFile, zlib.error) as error:
            raise FileProblem(lazy("The file is damaged near line %(line)d.", line=reader.line_num)) from error


def _unpacked(path: Path, raw: BinaryIO) -> AbstractContextManager[Any]:
    return gzip.open(raw) if path.suffix == ".gz" else nullcontext(raw)


def _heading(cells: list[str], shape: Format) -> list[str]:
    columns = [cell.strip() for cell in cells]
    if unknown := [column for column in columns if column not in shape.columns]:
        raise FileProblem(lazy("The file has unknown columns: %(names)s.", names=", ".join(unknown) or "–"))
    if missing := sorted(shape.required - set(columns)):
        raise FileProblem(lazy("The file lacks these columns: %(names)s.", names=", ".join(missing)))
    if len(set(columns)) < len(columns):
        raise FileProblem(lazy("The file has the same column twice."))
    return columns


def _understood(row: int, columns: list[str], cells: list[str], shape: Format) -> Iterator[Parsed | Problem]:
    named = {column: unicodedata.normalize("NFC", cell).strip() for column, cell in zip(columns, cells, strict=False)}
    code = named.get("code") or named.get("org_code", "")
    if len(cells) != len(columns):
        yield Problem(row, code, lazy("The row has %(found)d cells instead of %(expected)d.",
                                      found=len(cells), expected=len(columns)))
        return
    parsed = shape.parse(row, named)
    if isinstance(parsed, Parsed):
        yield parsed
    else:
        yield from (Problem(row, code, text) for text in parsed)


def parse_institution(row: int, cells: Mapping[str, str], remits: Mapping[str, tuple[str, str]]) -> Parsed | list[
        object]:
    """A row of the portal's own format; `remits` are the shared remit texts by `remit_key`, Korean and English."""
    values: dict[str, Any] = {name: cells[name] for name in LENGTHS if name in cells}
    problems = [*code_problems(cells["code"], CODE_LENGTH), *text_problems(values, LENGTHS)]
    if cells["type"] in list(InstitutionType):
        values["type"] = InstitutionType(cells["type"])
    else:
        problems.append(lazy("There is no institution type “%(type)s”.", type=cells["type"][:40]))
    for name in ("active_from", "active_to"):
        if name in cells:
            values[name] = _day(cells[name], problems)
    problems += period_problems(values.get("active_from"), values.get("active_to"))
    if key := cells.get("remit_key"):
        problems += _shared_remit(key, values, remits)
    for name in ("name_en", "phone", "website"):
        if name in values:
            values[name] = values[name] or None
    links = {name: cells[f"{name}_code"] or None for name in LINKS if f"{name}_code" in cells}
    return problems or Parsed(row, cells["code"], values, links)


def _shared_remit(key: str, values: dict[str, Any], remits: Mapping[str, tuple[str, str]]) -> list[object]:
    if key not in remits:
        return [lazy("There is no shared remit “%(key)s”.", key=key[:40])]
    for name, text in zip(("remit_ko", "remit_en"), remits[key], strict=True):
        values[name] = values.get(name) or text
    return []


def parse_region(row: int, cells: Mapping[str, str]) -> Parsed | list[object]:
    """A row of a file of regions."""
    values: dict[str, Any] = {name: cells[name] for name in REGION_LENGTHS if name in cells}
    problems = [*code_problems(cells["code"], REGION_CODE_LENGTH), *text_problems(values, REGION_LENGTHS)]
    if "name_en" in values:
        values["name_en"] = values["name_en"] or None
    links = {"parent": cells["parent_code"] or None} if "parent_code" in cells else {}
    return problems or Parsed(row, cells["code"], values, links)


def code_problems(code: str, longest: int) -> list[object]:
    """What keeps a text from being a code: codes stand in addresses, so they are short and plain."""
    if not code:
        return [lazy("The code is missing.")]
    if len(code) > longest:
        return [lazy("The code is longer than %(limit)d characters.", limit=longest)]
    if not CODE.fullmatch(code):
        return [lazy("A code is made of Latin letters, digits, dots, hyphens and underscores.")]
    return []


def text_problems(values: Mapping[str, Any], lengths: Mapping[str, int]) -> list[object]:
    """Texts that are missing, too long, hold control characters, or a site that is not an address."""
    problems: list[object] = []
    if not values.get("name_ko"):
        problems.append(lazy("The Korean name is missing."))
    for name, text in values.items():
        if len(text) > lengths[name]:
            problems.append(lazy("%(column)s is longer than %(limit)d characters.", column=name, limit=lengths[name]))
        if any(unicodedata.category(letter) == "Cc" and not _line_end(letter, name) for letter in text):
            problems.append(lazy("%(column)s holds control characters.", column=name))
    if values.get("website") and not WEBSITE.fullmatch(values["website"]):
        problems.append(lazy("The website must be an address that starts with https:// or http://."))
    return problems


def _line_end(letter: str, name: str) -> bool:
    return letter in "\r\n" and name in SEVERAL_LINES


def period_problems(first: date | None, end: date | None) -> list[object]:
    """An institution that ends before it begins."""
    if first and end and end < first:
        return [lazy("It would close before it opens.")]
    return []


def _day(text: str, problems: list[object]) -> date | None:
    if not text:
        return None
    try:
        if DAY.fullmatch(text):
            return date.fromisoformat(text)
    except ValueError:
        pass
    problems.append(lazy("“%(text)s” is not a date like 2026-01-31.", text=text[:40]))
    return None


INSTITUTION_COLUMNS = frozenset({
    "code", "name_ko", "name_en", "type", "region_code", "parent_code", "remit_ko", "remit_en", "phone", "website",
    "active_from", "active_to", "successor_code", "remit_key",
})


def institution_format(remits: Mapping[str, tuple[str, str]]) -> Format:
    """Files of institutions in the portal's own columns."""
    return Format(INSTITUTION_COLUMNS, frozenset({"code", "name_ko", "type"}),
                  lambda row, cells: parse_institution(row, cells, remits))


REGIONS = Format(frozenset({"code", "name_ko", "name_en", "parent_code"}), frozenset({"code", "name_ko"}), parse_region)


def read_remits(path: Path) -> dict[str, tuple[str, str]]:
    """Shared remit texts by key: columns type_key, remit_ko, remit_en. Raises FileProblem."""
    columns = frozenset({"type_key", "remit_ko", "remit_en"})

    def parse(row: int, cells: Mapping[str, str]) -> Parsed:
        return Parsed(row, cells["type_key"], {"texts": (cells["remit_ko"], cells["remit_en"])})

    found: dict[str, tuple[str, str]] = {}
    for parsed in read_rows(path, Format(columns, columns, parse)):
        if not isinstance(parsed, Parsed):
            raise FileProblem(parsed.text)
        found[parsed.code] = parsed.values["texts"]
    return found
