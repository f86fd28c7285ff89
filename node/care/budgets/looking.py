"""Reading budgets from the ledger: which there are, what their lines have, and their months."""

from __future__ import annotations

from typing import Any

from node.care import rows
from node.care.amendments import void
from node.care.budgets import balance
from node.care.budgets.balance import Budget, Standing, standing
from node.care.budgets.forecast import Month, by_month
from node.care.budgets.tables import BUDGET, ENTRY
from node.care.parameters import publishing
from node.care.parameters.groups import Programme
from node.care.parameters.reading import COUNTED
from node.care.settlement import closing
from node.errors import UsageError
from node.replica import Replica


def budgets(replica: Replica, year: int = 0) -> list[Budget]:
    """The budgets that are here, by year and code."""
    found = [
        balance.budget_of(row)
        for row in rows.pages(replica, BUDGET.name)
        if not void(row) and year in (0, row["year"])
    ]
    return sorted(found, key=lambda one: (one.year, one.code, one.id))


def find(replica: Replica, typed: str, year: int = 0) -> Budget:
    """The budget that a person means, by code, name or the end of its id.

    Args:
        replica: This node.
        typed: What was typed.
        year: Of that year only; 0: of the last year that has one.

    Raises:
        UsageError: None fits, or several do.
    """
    wanted = typed.strip()
    every = budgets(replica, year)
    fitting = [one for one in every if wanted in (one.code, one.name)]
    fitting = [one for one in fitting if one.year == max(two.year for two in fitting)]
    if not fitting and len(wanted) >= 6:
        fitting = [one for one in every if one.id.endswith(wanted.upper())]
    if len(fitting) == 1:
        return fitting[0]
    if fitting:
        ids = ", ".join(one.id for one in fitting)
        raise UsageError(
            f"{len(fitting)} budgets of one year are called {wanted!r}: {ids}.",
            hint="Two nodes of the county opened it at once. Give the id, and void the other one.",
        )
    raise UsageError(
        f"No budget {wanted[:60]!r} is on this node.", hint="See them with: linli fund budget list"
    )


def entries(replica: Replica, budget: str) -> list[dict[str, Any]]:
    """The entries of a budget that count, oldest first."""
    return [
        row for row in rows.pages(replica, ENTRY.name, None, {"budget": budget}) if not void(row)
    ]


def settled(replica: Replica, budget: Budget) -> dict[str, int]:
    """By line what closed sheets of the budget's year have spent."""
    if not any(line.counts for line in budget.lines):
        return {}
    paid = _paid(replica, str(budget.year))
    return {
        line.code: sum(fen for (_, kind), fen in paid.items() if kind == line.counts)
        for line in budget.lines
        if line.counts in COUNTED
    }


def _paid(replica: Replica, year: str) -> dict[tuple[str, str], int]:
    """By month and kind what the closed sheets of a year pay; a sheet that is contested, nothing.

    An adjustment is spent in the month of the sheet that pays it.
    """
    found: dict[tuple[str, str], int] = {}
    for one in closing.closed_sheets(replica):
        if one.sheet is None or one.state != closing.COUNTS or one.period[:4] != year:
            continue
        for line in one.sheet.lines:
            key = (one.period, line.kind)
            found[key] = found.get(key, 0) + line.amount_fen
    return found


def lines_of(replica: Replica, budget: Budget) -> tuple[Standing, ...]:
    """What each line of a budget has, by all that is known here."""
    known = [balance.entry_of(row) for row in entries(replica, budget.id)]
    return standing(budget, known, settled(replica, budget))


def months_of(replica: Replica, budget: Budget, clients: int | None = None) -> tuple[Month, ...]:
    """The months of the line that counts visits.

    Args:
        replica: This node.
        budget: The budget.
        clients: How many are visited; None: as many as the programme has places.

    Raises:
        UsageError: The budget counts no visits, or nothing says how many clients there are.
    """
    if not any(line.counts == COUNTED[0] for line in budget.lines):
        raise UsageError(
            f"No line of the budget {budget.code} counts visits, so no month is forecast.",
            hint='The pack says which line does: counts = "visit" in a line of the programme.',
        )
    parameters = publishing.needed(replica)
    if clients is None:
        clients = programme_of(replica, budget.programme, budget.year).places
    if not clients:
        raise UsageError(
            f"The programme {budget.programme} has no bound of places.",
            hint="Say how many are visited: --clients N",
        )
    paid = {month: fen for (month, kind), fen in _paid(replica, str(budget.year)).items()
            if kind == COUNTED[0]}  # fmt: skip
    return by_month(budget.year, clients, parameters, paid)


def programme_of(replica: Replica, code: str, year: int) -> Programme:
    """A programme of the pack, as it is on the first day of a year.

    Raises:
        UsageError: There is none.
    """
    parameters = publishing.needed(replica)
    dated = parameters.programmes.get(code)
    if dated is None:
        known = ", ".join(parameters.programmes) or "none"
        raise UsageError(
            f"The policy pack has no programme {code!r}.", hint=f"Its programmes are: {known}."
        )
    return dated.needed(f"{year}-01-01")
