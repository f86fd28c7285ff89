"""The history of one record: who wrote what, when, where and why, and which segment proves it.

Values, and whether they count, are those of the tables. Who acted and the reason stand only in the
changes themselves, so the segments that hold them are opened again, each once for a page of
changes; a record with a long past needs no more memory than one with a short one. A change that
waits in the tail has no segment yet, and nothing signed to show.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from node import wire
from node.feed import FeedKey, Head
from node.replica.core import Core
from node.schema import Kind, Table
from node.segment import Changes
from node.store.history import Past, PastVersion, Place

_PAGE_CHANGES = 200


@dataclass(frozen=True, slots=True)
class CellChange:
    """What one change wrote into one cell.

    Attributes:
        column: The column.
        before: What the versions said that it overwrote; nothing where the cell was empty.
        after: What it says; None where it empties the cell.
        applied: Whether its author had a right to it.
        stands: Whether nothing has overwritten it since.
    """

    column: str
    before: tuple[str | int, ...]
    after: str | int | None
    applied: bool
    stands: bool


@dataclass(frozen=True, slots=True)
class Entry:
    """One change of a record.

    Attributes:
        user: Who acted; recorded, not trusted.
        author: The node that signed it.
        division: Where that node stands; empty where it is not known here.
        time: Its clamped stamp.
        boot: The boot of its author.
        number: Its number.
        reason: The reason given, or None.
        created: Whether it made the record.
        written: What it wrote.
        segment: The signed segment that holds it; None while it waits in the tail.
    """

    user: str
    author: str
    division: str
    time: int
    boot: int
    number: int
    reason: str | None
    created: bool
    written: tuple[CellChange, ...]
    segment: Head | None


def history(core: Core, table: Table, row: Mapping[str, Any]) -> Iterator[Entry]:
    """Every change that made a record or wrote a cell of it, oldest first.

    Args:
        core: The replica's core.
        table: The record's table.
        row: The record.
    """
    store = core.store
    past = Past(store.connection, store.tables, row["division#"], table, row["id"])
    made = Place(row["time"], row["author#"], row["boot#"], row["number"])
    notes = _Notes(core, table, row["division#"])
    yield from notes.entries([(made, _first(table, row, past.versions(made)))], made)
    after: Place | None = None
    while page := past.changes(after, _PAGE_CHANGES):
        after = page[-1]
        # Not by its stamp: that of the creation and that of its versions need not be equal.
        later = [change for change in page if change[1:] != made[1:]]
        wrote = [(change, _written(table, past.versions(change))) for change in later]
        yield from notes.entries(wrote, made)


def _first(
    table: Table, row: Mapping[str, Any], versions: list[PastVersion]
) -> tuple[CellChange, ...]:
    """What the change wrote that made a record.

    A value that nobody has overwritten stands in the row alone; of one that was overwritten the
    version tells.
    """
    kept = {version.column: version for version in versions if not version.element}
    made = []
    for column in table.columns:
        if not column.stored:
            continue
        version = kept.get(column.name)
        value = version.value if version else row[column.name]
        stands = version.standing if version else True
        if value is not None:
            made.append(CellChange(column.name, (), value, True, stands))
    others = [v for v in versions if v.element or _kind(table, v.column) is Kind.COUNTER]
    return (*made, *_written(table, others))


def _written(table: Table, versions: list[PastVersion]) -> tuple[CellChange, ...]:
    """What a later change wrote; of a set the elements that join or leave it."""
    wrote = []
    for version in versions:
        before, after = version.before, version.value
        if _kind(table, version.column) is Kind.SET:
            joins = after is not None
            before, after = ((), version.element) if joins else ((version.element,), None)
        wrote.append(CellChange(version.column, before, after, version.applied, version.standing))
    return tuple(wrote)


def _kind(table: Table, name: str) -> Kind:
    """How a column of a table merges."""
    return table.cells[name].kind


class _Notes:
    """Finds who acted and why, in the segments and the tail.

    Args:
        core: The replica's core.
        table: The record's table.
        division: Its partition's division.
    """

    def __init__(self, core: Core, table: Table, division: str) -> None:
        self.core = core
        self.table = table
        self.division = division

    def entries(
        self, wrote: list[tuple[Place, tuple[CellChange, ...]]], made: Place
    ) -> Iterator[Entry]:
        """A page of the history."""
        view = self.core.view()
        heads = {change: self._segment(change) for change, _ in wrote}
        said = self._said(heads)
        for change, written in wrote:
            standing = view.standing(change.author)
            user, reason = said.get(change, ("", None))
            yield Entry(
                user=user,
                author=change.author,
                division=standing.division if standing else "",
                time=change.time,
                boot=change.boot,
                number=change.number,
                reason=reason,
                created=change == made,
                written=written,
                segment=heads[change],
            )

    def _feed(self, change: Place) -> FeedKey:
        return FeedKey(change.author, self.division, self.table.channel)

    def _segment(self, change: Place) -> Head | None:
        ledger = self.core.store.ledger
        return ledger.covers(self._feed(change), change.boot, change.number)

    def _said(self, heads: Mapping[Place, Head | None]) -> dict[Place, tuple[str, str | None]]:
        """User and reason of some changes; each segment is opened once, one at a time."""
        ledger, limits = self.core.store.ledger, self.core.limits
        places: dict[tuple[FeedKey, Head], list[Place]] = {}
        said: dict[Place, tuple[str, str | None]] = {}
        for change, head in heads.items():
            if head is not None:
                places.setdefault((self._feed(change), head), []).append(change)
                continue
            partition = self._feed(change).partition
            waits = ledger.waiting_change(partition, change.boot, change.number)
            if waits is not None:
                first, body = waits
                said.update(_found(wire.decode_body(body, first).changes, [change]))
        for (feed, head), changes in places.items():
            segment = ledger.segment(feed, head)
            assert segment is not None, "what covers a change is here"
            body_of_segment = wire.body_of(segment, limits.body_bytes_max)
            said.update(_found(body_of_segment.changes, changes))
        return said


def _found(held: Changes, wanted: list[Place]) -> dict[Place, tuple[str, str | None]]:
    """User and reason of some of the changes that a body holds."""
    said: dict[Place, tuple[str, str | None]] = {}
    for change in wanted:
        at = bisect_left(held.number, change.number)
        if at < len(held) and held.number[at] == change.number:
            said[change] = (held.user[at], held.reason[at])
    return said
