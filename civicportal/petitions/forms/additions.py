"""Forms of what is added to a petition, and of representatives."""

from typing import Any

from wtforms import EmailField, MultipleFileField, RadioField, SelectChoice, StringField, TextAreaField
from wtforms.validators import DataRequired, InputRequired, Length, ValidationError

from civicportal.accounts.names import MAX_LENGTH, clean_name
from civicportal.core.configuration import settings
from civicportal.core.i18n import _, lazy
from civicportal.core.web.forms import PortalForm
from civicportal.core.web.keyed_forms import KeyedForm
from civicportal.petitions.forms.filing import CheckForm
from civicportal.petitions.media_types import ACCEPT


class AddForm(KeyedForm):
    """What somebody adds: one of the two is needed, which the service says."""

    text = TextAreaField(
        lazy("Your message"), render_kw={"rows": 8},
        description=lazy("Leave out names and numbers of other people."))
    files = MultipleFileField(lazy("Choose files"), render_kw={"accept": ACCEPT})

    def validate_text(self, field: TextAreaField) -> None:
        """Keep the length the portal allows."""
        most = settings().text_max_characters
        if len(field.data or "") > most:
            raise ValidationError(_(
                "The text is too long. Use at most %(count)s characters, or add a file.", count=most))

    def uploads(self) -> list[Any]:
        """The files that were chosen."""
        return [upload for upload in self.files.data or () if upload and upload.filename]


class AppointForm(PortalForm):
    """Who shall act for the author."""

    name = StringField(
        lazy("Name of the person"), validators=[DataRequired(lazy("Enter the name.")), Length(
            max=MAX_LENGTH, message=lazy("The name is too long."))])
    address = EmailField(
        lazy("E-mail address of the person"), validators=[DataRequired(lazy("Enter the e-mail address."))],
        description=lazy("We send a link to it. The person sees your matter after accepting."))
    validate_address = CheckForm.validate_address

    def validate_name(self, field: StringField) -> None:
        """Names as people have them."""
        try:
            clean_name(field.data)
        except ValueError as error:
            raise ValidationError(_("Enter the name with letters.")) from error


class AcceptForm(KeyedForm):
    """The question of a mailed invitation: a mail program that presses buttons answers none.

    Its key is the token in the address.
    """

    mine = RadioField(lazy("Do you want to act in this matter?"), [InputRequired(lazy("Say whether you want to act."))],
                      choices=[SelectChoice("yes", lazy("Yes, I act for this person")),
                               SelectChoice("no", lazy("No, I do not want to act"))])
