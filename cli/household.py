"""`linli household`: the homes in which people live together, and who belongs to each.

People join a household by their own record: `linli person set NAME household ID relation 配偶`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated, Any

import typer

from cli import card, history
from cli.card import Listing
from cli.grammar import All, Csv, Json, Limit, Note, Pairs, Place, Within, sentences, verb
from cli.home import acting, name_of, open_node, place_name, saved, village, within
from cli.narrowing import RECORDED
from cli.output import result
from cli.records import Names, active, find, find_id, given, listed, pages, paired, short
from node.care import households
from node.care.policy import BASELINE
from node.care.titles import title
from node.errors import UsageError
from node.replica import Replica

HOUSEHOLD = households.HOUSEHOLD.name
_CLOSED = frozenset({"closed"})

app = sentences("Households, and who belongs to each.")
group = sentences("The groups that a household belongs to, such as 低保户.")
app.add_typer(group, name="group")

Household = Annotated[
    str, typer.Argument(metavar="HOUSEHOLD", help="Id, part of an id, or name of a member.")
]
Groups = Annotated[list[str], typer.Argument(metavar="GROUP", help="Name or code of a group.")]


@verb(app, "add", "linli household add 南大街12号 --head 王桂兰 --group 低保户")
def add(
    context: typer.Context,
    address: Annotated[str, typer.Argument(metavar="ADDRESS", help="Where they live.")],
    at: Place = "",
    head: Annotated[str, typer.Option(metavar="PERSON", help="Id, part of it, or name.")] = "",
    phone: Annotated[str, typer.Option(metavar="PHONE", help="Where they are reached.")] = "",
    groups: Annotated[
        list[str] | None, typer.Option("--group", metavar="GROUP", help="May be repeated.")
    ] = None,
    note: Note = "",
) -> None:
    """Registers a household in a village and prints the id."""
    with open_node(context) as replica:
        values = given(
            address=address,
            head=find_id(replica, "person", head) if head else "",
            phone=phone,
            note=note,
        )
        where = village(replica, at)
        user = acting(context)
        row_id = households.add_household(replica, where, values, user=user, groups=groups or ())
        result(row_id)
        saved(replica, f"Registered the household {address} in {place_name(replica, where)}.")


@verb(
    app, "list", "linli household list --at 赤城镇",
    day=RECORDED, states=BASELINE.lists.household_statuses,
)  # fmt: skip
def list_(
    context: typer.Context,
    at: Within = "",
    every: All = False,
    limit: Limit = None,
    json: Json = False,
    csv: Csv = False,
) -> None:
    """Lists households, their heads and how many belong to each."""
    with open_node(context) as replica:
        here = pages(replica, HOUSEHOLD, within(replica, at))
        rows = listed(active(here, _CLOSED, every), limit, json or csv)
        card.listing(replica, rows, _listing(replica), json=json, csv=csv)


def _listing(replica: Replica) -> Listing:
    names = Names(replica)

    def cells(row: Mapping[str, Any]) -> tuple[Any, ...]:
        return (
            short(row["id"]),
            row["address"],
            name_of(replica, row["division#"]),
            names.of("person", row["head"]),
            _count(replica, row),
            title(HOUSEHOLD, "groups", row["groups"]),
        )

    return Listing(
        HOUSEHOLD,
        ["id", "address", "division", "head", "#members", "groups"],
        cells,
        folded=["address", "division", "head", "groups"],
        more=lambda row: {"members": _count(replica, row)},
        named={
            "head_name": lambda row: names.of("person", row["head"]),
            "members": lambda row: str(_count(replica, row)),
        },
    )


def _count(replica: Replica, row: Mapping[str, Any]) -> int:
    return len(households.members(replica, row))


def _find(replica: Replica, typed: str) -> dict[str, Any]:
    """A household by its id, or by the name of somebody who belongs to it.

    Raises:
        UsageError: None fits, or several do.
    """
    try:
        return find(replica, HOUSEHOLD, typed)
    except UsageError:
        people = replica.rows("person", where={"name": typed.strip()})
        ids = sorted({person["household"] for person in people if person["household"]})
        if len(ids) != 1 or replica.row(HOUSEHOLD, ids[0]) is None:
            raise
        return find(replica, HOUSEHOLD, ids[0])


@verb(app, "show", "linli household show 王桂兰")
def show(context: typer.Context, household: Household, json: Json = False) -> None:
    """Shows one household and who belongs to it, the ticks and what is in conflict."""
    with open_node(context) as replica:
        row = _find(replica, household)
        names = Names(replica)
        members = households.members(replica, row)
        card.show(
            replica,
            HOUSEHOLD,
            row,
            json,
            shown={"head": lambda head: f"{names.of('person', head)} ({head})" if head else ""},
            more=[(f"member {short(one['id'])}", _member(one)) for one in members],
            stated_more={"members": [_stated(one) for one in members]},
        )


def _member(person: Mapping[str, Any]) -> str:
    relation = title("person", "relation", person["relation"])
    closed = title("person", "status", person["status"]) if person["status"] == "closed" else ""
    return " ".join(filter(None, (person["name"], relation, person["birth_date"], closed)))


def _stated(person: Mapping[str, Any]) -> dict[str, Any]:
    return {name: person[name] for name in ("id", "name", "relation", "birth_date", "status")}


@verb(app, "set", "linli household set 王桂兰 phone 0313-6312345")
def set_(context: typer.Context, household: Household, pairs: Pairs) -> None:
    """Changes fields of a household; an empty value empties the field."""
    with open_node(context) as replica:
        row = _find(replica, household)
        changes: dict[str, Any] = paired(pairs)
        if changes.get("head"):
            changes["head"] = find_id(replica, "person", changes["head"])
        households.set_household(replica, row["id"], changes, user=acting(context))
        saved(replica, f"Changed {', '.join(changes)} of the household {short(row['id'])}.")


history.declare(app, HOUSEHOLD, "linli household history 7Q2M9K")


@verb(group, "add", "linli household group add 王桂兰 低保户")
def group_add(context: typer.Context, household: Household, groups: Groups) -> None:
    """Adds a household to groups."""
    _regroup(context, household, groups, ())


@verb(group, "remove", "linli household group remove 王桂兰 低保户")
def group_remove(context: typer.Context, household: Household, groups: Groups) -> None:
    """Takes a household out of groups."""
    _regroup(context, household, (), groups)


def _regroup(
    context: typer.Context, household: str, more: Sequence[str], fewer: Sequence[str]
) -> None:
    with open_node(context) as replica:
        row = _find(replica, household)
        households.set_household(
            replica, row["id"], {}, user=acting(context), add_groups=more, remove_groups=fewer
        )
        after = find(replica, HOUSEHOLD, row["id"])
        shown = title(HOUSEHOLD, "groups", after["groups"]) or "no group"
        saved(replica, f"The household {short(row['id'])} is now in: {shown}.")
