"""`linli settle`: what visits are paid, which are not and why, and the closing of a month."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated, Any

import typer

from cli import table as tables
from cli.card import moment
from cli.grammar import Csv, Json, Within, sentences, verb
from cli.home import acting, code_of, name_of, open_node, saved, within
from cli.money import yuan
from cli.output import as_json, result, say
from cli.records import Names, find, short
from cli.settled import explain_visit, explain_worker
from node.care.headings import heading
from node.care.pay.explain import counted
from node.care.pay.worth import BASE_PAY, BONUS_PAY, VISIT_PAY
from node.care.people import WORKER
from node.care.settlement import closing
from node.care.settlement.closing import Closed, Preview
from node.care.settlement.reasons import in_english, in_words, why_of
from node.care.visits import VISIT
from node.clock import stamp_ms
from node.errors import UsageError
from node.language import said
from node.replica import Replica

app = sentences("What visits are paid, and why others are not.")

Month = Annotated[str, typer.Option("--month", metavar="MONTH", help="Such as 2026-11.")]
Worker = Annotated[str, typer.Option(metavar="WORKER", help="Only this worker.")]
SheetId = Annotated[str, typer.Argument(metavar="SHEET", help="Id, or the end of an id.")]

_COLUMNS = (
    "division", "division_name", "worker", "worker_name", "kind", "month", "subject", "state",
    "worth_fen", "before_fen", "amount_fen", "reason",
)  # fmt: skip


@verb(app, "preview", "linli settle preview --month 2026-11 --at 定昌镇")
def preview(
    context: typer.Context,
    month: Month,
    at: Within = "",
    worker: Worker = "",
    json: Json = False,
    csv: Csv = False,
) -> None:
    """Shows what a month would pay by all that is known here; writes nothing into the ledger."""
    with open_node(context) as replica:
        scope = within(replica, at) or replica.division
        found = closing.previews(replica, month, scope)
        only = find(replica, WORKER.name, worker)["id"] if worker else ""
        _show(replica, found, only, json, csv)


def _show(replica: Replica, found: list[Preview], only: str, json: bool, csv: bool) -> None:
    """Prints sheets: each worker's three numbers and money, then what is not payable, and why."""
    names = Names(replica)
    if json:
        as_json([_stated(replica, one, only) for one in found])
        return
    if csv:
        headings = [heading("pay_sheet", name) for name in _COLUMNS]
        tables.as_csv(headings, _csv_rows(replica, names, found, only))
        return
    heads = ["division", "worker", "#recorded", "#accepted", "#payable", "#adjusted", "#yuan"]
    rows = [row for one in found for row in _totals(replica, names, one, only)]
    tables.table(heads, rows, folded=["division", "worker"])
    doubts = [row for one in found for row in _differences(names, one, only)]
    if doubts:
        result("")
        tables.table(["visit", "worker", "state", "reason"], doubts, folded=["worker", "reason"])
    say(f"{len(found)} sheets, {yuan(sum(one.sheet.total_fen for one in found))} yuan in all.")
    say("To see where each yuan comes from: linli settle explain WORKER --month MONTH")


def _totals(
    replica: Replica, names: Names, one: Preview, only: str
) -> Iterable[tuple[str, str, int, int, int, str, str]]:
    adjusted: dict[str, int] = {}
    for line in one.sheet.adjustments:
        adjusted[line.worker] = adjusted.get(line.worker, 0) + line.amount_fen
    for worker, fen in one.sheet.totals().items():
        if only in ("", worker):
            numbers = counted(one.sheet, worker)
            yield (
                name_of(replica, one.sheet.scope),
                names.of(WORKER.name, worker),
                numbers["recorded"],
                numbers["accepted"],
                numbers["payable"],
                yuan(adjusted.get(worker, 0)),
                yuan(fen),
            )


def _differences(names: Names, one: Preview, only: str) -> Iterable[tuple[str, str, str, str]]:
    """What is not paid in full, and what is adjusted, each with its reasons."""
    why = why_of(one)
    for line in one.sheet.lines:
        if line.reasons and only in ("", line.worker):
            subject = short(line.subject) if line.kind == VISIT_PAY else kind_word(line.kind)
            told = in_words(why[line.key])
            yield subject, names.of(WORKER.name, line.worker), said(line.state), told


