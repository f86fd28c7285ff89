"""`linli report due|gaps`: the township's daily question, who was not seen and who is without."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any

import typer

from cli import table as tables
from cli.grammar import ROWS_MAX, Csv, Json, Within, sentences, verb
from cli.home import code_of, name_of, open_node, within
from cli.output import as_json, counted, say
from cli.records import Names
from node.care import findings, lapses, moments, plans, watching
from node.care.findings import Lack
from node.care.headings import heading
from node.care.policy import BASELINE
from node.clock import local
from node.errors import UsageError
from node.language import said
from node.replica import Replica

app = sentences()

_KINDS = BASELINE.lists.finding_kinds
_DAY_HOURS = 24
_COLUMNS = (
    "division", "division_name", "subject", "subject_name", "kind", "since", "overdue_days",
    "seen_on", "why", "policy",
)  # fmt: skip

Date = Annotated[
    str, typer.Option("--date", metavar="DATE", help="As of the end of that day [default: now].")
]
Kinds = Annotated[
    list[str] | None,
    typer.Option("--kind", metavar="KIND", help="Only this kind, by name; may be repeated."),
]
Rows = Annotated[
    int | None,
    typer.Option(
        "--limit", min=0, metavar="N", show_default=False,
        help=f"Rows of a page, 0 for all [default: {ROWS_MAX}, all with --json or --csv].",
    ),
]  # fmt: skip
Page = Annotated[int, typer.Option(min=1, metavar="N", help="Which page.")]


@verb(
    app,
    "due",
    "linli report due",
    "linli report due --at 南大街 --date 2026-11-20 --xun 中",
    "linli report due --kind 独居未探访 --json",
)
def due(
    context: typer.Context,
    at: Within = "",
    date: Date = "",
    xun: Annotated[
        str, typer.Option(metavar="XUN", help="Only this third of the month: 上, 中 or 下.")
    ] = "",
    kinds: Kinds = None,
    limit: Rows = None,
    page: Page = 1,
    json: Json = False,
    csv: Csv = False,
) -> None:
    """Lists who is due to be seen or overdue, the longest overdue first."""
    with open_node(context) as replica:
        today, hour = _when(replica, date)
        third = plans.check_xun("xun", xun) if xun else ""
        chosen = _chosen(kinds, (*findings.DUE, *lapses.DUE))
        found = watching.due(replica, today, hour, within(replica, at), third)
        _print(replica, _of(found, chosen), today, limit, page, json=json, csv=csv)


@verb(
    app,
    "gaps",
    "linli report gaps --at 定昌镇",
    "linli report gaps --kind 无照料协议 --kind 协议将到期 --csv",
)
def gaps(
    context: typer.Context,
    at: Within = "",
    date: Date = "",
    kinds: Kinds = None,
    limit: Rows = None,
    page: Page = 1,
    json: Json = False,
    csv: Csv = False,
) -> None:
    """Lists who is without what they should have, the longest first."""
    with open_node(context) as replica:
        today, _ = _when(replica, date)
        chosen = _chosen(kinds, (*findings.GAPS, *lapses.GAPS))
        found = watching.gaps(replica, today, within(replica, at))
        _print(replica, _of(found, chosen), today, limit, page, json=json, csv=csv)


def _when(replica: Replica, typed: str) -> tuple[str, int]:
    """The day and its hour; a day that somebody names is over."""
    if typed:
        return plans.check_day("date", typed), _DAY_HOURS
    now = local(replica.core.now_ms())
    return moments.today(replica), int(now[11:13])


def _chosen(kinds: Sequence[str] | None, of_report: Sequence[str]) -> frozenset[str]:
    """The kinds that were asked for; all of the report where none was.

    Raises:
        UsageError: One is no kind of this report.
    """
    codes = {_KINDS.code("kind", one) for one in kinds or ()}
    if codes - set(of_report):
        here = ", ".join(_KINDS.title(one) for one in of_report)
        raise UsageError(
            f"{_KINDS.title(min(codes - set(of_report)))} is no kind of this report.",
            hint=f"Its kinds are: {here}.",
        )
    return frozenset(codes or of_report)


def _of(found: Sequence[Lack], kinds: frozenset[str]) -> list[Lack]:
    return [one for one in found if one.code in kinds]


def _print(
    replica: Replica, found: list[Lack], today: str, limit: int | None, page: int,
    *, json: bool, csv: bool,
) -> None:  # fmt: skip
    most = (0 if json or csv else ROWS_MAX) if limit is None else limit
    shown = found[(page - 1) * most : page * most] if most else found
    names = Names(replica)
    rows = [_stated(replica, names, one, today) for one in shown]
    if json:
        as_json(rows)
    elif csv:
        headings = [heading("finding", name) for name in _COLUMNS]
        tables.as_csv(headings, ([_cell(row, name) for name in _COLUMNS] for row in rows))
    else:
        heads = ["#overdue", "kind", "division", "who", "since", "why"]
        cells = [
            (row["overdue_days"], _KINDS.title(row["kind"]), row["division_name"],
             row["subject_name"], row["since"], said(row["why"]))
            for row in rows
        ]  # fmt: skip
        tables.table(heads, cells, folded=["kind", "division", "who", "why"])
    _tell(replica, found, len(shown), today)


def _stated(replica: Replica, names: Names, one: Lack, today: str) -> dict[str, Any]:
    """A finding as JSON shows it."""
    division = one.subject == one.division
    table = "facility" if one.code in lapses.FACILITIES else "person"
    return {
        "kind": one.code,
        "division": code_of(replica, one.division),
        "division_name": name_of(replica, one.division),
        "subject": code_of(replica, one.division) if division else one.subject,
        "subject_name": name_of(replica, one.division)
        if division
        else names.of(table, one.subject),
        "since": one.since,
        "overdue_days": one.overdue_days(today),
        "seen_on": one.seen_on,
        "xun": one.xun,
        "why": lapses.why(one),
        "policy": one.policy,
    }


def _cell(row: dict[str, Any], name: str) -> Any:
    if name == "kind":
        return _KINDS.title(row["kind"])
    return said(row["why"]) if name == "why" else row[name]


def _tell(replica: Replica, found: Sequence[Lack], shown: int, today: str) -> None:
    """Says how much there is, how much of it is overdue, and by which policy."""
    overdue = sum(one.overdue_days(today) > 0 for one in found)
    version = watching.version(replica)
    told = counted(len(found), "finding")
    say(f"By the end of {today}: {told}, {overdue} of them overdue, by the policy {version}.")
    if shown < len(found):
        say(f"These are {shown} of {len(found)}. More: --page N; for all: --limit 0")
