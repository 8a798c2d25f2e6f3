"""The clock as pages draw it: the rule, the two moments, pauses, extensions, and what was not read in the law."""

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest
from flask import render_template_string

from civicportal.core.i18n import speaking
from civicportal.deadlines.calendar import Calendar, public_holidays
from civicportal.deadlines.counting import Extension, Pause, compute
from civicportal.deadlines.rules import GRIEVANCE, PROPOSAL
from civicportal.deadlines.steps import clock_steps
from civicportal.petitions.queries.clock import ClockView

SEOUL = ZoneInfo("Asia/Seoul")
KOREA = Calendar(public_holidays("KR"))
DRAW = '{% from "components/clock.html" import clock %}{{ clock(view) }}'


def seoul(text):
    return datetime.fromisoformat(text).replace(tzinfo=SEOUL)


def drawn(app, locale, rule, **more):
    with app.test_request_context(f"/{locale}/"), speaking(locale):
        steps = clock_steps(compute(rule, seoul("2025-10-13T10:00"), KOREA, SEOUL, **more))
        return render_template_string(DRAW, view=ClockView("By then", late=False, soon=False, steps=steps))


@pytest.mark.parametrize(("locale", "words"), [
    ("en", ["The clock stood still from 14 October 2025, 09:00 to 16 October 2025, 09:00", "Reason: A photo is missing",
            "Extended by 7 working days", "Reason: An expert is asked", "Article 21", "Filed: ", "Received: "]),
    ("ko", ["2025년 10월 14일 09:00부터 2025년 10월 16일 09:00까지 처리 기간이 멈췄습니다", "이유: A photo is missing",
            "근무일로 7일 연장", "제21조", "제출: ", "접수: "]),
])
def test_pauses_and_extensions_stand_before_the_days(app, locale, words):
    html = drawn(app, locale, GRIEVANCE, filed_at=seoul("2025-10-12T22:00"),
                 extensions=[Extension(7, "An expert is asked")],
                 pauses=[Pause(seoul("2025-10-14T09:00"), seoul("2025-10-16T09:00"), "A photo is missing")])
    assert all(word in html for word in words)
    assert html.index(words[0]) < html.index("<table")


def test_what_was_not_read_in_the_law_is_marked_outside_the_fold(app):
    html = drawn(app, "en", PROPOSAL)
    assert "Unverified" in html[html.index("</details>"):]
    assert "Only a text of 2011" in html
    assert "Unverified" not in drawn(app, "en", GRIEVANCE)
