"""The month of the workers of this place: what was recorded, accepted, is payable, and why not all.

It is the sheet that the township closes, by what is known here: one function computes what is paid,
so the box never promises what the county will not pay.
"""

from __future__ import annotations

from dataclasses import dataclass

from node.care import moments, periods
from node.care.money import yuan
from node.care.pay.explain import counted
from node.care.pay.sheet import Line
from node.care.pay.worth import ACCEPTED, PAYABLE, RECORDED, VISIT_PAY
from node.care.people import PERSON, WORKER
from node.care.settlement import closing
from node.care.settlement.closing import Preview
from node.care.settlement.reasons import why_of
from node.care.visits import VISIT, corrected
from node.clock import day
from node.errors import LinliError
from node.replica import Replica
from node.web.shown import name_of, place


@dataclass(frozen=True)
class Short:
    """A line that does not pay in full, or pays for another month.

    Attributes:
        visit: The visit; empty where the line is of another kind.
        person: Who was visited.
        day: When, ISO date; or the month to which the line belongs.
        yuan: What it pays all the same.
        why: Sentences in English, for `in_words`.
    """

    visit: str
    person: str
    day: str
    yuan: str
    why: tuple[str, ...]


@dataclass(frozen=True)
class Earned:
    """One worker's month.

    Attributes:
        name: The worker.
        recorded: Visits of the month.
        accepted: Those of them that the township has accepted.
        payable: Those of these that are paid.
        yuan: All that the month pays.
        short: What is not paid in full, or belongs to another month.
    """

    name: str
    recorded: int
    accepted: int
    payable: int
    yuan: str
    short: tuple[Short, ...]


@dataclass(frozen=True)
class Month:
    """What the page shows.

    Attributes:
        place: This node's division.
        period: The month, as `2026-11`.
        before: The month before it.
        after: The month after it; empty where that has not begun.
        closed: Whether the township has closed it.
        workers: By name.
        error: Why there is no sheet; None where there is one.
    """

    place: str
    period: str
    before: str
    after: str
    closed: bool
    workers: tuple[Earned, ...]
    error: LinliError | None = None


def month(replica: Replica, typed: str) -> Month:
    """A month of this place.

    Args:
        replica: This node.
        typed: The month; empty for the one that is.

    Raises:
        UsageError: It is no month.
    """
    now = moments.today(replica)[:7]
    period = closing.check_month(typed) if typed else now
    here, before, after = place(replica, replica.division), *_beside(period)
    after = after if after <= now else ""
    try:
        sheet = closing.preview(replica, period, replica.division)
    except LinliError as error:
        return Month(here, period, before, after, False, (), error)
    workers = tuple(sorted(_earned(replica, sheet), key=lambda one: one.name))
    return Month(here, period, before, after, sheet.closed is not None, workers)


def _beside(period: str) -> tuple[str, str]:
    """The months before and after a month."""
    return periods.months_ago(period, 1), periods.months_ago(period, -1)


def _earned(replica: Replica, one: Preview) -> list[Earned]:
    why, names = why_of(one), dict[str, str]()
    short: dict[str, list[Short]] = {}
    for line in one.sheet.lines:
        if line.reasons or line.month != one.sheet.period:
            short.setdefault(line.worker, []).append(_short(replica, line, why[line.key], names))
    return [
        Earned(
            name_of(replica, WORKER.name, worker, names),
            numbers[RECORDED],
            numbers[ACCEPTED],
            numbers[PAYABLE],
            yuan(fen),
            tuple(short.get(worker, ())),
        )
        for worker, fen in one.sheet.totals().items()
        for numbers in [counted(one.sheet, worker)]
    ]


def _short(replica: Replica, line: Line, why: tuple[str, ...], names: dict[str, str]) -> Short:
    row = replica.row(VISIT.name, line.subject) if line.kind == VISIT_PAY else None
    if row is None:
        return Short("", "", line.month, yuan(line.amount_fen), why)
    visit = corrected(row)
    person = name_of(replica, PERSON.name, visit["person"], names)
    return Short(line.subject, person, day(visit["started_at"]), yuan(line.amount_fen), why)
