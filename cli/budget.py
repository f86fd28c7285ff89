"""`linli fund budget`: the lines of a year's money, what is left, and what the visits will cost."""

from __future__ import annotations

import re
from typing import Annotated, Any

import typer

from cli.budgeted import Code, LineOf, Year
from cli.budgeted import app as app
from cli.grammar import Note, On, verb
from cli.home import acting, open_node, saved
from cli.money import fen, yuan
from cli.output import result
from cli.records import find, short
from node.care import moments
from node.care.budgets import balance, entering, looking, opening
from node.care.budgets.balance import Budget
from node.care.budgets.tables import ENTRY
from node.errors import UsageError
from node.replica import Replica

Amount = Annotated[str, typer.Option(metavar="YUAN", help="Such as 300 or 12.50.")]
Payee = Annotated[str, typer.Option(metavar="NAME", help="Who gets it.")]
Document = Annotated[str, typer.Option(metavar="TEXT", help="The decision or the voucher.")]
EntryId = Annotated[str, typer.Argument(metavar="ENTRY", help="Id, or part of an id.")]

_LINE = re.compile(r"([^:=]{1,40}):([^=]{1,100})(?:=(.+))?")
_SHARE = re.compile(r"(.{1,20})=([0-9]{1,4})")


@verb(
    app,
    "open",
    "linli fund budget open 2026 --programme tuoyang",
    "linli fund budget open 2026 --code peitao --name 县级配套 --total 8000000 "
    "--line care:护理补贴=3000000 --line rest:服务补贴 --share 省级=600 --share 县级=400",
)
def open_(
    context: typer.Context,
    year: Annotated[int, typer.Argument(metavar="YEAR", help="Such as 2026.")],
    programme: Annotated[
        str, typer.Option(metavar="CODE", help="Take total and lines from the policy pack.")
    ] = "",
    code: Annotated[str, typer.Option(metavar="CODE", help="How people name it.")] = "",
    name: Annotated[str, typer.Option(metavar="TEXT", help="What it is for.")] = "",
    total: Annotated[str, typer.Option(metavar="YUAN", help="All of it.")] = "",
    line: Annotated[
        list[str] | None,
        typer.Option(metavar="CODE:NAME=YUAN", help="May be repeated; one without =YUAN."),
    ] = None,
    share: Annotated[
        list[str] | None,
        typer.Option(metavar="LEVEL=THOUSANDTHS", help="Who pays which part; may be repeated."),
    ] = None,
    funded_by: Annotated[str, typer.Option(metavar="NAME", help="Who pays.")] = "",
) -> None:
    """Opens the budget of a year and prints the id; its lines add up to its total."""
    if programme and (code or name or total or line or share or funded_by):
        raise UsageError(
            "A programme's budget is taken from the policy pack as it is.",
            hint="Leave --programme out, or everything else.",
        )
    with open_node(context) as replica:
        user = acting(context)
        if programme:
            id_ = opening.open_programme(replica, year, programme, user=user)
        else:
            id_ = opening.open_budget(
                replica, year, code, name, fen(total), [_line(one) for one in line or ()],
                user=user, shares=[_share(one) for one in share or ()], funded_by=funded_by,
            )  # fmt: skip
        result(id_)
        saved(replica, f"Opened a budget of {year}.")


def _line(typed: str) -> opening.Typed:
    match = _LINE.fullmatch(typed)
    if match is None:
        raise UsageError(
            f"{typed[:60]!r} is not a line.", hint="Write it such as checks:体检=210000"
        )
    return match[1], match[2], None if match[3] is None else fen(match[3])


def _share(typed: str) -> tuple[str, int]:
    match = _SHARE.fullmatch(typed)
    if match is None:
        raise UsageError(f"{typed[:60]!r} is not a share.", hint="Write it such as 省级=600")
    return match[1], int(match[2])


def _enter(context: typer.Context, typed: str, year: int, **values: Any) -> None:
    with open_node(context) as replica:
        budget = looking.find(replica, typed, year)
        _put(context, replica, budget, values)


def _put(context: typer.Context, replica: Replica, budget: Budget, values: dict[str, Any]) -> None:
    values["done_on"] = values["done_on"] or moments.today(replica)
    id_, line = entering.enter(replica, budget, values, user=acting(context))
    result(id_)
    saved(replica, f"The line {line.code} has {yuan(line.left_fen)} yuan left.")


