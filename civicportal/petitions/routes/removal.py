"""Operators remove a public petition, put one back, and change its words; each act is for everybody to see."""

from flask import url_for
from flask.typing import ResponseReturnValue

from civicportal.core.i18n import _
from civicportal.core.permissions import Permission
from civicportal.core.web.access import require_actor, requires, step_up
from civicportal.petitions.forms.publication import ReasonForm, RemovalForm, ReviseForm
from civicportal.petitions.queries.checks import checked_petition
from civicportal.petitions.queries.revisions import TEXT, revisions
from civicportal.petitions.reasons import RemovalReason
from civicportal.petitions.routes.blueprint import blueprint
from civicportal.petitions.routes.checks import decided
from civicportal.petitions.routes.seen import seen
from civicportal.petitions.services import removal as services
from civicportal.petitions.services.revising import revise as change_words
from civicportal.petitions.states import Publication


@blueprint.route("/operator/publication/<number:number>/remove", methods=["GET", "POST"])
@requires(Permission.PUBLICATION_DECIDE)
@step_up
def remove(number: str) -> ResponseReturnValue:
    """Take it from the public, with a reason and an authority."""
    actor, form = require_actor(), RemovalForm()
    petition = checked_petition(number, actor)
    seen(petition, actor)
    return decided(
        petition, form, lambda: services.remove(
            actor, petition, reason=RemovalReason(form.reason.data), authority=form.authority.data),
        template="petitions/checks/remove.html", to=url_for("petitions.check", number=number),
        done=_("The petition is removed. Its page says why."))


@blueprint.route("/operator/publication/<number:number>/put-back", methods=["GET", "POST"])
@requires(Permission.PUBLICATION_DECIDE)
@step_up
def put_back(number: str) -> ResponseReturnValue:
    """Make it public again; the register keeps that it was removed, and why it came back."""
    actor, form = require_actor(), ReasonForm()
    petition = checked_petition(number, actor)
    seen(petition, actor)
    return decided(
        petition, form, lambda: services.put_back(actor, petition, reason=form.reason.data),
        template="petitions/checks/put_back.html", to=url_for("petitions.check", number=number),
        done=_("The petition is public again."))


@blueprint.route("/operator/publication/<number:number>/revise", methods=["GET", "POST"])
@requires(Permission.PUBLICATION_DECIDE)
@step_up
def revise(number: str) -> ResponseReturnValue:
    """Other words, with the reason; the former ones stay to be read unless they must not be public."""
    actor = require_actor()
    petition = checked_petition(number, actor)
    seen(petition, actor)
    form, is_public = ReviseForm(obj=petition), petition.publication is Publication.PUBLISHED
    if not form.is_submitted():
        form.base_version.data = len(revisions(petition, TEXT))
    return decided(
        petition, form, lambda: change_words(
            actor, petition, title=form.title.data, text=form.text.data, reason=form.reason.data,
            withhold=form.withhold.data, base_version=form.base_version.data),
        template="petitions/checks/revise.html", to=url_for("petitions.check", number=number),
        done=_("The new version is public.") if is_public else _("The new version is stored."))
