"""Forms of reading, rating and confirming."""

from wtforms import RadioField, SelectChoice, TextAreaField
from wtforms.validators import InputRequired, Length

from civicportal.core.i18n import lazy
from civicportal.core.web.forms import PortalForm
from civicportal.core.web.keyed_forms import KeyedForm

COMMENT_MAX = 2000
MARKS = (
    SelectChoice("5", lazy("5, very satisfied")), SelectChoice("4", lazy("4, satisfied")),
    SelectChoice("3", lazy("3, neither nor")), SelectChoice("2", lazy("2, not satisfied")),
    SelectChoice("1", lazy("1, not satisfied at all")),
)


class ConfirmForm(KeyedForm):
    """The question of a mailed link. Its key is the token in the address.

    A mail program that opens links and presses buttons answers no question.
    """

    mine = RadioField(lazy("Is this yours?"), [InputRequired(lazy("Say whether this is yours."))], choices=[
        SelectChoice("yes", lazy("Yes, it is mine")), SelectChoice("no", lazy("No, it is not mine"))])


class RateForm(PortalForm):
    """A mark and a comment."""

    rating = RadioField(lazy("How satisfied are you with the answer?"), choices=list(MARKS),
                        validators=[InputRequired(lazy("Choose a mark from 1 to 5."))])
    comment = TextAreaField(
        lazy("Comment (optional)"), render_kw={"rows": 5},
        description=lazy("The institution reads it. It is not published."),
        validators=[Length(max=COMMENT_MAX, message=lazy("The comment is too long."))])


class AskAgainForm(PortalForm):
    """A button and nothing to fill in."""
