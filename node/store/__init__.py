"""The one door to SQL: a node's database, and the transactions in which everything happens.

A store belongs to one process at a time for each transaction: a command typed at the box and the
service that runs there may both have it open, and take turns. Whatever is remembered between
transactions is therefore either constant or checked against the database when a transaction begins.
"""

from __future__ import annotations

import contextlib
import secrets
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, inspect, select, text
from sqlalchemy.schema import CreateColumn, CreateTable

from node.errors import StoreFault
from node.schema import Schema
from node.store.cells import Cells
from node.store.database import (
    check_pages,
    check_pragmas,
    facts_of,
    make_key,
    open_engine,
    store_faults,
)
from node.store.ledger import Ledger
from node.store.listing import Listing, Wanted
from node.store.peers import Peers
from node.store.posted import Posted
from node.store.prepared import given, prepared, replacing
from node.store.quarantine import Quarantine
from node.store.rows import Records
from node.store.tables import tables_of

__all__ = ["Store", "Wanted"]

LEDGER = "ledger.db"
LEDGER_KEY = "ledger.key"
_OUTDATED = "outdated_rules"


class Store:
    """A node's database.

    Args:
        home: The node's folder.
        schema: What the node keeps.
        new: Whether the file was made just now, and is empty.

    Attributes:
        after_commit: Called when a transaction has become durable; what it does may not fail.

    Raises:
        StoreFault: The database is missing, empty, damaged, of a newer schema, or would not keep
            its promises.
    """

    def __init__(self, home: Path, schema: Schema, *, new: bool = False) -> None:
        self.path = home / LEDGER
        if not self.path.exists():
            raise StoreFault(
                f"There is no node in {home}: {LEDGER} is missing.",
                hint="Make a county with `linli init`, or join one with `linli join`.",
            )
        if not new:
            self._check_content()
        self.schema = schema
        self.tables = tables_of(schema)
        self.engine = open_engine(self.path, home / LEDGER_KEY)
        self.connection: Connection = self.engine.connect()
        self.ledger = Ledger(self.connection, self.tables)
        self.quarantine = Quarantine(self.connection, self.tables)
        self.records = Records(self.connection, self.tables)
        self.cells = Cells(self.connection, self.tables)
        self.peers = Peers(self.connection, self.tables)
        self.listing = Listing(self.connection, self.tables, self.records)
        self.posted = Posted(self.connection, self.tables)
        self.depth = 0
        self.undone = 0
        self.after_commit: Callable[[], None] = lambda: None
        try:
            self._prepare()
        except BaseException:
            self.close()
            raise

    @classmethod
    def create(cls, home: Path, schema: Schema) -> Store:
        """Makes an empty database in a folder that has none."""
        path = home / LEDGER
        if path.exists():
            raise StoreFault(
                f"{home} already holds a node.", hint="Choose another folder with --home."
            )
        if not (home / LEDGER_KEY).exists():
            make_key(home / LEDGER_KEY)
        path.touch(mode=0o600)
        return cls(home, schema, new=True)

    def _check_content(self) -> None:
        """Refuses an empty file, which SQLite would take for a database with nothing in it yet."""
        log = self.path.with_name(f"{LEDGER}-wal")
        if self.path.stat().st_size or (log.exists() and log.stat().st_size):
            return
        raise StoreFault(
            f"The database {self.path} is empty: its content was lost, or the node's making was "
            f"cut short.",
            hint="Restore it from a backup, or empty the folder and join again: linli join",
        )

    def close(self) -> None:
        """Closes the database."""
        self.connection.close()
        self.engine.dispose()

    def _prepare(self) -> None:
        """Makes or upgrades the tables, in one transaction."""
        for table in (self.tables.touched, self.tables.dead):
            self.connection.execute(CreateTable(table))
        with self.transaction():
            if not inspect(self.connection).has_table("node"):
                self.tables.metadata.create_all(self.connection)
                self.put_integer("store", secrets.randbits(63))
                self._note_schema()
                return
            version, rules = self.integer("schema"), self.text("rules")
            if version > self.schema.version:
                raise StoreFault(
                    f"The database {self.path} was written by a newer Linli (schema {version}; "
                    f"this one knows {self.schema.version}).",
                    hint="Start the newer version again; an older one would not understand it.",
                )
            if version < self.schema.version or rules != self.schema.rules:
                self._upgrade()
                if not self.outdated_rules:
                    self.put_content(_OUTDATED, rules.encode())
                self._note_schema()

    @property
    def outdated_rules(self) -> str:
        """The rules by which the derived tables still stand after an upgrade; empty if by ours.

        Kept until `caught_up`, since a power cut may come between the upgrade and the deriving.
        """
        return self.text(_OUTDATED)

    def caught_up(self) -> None:
        """Notes that everything is derived by the present schema and rules."""
        self.put_content(_OUTDATED, b"")

    def _note_schema(self) -> None:
        self.put_integer("schema", self.schema.version)
        self.put_content("rules", self.schema.rules.encode())

    def _upgrade(self) -> None:
        """Adds tables, columns and indexes that this schema has and the database lacks."""
        inspector = inspect(self.connection)
        for table in self.tables.metadata.sorted_tables:
            if not inspector.has_table(table.name):
                table.create(self.connection)
                continue
            present = {column["name"] for column in inspector.get_columns(table.name)}
            for column in table.columns:
                if column.name not in present:
                    definition = CreateColumn(column).compile(self.engine)
                    self.connection.execute(
                        text(f'ALTER TABLE "{table.name}" ADD COLUMN {definition}')
                    )
            for index in table.indexes:
                index.create(self.connection, checkfirst=True)

    def damages(self) -> list[str]:
        """Reads every page of the file; returns what is wrong with it.

        Raises:
            StoreFault: A pragma does not hold any more.
        """
        check_pragmas(self.connection, self.path)
        return check_pages(self.connection)

    def facts(self) -> dict[str, str | int]:
        """The versions and settings of the database, as they are in force."""
        return facts_of(self.connection)

    # --- transactions ----------------------------------------------------------------------------

    @contextlib.contextmanager
    def transaction(self) -> Iterator[None]:
        """Everything within is durable on leaving, or nothing of it ever happened.

        A transaction within another is a part of it.
        """
        if self.depth:
            self.depth += 1
            try:
                yield
            finally:
                self.depth -= 1
            return
        with store_faults(self.path):
            self.connection.exec_driver_sql("BEGIN IMMEDIATE")
            self.depth = 1
            try:
                yield
                self.connection.exec_driver_sql("COMMIT")
            except BaseException:
                self._roll_back()
                raise
            finally:
                self.depth = 0
        self.after_commit()

    def _roll_back(self) -> None:
        self.undone += 1
        self.records.forget_origins()
        with contextlib.suppress(Exception):
            # After some faults SQLite has rolled back already, and says so with an error.
            self.connection.exec_driver_sql("ROLLBACK")
            for table in (self.tables.touched, self.tables.dead):
                self.connection.execute(table.delete())

    @contextlib.contextmanager
    def savepoint(self) -> Iterator[None]:
        """A part of a transaction that can come to nothing by itself."""
        assert self.depth, "a savepoint stands within a transaction"
        self.connection.exec_driver_sql("SAVEPOINT part")
        try:
            yield
        except BaseException:
            self.undone += 1
            self.records.forget_origins()
            self.connection.exec_driver_sql("ROLLBACK TO part")
            raise
        finally:
            self.connection.exec_driver_sql("RELEASE part")

    @property
    def data_version(self) -> int:
        """Changes whenever another process has committed."""
        return self.moved[0]

    @property
    def moved(self) -> tuple[int, int, int]:
        """Stays the same as long as nothing is written or undone, by this process or by another.

        Asked of the driver itself, since it is asked at every turn.
        """
        driver = self.connection.connection.driver_connection
        assert driver is not None, "the store is open"
        with store_faults(self.path):
            (version,) = driver.execute("PRAGMA data_version").fetchone()
        return version, driver.total_changes, self.undone

    # --- the node's own few values ---------------------------------------------------------------

    def integer(self, name: str) -> int:
        """A number that the node keeps for itself; 0 where it has none."""
        return int(self.connection.execute(self._integer, {"name": name}).scalar() or 0)

    def put_integer(self, name: str, value: int) -> None:
        """Keeps a number."""
        self.connection.execute(self._put_value, {"name": name, "integer": value, "content": None})

    def content(self, name: str) -> bytes:
        """Bytes that the node keeps for itself; empty where it has none."""
        value: bytes | None = self.connection.execute(self._content, {"name": name}).scalar()
        return value or b""

    def put_content(self, name: str, value: bytes) -> None:
        """Keeps bytes."""
        self.connection.execute(self._put_value, {"name": name, "integer": None, "content": value})

    @prepared
    def _integer(self) -> Any:
        return select(self.tables.node.c.integer).where(given(self.tables.node, "name"))

    @prepared
    def _content(self) -> Any:
        return select(self.tables.node.c.content).where(given(self.tables.node, "name"))

    @prepared
    def _put_value(self) -> Any:
        return replacing(self.tables.node, "name")

    def text(self, name: str) -> str:
        """Text that the node keeps for itself."""
        return self.content(name).decode()
