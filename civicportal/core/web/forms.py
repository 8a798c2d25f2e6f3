"""The base of every form: plain WTForms fields come out in the portal's markup."""

from collections.abc import Callable
from datetime import date
from typing import Any

from flask_wtf import FlaskForm
from wtforms import Field, Form, PasswordField, StringField
from wtforms.fields.core import UnboundField
from wtforms.utils import unset_value
from wtforms.widgets.core import clean_key

from civicportal.core.i18n import _
from civicportal.core.web.widgets import DateWidget, first_error, portal_widget

_PARTS = ("year", "month", "day")


def tidy(text: Any) -> Any:
    """Text without blanks around it and with one kind of line end, so that lengths are what people count."""
    if not isinstance(text, str):
        return text
    return text.replace("\0", "").replace("\r\n", "\n").replace("\r", "\n").strip()  # PostgreSQL holds no NUL


class PortalForm(FlaskForm):
    """Parent of the portal's forms. `{{ form.title }}` draws label, hint, error and control."""

    class Meta(FlaskForm.Meta):
        """How fields are bound and drawn."""

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
        shown = [(field.id, first_error(field.errors)) for field in self if field.errors]
        return shown + [("", str(message)) for message in self.form_errors]


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
        self.data = None
        if self.raw_data:
            try:
                self.data = date(*(int(self.parts[part]) for part in _PARTS))
            except ValueError:
                self.process_errors.append(_("Enter a real date, such as 2025 10 17."))
