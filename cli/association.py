"""`linli association`: associations of the disabled, mutual-aid groups and teams of volunteers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

import typer

from cli import card, facts, history, liaising
from cli.card import Listing
from cli.grammar import All, Csv, Json, Limit, On, Pairs, Place, Within, sentences, verb
from cli.home import acting, name_of, open_node, place, place_name, saved, within
from cli.narrowing import RECORDED
from cli.output import result
from cli.records import Names, active, find, find_id, given, listed, pages, paired, short
from node.care.associations import register
from node.care.policy import BASELINE
from node.care.titles import title
from node.replica import Replica

ASSOCIATION = register.ASSOCIATION.name

app = sentences("Associations of the disabled, and other groups.")

Association = Annotated[
    str, typer.Argument(metavar="ASSOCIATION", help="Id, part of an id, or name.")
]


@verb(
    app,
    "add",
    "linli association add 南大街村残协 --kind 村残协 --at 南大街 --founded-on 2019-06-01",
)
def add(
    context: typer.Context,
    name: Annotated[str, typer.Argument(metavar="NAME", help="Its full name.")],
    kind: Annotated[str, typer.Option(metavar="KIND", help="Such as 村残协, 企业残协.")],
    at: Place = "",
    founded_on: Annotated[str, typer.Option(metavar="DATE", help="Such as 2019-06-01.")] = "",
    legal_status: Annotated[
        str, typer.Option(metavar="STATUS", help="未登记, 备案 or 社团法人.")
    ] = "",
    registration_no: Annotated[
        str, typer.Option(metavar="TEXT", help="Under which it is a legal person.")
    ] = "",
    pilot_round: Annotated[
        str, typer.Option(metavar="ROUND", help="In which it tries out to be one.")
    ] = "",
    venue: Annotated[
        str, typer.Option(metavar="FACILITY", help="Whose rooms it uses; id or name.")
    ] = "",
    parent: Annotated[
        str, typer.Option(metavar="ASSOCIATION", help="The group above, of a team.")
    ] = "",
    phone: Annotated[str, typer.Option(metavar="PHONE", help="Where it is reached.")] = "",
) -> None:
    """Registers an association or another group and prints the id."""
    with open_node(context) as replica:
        values = given(
            name=name,
            kind=kind,
            founded_on=founded_on,
            legal_status=legal_status,
            registration_no=registration_no,
            pilot_round=pilot_round,
            venue=find_id(replica, "facility", venue) if venue else "",
            parent=find_id(replica, ASSOCIATION, parent) if parent else "",
            phone=phone,
        )
        where = place(replica, at)
        result(register.add_association(replica, where, values, user=acting(context)))
        saved(replica, f"Registered {name} at {place_name(replica, where)}.")


@verb(
    app, "list", "linli association list --kind 村残协 --at 赤城镇",
    day=RECORDED, states=BASELINE.lists.association_statuses,
)  # fmt: skip
def list_(
    context: typer.Context,
    at: Within = "",
    kind: Annotated[str, typer.Option(metavar="KIND", help="Only this kind.")] = "",
    every: All = False,
    limit: Limit = None,
    json: Json = False,
    csv: Csv = False,
) -> None:
    """Lists associations and other groups."""
    where = {"kind": BASELINE.lists.association_kinds.code("kind", kind)} if kind else None
    with open_node(context) as replica:
        here = pages(replica, ASSOCIATION, within(replica, at), where)
        rows = listed(active(here, register.CLOSED, every), limit, json or csv)
        card.listing(replica, rows, _listing(replica), json=json, csv=csv)


def _listing(replica: Replica) -> Listing:
    names = Names(replica)

    def cells(row: Mapping[str, Any]) -> tuple[Any, ...]:
        return (
            short(row["id"]),
            row["name"],
            name_of(replica, row["division#"]),
            title(ASSOCIATION, "kind", row["kind"]),
            title(ASSOCIATION, "legal_status", row["legal_status"]),
            names.of("facility", row["venue"]),
        )

    heads = ["id", "name", "division", "kind", "legal_status", "venue"]
    return Listing(ASSOCIATION, heads, cells, folded=["name", "division", "venue"])


@verb(app, "show", "linli association show 南大街村残协")
def show(context: typer.Context, association: Association, json: Json = False) -> None:
    """Shows one association, the ticks and what is in conflict."""
    with open_node(context) as replica:
        names = Names(replica)
        told = {
            "venue": lambda value: names.of("facility", value),
            "parent": lambda value: names.of(ASSOCIATION, value),
        }
        row = find(replica, ASSOCIATION, association)
        card.show(replica, ASSOCIATION, row, json, shown=told)


@verb(app, "set", "linli association set 南大街村残协 legal_status 备案 venue 南大街幸福院")
def set_(context: typer.Context, association: Association, pairs: Pairs) -> None:
    """Changes fields of an association; an empty value empties the field."""
    with open_node(context) as replica:
        row = find(replica, ASSOCIATION, association)
        changes = paired(pairs)
        for field, table in (("venue", "facility"), ("parent", ASSOCIATION)):
            if changes.get(field):
                changes[field] = find_id(replica, table, changes[field])
        register.set_association(replica, row["id"], changes, user=acting(context))
        saved(replica, f"Changed {', '.join(changes)} of {row['name']}.")


@verb(app, "close", "linli association close 南大街村残协 --reason 合并 --on 2026-11-01")
def close(
    context: typer.Context,
    association: Association,
    reason: Annotated[str, typer.Option(metavar="REASON", help="Such as 合并, 解散.")],
    on: On = "",
) -> None:
    """Closes an association with a dated reason; the record and its history stay."""
    with open_node(context) as replica:
        row = find(replica, ASSOCIATION, association)
        register.close_association(replica, row["id"], reason, on, user=acting(context))
        card.tell_closed(replica, ASSOCIATION, row["id"])


@verb(app, "reopen", "linli association reopen 南大街村残协")
def reopen(context: typer.Context, association: Association) -> None:
    """Opens an association again that was closed; the date and the reason are emptied."""
    with open_node(context) as replica:
        row = find(replica, ASSOCIATION, association)
        register.reopen_association(replica, row["id"], user=acting(context))
        saved(replica, f"{row['name']} is open again.")


groups = facts.declare_all(app, "association")
history.declare(app, ASSOCIATION, "linli association history 南大街村残协")

liaising.declare(app, groups)
