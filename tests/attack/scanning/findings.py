"""What a scanner says it found, and what of that is known to be none."""

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True)
class Finding:
    """`where`: the endpoint, or the path where that is none of the portal's. `repeat`: a command."""

    tool: str
    what: str
    where: str
    parameter: str
    repeat: str

    @property
    def name(self) -> tuple[str, str, str]:
        """What the table below knows it by."""
        return self.tool, self.what, self.where

    def __str__(self) -> str:
        field = f", field {self.parameter}" if self.parameter else ""
        return f"{self.tool}: {self.what}\n  where:  {self.where}{field}\n  repeat: {self.repeat}"


ALLOWED = {  # (scanner, what it says, where): why it is no hole
    ("wapiti", "Secure Flag cookie", "pages.home"):
        "The scanned portal speaks HTTP on the loopback; in production the cookie is __Host- and Secure "
        "(tests/core/test_production.py::test_a_session_is_a_host_cookie_that_scripts_and_other_sites_cannot_reach).",
}


def unknown(found: Iterable[Finding]) -> list[Finding]:
    """Those that are not in the table, one of each name."""
    return list({one.name: one for one in found if one.name not in ALLOWED}.values())


def report(found: list[Finding]) -> str:
    """For the person at the terminal; empty when nothing was found."""
    return "\n".join(str(one) for one in found)
