"""A further language is a translation file and its code in the settings."""

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from civicportal.app import create_app
from civicportal.core.i18n import language_name, long_date, moment_text, speaking, zone_name
from civicportal.extensions import db


@pytest.fixture
def trilingual(app, settings):
    portal = create_app(replace(settings, locales=("ko", "en", "fr")))
    yield portal.test_client()
    with portal.app_context():
        db.engine.dispose()
    create_app(settings)


def test_pages_come_in_a_further_language_and_lead_to_it(trilingual):
    page = trilingual.get("/fr/help")
    assert page.status_code == 200
    assert '<html lang="fr"' in page.text
    assert 'hreflang="fr"' in trilingual.get("/ko/help").text
    assert ">français<" in trilingual.get("/ko/help").text


def test_other_languages_are_no_addresses(client, trilingual):
    assert trilingual.get("/de/help").status_code == 404
    assert client.get("/fr/help").status_code == 404


def test_dates_are_written_as_each_language_does(app):
    day, moment = date(2026, 12, 1), datetime(2026, 12, 1, 0, 30, tzinfo=UTC)
    told = {}
    for locale in ("ko", "en", "fr"):
        with speaking(locale):
            told[locale] = long_date(day), long_date(day, weekday=False), moment_text(moment)
    assert told["ko"] == ("2026년 12월 1일 화요일", "2026년 12월 1일", "2026년 12월 1일 09:30")
    assert told["en"] == ("Tuesday 1 December 2026", "1 December 2026", "1 December 2026, 09:30")
    assert told["fr"][0] == "mardi 1 décembre 2026"


def test_the_zone_has_the_name_people_use(app, settings):
    named = {}
    for locale in ("ko", "en"):
        with speaking(locale):
            named[locale] = zone_name()
    assert named == {"ko": "대한민국 시간", "en": "South Korea Time"}
    app.config["SETTINGS"] = replace(settings, timezone="UTC")
    assert zone_name() == "UTC"
    app.config["SETTINGS"] = settings


def test_languages_go_by_their_own_names():
    assert [language_name(code) for code in ("ko", "en", "fr")] == ["한국어", "English", "français"]


def test_templates_fill_in_numbers_and_other_words(app):
    text = '{{ ngettext("%(num)d of %(all)s, 10%% left", "%(num)d of %(all)s, 20%% left", count, all="100%") }}'
    with speaking("en"):
        written = [app.jinja_env.from_string(text).render(count=count) for count in (1, 2)]
    assert written == ["1 of 100%, 10% left", "2 of 100%, 20% left"]
