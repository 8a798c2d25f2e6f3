"""Forms of the question pages, one question each."""

from collections.abc import Sequence
from typing import Any

from wtforms import (
    EmailField,
    MultipleFileField,
    RadioField,
    SelectChoice,
    SelectField,
    StringField,
    TelField,
    TextAreaField,
)
from wtforms.validators import DataRequired, InputRequired, Length, Optional, ValidationError

from civicportal.accounts.canonical_address import deliverable
from civicportal.accounts.names import MAX_LENGTH, clean_name
from civicportal.accounts.phone_numbers import clean_phone
from civicportal.core.configuration import settings
from civicportal.core.i18n import _, current_locale, lazy
from civicportal.core.web.keyed_forms import KeyedForm
from civicportal.institutions.models import Region
from civicportal.petitions.media_types import ACCEPT
from civicportal.petitions.queries.proposals import OTHER, TRIAGE, Choice
from civicportal.petitions.types import current_name, offered

NEW = "new"


class WhatForm(KeyedForm):
    """What somebody wants. `key` is NEW before there is a draft."""

    type = RadioField(
        lazy("What do you want to do?"), validators=[InputRequired(lazy("Choose what you want to do."))],
        filters=[lambda name: current_name(name) or name],
        choices=[SelectChoice(kind.name, kind.wish, render_kw={"hint": kind.hint}) for kind in offered()])


class TextForm(KeyedForm):
    """The title and the text."""

    title = StringField(
        lazy("Title"), validators=[DataRequired(lazy("Give a title, so that others see what it is about."))],
        description=lazy("One line that says what it is about."))
    text = TextAreaField(
        lazy("What it is about"), validators=[DataRequired(lazy("Write what it is about."))],
        description=lazy("Say what happened, where, since when, and what you want. Leave out names and numbers of "
                         "other people."), render_kw={"rows": 12})

    def __init__(self, key: str, **kwargs: Any) -> None:
        super().__init__(key, **kwargs)
        longest, most = settings().title_max_characters, settings().text_max_characters
        self.title.validators = [*self.title.validators, Length(max=longest, message=_(
            "The title is too long. Use at most %(count)s characters.", count=longest))]
        self.text.validators = [*self.text.validators, Length(max=most, message=_(
            "The text is too long. Use at most %(count)s characters, or add a file.", count=most))]


class PlaceForm(KeyedForm):
    """The place it is about. The empty choice stands for no particular place."""

    region_code = SelectField(
        lazy("Place"), description=lazy("The province or district it is about. Not where you live."))

    def __init__(self, key: str, regions: Sequence[Region], **kwargs: Any) -> None:
        super().__init__(key, **kwargs)
        locale = current_locale()
        names = {region.code: region.name(locale) for region in regions}
        choices = [SelectChoice("", _("No particular place"), optgroup=_("Everywhere"))]
        for region in regions:
            group = names.get(region.parent_code or "", names[region.code])
            label = names[region.code] if region.parent_code else _("All of %(region)s", region=group)
            choices.append(SelectChoice(region.code, label, optgroup=group))
        self.region_code.choices = choices


class FilesForm(KeyedForm):
    """Files to add. What is refused is said by the service, one sentence for each file."""

    files = MultipleFileField(lazy("Choose files"), render_kw={"accept": ACCEPT})

    def __init__(self, key: str, **kwargs: Any) -> None:
        super().__init__(key, **kwargs)
        self.refused: list[str] = []

    def refuse(self, sentences: Sequence[str]) -> None:
        """Show why files were not added: each in the summary, all at the field."""
        self.refused = list(sentences)
        self.files.errors = [" ".join(sentences)]

    def error_list(self) -> list[tuple[str, str]]:
        """One line for each refused file."""
        return [(self.files.id, sentence) for sentence in self.refused] or super().error_list()


class ReadersForm(KeyedForm):
    """Who may read it."""

    readers = RadioField(
        lazy("Who may read it?"), validators=[InputRequired(lazy("Choose who may read it."))],
        choices=[
            SelectChoice("private", lazy("Only the institution and I"), render_kw={"hint": lazy(
                "Nobody else sees the text, the files or the answer.")}),
            SelectChoice("public", lazy("Everybody"), render_kw={"hint": lazy(
                "After an officer's check, everybody can read the text and the answer. Your name is masked. "
                "Files are shown as copies without hidden data, where such a copy can be made.")}),
        ])


class CheckForm(KeyedForm):
    """The last look: which institution, and for guests who they are."""

    institution = RadioField(
        lazy("Which institution should answer?"), validate_choice=False,
        validators=[InputRequired(lazy("Choose an institution, or let the portal team decide."))])
    name = StringField(
        lazy("Your name"), description=lazy("The institution answers to this name."),
        render_kw={"autocomplete": "name"},
        validators=[DataRequired(lazy("Enter your name.")), Length(max=MAX_LENGTH, message=lazy(
            "The name is too long."))])
    address = EmailField(
        lazy("Your e-mail address"), validators=[DataRequired(lazy("Enter your e-mail address."))],
        description=lazy("We send a link to it. The institution gets your text when you have opened the link."))
    phone = TelField(
        lazy("Your telephone number (optional)"), validators=[Optional()],
        description=lazy("With the country code if it is not a Korean number, such as +44 20 7946 0958."))

    def __init__(self, key: str, choices: Sequence[Choice], *, guest: bool, **kwargs: Any) -> None:
        super().__init__(key, **kwargs)
        self.institution.choices = _radios(choices)
        if not guest:
            del self.name, self.address, self.phone

    def validate_institution(self, field: RadioField) -> None:
        """Only what the page offers."""
        if field.data not in {choice.value for choice in field.choices}:
            raise ValidationError(_("Choose an institution, or let the portal team decide."))

    def validate_name(self, field: StringField) -> None:
        """Names as people have them."""
        _try(clean_name, field.data, _("Enter your name with letters."))

    def validate_address(self, field: EmailField) -> None:
        """An address mail can be sent to."""
        _try(deliverable, field.data, _("Enter an e-mail address such as name@example.org."))

    def validate_phone(self, field: TelField) -> None:
        """A number of any country."""
        _try(clean_phone, field.data, _("Enter a telephone number such as 02-1234-5678 or +44 20 7946 0958."))

    @property
    def chosen_code(self) -> str | None:
        """Code of the chosen institution; None leaves it to the triage desk."""
        return None if self.institution.data in (TRIAGE, OTHER) else str(self.institution.data)


class ReaddressForm(KeyedForm):
    """Another address for the mail that asks a guest to confirm."""

    address = EmailField(
        lazy("The right e-mail address"), validators=[DataRequired(lazy("Enter your e-mail address."))],
        description=lazy("We send the link there, and the one sent before no longer works."))
    validate_address = CheckForm.validate_address


class ChooseForm(KeyedForm):
    """An institution the citizen found."""

    institution = RadioField(
        lazy("Institutions found"), validators=[InputRequired(lazy("Choose an institution."))])

    def __init__(self, key: str, choices: Sequence[Choice], **kwargs: Any) -> None:
        super().__init__(key, **kwargs)
        self.institution.choices = _radios(choices)


class DeleteForm(KeyedForm):
    """A button and nothing to fill in."""


def _radios(choices: Sequence[Choice]) -> list[SelectChoice]:
    return [SelectChoice(choice.value, choice.label, render_kw={"hint": choice.hint}) for choice in choices]


def _try(check: Any, typed: str, sentence: str) -> None:
    """Raises ValidationError with the sentence when `check` refuses what was typed."""
    try:
        check(typed)
    except ValueError as error:
        raise ValidationError(sentence) from error
