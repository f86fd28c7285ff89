"""`linli need`: what people need, who sees to it, and what was done."""

from __future__ import annotations

import typer

from cli import derived, facts
from cli.grammar import Csv, Json, Within, sentences, verb
from cli.home import code_of, name_of, open_node, within
from cli.records import Names, short
from node.care import moments
from node.care.facts.support import NEED, STEP, progress
from node.care.facts.writing import standing
from node.care.policy import BASELINE
from node.language import said

app = sentences("What people need, and what was done about it.")
facts.declare_all(app, "need")

_LISTS = BASELINE.lists


@verb(app, "open", "linli need open --at 赤城镇")
def open_(context: typer.Context, at: Within = "", json: Json = False, csv: Csv = False) -> None:
    """Lists the needs that somebody has still to see to, the oldest first."""
    with open_node(context) as replica:
        today, names = moments.today(replica), Names(replica)
        steps = list(standing(replica, STEP))
        rows = []
        for need in standing(replica, NEED, within(replica, at)):
            now = progress(need, steps)
            if now.open:
                rows.append(
                    {
                        "division": code_of(replica, need["division#"]),
                        "division_name": name_of(replica, need["division#"]),
                        "id": need["id"],
                        "person": need["person"],
                        "person_name": names.of("person", need["person"]),
                        "category": need["category"],
                        "detail": need["detail"],
                        "found_on": need["found_on"],
                        "due_on": need["due_on"],
                        "owner": now.owner,
                        "step": now.step,
                        "overdue": bool(need["due_on"] and need["due_on"] < today),
                    }
                )
        rows.sort(key=lambda row: (row["found_on"], row["id"]))
        derived.show(
            rows,
            "need_open",
            ["id", "who", "category", "what", "since", "due", "owner", "state"],
            lambda row: (
                short(row["id"]),
                row["person_name"],
                _LISTS.need_categories.title(row["category"]),
                row["detail"],
                row["found_on"],
                row["due_on"] or "",
                row["owner"],
                _LISTS.need_steps.title(row["step"]) if row["step"] else said("open"),
            ),
            folded=["what", "owner"],
            json=json,
            csv=csv,
        )
