"""Forms on the way to a page: where they lead, and what was typed there."""

from flask import Response, make_response, redirect, render_template, request, session, url_for
from werkzeug.wrappers import Response as AnyResponse

from civicportal.accounts.forms import CarryingForm
from civicportal.core.signing import opened, sealed
from civicportal.core.web.resume import local_path, page_before, resend_page, unpack


def page(name: str, form: CarryingForm, status: int = 0, **context: object) -> Response:
    """The form on its page; without a status 200, or 400 when it is in error."""
    status = status or (400 if form.errors else 200)
    return make_response(render_template(f"accounts/{name}.html", form=form, **context), status)


def go_on(form: CarryingForm) -> AnyResponse:
    """On to where the person was going, with what was typed there."""
    home = url_for("pages.home")
    pairs = unpack(form.carry.data)
    if pairs and form.carry_to.data:
        return resend_page(local_path(form.carry_to.data, home), pairs)
    return redirect(local_path(form.next.data, home), 303)


def carried(form: CarryingForm) -> dict[str, str]:
    """What a form passes on to the next one."""
    return {"next": form.next.data, "carry": form.carry.data, "carry_to": form.carry_to.data}


def remember_address(address: str) -> None:
    """Keep the address that was typed, so that the next page can say where the mail went. No cookie shows it."""
    session["asked_address"] = sealed("asked-address", address)


def asked_address() -> str:
    """The address that was kept; empty for none."""
    return opened("asked-address", session.get("asked_address", ""))


def wanted() -> str:
    """Where to go on after signing in: this page, or for a form the page it stood on."""
    if request.method in ("GET", "HEAD"):
        return request.full_path.rstrip("?")
    return page_before()
