"""`linli facility`: canteens, day-care stations, mutual-aid points, and what they offer."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Annotated, Any

import typer

from cli import card, facts, history, institution
from cli.card import Listing
from cli.grammar import All, Csv, Json, Limit, On, Pairs, Place, Within, sentences, verb
from cli.home import acting, name_of, open_node, place, place_name, saved, within
from cli.narrowing import RECORDED
from cli.output import result
from cli.records import active, find, find_id, given, listed, pages, paired, short
from node.care import facilities, moments
from node.care.facts import places
from node.care.facts.writing import standing
from node.care.policy import BASELINE
from node.care.titles import title
from node.replica import Replica

FACILITY = facilities.FACILITY.name

app = sentences("Canteens, day-care stations and mutual-aid points.")
service = sentences("The services that a facility offers.")
app.add_typer(service, name="service")

Facility = Annotated[str, typer.Argument(metavar="FACILITY", help="Id, part of an id, or name.")]
Services = Annotated[
    list[str], typer.Argument(metavar="SERVICE", help="Name or code of a service.")
]


@verb(
    app,
    "add",
    "linli facility add 南大街幸福食堂 --kind 社区食堂 --at 南大街 --service 堂食 --service 送餐",
)
def add(
    context: typer.Context,
    name: Annotated[str, typer.Argument(metavar="NAME", help="Name on the signboard.")],
    kind: Annotated[str, typer.Option(metavar="KIND", help="Such as 社区食堂, 助餐点.")],
    at: Place = "",
    address: Annotated[str, typer.Option(metavar="TEXT", help="Where it is.")] = "",
    operator_mode: Annotated[str, typer.Option(metavar="MODE", help="Such as 公建民营.")] = "",
    seats: Annotated[
        int | None, typer.Option(metavar="N", show_default=False, help="Seats or beds.")
    ] = None,
    status: Annotated[str, typer.Option(metavar="STATUS", help="Such as 试运营.")] = "运营",
    services: Annotated[
        list[str] | None, typer.Option("--service", metavar="SERVICE", help="May be repeated.")
    ] = None,
    phone: Annotated[str, typer.Option(metavar="PHONE", help="Where it is reached.")] = "",
    manager: Annotated[str, typer.Option(metavar="NAME", help="Who is in charge.")] = "",
    operator: Annotated[str, typer.Option(metavar="NAME", help="Who runs it.")] = "",
    hours: Annotated[str, typer.Option(metavar="TEXT", help="Such as 07:00-18:30.")] = "",
    opened_on: Annotated[str, typer.Option(metavar="DATE", help="Such as 2024-05-01.")] = "",
    build_mode: Annotated[str, typer.Option(metavar="MODE", help="Such as 新建, 改建.")] = "",
) -> None:
    """Registers a facility and prints the id."""
    values = given(
        name=name,
        kind=kind,
        address=address,
        operator_mode=operator_mode,
        seats=seats,
        status=status,
        phone=phone,
        manager=manager,
        operator=operator,
        hours=hours,
        opened_on=opened_on,
        build_mode=build_mode,
    )
    with open_node(context) as replica:
        where = place(replica, at)
        user = acting(context)
        row_id = facilities.add_facility(replica, where, values, user=user, services=services or ())
        result(row_id)
        saved(replica, f"Registered {name} at {place_name(replica, where)}.")


@verb(
    app, "list", "linli facility list --kind 社区食堂 --service 送餐",
    day=RECORDED, states=BASELINE.lists.facility_statuses,
)  # fmt: skip
def list_(
    context: typer.Context,
    at: Within = "",
    kind: Annotated[str, typer.Option(metavar="KIND", help="Only this kind.")] = "",
    offering: Annotated[
        str, typer.Option("--service", metavar="SERVICE", help="Only those that offer it.")
    ] = "",
    every: All = False,
    limit: Limit = None,
    json: Json = False,
    csv: Csv = False,
) -> None:
    """Lists facilities and what they offer."""
    wanted = BASELINE.lists.facility_kinds.code("kind", kind) if kind else ""
    code = facilities.check_services([offering])[0] if offering else ""
    with open_node(context) as replica:
        fitting = _offering(replica, within(replica, at), wanted, code)
        rows = listed(active(fitting, facilities.CLOSED, every), limit, json or csv)
        card.listing(replica, rows, _listing(replica), json=json, csv=csv)


def _listing(replica: Replica) -> Listing:
    def cells(row: Mapping[str, Any]) -> tuple[Any, ...]:
        return (
            short(row["id"]),
            row["name"],
            name_of(replica, row["division#"]),
            title(FACILITY, "kind", row["kind"]).split("/")[0],
            title(FACILITY, "status", row["status"]),
            title(FACILITY, "services", row["services"]),
        )

    heads = ["id", "name", "division", "kind", "status", "services"]
    return Listing(FACILITY, heads, cells, folded=["name", "division", "kind", "services"])


def _offering(
    replica: Replica, division: str | None, kind: str, code: str
) -> Iterator[dict[str, Any]]:
    """The facilities of a kind, each once however many signs it bears, that offer a service."""
    today, signs = moments.today(replica), list(standing(replica, places.SIGN))
    for row in pages(replica, FACILITY, division):
        if kind and kind not in places.kinds_of(row, signs, today):
            continue
        if not code or code in row["services"]:
            yield row


@verb(app, "show", "linli facility show 南大街幸福食堂")
def show(context: typer.Context, facility: Facility, json: Json = False) -> None:
    """Shows one facility, the ticks and what is in conflict."""
    with open_node(context) as replica:
        row = find(replica, FACILITY, facility)
        card.show(replica, FACILITY, row, json)


@verb(app, "set", "linli facility set 南大街幸福食堂 status 停业整改 seats 40")
def set_(context: typer.Context, facility: Facility, pairs: Pairs) -> None:
    """Changes fields of a facility; an empty value empties the field."""
    with open_node(context) as replica:
        row = find(replica, FACILITY, facility)
        facilities.set_facility(replica, row["id"], paired(pairs), user=acting(context))
        saved(replica, f"Changed {', '.join(pairs[::2])} of {row['name']}.")


@verb(
    app,
    "close",
    "linli facility close 南大街幸福食堂 --reason 停业 --on 2026-11-01",
    "linli facility close 南大街幸福食堂 --reason 合并 --into 东关幸福食堂",
)
def close(
    context: typer.Context,
    facility: Facility,
    reason: Annotated[str, typer.Option(metavar="REASON", help="Such as 停业, 撤销, 合并.")],
    on: On = "",
    into: Annotated[
        str, typer.Option(metavar="FACILITY", help="Into which it was merged, for 合并.")
    ] = "",
) -> None:
    """Closes a facility with a dated reason; the record and its history stay."""
    with open_node(context) as replica:
        row = find(replica, FACILITY, facility)
        successor = find_id(replica, FACILITY, into) if into else ""
        user = acting(context)
        facilities.close_facility(replica, row["id"], reason, on, user=user, successor=successor)
        card.tell_closed(replica, FACILITY, row["id"])


@verb(app, "reopen", "linli facility reopen 南大街幸福食堂")
def reopen(context: typer.Context, facility: Facility) -> None:
    """Opens a facility again that was closed; date, reason and successor are emptied."""
    with open_node(context) as replica:
        row = find(replica, FACILITY, facility)
        facilities.reopen_facility(replica, row["id"], user=acting(context))
        saved(replica, f"{row['name']} is open again.")


facts.declare_all(app, "facility")
institution.declare(app)
history.declare(app, FACILITY, "linli facility history 南大街幸福食堂")


@verb(app, "meals", "linli facility meals 南大街幸福食堂 35")
def meals(
    context: typer.Context,
    facility: Facility,
    count: Annotated[int, typer.Argument(metavar="MEALS", help="Meals served since last told.")],
) -> None:
    """Adds meals to those that a facility has served."""
    with open_node(context) as replica:
        row = find(replica, FACILITY, facility)
        facilities.count_meals(replica, row["id"], count, user=acting(context))
        total = find(replica, FACILITY, row["id"])["meals_served"]
        saved(replica, f"{row['name']} has served {total} meals.")


@verb(service, "add", "linli facility service add 南大街幸福食堂 送餐 代购")
def service_add(context: typer.Context, facility: Facility, services: Services) -> None:
    """Adds services to those that a facility offers."""
    _offer(context, facility, services, ())


@verb(service, "remove", "linli facility service remove 南大街幸福食堂 代购")
def service_remove(context: typer.Context, facility: Facility, services: Services) -> None:
    """Takes services out of those that a facility offers."""
    _offer(context, facility, (), services)


def _offer(
    context: typer.Context, facility: str, more: Sequence[str], fewer: Sequence[str]
) -> None:
    with open_node(context) as replica:
        row = find(replica, FACILITY, facility)
        facilities.set_facility(
            replica, row["id"], {}, user=acting(context), add_services=more, remove_services=fewer
        )
        after = find(replica, FACILITY, row["id"])
        shown = title(FACILITY, "services", after["services"]) or "nothing"
        saved(replica, f"{row['name']} now offers: {shown}.")
