"""What the visits of a year will cost and have cost, month by month (QX-17).

The forecast of a month is clients, times the visits that each is owed, times what a visit is paid,
by the numbers that hold on its first day. What it has cost is what closed sheets paid in it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from node.care.parameters.groups import Parameters

MONTHS = 12


@dataclass(frozen=True, slots=True)
class Month:
    """One month of a line.

    Attributes:
        month: As `2026-11`.
        forecast_fen: By the formula.
        actual_fen: What closed sheets paid; None where none is closed yet.
    """

    month: str
    forecast_fen: int
    actual_fen: int | None

    @property
    def expected_fen(self) -> int:
        """What it has cost, or else will cost."""
        return self.forecast_fen if self.actual_fen is None else self.actual_fen


def by_month(
    year: int, clients: int, parameters: Parameters, paid: Mapping[str, int]
) -> tuple[Month, ...]:
    """The months of a year.

    Args:
        year: Which.
        clients: How many are visited.
        parameters: The county's numbers.
        paid: By month what closed sheets paid.

    Raises:
        UsageError: The pack sets no visits or no pay for a month.
    """
    found = []
    for number in range(1, MONTHS + 1):
        month = f"{year}-{number:02}"
        visits = parameters.visits.needed(f"{month}-01")
        pay = parameters.pay.needed(f"{month}-01")
        forecast = clients * visits.per_month_min * pay.per_visit_fen
        found.append(Month(month, forecast, paid.get(month)))
    return tuple(found)
