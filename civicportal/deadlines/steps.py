"""The one explanation of a deadline that pages, commands and the API share: every step, in the reader's language.

As JSON (`as_json`) a deadline is an object with three members:

- `due_at`: RFC 3339 with the portal's offset, exclusive: the midnight after the last day; of an hour rule the minute.
- `due_date`: the last local day, `YYYY-MM-DD`.
- `steps`: a list in the order in which one explains. Each has `kind`, and where they say something: `text`,
  `article` and `unverified` (each by language; the last tells what of the law was not read), `reason` (as somebody
  wrote it), `at` and `until` (RFC 3339), `date`, `number` (the day's place in the count), `minutes` (taken by an hour
  rule), `paused` (minutes of office time left out), `extended` (true: counted by an extension), `why` (the code of
  `calendar.Reason` for a day that stands out). The step `rule` has `name`, `version`, `regime`, `length` as well.
"""

import datetime as dt
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from civicportal.core.i18n import _, lazy, moment_text, speaking
from civicportal.deadlines import wording
from civicportal.deadlines.calendar import Reason
from civicportal.deadlines.counting import CountedDay, Deadline, Pause
from civicportal.deadlines.rules import Rule

PAUSE_UNVERIFIED = lazy("Only a text of 2005 of the Enforcement Decree of the Administrative Procedures Act was read.")


class StepKind(StrEnum):
    """What a step tells. Stable codes."""

    RULE = "rule"
    FILED = "filed"
    RECEIVED = "received"
    PAUSE = "pause"
    EXTENSION = "extension"
    COUNTED = "counted"
    SKIPPED = "skipped"
    MOVED = "moved"
    DUE = "due"


@dataclass(frozen=True)
class ClockStep:
    """One step, with texts in the reader's language. `date` is set for days only; `reason`: as somebody wrote it."""

    kind: StepKind
    text: str
    article: str = ""
    unverified: str = ""
    reason: str = ""
    at: dt.datetime | None = None
    until: dt.datetime | None = None
    date: dt.date | None = None
    number: int | None = None
    minutes: int = 0
    paused: int = 0
    extended: bool = False
    why: str = ""


def clock_steps(deadline: Deadline) -> tuple[ClockStep, ...]:
    """All steps from the rule to the due date, in the order in which one explains."""
    return (*_before(deadline), *(_day(deadline, line) for line in deadline.explanation),
            ClockStep(StepKind.DUE, wording.due_text(deadline), at=deadline.due_at))


def _before(deadline: Deadline) -> Iterator[ClockStep]:
    rule = deadline.rule
    yield ClockStep(StepKind.RULE, wording.period(rule), str(rule.article), str(rule.unverified))
    if deadline.filed_at is not None:
        yield ClockStep(StepKind.FILED, _("Filed: %(moment)s", moment=moment_text(deadline.filed_at)),
                        at=deadline.filed_at)
    yield ClockStep(StepKind.RECEIVED, _("Received: %(moment)s", moment=moment_text(deadline.received_at)),
                    at=deadline.received_at)
    for pause in deadline.pauses:
        yield _pause(rule, pause)
    for extension in deadline.extensions:
        yield ClockStep(StepKind.EXTENSION, wording.extension_text(rule, extension),
                        str(rule.extended_by or rule.article), reason=extension.reason)


def _pause(rule: Rule, pause: Pause) -> ClockStep:
    unverified = PAUSE_UNVERIFIED if rule.paused_by else rule.unverified
    return ClockStep(StepKind.PAUSE, wording.pause_text(pause), str(rule.paused_by or rule.article), str(unverified),
                     pause.reason, pause.since, pause.until)


def _day(deadline: Deadline, line: CountedDay) -> ClockStep:
    why = line.off.reason if line.off else None
    kind = StepKind.COUNTED if line.counted else StepKind.MOVED if why is Reason.MOVED else StepKind.SKIPPED
    return ClockStep(kind, wording.day_text(deadline.rule, line), date=line.date, number=line.number,
                     minutes=line.minutes, paused=line.paused, extended=line.extended, why=why or "")


def as_json(deadline: Deadline, locales: Sequence[str], tz: dt.tzinfo) -> dict[str, Any]:
    """The deadline as the module describes it, with texts in all of `locales` and times on the clocks of `tz`."""
    told = []
    for locale in locales:
        with speaking(locale):
            told.append(clock_steps(deadline))
    return {
        "due_at": _stamp(deadline.due_at, tz), "due_date": deadline.due_date.isoformat(),
        "steps": [_step(dict(zip(locales, texts, strict=True)), deadline, tz) for texts in zip(*told, strict=True)],
    }


def _step(by_locale: dict[str, ClockStep], deadline: Deadline, tz: dt.tzinfo) -> dict[str, Any]:
    """One step; members that say nothing are left out."""
    step = next(iter(by_locale.values()))
    made: dict[str, Any] = {"kind": step.kind.value}
    if step.kind is StepKind.RULE:
        rule = deadline.rule
        made |= {"name": rule.name, "version": rule.version, "regime": rule.regime.value, "length": rule.length}
    said: dict[str, Any] = {
        "text": _by_locale(by_locale, "text"), "article": _by_locale(by_locale, "article"),
        "unverified": _by_locale(by_locale, "unverified"), "reason": step.reason,
        "at": step.at and _stamp(step.at, tz), "until": step.until and _stamp(step.until, tz),
        "date": step.date and step.date.isoformat(), "number": step.number, "minutes": step.minutes,
        "paused": step.paused, "extended": step.extended, "why": step.why,
    }
    return made | {name: value for name, value in said.items() if value}


def _by_locale(steps: dict[str, ClockStep], name: str) -> dict[str, str] | None:
    texts = {locale: str(getattr(step, name)) for locale, step in steps.items()}
    return texts if any(texts.values()) else None


def _stamp(instant: dt.datetime, tz: dt.tzinfo) -> str:
    return instant.astimezone(tz).isoformat(timespec="seconds")
