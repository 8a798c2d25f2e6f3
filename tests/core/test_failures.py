"""Logs say what failed and where, and repeat nothing that people typed."""

import logging

import pytest
from sqlalchemy import text

from civicportal.core.failures import PlacesOnly, places
from civicportal.core.tasks import celery, task
from civicportal.core.transactions import atomic
from tests.factories.accounts import PersonFactory

SECRET = "hong@example.org"


def fail():
    try:
        raise KeyError(SECRET)
    except KeyError as error:
        raise ValueError(f"no such person: {SECRET}") from error


def test_places_name_kinds_and_lines_of_the_whole_chain():
    with pytest.raises(ValueError, match="no such person") as caught:
        fail()
    told = places(caught.value)
    assert "ValueError" in told
    assert "KeyError" in told
    assert "test_failures.py" in told
    assert SECRET not in told


def test_a_broken_page_says_where_and_not_what(flask_app, caplog, monkeypatch):
    monkeypatch.setitem(flask_app.view_functions, "pages.help", fail)
    answer = flask_app.test_client().get("/en/help")
    assert answer.status_code == 500
    assert "unexpected error at pages.help" in caplog.text
    assert "in fail" in caplog.text
    assert SECRET not in caplog.text + answer.text


def test_what_breaks_after_the_page_says_no_more(flask_app, caplog):
    assert any(isinstance(one, PlacesOnly) for one in flask_app.logger.filters)
    with flask_app.test_request_context("/en/reset/a-secret-token"):
        try:
            fail()
        except ValueError as error:
            flask_app.log_exception((type(error), error, error.__traceback__))
    assert "ValueError" in caplog.text
    assert SECRET not in caplog.text
    assert "a-secret-token" not in caplog.text


def test_a_task_that_fails_says_which_and_where(app, caplog):
    @task("testing.fail")
    def failing() -> None:
        fail()

    try:
        failing.apply(throw=False)
    finally:
        celery.tasks.unregister("testing.fail")
    assert "testing.fail failed" in caplog.text
    assert "in fail" in caplog.text
    assert SECRET not in caplog.text


def test_errors_of_the_database_hide_what_was_stored(app):
    person = PersonFactory(address=SECRET)
    with pytest.raises(Exception, match="INSERT") as caught, atomic() as session:
        session.execute(text("INSERT INTO people (id, locale, address) VALUES (:id, 'ko', :address)"),
                        {"id": person.id, "address": SECRET})
    assert "parameters hidden" in str(caught.value)
    assert SECRET not in places(caught.value)


def test_the_filter_leaves_other_records_alone():
    record = logging.LogRecord("x", logging.INFO, "", 1, "plain %s", ("words",), None)
    assert PlacesOnly().filter(record)
    assert record.getMessage() == "plain words"
