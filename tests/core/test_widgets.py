"""The portal's form controls: what WTForms fields look like on a page."""

import re
from datetime import date
from types import SimpleNamespace

import pytest
from flask import Flask, g
from flask_wtf.file import MultipleFileField
from werkzeug.datastructures import MultiDict
from wtforms import (
    BooleanField,
    EmailField,
    PasswordField,
    RadioField,
    SelectField,
    SelectMultipleField,
    StringField,
    TextAreaField,
)
from wtforms.fields.choices import SelectChoice
from wtforms.validators import InputRequired, Length, ValidationError

from civicportal.core.i18n import init_i18n
from civicportal.core.web.forms import DatePartsField, PortalForm
from tests.elements import Elements

FOCUSABLE = {"input", "select", "textarea"}


class Sample(PortalForm):
    """One field of each sort."""

    name = StringField("Name", [InputRequired("Enter your name.")], render_kw={"autocomplete": "name"})
    email = EmailField("E-mail", description="We send the answer here")
    secret = PasswordField("Password")
    text = TextAreaField("Text", [Length(max=10, message="Write at most 10 characters.")])
    free = TextAreaField("Notes")
    kind = RadioField("Kind", [InputRequired("Choose a kind.")], choices=[
        SelectChoice("a", "A problem", render_kw={"hint": "Something is broken"}), SelectChoice("b", "An idea")])
    topics = SelectMultipleField("Topics", choices=[SelectChoice("r", "Roads"), SelectChoice("w", "Water")])
    agree = BooleanField("I agree", [InputRequired("Tick the box.")])
    place = SelectField("Place", choices=[
        SelectChoice("", "Choose"), SelectChoice("1", "Mapo <1>", optgroup="Seoul"),
        SelectChoice("2", "Haeundae", optgroup="Busan")])
    day = DatePartsField("Day", [InputRequired("Enter the day.")])
    papers = MultipleFileField("Papers", render_kw={"max_bytes": 1000, "max_files": 2})


@pytest.fixture
def app():
    app = Flask("widgets")
    app.config.update(SECRET_KEY="test", WTF_CSRF_ENABLED=False,
                      SETTINGS=SimpleNamespace(locales=("en", "ko"), timezone="Asia/Seoul"))
    init_i18n(app)
    return app


@pytest.fixture
def page(app):
    with app.test_request_context("/"):
        g.locale = "en"
        yield


def posted(**values):
    form = Sample(formdata=MultiDict({"sent": "1", **values}))
    form.validate()
    return form


def drawn(form):
    return "".join(str(field) for field in form)


@pytest.mark.usefixtures("page")
class TestKnownDefects:
    """What the frozen WTForms package for GOV.UK gets wrong and we do not."""

    def test_no_required_attribute_anywhere(self):
        assert not [tag for tag, attrs in Elements(drawn(posted())).found if "required" in attrs]

    def test_parts_of_a_date_have_translatable_labels(self, monkeypatch):
        monkeypatch.setattr("civicportal.core.web.widgets._", lambda text: f"«{text}»")
        assert re.findall(r"«\w+»", str(Sample().day)) == ["«Year»", "«Month»", "«Day»"]

    def test_error_prefix_is_translatable(self, monkeypatch):
        monkeypatch.setattr("civicportal.core.web.widgets._", lambda text: f"«{text}»")
        assert '<span class="govuk-visually-hidden">«Error»:</span> Enter your name.' in str(posted().name)

    @pytest.mark.parametrize("name", ["kind", "topics", "agree", "day"])
    def test_no_empty_hint(self, name):
        html = str(Sample()[name])
        assert f'id="{name}-hint"' not in html
        assert f"{name}-hint" not in html

    def test_error_summary_leads_to_a_control(self):
        form = posted(place="1")
        tags = Elements(drawn(form))
        assert [key for key, _ in form.error_list()] == ["name", "kind", "agree", "day"]
        for key, _ in form.error_list():
            [(tag, _attrs)] = tags.by_id(key)
            assert tag in FOCUSABLE


@pytest.mark.usefixtures("page")
def test_described_by_names_only_what_is_there():
    tags = Elements(drawn(posted(text="far too long for ten")))
    named = [key for _tag, attrs in tags.found for key in attrs.get("aria-describedby", "").split()]
    assert {"name-error", "email-hint", "text-info", "text-error", "kind-error", "kind-item-hint"} <= set(named)
    assert all(len(tags.by_id(key)) == 1 for key in named)


