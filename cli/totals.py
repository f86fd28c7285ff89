"""`linli fund open-advances`, `raised`, `granted`, `receipts`, `points`: what entries amount to."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from cli import table as tables
from cli.grammar import Csv, Json, On, Within, sentences, verb
from cli.home import code_of, name_of, open_node, within
from cli.money import yuan
from cli.output import as_json, say
from cli.records import Names, find_id, short
from node.care import fields, moments
from node.care.advances import ageing, balances
from node.care.facts import funds
from node.care.facts.declaring import FactKind
from node.care.facts.writing import standing
from node.care.headings import heading
from node.care.parameters import publishing
from node.care.people import PERSON, WORKER
from node.care.points import Entry, balance
from node.language import said

app = sentences()


def _show(
    kind: FactKind, names: tuple[str, ...], rows: list[tuple[Any, ...]], json: bool, csv: bool
) -> None:
    """Rows in one of three forms; amounts are fen in JSON and yuan elsewhere."""
    if json:
        as_json([dict(zip(names, row, strict=True)) for row in rows])
        return
    shown = [
        tuple(yuan(cell) if name.endswith("_fen") else cell for name, cell in
              zip(names, row, strict=True))
        for row in rows
    ]  # fmt: skip
    if csv:
        tables.as_csv([heading(kind.name, name) for name in names], shown)
        return
    heads = [f"#{name}" if name.endswith(("_fen", "days", "year")) else name for name in names]
    shown = [(short(str(row[0])), *row[1:]) if names[0] == "id" else row for row in shown]
    tables.table(heads, shown, folded=[name for name in names if name not in ("id", "year")])


@verb(app, "open-advances", "linli fund open-advances --at 赤城镇 --on 2026-11-30")
def open_advances(
    context: typer.Context, at: Within = "", on: On = "", json: Json = False, csv: Csv = False
) -> None:
    """Lists advances less what came back of each, the oldest first, and how old they are."""
    with open_node(context) as replica:
        day = fields.date("--on", on) if on else moments.today(replica)
        scope = within(replica, at)
        given = [funds.advance_of(row) for row in standing(replica, funds.ADVANCE, scope)]
        back = [funds.recovered_of(row) for row in standing(replica, funds.RECOVERY)]
        found, flags = balances(
            [one for one in given if one.day <= day], [one for one in back if one.day <= day]
        )
        left = sorted((one for one in found if one.fen),
                      key=lambda one: (one.advance.day, one.advance.id))  # fmt: skip
        names = Names(replica)
        rows = [
            (one.advance.id, one.advance.day, names.of(PERSON.name, one.advance.person),
             one.advance.paid_by, one.advance.fen, one.recovered_fen, one.fen)
            for one in left
        ]  # fmt: skip
        columns = ("id", "advanced_on", "person_name", "paid_by", "amount_fen", "recovered_fen",
                   "open_fen")  # fmt: skip
        _show(funds.ADVANCE, columns, rows, json, csv)
        for least, count, amount in ageing(found, day):
            if count:
                say(f"{count} advances, {yuan(amount)} yuan, are open for {least} days or more.")
        for flag in flags:
            say(f"{short(flag.id)}: {flag.reason}")


@verb(app, "raised", "linli fund raised", "linli fund raised --event 助残日义卖")
def raised(
    context: typer.Context,
    event: Annotated[str, typer.Option(metavar="TEXT", help="Only this event.")] = "",
    at: Within = "",
    json: Json = False,
    csv: Csv = False,
) -> None:
    """Sums what was donated at each event; gifts without one stand in a line of their own."""
    with open_node(context) as replica:
        gifts = list(standing(replica, funds.DONATION, within(replica, at)))
        events = sorted({row["event"] or "" for row in gifts if event in ("", row["event"])})
        rows = [(one, funds.raised_at(gifts, one)) for one in events]
        _show(funds.DONATION, ("event", "amount_fen"), rows, json, csv)


@verb(app, "receipts", "linli fund receipts --at 赤城镇")
def receipts(context: typer.Context, at: Within = "", json: Json = False, csv: Csv = False) -> None:
    """Lists numbers of receipts that stand on several donations of one node."""
    with open_node(context) as replica:
        found = funds.doubled(standing(replica, funds.DONATION, within(replica, at)))
        rows = [(number, " ".join(ids)) for number, ids in found.items()]
        _show(funds.DONATION, ("receipt_no", "donations"), rows, json, csv)


@verb(app, "points", "linli fund points", "linli fund points --of 张红")
def points(
    context: typer.Context,
    of: Annotated[str, typer.Option(metavar="WORKER", help="Only of this volunteer.")] = "",
    at: Within = "",
    json: Json = False,
    csv: Csv = False,
) -> None:
    """Shows the points of volunteers, and which entries do not count and why."""
    with open_node(context) as replica:
        rules = publishing.needed(replica).points
        only = find_id(replica, WORKER.name, of) if of else ""
        entries: dict[str, list[Entry]] = {}
        places: dict[str, str] = {}
        for row in standing(replica, funds.POINTS, within(replica, at)):
            if only in ("", row["volunteer"]):
                code = code_of(replica, row["division#"])
                entries.setdefault(row["volunteer"], []).append(funds.entry_of(row, code))
                places[row["volunteer"]] = name_of(replica, row["division#"])
        names = Names(replica)
        found = {one: balance(some, rules) for one, some in sorted(entries.items())}
        rows = [(one, names.of(WORKER.name, one), places[one], has.points, has.minutes)
                for one, has in found.items()]  # fmt: skip
        columns = ("id", "volunteer_name", "division_name", "points", "minutes")
        _show(funds.POINTS, columns, rows, json, csv)
        for has in found.values():
            for flag in has.flags:
                say(f"{short(flag.id)}: {said(flag.reason)}")
