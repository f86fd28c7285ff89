"""`linli fund`: donations, and what came back of advances."""

from __future__ import annotations

from cli import facts
from cli.grammar import sentences

app = sentences("Donations, and what came back of advances.")
facts.declare_all(app, "fund")
