"""Adding a message or files to a petition: for its author, a representative, or a guest who has just filed."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask import flash, make_response, redirect, render_template, url_for
from werkzeug.exceptions import RequestEntityTooLarge

from civicportal.core.configuration import settings
from civicportal.core.errors import Gone, Invalid, NotFound
from civicportal.core.i18n import _
from civicportal.core.permissions import Permission
from civicportal.core.web.access import public, require_actor, requires
from civicportal.core.web.headers import seal
from civicportal.core.web.keyed_forms import KeyedForm
from civicportal.core.web.limits import throttled
from civicportal.extensions import csrf
from civicportal.petitions.forms.additions import AddForm
from civicportal.petitions.models import Petition
from civicportal.petitions.queries.timeline import added_by
from civicportal.petitions.queries.visibility import Viewer, acted_petition
from civicportal.petitions.routes.blueprint import blueprint
from civicportal.petitions.routes.draft_pages import is_lost, load_draft
from civicportal.petitions.routes.files import ShownFile, shown_files
from civicportal.petitions.routes.uploads import expect_files, too_large
from civicportal.petitions.services.additions import Added, add_by_key, is_open
from civicportal.petitions.services.additions import add as keep_addition
from civicportal.petitions.services.filing import can_readdress


@dataclass(frozen=True)
class ShownAddition:
    """An addition as `petitions/_additions.html` draws it."""

    number: int
    at: datetime
    who: str
    text: str
    files: list[ShownFile]
    salt: str


def shown_additions(petition: Petition, viewer: Viewer) -> list[ShownAddition]:
    """What was added, oldest first; nothing for the public, who reads what was checked before publication."""
    if viewer is Viewer.PUBLIC:
        return []
    return [ShownAddition(one.number, one.added_at, added_by(one, viewer), one.text,
                          shown_files(petition, viewer, one.files), one.salt) for one in petition.additions]


@blueprint.route("/petitions/<number:number>/add", methods=["GET", "POST"])
@csrf.exempt
@throttled
@requires(Permission.PETITION_OWN)
def add(number: str) -> Any:
    """For whoever is signed in. The token of the form is derived: files make it too long for the session's check."""
    actor, back_url = require_actor(), url_for("petitions.show", number=number)
    petition = acted_petition(number, actor)
    if petition is None:
        raise NotFound
    expect_files()
    try:
        form = AddForm(f"add:{number}:{actor.person_id}")
    except RequestEntityTooLarge:
        return too_large(url_for("petitions.add", number=number))
    if form.arrived and form.validate() and (done := _added(
            form, lambda: keep_addition(actor, petition, text=form.text.data or "", uploads=form.uploads()))):
        _flash(done)
        return redirect(back_url, 303)
    return _page(form, petition, back_url)


@blueprint.route("/file/<draft:key>/add", methods=["GET", "POST"])
@csrf.exempt
@throttled
@public
def file_add(key: str) -> Any:
    """For a guest on the last page of filing, for a short time. What was added before is not shown here."""
    draft = load_draft(key)
    if is_lost(draft):
        require_actor()
    if draft.petition is None:
        return redirect(url_for("petitions.file_text", key=key), 303)
    if draft.person_id is not None:
        return redirect(url_for("petitions.add", number=draft.petition.number), 303)
    if not can_readdress(draft.petition):
        raise Gone(_("Here you can add something for a short time only. Sign in to add more; a code by e-mail is "
                     "enough."))
    return seal(make_response(_by_key(key, draft.petition)))


def _by_key(key: str, petition: Petition) -> Any:
    back_url = url_for("petitions.file_done", key=key)
    expect_files()
    try:
        form = AddForm(key)
    except RequestEntityTooLarge:
        return too_large(url_for("petitions.file_add", key=key))
    if form.arrived and form.validate() and (done := _added(
            form, lambda: add_by_key(load_draft(key), text=form.text.data or "", uploads=form.uploads()))):
        return render_template("petitions/added.html", done=done, petition=petition, back_url=back_url)
    return _page(form, petition, back_url)


def _added(form: AddForm, act: Callable[[], Added]) -> Added | None:
    """Add it; what stands against it is said at its field."""
    try:
        return act()
    except Invalid as error:
        form.blame(error)
        return None


def _flash(done: Added) -> None:
    """Say what was added, and each file that could not be taken."""
    flash(_("Added. The institution gets a notice."), "success")
    for file in done.refused:
        flash(_("This file was not taken. %(name)s: %(reason)s", name=file.name, reason=file.sentence), "error")


def _page(form: KeyedForm, petition: Petition, back_url: str) -> Any:
    if form.is_submitted() and not form.arrived:
        form.validate()
    page = render_template("petitions/add.html", form=form, petition=petition, back_url=back_url, limits=settings(),
                           is_open=is_open(petition))
    return make_response(page, 400 if form.error_list() else 200)
