"""`linli need`: what people need, who sees to it, and what was done."""

from __future__ import annotations

from cli import facts
from cli.grammar import sentences

app = sentences("What people need, and what was done about it.")
facts.declare_all(app, "need")
