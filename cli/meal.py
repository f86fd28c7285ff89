"""`linli meal`: the till of a canteen, the quota of a person, and the county's month of meals.

A keeper sees whether a person is entitled, the rate and what this box may still spend, and nothing
else of a neighbour's elder.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Annotated, Any

import typer

from cli import card, history, meal_check, meal_right
from cli.card import Listing
from cli.grammar import Csv, Json, Limit, Note, On, Within, sentences, verb
from cli.home import acting, name_of, open_node, saved, within
from cli.meal_sheet import declare as declare_sheets
from cli.meal_sheet import state_word
from cli.money import fen, yuan
from cli.narrowing import AMENDED
from cli.output import as_json, result, say
from cli.records import Names, find, given, listed, short
from cli.table import fields as show_fields
from node.care import moments, rows
from node.care.amendments import state
from node.care.canteen import till
from node.care.canteen.reading import (
    Diner,
    box,
    diner,
    diners,
    entitled,
    lines_of,
    quota_of,
    rights_of,
    told_of,
    year_of,
)
from node.care.canteen.tables import MEAL
from node.care.facilities import FACILITY
from node.care.facts.writing import corrected
from node.care.meals.quota import Year
from node.care.money import THOUSAND
from node.care.titles import title
from node.errors import UsageError
from node.language import said
from node.replica import Replica

app = sentences("Meals at canteens, and the quota that pays for them.")

Meal = Annotated[str, typer.Argument(metavar="MEAL", help="Id, or part of an id.")]
Person = Annotated[str, typer.Argument(metavar="PERSON", help="Id, part of an id, or name.")]
Reason = Annotated[
    str, typer.Option(metavar="REASON", help="Name or code, such as 录错对象 or L06.")
]
Canteen = Annotated[
    str, typer.Option("--at", metavar="CANTEEN", help="Id, part of an id, or name.")
]
Time = Annotated[str, typer.Option(metavar="TIME", help="breakfast, lunch or dinner; or 午餐.")]
Mode = Annotated[str, typer.Option(metavar="MODE", help="堂食, 自取 or 送餐.")]
OfYear = Annotated[
    int, typer.Option("--year", metavar="YEAR", show_default=False, help="Default: this year.")
]
_TIMES = {"breakfast": "ZA", "lunch": "WU", "dinner": "WA"}


def meal_time(typed: str) -> str:
    """The meal time as the list knows it: people may type the English word."""
    return _TIMES.get(typed.strip().casefold(), typed)


def one_diner(replica: Replica, typed: str) -> Diner:
    """The person who is meant at this till.

    Raises:
        UsageError: Nobody fits, or several do.
    """
    found = diners(replica, typed)
    if len(found) == 1:
        return found[0]
    if not found:
        raise UsageError(
            f"Nobody called {typed[:60]!r} is known at this till.",
            hint="Who lives elsewhere is made known by the county:"
            " linli meal right ask NAME --lives-at VILLAGE --amount YUAN",
        )
    listed_ = ", ".join(f"{one.id} {one.name} {name_of(replica, one.home)}" for one in found[:5])
    raise UsageError(
        f"Several fit {typed[:60]!r}: {listed_}.", hint="Give the id of the one you mean."
    )


@verb(app, "sell", "linli meal sell 王桂兰 --at 幸福食堂 --time lunch --price 15")
def sell(
    context: typer.Context,
    person: Person,
    at: Canteen,
    time: Time,
    price: Annotated[str, typer.Option(metavar="YUAN", help="The list price, such as 15.")],
    on: On = "",
    mode: Mode = "",
    note: Note = "",
    reason: Annotated[
        str, typer.Option(metavar="REASON", help="Of a late entry, such as 纸质补录.")
    ] = "",
    json: Json = False,
) -> None:
    """Sells a meal: prints the id, and says what the person pays."""
    with open_node(context) as replica:
        facility = find(replica, FACILITY.name, at)["id"]
        who = one_diner(replica, person)
        one = till.order(
            replica, who, facility, meal_time(time), fen(price), on=on, mode=mode, note=note
        )
        sale = till.sell(replica, one, user=acting(context), reason=reason)
        if json:
            as_json(_stated_sale(replica, sale))
        else:
            result(sale.id)
        parts = sale.price
        say(
            f"{who.name} pays {yuan(parts.self_pay_fen)} of {yuan(parts.list_fen)} yuan; the quota"
            f" pays {yuan(parts.quota_fen)}, reserved until the county settles."
        )
        if sale.reason:
            say(said(sale.reason))
        saved(replica, f"Sold at {one.facility['name']}.")


def _stated_sale(replica: Replica, sale: till.Sale) -> dict[str, Any]:
    row = replica.row(MEAL.name, sale.id)
    assert row is not None
    more = {"right_left_fen": sale.left_fen, "reason": sale.reason}
    return {**card.stated(replica, MEAL.name, row), **more}


@verb(app, "list", "linli meal list --since 2026-11-01 --canteen 幸福食堂", states=AMENDED)
def list_(
    context: typer.Context,
    at: Within = "",
    since: Annotated[str, typer.Option(metavar="DATE", help="From this day on.")] = "",
    until: Annotated[str, typer.Option(metavar="DATE", help="Up to this day.")] = "",
    canteen: Annotated[str, typer.Option(metavar="CANTEEN", help="Only of this canteen.")] = "",
    of: Annotated[str, typer.Option("--of", metavar="PERSON", help="Only of this person.")] = "",
    flagged: Annotated[
        bool, typer.Option("--flagged", help="Only second meals of a meal time, and what is over.")
    ] = False,
    limit: Limit = None,
    json: Json = False,
    csv: Csv = False,
) -> None:
    """Lists meals as corrections leave them; `--at` is where the people live."""
    with open_node(context) as replica:
        where = {"person": one_diner(replica, of).id} if of else None
        kitchen = find(replica, FACILITY.name, canteen)["id"] if canteen else ""
        why = _Reasons(replica)
        fitting = (
            row
            for row in _rows(replica, within(replica, at), where)
            if (not since or row["served_on"] >= since)
            and (not until or row["served_on"] <= until)
            and kitchen in ("", row["facility"])
            and (not flagged or why.of(row))
        )
        chosen = listed(fitting, limit, json or csv)
        card.listing(replica, chosen, _listing(replica, why), json=json, csv=csv)


def _rows(
    replica: Replica, division: str | None, where: Mapping[str, Any] | None
) -> Iterator[dict[str, Any]]:
    for row in rows.pages(replica, MEAL.name, division, where):
        yield corrected(MEAL, row)


class _Reasons:
    """What is to be said of a meal: computed once for each person and year."""

    def __init__(self, replica: Replica) -> None:
        self.replica = replica
        self._known: dict[tuple[str, int], dict[str, str]] = {}

    def of(self, row: Mapping[str, Any]) -> str:
        """Why it is not paid in full; empty where nothing is to be said."""
        if state(row) == "void" or not self.replica.tree.covers(
            self.replica.division, row["division#"]
        ):
            return ""
        key = row["person"], year_of(row["served_on"])
        if key not in self._known:
            lines = quota_of(self.replica, *key).lines
            self._known[key] = {line.id: line.reason for line in lines if line.reason}
        return self._known[key].get(row["id"], "")


def _listing(replica: Replica, why: _Reasons) -> Listing:
    names, known = Names(replica), {}

    def eater(row: Mapping[str, Any]) -> str:
        if row["person"] not in known:
            who = diner(replica, row["person"])
            known[row["person"]] = who.name if who is not None else short(row["person"])
        return str(known[row["person"]])

    def canteen(row: Mapping[str, Any]) -> str:
        return names.of(FACILITY.name, row["facility"])

    def cells(row: Mapping[str, Any]) -> tuple[Any, ...]:
        marked = said(state(row)) or ("!" if why.of(row) else "")
        return (
            short(row["id"]), row["served_on"], title(MEAL.name, "meal_time", row["meal_time"]),
            eater(row), canteen(row), yuan(row["list_fen"]), yuan(row["quota_fen"]),
            yuan(row["self_pay_fen"]), marked,
        )  # fmt: skip

    heads = ["id", "served_on", "meal_time", "person", "canteen", "#list", "#quota", "#pays", ""]
    return Listing(
        MEAL.name,
        heads,
        cells,
        folded=["person", "canteen"],
        more=lambda row: {"state": state(row), "reason": why.of(row)},
        named={"person_name": eater, "facility_name": canteen},
    )


@verb(app, "show", "linli meal show 7Q2M9K")
def show(context: typer.Context, meal: Meal, json: Json = False) -> None:
    """Shows one meal: who pays which part, what the county said of it, and the ticks."""
    with open_node(context) as replica:
        row = corrected(MEAL, find(replica, MEAL.name, meal))
        who = diner(replica, row["person"])
        told = told_of(lines_of(replica, row["person"], year_of(row["served_on"]))).get(row["id"])
        reason = told.reason if told is not None else _Reasons(replica).of(row)
        county = state_word(told.state) if told is not None else ""
        more = [("told by the county", county), ("reason", said(reason) if reason else "")]
        card.show(
            replica,
            MEAL.name,
            row,
            json,
            shown={
                "person": lambda _: who.name if who is not None else short(row["person"]),
                "facility": lambda id_: Names(replica).of(FACILITY.name, id_),
            },
            more=[pair for pair in more if pair[1]],
            stated_more={
                "state": state(row),
                "told": told._asdict() if told is not None else None,
                "reason": reason,
            },
        )


@verb(app, "correct", "linli meal correct 7Q2M9K --price 12 --reason 录错时间")
def correct(
    context: typer.Context,
    meal: Meal,
    reason: Reason,
    price: Annotated[str, typer.Option(metavar="YUAN", help="The right list price.")] = "",
    on: Annotated[str, typer.Option("--on", metavar="DATE", help="The right day.")] = "",
    time: Annotated[str, typer.Option(metavar="TIME", help="The right meal time.")] = "",
    mode: Mode = "",
    note: Note = "",
) -> None:
    """Corrects a meal beside it; with the price all its parts follow."""
    with open_node(context) as replica:
        row = find(replica, MEAL.name, meal)
        who = diner(replica, row["person"])
        if who is None:
            raise UsageError(
                f"Nobody with the id {row['person']} is known at this till.",
                hint="Correct it where the person's record is kept.",
            )
        changes = given(
            served_on=on,
            meal_time=MEAL.named("meal_time").check("meal_time", meal_time(time)) if time else "",
            mode=MEAL.named("mode").check("mode", mode) if mode else "",
            list_fen=fen(price) if price else None,
            note=note,
        )
        if not changes:
            raise UsageError(
                "Nothing was given to correct.",
                hint="Name --price, --on, --time, --mode or --note.",
            )
        till.correct(replica, who, row, changes, reason, user=acting(context))
        saved(replica, f"Corrected the meal {short(row['id'])}.")


@verb(app, "void", "linli meal void 7Q2M9K --reason 录错对象")
def void(context: typer.Context, meal: Meal, reason: Reason) -> None:
    """Voids a meal: it stays on the ledger and counts for nothing."""
    with open_node(context) as replica:
        row = find(replica, MEAL.name, meal)
        till.strike(replica, row, reason, user=acting(context))
        saved(replica, f"Voided the meal {short(row['id'])}.")


history.declare(app, MEAL.name, "linli meal history 7Q2M9K")


# --- the quota -----------------------------------------------------------------------------------


@verb(app, "quota", "linli meal quota 王桂兰", "linli meal quota 王桂兰 --year 2026 --json")
def quota(context: typer.Context, person: Person, year: OfYear = 0, json: Json = False) -> None:
    """Shows whether a person is entitled, the rate, and what may still be spent."""
    with open_node(context) as replica:
        who, today = one_diner(replica, person), moments.today(replica)
        on = year or year_of(today)
        home = replica.tree.covers(replica.division, who.home)
        stated: dict[str, Any] = {"person": who.id, "name": who.name, "year": on}
        decision = entitled(replica, who.id, on)
        stated["entitled"] = decision is not None or bool(rights_of(replica, who.id, on))
        stated["rate"] = till.rate_on(replica, who, today)
        stated["right_left_fen"] = max(box(replica, who.id, on).left_fen, 0)
        if home:
            _add_quota(stated, quota_of(replica, who.id, on))
        if json:
            as_json(stated)
            return
        _show_quota(stated, home)


def _add_quota(stated: dict[str, Any], found: Year) -> None:
    stated["quota_fen"] = found.quota_fen
    stated["paid_fen"], stated["over_fen"] = found.paid_fen, found.over_fen
    stated["left_fen"] = found.left_fen
    stated["lines"] = [line._asdict() for line in found.lines if line.fen or line.reason]


def _show_quota(stated: Mapping[str, Any], home: bool) -> None:
    rate = f"{stated['rate'] * 100 // THOUSAND} %"
    pairs: list[tuple[str, Any]] = [
        ("name", stated["name"]),
        ("year", stated["year"]),
        ("entitled", said("yes") if stated["entitled"] else said("no")),
        ("rate", rate),
        ("left here", yuan(stated["right_left_fen"])),
    ]
    if home:
        pairs += [
            ("quota", yuan(stated["quota_fen"])),
            ("paid by the quota", yuan(stated["paid_fen"])),
            ("left of the quota", yuan(stated["left_fen"])),
            ("borne by canteens", yuan(stated["over_fen"])),
        ]
    show_fields(pairs)
    for line in stated.get("lines", ()):
        if line["reason"]:
            say(f"{line['day']} {short(line['id'])}: {said(line['reason'])}")


declare_sheets(app)
meal_check.declare(app)
app.add_typer(meal_right.app, name="right")
