"""Operators decide on publication: what waits, one petition's check, and the appeals of authors."""

from collections.abc import Callable

from flask import render_template, url_for
from flask.typing import ResponseReturnValue

from civicportal.core.errors import DomainError, NotFound
from civicportal.core.i18n import _
from civicportal.core.permissions import Permission
from civicportal.core.web.access import require_actor, requires
from civicportal.core.web.acting import act
from civicportal.core.web.forms import PortalForm
from civicportal.petitions.forms.publication import AppealDecisionForm, PublicationForm
from civicportal.petitions.models import Petition
from civicportal.petitions.queries.checks import (
    appealed_petition,
    appeals_waiting,
    checked_petition,
    checks_waiting,
    clock_for,
)
from civicportal.petitions.queries.leaks import leaks_in
from civicportal.petitions.queries.removals import in_force
from civicportal.petitions.queries.timeline import author_name
from civicportal.petitions.queries.visibility import Viewer
from civicportal.petitions.routes.blueprint import blueprint
from civicportal.petitions.routes.files import shown_files
from civicportal.petitions.routes.parts import too_late
from civicportal.petitions.routes.seen import seen
from civicportal.petitions.services import appeals
from civicportal.petitions.services import publication as services
from civicportal.petitions.states import APPEAL, PUBLICATION


@blueprint.get("/operator/publication")
@requires(Permission.PUBLICATION_DECIDE)
def checks() -> ResponseReturnValue:
    """What waits for a decision, the next due first: checks, then appeals."""
    waiting = [(petition, clock_for(petition.check)) for petition in checks_waiting(require_actor()) if petition.check]
    return render_template("petitions/checks/listing.html", waiting=waiting,
                           appeals=[(made, clock_for(made)) for made in appeals_waiting(require_actor())])


@blueprint.route("/operator/publication/<number:number>", methods=["GET", "POST"])
@requires(Permission.PUBLICATION_DECIDE)
def check(number: str) -> ResponseReturnValue:
    """What the public reads or would read; publish it or refuse, and the ways to change or remove it later."""
    actor, form = require_actor(), PublicationForm()
    petition = checked_petition(number, actor)
    seen(petition, actor)
    return decided(
        petition, form, lambda: services.refuse(actor, petition, form.refused_for) if form.refused_for
        else services.publish(actor, petition),
        template="petitions/checks/check.html", to=url_for("petitions.checks"),
        done=_("Your decision is stored. The author gets a notice."), **text_of(petition), removal=in_force(petition),
        clock=clock_for(petition.check) if petition.check and petition.publication.waiting else None,
        may={verb: PUBLICATION.may(actor, petition, verb) for verb in ("publish", "remove", "put_back")})


@blueprint.route("/operator/publication/<number:number>/appeal", methods=["GET", "POST"])
@requires(Permission.PUBLICATION_DECIDE)
def appeal_decide(number: str) -> ResponseReturnValue:
    """The refusal, the author's reasons, and the decision on them."""
    actor, form = require_actor(), AppealDecisionForm()
    petition = appealed_petition(number, actor)
    seen(petition, actor)
    made = petition.refusal.appeal if petition.refusal else None
    if made is None:
        raise NotFound
    return decided(
        petition, form, lambda: (appeals.grant if form.verdict.data == "grant" else appeals.dismiss)(
            actor, made, decision=form.decision.data),
        template="petitions/checks/appeal.html", to=url_for("petitions.checks"),
        done=_("Your decision is stored. The author gets a notice."), **text_of(petition), made=made,
        clock=clock_for(made) if made.decided_at is None else None, may=APPEAL.may(actor, made, "grant"))


def decided(
    petition: Petition, form: PortalForm, do: Callable[[], object], *, template: str, to: str, done: str,
    **context: object,
) -> ResponseReturnValue:
    """A page on which an operator decides something about a petition, then goes on to the address `to`."""
    def late(error: DomainError) -> ResponseReturnValue:
        typed = "\n\n".join(str(field.data) for field in form if field.type in ("TextAreaField", "StringField"))
        return too_late(petition, error, typed=typed, back="petitions.check")

    return act(form, do, page=lambda: render_template(template, form=form, petition=petition, **context), to=to,
               done=done, too_late=late)


def text_of(petition: Petition) -> dict[str, object]:
    """What the public reads of a petition, for a template."""
    return {"masked": author_name(petition, Viewer.PUBLIC), "files": shown_files(petition, Viewer.PUBLIC),
            "leaks": leaks_in(f"{petition.title}\n{petition.text}")}
