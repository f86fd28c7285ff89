"""The SQL tables: the ledger's own, and one or more for each table of the schema.

Tables that hold what travels carry the partition as the leading part of their keys: the division,
and the channel where the table does not imply it. Stamps are kept as (time, origin, number), where
an origin is this node's short number for an (author, boot): it never leaves the node and never
orders anything.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property, lru_cache
from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    PrimaryKeyConstraint,
    Table,
    Text,
)

from node.schema import AMENDMENT, Kind, Schema
from node.schema import Column as DeclaredColumn
from node.schema import Table as Declared

CELL = ("division", "tab", "id", "col", "element")
"""The columns that name a cell in `version` and `overwrite`."""


def _feed_columns() -> list[Column[object]]:
    return [
        Column("division", Text, nullable=False),
        Column("channel", Integer, nullable=False),
        Column("author", Text, nullable=False),
    ]


def _cell_columns() -> list[Column[object]]:
    return [Column(name, Text, nullable=False) for name in CELL]


def _stored_column(column: DeclaredColumn) -> Column[object]:
    """A column of a row; a counter that joins an older table has counted nothing there."""
    if column.kind is Kind.COUNTER:
        return Column(column.name, BigInteger, nullable=False, server_default="0")
    return Column(column.name, Text if column.type is str else BigInteger)


class Tables:
    """Every SQL table of a node for one schema.

    Args:
        schema: What the node keeps.
    """

    def __init__(self, schema: Schema) -> None:
        self.schema = schema
        self.prepared: dict[Any, Any] = {}  # statements over these tables, by what declares them
        self.metadata = MetaData()
        self._ledger()
        self._context()
        self._exchange()
        self._peers()
        self._blobs()
        self._versions()
        self.rows: Mapping[str, Table] = {t.name: self._row_table(t) for t in schema.tables}
        self.sets: Mapping[tuple[str, str], Table] = {
            (t.name, c.name): self._set_table(t, c.name) for t in schema.tables for c in t.sets
        }

    @cached_property
    def derived(self) -> list[Table]:
        """The tables that `rebuild` empties: all that follows from the segments."""
        return [*self.rows.values(), *self.sets.values(), self.version, self.overwrite]

    def _ledger(self) -> None:
        self.segment = Table(
            "segment",
            self.metadata,
            *_feed_columns(),
            Column("number", BigInteger, nullable=False),
            Column("hash", LargeBinary, nullable=False),
            Column("arrival", BigInteger, nullable=False),
            Column("boot", BigInteger, nullable=False),
            Column("first_change", BigInteger, nullable=False),
            Column("last_change", BigInteger, nullable=False),
            Column("changes", Integer, nullable=False),
            Column("beacon_time", BigInteger, nullable=False),
            Column("trust", LargeBinary, nullable=False),
            Column("header", LargeBinary, nullable=False),
            Column("signature", LargeBinary, nullable=False),
            Column("body", LargeBinary, nullable=False),
            Column("replacement", LargeBinary, nullable=False),
            PrimaryKeyConstraint("division", "channel", "author", "number", "hash"),
            Index("segment_arrival", "channel", "arrival", unique=True),
            Index("segment_boot", "division", "channel", "author", "boot", "last_change"),
            Index("segment_author", "author"),
        )
        self.head = Table(
            "head",
            self.metadata,
            *_feed_columns(),
            Column("hash", LargeBinary, nullable=False),
            Column("number", BigInteger, nullable=False),
            Column("arrival", BigInteger, nullable=False),
            PrimaryKeyConstraint("division", "channel", "author", "hash"),
        )
        self.partition = Table(
            "partition",
            self.metadata,
            Column("division", Text, nullable=False),
            Column("channel", Integer, nullable=False),
            Column("digest", LargeBinary, nullable=False),
            PrimaryKeyConstraint("division", "channel"),
        )
        self.state_digest = Table(
            "state_digest",
            self.metadata,
            Column("division", Text, nullable=False),
            Column("channel", Integer, nullable=False),
            Column("tab", Text, nullable=False),
            Column("digest", LargeBinary, nullable=False),
            PrimaryKeyConstraint("division", "channel", "tab"),
        )

    def _context(self) -> None:
        self.tail = Table(
            "tail",
            self.metadata,
            Column("division", Text, nullable=False),
            Column("channel", Integer, nullable=False),
            Column("number", BigInteger, nullable=False),
            Column("boot", BigInteger, nullable=False),
            Column("changes", Integer, nullable=False),
            Column("written_at", BigInteger, nullable=False),
            Column("body", LargeBinary, nullable=False),
            PrimaryKeyConstraint("division", "channel", "number"),
        )
        self.origin = Table(
            "origin",
            self.metadata,
            Column("origin", Integer, primary_key=True),
            Column("author", Text, nullable=False),
            Column("boot", BigInteger, nullable=False),
            Column("tier", Text, nullable=False),
            Index("origin_name", "author", "boot", unique=True),
        )
        self.trust_frontier = Table(
            "trust_frontier",
            self.metadata,
            Column("digest", LargeBinary, primary_key=True),
            Column("content", LargeBinary, nullable=False),
        )
        self.quarantine = Table(
            "quarantine",
            self.metadata,
            *_feed_columns(),
            Column("number", BigInteger, nullable=False),
            Column("hash", LargeBinary, nullable=False),
            Column("tab", Text, nullable=False),
            Column("col", Text, nullable=False),
            Column("reason", Text, nullable=False),
            Column("first_change", BigInteger, nullable=False),
            Column("last_change", BigInteger, nullable=False),
            Column("since", BigInteger, nullable=False),
            PrimaryKeyConstraint(
                "division",
                "channel",
                "author",
                "number",
                "hash",
                "tab",
                "col",
                "reason",
                "first_change",
            ),
        )

    def _exchange(self) -> None:
        self.node = Table(
            "node",
            self.metadata,
            Column("name", Text, primary_key=True),
            Column("integer", BigInteger),
            Column("content", LargeBinary),
        )
        self.receipt = Table(
            "receipt",
            self.metadata,
            *_feed_columns(),
            Column("issuer", Text, nullable=False),
            Column("time", BigInteger, nullable=False),
            Column("arrival", BigInteger, nullable=False),
            Column("content", LargeBinary, nullable=False),
            PrimaryKeyConstraint("division", "channel", "author", "issuer"),
            Index("receipt_arrival", "arrival", unique=True),
        )
        self.invite = Table(
            "invite",
            self.metadata,
            Column("secret_hash", LargeBinary, primary_key=True),
            Column("division", Text, nullable=False),
            Column("expires_at", BigInteger, nullable=False),
            Column("user", Text, nullable=False),
            Column("author", Text, nullable=False),
            Column("replaces", Boolean, nullable=False),
        )
        self.posted = Table(
            "posted",
            self.metadata,
            Column("form", Text, primary_key=True),
            Column("answer", Text, nullable=False),
            Column("made", BigInteger, nullable=False, index=True),
        )
        self.account = Table(
            "account",
            self.metadata,
            Column("user", Text, primary_key=True),
            Column("role", Text, nullable=False),
            Column("verifier", Text, nullable=False),
            Column("failures", BigInteger, nullable=False),
        )
        self.alert = Table(
            "alert",
            self.metadata,
            Column("kind", Text, nullable=False),
            Column("subject", Text, nullable=False),
            Column("text", Text, nullable=False),
            Column("raised_at", BigInteger, nullable=False),
            PrimaryKeyConstraint("kind", "subject"),
        )

    def _peers(self) -> None:
        self.peer = Table(
            "peer",
            self.metadata,
            Column("author", Text, primary_key=True),
            Column("division", Text, nullable=False),
            Column("mark", LargeBinary, nullable=False),
            Column("store", BigInteger, nullable=False),
            Column("receipts_seen", BigInteger, nullable=False),
            Column("spoke_at", BigInteger, nullable=False),
            Column("equal_at", BigInteger, nullable=False),
        )
        self.peer_mark = Table(
            "peer_mark",
            self.metadata,
            Column("author", Text, nullable=False),
            Column("digest", LargeBinary, nullable=False),
            Column("arrival", BigInteger, nullable=False),
            Column("made", BigInteger, nullable=False),
            PrimaryKeyConstraint("author", "digest"),
        )
        self.told = Table(
            "told",
            self.metadata,
            Column("peer", Text, nullable=False),
            *_feed_columns(),
            Column("number", BigInteger, nullable=False),
            Column("hash", LargeBinary, nullable=False),
            PrimaryKeyConstraint("peer", "division", "channel", "author", "hash"),
        )

    def _blobs(self) -> None:
        self.blob = Table(
            "blob",
            self.metadata,
            Column("hash", Text, primary_key=True),
            Column("origin", Integer, nullable=False),
            Column("size", BigInteger, nullable=False),
            Column("held", BigInteger, nullable=False),
            Column("arrival", BigInteger, nullable=False, index=True),
        )
        self.blob_piece = Table(
            "blob_piece",
            self.metadata,
            Column("hash", Text, nullable=False),
            Column("start", BigInteger, nullable=False),
            Column("data", LargeBinary, nullable=False),
            PrimaryKeyConstraint("hash", "start"),
        )
        self.blob_at = Table(
            "blob_at",
            self.metadata,
            Column("peer", Text, nullable=False),
            Column("hash", Text, nullable=False),
            PrimaryKeyConstraint("peer", "hash"),
        )

    def _versions(self) -> None:
        self.version = Table(
            "version",
            self.metadata,
            *_cell_columns(),
            Column("origin", Integer, nullable=False),
            Column("number", BigInteger, nullable=False),
            Column("time", BigInteger, nullable=False),
            Column("text", Text),
            Column("integer", BigInteger),
            Column("owner", Integer, nullable=False),
            Column("applied", Integer, nullable=False),
            Column("standing", Integer, nullable=False),
            PrimaryKeyConstraint(*CELL, "origin", "number"),
        )
        self.overwrite = Table(
            "overwrite",
            self.metadata,
            *_cell_columns(),
            Column("origin", Integer, nullable=False),
            Column("number", BigInteger, nullable=False),
            Column("named_origin", Integer, nullable=False),
            Column("named_number", BigInteger, nullable=False),
            PrimaryKeyConstraint(*CELL, "origin", "number", "named_origin", "named_number"),
        )
        self.waiting = Table(
            "waiting",
            self.metadata,
            Column("division", Text, nullable=False),
            Column("tab", Text, nullable=False),
            Column("id", Text, nullable=False),
            PrimaryKeyConstraint("division", "tab", "id"),
        )
        # Scratch of one transaction, kept in memory (temp_store): a person's record must not
        # reach a temporary file in the clear.
        self.scratch = MetaData()
        self.touched = Table(
            "touched",
            self.scratch,
            *_cell_columns(),
            PrimaryKeyConstraint(*CELL),
            prefixes=["TEMPORARY"],
        )
        self.dead = Table(
            "dead",
            self.scratch,
            *_cell_columns(),
            Column("origin", Integer, nullable=False),
            Column("number", BigInteger, nullable=False),
            Column("owner", Integer, nullable=False),
            PrimaryKeyConstraint(*CELL, "origin", "number", "owner"),
            prefixes=["TEMPORARY"],
        )

    def _row_table(self, declared: Declared) -> Table:
        kept = [c for c in declared.columns if c.kind is not Kind.SET]
        columns = [_stored_column(column) for column in kept]
        if declared.fact:
            columns.append(Column(AMENDMENT, Text))
        return Table(
            declared.name,
            self.metadata,
            Column("division", Text, nullable=False),
            Column("id", Text, nullable=False),
            *columns,
            Column("time", BigInteger, nullable=False),
            Column("origin", Integer, nullable=False),
            Column("number", BigInteger, nullable=False),
            PrimaryKeyConstraint("division", "id"),
            *(
                Index(f"{declared.name}_{'_'.join(names)}", "division", *names)
                for names in declared.indexes
            ),
            *(Index(f"{declared.name}_{c.name}", c.name) for c in declared.blobs),
        )

    def _set_table(self, declared: Declared, column: str) -> Table:
        return Table(
            f"{declared.name}__{column}",
            self.metadata,
            Column("division", Text, nullable=False),
            Column("id", Text, nullable=False),
            Column("element", Text, nullable=False),
            PrimaryKeyConstraint("division", "id", "element"),
        )


@lru_cache(maxsize=8)
def tables_of(schema: Schema) -> Tables:
    """The tables of a schema, the same for every database of a process."""
    return Tables(schema)
