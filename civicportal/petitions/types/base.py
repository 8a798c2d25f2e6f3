"""What a type of filing declares."""

from dataclasses import dataclass

from civicportal.deadlines.rules import Rule


@dataclass(frozen=True)
class PetitionType:
    """A kind of filing: its titles, its statutory clock, and whether authors may ask for publication.

    `title` is the name in law; `wish` says the same in the words of somebody who files. `rule` is None where each
    service has a period of its own. `offered`: it can be filed, and a filing can be reclassified to it.
    """

    name: str
    title: object
    wish: object
    hint: object
    rule: Rule | None
    may_be_public: bool = True
    offered: bool = True
