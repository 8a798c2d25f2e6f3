"""Forms of committees: shape and copy, no rules of the domain."""

from collections.abc import Sequence
from typing import ClassVar

from wtforms import EmailField, IntegerField, RadioField, SelectChoice, SelectField, StringField, TextAreaField
from wtforms.validators import DataRequired, Email, InputRequired, Length, ValidationError
from wtforms.widgets import HiddenInput

from civicportal.committee.models import Body, Item, Member, Motion
from civicportal.committee.states import Proposal, Seat
from civicportal.core.errors import DomainError, Invalid
from civicportal.core.i18n import _, lazy
from civicportal.core.web.forms import DatePartsField, PortalForm
from civicportal.voting.kinds import KINDS

REASON_MAX, NAME_MAX, MANDATE_MAX = 4000, 200, 5000
_too_long = Length(max=REASON_MAX, message=lazy("The text is too long. Use at most %(max)d characters."))


def _line(title: object, missing: object, description: object = "") -> StringField:
    return StringField(title, description=description, validators=[
        DataRequired(missing), Length(max=NAME_MAX, message=lazy("Write at most %(max)d characters."))])


def _whole(title: object, description: object) -> IntegerField:
    return IntegerField(title, description=description, validators=[InputRequired(lazy("Enter a whole number."))])


def _mandate(title: object) -> TextAreaField:
    return TextAreaField(title, render_kw={"rows": 6}, validators=[
        DataRequired(lazy("Write what the body decides.")),
        Length(max=MANDATE_MAX, message=lazy("The text is too long. Use at most %(max)d characters."))])


def _reasons(title: object, description: object) -> TextAreaField:
    return TextAreaField(title, description=description, render_kw={"rows": 6}, validators=[
        DataRequired(lazy("Write the reasons. Everybody can read them.")), _too_long])


class CommitteeForm(PortalForm):
    """Parent of these forms."""

    def blame(self, error: DomainError) -> None:
        """Show what a service refused: at the fields it names, else at the top."""
        fields = error.fields if isinstance(error, Invalid) else {}
        for name, sentence in fields.items():
            if name in self:
                self[name].errors = [*self[name].errors, str(sentence)]
            else:
                self.form_errors.append(str(sentence))
        if not fields:
            self.form_errors.append(str(error.message))


class BodyForm(CommitteeForm):
    """A body and its rules. `slug` is left out once it stands."""

    slug = _line(lazy("Address"), lazy("Enter an address."),
                 lazy("Small Latin letters, digits and hyphens. It stands in addresses and never changes."))
    name_ko = _line(lazy("Name in Korean"), lazy("Enter the name in Korean."))
    name_en = _line(lazy("Name in English"), lazy("Enter the name in English."))
    mandate_ko = _mandate(lazy("Mandate in Korean"))
    mandate_en = _mandate(lazy("Mandate in English"))
    quorum_percent = _whole(
        lazy("More than how many per cent must vote?"),
        lazy("Of the members who take part in an item. 50 means: more than half. Motions that run keep their rule."))
    quorum_least = _whole(lazy("How many must vote at least?"),
                          lazy("With fewer members left after recusals no motion is possible."))
    capacity = _whole(lazy("How many items can it decide in a month?"),
                      lazy("From this the expected month of each item is worked out, for everybody to see."))


class SeatForm(CommitteeForm):
    """Who sits, as what, and for how long. `address` is left out once the seat is given."""

    address = EmailField(
        lazy("E-mail address of the account"),
        description=lazy("It is not shown to anybody."), validators=[
            DataRequired(lazy("Enter an e-mail address.")), Email(lazy("Enter an address like name@example.org."))])
    name = _line(lazy("Name"), lazy("Enter the name."), lazy("As everybody will read it."))
    affiliation = _line(lazy("Affiliation"), lazy("Enter the affiliation."),
                        lazy("The institution or organisation; for a citizen's seat: citizen."))
    seat = RadioField(lazy("Seat"), coerce=Seat, validators=[DataRequired(lazy("Choose the seat."))],
                      choices=[SelectChoice(one, one.title) for one in Seat])
    alternate_for_id = SelectField(
        lazy("Stands in for"), coerce=int,
        description=lazy("For alternates only. Nobody in particular: for any member who takes no part."))
    starts_on = DatePartsField(lazy("First day of the term"))
    ends_on = DatePartsField(lazy("Last day of the term"),
                             description=lazy("Leave it empty if the end is not known. A seat ends by its last day."))

    def offer(self, body: Body, seat: Member | None = None) -> None:
        """Fill in for whom an alternate can stand in."""
        members = [one for one in body.members if one.seat is not Seat.ALTERNATE and one is not seat]
        self.alternate_for_id.choices = [
            SelectChoice(0, _("Nobody in particular")), *(SelectChoice(one.id, one.name) for one in members)]

    def validate_starts_on(self, field: DatePartsField) -> None:
        """A term has a first day."""
        if field.data is None and not field.errors:
            raise ValidationError(_("Enter the first day."))


