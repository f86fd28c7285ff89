"""`linli benefit month|close-month`: what a month pays, who is new and who was stopped."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import typer

from cli import table as tables
from cli.benefiting import MonthOf, Row, printed
from cli.grammar import Csv, Json, Within, verb
from cli.home import acting, code_of, name_of, open_node, saved, within
from cli.money import yuan
from cli.output import as_json, result, say
from cli.records import Names
from node.care.granting import closing
from node.care.granting.closing import Seen
from node.care.policy import BASELINE
from node.language import said
from node.replica import Replica

_LISTS = BASELINE.lists


def declare(app: typer.Typer) -> None:
    """Adds the sentences of a month to the noun."""
    _declare_month(app)
    _declare_close(app)


_LISTED = ("kind", "division", "division_name", "person", "person_name", "code", "month", "until",
           "fen", "reason", "benefit")  # fmt: skip


def _declare_month(app: typer.Typer) -> None:
    @verb(app, "month", "linli benefit month 2026-11", "linli benefit month 2026-11 --csv")
    def month_(
        context: typer.Context,
        month: MonthOf,
        at: Within = "",
        json: Json = False,
        csv: Csv = False,
    ) -> None:
        """Shows what a month pays, who is new in it, who was stopped, and what is claimed back."""
        with open_node(context) as replica:
            found = closing.seen(replica, month, within(replica, at) or replica.division)
            if json:
                as_json([_sheet(replica, one) for one in found])
                return
            names = Names(replica)
            rows = [row for one in found for row in _month_rows(replica, names, one)]
            if printed(rows, _LISTED, json=False, csv=csv):
                return
            for kind, title in _parts():
                part = [row for row in rows if row["_part"] == kind]
                if part:
                    result(title)
                    tables.table(
                        ["person", "division", "benefit", "month", "#yuan", "why"],
                        [_month_cells(row) for row in part],
                        folded=["person", "division", "benefit", "why"],
                    )
                    result("")
            say(_told_total(month, found))


def _told_total(month: str, found: Sequence[Seen]) -> str:
    whole = yuan(sum(one.sheet.total_fen for one in found))
    count = sum(len(one.sheet.lines) for one in found)
    return f"{month}: {count} lines, {whole} yuan in all."


def _parts() -> list[tuple[str, str]]:
    return [
        ("due", said("Paid")),
        ("added", said("New in this month")),
        ("stopped", said("Stopped in this month")),
        ("claims", said("To be claimed back")),
    ]


def _month_rows(replica: Replica, names: Names, one: Seen) -> Iterable[dict[str, Any]]:
    made = one.sheet
    for line in made.lines:
        kind = said("paid") if line.kind == "due" else said("paid up")
        yield _line(replica, names, one, line, "due", kind, line.month, "", "")
    for moved, part, kind in (
        *((item, "added", said("new")) for item in made.added),
        *((item, "stopped", said("stopped")) for item in made.stopped),
    ):
        reason = _LISTS.benefit_stop_reasons.title(moved.reason)
        yield _line(replica, names, one, moved, part, kind, made.period, "", reason)
    for claim in made.claims:
        kind = said("to claim") if claim.open else said("claimed")
        yield _line(replica, names, one, claim, "claims", kind, claim.first, claim.last, "")


def _line(
    replica: Replica, names: Names, one: Seen, item: Any, part: str, kind: str, month: str,
    until: str, reason: str,
) -> dict[str, Any]:  # fmt: skip
    return {
        "_part": part,
        "kind": kind,
        "division": code_of(replica, one.division),
        "division_name": name_of(replica, one.division),
        "person": item.person,
        "person_name": names.of("person", item.person),
        "code": item.code,
        "month": month,
        "until": until,
        "fen": item.fen,
        "reason": reason,
        "benefit": item.benefit,
    }


def _month_cells(row: Row) -> tuple[Any, ...]:
    months = " – ".join(filter(None, (row["month"], row["until"])))
    why = " ".join(filter(None, (row["kind"], row["reason"])))
    kind = _LISTS.benefit_kinds.title(row["code"])
    return row["person_name"], row["division_name"], kind, months, yuan(row["fen"]), why


def _sheet(replica: Replica, one: Seen) -> dict[str, Any]:
    made = one.sheet
    return {
        "period": made.period,
        "division": code_of(replica, one.division),
        "policy": one.policy,
        "digest": one.digest,
        "closed": bool(one.closed),
        "total_fen": made.total_fen,
        "lines": [line._asdict() for line in made.lines],
        "added": [item._asdict() for item in made.added],
        "stopped": [item._asdict() for item in made.stopped],
        "claims": [claim._asdict() for claim in made.claims],
    }


def _declare_close(app: typer.Typer) -> None:
    @verb(app, "close-month", "linli benefit close-month 2026-11")
    def close_month(
        context: typer.Context, month: MonthOf, at: Within = "", json: Json = False
    ) -> None:
        """Closes what a month pays, by the county: it never changes again."""
        with open_node(context) as replica:
            scope = within(replica, at) or replica.division
            found = closing.close(replica, month, scope, user=acting(context))
            if json:
                as_json([_sheet(replica, one) for one in found])
            whole = yuan(sum(one.sheet.total_fen for one in found))
            saved(replica, f"Closed the benefits of {month}: {whole} yuan.")
