"""The canonical dump: derived state in one fixed order and encoding, for people and tests.

Two nodes that are equal in the four inputs (frontier, trust frontier, policy, rules) have the same
dump for a partition that both hold whole, whatever order things arrived in. This node's own numbers
(origins, arrivals) and moments of arrival are not in it.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from sqlalchemy import Connection, select

from node.feed import Partition
from node.store.prepared import PARTITION, Prepared, given, of_partition, once
from node.store.tables import CELL, Tables


def dump(connection: Connection, tables: Tables, partition: Partition) -> Iterator[str]:
    """The lines of a partition's dump: JSON arrays, each beginning with the table's name."""
    for declared in sorted(tables.schema.tables, key=lambda table: table.name):
        if declared.channel is not partition.channel:
            continue
        yield from _rows(connection, tables, tables.rows[declared.name], partition.division)
        for column in declared.sets:
            members = tables.sets[declared.name, column.name]
            yield from _members(connection, tables, members, partition.division)
        yield from _versions(connection, tables, declared.name, partition.division)
    yield from _quarantine(connection, tables, partition)


def _members(connection: Connection, tables: Tables, table: Any, division: str) -> Iterator[str]:
    order = (table.c.id, table.c.element)
    query = once(
        tables,
        ("dump", table.name),
        lambda: Prepared(select(*order).where(given(table, "division")).order_by(*order)),
    )
    for row in connection.execute(query, {"division": division}):
        yield _line(table.name, row)


def _rows(connection: Connection, tables: Tables, table: Any, division: str) -> Iterator[str]:
    query = once(tables, ("dump", table.name), lambda: Prepared(_rows_query(tables, table)))
    for row in connection.execute(query, {"division": division}):
        yield _line(table.name, row)


def _rows_query(tables: Tables, table: Any) -> Any:
    origin = tables.origin
    names = [column.name for column in table.columns if column.name not in ("division", "origin")]
    query = select(*(table.c[name] for name in names), origin.c.author, origin.c.boot)
    query = query.join(origin, origin.c.origin == table.c.origin)
    return query.where(given(table, "division")).order_by(table.c.id)


def _versions(connection: Connection, tables: Tables, table: str, division: str) -> Iterator[str]:
    query = once(tables, "dump versions", lambda: Prepared(_versions_query(tables)))
    for row in connection.execute(query, {"division": division, "tab": table}):
        yield _line(f"{table}.version", row)


def _versions_query(tables: Tables) -> Any:
    version, origin = tables.version, tables.origin
    return (
        select(
            *(version.c[name] for name in CELL[2:]),
            version.c.time,
            origin.c.author,
            origin.c.boot,
            version.c.number,
            version.c.text,
            version.c.integer,
            version.c.owner,
            version.c.applied,
            version.c.standing,
        )
        .join(origin, origin.c.origin == version.c.origin)
        .where(given(version, "division", "tab"))
        .order_by(
            version.c.id,
            version.c.col,
            version.c.element,
            version.c.time,
            origin.c.author,
            origin.c.boot,
            version.c.number,
        )
    )


def _quarantine(connection: Connection, tables: Tables, partition: Partition) -> Iterator[str]:
    query = once(tables, "dump quarantine", lambda: Prepared(_quarantine_query(tables)))
    for author, number, hash_, *rest in connection.execute(query, of_partition(partition)):
        yield _line("quarantine", (author, number, hash_.hex(), *rest))


def _quarantine_query(tables: Tables) -> Any:
    table = tables.quarantine
    names = ("author", "number", "hash", "tab", "col", "reason", "first_change")
    order = [table.c[name] for name in names]
    query = select(*order, table.c.last_change)
    return query.where(given(table, *PARTITION)).order_by(*order)


def _line(name: str, values: Any) -> str:
    return json.dumps([name, *values], ensure_ascii=False, separators=(",", ":"))
