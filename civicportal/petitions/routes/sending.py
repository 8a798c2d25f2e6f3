"""The last pages of filing: check, another institution, and the receipt."""

from datetime import timedelta
from typing import Any

from flask import make_response, redirect, render_template, request, url_for

from civicportal.core.configuration import settings
from civicportal.core.errors import Invalid
from civicportal.core.i18n import current_locale
from civicportal.core.web.access import current_actor, public, require_actor
from civicportal.core.web.headers import seal
from civicportal.core.web.limits import throttled
from civicportal.extensions import csrf
from civicportal.institutions.queries import search
from civicportal.petitions.forms.filing import CheckForm, ChooseForm, ReaddressForm
from civicportal.petitions.masking import mask_address
from civicportal.petitions.models import Draft, Petition
from civicportal.petitions.queries.drafts import region_name
from civicportal.petitions.queries.photos import photo_lines
from civicportal.petitions.queries.proposals import OTHER, found_choices, proposal_choices
from civicportal.petitions.queries.timeline import open_part
from civicportal.petitions.routes.blueprint import blueprint
from civicportal.petitions.routes.draft_pages import ask, draft_page, is_lost, load_draft, onward
from civicportal.petitions.services import drafts
from civicportal.petitions.services.filing import can_readdress, file_draft, readdress, suggestions_for
from civicportal.petitions.types import TYPES

FOUND_MAX = 10


@blueprint.route("/file/<draft:key>/check", methods=["GET", "POST"])
@throttled
@draft_page
def file_check(draft: Draft) -> Any:
    """Everything once more, the institution, and for guests name and address."""
    guest = current_actor() is None and draft.person_id is None
    form = CheckForm(draft.key, proposal_choices(draft, suggestions_for(draft)), guest=guest, data=_typed(draft))
    if form.arrived:
        typed = {name: form[name].data for name in ("name", "address", "phone") if name in form}
        drafts.save(current_actor(), draft, locale=current_locale(), **typed)
        if form.institution.data == OTHER:
            return redirect(url_for("petitions.file_choose", key=draft.key), 303)
        if form.validate() and not is_lost(draft) and _filed(draft, form):
            return redirect(url_for("petitions.file_done", key=draft.key), 303)
    return ask("check", draft, form, "file_check", guest=guest, kind=TYPES[draft.type], region_name=region_name(draft),
               photo_facts=photo_lines(draft.photo_facts))


def _typed(draft: Draft) -> dict[str, object]:
    return {"institution": draft.institution_code, "name": draft.name, "address": draft.address, "phone": draft.phone}


def _filed(draft: Draft, form: CheckForm) -> bool:
    """File it; what is still missing is said at the top of the page."""
    try:
        file_draft(current_actor(), draft, form.chosen_code)
    except Invalid as error:
        form.form_errors.extend(str(sentence) for sentence in error.fields.values())
        return False
    return True


@blueprint.route("/file/<draft:key>/institution", methods=["GET", "POST"])
@draft_page
def file_choose(draft: Draft) -> Any:
    """Look for another institution."""
    words = request.args.get("q", "")
    found = search(words, FOUND_MAX) if words else []
    form = ChooseForm(draft.key, found_choices(found), data={"institution": draft.institution_code})
    if form.arrived and form.validate():
        drafts.save(current_actor(), draft, institution_code=form.institution.data)
        return onward(draft, "file_check")
    return ask("choose", draft, form, "file_check", words=words, found=found)


@blueprint.route("/file/<draft:key>/done", methods=["GET", "POST"])
@csrf.exempt
@throttled
@public
def file_done(key: str) -> Any:
    """The receipt, where a guest who mistyped the address can correct it."""
    draft, form = load_draft(key), ReaddressForm(key)
    if is_lost(draft):
        require_actor()
    if draft.petition is None:
        return seal(make_response(redirect(url_for("petitions.file_text", key=key), 303)))
    if form.arrived and form.validate() and _readdressed(draft, form):
        return seal(make_response(redirect(url_for("petitions.file_done", key=key), 303)))
    page = render_template("petitions/file/done.html", form=form, **_receipt(draft, draft.petition))
    return seal(make_response(page, 400 if form.error_list() else 200))


def _readdressed(draft: Draft, form: ReaddressForm) -> bool:
    """Send the link to the right address; what stands against it is said at the field."""
    try:
        readdress(draft, form.address.data)
    except Invalid as error:
        form.address.errors = list(error.fields.values())
        return False
    return True


def _receipt(draft: Draft, petition: Petition) -> dict[str, object]:
    """What the receipt shows. Who holds a guest's key learns nothing that came after the filing."""
    address = petition.author.address if petition.author else None
    return {
        "petition": petition, "own": draft.person_id is not None, "part": open_part(petition),
        "correctable": can_readdress(petition), "key": draft.key, "minutes": settings().readdress_minutes,
        "downloadable": petition.receipt and (draft.person_id is not None or can_readdress(petition)),
        "address": mask_address(address or ""), "until": petition.asked_at + timedelta(days=settings().confirm_days),
    }
