"""`linli division change`: what a yearly list says otherwise, and what is decided about it."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Annotated

import typer

from cli import table
from cli.grammar import Csv, Json, On, Within, sentences, verb
from cli.home import acting, code_of, name_of, open_node, saved, within
from cli.output import as_json, counted, result, say
from cli.records import PART_CHARACTERS_MIN, short
from hub import redrawing
from node.care.headings import heading
from node.care.redrawing import CONFIRMED, GONE, MOVE, NEW, OPEN, RECODE, REFUSED, STATES, Change
from node.care.sheets.listing import divisions_of
from node.care.sheets.reading import open_sheet
from node.errors import UsageError
from node.language import said
from node.members import compare_divisions
from node.replica import Replica

change = sentences("Changes of divisions: what a new list says otherwise, to be confirmed.")
_COLUMNS = (
    "id", "state", "kind", "code", "name", "level", "parent", "before", "act", "other", "document"
)  # fmt: skip

Which = Annotated[str, typer.Argument(metavar="CHANGE", help="Id, or part of an id.")]


@verb(change, "import", "linli division change import 赤城县2027.xlsx")
def import_(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="The whole list: XLSX, CSV or TSV.")],
    sheet: Annotated[str, typer.Option(metavar="NAME", help="Which sheet of a workbook.")] = "",
    json: Json = False,
) -> None:
    """Compares a yearly list with what is recorded and keeps each difference as a proposal."""
    with open_node(context) as replica:
        with open_sheet(file, sheet, hidden=False) as opened:
            found = divisions_of(opened)
        if found.notes:
            first = found.notes[0]
            raise UsageError(
                f"Row {first.row} of the list does not fit: {first.reason}",
                hint="Nothing of it was taken in. All rows: linli import divisions FILE --dry-run",
            )
        compared = compare_divisions(replica, found.listed)
        source = hashlib.sha256(file.read_bytes()).hexdigest()
        count = redrawing.propose(replica, found.listed, compared, source, user=acting(context))
        waiting = sum(one.state == OPEN for one in redrawing.changes(replica))
        if json:
            as_json({"proposed": count, "open": waiting})
        saved(replica, f"{counted(count, 'proposal')} new, {waiting} open.")
        say("To see them: linli division change list")


@verb(change, "list", "linli division change list --at 赤城镇", "linli division change list --csv")
def list_(
    context: typer.Context,
    at: Within = "",
    state: Annotated[
        str,
        typer.Option(metavar="STATE", help="open, confirmed, refused or all [default: open]."),
    ] = OPEN,
    json: Json = False,
    csv: Csv = False,
) -> None:
    """Lists proposed changes, in the order in which they are best decided."""
    if state not in (*STATES, "all"):
        raise UsageError(
            f"{state!r} is no state of a change.", hint="Give open, confirmed, refused or all."
        )
    with open_node(context) as replica:
        top = within(replica, at)
        found = [
            one
            for one in redrawing.changes(replica)
            if state in (one.state, "all") and (top is None or _below(replica, top, one))
        ]
        rows = [_cells(replica, one) for one in found]
        if json:
            as_json([dict(zip(_COLUMNS, row, strict=True)) for row in rows])
        elif csv:
            table.as_csv([heading("division_change", name) for name in _COLUMNS], rows)
        else:
            heads = ["id", "state", "what", "code", "name", "before"]
            shown = [
                (
                    short(one.id),
                    _state_words(one.state),
                    _words(one),
                    one.code,
                    one.name,
                    one.before,
                )
                for one in found
            ]
            table.table(heads, shown, folded=["what", "name", "before"])


def _below(replica: Replica, top: str, one: Change) -> bool:
    known = replica.tree.by_code(one.parent)
    places = (one.subject, known.id if known else "")
    return any(place and replica.tree.covers(top, place) for place in places)


def _cells(replica: Replica, one: Change) -> tuple[str, ...]:
    other = code_of(replica, one.other) if one.other else ""
    return (
        one.id, one.state, one.kind, one.code, one.name, one.level, one.parent, one.before,
        one.act, other, one.document,
    )  # fmt: skip


def _words(one: Change) -> str:
    """What a change proposes, or what it became, in words."""
    return {
        NEW: said("new"),
        RECODE: said("new code"),
        MOVE: said("another township"),
        GONE: said("gone"),
        "rename": said("new name"),
        "merge": said("merged"),
        "split": said("split off"),
        "abolish": said("abolished"),
        "establish": said("new"),
    }[one.act or one.kind]


def _state_words(state: str) -> str:
    return {
        OPEN: said("to be looked at"),
        CONFIRMED: said("confirmed"),
        REFUSED: said("refused"),
    }[state]


@verb(
    change,
    "confirm",
    "linli division change confirm 7Q2M9K --document 县政发〔2026〕12号",
    "linli division change confirm 8R3N0M --into 三井村 --document 县政发〔2026〕12号",
)
def confirm(
    context: typer.Context,
    which: Which,
    document: Annotated[str, typer.Option(metavar="TEXT", help="The decision behind it.")],
    into: Annotated[
        str, typer.Option(metavar="DIVISION", help="Of what is gone: who takes over.")
    ] = "",
    part_of: Annotated[
        str, typer.Option("--from", metavar="DIVISION", help="Of what is new: what it was part of.")
    ] = "",
    on: On = "",
) -> None:
    """Confirms a proposed change; records and history are found under old and new code."""
    with open_node(context) as replica:
        one = _found(replica, which)
        act = redrawing.confirm(
            replica,
            one,
            document=document,
            user=acting(context),
            into=replica.tree.find(into).id if into else "",
            part_of=replica.tree.find(part_of).id if part_of else "",
            on=on,
        )
        result(act)
        name = f"{name_of(replica, one.subject)}" if one.subject else one.name
        saved(replica, f"The change of {name} ({one.code}) is confirmed: {act}.")
        if act in ("merge", "move"):
            say("A box that a former township let in must be invited anew if the township changed.")


@verb(change, "refuse", "linli division change refuse 7Q2M9K")
def refuse(context: typer.Context, which: Which) -> None:
    """Refuses a proposed change; a later list that says the same does not bring it back."""
    with open_node(context) as replica:
        one = _found(replica, which)
        redrawing.refuse(replica, one, user=acting(context))
        saved(replica, f"The proposal about {one.name} ({one.code}) is refused.")


def _found(replica: Replica, typed: str) -> Change:
    part = typed.strip().upper()
    found = [
        one
        for one in redrawing.changes(replica)
        if len(part) >= PART_CHARACTERS_MIN and (one.id.endswith(part) or one.id.startswith(part))
    ]
    if len(found) != 1:
        raise UsageError(
            f"{len(found)} proposed changes fit {typed!r}.",
            hint="Copy the id from: linli division change list --state all",
        )
    return found[0]
