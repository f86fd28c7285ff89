"""`linli complaint`: what somebody is not content with, until it is closed (投诉)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

import typer

from cli import card, facts
from cli.card import Listing
from cli.grammar import Csv, Json, Limit, Within, sentences, verb
from cli.home import acting, name_of, open_node, saved, within
from cli.output import result, say
from cli.records import Names, listed, short
from node.care import complaining, moments
from node.care.facts.complaints import COMPLAINT, STEP, Standing
from node.care.titles import title
from node.language import said
from node.replica import Replica

app = sentences("Complaints, and each stage until they are closed.")
facts.declare_all(app, "complaint")


@verb(app, "list", "linli complaint list --at 赤城镇 --overdue", day="opened_on")
def list_(
    context: typer.Context,
    at: Within = "",
    overdue: Annotated[bool, typer.Option("--overdue", help="Only past their deadline.")] = False,
    every: Annotated[bool, typer.Option("--all", help="Those that are closed as well.")] = False,
    limit: Limit = None,
    json: Json = False,
    csv: Csv = False,
) -> None:
    """Lists complaints: the overdue first, then what has waited longest."""
    with open_node(context) as replica:
        today = moments.today(replica)
        found = {
            row["id"]: (row, stands)
            for row, stands in complaining.waiting(replica, within(replica, at), today)
            if (every or stands.open) and (stands.overdue(today) or not overdue)
        }
        every_row = [row for row, _ in found.values()]
        rows = listed(every_row, limit, json or csv, neglected=True)
        by_id = {id_: stands for id_, (_, stands) in found.items()}
        card.listing(replica, rows, _listing(replica, by_id, today), json=json, csv=csv)


def _listing(replica: Replica, by_id: Mapping[str, Standing], today: str) -> Listing:
    names = Names(replica)

    def cells(row: Mapping[str, Any]) -> tuple[Any, ...]:
        stands = by_id[row["id"]]
        late = f" {said('overdue')}" if stands.overdue(today) else ""
        return (
            short(row["id"]),
            names.of("person", row["person"]),
            name_of(replica, row["division#"]),
            title(COMPLAINT.name, "kind", row["kind"]),
            row["opened_on"],
            title(STEP.name, "stage", stands.stage),
            stands.due + late,
        )

    def more(row: Mapping[str, Any]) -> dict[str, Any]:
        stands = by_id[row["id"]]
        return {
            "stage": stands.stage,
            "since": stands.since,
            "due_on": stands.due,
            "overdue": stands.overdue(today),
            "early": list(stands.early),
        }

    return Listing(
        COMPLAINT.name,
        ["id", "person", "division", "kind", "opened_on", "stage", "due"],
        cells,
        folded=["person", "division", "kind", "stage", "due"],
        more=more,
        named={
            "person_name": lambda row: names.of("person", row["person"]),
            "stage": lambda row: title(STEP.name, "stage", by_id[row["id"]].stage),
            "due": lambda row: by_id[row["id"]].due,
        },
    )


@verb(app, "find", "linli complaint find --at 定昌镇")
def find(context: typer.Context, at: Within = "") -> None:
    """Opens a complaint for each visit that a client paid for where visits are free."""
    with open_node(context) as replica:
        made = complaining.find_charged(replica, within(replica, at), user=acting(context))
        for one in made:
            result(one)
        if made:
            saved(replica, f"Opened {len(made)} complaints about money that was taken.")
        else:
            say("No client paid where visits are free, or there is a complaint already.")
