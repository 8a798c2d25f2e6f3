"""The blueprint of the forum and the number of a task in its addresses."""

from flask import Blueprint
from flask.blueprints import BlueprintSetupState
from werkzeug.routing import BaseConverter, ValidationError

from civicportal.forum.number import parse

blueprint = Blueprint("forum", __name__)


class TaskNumberConverter(BaseConverter):
    """A task number as people type it; the view gets its canonical form."""

    regex = "[Tt]-?[0-9]{4}[0-9-]{1,12}"

    def to_python(self, value: str) -> str:
        """The canonical number. Raises ValidationError for what cannot be one."""
        try:
            return parse(value)
        except ValueError as error:
            raise ValidationError from error


@blueprint.record_once
def _converters(state: BlueprintSetupState) -> None:
    state.app.url_map.converters.update(task=TaskNumberConverter)
