"""Forms of the officers' desk and of triage."""

from wtforms import (
    BooleanField,
    HiddenField,
    IntegerField,
    RadioField,
    SearchField,
    SelectChoice,
    SelectField,
    TextAreaField,
)
from wtforms.validators import DataRequired, InputRequired, Length, ValidationError
from wtforms.widgets import HiddenInput

from civicportal.core.configuration import settings
from civicportal.core.i18n import _, lazy
from civicportal.core.web.forms import PortalForm
from civicportal.petitions.queries.inbox import Sort
from civicportal.petitions.types import offered

REASON_MAX = 1000


class PartForm(PortalForm):
    """Acts on one part: `part` is the one that the page showed."""

    part = IntegerField(widget=HiddenInput(), validators=[InputRequired()])


class VersionForm(PartForm):
    """`version` says how the part stood on the page, so that nobody acts on something that has moved on."""

    version = IntegerField(widget=HiddenInput(), validators=[InputRequired()])


class AssignForm(VersionForm):
    """Who gets the part."""

    officer_id = SelectField(lazy("Officer"), coerce=int)
    department_id = SelectField(
        lazy("Department"), coerce=int,
        description=lazy("The author reads its name and telephone number."))


class MoveForm(VersionForm):
    """Where the matter goes, and why: for transfers and for decisions at triage."""

    institution_code = HiddenField(validators=[DataRequired(lazy("Choose an institution."))])
    reason = TextAreaField(
        lazy("Reason"), description=lazy("The author reads this. Say in one or two sentences why it goes there."),
        validators=[DataRequired(lazy("Write the reason. The author reads it.")), Length(max=REASON_MAX)],
        render_kw={"rows": 4})


class AnswerForm(PartForm):
    """The text of an answer. `base_version`: the saved version that the page was opened with, 0 for none."""

    base_version = IntegerField(widget=HiddenInput(), validators=[InputRequired()])
    text = TextAreaField(
        lazy("Your answer"), render_kw={"rows": 18},
        description=lazy("You can use Markdown: an empty line between paragraphs, **bold**, - lists, "
                         "[words](https://address). Images are not shown."),
        validators=[DataRequired(lazy("Write the answer first."))])

    def validate_text(self, field: TextAreaField) -> None:
        """Keep the length the portal allows."""
        limit = settings().text_max_characters
        if len(field.data or "") > limit:
            raise ValidationError(_("Write at most %(limit)s characters.", limit=limit))


def leaks_seen() -> BooleanField:
    """The tick with which personal data may be sent; drawn only where some was found."""
    return BooleanField(lazy("I have looked at each of these. They may be sent as they are."))


class NoteForm(PartForm):
    """A note for colleagues."""

    text = TextAreaField(
        lazy("Your note"), render_kw={"rows": 3}, validators=[DataRequired(lazy("Write the note first."))],
        description=lazy("Only officials of your institution read it. Write @ and the name of a colleague, who then "
                         "gets a notice."))


class ReclassifyForm(VersionForm):
    """Another type, and why."""

    to_type = RadioField(lazy("What is it?"), validators=[InputRequired(lazy("Choose a type."))])
    reason = TextAreaField(
        lazy("Reason"), description=lazy("Everybody who can read the petition reads it. The author gets a notice."),
        validators=[DataRequired(lazy("Write the reason. Everybody can read it.")), Length(max=REASON_MAX)],
        render_kw={"rows": 4})


class ReclassifyDecideForm(PortalForm):
    """The second person's decision."""

    verdict = RadioField(
        lazy("Your decision"), validators=[InputRequired(lazy("Choose one."))],
        choices=[SelectChoice("confirm", lazy("Change the type")), SelectChoice("refuse", lazy("Leave it as it is"))])


class SendForm(PartForm):
    """Sends the version that the page showed."""

    base_version = IntegerField(widget=HiddenInput(), validators=[InputRequired()])
    leaks_seen = leaks_seen()


class InboxForm(PortalForm):
    """Filters of an inbox, sent with GET so that the address can be shared."""

    class Meta(PortalForm.Meta):
        """A filter changes nothing, so it needs no token."""

        csrf = False

    q = SearchField(lazy("Title or number"))
    type = SelectField(lazy("Type"), choices=[
        SelectChoice("", lazy("All types")), *(SelectChoice(one.name, one.title) for one in offered())])
    officer = SelectField(lazy("Officer"), coerce=int)
    sort = SelectField(lazy("Order"), choices=[SelectChoice(one.value, one.title) for one in Sort])
