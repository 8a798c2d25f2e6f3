"""The lists of reasons for which a petition is not published, or is removed: codes, titles, and what each means.

A list has a version. A changed meaning, a new code or one that is given up makes the next version, with a line in
`VERSIONS`; what was decided keeps the number of the version it rests on. A code is never given a second meaning.
"""

from collections.abc import Mapping
from datetime import date
from enum import StrEnum
from typing import Self

from civicportal.core.i18n import lazy

VERSION = 1
VERSIONS: Mapping[int, date] = {1: date(2026, 1, 1)}
"""For each version of the lists the day from which it is in force."""


class Reason(StrEnum):
    """Each member is written as its code, its title (a sentence the author reads) and what it means."""

    title: object  # type: ignore[assignment] # str.title() means nothing for a reason
    meaning: object

    def __new__(cls, value: str, title: object = "", meaning: object = "") -> Self:  # defaults: `Kind(value)` looks up
        member = str.__new__(cls, value)
        member._value_ = value
        member.title = title
        member.meaning = meaning
        return member


class RefusalReason(Reason):
    """Why a petition is not published."""

    PERSONAL_DATA = "personal_data", lazy("It contains personal data of you or of somebody else."), lazy(
        "Names, telephone numbers, addresses, pictures or other facts by which a private person can be found, in the "
        "text or in a file. The names of public offices and of people in public office do not count.")
    DEFAMATION = "defamation", lazy("It accuses a named person of something that is not established."), lazy(
        "It says of a person who can be recognised that they did something unlawful or shameful, and neither a court "
        "nor an authority has found so. Criticism of an institution or of how it worked is no such accusation.")
    ADVERTISING = "advertising", lazy("It advertises something."), lazy(
        "Its main purpose is to sell or promote goods, services, a party or a candidate.")
    DUPLICATE = "duplicate", lazy("The same text is already public."), lazy(
        "The same author has the same text about the same matter public here already. That others ask for the same "
        "is no duplicate.")
    COURT = "court", lazy("A court is dealing with the matter."), lazy(
        "A criminal investigation or a trial about this very matter runs, and publication could influence it or is "
        "forbidden by law.")


class RemovalReason(Reason):
    """Why a public petition was removed."""

    PERSONAL_DATA = "personal_data", lazy("It contained personal data."), lazy(
        "Facts by which a private person can be found were public, and taking them out of the text was not enough.")
    DEFAMATION = "defamation", lazy("It violated the rights of a person."), lazy(
        "A person who could be recognised was accused of something that is not established, or their rights were "
        "violated in another way.")
    COURT_ORDER = "court_order", lazy("A court ordered it."), lazy(
        "A court or another authority with the power to do so ordered that the text may not be public.")
    UNLAWFUL = "unlawful", lazy("Publishing it is against the law."), lazy(
        "A law forbids to publish what it says, whoever wrote it.")
    AUTHOR = "author", lazy("The author asked for it."), lazy(
        "The author no longer wants others to read it. Answer and procedure go on without the public.")
    MISTAKE = "mistake", lazy("It was published by mistake."), lazy(
        "The author had not asked for publication, or the check was not made as it must be.")
