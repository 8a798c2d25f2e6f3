"""The form with which an officer files for somebody."""

import re
from datetime import datetime, time
from typing import Any, ClassVar

from wtforms import (
    EmailField,
    HiddenField,
    MultipleFileField,
    RadioField,
    SelectChoice,
    StringField,
    TelField,
    TextAreaField,
)
from wtforms.validators import DataRequired, InputRequired, Length, Optional, ValidationError

from civicportal.accounts.names import MAX_LENGTH
from civicportal.core.configuration import settings
from civicportal.core.i18n import _, lazy, timezone
from civicportal.core.web.forms import DatePartsField, PortalForm
from civicportal.core.web.keyed_forms import KeyedForm
from civicportal.petitions.forms.filing import CheckForm
from civicportal.petitions.media_types import ACCEPT
from civicportal.petitions.states import Channel
from civicportal.petitions.types import current_name, offered

_TIME = re.compile(r"([01]?[0-9]|2[0-3]):([0-5][0-9])", re.ASCII)


class EnterForm(KeyedForm):
    """Everything on one page: the person waits at the counter. `once` is of the page, so that sent twice it is one."""

    drawn: ClassVar[tuple[str, ...]] = (
        "channel", "day", "clock", "type", "title", "text", "files", "name", "address", "phone")

    once = HiddenField(validators=[DataRequired(), Length(min=16, max=32)])
    channel = RadioField(
        lazy("How did it come?"), validators=[InputRequired(lazy("Choose how it came."))],
        choices=[SelectChoice(one.value, one.title) for one in Channel if one is not Channel.ONLINE])
    day = DatePartsField(lazy("On which day did it reach you?"), validators=[InputRequired(lazy("Enter the date."))])
    clock = StringField(
        lazy("At what time?"), render_kw={"class_": "govuk-input--width-5"},
        description=lazy("24-hour clock, such as 14:30. The time for the answer counts from it."))
    type = RadioField(
        lazy("What is it?"), validators=[InputRequired(lazy("Choose what it is."))],
        filters=[lambda name: current_name(name) or name],
        choices=[SelectChoice(kind.name, kind.title) for kind in offered()])
    title = StringField(
        lazy("Title"), validators=[DataRequired(lazy("Give a title, so that others see what it is about."))],
        description=lazy("One line that says what it is about."))
    text = TextAreaField(
        lazy("What it is about"), validators=[DataRequired(lazy("Write what it is about."))], render_kw={"rows": 10},
        description=lazy("In the person's own words. Of a letter or fax, what it asks for; add the scan below."))
    files = MultipleFileField(lazy("Scan or other files (optional)"), render_kw={"accept": ACCEPT})
    name = StringField(
        lazy("Name of the person"), validators=[DataRequired(lazy("Enter the name.")), Length(
            max=MAX_LENGTH, message=lazy("The name is too long."))])
    address = EmailField(
        lazy("E-mail address of the person (optional)"), validators=[Optional()],
        description=lazy("We send a link to it, with which the person confirms it and then follows the matter. Without "
                         "an address, print the receipt."))
    phone = TelField(lazy("Telephone number of the person (optional)"), validators=[Optional()])

    validate_name = CheckForm.validate_name
    validate_address = CheckForm.validate_address
    validate_phone = CheckForm.validate_phone

    def __init__(self, key: str, **kwargs: Any) -> None:
        super().__init__(key, **kwargs)
        longest, most = settings().title_max_characters, settings().text_max_characters
        self.title.validators = [*self.title.validators, Length(max=longest, message=_(
            "The title is too long. Use at most %(count)s characters.", count=longest))]
        self.text.validators = [*self.text.validators, Length(max=most, message=_(
            "The text is too long. Use at most %(count)s characters, or add a file.", count=most))]

    def validate_clock(self, field: StringField) -> None:
        """A time of day."""
        if not _TIME.fullmatch(field.data or ""):
            raise ValidationError(_("Enter a time, such as 18:00."))

    def filed_at(self) -> datetime:
        """Day and time, both checked before, on the portal's clocks."""
        found = _TIME.fullmatch(self.clock.data or "")
        hours, minutes = (int(found[1]), int(found[2])) if found else (0, 0)
        return datetime.combine(self.day.data, time(hours, minutes), timezone())

    def uploads(self) -> list[Any]:
        """The files that were chosen."""
        return [upload for upload in self.files.data or () if upload and upload.filename]


class EntryAddressForm(PortalForm):
    """Another address for somebody whose petition an officer entered; empty where there is none."""

    address = EmailField(
        lazy("E-mail address of the person (optional)"), validators=[Optional()],
        description=lazy("We send the link there, and the one sent before no longer works. Without an address, print "
                         "the receipt."))
    validate_address = CheckForm.validate_address
