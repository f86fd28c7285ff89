"""Months as text, `2026-05`, days as ISO dates, and ages in whole years; no clock is asked."""

from __future__ import annotations

import calendar


def month_of(day: str) -> str:
    """The month of a day."""
    return day[:7]


def first_day(month: str) -> str:
    """The first day of a month."""
    return f"{month}-01"


def last_day(month: str) -> str:
    """The last day of a month."""
    year, number = int(month[:4]), int(month[5:7])
    return f"{month}-{calendar.monthrange(year, number)[1]:02}"


def moved(month: str, by: int) -> str:
    """The month that lies so many months later, or earlier where that is negative."""
    months = int(month[:4]) * 12 + int(month[5:7]) - 1 + by
    return f"{months // 12:04}-{months % 12 + 1:02}"


def day_moved(day: str, months: int) -> str:
    """The same day so many months later; the last of the month where it has no such day."""
    month = moved(month_of(day), months)
    return min(f"{month}-{day[8:]}", last_day(month))


def age_on(birth_date: str, day: str) -> int:
    """How many whole years somebody is old on a day.

    Who was born on 29 February comes of age on the 28th where a year has no such day, as civil law
    ends terms of years.
    """
    years = int(day[:4]) - int(birth_date[:4])
    birthday = min(f"{day[:4]}-{birth_date[5:]}", last_day(f"{day[:4]}-{birth_date[5:7]}"))
    return years - (day < birthday)


def span(first: str, last: str) -> list[str]:
    """The months from the first to the last, both included."""
    months = []
    while first <= last:
        months.append(first)
        first = moved(first, 1)
    return months
