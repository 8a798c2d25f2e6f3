"""The base of every form: plain WTForms fields come out in the portal's markup."""

from collections.abc import Callable
from datetime import date
from typing import Any, ClassVar

from flask import request
from flask_wtf import FlaskForm
from werkzeug.datastructures import ImmutableMultiDict
from wtforms import Field, FileField, Form, PasswordField, StringField
from wtforms.fields.core import UnboundField
from wtforms.utils import unset_value
from wtforms.widgets.core import clean_key

from civicportal.core.errors import Invalid
from civicportal.core.i18n import _
from civicportal.core.web.widgets import DateWidget, first_error, portal_widget

_PARTS = ("year", "month", "day")
FIRST_YEAR, LAST_YEAR = 1900, 2200


def tidy(text: Any) -> Any:
    """Text without blanks around it and with one kind of line end, so that lengths are what people count."""
    if not isinstance(text, str):
        return text
    return text.replace("\0", "").replace("\r\n", "\n").replace("\r", "\n").strip()  # PostgreSQL holds no NUL


class PortalForm(FlaskForm):
    """Parent of the portal's forms. `{{ form.title }}` draws label, hint, error and control.

    `drawn`: names of fields in the order of the page, where that is not the order they are written in.
    """

    drawn: ClassVar[tuple[str, ...]] = ()

    class Meta(FlaskForm.Meta):
        """How fields are filled, bound and drawn."""

        def wrap_formdata(self, form: Form, formdata: Any) -> Any:
            """What was sent as a form, each field as its kind: a text is never a file, and JSON is no form."""
            if formdata is None or hasattr(formdata, "getlist"):
                return formdata  # chosen by whoever made the form
            if not form.is_submitted():
                return None
            uploads = {field.name for field in form if isinstance(field, FileField)}
            if not uploads:
                return request.form
            typed = [pair for pair in request.form.items(multi=True) if pair[0] not in uploads]
            sent = [pair for pair in request.files.items(multi=True) if pair[0] in uploads]
            return ImmutableMultiDict([*typed, *sent])

        def bind_field(self, form: Form, unbound_field: UnboundField, options: dict[str, Any]) -> Field:
            """Bind a field; typed text is tidied first, secrets stay as they are."""
            made = unbound_field.field_class
            if isinstance(made, type) and issubclass(made, StringField) and not issubclass(made, PasswordField):
                filters: list[Callable[[Any], Any]] = [tidy, *unbound_field.kwargs.get("filters", ())]
                options = {**options, "filters": filters}
            return unbound_field.bind(form=form, **options)

        def render_field(self, field: Field, render_kw: dict[str, Any]) -> Any:
            """Draw a field with the portal's widget."""
            given = {clean_key(key): value for key, value in render_kw.items()}
            kept = {clean_key(key): value for key, value in (field.render_kw or {}).items()}
            return portal_widget(field)(field, **{**kept, **given})

    def error_list(self) -> list[tuple[str, str]]:
        """(id of the control to go to, message) for every field in error, in the order of the page."""
        fields = [field for field in self if field.name not in self.drawn] + [
            self[name] for name in self.drawn if name in self]
        shown = [(field.id, first_error(field.errors)) for field in fields if field.errors]
        return shown + [("", str(message)) for message in self.form_errors]

    def blame(self, error: Invalid) -> None:
        """Show what a service refused at the fields it names, or at the top."""
        for name, sentence in (error.fields or {"": error.message}).items():
            if name in self:
                self[name].errors = [*self[name].errors, str(sentence)]
            else:
                self.form_errors.append(str(sentence))


class DatePartsField(Field):
    """A date typed as year, month and day: the right control for a date people know by heart."""

    widget = DateWidget()
    data: Any

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.parts: dict[str, str] = {}

    def process(self, formdata: Any, data: Any = unset_value, extra_filters: Any = None) -> None:
        """Read the three boxes; `data` is a date, or None when all are empty."""
        super().process(None, data, extra_filters)
        if isinstance(self.data, date):
            self.parts = {part: str(getattr(self.data, part)) for part in _PARTS}
        if formdata is None:
            return
        self.parts = {part: formdata.get(f"{self.name}-{part}", "").strip() for part in _PARTS}
        self.raw_data = [text for text in self.parts.values() if text]
        self.data = self._date() if self.raw_data else None

    def _date(self) -> date | None:
        """The date in the boxes. Years that no matter needs are refused: their dates cannot be reckoned with."""
        try:
            found = date(*(int(self.parts[part]) for part in _PARTS))
        except (ValueError, OverflowError):
            self.process_errors.append(_("Enter a real date, such as 2025 10 17."))
            return None
        if FIRST_YEAR <= found.year <= LAST_YEAR:
            return found
        self.process_errors.append(_("Enter a year from %(first)s to %(last)s.", first=FIRST_YEAR, last=LAST_YEAR))
        return None
