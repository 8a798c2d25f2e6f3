"""The versions of a public text, for everybody; and correcting an answer that was sent."""

from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from civicportal.core.errors import Conflict, Forbidden, Invalid, NotFound
from civicportal.core.i18n import _
from civicportal.core.permissions import Actor, Permission
from civicportal.core.web.access import current_actor, require_actor, requires
from civicportal.core.web.access import public as open_to_all
from civicportal.core.web.paging import ID_MAX
from civicportal.core.word_diff import changes
from civicportal.petitions.forms.publication import CorrectForm
from civicportal.petitions.models import Assignment
from civicportal.petitions.policies import can_correct
from civicportal.petitions.queries import desk as queries
from civicportal.petitions.queries.desk import newest_text
from civicportal.petitions.queries.leaks import leaks_in
from civicportal.petitions.queries.revisions import TEXT, revisions, shown, subject_of
from civicportal.petitions.queries.visibility import viewer_of
from civicportal.petitions.routes.blueprint import blueprint
from civicportal.petitions.routes.parts import too_late
from civicportal.petitions.routes.petitions import visible_or_404
from civicportal.petitions.routes.seen import seen
from civicportal.petitions.services.revising import correct as change_words
from civicportal.petitions.states import AssignmentState


@blueprint.get("/petitions/<number:number>/versions")
@open_to_all
def versions(number: str) -> Any:
    """One version of a text with what it changed: when, in which role, and why."""
    petition, subject = visible_or_404(number), request.args.get("of", TEXT)[:20]
    every = revisions(petition, subject)
    wanted = min(request.args.get("version", len(every), type=int), ID_MAX)
    one = shown(every, wanted, viewer_of(petition, current_actor()))
    if one is None:
        raise NotFound
    former = one.former or one.revision
    parts = {} if one.hidden or one.former_hidden else {
        name: changes(getattr(former, name), getattr(one.revision, name)) for name in ("title", "text")}
    links = [(url_for("petitions.versions", number=number, of=subject, version=version.number), str(version.number),
              version is one.revision) for version in every]
    return render_template("petitions/versions.html", petition=petition, one=one, links=links, parts=parts)


@blueprint.route("/desk/matters/<number:number>/correct", methods=["GET", "POST"])
@requires(Permission.MATTER_ANSWER)
def correct(number: str) -> ResponseReturnValue:
    """New words for an answer that was sent, with the reason."""
    actor, form = require_actor(), CorrectForm()
    petition = queries.matter(actor, number)
    part = queries.part_of(actor, petition, form.part.data if form.is_submitted() else None)
    try:
        _check(actor, part)
        seen(petition, actor)
        if form.validate_on_submit() and _corrected(actor, part, form):
            flash(_("The corrected answer is sent. The author gets a notice."), "success")
            return redirect(url_for("petitions.matter", number=number), 303)
    except (Conflict, Forbidden) as error:
        return too_late(petition, error, typed=form.text.data or "")
    latest = newest_text(part.answer)
    if not form.is_submitted():
        form.part.data, form.base_version.data = part.id, len(revisions(petition, subject_of(part)))
        form.text.data = latest.text if latest else ""
    page = render_template("petitions/desk/correct.html", form=form, petition=petition,
                           leaks=leaks_in(form.text.data or "") if form.is_submitted() else [])
    return page, 400 if form.errors else 200


def _check(actor: Actor, part: Assignment) -> None:
    if not can_correct(actor, part):
        raise Forbidden(_("You do not have the right to do this."))
    if part.state is not AssignmentState.ANSWERED:
        raise Conflict(_("No answer was sent yet."))


def _corrected(actor: Actor, part: Assignment, form: CorrectForm) -> bool:
    """Whether the correction was taken; else its errors stand in the form."""
    try:
        change_words(actor, part, text=form.text.data, reason=form.reason.data, withhold=form.withhold.data,
                     base_version=form.base_version.data, leaks_seen=form.leaks_seen.data)
    except Invalid as error:
        form.blame(error)
        return False
    return True
