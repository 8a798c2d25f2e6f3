"""Forms of the check before publication, of appeals, removals, and changes of what is public."""

from collections.abc import Iterable

from wtforms import (
    BooleanField,
    IntegerField,
    RadioField,
    SelectChoice,
    StringField,
    TextAreaField,
)
from wtforms.validators import DataRequired, InputRequired, Length, ValidationError
from wtforms.widgets import HiddenInput

from civicportal.core.i18n import _, lazy
from civicportal.core.web.forms import PortalForm
from civicportal.petitions.forms.desk import PartForm, leaks_seen
from civicportal.petitions.models.publication import APPEAL_MAX, AUTHORITY_MAX, REASON_MAX
from civicportal.petitions.reasons import Reason, RefusalReason, RemovalReason


def _choices(reasons: Iterable[Reason]) -> list[SelectChoice]:
    """A list of reasons, each with what it means."""
    return [SelectChoice(one.value, one.title, render_kw={"hint": one.meaning}) for one in reasons]


class PublicationForm(PortalForm):
    """Whether others may read the petition."""

    decision = RadioField(
        lazy("What do you decide about publication?"), choices=[
            SelectChoice("publish", lazy("Publish it")), SelectChoice("refuse", lazy("Do not publish it"))],
        validators=[InputRequired(lazy("Choose whether to publish it."))])
    reason = RadioField(
        lazy("If it is not to be published, why?"),
        choices=_choices(RefusalReason), validate_choice=False)

    def validate_reason(self, field: RadioField) -> None:
        """A refusal needs its reason."""
        if self.decision.data == "refuse" and field.data not in set(RefusalReason):
            raise ValidationError(_("Choose the reason. The author reads it."))

    @property
    def refused_for(self) -> RefusalReason | None:
        """The reason of a refusal, None for a publication. For a form that is valid."""
        return RefusalReason(self.reason.data) if self.decision.data == "refuse" else None


class AdviceForm(PublicationForm):
    """What an officer of the institution advises."""

    decision = RadioField(
        lazy("What do you advise?"), choices=[
            SelectChoice("publish", lazy("Publish it")), SelectChoice("refuse", lazy("Do not publish it"))],
        validators=[InputRequired(lazy("Choose whether to publish it."))])


class AppealForm(PortalForm):
    """Why a petition should be public after all."""

    text = TextAreaField(
        lazy("Why should everybody be able to read it?"), render_kw={"rows": 8},
        description=lazy("The portal team reads this. It is not published."),
        validators=[DataRequired(lazy("Write why it should be public.")), Length(max=APPEAL_MAX)])


class AppealDecisionForm(PortalForm):
    """What becomes of an appeal."""

    verdict = RadioField(
        lazy("What do you decide?"), choices=[
            SelectChoice("grant", lazy("Publish the petition")), SelectChoice("dismiss", lazy("Leave it private"))],
        validators=[InputRequired(lazy("Choose what you decide."))])
    decision = TextAreaField(
        lazy("Reason"), render_kw={"rows": 6}, description=lazy("The author reads this."),
        validators=[DataRequired(lazy("Write the reason. The author reads it.")), Length(max=APPEAL_MAX)])


class RemovalForm(PortalForm):
    """Why a public petition is removed, and by whose authority."""

    reason = RadioField(
        lazy("Why is it removed?"), choices=_choices(RemovalReason),
        validators=[InputRequired(lazy("Choose the reason. Everybody can read it."))])
    authority = StringField(
        lazy("Which authority decided it?"),
        description=lazy("An office, such as a court or the portal team. Never the name of a person."),
        validators=[DataRequired(lazy("Name the authority that decided it.")), Length(max=AUTHORITY_MAX)])


class ReasonForm(PortalForm):
    """A reason that everybody reads."""

    reason = TextAreaField(
        lazy("Reason"), render_kw={"rows": 4}, description=lazy("Everybody reads this. Write no personal data."),
        validators=[DataRequired(lazy("Write the reason. Everybody can read it.")), Length(max=REASON_MAX)])


def _version() -> IntegerField:
    return IntegerField(widget=HiddenInput(), validators=[InputRequired()])


def _withhold() -> BooleanField:
    return BooleanField(
        lazy("The words before must not be public"),
        description=lazy("Choose this when you take out personal data. The public then sees that something was taken "
                         "out, and why, but not what."))


class ReviseForm(ReasonForm):
    """New words for a public petition. `base_version`: the version that the page was opened with."""

    drawn = ("title", "text", "withhold", "reason")
    base_version = _version()
    title = StringField(lazy("Title"), validators=[DataRequired(lazy("Give a title, short enough for a line."))])
    text = TextAreaField(lazy("Text"), render_kw={"rows": 14},
                         validators=[DataRequired(lazy("Write what it is about."))])
    withhold = _withhold()


class CorrectForm(PartForm, ReasonForm):
    """New words for an answer that was sent. `base_version`: the version that the page was opened with."""

    drawn = ("text", "leaks_seen", "withhold", "reason")
    base_version = _version()
    leaks_seen = leaks_seen()
    text = TextAreaField(lazy("Answer"), render_kw={"rows": 14},
                         validators=[DataRequired(lazy("Write the answer first."))])
    withhold = _withhold()
