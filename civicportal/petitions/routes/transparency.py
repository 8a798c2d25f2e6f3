"""What is published and what not, and why: the lists of reasons, the counts of refusals, the register of removals."""

import csv
from io import StringIO
from typing import Any

from flask import Response, jsonify, render_template, request, url_for

from civicportal.core.configuration import settings
from civicportal.core.i18n import _, speaking, utc_stamp
from civicportal.core.web.access import public
from civicportal.core.web.feeds import BEGINNING, atom, tag
from civicportal.petitions.models import Removal
from civicportal.petitions.queries import removals
from civicportal.petitions.queries.refusals import Row, refusal_counts
from civicportal.petitions.reasons import VERSION, VERSIONS, Reason, RefusalReason, RemovalReason
from civicportal.petitions.routes.blueprint import blueprint

_FORMULA = ("=", "+", "-", "@", "\t")


@blueprint.get("/publication")
@public
def rules() -> str:
    """How a petition becomes public, the reasons against it, and how often they were used."""
    return render_template(
        "petitions/publication.html", reasons=RefusalReason, removal_reasons=RemovalReason, version=VERSION,
        since=VERSIONS[VERSION], rows=refusal_counts(), hours=settings().publication_check_hours,
        days=settings().appeal_days, step=settings().refusal_count_step)


@blueprint.get("/publication/refusals.json")
@public
def refusals_json() -> Response:
    """The list of reasons and the counts for a program."""
    return jsonify({
        "list_version": VERSION, "in_force_since": VERSIONS[VERSION].isoformat(),
        "rounded_down_to_multiple_of": settings().refusal_count_step,
        "reasons": [_reason(one) for one in RefusalReason],
        "institutions": [{"code": row.institution.code, "name_ko": row.institution.name_ko,
                          "name_en": row.institution.name_en, "refusals": row.total, "granted_appeals": row.granted,
                          "by_reason": {reason.value: count for reason, count in row.counts.items()}}
                         for row in refusal_counts()]})


@blueprint.get("/publication/refusals.csv")
@public
def refusals_csv() -> Response:
    """The counts as a table: a line for each institution and reason."""
    text = StringIO()
    writer = csv.writer(text)
    writer.writerow(["institution_code", "institution_name_ko", "institution_name_en", "reason", "refusals_at_least"])
    writer.writerows(line for row in refusal_counts() for line in _lines(row))
    response = Response("\ufeff" + text.getvalue(), mimetype="text/csv")
    response.headers["Content-Disposition"] = 'attachment; filename="refusals.csv"'
    return response


def _lines(row: Row) -> list[list[object]]:
    here = [_cell(row.institution.code), _cell(row.institution.name_ko), _cell(row.institution.name_en or "")]
    return [[*here, reason.value, count] for reason, count in row.counts.items()]


def _cell(text: str) -> str:
    """A text that no spreadsheet takes for a formula."""
    return f"'{text}" if text.startswith(_FORMULA) else text


def _reason(one: Reason) -> dict[str, str]:
    told = {"code": one.value}
    for locale in ("ko", "en"):
        with speaking(locale):
            told |= {f"title_{locale}": str(one.title), f"meaning_{locale}": str(one.meaning)}
    return told


@blueprint.get("/removals")
@public
def register() -> str:
    """Every petition that was public and was removed, with reason, authority and date."""
    page = removals.register(cursor=request.args.get("after"))
    older = url_for("petitions.register", after=page.next_cursor) if page.next_cursor else None
    return render_template("petitions/removals.html", page=page, older=older)


@blueprint.get("/removals.json")
@public
def removals_json() -> Response:
    """The register for a program, the latest first."""
    return jsonify({"list_version": VERSION, "reasons": [_reason(one) for one in RemovalReason],
                    "removals": [_removal(row) for row in removals.latest(removals.FILE_SIZE)]})


def _removal(row: Removal) -> dict[str, Any]:
    return {"number": row.number, "institution": row.institution and row.institution.code, "reason": row.reason.value,
            "list_version": row.list_version, "authority": row.authority, "removed_at": utc_stamp(row.removed_at),
            "put_back_at": utc_stamp(row.put_back_at) if row.put_back_at else None,
            "put_back_reason": row.put_back_reason or None}


@blueprint.get("/removals/feed.atom")
@public
def removals_feed() -> Response:
    """The register as a feed."""
    rows = removals.latest(removals.FEED_SIZE)
    newest = max((row.put_back_at or row.removed_at for row in rows), default=BEGINNING)
    return atom("petitions/removals.xml", entries=[(tag(row.removed_at, "removal", str(row.id)), row) for row in rows],
                updated=newest, feed_id=tag(BEGINNING, url_for("petitions.register").lstrip("/")),
                title=_("Removed petitions"), self_url=url_for("petitions.removals_feed"),
                page_url=url_for("petitions.register"))
