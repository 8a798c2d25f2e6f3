"""What a type of filing declares."""

from dataclasses import dataclass

from civicportal.deadlines.rules import Rule


@dataclass(frozen=True)
class PetitionType:
    """A kind of filing: its titles, its statutory clock, and whether authors may ask for publication."""

    name: str
    title: object
    hint: object
    rule: Rule
    may_be_public: bool = True
