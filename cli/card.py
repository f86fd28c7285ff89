"""A record as it is shown: its fields in words, its ticks, its conflicts; and the same as JSON.

JSON holds codes and whole ids and keeps its keys; text holds names and may be put better.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from cli import table as tables
from cli.home import code_of, name_of, saved
from cli.money import yuan
from cli.output import as_json
from cli.records import find, short
from node.care.headings import HEADINGS
from node.care.headings import heading as in_chinese
from node.care.titles import title
from node.clock import local
from node.division import LEVELS
from node.language import CHINESE, said, spoken
from node.replica import Replica, Tick


def moment(ms: int | None) -> str:
    """A moment as the clock on the wall shows it in China; empty where there is none."""
    return "" if ms is None else local(ms)


def show(
    replica: Replica,
    table: str,
    row: Mapping[str, Any],
    json: bool,
    *,
    shown: Mapping[str, Callable[[Any], str]] | None = None,
    more: Sequence[tuple[str, str]] = (),
    stated_more: Mapping[str, Any] | None = None,
) -> None:
    """Prints one record with its ticks and what is in conflict.

    Args:
        replica: This node.
        table: The record's table.
        row: The record.
        json: Whether as JSON.
        shown: How columns are shown that are neither codes nor plain.
        more: Further lines.
        stated_more: Further keys of the JSON.
    """
    ticks = replica.ticks(table, row["id"])
    conflicts = contested(replica, table, row)
    if json:
        extra = {"ticks": stated_ticks(replica, ticks), "conflicts": conflicts}
        as_json({**stated(replica, table, row), **(stated_more or {}), **extra})
        return
    pairs = [*fields_of(replica, table, row, shown), *more, *tick_pairs(replica, row, ticks)]
    if conflicts:
        names = ", ".join(titled(table, column) for column in conflicts)
        seen = f"{names} (linli conflict show {short(row['id'])})"
        pairs.append(("conflicts", seen))
    tables.fields(pairs)


def titled(table: str, column: str) -> str:
    """A field as a reader calls it, and as it is typed."""
    called = heading(table, column)
    return column if called == column else f"{called} {column}"


def spelt(table: str, column: str, value: Any) -> str:
    """A value as people read it: codes in Chinese, moments by the clock on the wall, yuan."""
    if value is None:
        return ""
    if column.endswith("_at") and isinstance(value, int):
        return moment(value)
    if column.endswith("_fen"):
        return yuan(value)
    return title(table, column, value)


@dataclass(frozen=True)
class Listing:
    """How the records of a table are listed, in each of the three forms.

    Attributes:
        table: The table.
        heads: The heads of the text; one that begins with `#` holds numbers.
        cells: The cells of a row under them.
        folded: The heads that give way where the width does not suffice.
        more: Further keys of JSON, by row.
        named: Further columns of CSV, by row: names beside ids.
    """

    table: str
    heads: Sequence[str]
    cells: Callable[[Mapping[str, Any]], Sequence[Any]]
    folded: Sequence[str]
    more: Callable[[Mapping[str, Any]], Mapping[str, Any]] = lambda _: {}
    named: Mapping[str, Callable[[Mapping[str, Any]], str]] = field(default_factory=dict)


def listing(
    replica: Replica,
    rows: Iterable[Mapping[str, Any]],
    how: Listing,
    *,
    json: bool = False,
    csv: bool = False,
) -> None:
    """Prints records as a table, as JSON or as CSV.

    Args:
        replica: This node.
        rows: The records.
        how: What is shown of them.
        json: Whether as JSON.
        csv: Whether as CSV.
    """
    if json:
        as_json([{**stated(replica, how.table, row), **how.more(row)} for row in rows])
    elif csv:
        columns = [column.name for column in replica.core.schema.by_name[how.table].columns]
        names = ["id", "division", "division_name", *how.named, *columns]
        named = [in_chinese(how.table, name) for name in names]
        tables.as_csv(named, (_csv_cells(replica, how, columns, row) for row in rows))
    else:
        heads, folded = (
            [_head(replica, how.table, head) for head in names] for names in (how.heads, how.folded)
        )
        tables.table(heads, [how.cells(row) for row in rows], folded=folded)


def _head(replica: Replica, table: str, head: str) -> str:
    """The head of a column, in Chinese as the record calls it: names stand there, and no ids."""
    name = head.removeprefix("#")
    if replica.core.schema.by_name[table].column(name) is None:
        return head
    called = heading(table, f"{name}_name")
    return head.replace(name, heading(table, name) if called == f"{name}_name" else called)


def _csv_cells(
    replica: Replica, how: Listing, columns: Sequence[str], row: Mapping[str, Any]
) -> list[Any]:
    def plain(name: str) -> Any:
        """A number stays one, unless it stands for something else."""
        value, text = row.get(name), spelt(how.table, name, row.get(name))
        return value if isinstance(value, int) and text == str(value) else text

    division = row["division#"]
    return [
        str(row["id"]),
        code_of(replica, division),
        name_of(replica, division),
        *(tell(row) for tell in how.named.values()),
        *(plain(name) for name in columns),
    ]


def stated(replica: Replica, table: str, row: Mapping[str, Any]) -> dict[str, Any]:
    """A row as JSON shows it: its id, its division's code, and every column with its codes."""
    declared = replica.core.schema.by_name[table]
    columns = {column.name: row.get(column.name) for column in declared.columns}
    return {"id": row["id"], "division": code_of(replica, row["division#"]), **columns}


