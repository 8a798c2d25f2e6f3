"""One test for each article that the clock rests on, with the dates that it leads to."""

from datetime import date, datetime
from zoneinfo import ZoneInfo

import pytest

from civicportal.deadlines.calendar import Calendar, Reason, public_holidays
from civicportal.deadlines.counting import Extension, Pause, compute
from civicportal.deadlines.rules import (
    GRIEVANCE,
    INQUIRY,
    LEGAL_INQUIRY,
    MISCELLANEOUS,
    PROPOSAL,
    PUBLIC_COMMENT,
    PUBLIC_PETITION,
    PUBLICATION_DECISION,
    RULES,
    SUGGESTION,
    TRIAGE,
    WASTE_REPORT,
    Regime,
    of_days,
)

SEOUL = ZoneInfo("Asia/Seoul")
KOREA = Calendar(public_holidays("KR"))
MONDAY = "2025-10-13T10:00"


def seoul(text):
    return datetime.fromisoformat(text).replace(tzinfo=SEOUL)


def due(rule, received, **more):
    return compute(rule, seoul(received), KOREA, SEOUL, **more)


def test_civil_petitions_act_19_1_five_days_or_less_are_hours_from_the_minute_of_receipt():
    rule = of_days("permit", 1, 5, "")
    assert (rule.regime, rule.length) == (Regime.WORKING_HOURS, 40)
    assert due(rule, "2025-10-13T10:07").due_at == seoul("2025-10-20T10:07")
    assert due(rule, "2025-10-02T17:30").due_at == seoul("2025-10-16T17:30")  # 3 to 9 October are holidays
    assert due(rule, "2025-10-18T03:00").due_at == seoul("2025-10-24T18:00")  # a Saturday: from Monday, 9:00


def test_civil_petitions_act_19_2_six_days_or_more_are_days_and_the_first_counts():
    rule = of_days("permit", 1, 6, "")
    assert (rule.regime, rule.length) == (Regime.WORKING_DAYS, 6)
    assert due(rule, "2025-10-13T23:59").due_date == date(2025, 10, 20)  # a working day at any hour is day 1
    assert due(rule, "2025-10-18T03:00").due_date == date(2025, 10, 27)  # a Saturday: Monday is day 1
    assert due(rule, MONDAY).due_at == seoul("2025-10-21T00:00")


def test_civil_petitions_act_19_3_months_count_the_first_day():
    assert due(PROPOSAL, MONDAY).due_date == date(2025, 11, 12)


def test_civil_act_160_a_month_without_that_day_ends_with_its_last_day():
    assert due(PROPOSAL, "2025-01-30T10:00").due_date == date(2025, 2, 28)


def test_civil_act_161_an_end_on_a_closed_day_moves_to_the_next_working_day():
    assert due(PROPOSAL, "2025-10-16T10:00").due_date == date(2025, 11, 17)  # the 15th is a Saturday
    moved = due(WASTE_REPORT, "2025-09-06T10:00")  # the thirtieth day is Sunday, 5 October, in a long holiday
    assert moved.due_date == date(2025, 10, 10)
    assert moved.explanation[-1].off.reason is Reason.MOVED


def test_decree_6_7_and_13_triage_has_eight_working_hours():
    assert due(TRIAGE, MONDAY).due_at == seoul("2025-10-14T10:00")


def test_decree_14_1_legal_inquiry_has_fourteen_working_days():
    assert due(LEGAL_INQUIRY, MONDAY).due_date == date(2025, 10, 30)


def test_decree_14_2_other_inquiry_has_seven_working_days():
    assert due(INQUIRY, MONDAY).due_date == date(2025, 10, 21)


def test_decree_15_suggestion_has_fourteen_working_days():
    assert due(SUGGESTION, MONDAY).due_date == date(2025, 10, 30)


def test_decree_16_and_19_at_once_means_three_working_hours():
    assert due(MISCELLANEOUS, MONDAY).due_at == seoul("2025-10-13T14:00")
    assert due(MISCELLANEOUS, "2025-10-17T17:00").due_at == seoul("2025-10-20T11:00")


def test_decree_17_1_grievance_has_seven_working_days():
    assert due(GRIEVANCE, MONDAY).due_date == date(2025, 10, 21)


def test_decree_17_5_a_site_inspection_is_outside_the_clock():
    inspection = Pause(seoul("2025-10-14T18:00"), seoul("2025-10-24T18:00"))
    assert due(GRIEVANCE, MONDAY, pauses=[inspection]).due_date == date(2025, 10, 31)  # day 2 is the 14th


def test_decree_20_a_supplement_is_outside_the_clock():
    supplement = Pause(seoul("2025-10-14T09:00"), seoul("2025-10-15T09:00"))
    assert due(INQUIRY, MONDAY, pauses=[supplement]).due_date == date(2025, 10, 22)


def test_decree_21_once_again_as_long_and_a_second_time_with_consent():
    once, twice = [Extension(7)], [Extension(7), Extension(7)]
    assert due(GRIEVANCE, MONDAY, extensions=once).due_date == date(2025, 10, 30)
    assert due(GRIEVANCE, MONDAY, extensions=twice).due_date == date(2025, 11, 10)
    with pytest.raises(ValueError, match="from 1 to 7 days"):
        due(GRIEVANCE, MONDAY, extensions=[Extension(8)])


def test_petition_act_13_decision_on_publication_and_comment():
    assert due(PUBLICATION_DECISION, MONDAY).due_date == date(2025, 10, 27)
    assert due(PUBLIC_COMMENT, MONDAY).due_date == date(2025, 11, 11)


def test_petition_act_21_ninety_days_without_decision_and_comment_once_sixty_more():
    assert due(PUBLIC_PETITION, MONDAY).due_date == date(2026, 1, 12)  # the ninetieth day is Saturday, 10 January
    outside = Pause(seoul("2025-10-13T10:00"), seoul("2025-11-21T10:00"))
    assert due(PUBLIC_PETITION, MONDAY, pauses=[outside]).due_date == date(2026, 2, 19)  # 39 days on; then New Year
    assert due(PUBLIC_PETITION, MONDAY, extensions=[Extension(60)]).due_date == date(2026, 3, 11)


def test_what_was_not_read_in_the_law_is_marked():
    assert {rule.name for rule in RULES.values() if rule.unverified} == {
        "proposal", "waste_report", "public_petition", "publication_decision", "public_comment"}
    assert all(str(rule.article) for rule in RULES.values())


def test_rules_that_due_dates_were_stored_with_stay_as_they_were():
    stored = {("petition", 1): (7, "days"), ("proposal", 1): (1, "months"), ("triage", 1): (8, "hours")}
    assert {key: (RULES[key].length, RULES[key].unit) for key in stored} == stored
