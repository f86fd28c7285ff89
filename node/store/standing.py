"""Versions: what they consist of, what stands in a cell, and which cells are contested."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, NamedTuple

from sqlalchemy import Connection, and_, case, func, select

from node.schema import Kind
from node.store.tables import CELL, Tables

COUNT_MAX = (1 << 53) - 1
"""What a counter shows at most: a sum beyond it is no count, and must not stop a merge."""

DECIDING_STARTS = ('{"void"', '{"settled"')
"""How amendments begin that a plain correction does not overwrite: a void, a settlement."""


def counted(increments: Any) -> Any:
    """The sum of a counter's increments, for SQL; one that leaves its range stays at the end of it.

    SQLite ends a statement whose sum leaves 64 bits, so upper and lower halves are summed alone.
    """
    upper = func.coalesce(func.sum(increments.bitwise_rshift(32)), 0)
    lower = func.coalesce(func.sum(increments.bitwise_and(0xFFFFFFFF)), 0)
    carried = upper + lower.bitwise_rshift(32)
    return case(
        (carried > COUNT_MAX >> 32, COUNT_MAX),
        (carried < -(COUNT_MAX + 1 >> 32), -COUNT_MAX - 1),
        else_=carried * (1 << 32) + lower.bitwise_and(0xFFFFFFFF),
    )


class Version(NamedTuple):
    """One version as `write` takes it.

    Attributes:
        id: The row.
        element: The set element, or empty.
        origin: This node's number for the author and boot.
        number: The change.
        time: The clamped stamp.
        text: The value, if it is text.
        integer: The value, if it is a number.
        owner: 1 where the column has an owning tier and the author is of it, and for an amendment
            that voids: another version overwrites none of these.
        applied: 1, or 0 where the author had no right to it.
    """

    id: str
    element: str
    origin: int
    number: int
    time: int
    text: str | None
    integer: int | None
    owner: int
    applied: int


class Named(NamedTuple):
    """One overwriting as `write` takes it."""

    id: str
    element: str
    origin: int
    number: int
    named_origin: int
    named_number: int


class Standing:
    """The versions that stand.

    Args:
        connection: The one connection of the store.
        tables: Its tables.
    """

    def __init__(self, connection: Connection, tables: Tables) -> None:
        self.connection = connection
        self.tables = tables

    def standing(
        self, division: str, table: str, id_: str, column: str, element: str = ""
    ) -> list[Any]:
        """The standing versions of a cell, the one that gives the value first.

        Each has `author`, `boot`, `number`, `time`, `text`, `integer` and `owner`. Empty while the
        cell was never
        updated: then the row's own stamp is its version.
        """
        version, origin = self.tables.version, self.tables.origin
        cell = dict(zip(CELL, (division, table, id_, column, element), strict=True))
        rows = self.connection.execute(
            select(
                origin.c.author,
                origin.c.boot,
                version.c.number,
                version.c.time,
                version.c.text,
                version.c.integer,
                version.c.owner,
            )
            .join(origin, origin.c.origin == version.c.origin)
            .where(*(version.c[name] == value for name, value in cell.items()))
            .where(version.c.standing == 1)
            .order_by(
                version.c.owner.desc(),
                version.c.time.desc(),
                origin.c.author.desc(),
                origin.c.boot.desc(),
                version.c.number.desc(),
            )
        )
        return list(rows)

    def contested(self, divisions: Iterable[str] | None = None) -> list[tuple[str, str, str, str]]:
        """Cells that wait for a person: division, table, id, column.

        In a register more than one version stands; in a column with an owning tier another tier
        asks for a value, or two versions of the owner stand.
        """
        version = self.tables.version
        key = [version.c[n] for n in CELL]
        value = func.coalesce(version.c.text, version.c.integer)
        asked = func.max(case((and_(version.c.owner == 0, value.is_not(None)), 1), else_=0))
        query = (
            select(*[*key[:4], func.count(), asked])
            .where(version.c.standing == 1)
            .group_by(*key)
            .order_by(*key)
        )
        if divisions is not None:
            query = query.where(version.c.division.in_(list(divisions)))
        kinds = {
            (table.name, column.name): column.kind
            for table in self.tables.schema.tables
            for column in table.cells.values()
        }
        return [
            (division, tab, id_, col)
            for division, tab, id_, col, standing, asking in self.connection.execute(query)
            if (kinds[tab, col] is Kind.REGISTER and standing > 1)
            or (kinds[tab, col] is Kind.AUTHORITY and (standing > 1 or asking))
        ]