def kind_word(kind: str) -> str:
    """What a line pays for, in words."""
    return {VISIT_PAY: said("visit"), BASE_PAY: said("base"), BONUS_PAY: said("bonus")}[kind]


def _stated(replica: Replica, one: Preview, only: str) -> dict[str, Any]:
    made = one.sheet
    why = why_of(one)
    return {
        "period": made.period,
        "division": code_of(replica, made.scope),
        "frontier": made.inputs.frontier,
        "trust": made.inputs.trust,
        "policy": made.inputs.policy,
        "rules": made.inputs.rules,
        "digest": made.digest,
        "closed": one.closed is not None,
        "numbers": counted(made, only),
        "totals": {key: fen for key, fen in made.totals().items() if only in ("", key)},
        "lines": [
            {
                "worker": line.worker,
                "kind": line.kind,
                "month": line.month,
                "subject": line.subject,
                "state": line.state,
                "reasons": list(line.reasons),
                "why": in_english(why[line.key]),
                "worth_fen": line.worth_fen,
                "before_fen": line.before_fen,
                "amount_fen": line.amount_fen,
            }
            for line in made.lines
            if only in ("", line.worker)
        ],
    }


def _csv_rows(
    replica: Replica, names: Names, found: list[Preview], only: str
) -> Iterable[tuple[Any, ...]]:
    for one in found:
        why, place = why_of(one), one.sheet.scope
        for line in one.sheet.lines:
            if only not in ("", line.worker):
                continue
            yield (
                code_of(replica, place),
                name_of(replica, place),
                line.worker,
                names.of(WORKER.name, line.worker),
                kind_word(line.kind),
                line.month,
                line.subject,
                said(line.state),
                yuan(line.worth_fen),
                yuan(line.before_fen),
                yuan(line.amount_fen),
                in_words(why[line.key]),
            )


@verb(
    app,
    "close",
    "linli settle close --month 2026-11",
    "linli settle close --month 2026-11 --at 北苏村",
)
def close(
    context: typer.Context,
    month: Month,
    at: Within = "",
    anyway: Annotated[
        bool, typer.Option("--anyway", help="Although visits still wait for a review.")
    ] = False,
    json: Json = False,
) -> None:
    """Closes a month: its sheets never change again; what comes later is adjusted in the next."""
    with open_node(context) as replica:
        scope = within(replica, at) or replica.division
        found = closing.close(replica, month, scope, user=acting(context), anyway=anyway)
        if json:
            as_json([_stated(replica, one, "") for one in found])
        else:
            rows = [row for one in found for row in _closed_cells(replica, one)]
            tables.table(["division", "#visits", "#yuan", "digest"], rows, folded=["division"])
        saved(replica, f"Closed {len(found)} sheets of {month}.")


def _closed_cells(replica: Replica, one: Preview) -> Iterable[tuple[str, int, str, str]]:
    made = one.sheet
    number = counted(made)["payable"]
    yield name_of(replica, made.scope), number, yuan(made.total_fen), made.digest[:16]


@verb(app, "list", "linli settle list --at 定昌镇")
def list_(context: typer.Context, at: Within = "", json: Json = False, csv: Csv = False) -> None:
    """Lists the closed sheets that are here; a month that was closed twice is contested."""
    with open_node(context) as replica:
        found = closing.closed_sheets(replica, within(replica, at))
        if json:
            as_json([_listed(replica, one) for one in found])
            return
        if csv:
            stated = [_listed(replica, one) for one in found]
            lines = ([str(_cell(name, one[name])) for name in _CLOSED] for one in stated)
            tables.as_csv([heading("settlement", name) for name in _CLOSED], lines)
            return
        rows = [
            (
                short(one.id),
                one.period,
                name_of(replica, one.division),
                yuan(one.sheet.total_fen) if one.sheet else "",
                moment(stamp_ms(one.time)),
                _state_word(one.state),
            )
            for one in found
        ]
        heads = ["id", "month", "division", "#yuan", "closed at", "state"]
        tables.table(heads, rows, folded=["division"])
        if any(one.state == closing.CONTESTED for one in found):
            say("The county chooses which one counts: linli settle choose SHEET")


