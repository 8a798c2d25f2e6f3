"""What the pages of an item share: loading it, doing one thing to it, and the page for those who come too late."""

from collections.abc import Callable
from typing import Any

from flask import Response, render_template, url_for
from flask.typing import ResponseReturnValue

from civicportal.committee.forms import CommitteeForm
from civicportal.committee.models import Item
from civicportal.committee.queries import queue
from civicportal.core.errors import DomainError, Forbidden
from civicportal.core.permissions import Actor
from civicportal.core.web import acting
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
    return acting.act(
        form, do, page=lambda: render_template(template, form=form, item=item, **context), to=page_of(item), done=done,
        too_late=lambda error: stale(item, error, form))


def stale(item: Item, error: DomainError, form: CommitteeForm | None = None) -> Response:
    """Why it was not done, and what was typed, kept for copying."""
    return acting.not_done(error, number=item.task.number, back_url=page_of(item), typed=acting.long_texts(form))


def page_of(item: Item) -> str:
    """Address of the item's page."""
    return url_for("committee.item", item_id=item.id)
