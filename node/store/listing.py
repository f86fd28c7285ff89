"""Lists for people in SQL: a page of rows in some order, how many there are, and who has waited.

Everything is bounded: a page has a limit, and what is counted is counted by the database. Columns
are named by the caller, who knows the schema; values are always bound.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, case, func, or_, select

from node.clock import COUNTER_BITS
from node.schema import AMENDMENT, Table
from node.store.prepared import listed
from node.store.rows import Records
from node.store.standing import DECIDING_STARTS
from node.store.tables import Tables

PAGE_ROWS_MAX = 500


@dataclass(frozen=True)
class Wanted:
    """Which rows, and which page of them.

    Attributes:
        divisions: Only those divisions; None for all here.
        where: Columns that must have one of these values.
        part: What a column must hold somewhere in its text, by the column.
        at_most: What a column may not exceed, by the column.
        above: What a column must exceed, by the column.
        without: Ids that are left out.
        same: By an id the id whose row stands for it: facts of the first are facts of the second.
        order: The column by which the rows are ordered; those that are equal go by id.
        descending: Whether the last comes first.
        limit: At most so many.
        offset: How many are left out before.
    """

    divisions: Sequence[str] | None = None
    where: Mapping[str, Sequence[Any]] = field(default_factory=dict)
    part: Mapping[str, str] = field(default_factory=dict)
    at_most: Mapping[str, int] = field(default_factory=dict)
    above: Mapping[str, int] = field(default_factory=dict)
    without: Collection[str] = ()
    same: Mapping[str, str] = field(default_factory=dict)
    order: str = "id"
    descending: bool = False
    limit: int = 50
    offset: int = 0


class Listing:
    """Pages of the tables of the schema.

    Args:
        connection: The one connection of the store.
        tables: Its tables.
        records: Reads rows by id.
    """

    def __init__(self, connection: Connection, tables: Tables, records: Records) -> None:
        self.connection = connection
        self.tables = tables
        self.records = records

    def rows(self, table: Table, wanted: Wanted) -> list[dict[str, Any]]:
        """One page of rows, as `Records.read` gives them."""
        target = self.tables.rows[table.name]
        order = target.c[wanted.order]
        by = (order.desc(), target.c.id.desc()) if wanted.descending else (order, target.c.id)
        query = select(target.c.id).where(*self._fitting(target, wanted)).order_by(*by)
        return self._read(table, [row[0] for row in self.connection.execute(_page(query, wanted))])

    def count(self, table: Table, wanted: Wanted) -> int:
        """How many rows there are on all pages."""
        target = self.tables.rows[table.name]
        query = select(func.count()).select_from(target).where(*self._fitting(target, wanted))
        return int(self.connection.execute(query).scalar() or 0)

    def tally(self, table: Table, column: str, wanted: Wanted) -> dict[Any, int]:
        """How many rows have each value of a column."""
        target = self.tables.rows[table.name]
        query = (
            select(target.c[column], func.count())
            .where(*self._fitting(target, wanted))
            .group_by(target.c[column])
        )
        return {value: int(count) for value, count in self.connection.execute(query)}

    def columns(
        self, table: Table, names: Sequence[str], divisions: Sequence[str] | None = None
    ) -> Iterator[tuple[Any, ...]]:
        """Some columns of every row, without its sets, by division and id.

        Args:
            table: The table.
            names: The columns; `id` and `division` are among those that every table has.
            divisions: Only those divisions; None for all here.
        """
        target = self.tables.rows[table.name]
        query = select(*(target.c[name] for name in names))
        if divisions is not None:
            query = query.where(target.c.division.in_(list(divisions)))
        found = self.connection.execute(query.order_by(target.c.division, target.c.id))
        for page in found.partitions(PAGE_ROWS_MAX):
            yield from (tuple(row) for row in page)

    def waiting(
        self, table: Table, facts: Table, key: str, moment: str, wanted: Wanted
    ) -> list[tuple[dict[str, Any], int | None]]:
        """One page of rows, each with its newest fact; who has none or the oldest comes first.

        A fact that says that it lies ahead is taken for as old as it was written: otherwise a
        slip of the year would put its row last for a year.

        Args:
            table: The rows.
            facts: The table of the facts. A fact that is void does not count.
            key: The column of a fact that names the row.
            moment: The column of a fact that says when.
            wanted: Which rows; its order plays no part.
        """
        target, fact = self.tables.rows[table.name], self.tables.rows[facts.name]
        counts = [_counts(fact)]
        if wanted.divisions is not None:
            counts.append(fact.c.division.in_(list(wanted.divisions)))
        named: Any = fact.c[key]
        if wanted.same:
            named = case(dict(wanted.same), value=named, else_=named)
        at_latest = fact.c.time.bitwise_rshift(COUNTER_BITS)
        newest = (
            select(
                named.label("row"),
                func.max(func.min(fact.c[moment], at_latest)).label("at"),
            )
            .where(*counts)
            .group_by(named)
            .subquery()
        )
        query = (
            select(target.c.id, newest.c.at)
            .outerjoin(newest, newest.c.row == target.c.id)
            .where(*self._fitting(target, wanted))
            .order_by(newest.c.at.is_not(None), newest.c.at, target.c.id)
        )
        at: dict[str, int | None] = {
            row[0]: row[1] for row in self.connection.execute(_page(query, wanted))
        }
        return [(row, at[row["id"]]) for row in self._read(table, list(at))]

    def _read(self, table: Table, ids: list[str]) -> list[dict[str, Any]]:
        found = {row["id"]: row for row in self.records.read(table, None, {"id": ids})}
        return [found[id_] for id_ in ids]

    def _fitting(self, target: Any, wanted: Wanted) -> list[ColumnElement[bool]]:
        tests = [target.c[name].in_(list(values)) for name, values in wanted.where.items()]
        tests += [
            target.c[name].contains(text, autoescape=True) for name, text in wanted.part.items()
        ]
        tests += [target.c[name] <= value for name, value in wanted.at_most.items()]
        tests += [target.c[name] > value for name, value in wanted.above.items()]
        if wanted.without:
            left_out = func.json_each(listed(wanted.without)).table_valued("value")
            tests.append(target.c.id.not_in(select(left_out.c.value)))
        if wanted.divisions is not None:
            tests.append(target.c.division.in_(list(wanted.divisions)))
        return tests


def _counts(fact: Any) -> ColumnElement[bool]:
    """Whether a fact is not void."""
    stated = fact.c[AMENDMENT]
    void = stated.startswith(DECIDING_STARTS[0], autoescape=True)
    return or_(stated.is_(None), ~void)


def _page(query: Select[Any], wanted: Wanted) -> Select[Any]:
    return query.limit(min(wanted.limit, PAGE_ROWS_MAX)).offset(wanted.offset)