def _cell(name: str, value: Any) -> Any:
    """A cell of the CSV: amounts in yuan, moments by the clock on the wall."""
    if value is None:
        return ""
    if name == "total_fen":
        return yuan(value)
    return moment(value) if name == "closed_at_ms" else value


_CLOSED = ("id", "month", "division", "total_fen", "closed_at_ms", "state", "digest")


def _state_word(state: str) -> str:
    """What a closed sheet is, in words."""
    return {
        closing.COUNTS: said("counts"),
        closing.CONTESTED: said("contested"),
        closing.SET_ASIDE: said("set aside"),
        closing.UNREADABLE: said("unreadable"),
    }[state]


def _listed(replica: Replica, one: Closed) -> dict[str, Any]:
    return {
        "id": one.id,
        "month": one.period,
        "division": code_of(replica, one.division),
        "total_fen": one.sheet.total_fen if one.sheet else None,
        "closed_at_ms": stamp_ms(one.time),
        "digest": one.digest,
        "state": one.state,
    }


def _find_sheet(replica: Replica, typed: str) -> Closed:
    """The closed sheet that a person means.

    Raises:
        UsageError: None fits, or several do.
    """
    wanted = typed.strip().upper()
    every = closing.closed_sheets(replica)
    fitting = [one for one in every if wanted and one.id.endswith(wanted)]
    if len(fitting) != 1:
        raise UsageError(
            f"{len(fitting)} closed sheets fit {typed[:60]!r}.",
            hint="Copy the id from: linli settle list",
        )
    return fitting[0]


@verb(app, "show", "linli settle show 7Q2M9K", "linli settle show 7Q2M9K --raw")
def show(
    context: typer.Context,
    sheet: SheetId,
    raw: Annotated[
        bool, typer.Option("--raw", help="Print the very bytes that were closed.")
    ] = False,
    json: Json = False,
    csv: Csv = False,
) -> None:
    """Shows a closed sheet as it was closed, whatever is known since."""
    with open_node(context) as replica:
        one = _find_sheet(replica, sheet)
        if one.sheet is None:
            raise UsageError(
                f"The sheet {one.id} cannot be read.",
                hint="Close the month on the township's node.",
            )
        if raw:
            result(one.sheet.encoded().decode())
            return
        _show(replica, [closing.shown(replica, one, one.sheet)], "", json, csv)


@verb(app, "choose", "linli settle choose 7Q2M9K")
def choose(context: typer.Context, sheet: SheetId) -> None:
    """Lets one of two sheets of a month count; the county's word."""
    with open_node(context) as replica:
        one = _find_sheet(replica, sheet)
        closing.choose(replica, one, user=acting(context))
        name = name_of(replica, one.division)
        saved(replica, f"The sheet {short(one.id)} counts for {name} in {one.period}.")


@verb(app, "tell", "linli settle tell")
def tell(context: typer.Context) -> None:
    """Tells each division what only the node above it sees of its visits."""
    with open_node(context) as replica:
        count = closing.tell_below(replica, user=acting(context))
        if count:
            saved(replica, f"Told {count} findings.")
        else:
            say("There is nothing new to tell.")


@verb(
    app,
    "explain",
    "linli settle explain 李秀英 --month 2026-11",
    "linli settle explain 7Q2M9K --month 2026-11",
)
def explain(
    context: typer.Context,
    what: Annotated[str, typer.Argument(metavar="WHAT", help="A worker, or a visit.")],
    month: Month,
    at: Within = "",
    json: Json = False,
) -> None:
    """Tells where each yuan of a worker comes from, or all that became of a visit."""
    with open_node(context) as replica:
        try:
            worker = find(replica, WORKER.name, what)
        except UsageError:
            visit = find(replica, VISIT.name, what)
            explain_visit(replica, closing.preview(replica, month, visit["division#"]), visit, json)
            return
        scope = within(replica, at) or replica.division
        explain_worker(replica, closing.previews(replica, month, scope), worker, json)
