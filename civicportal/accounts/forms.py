"""Forms of accounts: shape and copy."""

from typing import Any

from wtforms import (
    EmailField,
    Field,
    Form,
    HiddenField,
    PasswordField,
    RadioField,
    SelectChoice,
    StringField,
    TelField,
    ValidationError,
)
from wtforms.validators import DataRequired, InputRequired, Length, Optional

from civicportal.accounts.canonical_address import deliverable
from civicportal.accounts.names import MAX_LENGTH, clean_name
from civicportal.accounts.passwords import MIN_LENGTH
from civicportal.accounts.phone_numbers import clean_phone
from civicportal.core.configuration import settings
from civicportal.core.errors import Invalid
from civicportal.core.i18n import _, language_name, lazy
from civicportal.core.web.forms import PortalForm

_PASSWORD_HINT = lazy("At least %(count)s characters. Any characters will do, spaces too. Three or four words that "
                      "have nothing to do with you are strong and easy to remember.", count=MIN_LENGTH)


def refuse(form: PortalForm, error: Invalid) -> None:
    """Show a service's refusal at the fields it names."""
    for name, sentence in error.fields.items():
        form[name].errors = [*form[name].errors, sentence]


def check_address(_form: Form, field: Field) -> None:
    """A mail address, by its shape."""
    try:
        deliverable(field.data)
    except ValueError as error:
        raise ValidationError(_("Enter an e-mail address, such as name@example.org.")) from error


def check_name(_form: Form, field: Field) -> None:
    """A name in any script."""
    try:
        clean_name(field.data)
    except ValueError as error:
        raise ValidationError(_("Enter your name in at most %(count)s characters, with at least one letter.",
                                count=MAX_LENGTH)) from error


def check_phone(_form: Form, field: Field) -> None:
    """A telephone number of any country."""
    try:
        clean_phone(field.data)
    except ValueError as error:
        raise ValidationError(_("Enter a telephone number, such as 010-1234-5678 or +46 70 123 45 67.")) from error


def name_field() -> Any:
    """One field for the whole name."""
    return StringField(lazy("Your name"), [DataRequired(lazy("Enter your name.")), check_name],
                       description=lazy("As you want institutions to address you."),
                       render_kw={"autocomplete": "name", "spellcheck": False})


def address_field(label: object = None, hint: object = "") -> Any:
    """A mail address."""
    checks = [DataRequired(lazy("Enter your e-mail address.")), check_address]
    return EmailField(label or lazy("E-mail address"), checks, description=hint)


def new_password_field() -> Any:
    """A password to be chosen; its strength is the service's business."""
    return PasswordField(lazy("New password"), [DataRequired(lazy("Enter a password."))],
                         description=_PASSWORD_HINT, render_kw={"autocomplete": "new-password"})


class RegisterForm(PortalForm):
    """Name and address; the password comes after the mailed link."""

    name = name_field()
    address = address_field(hint=lazy("We send you a link to confirm it."))


class CarryingForm(PortalForm):
    """A form on the way to a page, with what was typed there."""

    next = HiddenField()
    carry = HiddenField()
    carry_to = HiddenField()


class SignInForm(CarryingForm):
    """Address and password."""

    address = address_field()
    password = PasswordField(lazy("Password"), [DataRequired(lazy("Enter your password."))])


class CodeRequestForm(CarryingForm):
    """Where to send a one-time code."""

    address = address_field()


class CodeForm(CarryingForm):
    """The six digits from the mail."""

    code = StringField(lazy("One-time code"), [DataRequired(lazy("Enter the six digits from the e-mail."))],
                       description=lazy("Six digits. They are valid for 10 minutes."),
                       render_kw={"autocomplete": "one-time-code", "inputmode": "numeric", "spellcheck": False,
                                  "class_": "govuk-input--width-10"})


class SecondFactorForm(CarryingForm):
    """The six digits that the authenticator shows, or a recovery code."""

    code = StringField(lazy("Code"), [DataRequired(lazy("Enter the six digits that your app shows now."))],
                       description=lazy("Six digits from your authenticator app. If you have lost it, type one of your "
                                        "recovery codes."),
                       render_kw={"autocomplete": "one-time-code", "spellcheck": False,
                                  "class_": "govuk-input--width-10"})


class SetUpForm(CarryingForm):
    """The first six digits of an authenticator."""

    code = StringField(lazy("Code"), [DataRequired(lazy("Enter the six digits that your app shows now."))],
                       description=lazy("The six digits that your app shows now."),
                       render_kw={"autocomplete": "one-time-code", "inputmode": "numeric", "spellcheck": False,
                                  "class_": "govuk-input--width-10"})


class PasskeyForm(CarryingForm):
    """What the browser signed or made, as JSON; a script fills it in."""

    credential = HiddenField(validators=[DataRequired(), Length(max=20_000)])


class ResetForm(PortalForm):
    """Where to send a link for a new password."""

    address = address_field()


class NewPasswordForm(PortalForm):
    """A first or new password."""

    new_password = new_password_field()


class PasswordForm(PortalForm):
    """A new password, after the present one; `current_password` is taken off where there is none."""

    current_password = PasswordField(lazy("Present password"), [DataRequired(lazy("Enter your present password."))])
    new_password = new_password_field()


class AddressForm(PortalForm):
    """A new address, after the present password; `current_password` is taken off where there is none."""

    address = address_field(lazy("New e-mail address"), lazy("We send a link to this address. The change happens when "
                                                             "you open it."))
    current_password = PasswordField(lazy("Present password"), [DataRequired(lazy("Enter your present password."))])


class ProfileForm(PortalForm):
    """What an institution sees of a person who files."""

    name = name_field()
    phone = TelField(lazy("Telephone (optional)"), [Optional(), check_phone],
                     description=lazy("Numbers of other countries start with + and the country code."))
    locale = RadioField(lazy("Language of our e-mails"), validate_choice=True)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.locale.choices = [(code, language_name(code)) for code in settings().locales]


class DeletionForm(PortalForm):
    """The password or a mailed code; the view takes off the one that does not apply."""

    current_password = PasswordField(lazy("Password"), [DataRequired(lazy("Enter your password."))])
    code = StringField(lazy("Code from the e-mail"), [DataRequired(lazy("Enter the six digits from the e-mail."))],
                       render_kw={"autocomplete": "one-time-code", "inputmode": "numeric", "spellcheck": False,
                                  "class_": "govuk-input--width-10"})


class ConfirmForm(PortalForm):
    """A button."""


class AddressConfirmForm(PortalForm):
    """The question of the link to a new address: a mail program that presses buttons answers none."""

    mine = RadioField(
        lazy("Is this your address?"), [InputRequired(lazy("Say whether this is your address."))],
        choices=[SelectChoice("yes", lazy("Yes, this is my address")), SelectChoice("no", lazy("No, change nothing"))])
