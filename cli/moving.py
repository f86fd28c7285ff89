"""`linli person move|moves|forward`: people who move from one village to another.

A node above both villages carries the record on; what the old village still writes is carried by
`linli serve` and `linli sync` by themselves, and by `forward` where neither runs.
"""

from __future__ import annotations

from typing import Annotated, Any

import typer

from cli import table
from cli.grammar import Csv, Json, On, Within, verb
from cli.home import acting, code_of, name_of, open_node, saved, within
from cli.output import as_json, counted, result, say
from cli.records import find, short
from node.care import forwarding
from node.care.forwarding import Forwarding
from node.care.headings import heading
from node.care.moves import Move, move, moves, went
from node.care.people import PERSON
from node.replica import Replica

_COLUMNS = (
    "person", "name", "into", "from_division", "from_name", "to_division", "to_name",
    "moved_on", "document", "left",
)  # fmt: skip

Person = Annotated[str, typer.Argument(metavar="PERSON", help="Id, part of an id, or name.")]
To = Annotated[str, typer.Option("--to", metavar="VILLAGE", help="Code or name of the village.")]
Document = Annotated[str, typer.Option(metavar="TEXT", help="The paper behind it.")]


def declare(app: typer.Typer) -> None:
    """Adds the sentences about people who move."""

    @verb(
        app, "move", "linli person move 王桂兰 --to 东关村", "linli person move 5F2K --to 东关村"
        " --on 2026-11-01 --document 迁字3号",
    )  # fmt: skip
    def move_(
        context: typer.Context, person: Person, to: To, on: On = "", document: Document = ""
    ) -> None:
        """Carries a person's record into another village and prints the id of the new one."""
        with open_node(context) as replica:
            row = find(replica, PERSON.name, person)
            there = replica.tree.find(to).id
            user = acting(context)
            into = move(replica, row["id"], there, on, user=user, document=document)
            replica.seal()
            Forwarding().run(replica, user=user)
            result(into)
            saved(replica, f"{row['name']} has moved to {name_of(replica, there)}.")
            say("Benefits end with the month; from the next on they are decided anew.")

    @verb(app, "moves", "linli person moves --at 赤城镇", "linli person moves --csv")
    def moves_(
        context: typer.Context, at: Within = "", json: Json = False, csv: Csv = False
    ) -> None:
        """Lists who moved, and what the old village wrote since that nobody has looked at."""
        with open_node(context) as replica:
            scope = within(replica, at)
            below = None if scope is None else set(replica.tree.below(scope))
            found = [
                one for one in moves(replica)
                if below is None or not below.isdisjoint((one.origin, one.destination))
            ]  # fmt: skip
            _print(replica, found, json, csv)

    @verb(app, "forward", "linli person forward")
    def forward(context: typer.Context) -> None:
        """Carries on what has come for people who moved, into the records that are kept."""
        with open_node(context) as replica:
            replica.seal()
            count = Forwarding().run(replica, user=acting(context))
            if count:
                saved(replica, f"Carried {counted(count, 'change')}.")
            else:
                say("There is nothing to carry.")


def _print(replica: Replica, found: list[Move], json: bool, csv: bool) -> None:
    lines = [(one, forwarding.left(replica, one)) for one in found]
    cells = [
        (
            one.person, _name(replica, one), one.into, code_of(replica, one.origin),
            name_of(replica, one.origin), code_of(replica, one.destination),
            name_of(replica, one.destination), one.moved_on, one.document,
            {each.field: each.says for each in left},
        )
        for one, left in lines
    ]  # fmt: skip
    if json:
        as_json([dict(zip(_COLUMNS, row, strict=True)) for row in cells])
        return
    if csv:
        table.as_csv([heading("person_move", name) for name in _COLUMNS], [
            (*row[:-1], _words(row[-1])) for row in cells
        ])  # fmt: skip
        return
    heads = ["id", "name", "from", "to", "on", "to look at"]
    table.table(heads, [
        (short(row[0]), row[1], row[4], row[6], row[7], _words(row[-1])) for row in cells
    ], folded=["to look at"])  # fmt: skip


def _words(left: dict[str, str]) -> str:
    return "; ".join(f"{heading('person', name)}: {says or '-'}" for name, says in left.items())


def _name(replica: Replica, one: Move) -> str:
    row = replica.row(PERSON.name, one.into) or replica.row(PERSON.name, one.person)
    return row["name"] if row else ""


def lines(replica: Replica, person: str) -> tuple[list[tuple[str, str]], dict[str, Any]]:
    """What the card of a person says about moves: lines, and JSON."""
    gone = went(replica, person)
    came = next((one for one in moves(replica, person) if one.into == person), None)
    told = []
    if gone is not None:
        told.append(("moved to", f"{name_of(replica, gone.destination)} {gone.moved_on}"))
    if came is not None:
        told.append(("moved from", f"{name_of(replica, came.origin)} {came.moved_on}"))
    return told, {
        "moved_to": gone.into if gone else None,
        "moved_from": came.person if came else None,
    }
