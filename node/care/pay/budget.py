"""What a programme planned for a year, has paid so far, and will have paid at its end, in fen."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from node.care.parameters.groups import Areas, CareVisits, HealthChecks, Pay, Programme
from node.care.pay.sheet import Sheet
from node.care.pay.worth import VISIT_PAY

MONTHS = 12


@dataclass(frozen=True, slots=True)
class Spending:
    """One budget line of a year.

    Attributes:
        code: Which line.
        planned_fen: What is planned.
        actual_fen: What closed sheets have paid.
        forecast_fen: What the year will have cost where the rest goes as planned.
    """

    code: str
    planned_fen: int
    actual_fen: int
    forecast_fen: int

    @property
    def over_fen(self) -> int:
        """How much more than planned the year will have cost; 0 where it stays within."""
        return max(0, self.forecast_fen - self.planned_fen)


def planned(programme: Programme) -> dict[str, int]:
    """What each line plans; the line without an amount gets what the others leave."""
    stated = sum(line.planned_fen or 0 for line in programme.lines)
    rest = programme.budget_fen - stated
    return {
        line.code: rest if line.planned_fen is None else line.planned_fen
        for line in programme.lines
    }


def visits_a_year(clients: int, visits: CareVisits, pay: Pay) -> int:
    """What the visits of so many clients cost in a year."""
    return clients * visits.per_month_min * MONTHS * pay.per_visit_fen


def checks_a_year(clients: int, checks: HealthChecks) -> int:
    """What the health checks of so many clients cost in a year."""
    return clients * checks.per_year * checks.cost_fen


def areas_a_year(clients: int, areas: Areas) -> int:
    """What the managers of areas get for so many clients in a year."""
    return clients * areas.per_client_month_fen * MONTHS


def visits_spending(
    code: str,
    planned_fen: int,
    year: str,
    closed: Iterable[Sheet],
    clients: int,
    visits: CareVisits,
    pay: Pay,
) -> Spending:
    """The line of the visits: what sheets of a year paid by the visit, and the months to come.

    Args:
        code: The line.
        planned_fen: What it plans.
        year: As `2026`.
        closed: Closed sheets of one scope; those of other years are left out.
        clients: How many clients are to be visited in the months to come.
        visits: How often.
        pay: For how much.
    """
    sheets = {one.digest: one for one in closed if one.period[:4] == year}
    lines = (line for one in sheets.values() for line in one.lines)
    actual = sum(line.amount_fen for line in lines if line.kind == VISIT_PAY)
    left = MONTHS - len({one.period for one in sheets.values()})
    ahead = clients * visits.per_month_min * pay.per_visit_fen * left
    return Spending(code, planned_fen, actual, actual + ahead)
