"""`linli plan roster`: the sheet of a 旬 for a village, to hang up or to send."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Annotated, Any

import typer

from cli import table as tables
from cli.grammar import Csv, Json, Limit, Within, verb
from cli.home import code_of, name_of, open_node, within
from cli.output import as_json, counted, say
from cli.records import Names, listed
from node.care import moments, periods, plans, rosters
from node.care.headings import heading
from node.care.parameters import publishing
from node.care.rosters import Place
from node.care.titles import title
from node.language import said
from node.replica import Replica

PLAN = plans.PLAN.name
_COLUMNS = (
    "division", "division_name", "person", "person_name", "xun", "first", "last", "services",
    "worker", "worker_name", "visits", "done", "vacant",
)  # fmt: skip


def declare(app: typer.Typer) -> None:
    """Adds the sentence `roster` to a noun."""

    @verb(
        app,
        "roster",
        "linli plan roster --month 2026-11 --xun 上 --at 南大街",
        "linli plan roster --month 2026-11 --worker 李秀英 --csv",
    )
    def roster(
        context: typer.Context,
        month: Annotated[
            str, typer.Option(metavar="MONTH", help="Such as 2026-11 [default: this one].")
        ] = "",
        xun: Annotated[
            str, typer.Option(metavar="XUN", help="Only this third: 上, 中 or 下.")
        ] = "",
        at: Within = "",
        worker: Annotated[str, typer.Option(metavar="WORKER", help="Only this worker.")] = "",
        limit: Limit = None,
        json: Json = False,
        csv: Csv = False,
    ) -> None:
        """Prints who sees whom in a month, as the plans say it, and what was done of it."""
        with open_node(context) as replica:
            chosen = periods.check_month("month", month) if month else moments.today(replica)[:7]
            third = plans.check_xun("xun", xun) if xun else ""
            found = plans.roster(replica, chosen, within(replica, at), third)
            if worker:
                from_name = Names(replica)
                found = [
                    one
                    for one in found
                    if worker in (one[1].worker, from_name.of("worker", one[1].worker or None))
                ]
            stated = [_stated(replica, division, place) for division, place in found]
            _print(replica, list(listed(stated, limit, json or csv)), json=json, csv=csv)
            _tell(replica, chosen, third, found)


def _stated(replica: Replica, division: str, place: Place) -> dict[str, Any]:
    """A place as JSON shows it."""
    return {
        "division": code_of(replica, division),
        "division_name": name_of(replica, division),
        "person": place.person,
        "xun": place.period.xun,
        "first": place.period.first,
        "last": place.period.last,
        "services": ",".join(place.services),
        "worker": place.worker,
        "visits": place.visits,
        "done": place.done,
        "vacant": place.vacant,
        "plan": place.plan,
    }


def _print(replica: Replica, rows: list[dict[str, Any]], *, json: bool, csv: bool) -> None:
    names = Names(replica)
    if json:
        as_json(rows)
    elif csv:
        headings = [heading(PLAN, name) for name in _COLUMNS]
        tables.as_csv(headings, (_cells(names, row) for row in rows))
    else:
        heads = ["days", "division", "person", "services", "worker", "#visits", "#done"]
        cells = [
            (
                f"{row['first'][5:]}–{row['last'][5:]}",
                row["division_name"],
                names.of("person", row["person"]),
                title(PLAN, "services", row["services"]),
                _who(names, row),
                row["visits"],
                row["done"],
            )
            for row in rows
        ]
        folded = ["division", "person", "services", "worker"]
        tables.table(heads, cells, folded=folded)


def _who(names: Names, row: Mapping[str, Any]) -> str:
    """Who comes; a vacant place says why, beside the name in the plan."""
    named = names.of("worker", row["worker"] or None)
    return f"{named} {said(rosters.sentence(row['vacant']))}".strip() if row["vacant"] else named


def _cells(names: Names, row: Mapping[str, Any]) -> list[Any]:
    whole = {
        **row,
        "person_name": names.of("person", row["person"]),
        "worker_name": names.of("worker", row["worker"] or None),
        "xun": title(PLAN, "xun", row["xun"] or None),
        "services": title(PLAN, "services", row["services"]),
        "vacant": said(rosters.sentence(row["vacant"])) if row["vacant"] else "",
    }
    return [whole[name] for name in _COLUMNS]


def _tell(replica: Replica, month: str, third: str, found: Iterable[tuple[str, Place]]) -> None:
    """Says what the sheet lacks, and by which policy it was made."""
    every = list(found)
    parameters = publishing.in_force(replica)
    policy = parameters.version if parameters else said("none")
    roster = " ".join(filter(None, (month, title(PLAN, "xun", third or None))))
    places = counted(len(every), "place")
    vacant = sum(bool(one.vacant) for _, one in every)
    say(f"The roster of {roster!s}: {places}, {vacant} of them vacant, by the policy {policy!s}.")
