"""`linli conflict`: cells in which more than one version stands, because links were down.

A conflict has a value by rule, and everybody sees the same one; the others are kept until a person
settles it. A *proposal* is a version by a tier that does not own the column: it changes nothing
until the owner writes.
"""

from __future__ import annotations

from typing import Annotated, Any

import typer

from cli import table
from cli.card import titled
from cli.grammar import Csv, Json, Within, sentences, verb
from cli.home import acting, code_of, name_of, open_node, saved, within
from cli.output import as_json, result, say
from cli.records import PART_CHARACTERS_MIN, Names, short
from node.care import conflicts, visits
from node.care.doubles.reading import read
from node.care.headings import heading
from node.care.titles import title
from node.clock import local, stamp_ms
from node.errors import UsageError
from node.language import said
from node.replica import Conflict, Replica, VersionView
from node.schema import AMENDMENT

_COLUMNS = (
    "id", "division", "division_name", "record", "column", "kind", "value", "others"
)  # fmt: skip

app = sentences("What was written in two ways while links were down.")

Record = Annotated[str, typer.Argument(metavar="RECORD", help="Id, part of an id, or name.")]


@verb(app, "list", "linli conflict list --at 赤城镇")
def list_(context: typer.Context, at: Within = "", json: Json = False, csv: Csv = False) -> None:
    """Lists every cell in which more than one version stands."""
    with open_node(context) as replica:
        found = replica.conflicts(within(replica, at))
        if json:
            as_json([_stated(replica, conflict) for conflict in found])
            return
        names = Names(replica)
        if csv:
            headings = [heading("conflict", name) for name in _COLUMNS]
            table.as_csv(headings, (_csv_cells(names, conflict) for conflict in found))
            return
        heads = ["id", "record", "column", "kind", "value", "others"]
        rows = [_cells(names, conflict) for conflict in found]
        table.table(heads, rows, folded=["record", "value", "others"])
        if found:
            first = found[0]
            say(f"To see one: linli conflict show {short(first.id)} {first.column}")
        if read(replica).contested:
            say("Some people were merged in two ways: linli person duplicates --state conflict")


def _csv_cells(names: Names, conflict: Conflict) -> tuple[str, ...]:
    _, record, column, _, value, others = _cells(names, conflict)
    replica = names.replica
    place = code_of(replica, conflict.division), name_of(replica, conflict.division)
    kind = "冲突" if conflict.kind == "conflict" else "建议"
    return (conflict.id, *place, record, heading(conflict.table, column), kind, value, others)


def _cells(names: Names, conflict: Conflict) -> tuple[str, ...]:
    value, *others = (_value(conflict, version) for version in conflict.versions)
    return (
        short(conflict.id),
        _record(names, conflict),
        titled(conflict.table, conflict.column),
        said(conflict.kind),
        value,
        "; ".join(others),
    )


def _record(names: Names, conflict: Conflict) -> str:
    """What is in conflict: the kind of record, and its name where it has one."""
    named = "name" in names.replica.core.schema.by_name[conflict.table].cells
    return said(conflict.table) + (f" {names.of(conflict.table, conflict.id)}" if named else "")


def _named(replica: Replica, conflict: Conflict) -> str | None:
    """The name of what is in conflict, where it has one."""
    row = replica.row(conflict.table, conflict.id) or {}
    return row.get("name")


def _value(conflict: Conflict, version: VersionView) -> str:
    """What a version says, in words; one that empties the cell says so."""
    if version.value is None:
        return said("(empty)")
    if conflict.column == AMENDMENT:
        return said(_amendment(str(version.value)))
    return title(conflict.table, conflict.column, version.value)


def _amendment(text: str) -> str:
    """A correction or a void of a visit in words."""
    stands = visits.amendment({AMENDMENT: text})
    if "void" in stands:
        return f"void ({stands['void']})"
    changes = stands.get("correct")
    if not isinstance(changes, dict):
        return text
    written = ", ".join(f"{name} {value}" for name, value in changes.items())
    return f"correct {written} ({stands.get('reason', '')})"


def _stated(replica: Replica, conflict: Conflict) -> dict[str, Any]:
    return {
        "id": conflict.id,
        "table": conflict.table,
        "column": conflict.column,
        "division": code_of(replica, conflict.division),
        "kind": conflict.kind,
        "versions": [
            {
                "take": place,
                "value": version.value,
                "author": version.author,
                "division": code_of(replica, version.division),
                "written_at_ms": stamp_ms(version.time),
                "owner": version.owner,
            }
            for place, version in enumerate(conflict.versions, start=1)
        ],
    }