@pytest.mark.usefixtures("page")
def test_autocomplete_and_spelling_are_passed_through():
    form = Sample()
    assert Elements(str(form.name)).all("input")[0]["autocomplete"] == "name"
    email = Elements(str(form.email)).all("input")[0]
    assert (email["type"], email["autocomplete"], email["spellcheck"]) == ("email", "email", "false")
    assert Elements(str(form.secret(autocomplete="new-password"))).all("input")[0]["autocomplete"] == "new-password"


@pytest.mark.usefixtures("page")
def test_a_password_never_goes_back_into_the_page():
    assert "hunter2" not in str(posted(secret="hunter2").secret)


@pytest.mark.usefixtures("page")
def test_text_counts_characters_only_with_a_limit():
    assert 'data-maxlength="10"' in str(Sample().text)
    assert "data-maxlength" not in str(Sample().free)


@pytest.mark.usefixtures("page")
def test_line_ends_count_once_as_in_the_browser():
    form = posted(text="  1\r\n3456789\r\n ")
    assert form.text.data == "1\n3456789"
    assert not form.text.errors


@pytest.mark.usefixtures("page")
def test_options_keep_hint_choice_and_group():
    form = posted(kind="b", topics="w", place="2")
    radios = {attrs["value"]: attrs for attrs in Elements(str(form.kind)).all("input")}
    assert "checked" in radios["b"]
    assert "checked" not in radios["a"]
    assert "Something is broken" in str(form.kind)
    assert ["checked" in attrs for attrs in Elements(str(form.topics)).all("input")] == [False, True]
    place = Elements(str(form.place))
    assert [attrs["label"] for attrs in place.all("optgroup")] == ["Seoul", "Busan"]
    assert [attrs["value"] for attrs in place.all("option") if "selected" in attrs] == ["2"]
    assert "Mapo &lt;1&gt;" in str(form.place)


@pytest.mark.usefixtures("page")
def test_what_was_typed_is_escaped_and_kept():
    form = posted(name='"><script>', text="</textarea><b>")
    assert "<script>" not in str(form.name)
    assert "&lt;script&gt;" in str(form.name)
    assert "<b>" not in str(form.text)


@pytest.mark.usefixtures("page")
def test_files_state_their_limits():
    control = Elements(str(Sample().papers)).all("input")[0]
    assert control["data-max-bytes"] == "1000"
    assert control["data-max-files"] == "2"
    assert "multiple" in control


@pytest.mark.usefixtures("page")
@pytest.mark.parametrize(("parts", "expected"), [
    (("2025", "10", "17"), date(2025, 10, 17)), (("2025", "2", "30"), None), (("2025", "", "1"), None),
    (("2200", "12", "31"), date(2200, 12, 31)), (("9" * 20, "1", "1"), None), (("2025", "9" * 11, "1"), None),
    (("9999", "12", "31"), None), (("1899", "12", "31"), None), (("1", "1", "1"), None)])
def test_date_in_three_parts(parts, expected):
    values = dict(zip(("day-year", "day-month", "day-day"), parts, strict=True))
    form = posted(**values)
    assert form.day.data == expected
    assert bool(form.day.errors) is (expected is None)
    assert [attrs["value"] for attrs in Elements(str(form.day)).all("input")] == list(parts)


@pytest.mark.usefixtures("page")
def test_a_year_far_off_is_told_apart_from_a_day_that_is_none():
    far = posted(**{"day-year": "9999", "day-month": "12", "day-day": "31"})
    assert far.day.errors == ["Enter a year from 1900 to 2200."]


@pytest.mark.usefixtures("page")
def test_a_stored_date_is_shown():
    shown = Elements(str(Sample(data={"day": date(2025, 10, 7)}).day)).all("input")
    assert [attrs["value"] for attrs in shown] == ["2025", "10", "7"]


@pytest.mark.usefixtures("page")
def test_errors_of_the_whole_form_have_no_link():
    class Whole(PortalForm):
        name = StringField("Name")

        def validate(self, extra_validators=None):
            super().validate(extra_validators)
            self.form_errors.append(ValidationError("These do not fit together."))
            return False

    form = Whole(formdata=MultiDict({"name": "x"}))
    form.validate()
    assert form.error_list() == [("", "These do not fit together.")]
