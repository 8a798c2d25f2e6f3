"""Forms of the forum: shape and copy, no rules of the domain."""

from collections.abc import Sequence
from typing import Any, ClassVar

from wtforms import RadioField, SelectChoice, SelectField, SelectMultipleField, StringField, TextAreaField
from wtforms.validators import DataRequired, InputRequired, Length, ValidationError

from civicportal.core.configuration import settings
from civicportal.core.i18n import _, lazy
from civicportal.core.web.forms import DatePartsField, PortalForm
from civicportal.forum.states import Criterion, ReviewDecision, Side

REASON_MAX = 4000
MYSELF = ""
_too_long = Length(max=REASON_MAX, message=lazy("The text is too long. Use at most %(max)d characters."))


class TaskForm(PortalForm):
    """The words of a task. `places`: (code, name) of institutions in whose name the person may propose.

    `compared`: whether a change is compared with similar tasks at once.
    """

    problem = TextAreaField(
        lazy("What is the problem?"), render_kw={"rows": 7},
        description=lazy("Say who has it, where and how often. Leave out names and numbers of people."),
        validators=[DataRequired(lazy("Write what the problem is."))])
    idea = TextAreaField(
        lazy("What should change?"), render_kw={"rows": 7},
        description=lazy("Say what government should do, so that everybody can answer with yes or no."),
        validators=[DataRequired(lazy("Write what should change."))])
    title = StringField(
        lazy("Title"), description=lazy("One line that says what should change."),
        validators=[DataRequired(lazy("Give a title, so that others see what it is about."))])
    difference = TextAreaField(
        lazy("Mine differs because…"), render_kw={"rows": 4}, validators=[_too_long],
        description=lazy("Everybody can read this beside your task."))
    institution = SelectField(lazy("In whose name do you propose it?"))

    def __init__(
        self, places: Sequence[tuple[str, str]] = (), *, compared: bool = False, **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        longest, most = settings().title_max_characters, settings().text_max_characters
        self.title.validators = [*self.title.validators, Length(max=longest, message=_(
            "The title is too long. Use at most %(count)s characters.", count=longest))]
        for field in (self.problem, self.idea):
            field.validators = [*field.validators, Length(max=most, message=_(
                "The text is too long. Use at most %(count)s characters.", count=most))]
        self.institution.choices = [
            SelectChoice(MYSELF, _("In my own, as a citizen")), *(SelectChoice(code, name) for code, name in places)]
        if not places:
            del self.institution
        if not compared:
            del self.difference


class SubmitForm(PortalForm):
    """Hands a task in. `difference` is asked for when similar tasks are shown."""

    difference = TextAreaField(
        lazy("Mine differs because…"), render_kw={"rows": 4}, validators=[_too_long],
        description=lazy("Everybody can read this beside your task."))


class ReviewForm(PortalForm):
    """A reviewer's decision."""

    met = SelectMultipleField(
        lazy("Which criteria does it meet?"), choices=[SelectChoice(one.value, one.title) for one in Criterion])
    decision = RadioField(
        lazy("What do you decide?"), validators=[InputRequired(lazy("Choose what you decide."))],
        choices=[
            SelectChoice(ReviewDecision.ACCEPT.value, lazy("Accept it"), render_kw={
                "hint": lazy("It is read and discussed, then put to the vote.")}),
            SelectChoice(ReviewDecision.RETURN.value, lazy("Return it"), render_kw={
                "hint": lazy("The one who proposed it can change it and submit it again.")}),
            SelectChoice(ReviewDecision.DECLINE.value, lazy("Decline it"), render_kw={
                "hint": lazy("That is the end of this task.")}),
        ])
    reasons = TextAreaField(
        lazy("Your reasons"), render_kw={"rows": 6},
        description=lazy("Everybody can read them, with your name. Say what to change if you return it."),
        validators=[DataRequired(lazy("Write your reasons. Everybody can read them.")), _too_long])


class ArgumentForm(PortalForm):
    """One reason for or against."""

    side = RadioField(
        lazy("Is it for or against the task?"), choices=[SelectChoice(one.value, one.title) for one in Side],
        validators=[InputRequired(lazy("Choose whether it is for or against."))])
    text = TextAreaField(
        lazy("Your argument"), render_kw={"rows": 5},
        description=lazy("One argument, in your own words. Your name is not shown."),
        validators=[DataRequired(lazy("Write your argument."))])

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        most = settings().argument_max_characters
        self.text.validators = [*self.text.validators, Length(max=most, message=_(
            "The argument is too long. Use at most %(count)s characters.", count=most))]


class ReasonForm(PortalForm):
    """An act that needs a public reason."""

    reason = TextAreaField(
        lazy("Reason"), render_kw={"rows": 4}, description=lazy("Everybody can read it, with your name."),
        validators=[DataRequired(lazy("Write the reason. Everybody can read it.")), _too_long])


class ExtendForm(ReasonForm):
    """A later due date with its reason. The step may be done until the end of the day."""

    drawn: ClassVar[tuple[str, ...]] = ("due_at", "reason")
    due_at = DatePartsField(lazy("New last day"), description=lazy("For example 2026 10 17."))

    def validate_due_at(self, field: DatePartsField) -> None:
        """There must be a date."""
        if field.data is None and not field.errors:
            raise ValidationError(_("Enter the new last day."))


class ConfirmForm(PortalForm):
    """A button and nothing to fill in."""
