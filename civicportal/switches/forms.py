"""The operators' form."""

from wtforms import IntegerField, StringField
from wtforms.validators import DataRequired, InputRequired

from civicportal.core.i18n import lazy
from civicportal.core.web.forms import PortalForm


class SwitchOffForm(PortalForm):
    """Why, and for how long. What is too long is said by the service."""

    minutes = IntegerField(
        lazy("How many minutes will it take, as far as you know?"),
        description=lazy("People read until when. You can say anew at any time."),
        validators=[InputRequired(lazy("Enter how many minutes it will take."))],
        render_kw={"class_": "govuk-input--width-5"})
    reason_ko = StringField(
        lazy("Reason in Korean"), description=lazy("Everybody reads it on the pages affected."),
        validators=[DataRequired(lazy("Write the reason. Everybody reads it."))])
    reason_en = StringField(
        lazy("Reason in English"), validators=[DataRequired(lazy("Write the reason. Everybody reads it."))])
