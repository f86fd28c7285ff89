"""`linli worker`: those who care.

The public side is held by every node of the county; the personal side, `worker record`, stays with
the employing division and the nodes above it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

import typer

from cli import card, facts, history
from cli.card import Listing
from cli.grammar import All, Csv, Json, Limit, On, Pairs, Place, Within, sentences, verb
from cli.home import acting, name_of, open_node, place, place_name, saved, within
from cli.narrowing import RECORDED
from cli.output import result, say
from cli.records import active, find, given, listed, pages, paired, short
from node.care import employment, people
from node.care.policy import BASELINE
from node.care.titles import title
from node.errors import UsageError
from node.replica import Replica

WORKER = people.WORKER.name

RECORD = employment.WORKER_RECORD.name

app = sentences("Workers who care for them.")
record = sentences("The personal side of a worker, which the employer keeps.")
app.add_typer(record, name="record")

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
    helper_kind: Annotated[str, typer.Option(metavar="KIND", help="Such as 专职, 志愿者.")] = "",
    phone: Annotated[str, typer.Option(metavar="PHONE", help="Where clients call.")] = "",
) -> None:
    """Registers a worker at the employing division and prints the id."""
    values = given(
        name=name,
        worker_class=worker_class,
        qualification=qualification,
        clients_per_day_max=clients_per_day_max,
        helper_kind=helper_kind,
        phone=phone,
    )
    with open_node(context) as replica:
        where = place(replica, at)
        result(people.add_worker(replica, where, values, user=acting(context)))
        saved(replica, f"Registered {name} at {place_name(replica, where)}.")


@verb(
    app, "list", "linli worker list --at 赤城镇",
    day=RECORDED, states=BASELINE.lists.worker_statuses,
)  # fmt: skip
def list_(
    context: typer.Context,
    at: Within = "",
    every: All = False,
    limit: Limit = None,
    json: Json = False,
    csv: Csv = False,
) -> None:
    """Lists workers who serve."""
    with open_node(context) as replica:
        here = pages(replica, WORKER, within(replica, at))
        rows = listed(active(here, people.WORKER_CLOSED, every), limit, json or csv)

        def cells(row: Mapping[str, Any]) -> tuple[Any, ...]:
            return (
                short(row["id"]),
                row["name"],
                name_of(replica, row["division#"]),
                title(WORKER, "worker_class", row["worker_class"]),
                row["clients_per_day_max"],
                title(WORKER, "status", row["status"]),
            )

        heads = ["id", "name", "division", "class", "#clients a day", "status"]
        how = Listing(WORKER, heads, cells, folded=["name", "division"])
        card.listing(replica, rows, how, json=json, csv=csv)


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


@verb(app, "close", "linli worker close 李秀英 --reason 辞职 --on 2026-11-01")
def close(
    context: typer.Context,
    worker: Worker,
    reason: Annotated[str, typer.Option(metavar="REASON", help="Such as 辞职, 退休.")],
    on: On = "",
) -> None:
    """Closes a worker with a dated reason; the record and its history stay."""
    with open_node(context) as replica:
        row = find(replica, WORKER, worker)
        people.close_worker(replica, row["id"], reason, on, user=acting(context))
        card.tell_closed(replica, WORKER, row["id"])


@verb(app, "reopen", "linli worker reopen 李秀英")
def reopen(context: typer.Context, worker: Worker) -> None:
    """Opens a worker again who was closed; the date and the reason are emptied."""
    with open_node(context) as replica:
        row = find(replica, WORKER, worker)
        people.reopen_worker(replica, row["id"], user=acting(context))
        saved(replica, f"{row['name']} is open again.")


facts.declare_all(app, "worker")
history.declare(app, WORKER, "linli worker history 李秀英")


@verb(
    record,
    "set",
    "linli worker record set 李秀英 phone 13812345678 contract_from 2026-01-01",
)
def record_set(context: typer.Context, worker: Worker, pairs: Pairs) -> None:
    """Writes fields of a worker's personal record; the first time makes it."""
    with open_node(context) as replica:
        row = find(replica, WORKER, worker)
        employment.set_worker_record(replica, row["id"], paired(pairs), user=acting(context))
        saved(replica, f"Wrote {', '.join(pairs[::2])} of the personal record of {row['name']}.")


@verb(record, "show", "linli worker record show 李秀英")
def record_show(context: typer.Context, worker: Worker, json: Json = False) -> None:
    """Shows the personal record of a worker, where this node holds it."""
    with open_node(context) as replica:
        row = find(replica, WORKER, worker)
        found = _records(replica, row)
        for one in found[1:]:
            say(f"Another record of {row['name']} was made apart: {one['id']}.")
        card.show(replica, RECORD, found[0], json)


def _records(replica: Replica, worker: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The personal records of a worker.

    Raises:
        UsageError: None is here.
    """
    found = employment.records_of(replica, worker["id"])
    if not found:
        raise UsageError(
            f"No personal record of {worker['name']} is on this node.",
            hint=f"To make one: linli worker record set {short(worker['id'])} phone NUMBER; a "
            "record of another division is not kept here.",
        )
    return found


def _meant(replica: Replica, typed: str) -> list[tuple[str, str]]:
    worker = find(replica, WORKER, typed)
    return [(RECORD, one["id"]) for one in _records(replica, worker)]


history.declare(record, RECORD, "linli worker record history 李秀英", meant=_meant)
