"""Forms about institutions, their departments and people."""

from collections.abc import Sequence

from wtforms import EmailField, RadioField, SelectChoice, SelectField, StringField, TelField, TextAreaField, URLField
from wtforms.validators import URL, DataRequired, Email, Length, Optional

from civicportal.core.i18n import lazy
from civicportal.core.permissions import Role
from civicportal.core.web.forms import DatePartsField, PortalForm
from civicportal.institutions.csv_rows import CODE_LENGTH, LENGTHS
from civicportal.institutions.models import Region
from civicportal.institutions.states import InstitutionType

ROLE_TITLES = {
    Role.OFFICER: (lazy("Officer"), lazy("Takes matters and answers them.")),
    Role.MANAGER: (lazy("Manager"), lazy("Also hands matters to officers and answers when asked again.")),
    Role.DIRECTOR: (lazy("Director"), lazy("Heads the institution; may do what a manager may do.")),
}


def _at_most(limit: int) -> Length:
    return Length(max=limit, message=lazy("Write at most %(max)d characters."))


def _name(title: object, *, needed: bool) -> StringField:
    first = DataRequired(lazy("Enter the name in Korean.")) if needed else Optional()
    return StringField(title, validators=[first, _at_most(LENGTHS["name_ko"])])


class _CodeForm(PortalForm):
    """A form whose code is set once and never changed."""

    code = StringField(
        lazy("Code"), description=lazy("Latin letters, digits and hyphens. It stands in addresses and never changes."),
        validators=[DataRequired(lazy("Enter a code.")), _at_most(CODE_LENGTH)])

    def fix_code(self) -> None:
        """Leave the code out: the thing exists already."""
        del self.code


class InstitutionForm(_CodeForm):
    """One institution."""

    name_ko = _name(lazy("Name in Korean"), needed=True)
    name_en = _name(lazy("Name in English"), needed=False)
    type = SelectField(lazy("Type"), choices=[SelectChoice(kind.value, kind.title) for kind in InstitutionType],
                       coerce=InstitutionType)
    region_code = SelectField(lazy("Region"), validate_choice=False,
                              description=lazy("The place it serves. Leave empty for the whole country."))
    parent_code = StringField(lazy("Code of the institution above it"),
                              validators=[Optional(), _at_most(CODE_LENGTH)])
    remit_ko = TextAreaField(lazy("What it does, in Korean"), validators=[_at_most(LENGTHS["remit_ko"])],
                             description=lazy("Use the words in which people speak of these things: matters are "
                                              "referred by them."))
    remit_en = TextAreaField(lazy("What it does, in English"), validators=[_at_most(LENGTHS["remit_en"])])
    phone = TelField(lazy("Telephone"), validators=[Optional(), _at_most(LENGTHS["phone"])])
    website = URLField(lazy("Website"), validators=[
        Optional(), _at_most(LENGTHS["website"]),
        URL(message=lazy("Enter an address that starts with https:// or http://."))])
    active_from = DatePartsField(lazy("Exists from"))
    active_to = DatePartsField(lazy("Closed from"), description=lazy("The first day on which it no longer exists."))
    successor_code = StringField(lazy("Code of its successor"), validators=[Optional(), _at_most(CODE_LENGTH)],
                                 description=lazy("New matters go there once this institution is closed."))
    lookup = StringField(lazy("Find a code"), description=lazy("Type part of a name to see the codes of institutions."),
                         validators=[Optional(), _at_most(200)])

    def offer_regions(self, regions: Sequence[Region], locale: str) -> None:
        """Fill the list of regions, districts under their province."""
        self.region_code.choices = region_choices(regions, locale)


class DepartmentForm(_CodeForm):
    """One department of an institution."""

    name_ko = _name(lazy("Name in Korean"), needed=True)
    name_en = _name(lazy("Name in English"), needed=False)
    phone = TelField(lazy("Telephone"), validators=[Optional(), _at_most(LENGTHS["phone"])])
    active_from = DatePartsField(lazy("Exists from"))
    active_to = DatePartsField(lazy("Closed from"), description=lazy("The first day on which it no longer exists."))


class GrantForm(PortalForm):
    """A role for a person who has an account."""

    address = EmailField(lazy("E-mail address of the account"), validators=[
        DataRequired(lazy("Enter an e-mail address.")),
        Email(lazy("Enter an address like name@example.org."))])
    role = RadioField(lazy("Role"), coerce=Role, validators=[DataRequired(lazy("Choose a role."))], choices=[
        SelectChoice(role.value, title, render_kw={"hint": hint}) for role, (title, hint) in ROLE_TITLES.items()])


def region_choices(regions: Sequence[Region], locale: str) -> list[SelectChoice]:
    """The whole country first, then each province with its districts as a group."""
    return [SelectChoice("", lazy("The whole country"), optgroup=lazy("Everywhere")), *(
        SelectChoice(region.code, region.name(locale), optgroup=(region.parent or region).name(locale))
        for region in regions)]