class ReasonForm(CommitteeForm):
    """An act that needs a public reason."""

    reason = TextAreaField(
        lazy("Reason"), render_kw={"rows": 4}, description=lazy("Everybody can read it, with your name."),
        validators=[DataRequired(lazy("Write the reason. Everybody can read it.")), _too_long])


class RecuseForm(ReasonForm):
    """Who takes no part. A member says it of the own seat alone, so `seat_id` is left out then."""

    drawn: ClassVar[tuple[str, ...]] = ("seat_id", "reason")
    seat_id = SelectField(lazy("Who takes no part?"), coerce=int)

    def offer(self, seats: Sequence[Member]) -> None:
        """Fill in whose recusal can be recorded."""
        self.seat_id.choices = [SelectChoice(one.id, one.name) for one in seats]


class JoinForm(ReasonForm):
    """Which item this one is decided with."""

    drawn: ClassVar[tuple[str, ...]] = ("other_id", "reason")
    other_id = RadioField(lazy("With which item is it decided?"), coerce=int,
                          validators=[InputRequired(lazy("Choose an item."))])

    def offer(self, items: Sequence[Item]) -> None:
        """Fill in what it can be joined to."""
        self.other_id.choices = [
            SelectChoice(one.id, one.task.title, render_kw={"hint": one.task.number}) for one in items]


class ExtendForm(ReasonForm):
    """A later due date. The item may be decided until the end of the day."""

    drawn: ClassVar[tuple[str, ...]] = ("due_on", "reason")
    due_on = DatePartsField(lazy("New last day"))

    def validate_due_on(self, field: DatePartsField) -> None:
        """There must be a date."""
        if field.data is None and not field.errors:
            raise ValidationError(_("Enter the new last day."))


class MotionForm(CommitteeForm):
    """What the members are asked to decide, and why."""

    proposal = RadioField(
        lazy("What do you move?"), coerce=Proposal, validators=[InputRequired(lazy("Choose what you move."))],
        choices=[
            SelectChoice(Proposal.FORWARD, Proposal.FORWARD.title, render_kw={
                "hint": lazy("The heads of government take it up. The task stays with the Committee until then.")}),
            SelectChoice(Proposal.RETURN, Proposal.RETURN.title, render_kw={
                "hint": lazy("Who proposed it can change it and submit it again. It then gets a vote of its own.")}),
            SelectChoice(Proposal.DECLINE, Proposal.DECLINE.title, render_kw={
                "hint": lazy("That is the end of this task.")}),
        ])
    reasons = _reasons(lazy("Your reasons"), lazy("Everybody can read them, with your name."))


class VoteForm(CommitteeForm):
    """A member's vote. `motion_id`: the motion that the page showed."""

    motion_id = IntegerField(widget=HiddenInput(), validators=[InputRequired()])
    choice = RadioField(lazy("How do you vote?"), validators=[InputRequired(lazy("Choose yes, no or abstain."))])

    def offer(self, motion: Motion) -> None:
        """Fill in the answers of the motion's vote."""
        kind = KINDS[motion.box.kind]
        self.choice.choices = [SelectChoice(code, kind.option_title(code)) for code in motion.box.options]
        if not self.is_submitted():
            self.motion_id.data = motion.id


class RecordForm(CommitteeForm):
    """The reasons of a decision as they are published. `motion_id`: the motion that was carried."""

    motion_id = IntegerField(widget=HiddenInput(), validators=[InputRequired()])
    reasons = _reasons(lazy("Reasons of the decision"),
                       lazy("Everybody can read them, and who proposed the task gets them by e-mail."))


class ConfirmForm(CommitteeForm):
    """A button and nothing to fill in."""
