"""`linli meal settle|sheet|over`: the county's month of meals, and what each canteen gets of it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated, Any

import typer

from cli import table as tables
from cli.grammar import Csv, Json, Within, verb
from cli.home import acting, code_of, name_of, open_node, saved, within
from cli.money import yuan
from cli.output import as_json, result, say
from cli.records import Names, short
from node.care.canteen import closing
from node.care.canteen.tables import LINE
from node.care.facilities import FACILITY
from node.care.headings import heading
from node.care.meals.month import OVER, PAID, SECOND, VOID, WAITS
from node.care.meals.sheet import MealSheet
from node.care.people import PERSON
from node.care.settlement.closing import check_month
from node.care.titles import title
from node.language import said
from node.replica import Replica

Month = Annotated[str, typer.Option("--month", metavar="MONTH", help="Such as 2026-11.")]

_COLUMNS = (
    "division", "division_name", "facility", "facility_name", "period", "meal", "person",
    "served_on", "meal_time", "list_fen", "discount_fen", "quota_fen", "over_fen", "pays_fen",
    "state", "reason",
)  # fmt: skip


def state_word(state: str) -> str:
    """What became of a meal in a settled month, in words."""
    words = {
        PAID: said("paid"),
        OVER: said("paid in part"),
        SECOND: said("second meal"),
        WAITS: said("waits"),
        VOID: said("void"),
    }
    return words.get(state, state)


def declare(app: typer.Typer) -> None:
    """Adds the sentences of a month to the noun."""
    _declare_settle(app)
    _declare_sheet(app)
    _declare_over(app)


def _declare_settle(app: typer.Typer) -> None:
    @verb(app, "settle", "linli meal settle --month 2026-11")
    def settle(context: typer.Context, month: Month, json: Json = False, csv: Csv = False) -> None:
        """Settles a month of meals over all canteens; the county's word, once for each month."""
        with open_node(context) as replica:
            period = check_month(month)
            count = closing.settle(replica, period, user=acting(context))
            _print(replica, closing.sheets(replica, period), json, csv)
            if count:
                saved(replica, f"Settled {count} lines of {period}.")
            else:
                say(f"There is nothing to settle for {period}.")


def _declare_sheet(app: typer.Typer) -> None:
    @verb(
        app,
        "sheet",
        "linli meal sheet --month 2026-11 --at 定昌镇",
        "linli meal sheet --month 2026-11 --raw",
    )
    def sheet(
        context: typer.Context,
        month: Month,
        at: Within = "",
        raw: Annotated[
            bool, typer.Option("--raw", help="Print the very bytes, a canteen a line.")
        ] = False,
        json: Json = False,
        csv: Csv = False,
    ) -> None:
        """Shows the settled month of each canteen that is here: the same on every node."""
        with open_node(context) as replica:
            found = closing.sheets(replica, check_month(month), within(replica, at))
            if raw:
                for one in found:
                    result(one.encoded().decode())
                return
            _print(replica, found, json, csv)


def _print(replica: Replica, found: list[MealSheet], json: bool, csv: bool) -> None:
    names = Names(replica)
    if json:
        as_json([_stated(replica, one) for one in found])
        return
    if csv:
        headings = [heading("meal_sheet", name) for name in _COLUMNS]
        tables.as_csv(headings, _csv_rows(replica, names, found))
        return
    heads = [
        "division", "canteen", "#meals", "#list", "#discount", "#quota", "#borne", "#pays", "digest"
    ]  # fmt: skip
    rows = [
        (
            name_of(replica, one.division), names.of(FACILITY.name, one.facility),
            one.sums["meals"],
            *(yuan(one.sums[f"{name}_fen"]) for name in ("list", "discount", "quota", "over")),
            yuan(one.sums["pays_fen"]), one.digest[:8],
        )
        for one in found
    ]  # fmt: skip
    tables.table(heads, rows, folded=["division", "canteen"])
    say(f"{len(found)} canteens, {yuan(sum(one.sums['pays_fen'] for one in found))} yuan to pay.")


def _stated(replica: Replica, one: MealSheet) -> dict[str, Any]:
    lines = [{**line._asdict(), "pays_fen": line.pays_fen} for line in one.lines]
    return {
        "period": one.period, "division": code_of(replica, one.division), "facility": one.facility,
        "digest": one.digest, "sums": one.sums, "lines": lines,
    }  # fmt: skip


def _csv_rows(replica: Replica, names: Names, found: list[MealSheet]) -> Iterable[tuple[Any, ...]]:
    for one in found:
        for line in one.lines:
            yield (
                code_of(replica, one.division), name_of(replica, one.division), one.facility,
                names.of(FACILITY.name, one.facility), one.period, line.meal,
                line.person, line.served_on, title(LINE.name, "meal_time", line.meal_time),
                yuan(line.list_fen), yuan(line.discount_fen), yuan(line.quota_fen),
                yuan(line.over_fen), yuan(line.pays_fen), state_word(line.state),
                said(line.reason) if line.reason else "",
            )  # fmt: skip


def _declare_over(app: typer.Typer) -> None:
    @verb(app, "over", "linli meal over --at 定昌镇")
    def over(context: typer.Context, at: Within = "", json: Json = False, csv: Csv = False) -> None:
        """Lists what canteens gave beyond quotas and rights: they bear it, never the elder."""
        with open_node(context) as replica:
            names = Names(replica)
            found = list(closing.overs(replica, within(replica, at)))
            shown = ("meal", "facility", "person", "served_on", "over_fen", "reason")
            if json:
                as_json([{name: row[name] for name in shown} for row in found])
                return
            rows = [
                (
                    short(row["meal"]), row["served_on"],
                    names.of(FACILITY.name, row["facility"]),
                    names.of(PERSON.name, row["person"]), yuan(row["over_fen"]),
                    said(row["reason"]),
                )
                for row in found
            ]  # fmt: skip
            if csv:
                columns = ("meal", "served_on", "facility", "person", "over_fen", "reason")
                tables.as_csv([heading("meal_sheet", name) for name in columns], rows)
                return
            heads = ["meal", "served_on", "canteen", "person", "#borne", "reason"]
            tables.table(heads, rows, folded=["canteen", "person", "reason"])
            say(f"{yuan(sum(row['over_fen'] for row in found))} yuan are borne by canteens.")
