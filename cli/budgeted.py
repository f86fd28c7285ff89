"""`linli fund budget list`, `show`, `months`, `entries`: what a budget has and what became."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated, Any

import typer

from cli import table as tables
from cli.card import moment
from cli.grammar import Csv, Json, sentences, verb
from cli.home import open_node
from cli.money import yuan
from cli.output import as_json, result, say
from cli.records import pages, short
from node.care.amendments import state
from node.care.budgets import balance, looking
from node.care.budgets.balance import Budget, Standing
from node.care.budgets.tables import BUDGET, ENTRY
from node.care.headings import heading
from node.care.policy import BASELINE
from node.care.titles import title
from node.clock import stamp_ms
from node.language import said

Code = Annotated[str, typer.Argument(metavar="BUDGET", help="Code, name, or id.")]
Year = Annotated[
    int, typer.Option(metavar="YEAR", show_default=False, help="Of this year [default: the last].")
]
LineOf = Annotated[str, typer.Option("--line", metavar="LINE", help="Code or name of the line.")]
_SUMS = ("planned_fen", "moved_fen", "committed_fen", "spent_fen", "left_fen", "over_fen",
         "owed_fen")  # fmt: skip


app = sentences("Budgets: lines, what was moved, committed and spent, and what is left.")


@verb(app, "list", "linli fund budget list --year 2026")
def list_(context: typer.Context, year: Year = 0, json: Json = False, csv: Csv = False) -> None:
    """Lists budgets with what is left of each, by how much a line is over, and what is owed."""
    with open_node(context) as replica:
        found = [(one, looking.lines_of(replica, one)) for one in looking.budgets(replica, year)]
        if json:
            as_json([_stated(one, lines) for one, lines in found])
            return
        if csv:
            names = ("code", "year", "name", "line", "line_name", *_SUMS)
            rows = ((one.code, one.year, one.name, line.code, line.name, *_sums(line))
                    for one, lines in found for line in lines)  # fmt: skip
            tables.as_csv([heading(BUDGET.name, name) for name in names], rows)
            return
        heads = [
            "budget", "#year", "name", "#total", "#committed", "#spent", "#left", "#over", "#owed"
        ]  # fmt: skip
        cells = [
            (one.code, one.year, one.name, yuan(one.total_fen), *(_all(lines, name) for name in
             ("committed_fen", "spent_fen", "left_fen", "over_fen", "owed_fen")))
            for one, lines in found
        ]  # fmt: skip
        tables.table(heads, cells, folded=["name", "budget"])


def _sums(line: Standing) -> tuple[str, ...]:
    return tuple(yuan(getattr(line, name)) for name in _SUMS)


def _all(lines: Iterable[Standing], name: str) -> str:
    return yuan(sum(getattr(line, name) for line in lines))


def _stated(budget: Budget, lines: Iterable[Standing]) -> dict[str, Any]:
    parts = balance.shared(budget.total_fen, budget.shares)
    return {
        "id": budget.id,
        "code": budget.code,
        "year": budget.year,
        "name": budget.name,
        "funded_by": budget.funded_by or None,
        "total_fen": budget.total_fen,
        "programme": budget.programme or None,
        "policy": budget.policy or None,
        "shares": [
            {"level": level, "thousandths": share, "amount_fen": amount}
            for (level, share), (_, amount) in zip(budget.shares, parts, strict=True)
        ],
        "lines": [
            {
                "code": line.code,
                "name": line.name,
                **{name: getattr(line, name) for name in _SUMS},
                "settled_fen": line.settled_fen,
            }
            for line in lines
        ],
    }


@verb(app, "show", "linli fund budget show tuoyang --year 2026")
def show(context: typer.Context, budget: Code, year: Year = 0, json: Json = False) -> None:
    """Shows the lines of a budget: planned, moved, committed, spent, left, and over."""
    with open_node(context) as replica:
        one = looking.find(replica, budget, year)
        lines = looking.lines_of(replica, one)
        if json:
            as_json(_stated(one, lines))
            return
        pairs = [
            ("id", one.id),
            ("budget", f"{one.code} {one.year} {one.name}"),
            ("total", yuan(one.total_fen)),
            ("funded by", one.funded_by),
            ("policy", one.policy),
        ]
        levels = BASELINE.lists.funding_levels
        for level, amount in balance.shared(one.total_fen, one.shares):
            pairs.append(("share", f"{levels.title(level)} {yuan(amount)}"))
        tables.fields([(name, value) for name, value in pairs if value])
        result("")
        heads = [
            "line", "name", "#plan", "#shifted", "#committed", "#spent", "#left", "#over", "#owed"
        ]  # fmt: skip
        rows = [(line.code, line.name, *_sums(line)) for line in lines]
        rows.append((said("total"), "", *(_all(lines, name) for name in _SUMS)))
        tables.table(heads, rows, folded=["name", "line"])
        for line in lines:
            if line.over_fen:
                say(f"{line.code} is over by {yuan(line.over_fen)} yuan: move money to it.")
            if line.owed_fen:
                say(
                    f"{line.code} lacks {yuan(line.owed_fen)} yuan for what closed sheets pay: "
                    "they are owed until money is moved to it."
                )


@verb(app, "months", "linli fund budget months tuoyang --year 2026")
def months(
    context: typer.Context,
    budget: Code,
    year: Year = 0,
    clients: Annotated[
        int | None,
        typer.Option(min=0, metavar="N", show_default=False,
                     help="How many are visited [default: the programme's places]."),
    ] = None,
    json: Json = False,
    csv: Csv = False,
) -> None:  # fmt: skip
    """Compares, month by month, what visits should cost with what closed sheets paid."""
    with open_node(context) as replica:
        one = looking.find(replica, budget, year)
        found = looking.months_of(replica, one, clients)
        line = next(line for line in looking.lines_of(replica, one)
                    if line.code in {known.code for known in one.lines if known.counts == "visit"}
                    )  # fmt: skip
        forecast = sum(month.forecast_fen for month in found)
        actual = sum(month.actual_fen or 0 for month in found)
        expected = sum(month.expected_fen for month in found)
        has = line.planned_fen + line.moved_fen
        if json:
            as_json({
                "line": line.code, "planned_fen": has, "forecast_fen": forecast,
                "actual_fen": actual, "expected_fen": expected,
                "over_fen": max(expected - has, 0),
                "months": [{"month": month.month, "forecast_fen": month.forecast_fen,
                            "actual_fen": month.actual_fen} for month in found],
            })  # fmt: skip
            return
        rows = [(month.month, yuan(month.forecast_fen), yuan(month.actual_fen)) for month in found]
        if csv:
            names = ("month", "forecast_fen", "actual_fen")
            tables.as_csv([heading(BUDGET.name, name) for name in names], rows)
            return
        heads = ["month", "#forecast", "#actual"]
        rows.append((said("total"), yuan(forecast), yuan(actual)))
        tables.table(heads, rows, folded=[])
        say(f"The line {line.code} has {yuan(has)} yuan; the year will take {yuan(expected)}.")


@verb(app, "entries", "linli fund budget entries tuoyang --line checks")
def entries(
    context: typer.Context,
    budget: Code,
    year: Year = 0,
    line: LineOf = "",
    json: Json = False,
    csv: Csv = False,
) -> None:
    """Lists every entry of a budget, void ones as well, oldest first."""
    with open_node(context) as replica:
        one = looking.find(replica, budget, year)
        names = {known.name: known.code for known in one.lines}
        code = names.get(line, line)
        rows = [row for row in pages(replica, ENTRY.name, None, {"budget": one.id})
                if not code or code in (row["line"], row["to_line"])]  # fmt: skip
        if json:
            as_json([_entry(row) for row in rows])
            return
        if csv:
            kept = [column.name for column in ENTRY.columns]
            lines = ([row["id"], *(_cell(name, row[name]) for name in kept), state(row)]
                     for row in rows)  # fmt: skip
            heads = [heading(ENTRY.name, name) for name in ("id", *kept, "state")]
            tables.as_csv(heads, lines)
            return
        shown = [
            (short(row["id"]), row["done_on"], _cell("kind", row["kind"]),
             " → ".join(filter(None, (row["line"], row["to_line"]))), yuan(row["amount_fen"]),
             row["payee"], row["document"], said(state(row)))
            for row in rows
        ]  # fmt: skip
        heads = ["id", "day", "kind", "line", "#yuan", "payee", "document", ""]
        tables.table(heads, shown, folded=["line", "payee", "document"])


def _cell(name: str, value: Any) -> Any:
    if name.endswith("_fen"):
        return yuan(value)
    return title(ENTRY.name, name, value)


def _entry(row: dict[str, Any]) -> dict[str, Any]:
    kept = {column.name: row[column.name] for column in ENTRY.columns}
    return {
        "id": row["id"],
        **kept,
        "state": state(row),
        "entered_at": moment(stamp_ms(row["time"])),
    }
