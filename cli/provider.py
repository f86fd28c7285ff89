"""`linli provider`: who serves by contract, and what a month of a contract comes to."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from cli import derived, facts
from cli.grammar import Csv, Json, sentences, verb
from cli.home import acting, open_node, saved
from cli.money import yuan
from cli.output import result, say
from cli.records import find, short
from node.care import provided
from node.care.facts.providers import CONTRACT
from node.care.facts.writing import corrected
from node.language import said
from node.replica import Replica

app = sentences("Who serves by contract, and what a month of it comes to.")
facts.declare_all(app, "provider")

Contract = Annotated[str, typer.Argument(metavar="CONTRACT", help="Id, or part of an id.")]
Month = Annotated[str, typer.Option("--month", metavar="MONTH", help="Such as 2026-11.")]
_COLUMNS = ("month", "subject", "amount_fen", "adjusts")


def _contract(replica: Replica, typed: str) -> dict[str, Any]:
    return corrected(CONTRACT, find(replica, CONTRACT.name, typed))


@verb(app, "preview", "linli provider preview 7Q2M9K --month 2026-11")
def preview(
    context: typer.Context, contract: Contract, month: Month, json: Json = False, csv: Csv = False
) -> None:
    """Shows what a month of a contract comes to, line by line; writes nothing."""
    with open_node(context) as replica:
        found = provided.preview(replica, _contract(replica, contract), month)
        rows = [
            {
                "month": line.month,
                "subject": line.subject,
                "amount_fen": line.amount_fen,
                "adjusts": line.adjusts,
            }
            for line in found
        ]
        derived.show(
            rows,
            "provider_line",
            ["month", "subject", "#yuan", "what"],
            lambda row: (
                row["month"],
                short(row["subject"]),
                yuan(row["amount_fen"]),
                said("adjusted") if row["adjusts"] else "",
            ),
            json=json,
            csv=csv,
            columns=_COLUMNS,
        )
        total = yuan(sum(line.amount_fen for line in found))
        say(f"{len(found)} lines, {total} yuan in all.")


@verb(app, "close", "linli provider close 7Q2M9K --month 2026-11")
def close(context: typer.Context, contract: Contract, month: Month) -> None:
    """Closes a month of a contract: what comes later is adjusted in the next."""
    with open_node(context) as replica:
        row = _contract(replica, contract)
        id_, fen = provided.close(replica, row, month, user=acting(context))
        result(id_)
        saved(replica, f"Closed {month} of the contract {row['contract_no']!s}: {yuan(fen)} yuan.")
