"""The operators' form of a legal hold."""

from wtforms import RadioField, SelectChoice, StringField
from wtforms.validators import DataRequired, InputRequired

from civicportal.core.i18n import lazy
from civicportal.core.web.forms import PortalForm
from civicportal.retention.models import HeldKind


class HoldForm(PortalForm):
    """What is held, and why. Whether it is there, and what is too long, the service says."""

    kind = RadioField(
        lazy("What is held?"), validators=[InputRequired(lazy("Choose what is held."))],
        choices=[SelectChoice(HeldKind.PETITION.value, lazy("A petition, by its number")),
                 SelectChoice(HeldKind.PERSON.value, lazy("A person, by the address of the account"))])
    named = StringField(
        lazy("Number or address"), validators=[DataRequired(lazy("Enter the number or the address."))])
    reason = StringField(
        lazy("Reason"), description=lazy("Which proceeding. Only operators read it; write no names."),
        validators=[DataRequired(lazy("Write the reason."))])
