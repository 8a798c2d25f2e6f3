"""Operators remove a public petition, put one back, and change its words; each act is for everybody to see."""

from flask import render_template
from flask.typing import ResponseReturnValue

from civicportal.core.i18n import _
from civicportal.core.permissions import Permission
from civicportal.core.web.access import require_actor, requires
from civicportal.petitions.forms.publication import ReasonForm, RemovalForm, ReviseForm
from civicportal.petitions.queries.checks import checked_petition
from civicportal.petitions.queries.revisions import TEXT, revisions
from civicportal.petitions.reasons import RemovalReason
from civicportal.petitions.routes.blueprint import blueprint
from civicportal.petitions.routes.checks import act
from civicportal.petitions.routes.seen import seen
from civicportal.petitions.services import removal as services
from civicportal.petitions.services.revising import revise as change_words


@blueprint.route("/operator/publication/<number:number>/remove", methods=["GET", "POST"])
@requires(Permission.PUBLICATION_DECIDE)
def remove(number: str) -> ResponseReturnValue:
    """Take it from the public, with a reason and an authority."""
    actor, form = require_actor(), RemovalForm()
    petition = checked_petition(number, actor)
    seen(petition, actor)
    if form.validate_on_submit():
        done = act(petition, form, lambda: services.remove(
            actor, petition, reason=RemovalReason(form.reason.data), authority=form.authority.data),
            _("The petition is removed. Its page says why."), "petitions.check", number=number)
        if done is not None:
            return done
    page = render_template("petitions/checks/remove.html", form=form, petition=petition)
    return page, 400 if form.errors else 200


@blueprint.route("/operator/publication/<number:number>/put-back", methods=["GET", "POST"])
@requires(Permission.PUBLICATION_DECIDE)
def put_back(number: str) -> ResponseReturnValue:
    """Make it public again; the register keeps that it was removed, and why it came back."""
    actor, form = require_actor(), ReasonForm()
    petition = checked_petition(number, actor)
    seen(petition, actor)
    if form.validate_on_submit():
        done = act(petition, form, lambda: services.put_back(actor, petition, reason=form.reason.data),
                   _("The petition is public again."), "petitions.check", number=number)
        if done is not None:
            return done
    page = render_template("petitions/checks/put_back.html", form=form, petition=petition)
    return page, 400 if form.errors else 200


@blueprint.route("/operator/publication/<number:number>/revise", methods=["GET", "POST"])
@requires(Permission.PUBLICATION_DECIDE)
def revise(number: str) -> ResponseReturnValue:
    """Other words, with the reason; the former ones stay to be read unless they must not be public."""
    actor = require_actor()
    petition = checked_petition(number, actor)
    seen(petition, actor)
    form = ReviseForm(obj=petition)
    if form.validate_on_submit():
        done = act(petition, form, lambda: change_words(
            actor, petition, title=form.title.data, text=form.text.data, reason=form.reason.data,
            withhold=form.withhold.data, base_version=form.base_version.data),
            _("The new version is public."), "petitions.check", number=number)
        if done is not None:
            return done
    if not form.is_submitted():
        form.base_version.data = len(revisions(petition, TEXT))
    page = render_template("petitions/checks/revise.html", form=form, petition=petition)
    return page, 400 if form.errors else 200
