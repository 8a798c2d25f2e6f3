"""Personal data in a text that is about to leave the office: what it is and where it stands. Pure.

Finds what has a form: resident registration numbers, telephone numbers, mail addresses, payment cards and homes. Names
have none. An officer looks at what was found and decides.
"""

import re
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import date

import phonenumbers
from phonenumbers import NumberParseException, PhoneNumberFormat

from civicportal.accounts.phone_numbers import HOME_REGION
from civicportal.core.i18n import lazy
from civicportal.core.titles import TitledEnum

AROUND = 24
"""Characters of the text that are shown before and after what was found."""
_SPACES = r"[ \t\u00a0]?"
_RESIDENT = re.compile(
    rf"(?<!\d)(\d{{2}})(\d{{2}})(\d{{2}}){_SPACES}[-–—]?{_SPACES}([1-8])(?:\d{{6}}|[*●•xX]{{6}})(?!\d)")
_PHONE = re.compile(r"(?<![\d-])(?:\+|\(0\d{1,2}\)|0)[\d() .–-]{6,18}\d(?![\d-])")
_ADDRESS = re.compile(r"(?<![\w.+%-])[\w.+%-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,5}")
_CARD = re.compile(r"(?<!\d)(?:\d[ -]?){12,18}\d(?!\d)")
_HOME = re.compile(
    r"(?<![가-힣0-9])[가-힣0-9]{1,20}(?:로|길)\s?\d+(?:-\d+)?[\s,]{0,3}(?:\(?[가-힣0-9]{1,20}\)?[\s,]{0,3}){0,3}\d{1,5}호")
_CENTURY = {"1": 1900, "2": 1900, "5": 1900, "6": 1900, "3": 2000, "4": 2000, "7": 2000, "8": 2000}


class LeakKind(TitledEnum):
    """What was found, in the order of how much harm it does: of two that overlap the first counts."""

    RESIDENT_NUMBER = "resident_number", lazy("Resident registration number")
    CARD = "card", lazy("Number of a payment card")
    PHONE = "phone", lazy("Telephone number")
    MAIL = "mail", lazy("E-mail address")
    HOME = "home", lazy("Address of a home")


@dataclass(frozen=True)
class Leak:
    """Something found at `text[start:end]`; `before` and `after` are the words around it."""

    kind: LeakKind
    start: int
    end: int
    words: str
    before: str
    after: str


def find_leaks(text: str) -> list[Leak]:
    """What the text holds, in its order, nothing twice."""
    taken: list[tuple[LeakKind, int, int]] = []
    for kind, find in _FINDERS.items():
        for start, end in find(text):
            if not any(start < other_end and begin < end for _kind, begin, other_end in taken):
                taken.append((kind, start, end))
    return [Leak(kind, start, end, text[start:end], text[max(start - AROUND, 0):start], text[end:end + AROUND])
            for kind, start, end in sorted(taken, key=lambda one: one[1])]


def dialled(phone: str) -> str:
    """A telephone number as digits, so that two ways to write it are one; empty for what is none."""
    try:
        return phonenumbers.format_number(phonenumbers.parse(phone, HOME_REGION), PhoneNumberFormat.E164)
    except NumberParseException:
        return ""


def _residents(text: str) -> Iterator[tuple[int, int]]:
    """Six digits that are a birthday, and seven of which the first names the century.

    The check digit is not asked for: numbers given since October 2020 have none.
    """
    for found in _RESIDENT.finditer(text):
        year, month, day, mark = found.groups()
        if _is_day(_CENTURY[mark] + int(year), int(month), int(day)):
            yield found.span()


def _is_day(year: int, month: int, day: int) -> bool:
    try:
        date(year, month, day)
    except ValueError:
        return False
    return True


def _cards(text: str) -> Iterator[tuple[int, int]]:
    """Numbers of 13 to 19 digits with the check digit of ISO/IEC 7812."""
    for found in _CARD.finditer(text):
        digits = [int(one) for one in found[0] if one.isdigit()]
        doubled = [sum(divmod(2 * one, 10)) for one in digits[-2::-2]]
        if len(set(digits)) > 1 and (sum(doubled) + sum(digits[-1::-2])) % 10 == 0:
            yield found.span()


def _phones(text: str) -> Iterator[tuple[int, int]]:
    for found in _PHONE.finditer(text):
        with suppress(NumberParseException):
            if phonenumbers.is_valid_number(phonenumbers.parse(found[0], HOME_REGION)):
                yield found.span()


def _spans(pattern: re.Pattern[str]) -> Callable[[str], Iterator[tuple[int, int]]]:
    return lambda text: (found.span() for found in pattern.finditer(text))


_FINDERS: dict[LeakKind, Callable[[str], Iterator[tuple[int, int]]]] = {
    LeakKind.RESIDENT_NUMBER: _residents, LeakKind.CARD: _cards, LeakKind.PHONE: _phones,
    LeakKind.MAIL: _spans(_ADDRESS), LeakKind.HOME: _spans(_HOME),
}