@verb(
    app,
    "transfer",
    "linli fund budget transfer tuoyang --from rest --to checks --amount 3000 --document 12号",
)
def transfer(
    context: typer.Context,
    budget: Code,
    from_: Annotated[str, typer.Option("--from", metavar="LINE", help="The line that gives.")],
    to: Annotated[str, typer.Option(metavar="LINE", help="The line that gets it.")],
    amount: Amount,
    document: Document,
    on: On = "",
    year: Year = 0,
    note: Note = "",
) -> None:
    """Moves money from one line to another and prints the id; the total stays."""
    _enter(context, budget, year, kind=balance.TRANSFER, line=from_, to_line=to,
           amount_fen=fen(amount), done_on=on, document=document, note=note)  # fmt: skip


@verb(
    app, "commit", "linli fund budget commit tuoyang --line checks --amount 105000 --payee 县医院"
)
def commit(
    context: typer.Context,
    budget: Code,
    line: LineOf,
    amount: Amount,
    payee: Payee,
    document: Document = "",
    on: On = "",
    year: Year = 0,
    note: Note = "",
) -> None:
    """Promises money of a line to somebody and prints the id; it cannot be spent otherwise."""
    _enter(context, budget, year, kind=balance.COMMIT, line=line, amount_fen=fen(amount),
           payee=payee, done_on=on, document=document, note=note)  # fmt: skip


@verb(
    app,
    "spend",
    "linli fund budget spend tuoyang --line checks --amount 600 --payee 县医院 --document 0031",
    "linli fund budget spend tuoyang --line checks --amount 600 --commitment 7Q2M9K",
)
def spend(
    context: typer.Context,
    budget: Code,
    line: LineOf,
    amount: Amount,
    payee: Payee = "",
    commitment: Annotated[
        str, typer.Option(metavar="ENTRY", help="The commitment that it is paid from.")
    ] = "",
    document: Document = "",
    on: On = "",
    year: Year = 0,
    note: Note = "",
) -> None:
    """Spends money of a line and prints the id; more than the line has is refused."""
    with open_node(context) as replica:
        one = looking.find(replica, budget, year)
        drawn = find(replica, ENTRY.name, commitment) if commitment else {}
        values = {
            "kind": balance.SPEND,
            "line": line,
            "amount_fen": fen(amount),
            "payee": payee or drawn.get("payee"),
            "commitment": drawn.get("id"),
            "done_on": on,
            "document": document,
            "note": note,
        }
        _put(context, replica, one, values)


@verb(
    app,
    "release",
    "linli fund budget release 7Q2M9K",
    "linli fund budget release 7Q2M9K --amount 50",
)
def release(
    context: typer.Context,
    commitment: EntryId,
    amount: Annotated[str, typer.Option(metavar="YUAN", help="A part; all that is left.")] = "",
    on: On = "",
    note: Note = "",
) -> None:
    """Takes back what is left of a commitment, or a part of it."""
    with open_node(context) as replica:
        row = find(replica, ENTRY.name, commitment)
        one = looking.find(replica, row["budget"])
        known = [balance.entry_of(entry) for entry in looking.entries(replica, one.id)]
        whole = balance.open_of(known, row["id"])
        values = {
            "kind": balance.RELEASE,
            "line": row["line"],
            "commitment": row["id"],
            "done_on": on,
            "amount_fen": fen(amount) if amount else whole,
            "note": note,
        }
        if not whole:
            raise UsageError(f"Nothing is left of the commitment {row['id']}.",
                             hint="See it with: linli fund budget entries")  # fmt: skip
        _put(context, replica, one, values)


@verb(app, "void", "linli fund budget void 7Q2M9K --reason 录错项目")
def void_(
    context: typer.Context,
    entry: EntryId,
    reason: Annotated[str, typer.Option(metavar="REASON", help="Name or code, such as 录错项目.")],
) -> None:
    """Voids an entry, or a budget that has none: it stays on the ledger and counts for nothing."""
    with open_node(context) as replica:
        try:
            row = find(replica, ENTRY.name, entry)
        except UsageError:
            row = {"id": looking.find(replica, entry).id}
        entering.strike(replica, row["id"], reason, user=acting(context))
        saved(replica, f"{short(row['id'])} is void.")
