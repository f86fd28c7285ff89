"""`linli facility staffing|kinds`: what follows from who lives and works at a place."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from cli import derived
from cli.grammar import Csv, Json, Within, verb
from cli.home import code_of, name_of, open_node, within
from cli.output import say
from cli.records import short
from node.care import moments, watching
from node.care.facilities import CLOSED, FACILITY
from node.care.facts import institutions
from node.care.facts.premises import INSPECTION, compliance
from node.care.facts.writing import standing
from node.care.policy import BASELINE
from node.care.rows import pages
from node.replica import Replica

_LISTS = BASELINE.lists


def declare(app: typer.Typer) -> None:
    """Adds the lists over facilities to the noun."""
    _declare_staffing(app)
    _declare_checklist(app)


def _of(replica: Replica, row: Any) -> dict[str, Any]:
    """What every row of these lists begins with."""
    place = row["division#"]
    return {
        "division": code_of(replica, place),
        "division_name": name_of(replica, place),
        "id": row["id"],
        "name": row["name"],
    }


def _declare_staffing(app: typer.Typer) -> None:
    @verb(app, "staffing", "linli facility staffing --at 宝丰镇")
    def staffing(
        context: typer.Context, at: Within = "", json: Json = False, csv: Csv = False
    ) -> None:
        """Lists institutions with their residents and staff, and the staff that they need."""
        with open_node(context) as replica:
            today = moments.today(replica)
            numbers = watching.staffing(replica, today, within(replica, at))
            wishes = institutions.willing(standing(replica, institutions.WISH), today)
            rows = [
                {**_of(replica, row), "residents": living, "staff": staff, "needed": needed}
                for row, living, staff, needed in numbers
            ]
            derived.show(
                rows,
                "facility_staffing",
                ["name", "division", "#residents", "#staff", "#needed"],
                lambda row: (
                    row["name"],
                    row["division_name"],
                    row["residents"],
                    row["staff"],
                    row["needed"],
                ),
                folded=["name", "division"],
                json=json,
                csv=csv,
            )
            say(f"{len(wishes)} people here would like to live in an institution.")


def _declare_checklist(app: typer.Typer) -> None:
    @verb(app, "checklist", "linli facility checklist 三通四有 --at 宝丰镇")
    def checklist(
        context: typer.Context,
        template: Annotated[
            str, typer.Argument(metavar="CHECKLIST", help="Such as 三通四有 or 三专五有.")
        ],
        at: Within = "",
        json: Json = False,
        csv: Csv = False,
    ) -> None:
        """Lists what the last inspection by a checklist found; compliant is who lacks nothing."""
        code = _LISTS.inspection_templates.code("template", template)
        with open_node(context) as replica:
            found = compliance(standing(replica, INSPECTION), code)
            rows = [
                {
                    **_of(replica, row),
                    "inspected_on": found[row["id"]].inspected_on,
                    "compliant": found[row["id"]].compliant,
                    "lacking": "、".join(
                        map(_LISTS.inspection_items.title, found[row["id"]].lacking)
                    ),
                }
                for row in pages(replica, FACILITY.name, within(replica, at))
                if row["id"] in found and row["status"] not in CLOSED
            ]
            rows.sort(key=lambda row: (row["compliant"], row["inspected_on"], row["id"]))
            derived.show(
                rows,
                "facility_checklist",
                ["id", "name", "division", "inspected on", "lacking"],
                lambda row: (
                    short(row["id"]),
                    row["name"],
                    row["division_name"],
                    row["inspected_on"],
                    row["lacking"] or "✓",
                ),
                folded=["name", "division", "lacking"],
                json=json,
                csv=csv,
            )
