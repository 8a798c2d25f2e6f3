"""What the pages of an item share: loading it, doing one thing to it, and the page for those who come too late."""

from collections.abc import Callable
from typing import Any

from flask import Response, flash, make_response, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from civicportal.committee.forms import CommitteeForm
from civicportal.committee.models import Item
from civicportal.committee.queries import queue
from civicportal.core.errors import Conflict, DomainError, Forbidden, Invalid
from civicportal.core.permissions import Actor
from civicportal.core.web.access import require_actor


def held(item_id: int, may: Callable[[Actor, Item], bool], otherwise: object) -> tuple[Actor, Item]:
    """The actor and an item to which the actor may do something. Raises NotFound, or Forbidden with `otherwise`."""
    actor, item = require_actor(), queue.item(item_id)
    if not may(actor, item):
        raise Forbidden(otherwise)
    return actor, item


def act(
    form: CommitteeForm, item: Item, do: Callable[[], object], *, template: str, done: str, **context: Any,
) -> ResponseReturnValue:
    """A page with a form that does one thing, then leads back to the item."""
    if form.validate_on_submit():
        try:
            do()
        except Invalid as error:
            form.blame(error)
        except (Conflict, Forbidden) as error:
            return stale(item, error, form)
        else:
            flash(done, "success")
            return redirect(page_of(item), 303)
    page = render_template(template, form=form, item=item, **context)
    return make_response(page, 400 if form.errors else 200)


def stale(item: Item, error: DomainError, form: CommitteeForm | None = None) -> Response:
    """Why it was not done, and what was typed, kept for copying."""
    typed = [field.data for field in form or () if field.type == "TextAreaField" and field.data]
    page = render_template("committee/stale.html", item=item, message=error.message, typed=typed)
    return make_response(page, error.status)


def page_of(item: Item) -> str:
    """Address of the item's page."""
    return url_for("committee.item", item_id=item.id)
