"""The periods of a month in which somebody is to be seen: the month, its three 旬, its weeks.

Days are ISO dates, months are as `2026-11`. A week runs from Monday to Sunday and belongs to the
month in which it ends, so that each belongs to one. Everything is arithmetic; nothing asks a clock.
"""

from __future__ import annotations

import calendar
import datetime
import re
from dataclasses import dataclass

from node.care import fields

XUN = ("S", "Z", "X")
"""The codes of the list `xun`, in order."""

_MONTH = re.compile(r"\d{4}-(0[1-9]|1[0-2])")
_WEEK_DAYS = 7


@dataclass(frozen=True, slots=True, order=True)
class Period:
    """Some days of a month.

    Attributes:
        first: The first day.
        last: The last day.
        xun: The code of the 旬 that it is; empty where it is none.
    """

    first: str
    last: str
    xun: str = ""

    def holds(self, day: str) -> bool:
        """Whether a day lies in it."""
        return self.first <= day <= self.last

    def touches(self, since: str, until: str) -> bool:
        """Whether a span has a day in it; an empty end is open."""
        return since <= self.last and (not until or self.first <= until)


def check_month(field: str, value: str) -> str:
    """Checks a month.

    Raises:
        UsageError: It is none.
    """
    if not _MONTH.fullmatch(value.strip()) or value.strip()[:4] == "0000":
        raise fields.refused(field, value, "is not a month", "Write it as 2026-11.")
    return value.strip()


def xun_of(day: str) -> str:
    """The code of the 旬 in which a day lies."""
    return XUN[min((int(day[8:10]) - 1) // 10, 2)]


def months_ago(month: str, count: int) -> str:
    """The month so many months before."""
    number = int(month[:4]) * 12 + int(month[5:7]) - 1 - count
    return f"{number // 12:04}-{number % 12 + 1:02}"


def whole(month: str) -> Period:
    """A month."""
    days = calendar.monthrange(int(month[:4]), int(month[5:7]))[1]
    return Period(f"{month}-01", f"{month}-{days:02}")


def thirds(month: str) -> tuple[Period, ...]:
    """The three 旬 of a month."""
    last = whole(month).last
    return (
        Period(f"{month}-01", f"{month}-10", XUN[0]),
        Period(f"{month}-11", f"{month}-20", XUN[1]),
        Period(f"{month}-21", last, XUN[2]),
    )


def weeks(month: str) -> tuple[Period, ...]:
    """The weeks that end in a month."""
    found = []
    for number in range(1, int(whole(month).last[8:]) + 1):
        sunday = datetime.date(int(month[:4]), int(month[5:7]), number)
        if sunday.isoweekday() == _WEEK_DAYS:
            monday = sunday - datetime.timedelta(days=_WEEK_DAYS - 1)
            found.append(Period(monday.isoformat(), sunday.isoformat()))
    return tuple(found)


def days_between(since: str, until: str) -> int:
    """How many days lie from one day to another; below 0 where it comes before."""
    first, last = (datetime.date.fromisoformat(one) for one in (since, until))
    return (last - first).days


def day_after(day: str, days: int = 1) -> str:
    """The day so many days later; the last day that a calendar has where there is none."""
    try:
        return (datetime.date.fromisoformat(day) + datetime.timedelta(days=days)).isoformat()
    except OverflowError:
        return datetime.date.max.isoformat() if days > 0 else datetime.date.min.isoformat()
