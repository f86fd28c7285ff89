"""`linli NOUN history`: every change of a record, declared once for all nouns.

What is told comes from the ledger: who acted, at which node and when, what stood there before and
after, and the signed segment that proves it to whoever doubts. A change that no segment holds yet
waits on this box.
"""

from __future__ import annotations

import heapq
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Annotated, Any

import typer

from cli import card, table
from cli.card import moment, spelt
from cli.grammar import Csv, Json, verb
from cli.home import code_of, name_of, open_node
from cli.output import as_json
from cli.records import find
from node.care.headings import heading
from node.care.policy import BASELINE
from node.clock import stamp_ms
from node.language import said
from node.replica import CellChange, Entry, Replica
from node.schema import Kind

Record = Annotated[str, typer.Argument(metavar="ID", help="Id, part of an id, or name.")]

_HASH_CHARACTERS_SHOWN = 8
_COLUMNS = (
    "at", "user", "division", "division_name", "author", "column", "before", "after", "applied",
    "stands", "reason", "segment", "segment_hash",
)  # fmt: skip


@dataclass(frozen=True)
class Steps:
    """Facts that are told as part of a record.

    Attributes:
        table: Their table.
        key: The column that names the record.
        hidden: Columns that a person does not read.
    """

    table: str
    key: str
    hidden: tuple[str, ...] = ()


Meant = Callable[[Replica, str], Sequence[tuple[str, str]]]
"""The tables and ids of the records that somebody means."""


def declare(
    noun: typer.Typer,
    of_table: str,
    *examples: str,
    steps: Steps | None = None,
    meant: Meant | None = None,
) -> None:
    """Gives a noun the sentence `history`.

    Args:
        noun: The noun.
        of_table: The table of its records.
        examples: Lines to paste.
        steps: Facts that are told with the record.
        meant: Finds what is typed, where that need not be one record of that table.
    """

    @verb(noun, "history", *examples)
    def history(
        context: typer.Context, record: Record, json: Json = False, csv: Csv = False
    ) -> None:
        """Shows every change: who, when, before and after, and the segment that proves it."""
        with open_node(context) as replica:
            if meant is None:
                entries = _entries(replica, of_table, find(replica, of_table, record)["id"], steps)
            else:
                found = [_entries(replica, *one, steps) for one in meant(replica, record)]
                entries = heapq.merge(*found, key=_order)
            if json:
                as_json([_stated(replica, *entry) for entry in entries])
            elif csv:
                headings = [heading("history", name) for name in _COLUMNS]
                table.as_csv(headings, _csv_rows(replica, entries))
            else:
                _print(replica, entries, steps.hidden if steps else ())


def _entries(
    replica: Replica, of_table: str, row_id: str, steps: Steps | None
) -> Iterator[tuple[str, Entry]]:
    """The changes of a record and of its steps with their tables, oldest first."""
    own = ((of_table, entry) for entry in replica.history(of_table, row_id))
    if steps is None:
        return own
    facts = replica.rows(steps.table, where={steps.key: row_id})
    theirs = [
        (steps.table, one) for fact in facts for one in replica.history(steps.table, fact["id"])
    ]
    return heapq.merge(own, sorted(theirs, key=_order), key=_order)


def _order(told: tuple[str, Entry]) -> tuple[int, str, int, int]:
    entry = told[1]
    return entry.time, entry.author, entry.boot, entry.number


def reason_of(replica: Replica, of_table: str, row_id: str) -> str | None:
    """The code of the reason with which a record was made, or None."""
    first = next(replica.history(of_table, row_id), None)
    return first.reason if first else None


def _reason(entry: Entry) -> str:
    return BASELINE.lists.entry_reasons.title(entry.reason)


def _value(replica: Replica, of_table: str, column: str, value: Any) -> str:
    """A value in words; an element of a set by its title."""
    if value is None:
        return ""
    declared = replica.core.schema.by_name[of_table].cells.get(column)
    if declared is not None and declared.kind is Kind.COUNTER:
        return f"{value:+}"
    return spelt(of_table, column, value)


def _before(replica: Replica, of_table: str, change: CellChange) -> str:
    values = (_value(replica, of_table, change.column, one) for one in change.before)
    return "; ".join(values)


def _print(replica: Replica, entries: Iterable[tuple[str, Entry]], hidden: Collection[str]) -> None:
    table.table(
        ["when", "who", "what", "segment"],
        [cells for entry in entries for cells in _cells(replica, *entry, hidden)],
        folded=["who", "what"],
    )


def _cells(
    replica: Replica, of_table: str, entry: Entry, hidden: Collection[str]
) -> Iterator[tuple[str, ...]]:
    """The lines of one change; what they share stands in the first."""
    who = f"{entry.user} {name_of(replica, entry.division)}"
    when = moment(stamp_ms(entry.time))
    segment = ""
    if entry.segment:
        segment = f"{entry.segment.number} {entry.segment.hash.hex()[:_HASH_CHARACTERS_SHOWN]}"
    shown = [change for change in entry.written if change.column not in hidden]
    for place, change in enumerate(shown):
        yield (
            "" if place else when,
            "" if place else " ".join(filter(None, (who, _reason(entry)))),
            _what(replica, of_table, change),
            "" if place else segment,
        )


def _what(replica: Replica, of_table: str, change: CellChange) -> str:
    """One cell: its name, what stood there and what came; and whether that counts."""
    before = _before(replica, of_table, change)
    after = _value(replica, of_table, change.column, change.after) or said("(empty)")
    told = f"{card.heading(of_table, change.column)}: " + (f"{before} → " if before else "") + after
    if not change.applied:
        return f"{told} ({said('not applied')})"
    return told if change.stands else f"{told} ({said('overwritten')})"


def _csv_rows(replica: Replica, entries: Iterable[tuple[str, Entry]]) -> Iterator[list[Any]]:
    for of_table, entry in entries:
        for change in entry.written:
            yield [
                moment(stamp_ms(entry.time)),
                entry.user,
                code_of(replica, entry.division),
                name_of(replica, entry.division),
                entry.author,
                heading(of_table, change.column),
                _before(replica, of_table, change),
                _value(replica, of_table, change.column, change.after),
                "是" if change.applied else "否",
                "是" if change.stands else "否",
                _reason(entry),
                entry.segment.number if entry.segment else "",
                entry.segment.hash.hex() if entry.segment else "",
            ]


def _stated(replica: Replica, of_table: str, entry: Entry) -> dict[str, Any]:
    segment = entry.segment
    return {
        "table": of_table,
        "at_ms": stamp_ms(entry.time),
        "user": entry.user,
        "author": entry.author,
        "division": code_of(replica, entry.division),
        "boot": entry.boot,
        "change": entry.number,
        "reason": entry.reason,
        "created": entry.created,
        "segment": {"number": segment.number, "hash": segment.hash.hex()} if segment else None,
        "written": [
            {
                "column": change.column,
                "before": list(change.before),
                "after": change.after,
                "applied": change.applied,
                "stands": change.stands,
            }
            for change in entry.written
        ],
    }
