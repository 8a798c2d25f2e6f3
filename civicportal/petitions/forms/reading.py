"""Forms of reading, rating and confirming."""

from collections.abc import Sequence
from typing import Any

from wtforms import RadioField, SearchField, SelectChoice, SelectField, TextAreaField
from wtforms.validators import InputRequired, Length

from civicportal.core.i18n import _, current_locale, lazy
from civicportal.core.web.forms import PortalForm
from civicportal.core.web.keyed_forms import KeyedForm
from civicportal.institutions.models import Region
from civicportal.petitions.types import TYPES

COMMENT_MAX = 2000
MARKS = (
    SelectChoice("5", lazy("5, very satisfied")), SelectChoice("4", lazy("4, satisfied")),
    SelectChoice("3", lazy("3, neither nor")), SelectChoice("2", lazy("2, not satisfied")),
    SelectChoice("1", lazy("1, not satisfied at all")),
)


class ConfirmForm(KeyedForm):
    """The button of a mailed link. Its key is the token in the address."""


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


class ListingForm(PortalForm):
    """Filters of the public list: sent by GET, without a token, so that the page can be cached."""

    q = SearchField(lazy("Words or number"))
    type = SelectField(lazy("Kind"), validate_choice=False)
    region = SelectField(lazy("Place"), validate_choice=False)

    class Meta(PortalForm.Meta):
        """A GET form needs no token."""

        csrf = False

    def __init__(self, regions: Sequence[Region], **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.type.choices = [SelectChoice("", _("All kinds")), *(SelectChoice(kind.name, kind.title) for kind in TYPES)]
        provinces = [region for region in regions if region.parent_code is None]
        self.region.choices = [SelectChoice("", _("All places")), *(
            SelectChoice(region.code, region.name(current_locale())) for region in provinces)]
