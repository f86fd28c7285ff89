"""`linli report`: who was not seen, what a county counts, and the report of a month."""

from __future__ import annotations

from cli import figures, month, reporting
from cli.grammar import sentences

app = report_app = sentences("Who was not seen, who lacks what, and the figures of a month.")
report_app.add_typer(reporting.app)
report_app.add_typer(month.app)
report_app.add_typer(figures.app)
