"""The receipt of a filing: page, JSON file and QR code, for whoever filed it and for nobody else."""

from flask import Response, make_response, render_template
from flask.typing import ResponseReturnValue

from civicportal.core.errors import Conflict, Gone, NotFound
from civicportal.core.i18n import _, lazy
from civicportal.core.permissions import Permission
from civicportal.core.qr import qr_svg
from civicportal.core.web.access import public, require_actor, requires
from civicportal.core.web.headers import seal
from civicportal.petitions.models import FilingReceipt, Petition
from civicportal.petitions.queries.receipts import content_of, file_of
from civicportal.petitions.queries.visibility import own_petition
from civicportal.petitions.routes.blueprint import blueprint
from civicportal.petitions.routes.draft_pages import load_draft
from civicportal.petitions.services.filing import can_readdress
from civicportal.petitions.types import TYPES

MIME = {"json": "application/json", "svg": "image/svg+xml"}


@blueprint.get("/petitions/<number:number>/receipt")
@requires(Permission.PETITION_OWN)
def receipt(number: str) -> ResponseReturnValue:
    """Everything that was signed, to read and to print."""
    petition = _own(number)
    page = render_template("petitions/receipt.html", petition=petition, receipt=petition.receipt,
                           filed=content_of(petition.receipt), kinds=TYPES)
    return seal(make_response(page))


@blueprint.get("/petitions/<number:number>/receipt.json")
@requires(Permission.PETITION_OWN)
def receipt_json(number: str) -> ResponseReturnValue:
    """The file that proves the filing, and brings it back."""
    return _file(_own(number), "json")


@blueprint.get("/petitions/<number:number>/receipt.svg")
@requires(Permission.PETITION_OWN)
def receipt_code(number: str) -> ResponseReturnValue:
    """Number, time, salted hash and signature as a QR code."""
    return _file(_own(number), "svg")


@blueprint.get("/file/<draft:key>/receipt.json")
@public
def file_receipt_json(key: str) -> ResponseReturnValue:
    """The same file on the last page of filing."""
    return _file(_just_filed(key), "json")


@blueprint.get("/file/<draft:key>/receipt.svg")
@public
def file_receipt_code(key: str) -> ResponseReturnValue:
    """The same code on the last page of filing."""
    return _file(_just_filed(key), "svg")


def _own(number: str) -> Petition:
    petition = own_petition(number, require_actor())
    if petition is None or petition.receipt is None:
        raise NotFound
    return petition


def _just_filed(key: str) -> Petition:
    """What a draft became. Raises NotFound, SignInNeeded, Conflict or Gone.

    For guests only as long as the address can be corrected: whoever finds the page in a shared browser's history later
    must not read what was filed.
    """
    draft = load_draft(key)
    if draft.petition is None or draft.petition.receipt is None:
        raise Conflict(lazy("There is no receipt yet."))
    if draft.person_id is None and not can_readdress(draft.petition):
        raise Gone(lazy("The receipt can be downloaded here for a short time only. Look into the e-mail that says we "
                        "have received your text, or sign in."))
    return draft.petition


def code_of(petition: Petition, receipt: FilingReceipt) -> str:
    """The QR code, with what it holds said in words for who cannot see it."""
    return qr_svg(
        receipt.note, caption=petition.number, title=_("Receipt of number %(number)s", number=petition.number),
        desc=_("The code holds this text: %(text)s", text=receipt.note))


def _file(petition: Petition, ending: str) -> Response:
    kept = petition.receipt
    text = code_of(petition, kept) if kept and ending == "svg" else file_of(kept)
    if text is None:
        raise NotFound
    response = make_response(text)
    response.mimetype = MIME[ending]
    response.headers["Content-Disposition"] = f'attachment; filename="receipt-{petition.number}.{ending}"'
    return seal(response)