@verb(app, "show", "linli conflict show 7Q2M9K phone")
def show(
    context: typer.Context,
    record: Record,
    column: Annotated[
        str, typer.Argument(metavar="COLUMN", show_default=False, help="Only this column.")
    ] = "",
    json: Json = False,
) -> None:
    """Shows every version that stands in a record, with who wrote it and when."""
    with open_node(context) as replica:
        found = find(replica, record, column)
        if json:
            as_json([_stated(replica, conflict) for conflict in found])
            return
        for conflict in found:
            _show(replica, conflict)
        first = found[0]
        say(
            "The first version is the value now. To settle it: "
            f"linli conflict resolve {short(first.id)} {first.column} --take 1"
        )


def _show(replica: Replica, conflict: Conflict) -> None:
    name = name_of(replica, conflict.division)
    result(f"{_record(Names(replica), conflict)} {conflict.id}, {name}")
    result(f"{conflict.column}, {said(conflict.kind)}")
    table.table(
        ["#take", "value", "written in", "at", "author"],
        [
            (
                place,
                _value(conflict, version),
                name_of(replica, version.division),
                local(stamp_ms(version.time)),
                version.author[:8],
            )
            for place, version in enumerate(conflict.versions, start=1)
        ],
        folded=["value", "written in"],
    )


def find(replica: Replica, record: str, column: str) -> list[Conflict]:
    """The conflicts of one record, or that of one of its columns.

    Raises:
        UsageError: None is meant, or the record could be several.
    """
    wanted = record.strip().upper()
    every = replica.conflicts()
    fitting = [one for one in every if _named(replica, one) == record.strip()]
    if not fitting and len(wanted) >= PART_CHARACTERS_MIN:
        fitting = [one for one in every if one.id.startswith(wanted) or one.id.endswith(wanted)]
    if not fitting:
        raise UsageError(
            f"No record {record[:60]!r} has a conflict on this node; {len(every)} cells have one.",
            hint="See them with: linli conflict list",
        )
    if len({one.id for one in fitting}) > 1:
        ids = ", ".join(sorted({one.id for one in fitting})[:5])
        raise UsageError(f"Several records fit {record[:60]!r}: {ids}.", hint="Type more of it.")
    chosen = [one for one in fitting if column in ("", one.column)]
    if not chosen:
        open_columns = ", ".join(one.column for one in fitting)
        raise UsageError(
            f"The column {column!r} of {fitting[0].id} has no conflict.",
            hint=f"Its conflicts are in: {open_columns}.",
        )
    return chosen


@verb(
    app,
    "resolve",
    "linli conflict resolve 7Q2M9K phone --take 2",
    "linli conflict resolve 7Q2M9K phone --value 13812345678",
)
def resolve(
    context: typer.Context,
    record: Record,
    column: Annotated[str, typer.Argument(metavar="COLUMN", help="The column in conflict.")],
    take: Annotated[
        int | None,
        typer.Option(metavar="N", show_default=False, help="The version that `show` numbers so."),
    ] = None,
    value: Annotated[
        str | None,
        typer.Option(metavar="TEXT", show_default=False, help="Another value; empty empties it."),
    ] = None,
) -> None:
    """Settles a conflict: one value over every version that stands."""
    if (take is None) == (value is None):
        raise UsageError(
            "A conflict is settled by one of the versions or by another value.",
            hint="Give either --take N or --value TEXT.",
        )
    with open_node(context) as replica:
        conflict = find(replica, record, column)[0]
        chosen = (
            conflicts.taken(conflict, take)
            if take is not None
            else conflicts.typed(conflict, value or "")
        )
        left, owner = conflicts.settle(replica, conflict, chosen, user=acting(context))
        if len(left.versions) > 1:
            _still_open(left, owner, replica)
            return
        shown = _value(conflict, left.versions[0]) if left.versions else said("(empty)")
        saved(replica, f"Settled {column} of {short(conflict.id)}: {shown}.")


def _still_open(conflict: Conflict, owner: str, replica: Replica) -> None:
    """Says that the word of another tier still stands beside what was written."""
    saved(replica, f"Wrote {conflict.column} of {short(conflict.id)} as a proposal.")
    if owner:
        say(f"The {owner} decides this column, and only its node can settle it.")
