"""States and kinds that people read."""

from enum import StrEnum
from typing import Self


class TitledEnum(StrEnum):
    """Each member is written as its stored value, its title (a lazy text) and, where it is shown as a tag, a colour.

    The colour is the name of a GOV.UK tag colour.
    """

    title: object  # type: ignore[assignment] # str.title() means nothing for a state
    colour: str

    def __new__(cls, value: str, title: object = "", colour: str = "") -> Self:  # defaults: `Kind(value)` looks one up
        member = str.__new__(cls, value)
        member._value_ = value
        member.title = title
        member.colour = colour
        return member
