"""Statements that are built once and run with other values each time.

Building one costs several times what SQLite needs to run it, and a segment that comes in needs
dozens. So what is asked for each segment is a `cached_property` whose values have the names of
their columns.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import and_, bindparam
from sqlalchemy.dialects import sqlite
from sqlalchemy.dialects.sqlite import Insert, insert

from node.feed import FeedKey, Partition

PARTITION = ("division", "channel")
FEED = (*PARTITION, "author")
HEAD = (*FEED, "number", "hash")


def given(table: Any, *columns: str) -> Any:
    """That columns of a table have the values that come with each run, under their names."""
    return and_(*(table.c[column] == bindparam(column) for column in columns))


def replacing(table: Any, *key: str) -> Insert:
    """Inserts a row, or puts it in place of the one with the same key."""
    fresh = insert(table)
    others = [column.name for column in table.columns if column.name not in key]
    return fresh.on_conflict_do_update(
        index_elements=list(key), set_={name: fresh.excluded[name] for name in others}
    )


def text_of(statement: Any) -> str:
    """A statement as text for the driver: rows then go in as tuples, without a dictionary each."""
    return str(statement.compile(dialect=sqlite.dialect()))


def of_partition(partition: Partition) -> dict[str, Any]:
    """The values of `PARTITION`."""
    return {"division": partition.division, "channel": int(partition.channel)}


def of_feed(feed: FeedKey) -> dict[str, Any]:
    """The values of `FEED`."""
    return {"division": feed.division, "channel": int(feed.channel), "author": feed.author}
