"""Leaving a note for colleagues."""

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from civicportal.core.errors import Conflict, Forbidden, Invalid
from civicportal.core.i18n import _
from civicportal.core.permissions import Permission
from civicportal.core.web.access import require_actor, requires
from civicportal.petitions.forms.desk import NoteForm
from civicportal.petitions.queries import desk as queries
from civicportal.petitions.queries.notes import notes_of
from civicportal.petitions.routes.blueprint import blueprint
from civicportal.petitions.routes.parts import too_late
from civicportal.petitions.routes.seen import seen
from civicportal.petitions.services.notes import Noted, write_note


@blueprint.route("/desk/matters/<number:number>/notes", methods=["GET", "POST"])
@requires(Permission.DESK_SEE)
def notes(number: str) -> ResponseReturnValue:
    """What colleagues have noted, and a form for one's own."""
    actor, form = require_actor(), NoteForm()
    petition = queries.matter(actor, number)
    part = queries.part_of(actor, petition, form.part.data if form.is_submitted() else None)
    seen(petition, actor)
    if form.validate_on_submit():
        try:
            _say(write_note(actor, part, text=form.text.data))
        except Invalid as error:
            form.blame(error)
        except (Conflict, Forbidden) as error:
            return too_late(petition, error, typed=form.text.data)
        else:
            return redirect(url_for("petitions.notes", number=number), 303)
    form.part.data = part.id
    page = render_template("petitions/desk/notes.html", form=form, petition=petition, part=part, notes=notes_of(part))
    return page, 400 if form.errors else 200


def _say(noted: Noted) -> None:
    told, unknown = ", ".join(noted.told), ", ".join(f"@{word}" for word in noted.unknown)
    flash(_("Your note is stored. These colleagues get a notice: %(names)s", names=told) if told
          else _("Your note is stored."), "success")
    if unknown:
        flash(_("Nobody at your institution was found for %(words)s, so nobody else was told.", words=unknown))
