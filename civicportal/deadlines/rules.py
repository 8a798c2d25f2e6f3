"""Periods fixed by law: how each is counted, its article, and what of the law was not read. Pure.

What was read: Civil Petitions Treatment Act (Act 18748) and its Enforcement Decree (Presidential Decree 35948),
Petition Act (Act 17701). `unverified` says, in a sentence for everybody, what a rule takes from elsewhere.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from civicportal.core.i18n import lazy

LONGEST_IN_HOURS = 5
HOURS_A_DAY = 8
EXTENDED_BY = lazy("Enforcement Decree of the Civil Petitions Treatment Act, Article 21")
PAUSED_BY = lazy("Enforcement Decree of the Civil Petitions Treatment Act, Articles 17 (5), 20; "
                 "Enforcement Decree of the Administrative Procedures Act, Article 11")

STATUTORY_ARTICLE = lazy("Civil Petitions Treatment Act, Articles 17 and 19")


class Regime(StrEnum):
    """How a length is counted; the part after the last underscore is its unit."""

    WORKING_HOURS = "working_hours"
    WORKING_DAYS = "working_days"
    CALENDAR = "calendar"
    CALENDAR_MONTHS = "calendar_months"


@dataclass(frozen=True)
class Rule:
    """A period fixed by law.

    A change of law is a new version; stored due dates keep the version they were counted with. `extensions`: how
    much longer it may become at most by the first extension and by a second one, in the rule's own unit. `extended_by`
    and `paused_by`: the articles about that, where they are not its own.
    """

    name: str
    version: int
    regime: Regime
    length: int
    article: object
    extensions: tuple[int, ...] = ()
    unverified: object = ""
    extended_by: object = ""
    paused_by: object = ""

    @property
    def unit(self) -> str:
        """What `length` counts: `hours`, `days` or `months`."""
        return "days" if self.regime is Regime.CALENDAR else self.regime.value.partition("_")[2]

    def in_units(self, text: str) -> int:
        """Read a length such as `7d`, `3h` or `1m` in the unit of this rule; a day of an hour rule has eight hours.

        Raises ValueError for anything else.
        """
        units = {"hours": {"h": 1, "d": HOURS_A_DAY}, "days": {"d": 1}, "months": {"m": 1}}[self.unit]
        number, unit = text[:-1], text[-1:]
        if unit not in units or not (number.isascii() and number.isdecimal()) or len(number) > len("9999"):
            raise ValueError(f"write the length as a number and one of {', '.join(units)}, such as 1{min(units)}")
        return int(number) * units[unit]


def of_days(name: str, version: int, days: int, article: object) -> Rule:
    """A period of the Civil Petitions Treatment Act that is given in days.

    Article 19 (1), (2): up to five days are counted in hours, eight a day; six and more in working days. Decree,
    Article 21: once again as long, and a second time only if the citizen agrees.
    """
    regime, length = Regime.WORKING_DAYS, days
    if days <= LONGEST_IN_HOURS:
        regime, length = Regime.WORKING_HOURS, days * HOURS_A_DAY
    return Rule(name, version, regime, length, article, (length, length), "", EXTENDED_BY, PAUSED_BY)


PETITION = of_days("petition", 1, 7, lazy(
    "Civil Petitions Treatment Act, Article 19; Enforcement Decree, Articles 14 to 17"))
LEGAL_INQUIRY = of_days("legal_inquiry", 1, 14, lazy(
    "Civil Petitions Treatment Act, Article 19; Enforcement Decree, Article 14 (1)"))
INQUIRY = of_days("inquiry", 1, 7, lazy(
    "Civil Petitions Treatment Act, Article 19; Enforcement Decree, Article 14 (2)"))
SUGGESTION = of_days("suggestion", 1, 14, lazy(
    "Civil Petitions Treatment Act, Article 19; Enforcement Decree, Article 15"))
GRIEVANCE = of_days("grievance", 1, 7, lazy(
    "Civil Petitions Treatment Act, Article 19; Enforcement Decree, Article 17"))
MISCELLANEOUS = Rule("miscellaneous", 1, Regime.WORKING_HOURS, 3, lazy(
    "Civil Petitions Treatment Act, Article 19; Enforcement Decree, Articles 16 and 19"),
    (3, 3), "", EXTENDED_BY, PAUSED_BY)
PROPOSAL = Rule("proposal", 1, Regime.CALENDAR_MONTHS, 1, lazy(
    "National Proposal Regulation; Civil Petitions Treatment Act, Article 19; Civil Act, Articles 160, 161"),
    unverified=lazy("Only a text of 2011 of the National Proposal Regulation was read."))
WASTE_REPORT = Rule("waste_report", 1, Regime.CALENDAR, 30, lazy("Rules on reports of wasted public money"),
    unverified=lazy("The rules on reports of wasted public money were not read."))
PUBLIC_PETITION = Rule("public_petition", 1, Regime.CALENDAR, 90, lazy("Petition Act, Article 21"), (60,),
    lazy("The Petition Act does not say whether the day of receipt counts. Here it does, so the date is never later."))
PUBLICATION_DECISION = Rule("publication_decision", 1, Regime.CALENDAR, 15, lazy("Petition Act, Article 13 (1)"),
    unverified=PUBLIC_PETITION.unverified)
PUBLIC_COMMENT = Rule("public_comment", 1, Regime.CALENDAR, 30, lazy("Petition Act, Article 13 (2)"),
    unverified=PUBLIC_PETITION.unverified)
TRIAGE = Rule("triage", 1, Regime.WORKING_HOURS, 8, lazy(
    "Civil Petitions Treatment Act, Article 19; Enforcement Decree, Articles 6 and 13"))
RULES: Mapping[tuple[str, int], Rule] = {(rule.name, rule.version): rule for rule in (
    PETITION, LEGAL_INQUIRY, INQUIRY, SUGGESTION, GRIEVANCE, MISCELLANEOUS, PROPOSAL, WASTE_REPORT, PUBLIC_PETITION,
    PUBLICATION_DECISION, PUBLIC_COMMENT, TRIAGE)}
