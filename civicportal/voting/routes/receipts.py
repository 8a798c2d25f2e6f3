"""The page of a receipt, and the receipt as a file.

Many people vote in the same minute, and their pages differ in four texts alone. So the page is drawn once for a vote,
a language and a choice, with marks in place of those texts, and for each voter only the marks are filled in. Nothing
else of a voter may stand on it: it has neither menu nor name.
"""

import re
from dataclasses import replace
from functools import lru_cache

from flask import Response, make_response, render_template, request
from markupsafe import escape

from civicportal.core.errors import Invalid
from civicportal.core.i18n import _, current_locale, lazy
from civicportal.core.qr import qr_svg
from civicportal.core.web.access import public
from civicportal.core.web.headers import seal
from civicportal.extensions import csrf
from civicportal.voting.forms.voter import PASTED_MAX
from civicportal.voting.queries.boxes import BallotBox
from civicportal.voting.receipts import Checked, check_receipt
from civicportal.voting.routes.blueprint import blueprint, paper_or_404
from civicportal.voting.services import Receipt
from civicportal.voting.services.keys import receipt_verifiers

_GROUPS = 8
_TEXTS = 2 * _GROUPS + 2
# Private-use characters. A question that holds some of them shows a voter parts of the own receipt, and breaks nothing.
_MARK = re.compile("\ue000(" + "|".join(map(str, range(_TEXTS))) + ")\ue001")


def receipt_page(box: BallotBox, receipt: Receipt) -> Response:
    """The receipt. No page shows it again, except to who sends the very same form once more."""
    blank = replace(
        receipt, tracker=_marks(0), change_secret=_marks(_GROUPS) if receipt.change_secret else None,
        promise=_mark(2 * _GROUPS), leaf=_mark(2 * _GROUPS + 1))
    texts = [*receipt.tracker.split("-"), *(receipt.change_secret or "-" * (_GROUPS - 1)).split("-"), receipt.promise,
             receipt.leaf]
    page = _MARK.sub(lambda mark: escape(texts[int(mark[1])]), _drawn(box, blank, current_locale()))
    return seal(make_response(page))


@lru_cache(maxsize=256)
def _drawn(box: BallotBox, blank: Receipt, _locale: str) -> str:
    return render_template("voting/receipt.html", box=box, receipt=blank)


def _marks(first: int) -> str:
    return "-".join(_mark(number) for number in range(first, first + _GROUPS))


def _mark(number: int) -> str:
    return f"\ue000{number}\ue001"


@blueprint.post("/votes/<string:slug>/receipt")
@csrf.exempt
@public
def receipt_file(slug: str) -> Response:
    """The receipt as a file: JSON, or a QR code. It is made anew from what the page sends, if we signed that."""
    box = paper_or_404(slug)
    leaf, promise = (request.form.get(name, "") for name in ("leaf", "promise"))
    if max(len(leaf), len(promise)) > PASTED_MAX:
        raise Invalid(lazy("This is too long for a receipt."))
    try:
        checked = check_receipt(leaf, promise, receipt_verifiers())
        if checked.log != f"votes/{box.slug}":
            raise ValueError("a receipt of another vote")
    except ValueError:
        raise Invalid(lazy("This is not a receipt of this vote. Nothing is lost: go back to your receipt.")) from None
    return _file(box, checked, "svg" if request.form.get("format") == "qr" else "json")


def _file(box: BallotBox, checked: Checked, ending: str) -> Response:
    text = _drawing(box, checked) if ending == "svg" else checked.as_json(box.question)
    response = make_response(text)
    response.mimetype = "image/svg+xml" if ending == "svg" else "application/json"
    response.headers["Content-Disposition"] = f'attachment; filename="receipt-{box.slug}.{ending}"'
    return seal(response)


def _drawing(box: BallotBox, checked: Checked) -> str:
    groups = checked.tracker.split("-")
    lines = ["-".join(groups[start:start + 4]) for start in range(0, len(groups), 4)]
    return qr_svg(
        checked.as_text(), title=f"{_('Receipt of your vote')}: {box.question}",
        desc=_("A QR code with the tracker %(tracker)s and the signed promise.", tracker=checked.tracker),
        caption=" ".join(lines))
