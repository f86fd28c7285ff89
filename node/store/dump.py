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
from node.store.tables import CELL, Tables


def dump(connection: Connection, tables: Tables, partition: Partition) -> Iterator[str]:
    """The lines of a partition's dump: JSON arrays, each beginning with the table's name."""
    for declared in sorted(tables.schema.tables, key=lambda table: table.name):
        if declared.channel is not partition.channel:
            continue
        yield from _rows(connection, tables, tables.rows[declared.name], partition.division)
        for column in declared.sets:
            members = tables.sets[declared.name, column.name]
            query = (
                select(members.c.id, members.c.element)
                .where(members.c.division == partition.division)
                .order_by(members.c.id, members.c.element)
            )
            for row in connection.execute(query):
                yield _line(members.name, row)
        yield from _versions(connection, tables, declared.name, partition.division)
    yield from _quarantine(connection, tables, partition)


def _rows(connection: Connection, tables: Tables, table: Any, division: str) -> Iterator[str]:
    origin = tables.origin
    names = [column.name for column in table.columns if column.name not in ("division", "origin")]
    query = (
        select(*(table.c[name] for name in names), origin.c.author, origin.c.boot)
        .join(origin, origin.c.origin == table.c.origin)
        .where(table.c.division == division)
        .order_by(table.c.id)
    )
    for row in connection.execute(query):
        yield _line(table.name, row)


def _versions(connection: Connection, tables: Tables, table: str, division: str) -> Iterator[str]:
    version, origin = tables.version, tables.origin
    query = (
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
        .where(version.c.division == division, version.c.tab == table)
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
    for row in connection.execute(query):
        yield _line(f"{table}.version", row)


def _quarantine(connection: Connection, tables: Tables, partition: Partition) -> Iterator[str]:
    table = tables.quarantine
    query = (
        select(
            table.c.author,
            table.c.number,
            table.c.hash,
            table.c.tab,
            table.c.col,
            table.c.reason,
            table.c.first_change,
            table.c.last_change,
        )
        .where(table.c.division == partition.division, table.c.channel == int(partition.channel))
        .order_by(
            table.c.author,
            table.c.number,
            table.c.hash,
            table.c.tab,
            table.c.col,
            table.c.reason,
            table.c.first_change,
        )
    )
    for author, number, hash_, *rest in connection.execute(query):
        yield _line("quarantine", (author, number, hash_.hex(), *rest))


def _line(name: str, values: Any) -> str:
    return json.dumps([name, *values], ensure_ascii=False, separators=(",", ":"))
