"""The blueprint of petitions and the two kinds of value its addresses carry."""

from flask import Blueprint
from flask.blueprints import BlueprintSetupState
from werkzeug.routing import BaseConverter, ValidationError

from civicportal.petitions.number import parse

blueprint = Blueprint("petitions", __name__)


class NumberConverter(BaseConverter):
    """A petition number as people type it; the view gets its canonical form."""

    regex = "[0-9A-Za-z-]{12,16}"

    def to_python(self, value: str) -> str:
        """The canonical number. Raises ValidationError for what cannot be one."""
        try:
            return parse(value)
        except ValueError as error:
            raise ValidationError from error


class DraftKeyConverter(BaseConverter):
    """The key of a draft, which is the right to go on with it."""

    regex = "[A-Za-z0-9_-]{24}"


@blueprint.record_once
def _converters(state: BlueprintSetupState) -> None:
    state.app.url_map.converters.update(number=NumberConverter, draft=DraftKeyConverter)
