"""`linli plan`: who is to be seen how often, by whom; and the roster that follows from it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Annotated, Any

import typer

from cli import card, history, roster
from cli.card import Listing
from cli.grammar import All, Csv, Json, Limit, Note, On, Pairs, Within, sentences, verb
from cli.home import acting, name_of, open_node, saved, within
from cli.output import result
from cli.records import Names, find, find_id, given, listed, pages, paired, short
from node.care import moments, plans
from node.care.titles import title
from node.replica import Replica

PLAN = plans.PLAN.name

app = sentences("Care plans and the roster: who is to be seen when, by whom.")

Plan = Annotated[str, typer.Argument(metavar="PLAN", help="Id, or part of an id.")]
Person = Annotated[str, typer.Argument(metavar="PERSON", help="Id, part of an id, or name.")]
_EXAMPLE_ID = "7Q2M9K"


@verb(
    app,
    "add",
    "linli plan add 王桂兰 --service 助洁-居室 --worker 李秀英 --xun 上 --since 2026-11-01",
    "linli plan add 王桂兰 --service 谈心慰藉 --times 1 --per 每周",
)
def add(
    context: typer.Context,
    person: Person,
    services: Annotated[
        list[str], typer.Option("--service", metavar="SERVICE", help="May be repeated.")
    ],
    worker: Annotated[
        str, typer.Option(metavar="WORKER", help="Who comes: id, part of it, or name.")
    ] = "",
    times: Annotated[int, typer.Option(metavar="N", help="How often in each period.")] = 1,
    per: Annotated[str, typer.Option(metavar="PERIOD", help="每月, 每旬 or 每周.")] = "每月",
    xun: Annotated[
        str, typer.Option(metavar="XUN", help="Only in that third of each month: 上, 中, 下.")
    ] = "",
    since: Annotated[
        str, typer.Option(metavar="DATE", help="The first day [default: today].")
    ] = "",
    until: Annotated[str, typer.Option(metavar="DATE", help="The last day.")] = "",
    note: Note = "",
) -> None:
    """Adds a line to a person's plan and prints the id."""
    with open_node(context) as replica:
        values = given(
            person=find_id(replica, "person", person),
            services=",".join(services),
            worker=find_id(replica, "worker", worker) if worker else "",
            times=times,
            per=per,
            xun=xun,
            since=since,
            until=until,
            note=note,
        )
        result(plans.add_plan(replica, values, user=acting(context)))
        saved(replica, f"Planned for {Names(replica).of('person', values['person'])}.")


@verb(app, "set", f"linli plan set {_EXAMPLE_ID} worker 张红 xun 中")
def set_(
    context: typer.Context,
    plan: Plan,
    pairs: Pairs,
    reason: Annotated[str, typer.Option(metavar="TEXT", help="Why, kept in its history.")] = "",
) -> None:
    """Changes fields of a line of a plan; what it said before stays in its history."""
    with open_node(context) as replica:
        row = find(replica, PLAN, plan)
        changes = paired(pairs)
        if changes.get("worker"):
            changes["worker"] = find_id(replica, "worker", changes["worker"])
        plans.set_plan(replica, row["id"], changes, user=acting(context), reason=reason or None)
        saved(replica, f"Changed {', '.join(changes)} of the plan {short(row['id'])}.")


@verb(app, "end", f"linli plan end {_EXAMPLE_ID} --on 2026-11-30 --reason 换人")
def end(
    context: typer.Context,
    plan: Plan,
    on: On = "",
    reason: Annotated[str, typer.Option(metavar="TEXT", help="Why, kept in its history.")] = "",
) -> None:
    """Ends a line of a plan: a day is its last; the line and its history stay."""
    with open_node(context) as replica:
        row = find(replica, PLAN, plan)
        plans.end_plan(replica, row["id"], on, user=acting(context), reason=reason)
        until = find(replica, PLAN, row["id"])["until"]
        saved(replica, f"The plan {short(row['id'])} ends on {until}.")


@verb(
    app, "list", "linli plan list --at 南大街", "linli plan list --person 王桂兰 --all", day="since"
)  # fmt: skip
def list_(
    context: typer.Context,
    at: Within = "",
    person: Annotated[str, typer.Option(metavar="PERSON", help="Only of this person.")] = "",
    worker: Annotated[str, typer.Option(metavar="WORKER", help="Only with this worker.")] = "",
    on: Annotated[
        str, typer.Option("--date", metavar="DATE", help="Those that hold that day.")
    ] = "",
    every: All = False,
    limit: Limit = None,
    json: Json = False,
    csv: Csv = False,
) -> None:
    """Lists the lines of plans that have not ended."""
    with open_node(context) as replica:
        where = given(
            person=find_id(replica, "person", person) if person else "",
            worker=find_id(replica, "worker", worker) if worker else "",
        )
        found: Iterable[dict[str, Any]] = pages(replica, PLAN, within(replica, at), where or None)
        if not every:
            day = plans.check_day("date", on) if on else moments.today(replica)
            found = (row for row in found if plans.holds(row, day, begun=bool(on)))
        rows = listed(found, limit, json or csv)
        card.listing(replica, rows, _listing(replica), json=json, csv=csv)


def _listing(replica: Replica) -> Listing:
    names = Names(replica)

    def cells(row: Mapping[str, Any]) -> tuple[Any, ...]:
        return (
            short(row["id"]),
            names.of("person", row["person"]),
            name_of(replica, row["division#"]),
            title(PLAN, "services", row["services"]),
            names.of("worker", row["worker"]),
            often(row),
            row["since"],
            row["until"],
        )

    heads = ["id", "person", "division", "services", "worker", "times", "since", "until"]
    named = {
        "person_name": lambda row: names.of("person", row["person"]),
        "worker_name": lambda row: names.of("worker", row["worker"]),
    }
    folded = ["person", "division", "services", "worker"]
    return Listing(PLAN, heads, cells, folded=folded, named=named)


def often(row: Mapping[str, Any]) -> str:
    """How often a line says that somebody comes, as `每月上旬 1`."""
    parts = (title(PLAN, "per", row["per"]), title(PLAN, "xun", row["xun"]))
    return f"{''.join(parts)} {row['times']}"


@verb(app, "show", f"linli plan show {_EXAMPLE_ID}")
def show(context: typer.Context, plan: Plan, json: Json = False) -> None:
    """Shows one line of a plan, the ticks and what is in conflict."""
    with open_node(context) as replica:
        row, names = find(replica, PLAN, plan), Names(replica)
        shown = {
            "person": lambda one: f"{names.of('person', one)} ({one})",
            "worker": lambda one: f"{names.of('worker', one)} ({one})" if one else "",
        }
        card.show(replica, PLAN, row, json, shown=shown)


history.declare(app, PLAN, f"linli plan history {_EXAMPLE_ID}")
roster.declare(app)
