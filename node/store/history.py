"""The versions of one record in SQL, in the order in which they were written.

Nothing is decided here: the versions, what each overwrote and whether it counts stand in the tables
already. A record that was written to for years is read a page at a time.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from sqlalchemy import Connection, and_, select, tuple_
from sqlalchemy import Table as SqlTable

from node.schema import Table
from node.store.tables import CELL, Tables


class Place(NamedTuple):
    """Where a change stands in the history of a record: by its stamp, then by its name."""

    time: int
    author: str
    boot: int
    number: int


class PastVersion(NamedTuple):
    """One version of a cell.

    Attributes:
        column: The column.
        element: The set element, or empty.
        value: What it says.
        applied: Whether its author had a right to it.
        standing: Whether no other version overwrites it.
        before: What the versions said that it names, empty cells left out.
    """

    column: str
    element: str
    value: str | int | None
    applied: bool
    standing: bool
    before: tuple[str | int, ...]


class Past:
    """Reads the versions of one record.

    Args:
        connection: The one connection of the store.
        tables: Its tables.
        division: The partition of the record.
        table: Its table.
        id_: Its id.
    """

    def __init__(
        self, connection: Connection, tables: Tables, division: str, table: Table, id_: str
    ) -> None:
        self.connection = connection
        self.tables = tables
        self.record = (division, table.name, id_)

    def changes(self, after: Place | None, limit: int) -> list[Place]:
        """The changes that wrote a cell of the record, oldest first, after one of them."""
        version, origin = self.tables.version, self.tables.origin
        place = (version.c.time, origin.c.author, origin.c.boot, version.c.number)
        query = (
            select(*place)
            .join(origin, origin.c.origin == version.c.origin)
            .where(self._of(version))
            .distinct()
            .order_by(*place)
            .limit(limit)
        )
        if after is not None:
            query = query.where(tuple_(*place) > tuple_(*after))
        return [Place(*row) for row in self.connection.execute(query)]

    def versions(self, change: Place) -> list[PastVersion]:
        """The versions that one change wrote into cells of the record."""
        version, origin = self.tables.version, self.tables.origin
        rows = self.connection.execute(
            select(
                version.c.col,
                version.c.element,
                version.c.text,
                version.c.integer,
                version.c.applied,
                version.c.standing,
            )
            .join(origin, origin.c.origin == version.c.origin)
            .where(self._of(version), *self._by(version, change))
            .order_by(version.c.col, version.c.element)
        ).fetchall()
        before = self._named(change) if rows else {}
        return [
            PastVersion(
                row.col,
                row.element,
                row.text if row.text is not None else row.integer,
                bool(row.applied),
                bool(row.standing),
                tuple(before.get((row.col, row.element), ())),
            )
            for row in rows
        ]

    def _named(self, change: Place) -> dict[tuple[str, str], list[str | int]]:
        """What the versions said that a change names, by column and element."""
        version, overwrite, origin = (
            self.tables.version,
            self.tables.overwrite,
            self.tables.origin,
        )
        same = and_(
            *(version.c[name] == overwrite.c[name] for name in CELL),
            version.c.origin == overwrite.c.named_origin,
            version.c.number == overwrite.c.named_number,
        )
        rows = self.connection.execute(
            select(overwrite.c.col, overwrite.c.element, version.c.text, version.c.integer)
            .join(origin, origin.c.origin == overwrite.c.origin)
            .join(version, same)
            .where(self._of(overwrite), *self._by(overwrite, change))
            .order_by(version.c.time, version.c.number)
        )
        named: dict[tuple[str, str], list[str | int]] = {}
        for column, element, text, integer in rows:
            value = text if text is not None else integer
            if value is not None:
                named.setdefault((column, element), []).append(value)
        return named

    def _of(self, table: SqlTable) -> Any:
        return and_(*(table.c[n] == v for n, v in zip(CELL[:3], self.record, strict=True)))

    def _by(self, table: SqlTable, change: Place) -> tuple[Any, ...]:
        origin = self.tables.origin
        return (
            origin.c.author == change.author,
            origin.c.boot == change.boot,
            table.c.number == change.number,
        )
