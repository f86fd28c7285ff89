"""`linli worker`: the public side of those who care, which every node of the county holds."""

from __future__ import annotations

from typing import Annotated

import typer

from cli import card, table
from cli.card import stated
from cli.grammar import Json, Limit, Pairs, Place, Within, sentences, verb
from cli.home import acting, name_of, open_node, place, place_name, saved, within
from cli.output import as_json, result
from cli.records import find, given, listed, pages, paired, short
from node.care import people
from node.care.titles import title

WORKER = people.WORKER.name

app = sentences("Workers who care for them.")

Worker = Annotated[str, typer.Argument(metavar="WORKER", help="Id, part of an id, or name.")]


@verb(app, "add", "linli worker add 李秀英 --at 南大街 --worker-class 普通")
def add(
    context: typer.Context,
    name: Annotated[str, typer.Argument(metavar="NAME", help="Name as clients know it.")],
    at: Place = "",
    worker_class: Annotated[str, typer.Option(metavar="CLASS", help="Such as 普通, 医护.")] = "",
    qualification: Annotated[str, typer.Option(metavar="TEXT", help="Certificates held.")] = "",
    clients_per_day_max: Annotated[
        int | None,
        typer.Option(metavar="N", show_default=False, help="How many clients a day at most."),
    ] = None,
) -> None:
    """Registers a worker at the employing division and prints the id."""
    values = given(
        name=name,
        worker_class=worker_class,
        qualification=qualification,
        clients_per_day_max=clients_per_day_max,
    )
    with open_node(context) as replica:
        where = place(replica, at)
        result(people.add_worker(replica, where, values, user=acting(context)))
        saved(replica, f"Registered {name} at {place_name(replica, where)}.")


@verb(app, "list", "linli worker list --at 赤城镇")
def list_(context: typer.Context, at: Within = "", limit: Limit = None, json: Json = False) -> None:
    """Lists workers."""
    with open_node(context) as replica:
        rows = listed(pages(replica, WORKER, within(replica, at)), limit, json)
        if json:
            as_json([stated(replica, WORKER, row) for row in rows])
            return
        table.table(
            ["id", "name", "division", "class", "#clients a day", "status"],
            [
                (
                    short(row["id"]),
                    row["name"],
                    name_of(replica, row["division#"]),
                    title(WORKER, "worker_class", row["worker_class"]),
                    row["clients_per_day_max"],
                    title(WORKER, "status", row["status"]),
                )
                for row in rows
            ],
            folded=["name", "division"],
        )


@verb(app, "show", "linli worker show 李秀英")
def show(context: typer.Context, worker: Worker, json: Json = False) -> None:
    """Shows one worker, the ticks and what is in conflict."""
    with open_node(context) as replica:
        row = find(replica, WORKER, worker)
        card.show(replica, WORKER, row, json)


@verb(app, "set", "linli worker set 李秀英 clients_per_day_max 4")
def set_(context: typer.Context, worker: Worker, pairs: Pairs) -> None:
    """Changes fields of a worker; an empty value empties the field."""
    with open_node(context) as replica:
        row = find(replica, WORKER, worker)
        people.set_worker(replica, row["id"], paired(pairs), user=acting(context))
        saved(replica, f"Changed {', '.join(pairs[::2])} of {row['name']}.")
