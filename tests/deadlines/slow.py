"""A second counter: slow, obvious, and written without a look at the first. It walks minute by minute or day by day."""

from dataclasses import dataclass, field
from datetime import datetime, time, timedelta

DAY, MINUTE = timedelta(days=1), timedelta(minutes=1)


@dataclass
class SlowCounter:
    """`holidays`: says the names of a public holiday, or None. `pauses`: (demand, reply), both aware."""

    holidays: object
    tz: object
    closures: frozenset = frozenset()
    pauses: list = field(default_factory=list)

    def is_closed(self, day):
        return day.strftime("%a") in {"Sat", "Sun"} or self.holidays(day) is not None or day in self.closures

    def in_pause(self, day):
        return any(demand.astimezone(self.tz).date() < day <= reply.astimezone(self.tz).date()
                   for demand, reply in self.pauses)

    def hours(self, received_at, hours):
        at, left = received_at.astimezone(self.tz).replace(second=0, microsecond=0), hours * 60
        pauses = [(start.replace(second=0, microsecond=0), end.replace(second=0, microsecond=0))
                  for start, end in self.pauses]
        while left:
            in_office = 9 <= at.hour < 12 or 13 <= at.hour < 18
            paused = any(start <= at < end for start, end in pauses)
            left -= in_office and not paused and not self.is_closed(at.date())
            at += MINUTE
        return at

    def days(self, received_at, days):
        day, left = received_at.astimezone(self.tz).date(), days
        while True:
            left -= not self.is_closed(day) and not self.in_pause(day)
            if not left:
                return self.midnight_after(day)
            day += DAY

    def calendar(self, received_at, days):
        day, left = received_at.astimezone(self.tz).date(), days
        while True:
            left -= not self.in_pause(day)
            if not left:
                return self.midnight_after(self.next_open(day))
            day += DAY

    def months(self, received_at, months):
        first = received_at.astimezone(self.tz).date()
        wanted = first.year * 12 + first.month + months
        day = first
        while (day.year * 12 + day.month, day.day) < (wanted, first.day):
            day += DAY
        last = day - DAY
        lost = sum(self.in_pause(first + n * DAY) and not self.is_closed(first + n * DAY)
                   for n in range((last - first).days + 1))
        end = self.next_open(last)
        while lost:
            end += DAY
            lost -= not self.is_closed(end) and not self.in_pause(end)
        return self.midnight_after(end)

    def next_open(self, day):
        if not self.is_closed(day):
            return day
        while self.is_closed(day) or self.in_pause(day):
            day += DAY
        return day

    def midnight_after(self, day):
        return datetime.combine(day + DAY, time(), self.tz)
