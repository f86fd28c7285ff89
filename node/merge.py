"""The merge: what of a run of changes counts here, and what it makes of the tables.

A segment's body is taken in block by block. What its author had no right to, or this node does not
understand, is set aside with its reason; everything else goes into the tables with a few statements
a column. Then the cells that were touched are settled as functions of the set of their versions,
and derived columns follow. The same code takes in a local write, a segment from a peer, and every
segment of a partition that is rebuilt, so that the result can only depend on the segments.

No clock, no socket, no care: the schema is handed in, SQL is behind the store.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from node.clock import clamp, stamp
from node.feed import Digest, FeedKey, Partition, VersionName
from node.identity import author_bytes
from node.schema import AMENDMENT, Channel, Column, Kind, Schema, Table
from node.segment import Body, Cells, Rows, ids_of, row_ids
from node.store import Store
from node.store.rows import rows_digest
from node.store.standing import DECIDING_STARTS, Named, Version

_ID_BATCH = 500
_OWN_ROW_INDEXES = range(128)
"""How many rows of one change an author outside the partition can amend; its changes have one."""


@dataclass(frozen=True, slots=True)
class Authority:
    """What an author may do in a partition, as the trust frontier of its segment says.

    Attributes:
        covers: Its division is the partition's or stands above it.
        tier: The tier of its division.
        barred: Why nothing of it counts any more, whatever it might do once; empty where it does.
    """

    covers: bool
    tier: str
    barred: str = ""

    def may_create(self, table: Table) -> bool:
        """Whether it may create rows of a table."""
        if table.writer and table.writer != self.tier:
            return False
        open_to_all = table.fact and not table.local and table.channel is not Channel.TRUST
        return self.covers or open_to_all


@dataclass(frozen=True, slots=True)
class Source:
    """Where a body comes from.

    Attributes:
        feed: Its feed.
        boot: The boot that wrote it.
        beacon_time: The beacon in force, milliseconds; 0 for none.
        authority: What the author may do there.
    """

    feed: FeedKey
    boot: int
    beacon_time: int
    authority: Authority


@dataclass(frozen=True, slots=True)
class Aside:
    """A part of a body that was not applied; an empty column means the rows of the table."""

    table: str
    column: str
    reason: str
    first_change: int
    last_change: int


class Merge:
    """Takes bodies in and settles what they touched; one instance for one transaction.

    Args:
        store: The node's database, within a transaction.
        schema: What the node keeps.
        isolation_ms: The longest time that a node may go on without a newer beacon.
    """

    def __init__(self, store: Store, schema: Schema, isolation_ms: int) -> None:
        self.store = store
        self.schema = schema
        self.isolation_ms = isolation_ms
        self._derive: dict[tuple[str, str], set[str]] = {}
        self._created: set[tuple[str, str]] = set()

    def add(self, source: Source, body: Body, digested: bool = True) -> list[Aside]:
        """Takes in a body; `settle` completes it.

        Args:
            source: Where it comes from.
            body: The changes.
            digested: Whether the new rows join the digests now; a local write does so when it is
                sealed.

        Returns:
            What was not applied.
        """
        times = self._clamped(source, body)
        origin = self.store.records.origin(source.feed.author, source.boot, source.authority.tier)
        aside: list[Aside] = []
        for rows in body.rows:
            aside.extend(self._add_rows(source, body, rows, times, origin, digested))
        for cells in body.cells:
            aside.extend(self._add_cells(source, body, cells, times, origin))
        return aside

    def digest_rows(self, source: Source, body: Body) -> None:
        """Adds the rows of a local body to the digests, now that a segment holds it."""
        for rows in body.rows:
            table = self.schema.table(rows.table)
            if table is None:
                continue
            ids = ids_of(author_bytes(source.feed.author), source.boot, body.changes, rows)
            numbers = [body.changes.number[position] for position in rows.change]
            columns, _ = self._known_columns(table, rows)
            digest = rows_digest(table, ids, columns, numbers)
            self.store.ledger.move_state(source.feed.partition, table.name, digest)

    def settle(self) -> None:
        """Makes every touched cell and derived column what its sources say."""
        cells = self.store.cells
        for division, name in sorted(self._created):
            cells.wake(division, name)
        touched = cells.touched()
        if touched:
            before = cells.contributions()
            for division, name, col in touched:
                table = self.schema.by_name[name]
                ids = cells.settle(division, table, table.cells[col])
                self._touch_sources(division, table, ids)
            self._move(before, cells.contributions())
            cells.clear(name for _, name, _ in touched)
        self._settle_derived()

    def _move(
        self, before: dict[tuple[str, str], Digest], after: dict[tuple[str, str], Digest]
    ) -> None:
        for key in sorted(before.keys() | after.keys()):
            moved = after.get(key, Digest()) - before.get(key, Digest())
            division, name = key
            channel = self.schema.by_name[name].channel
            self.store.ledger.move_state(Partition(division, channel), name, moved)

    # --- rows ------------------------------------------------------------------------------------

    def _add_rows(
        self,
        source: Source,
        body: Body,
        rows: Rows,
        times: Sequence[int],
        origin: int,
        digested: bool,
    ) -> Iterable[Aside]:
        numbers = [body.changes.number[position] for position in rows.change]
        if not numbers:
            return
        span = (min(numbers), max(numbers))
        table = self.schema.table(rows.table)
        reason = self._refuse_rows(source, table)
        if table is None or reason:
            yield Aside(rows.table, "", reason, *span)
            return
        ids = ids_of(author_bytes(source.feed.author), source.boot, body.changes, rows)
        columns, unfit = self._known_columns(table, rows)
        for column, why in unfit:
            yield Aside(table.name, column, why, *span)
        division = source.feed.division
        stamps = ([times[position] for position in rows.change], origin, numbers)
        filled = {
            **self._propose(source, table, ids, columns, stamps),
            **{c.name: [0] * len(ids) for c in table.columns if c.kind is Kind.COUNTER},
        }
        self.store.records.insert(division, table, ids, filled, stamps)
        if digested:
            digest = rows_digest(table, ids, columns, numbers)
            self.store.ledger.move_state(source.feed.partition, table.name, digest)
        self._created.add((division, table.name))
        if table.derivations:
            self._derive.setdefault((division, table.name), set()).update(ids)
        self._touch_columns(division, table.name, columns)

    def _propose(
        self,
        source: Source,
        table: Table,
        ids: list[str],
        columns: dict[str, list[Any]],
        stamps: tuple[Sequence[int], int, Sequence[int]],
    ) -> dict[str, list[Any]]:
        """Makes what a new row says in another tier's columns a proposal, as any later write is.

        Returns:
            The columns that the rows themselves are filled with.
        """
        times, origin, numbers = stamps
        kept = dict(columns)
        for name, values in columns.items():
            column = table.cells.get(name)
            if column is None or column.owner in ("", source.authority.tier):
                continue
            del kept[name]
            text = column.type is str
            versions = [
                Version(
                    id_, "", origin, number, time,
                    value if text else None, None if text else value, 0, 1,
                )
                for id_, number, time, value in zip(ids, numbers, times, values, strict=True)
                if value is not None
            ]  # fmt: skip
            if versions:
                self.store.cells.write(source.feed.division, table.name, name, versions, [])
        return kept

    def _refuse_rows(self, source: Source, table: Table | None) -> str:
        if table is None:
            return "TABLE_UNKNOWN"
        if table.channel is not source.feed.channel:
            return "VALUE_INVALID"
        if source.authority.barred:
            return source.authority.barred
        return "" if source.authority.may_create(table) else "NOT_AUTHORISED"

    def _known_columns(
        self, table: Table, rows: Rows
    ) -> tuple[dict[str, list[Any]], list[tuple[str, str]]]:
        """The columns of a block that can be applied, and those that cannot, with the reason."""
        fit: dict[str, list[Any]] = {}
        unfit: list[tuple[str, str]] = []
        for name, values in rows.columns.items():
            column = table.column(name)
            if column is None or not column.stored:
                unfit.append((name, "COLUMN_UNKNOWN"))
            elif not _fits(values, column.type):
                unfit.append((name, "VALUE_INVALID"))
            else:
                fit[name] = values
        return fit, unfit

    # --- cells -----------------------------------------------------------------------------------

    def _add_cells(
        self, source: Source, body: Body, cells: Cells, times: Sequence[int], origin: int
    ) -> Iterable[Aside]:
        numbers = [body.changes.number[position] for position in cells.change]
        if not numbers:
            return
        span = (min(numbers), max(numbers))
        table = self.schema.table(cells.table)
        column = table.cells.get(cells.column) if table else None
        reason = self._refuse_cells(source, table, column, cells)
        if table is None or column is None or reason:
            yield Aside(cells.table, cells.column, reason, *span)
            return
        applied = self._rights(source, table, column, cells)
        barred = [number for number, right in zip(numbers, applied, strict=True) if not right]
        if barred:
            why = source.authority.barred or "NOT_AUTHORISED"
            yield Aside(table.name, column.name, why, min(barred), max(barred))
        owner = int(column.kind is Kind.AUTHORITY and source.authority.tier == column.owner)
        voids = column.name == AMENDMENT
        elements = [element or "" for element in cells.element]
        text = column.type is str and column.kind is not Kind.SET
        versions = [
            Version(
                row,
                element,
                origin,
                number,
                times[position],
                value if text else None,
                None if text else value,
                int(str(value).startswith(DECIDING_STARTS)) if voids else owner,
                right,
            )
            for row, element, number, position, value, right in zip(
                cells.row, elements, numbers, cells.change, cells.value, applied, strict=True
            )
        ]
        named = [
            Named(row, element, origin, number, self.store.records.origin(*name[:2]), name.number)
            for row, element, number, names in zip(
                cells.row, elements, numbers, cells.named, strict=True
            )
            for name in names
        ]
        self.store.cells.write(source.feed.division, table.name, column.name, versions, named)

    def _refuse_cells(
        self, source: Source, table: Table | None, column: Column | None, cells: Cells
    ) -> str:
        if table is None:
            return "TABLE_UNKNOWN"
        if column is None:
            return "COLUMN_UNKNOWN"
        if table.channel is not source.feed.channel:
            return "VALUE_INVALID"
        in_set = column.kind is Kind.SET
        type_ = int if in_set else column.type
        if not _fits(cells.value, type_) or any((e is not None) != in_set for e in cells.element):
            return "VALUE_INVALID"
        return ""

    def _rights(self, source: Source, table: Table, column: Column, cells: Cells) -> list[int]:
        """For each write, 1 where its author may make it.

        A fact may be amended from outside by the author that wrote it: the amendment then names the
        row's creation, and the row's id, which is a hash over its author, proves it.
        """
        if source.authority.barred:
            return [0] * len(cells)
        if source.authority.covers and table.writer in ("", source.authority.tier):
            return [1] * len(cells)
        if column.name != AMENDMENT or table.channel is Channel.TRUST:
            return [0] * len(cells)
        author = source.feed.author
        return [
            int(any(name.author == author and _wrote(name, row) for name in names))
            for row, names in zip(cells.row, cells.named, strict=True)
        ]

    # --- derived columns -------------------------------------------------------------------------

    def _touch_columns(self, division: str, source: str, columns: dict[str, list[Any]]) -> None:
        """Notes the rows whose derived columns depend on new rows of a table."""
        for table in self.schema.tables:
            for derivation in table.derivations:
                if derivation.source == source and derivation.key in columns:
                    keys = {key for key in columns[derivation.key] if key is not None}
                    self._derive.setdefault((division, table.name), set()).update(keys)

    def _touch_sources(self, division: str, source: Table, ids: list[str]) -> None:
        """Notes the rows whose derived columns depend on rows whose cells were settled."""
        derivations = [
            (table, derivation)
            for table in self.schema.tables
            for derivation in table.derivations
            if derivation.source == source.name
        ]
        for table, derivation in derivations:
            keys = {
                row[derivation.key]
                for start in range(0, len(ids), _ID_BATCH)
                for row in self.store.records.read(
                    source, [division], {"id": ids[start : start + _ID_BATCH]}
                )
            }
            keys.discard(None)
            self._derive.setdefault((division, table.name), set()).update(keys)

    def _settle_derived(self) -> None:
        for (division, name), ids in sorted(self._derive.items()):
            table = self.schema.by_name[name]
            for derivation in table.derivations:
                moved = self.store.records.derive(division, table, derivation, ids)
                self.store.ledger.move_state(Partition(division, table.channel), name, moved)
        self._derive.clear()
        self._created.clear()

    def _clamped(self, source: Source, body: Body) -> Sequence[int]:
        times = body.changes.time
        beacon = source.beacon_time
        if not beacon or (
            min(times) >= stamp(beacon) and max(times) <= stamp(beacon + self.isolation_ms)
        ):
            return times
        return [clamp(time, beacon, self.isolation_ms) for time in times]


def _fits(values: Iterable[Any], type_: type) -> bool:
    return set(map(type, values)) <= {type_, type(None)}


def _wrote(name: VersionName, row: str) -> bool:
    """Whether a row's id is one that the named change of its author gave."""
    count = len(_OWN_ROW_INDEXES)
    ids = row_ids(
        author_bytes(name.author), name.boot, [name.number] * count, [0] * count, _OWN_ROW_INDEXES
    )
    return row[10:] in {id_[10:] for id_ in ids}
