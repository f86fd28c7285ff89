"""`linli meal check|subsidy`: what to look at in the canteens, and what their operators are due."""

from __future__ import annotations

from typing import Annotated

import typer

from cli import table as tables
from cli.grammar import Csv, Json, On, Within, verb
from cli.home import name_of, open_node, within
from cli.money import yuan
from cli.output import as_json, say
from node.care import moments
from node.care.canteen.reading import year_of
from node.care.facilities import FACILITY
from node.care.facts import premises
from node.care.facts.kitchens import CROWDED, FEEDING, KITCHEN, LICENCE, SHORT, questions
from node.care.facts.writing import standing
from node.care.headings import heading
from node.care.meals.subsidy import Operated, subsidies
from node.care.parameters import publishing
from node.language import said


def declare(app: typer.Typer) -> None:
    """Adds the sentences to the noun."""
    _declare_check(app)
    _declare_subsidy(app)


def question_word(code: str) -> str:
    """What is asked about, in words."""
    words = {
        LICENCE: said("no valid licence"),
        FEEDING: said("no active kitchen"),
        CROWDED: said("more diners than seats"),
        SHORT: said("more served than sent"),
    }
    return words[code]


def _declare_check(app: typer.Typer) -> None:
    @verb(app, "check", "linli meal check", "linli meal check --on 2026-11-03 --at 定昌镇")
    def check(
        context: typer.Context, on: On = "", at: Within = "", json: Json = False, csv: Csv = False
    ) -> None:
        """Lists what to look at in canteens on a day: licences, kitchens of points, full rooms."""
        with open_node(context) as replica:
            scope, day = within(replica, at), on or moments.today(replica)
            rows = {row["id"]: row for row in replica.rows(FACILITY.name, scope)}
            found = questions(
                standing(replica, KITCHEN, scope), standing(replica, premises.MEALS, scope),
                rows, day,
            )  # fmt: skip
            if json:
                as_json([one._asdict() for one in found])
                return
            heads = ["division", "facility", "what", "details"]
            cells = [
                (name_of(replica, rows[one.facility]["division#"]), rows[one.facility]["name"],
                 question_word(one.code), one.what)
                for one in found if one.facility in rows
            ]  # fmt: skip
            if csv:
                names = ("division_name", "facility_name", "state", "reason")
                tables.as_csv([heading("meal_sheet", name) for name in names], cells)
                return
            tables.table(heads, cells, folded=["division", "facility", "what"])


def _declare_subsidy(app: typer.Typer) -> None:
    @verb(app, "subsidy", "linli meal subsidy --year 2026")
    def subsidy(
        context: typer.Context,
        year: Annotated[
            int, typer.Option("--year", metavar="YEAR", show_default=False,
                              help="Default: this year.")
        ] = 0,
        at: Within = "",
        json: Json = False,
        csv: Csv = False,
    ) -> None:  # fmt: skip
        """Lists what operators of canteens are due for a year: a passed evaluation, once each."""
        with open_node(context) as replica:
            on = year or year_of(moments.today(replica))
            last = f"{on}-12-31"
            parameters = publishing.needed(replica)
            rows = {row["id"]: row for row in replica.rows(FACILITY.name, within(replica, at))}
            canteens = [
                Operated(
                    row["id"], row["operator"] or "",
                    parameters.canteens.on(last, replica.tree.code_on(row["division#"], last)),
                )
                for row in rows.values() if row["kind"] == "CT"
            ]  # fmt: skip
            found = subsidies(canteens, standing(replica, premises.EVALUATION), on)
            if json:
                as_json([one._asdict() for one in found])
                return
            heads = ["facility", "operator", "#score", "#yuan", "reason"]
            cells = [
                (rows[one.facility]["name"], one.operator, "" if one.score is None else one.score,
                 yuan(one.fen), said(one.reason) if one.reason else "")
                for one in found
            ]  # fmt: skip
            if csv:
                names = [
                    heading("facility", "name"), heading("facility", "operator"),
                    heading("facility_evaluation", "score"), heading("meal_sheet", "pays_fen"),
                    heading("meal_sheet", "reason"),
                ]  # fmt: skip
                tables.as_csv(names, cells)
                return
            tables.table(heads, cells, folded=["facility", "operator", "reason"])
            say(f"{yuan(sum(one.fen for one in found))} yuan are due for {on}.")
