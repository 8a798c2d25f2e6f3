"""The question pages: what, text, place, files, readers. Everything sent is kept before it is judged."""

from typing import Any
from uuid import UUID

from flask import abort, redirect, render_template, request, url_for
from werkzeug.exceptions import RequestEntityTooLarge

from civicportal.core.configuration import settings
from civicportal.core.i18n import _, current_locale
from civicportal.core.web.access import current_actor, public
from civicportal.core.web.limits import limited_by_network
from civicportal.extensions import csrf
from civicportal.institutions.queries import regions
from civicportal.petitions.forms.filing import NEW, DeleteForm, FilesForm, PlaceForm, ReadersForm, TextForm, WhatForm
from civicportal.petitions.models import Draft
from civicportal.petitions.queries.photos import photo_lines
from civicportal.petitions.routes.blueprint import blueprint
from civicportal.petitions.routes.draft_pages import STEPS, ask, draft_page, is_lost, onward
from civicportal.petitions.routes.uploads import expect_files, too_large
from civicportal.petitions.services import drafts


@blueprint.route("/file", methods=["GET", "POST"])
@csrf.exempt
@limited_by_network("drafts_per_network_per_hour", "hour")
@public
def file_what() -> Any:
    """What somebody wants; the answer begins a draft."""
    form = WhatForm(NEW, data={"type": request.args.get("type")})
    if form.arrived and form.validate():
        draft = drafts.start(current_actor(), type=form.type.data, locale=current_locale())
        return redirect(url_for("petitions.file_text", key=draft.key), 303)
    if form.is_submitted():
        form.validate()
    caption = _("Step %(number)s of %(total)s", number=1, total=len(STEPS))
    page = render_template("petitions/file/what.html", form=form, caption=caption, back_url=url_for("pages.home"))
    return page, 400 if form.error_list() else 200


@blueprint.route("/file/<draft:key>/what", methods=["GET", "POST"])
@draft_page
def file_kind(draft: Draft) -> Any:
    """The same question for a draft that is there."""
    form = WhatForm(draft.key, data={"type": draft.type})
    if form.arrived and form.validate():
        drafts.save(current_actor(), draft, type=form.type.data)
        return onward(draft, "file_text")
    return ask("what", draft, form, "file_what")


@blueprint.route("/file/<draft:key>/text", methods=["GET", "POST"])
@draft_page
def file_text(draft: Draft) -> Any:
    """Title and text."""
    form = TextForm(draft.key, obj=draft)
    if form.arrived:
        drafts.save(current_actor(), draft, title=form.title.data, text=form.text.data)
        if form.validate():
            return onward(draft, "file_place")
    return ask("text", draft, form, "file_text")


@blueprint.route("/file/<draft:key>/place", methods=["GET", "POST"])
@draft_page
def file_place(draft: Draft) -> Any:
    """The region it is about."""
    form = PlaceForm(draft.key, regions(), obj=draft)
    if form.arrived and form.validate():
        drafts.save(current_actor(), draft, region_code=form.region_code.data or None)
        return onward(draft, "file_files")
    return ask("place", draft, form, "file_place")


@blueprint.route("/file/<draft:key>/files", methods=["GET", "POST"])
@draft_page
def file_files(draft: Draft) -> Any:
    """Files: added, removed, or none."""
    expect_files()
    try:
        form = FilesForm(draft.key)
    except RequestEntityTooLarge:
        return too_large(url_for("petitions.file_files", key=draft.key))
    if form.arrived and (answer := _take(draft, form)):
        return answer
    return ask("files", draft, form, "file_files", limits=settings(), photo_facts=photo_lines(draft.photo_facts),
               no_facts=request.args.get("photo") == "none")


def _take(draft: Draft, form: FilesForm) -> Any:
    """Do what was asked with files. None when something was refused and the page must say so."""
    actor = current_actor()
    if removed := request.form.get("remove", type=UUID):
        drafts.remove_file(actor, draft, removed)
    if request.form.get("photo") in ("use", "drop"):
        return _photo(draft)
    refused = drafts.add_files(actor, draft, [upload for upload in form.files.data if upload and upload.filename])
    if refused:
        form.refuse([_("%(name)s: %(reason)s", name=file.name, reason=file.sentence) for file in refused])
        return None
    if removed or "add" in request.form:
        return redirect(request.full_path.rstrip("?"), 303)
    return onward(draft, "file_readers")


def _photo(draft: Draft) -> Any:
    """Take over what the photos say of time and place, or forget it."""
    if request.form["photo"] == "drop":
        drafts.drop_photo_facts(current_actor(), draft)
    elif not drafts.use_photo_facts(current_actor(), draft):
        return redirect(url_for("petitions.file_files", key=draft.key, photo="none"), 303)
    return redirect(url_for("petitions.file_files", key=draft.key), 303)


@blueprint.route("/file/<draft:key>/readers", methods=["GET", "POST"])
@draft_page
def file_readers(draft: Draft) -> Any:
    """Private or public."""
    readers = None if draft.wants_public is None else "public" if draft.wants_public else "private"
    form = ReadersForm(draft.key, data={"readers": readers})
    if form.arrived and form.validate():
        drafts.save(current_actor(), draft, wants_public=form.readers.data == "public")
        return onward(draft, "file_check")
    return ask("readers", draft, form, "file_readers")


@blueprint.post("/file/<draft:key>/autosave")
@draft_page
def autosave(draft: Draft) -> Any:
    """Keep what is being typed, for the script of the page."""
    if not DeleteForm(draft.key).arrived:
        abort(400)
    typed = {name: request.form[name] for name in drafts.TYPED if name in request.form}
    drafts.save(current_actor(), draft, **typed)
    return "", 204


@blueprint.route("/file/<draft:key>/delete", methods=["GET", "POST"])
@draft_page
def file_delete(draft: Draft) -> Any:
    """Throw the draft away."""
    form = DeleteForm(draft.key)
    if form.arrived and not is_lost(draft):
        drafts.delete_draft(current_actor(), draft)
        return redirect(url_for("petitions.file_deleted"), 303)
    return ask("delete", draft, form, "file_text")


@blueprint.get("/file/deleted")
@public
def file_deleted() -> Any:
    """Where the deleted draft leads to."""
    return render_template("petitions/file/deleted.html")
