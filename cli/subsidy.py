"""`linli fund subsidy`: what facilities get for running, once a year, and for being built, once."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

import typer

from cli import card
from cli.card import Listing
from cli.grammar import Csv, Json, Limit, On, Within, sentences, verb
from cli.home import acting, open_node, saved, within
from cli.money import fen, yuan
from cli.narrowing import AMENDED
from cli.output import result
from cli.records import Names, find, listed, pages, short
from node.care import moments, subsidies
from node.care.amendments import state, void
from node.care.facilities import FACILITY
from node.care.subsidies import SUBSIDY
from node.care.titles import title
from node.language import said

app = sentences("What facilities get for running, once a year, and for being built, once.")

Facility = Annotated[str, typer.Argument(metavar="FACILITY", help="Id, part of an id, or name.")]


@verb(app, "operating", "linli fund subsidy operating 南大街幸福食堂 --year 2026")
def operating(
    context: typer.Context,
    facility: Facility,
    year: Annotated[int, typer.Option(metavar="YEAR", help="Such as 2026.")],
    on: On = "",
    document: Annotated[str, typer.Option(metavar="TEXT", help="The decision.")] = "",
) -> None:
    """Pays the operator of a facility for a year that its township found good."""
    with open_node(context) as replica:
        row = find(replica, FACILITY.name, facility)
        day, user = on or moments.today(replica), acting(context)
        id_, amount = subsidies.pay_operating(
            replica, row["id"], year, day, user=user, document=document
        )
        result(id_)
        saved(replica, f"{row['name']} gets {yuan(amount)} yuan for {year}.")


@verb(app, "building", "linli fund subsidy building 王家院幸福院 --amount 50000 --document 9号")
def building(
    context: typer.Context,
    facility: Facility,
    amount: Annotated[str, typer.Option(metavar="YUAN", help="Such as 300 or 12.50.")],
    document: Annotated[str, typer.Option(metavar="TEXT", help="The decision.")],
    on: On = "",
) -> None:
    """Pays a facility for being built, rebuilt or rented: once, ever."""
    with open_node(context) as replica:
        row = find(replica, FACILITY.name, facility)
        day, user = on or moments.today(replica), acting(context)
        result(subsidies.pay_building(
            replica, row["id"], fen(amount), day, user=user, document=document
        ))  # fmt: skip
        saved(replica, f"{row['name']} gets {amount} yuan for being built.")


@verb(app, "list", "linli fund subsidy list --at 赤城镇", day="paid_on", states=AMENDED)
def list_(
    context: typer.Context,
    at: Within = "",
    limit: Limit = None,
    json: Json = False,
    csv: Csv = False,
) -> None:
    """Lists what was paid; what was paid twice is told as doubled."""
    with open_node(context) as replica:
        names = Names(replica)
        twice = subsidies.doubled(subsidies.subsidies(replica))

        def told(row: Mapping[str, Any]) -> str:
            return "doubled" if row["id"] in twice and not void(row) else state(row)

        def cells(row: Mapping[str, Any]) -> tuple[Any, ...]:
            return (short(row["id"]), row["paid_on"], names.of(FACILITY.name, row["facility"]),
                    title(SUBSIDY.name, "kind", row["kind"]), row["year"] or "",
                    yuan(row["amount_fen"]), row["operator"], said(told(row)))  # fmt: skip

        heads = ["id", "paid_on", "facility", "kind", "#year", "#amount_fen", "operator", ""]
        how = Listing(
            SUBSIDY.name, heads, cells, folded=["facility", "operator"],
            more=lambda row: {"state": told(row)},
            named={"facility_name": lambda row: names.of(FACILITY.name, row["facility"])},
        )  # fmt: skip
        rows = pages(replica, SUBSIDY.name, within(replica, at))
        card.listing(replica, listed(rows, limit, json or csv), how, json=json, csv=csv)


@verb(app, "void", "linli fund subsidy void 7Q2M9K --reason 录错对象")
def void_(
    context: typer.Context,
    subsidy: Annotated[str, typer.Argument(metavar="SUBSIDY", help="Id, or part of an id.")],
    reason: Annotated[str, typer.Option(metavar="REASON", help="Name or code, such as 录错项目.")],
) -> None:
    """Voids a subsidy that was entered by mistake: it stays on the ledger."""
    with open_node(context) as replica:
        row = find(replica, SUBSIDY.name, subsidy)
        subsidies.strike(replica, row["id"], reason, user=acting(context))
        saved(replica, f"{short(row['id'])} is void.")
