"""Whom a matter is about: named by its author, an institution that has it, or the operators."""

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from wtforms import SelectChoice

from civicportal.core.errors import Invalid, NotFound
from civicportal.core.i18n import _
from civicportal.core.permissions import Actor, Permission
from civicportal.core.web.access import require_actor, requires, step_up
from civicportal.core.web.limits import throttled
from civicportal.petitions.forms.officials import SubjectChoiceForm, SubjectNameForm
from civicportal.petitions.models import MatterSubject, Petition
from civicportal.petitions.policies import can_lift_subjects, can_name_subjects
from civicportal.petitions.queries.visibility import known_petition, petition_of_subject
from civicportal.petitions.routes.blueprint import blueprint
from civicportal.petitions.routes.seen import seen
from civicportal.petitions.services import subjects as services


@blueprint.route("/petitions/<number:number>/officials", methods=["GET", "POST"])
@requires(Permission.PETITION_OWN)
@throttled
def subjects(number: str) -> ResponseReturnValue:
    """Say which official the matter is about. Authors type the name, officials choose."""
    actor, petition = require_actor(), _concerned(number)
    own = actor.person_id == petition.author_id
    form = SubjectNameForm() if own else _choice(petition)
    if form.validate_on_submit():
        try:
            if own:
                services.name_by_name(actor, petition, form.name.data)
            else:
                services.name_person(actor, petition, form.person_id.data)
        except Invalid as error:
            form.blame(error)
        else:
            flash(_("This official can no longer open the matter or work on it."), "success")
            return redirect(_after(actor, petition), 303)
    return _page(actor, petition, form, own=own), 400 if form.errors else 200


@blueprint.post("/petitions/<number:number>/officials/<int:subject_id>/lift")
@requires(Permission.TRIAGE_DECIDE)
@step_up
def lift_subject(number: str, subject_id: int) -> ResponseReturnValue:
    """Admit somebody again who was named by mistake."""
    petition = petition_of_subject(number, subject_id, require_actor())
    if petition is None:
        raise NotFound
    services.lift(require_actor(), petition, subject_id)
    flash(_("This official can open the matter again."), "success")
    return redirect(url_for("petitions.subjects", number=number), 303)


def _concerned(number: str) -> Petition:
    """The matter, for its author and the officials who have it. Raises NotFound for everybody else."""
    petition = known_petition(number, require_actor())
    if petition is None or not can_name_subjects(require_actor(), petition):
        raise NotFound
    seen(petition, require_actor())
    return petition


def _after(actor: Actor, petition: Petition) -> str:
    """Back to the page; whoever has just named the own person is led away from what is closed now."""
    stays = can_name_subjects(actor, petition)
    return url_for("petitions.subjects", number=petition.number) if stays else url_for("pages.home")


def _page(actor: Actor, petition: Petition, form: SubjectNameForm | SubjectChoiceForm, *, own: bool) -> str:
    shown: list[MatterSubject] = [
        one for one in petition.subjects if not own or one.named_by_id == actor.person_id]
    back = "petitions.show" if own else "petitions.matter" if actor.is_staff else "petitions.place"
    return render_template("petitions/officials/subjects.html", petition=petition, form=form, own=own, shown=shown,
                           may_lift=can_lift_subjects(actor, petition), back_url=url_for(back, number=petition.number))


def _choice(petition: Petition) -> SubjectChoiceForm:
    form = SubjectChoiceForm()
    known = {subject.person_id for subject in petition.subjects}
    form.person_id.choices = [SelectChoice(one.id, one.name or "") for one in services.candidates(petition)
                              if one.id not in known]
    return form
