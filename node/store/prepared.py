"""Statements that are built once in a process and then run by the driver itself.

Building one costs many times what SQLite needs to run it, and what SQLAlchemy does around each run
costs several times as much; a segment that comes in needs dozens. So what is asked for each segment
is declared with `prepared`: its text is made once for all databases of a schema, and a run hands
the driver that text and the values, which have the names of their columns.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, and_, bindparam, false, func, or_, select, true
from sqlalchemy.dialects import sqlite
from sqlalchemy.dialects.sqlite import Insert, insert
from sqlcipher3 import dbapi2 as sqlcipher

from node.feed import FeedKey, Partition

PARTITION = ("division", "channel")
FEED = (*PARTITION, "author")
HEAD = (*FEED, "number", "hash")

_DIALECT = sqlite.dialect()


class Answer:
    """What a run gave: its rows as tuples, read to the end."""

    __slots__ = ("_rows", "rowcount")

    def __init__(self, rows: list[tuple[Any, ...]], rowcount: int) -> None:
        self._rows = rows
        self.rowcount = rowcount

    def __iter__(self) -> Iterator[tuple[Any, ...]]:
        return iter(self._rows)

    def fetchall(self) -> list[tuple[Any, ...]]:
        """All rows."""
        return self._rows

    def first(self) -> tuple[Any, ...] | None:
        """The first row, or None."""
        return self._rows[0] if self._rows else None

    def one(self) -> tuple[Any, ...]:
        """The only row."""
        (row,) = self._rows
        return row

    def scalar(self) -> Any:
        """The first value of the first row, or None."""
        return self._rows[0][0] if self._rows else None


class Prepared:
    """A statement as its text, which a `Connection` executes like any other.

    Args:
        statement: What it says. Values that it does not hold come with each run.
    """

    def __init__(self, statement: Any) -> None:
        self.statement = statement
        compiled = statement.compile(dialect=_DIALECT)
        assert not compiled.post_compile_params, "a list of values is said with `one_of`"
        self._text = str(compiled)
        self._names: Sequence[str] = compiled.positiontup
        self._fixed = {
            name: value
            for name, value in compiled.params.items()
            if name not in compiled.binds or not compiled.binds[name].required
        }

    def _execute_on_connection(
        self, connection: Connection, parameters: Sequence[Mapping[str, Any]] | None, options: Any
    ) -> Any:
        """What `Connection.execute` asks of a statement."""
        (values,) = parameters or ({},)
        if connection.engine.dispatch.before_cursor_execute:  # somebody wants to see each run
            return connection.execute(self.statement, values)
        given_values = {**self._fixed, **values}
        bound = [given_values[name] for name in self._names]
        driver: Any = connection.connection.driver_connection
        try:
            cursor = driver.execute(self._text, bound)
            return Answer(cursor.fetchall(), cursor.rowcount)
        except sqlcipher.Error as error:
            connection._handle_dbapi_exception(error, self._text, bound, None, None)


class prepared:  # noqa: N801 - stands where `property` would
    """A statement of a room of the store, made once for all databases of one schema."""

    def __init__(self, build: Callable[[Any], Any]) -> None:
        self._build = build
        self.__doc__ = build.__doc__

    def __get__(self, room: Any, owner: type | None = None) -> Any:
        if room is None:
            return self
        return once(room.tables, self, lambda: Prepared(self._build(room)))


def once(tables: Any, key: Any, make: Callable[[], Any]) -> Any:
    """What `make` gives, made once for all databases of one schema: for what depends on a name."""
    known: dict[Any, Any] = tables.prepared
    if key not in known:
        known[key] = make()
    return known[key]


def given(table: Any, *columns: str) -> Any:
    """That columns of a table have the values that come with each run, under their names."""
    return and_(true(), *(table.c[column] == bindparam(column) for column in columns))


def one_of(column: Any, values: Iterable[Any]) -> Any:
    """That a column has one of some values that never change."""
    return or_(false(), *(column == value for value in values))


def one_of_given(column: Any, name: str) -> Any:
    """That a column has one of the values that come with each run, as `listed` writes them."""
    return column.in_(select(func.json_each(bindparam(name)).table_valued("value").c.value))


def listed(values: Iterable[str | int]) -> str:
    """Any number of values as one."""
    return json.dumps(list(values), ensure_ascii=False)


def replacing(table: Any, *key: str) -> Insert:
    """Inserts a row, or puts it in place of the one with the same key."""
    fresh = insert(table)
    others = [column.name for column in table.columns if column.name not in key]
    return fresh.on_conflict_do_update(
        index_elements=list(key), set_={name: fresh.excluded[name] for name in others}
    )


def text_of(statement: Any) -> str:
    """A statement as text for the driver: rows then go in as tuples, without a dictionary each."""
    return str(statement.compile(dialect=_DIALECT))


def of_partition(partition: Partition) -> dict[str, Any]:
    """The values of `PARTITION`."""
    return {"division": partition.division, "channel": int(partition.channel)}


def of_feed(feed: FeedKey) -> dict[str, Any]:
    """The values of `FEED`."""
    return {"division": feed.division, "channel": int(feed.channel), "author": feed.author}
