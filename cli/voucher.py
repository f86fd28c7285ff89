"""`linli benefit vouchers`: what is left of subsidies that are spent as services."""

from __future__ import annotations

import typer

from cli import derived
from cli.grammar import Csv, Json, Within, verb
from cli.home import code_of, name_of, open_node, within
from cli.money import yuan
from cli.records import Names, short
from node.care import moments
from node.care.facts.entrusted import SPENDING, VOUCHER, left_of, told
from node.care.facts.writing import standing
from node.care.parameters import publishing
from node.language import said


def declare(app: typer.Typer) -> None:
    """Adds the list to the noun."""

    @verb(app, "vouchers", "linli benefit vouchers --at 赤城镇")
    def vouchers(
        context: typer.Context, at: Within = "", json: Json = False, csv: Csv = False
    ) -> None:
        """Lists vouchers with what is left of each, or has lapsed; most is left first."""
        with open_node(context) as replica:
            today, names = moments.today(replica), Names(replica)
            rules = publishing.needed(replica).vouchers.on(today)
            spendings, rows = list(standing(replica, SPENDING)), []
            for one in standing(replica, VOUCHER, within(replica, at)):
                left, lapsed = left_of(one, spendings, today, rules.keep_months if rules else 0)
                rows.append(
                    {
                        "division": code_of(replica, one["division#"]),
                        "division_name": name_of(replica, one["division#"]),
                        "id": one["id"],
                        "person": one["person"],
                        "person_name": names.of("person", one["person"]),
                        "month": one["month"],
                        "amount_fen": one["amount_fen"],
                        "left_fen": left,
                        "lapsed_fen": lapsed,
                    }
                )
            rows.sort(key=lambda row: (-row["left_fen"], row["month"], row["id"]))
            derived.show(
                rows,
                "voucher_left",
                ["id", "who", "month", "#yuan", "what"],
                lambda row: (
                    short(row["id"]),
                    row["person_name"],
                    row["month"],
                    yuan(row["amount_fen"]),
                    said(told(row, row["left_fen"], row["lapsed_fen"])),
                ),
                folded=["who", "what"],
                json=json,
                csv=csv,
            )
