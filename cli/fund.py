"""`linli fund`: budgets, subsidies, grants, donations, and what came back of advances."""

from __future__ import annotations

from cli import budget, facts, subsidy, totals
from cli.grammar import sentences

app = sentences("Budgets, donations, and what came back of advances.")
app.add_typer(budget.app, name="budget")
app.add_typer(subsidy.app, name="subsidy")
facts.declare_all(app, "fund")
app.add_typer(totals.app)
