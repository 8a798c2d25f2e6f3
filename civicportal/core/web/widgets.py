"""WTForms widgets in GOV.UK markup: one call makes label, hint, error and control.

Everything a person reads is translated here, and a hint or error is named in `aria-describedby` only when it is
on the page. The HTML `required` attribute is never set: the browser's own message would hide ours. A fieldset's
first control has the field's own id, so that the error summary can lead to it.
"""

from collections.abc import Mapping
from typing import Any, ClassVar

from markupsafe import Markup
from wtforms import Field, RadioField, SelectMultipleField, widgets
from wtforms.validators import Length

from civicportal.core.i18n import _, ngettext
from civicportal.core.web.markup import component, grouped_select

Params = dict[str, Any]


class GovWidget:
    """Parent of the widgets; a subclass says which component and which parameters of its own."""

    component = "input"
    label_class = "govuk-label--m"

    def __call__(self, field: Field, **kwargs: Any) -> Markup:
        """Render the field. `kwargs`: `label_class`, `heading` (label is the h1), `class_`, `hint`, attributes."""
        return component(self.component, {**self.common(field, kwargs), **self.own(field, kwargs)})

    def own(self, field: Field, kwargs: Mapping[str, Any]) -> Params:
        """Parameters of this component only."""
        raise NotImplementedError

    def common(self, field: Field, kwargs: Mapping[str, Any]) -> Params:
        """Id, name, hint and error, each only when there is one."""
        params: Params = {"id": field.id, "idPrefix": field.id, "name": field.name,
                          "classes": kwargs.get("class", ""), "attributes": self.attributes(kwargs)}
        params |= self.titled(field, kwargs)
        for key in ("autocomplete", "inputmode", "spellcheck", "autocapitalize", "disabled"):
            if key in kwargs:
                params[key] = kwargs[key]
        if hint := kwargs.get("hint", field.description):
            params["hint"] = {"text": str(hint)}
        if field.errors:
            params["errorMessage"] = {"text": first_error(field.errors), "visuallyHiddenText": _("Error")}
        return params

    def titled(self, field: Field, kwargs: Mapping[str, Any]) -> Params:
        """The label."""
        heading = bool(kwargs.get("heading"))
        style = kwargs.get("label_class", "govuk-label--l" if heading else self.label_class)
        return {"label": {"text": str(field.label.text), "classes": style, "isPageHeading": heading}}

    @staticmethod
    def attributes(kwargs: Mapping[str, Any]) -> Params:
        """Attributes to pass through: `data_…` and `aria_…` with hyphens, and a few plain ones."""
        plain = {"dir", "lang", "min", "max", "step", "accept", "enterkeyhint"}
        return {name.replace("_", "-"): str(value) for name, value in kwargs.items()
                if name in plain or name.startswith(("data_", "data-", "aria_", "aria-"))}


class InputWidget(GovWidget):
    """One line of text: plain, e-mail, telephone, number, date, search."""

    DEFAULTS: ClassVar[dict[str, Params]] = {
        "email": {"spellcheck": False, "autocapitalize": "none", "autocomplete": "email"},
        "tel": {"autocomplete": "tel"}}

    def __init__(self, kind: str = "text", inputmode: str | None = None) -> None:
        self.kind = kind
        self.inputmode = inputmode

    def own(self, field: Field, kwargs: Mapping[str, Any]) -> Params:
        """Type and value; a telephone number or address is not checked for spelling."""
        defaults = {"inputmode": self.inputmode, **self.DEFAULTS.get(self.kind, {})}
        return {"type": kwargs.get("type", self.kind), "value": field._value(),
                **{key: kwargs.get(key, value) for key, value in defaults.items()}}


class PasswordWidget(GovWidget):
    """A secret that can be shown while typing. Its value never goes back into the page."""

    component = "password-input"

    def own(self, _field: Field, kwargs: Mapping[str, Any]) -> Params:
        """The words on and behind the show button."""
        return {
            "autocomplete": kwargs.get("autocomplete", "current-password"), "formGroup": {}, "button": {},
            "showPasswordText": _("Show"), "hidePasswordText": _("Hide"),
            "showPasswordAriaLabelText": _("Show password"), "hidePasswordAriaLabelText": _("Hide password"),
            "passwordShownAnnouncementText": _("Your password is visible"),
            "passwordHiddenAnnouncementText": _("Your password is hidden"),
        }


class TextAreaWidget(GovWidget):
    """Several lines; counts characters when the field has a `Length` with a maximum."""

    component = "textarea"

    def __call__(self, field: Field, **kwargs: Any) -> Markup:
        """Render the field, with a count where there is a limit."""
        params = {**self.common(field, kwargs), "value": field._value(), "rows": kwargs.get("rows", 8)}
        limit = max((v.max for v in field.validators if isinstance(v, Length)), default=-1)
        if limit <= 0:
            return component("textarea", params)
        return component("character-count", {**params, **_counting(limit)})


class RadiosWidget(GovWidget):
    """One of several; a choice's `render_kw={"hint": …}` explains it."""

    component = "radios"

    def titled(self, field: Field, kwargs: Mapping[str, Any]) -> Params:
        """The legend."""
        heading = bool(kwargs.get("heading"))
        style = kwargs.get("label_class", f"govuk-fieldset__legend--{'l' if heading else 'm'}")
        return {"fieldset": {"legend": {"text": str(field.label.text), "classes": style,
                                        "isPageHeading": heading}}}

    def own(self, field: Field, _kwargs: Mapping[str, Any]) -> Params:
        """The choices; the first has the field's own id."""
        return {"items": [_option(*choice) for choice in field.iter_choices()]}


