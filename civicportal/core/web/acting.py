"""A page with a form that does one thing."""

from collections.abc import Callable, Iterable

from flask import Response, flash, make_response, redirect, render_template
from flask.typing import ResponseReturnValue

from civicportal.core.errors import Conflict, DomainError, Forbidden, Invalid
from civicportal.core.web.forms import PortalForm


def act(
    form: PortalForm, do: Callable[[], object], *, page: Callable[[], str], to: str, done: str,
    too_late: Callable[[DomainError], ResponseReturnValue],
) -> ResponseReturnValue:
    """Show the form; where it was sent and is valid, do the thing, say `done` and lead on to the address `to`.

    `page`: draws the form with its errors. `too_late`: the answer where the thing cannot be done any more.
    """
    if form.validate_on_submit():
        try:
            do()
        except Invalid as error:
            form.blame(error)
        except (Conflict, Forbidden) as error:
            return too_late(error)
        else:
            flash(done, "success")
            return redirect(to, 303)
    return make_response(page(), 400 if form.errors else 200)


def not_done(
    error: DomainError, *, number: str, back_url: str, back_text: object = "", typed: Iterable[str] = (),
) -> Response:
    """Why a thing was not done to what has this number, and what was `typed`, kept for copying."""
    page = render_template("errors/not_done.html", number=number, message=error.message, typed=list(typed),
                           back_url=back_url, back_text=back_text)
    return make_response(page, error.status)


def long_texts(form: PortalForm | None) -> list[str]:
    """What was typed into the text areas of a form."""
    return [field.data for field in form or () if field.type == "TextAreaField" and field.data]
