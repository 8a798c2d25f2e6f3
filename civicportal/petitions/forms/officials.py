"""Forms about officials: leavers, whom a matter is about, and exports."""

from wtforms import SelectChoice, SelectField, StringField, TextAreaField
from wtforms.validators import DataRequired, InputRequired, Length

from civicportal.core.i18n import lazy
from civicportal.core.web.forms import PortalForm
from civicportal.petitions.queries.inbox import Tab

REASON_MIN, REASON_MAX = 10, 500


class LeavingForm(PortalForm):
    """Who takes the open work over."""

    successor_id = SelectField(
        lazy("Who takes the open matters over?"), coerce=int,
        description=lazy("What this person may not work on goes back to the desk of its institution."))


class SubjectNameForm(PortalForm):
    """The name of an official, as the author knows it."""

    name = StringField(
        lazy("Name of the official"), description=lazy("As it stands in our e-mails, such as 윤솔아."),
        validators=[DataRequired(lazy("Write the name.")), Length(max=200, message=lazy("The name is too long."))],
        render_kw={"autocomplete": "off", "spellcheck": False})


class SubjectChoiceForm(PortalForm):
    """One of the officials who could open the matter."""

    person_id = SelectField(lazy("Official"), coerce=int,
                            validators=[InputRequired(lazy("Choose somebody from the list."))])


class ExportForm(PortalForm):
    """Which list leaves the portal, and why."""

    tab = SelectField(lazy("Which list?"), choices=[SelectChoice(one.value, one.title) for one in Tab])
    reason = TextAreaField(
        lazy("What do you need it for?"), render_kw={"rows": 3},
        description=lazy("The operators read this at once. Authors see that their matter was exported."),
        validators=[DataRequired(lazy("Write what you need the list for.")),
                    Length(min=REASON_MIN, max=REASON_MAX,
                           message=lazy("Write from %(min)d to %(max)d characters."))])
