"""Forms of those who run votes."""

import re
from datetime import datetime, time
from typing import Any, ClassVar

from wtforms import IntegerField, RadioField, SelectChoice, StringField, TextAreaField, ValidationError
from wtforms.validators import DataRequired, InputRequired, Length, NumberRange

from civicportal.core.errors import Invalid
from civicportal.core.i18n import _, lazy, timezone
from civicportal.core.web.forms import DatePartsField, PortalForm
from civicportal.voting.states import PolicyKind

REASON_MAX = 2000
KEYS_MAX = 200_000
_TIME = re.compile(r"([01]?[0-9]|2[0-3]):([0-5][0-9])", re.ASCII)
_KEY = re.compile(r"[0-9a-f]{64}", re.ASCII)


class OperatorForm(PortalForm):
    """Parent of these forms."""

    renamed: ClassVar[dict[str, str]] = {}

    def blame(self, error: Invalid) -> None:
        """As for any form; `renamed` says which field stands for what a service names."""
        fields = {self.renamed.get(name, name): sentence for name, sentence in error.fields.items()}
        super().blame(Invalid(error.message, fields))

    def clock_time(self, field: StringField) -> time:
        """The time of day in a field. Raises ValidationError for what is none."""
        found = _TIME.fullmatch(field.data or "")
        if not found:
            raise ValidationError(_("Enter a time, such as 18:00."))
        return time(int(found[1]), int(found[2]))

    def instant(self, day: DatePartsField, clock: StringField) -> datetime | None:
        """Day and time as an instant on the portal's clocks, both checked before; None where no day was asked for."""
        return datetime.combine(day.data, self.clock_time(clock), timezone()) if day.data else None


class _Reason(TextAreaField):
    """Why. Everybody reads it on the page of the vote."""

    def __init__(self, label: object = "", **kwargs: Any) -> None:
        defaults: dict[str, Any] = {
            "description": lazy("Everybody reads it on the page of the vote."), "render_kw": {"rows": 4},
            "validators": [DataRequired(lazy("Write the reason.")), Length(max=REASON_MAX)]}
        super().__init__(label or lazy("Reason"), **{**defaults, **kwargs})


def _day(label: object) -> DatePartsField:
    return DatePartsField(label, validators=[InputRequired(lazy("Enter the date."))])


def _time(label: object, *, required: bool = True) -> StringField:
    return StringField(label, description=lazy("24-hour clock, such as 18:00."),
                       validators=[DataRequired(lazy("Enter the time."))] if required else [],
                       render_kw={"class_": "govuk-input--width-5"})


class ExtendForm(OperatorForm):
    """A later close."""

    renamed: ClassVar[dict[str, str]] = {"closes_at": "day"}
    day = _day(lazy("New closing date"))
    clock = _time(lazy("New closing time"))
    reason = _Reason()

    def validate_clock(self, field: StringField) -> None:
        """A time of day."""
        self.clock_time(field)


class ReasonForm(OperatorForm):
    """Something that only needs its reason."""

    reason = _Reason()


class SuspectsForm(OperatorForm):
    """Keys of the roll that are suspected of fraud."""

    keys = TextAreaField(
        lazy("Keys"), description=lazy("One a line, 64 digits and letters each. Only their number is published."),
        render_kw={"rows": 8, "spellcheck": "false"},
        validators=[DataRequired(lazy("Enter the keys, one a line.")), Length(max=KEYS_MAX)])
    reason = _Reason()

    def validate_keys(self, _field: TextAreaField) -> None:
        """Say which line is none."""
        for number, line in enumerate(self.lines, 1):
            if not _KEY.fullmatch(line):
                raise ValidationError(_("Line %(number)s is not a key: 64 digits and letters from a to f.",
                                        number=number))

    @property
    def lines(self) -> list[str]:
        """The keys without empty lines, each once."""
        return list(dict.fromkeys(line.strip().lower() for line in (self.keys.data or "").split("\n") if line.strip()))


class DisputeForm(OperatorForm):
    """Whether the result of a disputed vote stands."""

    decision = RadioField(
        lazy("What do you decide?"), choices=[
            SelectChoice("uphold", lazy("The result stands")),
            SelectChoice("overturn", lazy("The result does not stand"))],
        validators=[InputRequired(lazy("Choose what you decide."))])
    reason = _Reason()


class SilenceForm(OperatorForm):
    """An election silence. It begins at once where no day is given."""

    renamed: ClassVar[dict[str, str]] = {"ends_at": "last_day", "starts_at": "first_day"}
    title = StringField(lazy("Election"), validators=[DataRequired(lazy("Name the election.")), Length(max=200)])
    first_day = DatePartsField(lazy("It begins on"), description=lazy("Leave it empty to begin at once."))
    first_clock = _time(lazy("It begins at"), required=False)
    last_day = _day(lazy("It ends on"))
    last_clock = _time(lazy("It ends at"))

    def validate_first_clock(self, field: StringField) -> None:
        """A time of day, where there is a day."""
        if self.first_day.data:
            self.clock_time(field)

    def validate_last_clock(self, field: StringField) -> None:
        """A time of day."""
        self.clock_time(field)


class PolicyForm(OperatorForm):
    """The next version of a threshold. It is in force at once where no day is given."""

    renamed: ClassVar[dict[str, str]] = {"in_force_at": "day"}
    scope = StringField(
        lazy("What it holds for"), validators=[DataRequired(lazy("Name what it holds for.")), Length(max=40)],
        description=lazy("“forum” is the threshold of tasks."))
    kind = RadioField(
        lazy("How it is set"), choices=[SelectChoice(one.value, one.title) for one in PolicyKind],
        validators=[InputRequired(lazy("Choose how the threshold is set."))])
    value = IntegerField(
        lazy("Value of the threshold"),
        description=lazy("Yes votes, per cent of those who may vote, or tasks a month."),
        validators=[InputRequired(lazy("Enter a whole number.")),
                    NumberRange(min=1, max=100_000_000, message=lazy("Enter a whole number from 1 on."))],
        render_kw={"class_": "govuk-input--width-10"})
    min_level = RadioField(
        lazy("Who must be able to vote"), coerce=int, choices=[
            SelectChoice(1, lazy("A confirmed address is enough")),
            SelectChoice(2, lazy("A confirmed identity: the result binds government"))],
        validators=[InputRequired(lazy("Choose who must be able to vote."))])
    day = DatePartsField(lazy("In force from"), description=lazy("Leave it empty to set it in force at once."))
    clock = _time(lazy("At what time"), required=False)
    reason = _Reason(description=lazy("Everybody reads it in the list of thresholds."))

    def validate_clock(self, field: StringField) -> None:
        """A time of day, where there is a day."""
        if self.day.data:
            self.clock_time(field)

    def validate_value(self, field: IntegerField) -> None:
        """A share is a share of a hundred."""
        if self.kind.data == PolicyKind.SHARE and field.data is not None and field.data > 100:
            raise ValidationError(_("A share is at most 100 per cent."))
