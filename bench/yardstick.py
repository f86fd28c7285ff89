"""The yardstick and the cheapest honest encoding, to hold the figures of Linli against."""

from __future__ import annotations

import os
import sqlite3
import time
from collections.abc import Sequence
from pathlib import Path

import zstandard

from bench.workload import Row
from linli.v1 import ledger_pb2

_TABLE = """
CREATE TABLE visit(id TEXT PRIMARY KEY, person TEXT NOT NULL, worker TEXT NOT NULL,
 division TEXT NOT NULL, service TEXT NOT NULL, started_at INTEGER, ended_at INTEGER,
 minutes INTEGER, fee_fen INTEGER, rating INTEGER, note TEXT);
CREATE INDEX visit_person ON visit(person);
CREATE INDEX visit_division ON visit(division, started_at);
"""
_INSERT = "INSERT INTO visit VALUES(" + ",".join("?" * len(Row._fields)) + ")"
_PAGE_ROWS = 1_000
DATABASE = "yardstick.db"


def raw_insert(rows: Sequence[Row], folder: Path) -> float:
    """Seconds for one `executemany` of plain rows into plain SQLite: a key, two indexes, WAL, FULL.

    One transaction, its commit included. This is the yardstick.
    """
    path = folder / DATABASE
    for suffix in ("", "-wal", "-shm"):
        path.with_name(path.name + suffix).unlink(missing_ok=True)
    connection = sqlite3.connect(path, isolation_level=None)
    try:
        connection.execute("PRAGMA journal_mode=WAL").fetchall()
        connection.execute("PRAGMA synchronous=FULL").fetchall()
        connection.executescript(_TABLE)
        os.sync()  # dirty pages of what ran before are not this run's
        start = time.perf_counter()
        connection.execute("BEGIN")
        connection.executemany(_INSERT, rows)
        connection.execute("COMMIT")
        return time.perf_counter() - start
    finally:
        connection.close()


def skeleton_bytes(rows: Sequence[Row]) -> float:
    """Bytes a visit of the cheapest honest sync: plain columns with their ids and a stamp, zstd.

    No signature, no history, no conflict: what any columnar protocol must at least carry.
    """
    compressor = zstandard.ZstdCompressor(level=3)
    size = 0
    for start in range(0, len(rows), _PAGE_ROWS):
        page = rows[start : start + _PAGE_ROWS]
        message = ledger_pb2.Rows(table="visit", count=len(page))
        for name, values in zip(Row._fields, zip(*page, strict=True), strict=True):
            column = message.columns.add(name=name)
            if isinstance(values[0], str):
                column.texts.extend(values)
            else:
                column.integers.extend(values)
        stamps = [row.started_at << 16 for row in page]
        message.columns.add(name="stamp", integers=stamps)
        size += len(compressor.compress(message.SerializeToString()))
    return size / len(rows)
