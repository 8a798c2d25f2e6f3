"""Who opened a matter, as its author reads it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby

from sqlalchemy import select
from sqlalchemy.orm import joinedload

from civicportal.accounts.role_titles import ROLE_TITLES
from civicportal.core.configuration import settings
from civicportal.core.i18n import _, current_locale, local
from civicportal.core.permissions import Role
from civicportal.core.transactions import current
from civicportal.petitions.models import MatterView, Petition
from civicportal.petitions.states import Opened

READ_ROWS = 500


@dataclass(frozen=True)
class ShownView:
    """What officials of one role at one institution opened on one day: `times` times, the last time at `at`."""

    at: datetime
    who: str
    what: str
    times: int


def views_of(petition: Petition) -> list[ShownView]:
    """Day by day, the latest first: role and institution, never the name."""
    rows = current().scalars(
        select(MatterView).where(MatterView.petition_id == petition.id).options(joinedload(MatterView.institution))
        .order_by(MatterView.at.desc(), MatterView.id.desc()).limit(READ_ROWS)).all()
    shown = []
    for _day, of_day in groupby(rows, lambda row: local(row.at).date()):
        shown += _of_day(list(of_day))
    return shown


def _of_day(rows: Sequence[MatterView]) -> list[ShownView]:
    kinds: dict[tuple[str, int | None, Opened], list[MatterView]] = {}
    for row in rows:
        kinds.setdefault((row.role, row.institution_id, row.opened), []).append(row)
    return [ShownView(same[0].at, _who(same[0]), _what(same[0].opened), len(same)) for same in kinds.values()]


def _who(row: MatterView) -> str:
    locale = current_locale()
    place = row.institution.name(locale) if row.institution else settings().operator_name(locale)
    return _("%(role)s, %(institution)s", role=ROLE_TITLES[Role(row.role)], institution=place)


def _what(opened: Opened) -> str:
    return {Opened.MATTER: _("Opened the matter"), Opened.FILE: _("Opened a file"),
            Opened.EXPORT: _("Exported number and title in a list")}[opened]
