"""`linli import divisions`: takes a list of places into the county's ledger.

What is new is added. Where the list contradicts the ledger nothing changes: a merger or a move is
for a person to decide, so the differences are printed.
"""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from cli import table
from cli.grammar import Json, sentences, verb
from cli.home import acting, code_of, open_node
from cli.output import as_json, counted, say
from node.care.policy import division_list
from node.division import read_list
from node.language import said
from node.members import Added, add_divisions
from node.replica import Replica

app = sentences("Takes in lists from files.")


@app.callback()
def lists() -> None:
    """Takes in lists from files."""


@verb(
    app,
    "divisions",
    "linli import divisions",
    "linli import divisions 赤城县.csv",
)
def divisions(
    context: typer.Context,
    file: Annotated[
        Path | None,
        typer.Argument(
            metavar="FILE",
            show_default=False,
            help="CSV: code,name,level,parent [default: the list that comes with Linli].",
        ),
    ] = None,
    json: Json = False,
) -> None:
    """Adds the divisions of a list to the county, and prints where the two differ."""
    with open_node(context) as replica:
        added = take_in(replica, file, acting(context))
        if json:
            found = [asdict(proposal) for proposal in added.proposals]
            as_json({"added": added.count, "differences": found})
        elif added.proposals:
            table.table(
                ["code", "what", "here", "in the list"],
                [(one.code, said(one.what), one.here, one.listed) for one in added.proposals],
                folded=["here", "in the list"],
            )
        say(f"Added {counted(added.count, 'division')}; {len(replica.tree)} are known here.")
        if added.proposals:
            differences = counted(len(added.proposals), "difference")
            say(f"{differences} changed nothing: what is recorded here stays.")


def take_in(replica: Replica, file: Path | None, user: str) -> Added:
    """Takes in a file, or the list of this county that comes with Linli.

    Raises:
        Refused: This node is not the county's.
        UsageError: The list does not fit, or there is none.
    """
    path = file or division_list(code_of(replica, replica.division))
    return add_divisions(replica, read_list(path), user=user)
