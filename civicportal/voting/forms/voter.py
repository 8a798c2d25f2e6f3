"""Forms of voters, and of everybody who checks a vote."""

from typing import Any, ClassVar

from wtforms import HiddenField, RadioField, SelectChoice, StringField, TextAreaField, ValidationError
from wtforms.csrf.core import CSRFTokenField
from wtforms.validators import DataRequired, InputRequired, Length

from civicportal.core.i18n import _, lazy
from civicportal.core.web.forms import PortalForm
from civicportal.voting.kinds import KINDS
from civicportal.voting.models import Box
from civicportal.voting.trackers import new_nonce, parse_nonce, parse_tracker

PASTED_MAX = 10_000
_TYPED = {"autocomplete": "off", "spellcheck": False, "autocapitalize": "characters"}


class BallotForm(PortalForm):
    """A choice, and the number from which tracker and change secret follow.

    Its view checks the session's token itself, so that a page that was open for too long comes back with the choice.
    """

    nonce = HiddenField(validators=[InputRequired()])
    choice = RadioField(lazy("Your vote"), validators=[InputRequired(lazy("Choose one of the answers."))],
                        validate_choice=False)

    def __init__(self, box: Box, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        kind = KINDS[box.kind]
        self.options = tuple(box.options)
        self.choice.choices = [SelectChoice(code, kind.option_title(code)) for code in self.options]
        if not self.is_submitted():
            self.nonce.data = new_nonce()

    @property
    def stale(self) -> bool:
        """Whether the page was too old, or not ours."""
        token = self._fields.get("csrf_token")
        return isinstance(token, CSRFTokenField) and bool(token.errors)

    def redraw(self) -> None:
        """Another nonce for the next try; the choice stays."""
        self.nonce.process_data(new_nonce())
        self.nonce.raw_data = None

    def keep(self, *, own: bool) -> None:
        """Make the form good for another try: choice and nonce stay, unless another site sent them (`own`)."""
        if not own:
            self.choice.data = None
        if self.nonce.errors or not own:
            self.redraw()

    def validate_choice(self, field: RadioField) -> None:
        """An answer of another vote is none of this one."""
        if field.data not in self.options:
            raise ValidationError(_("This vote does not have the answer you sent, so nothing was cast. "
                                    "Nothing is lost. Choose one of these answers."))

    def validate_nonce(self, field: HiddenField) -> None:
        """Only what this page could have made."""
        try:
            parse_nonce(field.data)
        except ValueError:
            raise ValidationError(_("The page was not complete. Please send it again.")) from None

    def error_list(self) -> list[tuple[str, str]]:
        """As for any form; hidden fields are nothing a link could lead to."""
        shown = [(target, text) for target, text in super().error_list() if target != "csrf_token"]
        told = [("", _("This page was open for too long, so nothing was counted yet. Your choice is kept: "
                       "send it once more."))] if self.stale else []
        return told + [("" if target == self.nonce.id else target, text) for target, text in shown]


class TrackerForm(PortalForm):
    """Looks a ballot up. It changes nothing, so it needs no token, and its page can be cached."""

    class Meta(PortalForm.Meta):
        """No token."""

        csrf = False

    tracker = StringField(
        lazy("Tracker"), validators=[DataRequired(lazy("Type the tracker from the receipt."))], render_kw=_TYPED,
        description=lazy("32 letters and digits in groups of four. Capitals, spaces and dashes do not matter."))

    def validate_tracker(self, field: StringField) -> None:
        """Bring it into the form it is stored in."""
        field.data = _grouped(field.data)


class ChangeForm(BallotForm):
    """Another choice in place of the one that was cast with a tracker."""

    drawn: ClassVar[tuple[str, ...]] = ("tracker", "secret", "choice")
    tracker = StringField(
        lazy("Tracker of the vote you cast"), render_kw=_TYPED,
        validators=[DataRequired(lazy("Type the tracker from your receipt."))],
        description=lazy("It is on your receipt. Capitals, spaces and dashes do not matter."))
    secret = StringField(
        lazy("Change secret"), render_kw=_TYPED,
        validators=[DataRequired(lazy("Type the change secret. It stands apart from the receipt."))],
        description=lazy("You got it with your receipt, in a box of its own."))

    def validate_tracker(self, field: StringField) -> None:
        """Bring it into the form it is stored in."""
        field.data = _grouped(field.data)

    def validate_secret(self, field: StringField) -> None:
        """Bring it into the form it is hashed in."""
        field.data = _grouped(field.data)


class ClaimForm(PortalForm):
    """A receipt whose ballot is not in the log."""

    receipt = TextAreaField(
        lazy("Receipt of your vote"), render_kw={"rows": 10, "spellcheck": "false"},
        description=lazy("Paste the whole receipt file, or the promise that is printed on the receipt."),
        validators=[DataRequired(lazy("Paste your receipt.")),
                    Length(max=PASTED_MAX, message=lazy("This is too long for a receipt."))])


class ButtonForm(PortalForm):
    """A button and nothing to fill in."""


class ConfirmHeadForm(PortalForm):
    """An observer says that a head is the one that came by mail."""

    head = TextAreaField(
        lazy("The head you were mailed"), render_kw={"rows": 8, "spellcheck": "false"},
        description=lazy("Paste it from the e-mail, not from this site: only then is it a check."),
        validators=[DataRequired(lazy("Paste the head from the e-mail.")),
                    Length(max=PASTED_MAX, message=lazy("This is too long for a head."))])


def _grouped(text: str) -> str:
    try:
        return parse_tracker(text)
    except ValueError:
        raise ValidationError(
            _("This does not have 32 letters and digits. Compare it with your receipt.")) from None
