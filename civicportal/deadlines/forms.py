"""The operators' form for a day that differs from the calendar."""

from wtforms import RadioField, SelectChoice, StringField, TextAreaField
from wtforms.validators import DataRequired, InputRequired, Length

from civicportal.core.i18n import lazy
from civicportal.core.web.forms import DatePartsField, PortalForm
from civicportal.deadlines.models import NAME_MAX, REASON_MAX, ClosureKind

_NAME = [DataRequired(lazy("Give the day a name, short enough for a line.")), Length(max=NAME_MAX)]
_REASON = [DataRequired(lazy("Write the reason. Everybody reads it.")), Length(max=REASON_MAX)]


class ClosureForm(PortalForm):
    """Which day, what it becomes, what it is called, and why."""

    day = DatePartsField(lazy("Which day?"), validators=[InputRequired(lazy("Enter the date."))])
    kind = RadioField(
        lazy("What is different on it?"), validators=[InputRequired(lazy("Choose what is different."))],
        choices=[SelectChoice(ClosureKind.CLOSED.value, lazy("Offices are closed; the day is not counted")),
                 SelectChoice(ClosureKind.OPEN.value, lazy("Offices are open after all; the day is counted"))])
    name_ko = StringField(lazy("Name of the day in Korean"), validators=_NAME)
    name_en = StringField(lazy("Name of the day in English"), validators=_NAME)
    reason_ko = TextAreaField(
        lazy("Reason in Korean"), validators=_REASON, render_kw={"rows": 3},
        description=lazy("Everybody reads it, with your name and the time."))
    reason_en = TextAreaField(lazy("Reason in English"), validators=_REASON, render_kw={"rows": 3})
