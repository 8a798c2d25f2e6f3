"""Writing an answer, checking it, sending it."""

from flask import flash, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from civicportal.core.errors import Conflict, Forbidden, Invalid
from civicportal.core.i18n import _
from civicportal.core.permissions import Actor, Permission
from civicportal.core.web.access import requires
from civicportal.petitions.forms.desk import AnswerForm, SendForm
from civicportal.petitions.markdown import to_html
from civicportal.petitions.models import Assignment, Petition
from civicportal.petitions.queries.clock import clock_of, late_note
from civicportal.petitions.queries.desk import newest_text
from civicportal.petitions.queries.leaks import leaks_in
from civicportal.petitions.routes.blueprint import blueprint
from civicportal.petitions.routes.parts import opened, too_late
from civicportal.petitions.services import answers as services
from civicportal.petitions.services.leaks import LeaksFound


@blueprint.route("/desk/matters/<number:number>/answer", methods=["GET", "POST"])
@requires(Permission.MATTER_ANSWER)
def answer(number: str) -> ResponseReturnValue:
    """The text beside the answer; save it, look at it, or go on to sending."""
    form = AnswerForm()
    actor, petition, part = opened(number, form, "answer")
    if not form.is_submitted():
        latest = newest_text(part.answer)
        form.text.data, form.base_version.data = (latest.text, latest.number) if latest else ("", 0)
        return _page(form, petition, part)
    if not form.validate():
        return _page(form, petition, part, 400)
    if request.form.get("intent") == "preview":
        return _page(form, petition, part)
    return _save(actor, form, petition, part)


def _save(actor: Actor, form: AnswerForm, petition: Petition, part: Assignment) -> ResponseReturnValue:
    try:
        version = services.save(actor, part, text=form.text.data, base_version=form.base_version.data)
    except services.TextConflict as error:
        form.base_version.process_data(error.number)
        form.base_version.raw_data = None  # the page must carry the number it shows, not the one that was sent
        page = render_template("petitions/desk/conflict.html", form=form, petition=petition, theirs=error)
        return make_response(page, error.status)
    except Invalid as error:
        form.blame(error)
        return _page(form, petition, part, 400)
    except (Conflict, Forbidden) as error:
        return too_late(petition, error, typed=form.text.data)
    if request.form.get("intent") == "send":
        return redirect(url_for("petitions.send_answer", number=petition.number), 303)
    flash(_("Saved as version %(number)s. Nothing has been sent yet.", number=version.number), "success")
    return redirect(url_for("petitions.answer", number=petition.number), 303)


def _page(form: AnswerForm, petition: Petition, part: Assignment, status: int = 200) -> ResponseReturnValue:
    preview = to_html(form.text.data) if form.is_submitted() and form.text.data else None
    page = render_template("petitions/desk/answer.html", form=form, petition=petition, part=part, preview=preview,
                           clock=None if part.closed_at else clock_of(part, note=late_note(part)))
    return make_response(page, status)


@blueprint.route("/desk/matters/<number:number>/answer/send", methods=["GET", "POST"])
@requires(Permission.MATTER_ANSWER)
def send_answer(number: str) -> ResponseReturnValue:
    """What will be sent, to whom; then send it."""
    form = SendForm()
    actor, petition, part = opened(number, form, "answer")
    if form.validate_on_submit():
        try:
            services.send(actor, part, base_version=form.base_version.data, leaks_seen=form.leaks_seen.data)
        except LeaksFound as error:
            form.blame(error)
        except services.TextConflict as error:
            return too_late(petition, error, back="petitions.send_answer")
        except (Conflict, Forbidden) as error:
            return too_late(petition, error)
        else:
            flash(_("The answer is sent. The author gets a notice."), "success")
            return redirect(url_for("petitions.matter", number=number), 303)
    return _sending(form, petition, part)


def _sending(form: SendForm, petition: Petition, part: Assignment) -> ResponseReturnValue:
    latest = newest_text(part.answer)
    if latest is None:
        return redirect(url_for("petitions.answer", number=petition.number), 303)
    form.base_version.process_data(latest.number)
    form.base_version.raw_data = None
    page = render_template("petitions/desk/send.html", form=form, petition=petition, part=part, latest=latest,
                           html=to_html(latest.text), leaks=leaks_in(latest.text))
    return page, 400 if form.errors else 200
