"""Checking a receipt: a public page that reads no database, so that it works while the database is away."""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from flask import make_response, render_template
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import RequestEntityTooLarge

from civicportal.core.i18n import _
from civicportal.core.web.access import as_stranger, public
from civicportal.core.web.errors import error_page
from civicportal.core.web.headers import seal
from civicportal.core.web.limits import throttled_by_network
from civicportal.extensions import csrf
from civicportal.petitions.filing_receipts import Checked, Content
from civicportal.petitions.forms.verify import VerifyForm
from civicportal.petitions.plain import normalise
from civicportal.petitions.routes.blueprint import blueprint
from civicportal.petitions.routes.uploads import expect_files
from civicportal.petitions.services.receipts import verify as check_receipt
from civicportal.petitions.types import TYPES
from civicportal.voting.services.keys import portal_host


@dataclass(frozen=True)
class Comparison:
    """What was sent along with the receipt. `text`: None where none was; `files`: (name, whether it is in there)."""

    text: bool | None
    files: tuple[tuple[str, bool], ...]


@blueprint.route("/verify", methods=["GET", "POST"])
@csrf.exempt
@throttled_by_network
@public
def verify() -> ResponseReturnValue:
    """Whether a receipt is genuine, in plain sentences. It is a POST so that no address holds a receipt."""
    as_stranger()
    expect_files()
    try:
        form = VerifyForm()
        given = form.given() if form.validate_on_submit() else None
    except RequestEntityTooLarge:
        return error_page(413, _("This is too much to check at once."))
    checked = check_receipt(given) if given is not None else None
    shown = form if checked is None else VerifyForm(formdata=None)
    page = render_template("petitions/verify.html", form=shown, checked=checked, compared=_compared(form, checked),
                           host=portal_host(), kinds=TYPES)
    return seal(make_response(page, 400 if form.errors else 200)) if form.is_submitted() else page


def _compared(form: VerifyForm, checked: Checked | None) -> Comparison | None:
    content = checked.content if checked and checked.genuine else None
    if content is None:
        return None
    return Comparison(_is_text(form.text.data, content) if form.text.data else None,
                      tuple(_files(form.uploads(), content)))


def _is_text(pasted: str, content: Content) -> bool:
    """Whether it is the filed text, with or without its title; blanks at the ends of lines do not count."""
    return _lines(pasted) in (_lines(content["text"]), _lines(f"{content['title']}\n{content['text']}"))


def _lines(text: str) -> list[str]:
    return [line.rstrip() for line in normalise(text).strip().split("\n") if line.strip()]


def _files(uploads: Iterable[Any], content: Content) -> Iterable[tuple[str, bool]]:
    known = {file["sha256"] for file in content["files"]}
    for upload in uploads:
        name = str(upload.filename)[:200].encode("utf-8", "replace").decode()
        yield name, hashlib.file_digest(upload.stream, "sha256").hexdigest() in known
