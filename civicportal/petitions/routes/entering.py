"""The page with which an officer files for somebody, and the receipt to print for that person."""

from secrets import token_hex
from typing import Any

from flask import flash, make_response, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import RequestEntityTooLarge

from civicportal.core.configuration import settings
from civicportal.core.errors import Invalid, NotFound
from civicportal.core.i18n import _, current_locale
from civicportal.core.permissions import Permission
from civicportal.core.web.access import require_actor, requires
from civicportal.core.web.headers import seal
from civicportal.extensions import csrf
from civicportal.institutions.models import Institution
from civicportal.petitions.forms.entering import EnterForm, EntryAddressForm
from civicportal.petitions.models import Petition
from civicportal.petitions.policies import can_readdress_entry
from civicportal.petitions.queries import desk as queries
from civicportal.petitions.queries.receipts import content_of
from civicportal.petitions.routes.blueprint import blueprint
from civicportal.petitions.routes.receipts import code_of
from civicportal.petitions.routes.seen import seen
from civicportal.petitions.routes.uploads import expect_files, too_large
from civicportal.petitions.services.entering import Told, enter_filing, readdress_entry
from civicportal.petitions.states import Channel
from civicportal.petitions.types import TYPES


@blueprint.route("/desk/<string:code>/enter", methods=["GET", "POST"])
@csrf.exempt
@requires(Permission.MATTER_TAKE)
def enter(code: str) -> ResponseReturnValue:
    """File for somebody. The token of the form is derived: scans make it too long for the session's check."""
    actor = require_actor()
    institution = queries.desk_of(actor, code)
    expect_files()
    try:
        form = EnterForm(f"enter:{code}:{actor.person_id}", data={"once": token_hex(16)})
    except RequestEntityTooLarge:
        return too_large(url_for("petitions.enter", code=code))
    if form.arrived and form.validate() and (petition := _entered(form, institution)):
        flash(_("Filed. Give the person the receipt."), "success")
        return redirect(url_for("petitions.entry_receipt", number=petition.number), 303)
    if form.is_submitted() and not form.arrived:
        form.validate()
    page = render_template("petitions/desk/enter.html", form=form, institution=institution, limits=settings(),
                           back_url=url_for("petitions.inbox", code=code))
    return make_response(page, 400 if form.error_list() else 200)


def _entered(form: EnterForm, institution: Institution) -> Petition | None:
    told = Told(
        key=form.once.data, channel=Channel(form.channel.data), filed_at=form.filed_at(), type=form.type.data,
        title=form.title.data, text=form.text.data, name=form.name.data, address=form.address.data or "",
        phone=form.phone.data or "", region_code=institution.region_code, locale=current_locale())
    try:
        return enter_filing(require_actor(), institution, told, form.uploads())
    except Invalid as error:
        form.blame(error)
        return None


@blueprint.get("/desk/matters/<number:number>/receipt")
@requires(Permission.DESK_SEE)
def entry_receipt(number: str) -> Any:
    """The receipt of what an officer entered, to print for the person."""
    petition = queries.matter(require_actor(), number)
    receipt = petition.receipt
    if petition.entered_at is None or receipt is None or receipt.content is None:
        raise NotFound
    seen(petition, require_actor())
    page = render_template("petitions/desk/receipt.html", petition=petition, receipt=receipt,
                           filed=content_of(receipt), kinds=TYPES, code=code_of(petition, receipt),
                           correctable=can_readdress_entry(require_actor(), petition))
    return seal(make_response(page))


@blueprint.route("/desk/matters/<number:number>/address", methods=["GET", "POST"])
@requires(Permission.MATTER_TAKE)
def entry_address(number: str) -> ResponseReturnValue:
    """Correct the mail address of what an officer entered, until it is confirmed."""
    actor = require_actor()
    petition, form = queries.matter(actor, number), EntryAddressForm()
    if not can_readdress_entry(actor, petition):
        raise NotFound
    seen(petition, actor)
    if not form.is_submitted() and petition.author:
        form.address.data = petition.author.address
    if form.validate_on_submit():
        try:
            readdress_entry(actor, petition, form.address.data or "")
        except Invalid as error:
            form.blame(error)
        else:
            flash(_("The address is corrected. Give the person the new receipt."), "success")
            return redirect(url_for("petitions.entry_receipt", number=number), 303)
    page = render_template("petitions/desk/entry_address.html", form=form, petition=petition)
    return page, 400 if form.errors else 200