def fields_of(
    replica: Replica,
    table: str,
    row: Mapping[str, Any],
    shown: Mapping[str, Callable[[Any], str]] | None = None,
) -> list[tuple[str, str]]:
    """A row as a table of its fields, codes in Chinese; those that are empty are left out.

    Args:
        replica: This node.
        table: The row's table.
        row: The row.
        shown: How columns are shown that are neither codes nor plain.
    """
    declared = replica.core.schema.by_name[table]
    special = shown or {}
    pairs = [("id", str(row["id"])), ("division", name_of(replica, row["division#"]))]
    for column in declared.columns:
        value = row.get(column.name)
        if column.name in special:
            pairs.append((heading(table, column.name), special[column.name](value)))
        else:
            pairs.append((heading(table, column.name), spelt(table, column.name, value)))
    return [(name, text) for name, text in pairs if text]


def heading(table: str, column: str) -> str:
    """What a column is called: in Chinese as on pages and sheets, in English its own name."""
    named = HEADINGS.get(table, {}) if spoken() == CHINESE else {}
    return named.get(column, column)


def tell_closed(replica: Replica, table: str, row_id: str) -> None:
    """Says since when and why a record that was just closed is closed."""
    row = find(replica, table, row_id)
    why = title(table, "closed_reason", row["closed_reason"])
    saved(replica, f"{row['name']} is closed since {row['closed_on']}: {why}.")


def marks(replica: Replica, row: Mapping[str, Any], ticks: Sequence[Tick]) -> str:
    """The ticks of a record: one on its own box, two where the tier above has it, three."""
    standing = replica.view.standing(row["author#"])
    tiers = [LEVELS.index(tick.tier) for tick in ticks if tick.tier in LEVELS]
    if standing is None or standing.tier not in LEVELS or not tiers:
        return "✓"
    return "✓" * max(LEVELS.index(standing.tier) - min(tiers) + 1, 1)


def tick_pairs(
    replica: Replica, row: Mapping[str, Any], ticks: Sequence[Tick]
) -> list[tuple[str, str]]:
    """The ticks of a record, a tier in each line."""
    pairs = [("ticks", marks(replica, row, ticks))]
    for tick in ticks:
        told = " ".join(filter(None, (name_of(replica, tick.division), _since(tick))))
        if tick.reason:
            told += f" ({said('not applied there')}: {tick.reason})"
        pairs.append((f"  {tick.tier}", told))
    return pairs


def _since(tick: Tick) -> str:
    return said(f"since {local(tick.at_ms)}") if tick.at_ms else ""


def stated_ticks(replica: Replica, ticks: Sequence[Tick]) -> list[dict[str, Any]]:
    """The ticks of a record as JSON shows them."""
    return [
        {
            "tier": tick.tier,
            "division": code_of(replica, tick.division),
            "at_ms": tick.at_ms,
            "unapplied": tick.reason,
        }
        for tick in ticks
    ]


def contested(replica: Replica, table: str, row: Mapping[str, Any]) -> list[str]:
    """The columns of a record in which more than one version stands."""
    return sorted(
        conflict.column
        for conflict in replica.conflicts(row["division#"])
        if (conflict.table, conflict.id) == (table, row["id"])
    )
