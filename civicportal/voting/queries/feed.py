"""The Atom feed of votes: one entry for each that has opened, with no more counts than its page shows."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from civicportal.core.i18n import _, number_text
from civicportal.core.transactions import current
from civicportal.core.web.feeds import BEGINNING, tag
from civicportal.voting.kinds import KINDS
from civicportal.voting.models import Box
from civicportal.voting.queries.totals import PublishedTotals, totals_of_many
from civicportal.voting.wording import instant_text

SIZE = 30


@dataclass(frozen=True)
class Entry:
    """One entry; `slug` leads to its page."""

    id: str
    slug: str
    title: str
    language: str
    published: datetime
    updated: datetime
    summary: str


def entries() -> Sequence[Entry]:
    """The votes that opened last."""
    boxes = current().scalars(
        select(Box).where(Box.opened_at.is_not(None)).order_by(Box.opened_at.desc(), Box.id.desc()).limit(SIZE)).all()
    totals = totals_of_many([box.id for box in boxes])
    return [_entry(box, totals.get(box.id)) for box in boxes]


def newest(found: Sequence[Entry]) -> datetime:
    """When something in the feed last changed."""
    return max((entry.updated for entry in found), default=BEGINNING)


def counts_text(box: Box, totals: PublishedTotals) -> str:
    """Counts in one line: `Yes 31 · No 4 · Abstain 2`."""
    kind = KINDS[box.kind]
    return " · ".join(f"{kind.option_title(code)} {number_text(totals.counts[code])}" for code in box.options)


def _entry(box: Box, totals: PublishedTotals | None) -> Entry:
    opened = box.opened_at or box.opens_at
    changes = [box.closed_at, box.counted_at, box.final_at]
    changes += [change.at for change in (totals, box.crossing) if change]
    lines = [str(box.state.title), _("Closes %(moment)s", moment=instant_text(box.closes_at))]
    if box.crossing:
        lines.append(_("Threshold reached"))
    if totals:
        lines.append(counts_text(box, totals))
    return Entry(tag(box.created_at, "vote", box.slug), box.slug, box.question, box.language, opened,
                 max([opened, *(at for at in changes if at)]), "\n".join(lines))
