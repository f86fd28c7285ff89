"""Local writes: what a person asks for, made into changes and committed.

A write is acknowledged when this module returns, and not before: then the rows and the change on
the open tail are committed together. What the node has no right to write is refused here with the
same judgement with which every other node would set it aside.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from node import wire
from node.errors import Refused, UsageError
from node.feed import Partition, VersionName
from node.identity import author_bytes
from node.merge import Aside, Authority, Source
from node.replica.core import Core, amendment, canonical
from node.replica.cutting import heed
from node.replica.sealing import seal_foreign_tails
from node.replica.writes import (
    AddElement,
    Amend,
    Assign,
    Increment,
    Insert,
    RemoveElement,
    Settle,
    Write,
    Written,
)
from node.schema import AMENDMENT, Channel, Column, Kind, Table
from node.segment import CHANGE_BYTES_MAX, Body, Cells, Changes, Rows, ids_of, join
from node.store.standing import DECIDING_STARTS

_BATCH_CHANGES = 500
_ROW_BYTES = 40


class Writer:
    """Makes changes.

    Args:
        core: The replica's core.
    """

    def __init__(self, core: Core) -> None:
        self.core = core

    def act(
        self, parts: Sequence[tuple[str, Sequence[Write]]], *, user: str, reason: str | None
    ) -> Written:
        """Writes into one or several partitions in one transaction.

        Args:
            parts: Division ids with the writes there; the tables say the channel.
            user: Who acts.
            reason: A reason code, or None.

        Raises:
            UsageError: A table, column or value does not exist or fit.
            Refused: This node has no right to it.
            StoreFault: The disk or the database failed; nothing was written.
        """
        by_partition: dict[Partition, list[tuple[int, Write]]] = {}
        place = 0
        for division, writes in parts:
            for write in writes:
                table = self._table(write.table)
                partition = Partition(division, table.channel)
                by_partition.setdefault(partition, []).append((place, write))
                place += 1
        ids: dict[int, str] = {}
        try:
            with self.core.store.transaction():
                self.core.fresh_boot()
                number = self.core.store.integer("next_number") or 1
                act = f"{self.core.boot:016x}-{number}" if len(by_partition) > 1 else None
                for partition, placed in sorted(by_partition.items(), key=lambda item: item[0]):
                    made = self._change(partition, placed, number, user, reason, act)
                    ids.update(made)
                    number += 1
                self.core.store.put_integer("next_number", number)
                if any(one.channel is Channel.TRUST for one in by_partition):
                    heed(self.core)
        except BaseException:
            self.core.forget_views()
            raise
        count = len(by_partition)
        return Written(
            [ids[at] for at in sorted(ids)],
            list(range(number - count, number)),
            self.core.boot,
        )

    def insert_each(
        self, division: str, inserts: Sequence[Insert], *, user: str, reason: str | None
    ) -> Written:
        """Creates many rows in one transaction, each in a change of its own.

        It is `act` for an import: the same judgement and the same ledger, a column at a time.

        Raises:
            UsageError: A table, column or value does not exist or fit; nothing was written.
            Refused: This node has no right to it.
        """
        core = self.core
        channels = {self._table(write.table).channel for write in inserts}
        if len(channels) > 1:
            raise UsageError("One batch writes into one channel.", hint="Split it by table.")
        ids: list[str] = []
        changes: list[int] = []
        with core.store.transaction():
            core.fresh_boot()
            for batch in self._batches(inserts):
                partition = Partition(division, *channels)
                body = self._batch(batch, user, reason, ids)
                self._put(partition, self._authority(partition), body)
                changes.extend(body.changes.number)
        return Written(ids, changes, core.boot)

    def _batches(self, inserts: Sequence[Insert]) -> Iterator[list[Insert]]:
        """The rows in batches of which each fits into a segment, however little it compresses."""
        limits = self.core.limits
        batch: list[Insert] = []
        size = 0
        for write in inserts:
            bytes_ = _ROW_BYTES + sum(len(str(value).encode()) for value in write.values.values())
            full = len(batch) >= min(_BATCH_CHANGES, limits.segment_changes_max)
            if batch and (full or size + bytes_ > limits.body_bytes_target):
                yield batch
                batch, size = [], 0
            batch.append(write)
            size += bytes_
        if batch:
            yield batch

    def _batch(
        self, inserts: Sequence[Insert], user: str, reason: str | None, ids: list[str]
    ) -> Body:
        """A body of one change for each row; the ids are added to a list."""
        core = self.core
        number = core.store.integer("next_number") or 1
        time = core.next_time()
        bodies = []
        for offset, write in enumerate(inserts):
            changes = Changes([number + offset], [time + offset], [user], [reason], [None])
            body = Body(changes)
            ids.append(self._insert(body, write, 0))
            bodies.append(body)
        core.observe(time + len(inserts))
        core.store.put_integer("next_number", number + len(inserts))
        return join(bodies)

    def _change(
        self,
        partition: Partition,
        writes: Sequence[tuple[int, Write]],
        number: int,
        user: str,
        reason: str | None,
        act: str | None,
    ) -> dict[int, str]:
        """Writes one change and returns the ids of new rows by the place of their writes."""
        core = self.core
        authority = self._authority(partition)
        time = core.next_time()
        changes = Changes([number], [time], [user], [reason], [act])
        body = Body(changes)
        made: dict[int, str] = {}
        for at, write in writes:
            if isinstance(write, Insert):
                made[at] = self._insert(body, write, len(made))
            else:
                self._cell(body, partition, write)
        self._put(partition, authority, join([body]))
        return made

    def _put(self, partition: Partition, authority: Authority, body: Body) -> None:
        """Applies a body of new changes and keeps it on the open tail."""
        core = self.core
        seal_foreign_tails(core, partition)
        feed = core.own_feed(*partition)
        beacon = core.beacon()
        source = Source(feed, core.boot, beacon.time if beacon else 0, authority)
        merge = core.merge()
        aside = merge.add(source, body, digested=False)
        if aside:
            raise self._barred(partition, aside[0])
        merge.settle()
        encoded = wire.encode_body(body)
        if len(encoded) > CHANGE_BYTES_MAX:
            raise UsageError(
                f"One change would have {len(encoded)} bytes; {CHANGE_BYTES_MAX} are allowed.",
                hint="Write it in several parts.",
            )
        core.store.ledger.put_tail(
            partition,
            body.changes.number[0],
            core.boot,
            core.clock.now_ms(),
            encoded,
            len(body.changes),
        )

    def _authority(self, partition: Partition) -> Authority:
        core = self.core
        view = core.view()
        view.check_cut(core.author)
        standing = view.standing(core.author)
        if standing is None:
            raise Refused(
                "This node has not yet received the county's trust data, so nobody could tell what "
                "it may write.",
                reason="TRUST_BEHIND",
                hint="Connect it once to its parent: linli sync",
            )
        if view.tree.get(partition.division) is None and not core.is_root:
            raise UsageError(
                f"There is no division {partition.division} in the county's list.",
                hint="Look it up: linli member list",
            )
        return Authority(view.covers(standing.division, partition.division), standing.tier)

    def _barred(self, partition: Partition, aside: Aside) -> Refused:
        what = f"{aside.table}.{aside.column}" if aside.column else aside.table
        if aside.reason == "NOT_AUTHORISED":
            return Refused(
                f"This node may not write {what} in division {partition.division}: it stands "
                f"neither there nor above, and outside only facts may be written.",
                reason=aside.reason,
                hint="Ask the node that stands there, or the township above both.",
            )
        return Refused(f"{what} cannot be written: {aside.reason}.", reason=aside.reason)

    # --- building a body -------------------------------------------------------------------------

    def _table(self, name: str) -> Table:
        table = self.core.schema.table(name)
        if table is None:
            known = ", ".join(sorted(self.core.schema.by_name))
            raise UsageError(f"There is no table {name!r}.", hint=f"There are: {known}.")
        return table

    def _column(self, table: Table, name: str, kinds: tuple[Kind, ...]) -> Column:
        column = table.cells.get(name)
        if column is None or column.kind not in kinds:
            fitting = sorted(c.name for c in table.cells.values() if c.kind in kinds)
            raise UsageError(
                f"{table.name} has no column {name!r} that can be written this way.",
                hint=f"There are: {', '.join(fitting) or 'none'}.",
            )
        return column

    def _value(self, table: Table, column: Column, value: Any) -> Any:
        if value is None:
            return None
        if type(value) is not column.type:
            expected = "text" if column.type is str else "a whole number"
            raise UsageError(
                f"{table.name}.{column.name} is {value!r}.", hint=f"Give {expected} instead."
            )
        size = len(value.encode()) if isinstance(value, str) and not column.long else 0
        if size > self.core.limits.text_bytes_max:
            raise UsageError(
                f"{table.name}.{column.name} has {size} bytes.",
                hint=f"Shorten it to {self.core.limits.text_bytes_max} bytes.",
            )
        if isinstance(value, int) and not -(1 << 53) < value < 1 << 53:
            raise UsageError(
                f"{table.name}.{column.name} is {value}.", hint="Give a number below 2^53."
            )
        return value

    def _insert(self, body: Body, write: Insert, index: int) -> str:
        table = self._table(write.table)
        unknown = [
            n for n in write.values if (column := table.column(n)) is None or not column.stored
        ]
        if unknown:
            raise UsageError(f"{table.name} has no column {unknown[0]!r} to fill.")
        missing = [c.name for c in table.stored if c.required and write.values.get(c.name) is None]
        if missing:
            raise UsageError(f"{table.name} needs {missing[0]}.", hint="Give it and try again.")
        columns = {
            column.name: [self._value(table, column, write.values[column.name])]
            for column in table.stored
            if write.values.get(column.name) is not None
        }
        rows = Rows(table.name, [0], [index], columns)
        id_ = ids_of(author_bytes(self.core.author), self.core.boot, body.changes, rows)[0]
        body.rows.append(rows)
        for name, elements in write.sets.items():
            column = self._column(table, name, (Kind.SET,))
            for element in sorted(set(elements)):
                _add_cell(body, table, column, id_, element, 1, ())
        return id_

    def _cell(self, body: Body, partition: Partition, write: Write) -> None:
        assert not isinstance(write, Insert)
        table = self._table(write.table)
        registers = (Kind.REGISTER, Kind.AUTHORITY)
        element, value = "", getattr(write, "value", None)
        name = getattr(write, "column", AMENDMENT)
        if isinstance(write, Assign | Settle):
            column = self._column(table, name, registers)
            plain = value is not None and not str(value).startswith(DECIDING_STARTS)
            if isinstance(write, Settle) and name == AMENDMENT and plain:
                value = canonical({**amendment(str(value)), "settled": True})
            value = self._value(table, column, value)
        elif isinstance(write, Amend):
            column = self._column(table, AMENDMENT, registers)
            value = self._value(table, column, canonical(write.value))
        elif isinstance(write, Increment):
            column = self._column(table, name, (Kind.COUNTER,))
            value = self._value(table, column, write.amount)
        else:
            column = self._column(table, name, (Kind.SET,))
            element, value = write.element, 1 if isinstance(write, AddElement) else None
        named = self._named(partition, table, column, write, element)
        _add_cell(body, table, column, write.id, element, value, named)

    def _named(
        self, partition: Partition, table: Table, column: Column, write: Write, element: str
    ) -> tuple[VersionName, ...]:
        """The versions that a write overwrites."""
        assert not isinstance(write, Insert)
        if column.kind is Kind.COUNTER:
            return ()
        standing = self.core.store.cells.standing(
            partition.division, table.name, write.id, column.name, element
        )
        first = self._first(partition, table, write.id)
        if column.kind is Kind.SET:
            return tuple(
                _name(v)
                for v in standing
                if (v.integer is None) != (isinstance(write, RemoveElement))
            )
        if not standing:
            return (first,) if first else ()
        chosen = standing if isinstance(write, Settle) else self._overwritten(column, standing)
        names = [_name(version) for version in chosen]
        if isinstance(write, Amend) and first and first not in names:
            names.append(first)
        return tuple(names)

    def _overwritten(self, column: Column, standing: list[Any]) -> list[Any]:
        """What a plain write names.

        The present value; an owner's word also closes the proposals.
        """
        if column.kind is not Kind.AUTHORITY:
            return standing[:1]
        standing_here = self.core.view().standing(self.core.author)
        owns = standing_here is not None and standing_here.tier == column.owner
        owned = [version for version in standing if version.owner]
        proposals = [version for version in standing if not version.owner]
        return [*owned[:1], *proposals] if owns else proposals[:1]

    def _first(self, partition: Partition, table: Table, id_: str) -> VersionName | None:
        """The version that a row's creation made, or None where the row is not here."""
        rows = self.core.store.records.read(table, [partition.division], {"id": id_})
        return (
            VersionName(rows[0]["author#"], rows[0]["boot#"], rows[0]["number"]) if rows else None
        )


def _name(version: Any) -> VersionName:
    return VersionName(version.author, version.boot, version.number)


def _add_cell(
    body: Body,
    table: Table,
    column: Column,
    row: str,
    element: str,
    value: Any,
    named: Iterable[VersionName],
) -> None:
    in_set = column.kind is Kind.SET
    for cells in body.cells:
        if (cells.table, cells.column) == (table.name, column.name):
            break
    else:
        cells = Cells(table.name, column.name, [], [], [], [], [])
        body.cells.append(cells)
    assert isinstance(cells.change, list)
    of_set = element if in_set else None
    if (row, of_set) in zip(cells.row, cells.element, strict=True):
        raise UsageError(
            f"One change writes {table.name}.{column.name} {of_set or ''} of {row} twice.",
            hint="Write it once.",
        )
    cells.change.append(0)
    cells.row.append(row)
    cells.element.append(of_set)
    cells.value.append(value)
    cells.named.append(tuple(named))