class CheckboxesWidget(RadiosWidget):
    """Any of several, or one box for a yes-or-no field (its label stands beside the box)."""

    component = "checkboxes"

    def own(self, field: Field, kwargs: Mapping[str, Any]) -> Params:
        """The boxes."""
        if hasattr(field, "iter_choices"):
            return super().own(field, kwargs)
        return {"items": [{"value": "y", "text": str(field.label.text), "checked": bool(field.data)}],
                "fieldset": None}


class SelectWidget(GovWidget):
    """A drop-down list, with groups when the choices are a dictionary."""

    component = "select"

    def __call__(self, field: Field, **kwargs: Any) -> Markup:
        """Render the field; the macro knows no groups, so those have a template of our own."""
        params = self.common(field, kwargs)
        if field.has_groups():
            groups = [(str(name or ""), [_option(*choice) for choice in choices])
                      for name, choices in field.iter_groups()]
            return grouped_select(component("select", params), groups)
        return component("select", {**params, "items": [_option(*choice) for choice in field.iter_choices()]})


class FilesWidget(GovWidget):
    """One or more files, with a list of those chosen. `max_bytes` and `max_files` warn before sending."""

    component = "file-upload"

    def __init__(self, *, multiple: bool = False) -> None:
        self.multiple = multiple

    def own(self, field: Field, kwargs: Mapping[str, Any]) -> Params:
        """Limits and the words for going over them."""
        attributes = self.attributes(kwargs) | {
            "data-files": "", "data-too-large": _("this file is too large"),
            "data-too-many": _("You chose too many files.")}
        for key in ("max_bytes", "max_files"):
            if key in kwargs:
                attributes["data-" + key.replace("_", "-")] = str(kwargs[key])
        style = "cp-file cp-file--error" if field.errors else "cp-file"
        return {"multiple": self.multiple, "classes": style, "attributes": attributes}


class DateWidget(RadiosWidget):
    """Year, month and day in three boxes. The year has the field's own id."""

    component = "date-input"

    def own(self, field: Field, _kwargs: Mapping[str, Any]) -> Params:
        """The three boxes, biggest unit first as on every Korean form."""
        labels = {"year": _("Year"), "month": _("Month"), "day": _("Day")}
        error = " govuk-input--error" if field.errors else ""
        return {"id": f"{field.id}-parts", "items": [
            {"id": field.id if part == "year" else f"{field.id}-{part}", "name": f"{field.name}-{part}",
             "label": label, "classes": f"govuk-input--width-{4 if part == 'year' else 2}{error}",
             "value": field.parts.get(part, "")} for part, label in labels.items()]}


class SubmitWidget:
    """A button that cannot be pressed twice by accident."""

    def __call__(self, field: Field, **kwargs: Any) -> Markup:
        """Render the button. `kwargs`: `text`, `class_`."""
        return component("button", {
            "text": str(kwargs.get("text", field.label.text)), "name": field.name, "value": "1",
            "classes": kwargs.get("class", ""), "preventDoubleClick": True,
            "attributes": GovWidget.attributes(kwargs)})


def first_error(errors: Any) -> str:
    """The first message in a field's errors, which may be nested; empty when there is none."""
    if isinstance(errors, Mapping):
        errors = list(errors.values())
    if isinstance(errors, (list, tuple)):
        return next((text for text in map(first_error, errors) if text), "")
    return str(errors)


def _option(value: object, label: object, selected: bool, render_kw: Mapping[str, Any] | None) -> Params:
    render_kw = render_kw or {}
    option: Params = {"value": str(value), "text": str(label), "checked": selected, "selected": selected,
                      "disabled": bool(render_kw.get("disabled"))}
    if hint := render_kw.get("hint"):
        option["hint"] = {"text": str(hint)}
    return option


def _counting(limit: int) -> Params:
    left, over = {}, {}
    for form, number in (("one", 1), ("other", 2)):
        left[form] = ngettext("You have %(count)s character left", "You have %(count)s characters left",
                              number, count="%{count}")
        over[form] = ngettext("You have %(count)s character too many", "You have %(count)s characters too many",
                              number, count="%{count}")
    return {"maxlength": limit, "charactersUnderLimitText": left, "charactersOverLimitText": over,
            "charactersAtLimitText": _("You have no characters left"), "countMessage": {}, "formGroup": {},
            "textareaDescriptionText": _("You can write up to %(count)s characters", count="%{count}")}


_BY_STOCK_WIDGET: dict[type, Any] = {
    widgets.TextInput: InputWidget(), widgets.SearchInput: InputWidget("search"),
    widgets.EmailInput: InputWidget("email"), widgets.TelInput: InputWidget("tel"),
    widgets.URLInput: InputWidget("url"), widgets.NumberInput: InputWidget(inputmode="numeric"),
    widgets.DateInput: InputWidget("date"), widgets.PasswordInput: PasswordWidget(),
    widgets.TextArea: TextAreaWidget(), widgets.CheckboxInput: CheckboxesWidget(),
    widgets.Select: SelectWidget(), widgets.SubmitInput: SubmitWidget(),
}


def portal_widget(field: Field) -> Any:
    """The widget to draw a field with: ours for each stock one of WTForms, else the field's own."""
    if isinstance(field, RadioField):
        return RadiosWidget()
    if isinstance(field, SelectMultipleField):
        return CheckboxesWidget()
    if isinstance(field.widget, widgets.FileInput):
        return FilesWidget(multiple=field.widget.multiple)
    return _BY_STOCK_WIDGET.get(type(field.widget), field.widget)
