"""One matter on the desk: its text beside the clock, its parts and history, and taking it."""

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from civicportal.core.errors import Conflict, Forbidden
from civicportal.core.i18n import _, current_locale, moment_text
from civicportal.core.permissions import Actor, Permission
from civicportal.core.web.access import require_actor, requires
from civicportal.petitions.forms.desk import VersionForm
from civicportal.petitions.models import Assignment, Petition
from civicportal.petitions.policies import can_correct, can_decide_reclassification, can_reclassify
from civicportal.petitions.queries import desk as queries
from civicportal.petitions.queries.answers import answers_of
from civicportal.petitions.queries.chain import chain
from civicportal.petitions.queries.clock import clock_of, late_note
from civicportal.petitions.queries.history import history
from civicportal.petitions.queries.notes import notes_of
from civicportal.petitions.queries.photos import photo_lines
from civicportal.petitions.queries.reclassifications import waiting
from civicportal.petitions.queries.visibility import Viewer
from civicportal.petitions.routes.additions import shown_additions
from civicportal.petitions.routes.blueprint import blueprint
from civicportal.petitions.routes.files import shown_files
from civicportal.petitions.routes.parts import opened, too_late
from civicportal.petitions.routes.seen import seen
from civicportal.petitions.services import desk as services
from civicportal.petitions.states import ASSIGNMENT, PUBLICATION, AssignmentState
from civicportal.petitions.types import TYPES


@blueprint.get("/desk/matters/<number:number>")
@requires(Permission.DESK_SEE)
def matter(number: str) -> ResponseReturnValue:
    """One matter, and what the actor can do with it."""
    actor = require_actor()
    petition = queries.matter(actor, number)
    part = queries.part_of(actor, petition)
    seen(petition, actor)
    return render_template(
        "petitions/desk/matter.html", petition=petition, part=part, may=_may(actor, petition, part),
        clock=None if part.closed_at else clock_of(part, note=late_note(part)), steps=chain(petition),
        entries=history(petition, actor), facts=_facts(petition), answers=answers_of(petition),
        files=shown_files(petition, Viewer.STAFF), additions=shown_additions(petition, Viewer.STAFF),
        notes=notes_of(part), form=VersionForm(formdata=None, part=part.id, version=part.version))


def _may(actor: Actor, petition: Petition, part: Assignment) -> dict[str, bool]:
    change = waiting(petition)
    may = {verb: ASSIGNMENT.may(actor, part, verb) for verb in ("take", "assign", "transfer", "answer")}
    return may | {"advise": PUBLICATION.may(actor, petition, "advise"),
                  "retype": part.closed_at is None and can_reclassify(actor, part) and change is None,
                  "decide_type": change is not None and can_decide_reclassification(actor, change),
                  "correct": part.state is AssignmentState.ANSWERED and can_correct(actor, part)}


def _facts(petition: Petition) -> list[tuple[str, object]]:
    """What officials should know of a petition besides its text."""
    author = petition.author
    facts: list[tuple[str, object]] = [
        (_("Type"), TYPES[petition.type].title),
        (_("Author"), author.name if author and author.name else _("The account was deleted")),
        (_("Telephone"), author.phone if author else None),
        (_("Place"), petition.region.name(current_locale()) if petition.region else None),
        (_("How it came"), petition.channel.title),
        (_("Filed"), moment_text(petition.filed_at)),
        (_("Received"), moment_text(petition.received_at) if petition.received_at else None),
        (_("Who may read it"), petition.publication.title),
        (_("Why it was not published"), petition.refusal.reason.title if petition.refusal else None),
    ]
    return [(name, value) for name, value in [*facts, *photo_lines(petition.photo_facts)] if value]


@blueprint.post("/desk/matters/<number:number>/take")
@requires(Permission.MATTER_TAKE)
def take(number: str) -> ResponseReturnValue:
    """Make a waiting matter mine."""
    form = VersionForm()
    actor, petition, part = opened(number, form, "take")
    if form.validate_on_submit():
        try:
            services.take(actor, part, version=form.version.data)
        except (Conflict, Forbidden) as error:
            return too_late(petition, error)
        flash(_("The matter is yours now. The author gets a notice with your name."), "success")
    return redirect(url_for("petitions.matter", number=number), 303)
