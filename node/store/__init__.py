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

from sqlalchemy import inspect, text
from sqlalchemy.schema import CreateColumn, CreateTable

from node.errors import StoreFault
from node.schema import Schema
from node.store.cells import Cells
from node.store.database import (
    BUSY_MS_MAX,
    check_lately,
    check_opened,
    check_pages,
    check_pragmas,
    facts_of,
    forget_cached,
    make_key,
    open_engine,
    store_faults,
)
from node.store.disk import ALERT as DISK
from node.store.disk import Disk, check_place, is_damaged, is_read_only, only_readable, place_of
from node.store.ledger import Ledger
from node.store.listing import Listing, Wanted
from node.store.peers import Alert, Peers
from node.store.posted import Posted
from node.store.quarantine import Quarantine
from node.store.rows import Records
from node.store.tables import tables_of
from node.store.values import Values

__all__ = ["Store", "Wanted"]

LEDGER = "ledger.db"
LEDGER_KEY = "ledger.key"
_OUTDATED = "outdated_rules"
_DOUBTED = b"in doubt"
_SETTLE_MS_MAX = 2_000
_SHOWN_MAX = 3


class Store(Values):
    """A node's database.

    Args:
        home: The node's folder.
        schema: What the node keeps.
        new: Whether the file was made just now, and is empty.
        now_ms: What time it is here.

    Attributes:
        disk: What is known of the disk below, once it has failed.
        read_only: Why nothing can be written as long as this store is open; empty where it can.
        after_commit: Called when a transaction has become durable; what it does may not fail.

    Raises:
        StoreFault: The database is missing, empty, damaged, of a newer schema, or would not keep
            its promises.
    """

    def __init__(
        self,
        home: Path,
        schema: Schema,
        *,
        new: bool = False,
        now_ms: Callable[[], int] = lambda: 0,
    ) -> None:
        self.path = home / LEDGER
        if not self.path.exists():
            raise StoreFault(
                f"There is no node in {home}: {LEDGER} is missing.",
                hint="Where one lived here, its database is lost: linli restore. Otherwise make a "
                "county with `linli init`, or join one with `linli join`.",
            )
        if not new:
            self._check_content()
        self.schema = schema
        self.tables = tables_of(schema)
        self.disk = Disk(home, now_ms)
        self._barred = is_read_only(self.path)
        self.read_only = only_readable(home).message if self._barred else ""
        self.engine = open_engine(
            self.path, home / LEDGER_KEY, self.disk.fail, reading=self._barred
        )
        self.connection = self.engine.connect()
        self._place = place_of(self.path)
        self.ledger = Ledger(self.connection, self.tables)
        self.quarantine = Quarantine(self.connection, self.tables)
        self.records = Records(self.connection, self.tables)
        self.cells = Cells(self.connection, self.tables)
        self.peers = Peers(self.connection, self.tables)
        self.listing = Listing(self.connection, self.tables, self.records)
        self.posted = Posted(self.connection, self.tables)
        self.depth = 0
        self.undone = 0
        self.opened = 1
        self._reached = (0, 0)
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
        self._make_temporary()
        if self.disk.unsettled and not self._barred:
            self._try_to_settle()
        if self.read_only:
            self._prepare_reading()
            return
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

    def _make_temporary(self) -> None:
        for table in (self.tables.touched, self.tables.dead):
            self.connection.execute(CreateTable(table))

    def _try_to_settle(self) -> None:
        """Looks whether the disk that failed answers again; what it holds can be read in any case.

        A store that was opened for reading stays so: what an opening writes first was not written.
        """
        try:
            self.settle()
        except StoreFault as fault:
            self.read_only = fault.message

    def _prepare_reading(self) -> None:
        """Bars every write, and refuses what only an upgrade would make readable."""
        self.connection.exec_driver_sql("PRAGMA query_only = ON")
        version, rules = self.integer("schema"), self.text("rules")
        if (version, rules) != (self.schema.version, self.schema.rules):
            raise StoreFault(
                f"{self.read_only} It was written by another version of Linli (schema {version}; "
                f"this one knows {self.schema.version}).",
                hint="Copy the folder to another disk and open it there, or use that version.",
            )

    @property
    def outdated_rules(self) -> str:
        """The rules by which the derived tables still stand after an upgrade; empty if by ours.

        Kept until `caught_up`, since a power cut may come between the upgrade and the deriving.
        """
        return self.text(_OUTDATED)

    def outdate(self) -> None:
        """Notes that whatever is derived is to be derived anew, whatever rules it stands by."""
        self.put_content(_OUTDATED, _DOUBTED)

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
        if self._barred:
            return check_pages(self.connection, log=False)
        check_pragmas(self.connection, self.path)
        return check_pages(self.connection)

    def facts(self) -> dict[str, str | int]:
        """The versions and settings of the database, as they are in force."""
        return facts_of(self.connection)

    # --- a disk that failed ----------------------------------------------------------------------

    def alerts(self) -> list[Alert]:
        """What people should see of the disk."""
        if not self._barred:
            return self.disk.alerts()
        fault = only_readable(self.path.parent)
        return [Alert(DISK, LEDGER, f"{fault.message} {fault.hint}", self.disk.now_ms())]

    def settle(self) -> None:
        """Opens the database anew after its disk failed; until that is done nothing is written.

        What the log holds is written into the file and through to the disk once more, and the log
        is emptied: of what was refused it may hold a part that only looks as if it were kept. Then
        everything is closed, opened, and checked as at a start, and as far as `check_lately` can.

        Raises:
            StoreFault: The disk does not answer yet, or has lost something.
        """
        if self.disk.damage and self.opened > 1:
            raise self._damaged()  # nor will it be better before the next start
        with store_faults(self.path):
            self._empty_log()
            self._reached = max(self._reached, self._how_far())
            self._reopen()
            found = self._lacking()
            if found:
                self._reopen()  # a connection that met a damaged page reads no other any more
        self.disk.settle("; ".join(found[:_SHOWN_MAX]))
        if found:
            raise self._damaged()

    def _empty_log(self) -> None:
        """Writes the log into the file, as far as this process knows it to be true."""
        self.connection.exec_driver_sql(f"PRAGMA busy_timeout = {_SETTLE_MS_MAX}").fetchall()
        row = self.connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
        self.connection.exec_driver_sql(f"PRAGMA busy_timeout = {BUSY_MS_MAX}").fetchall()
        if row is None or row[0]:
            raise StoreFault(
                f"The disk under {self.path} failed, and another process reads there, so that the "
                f"database cannot be opened anew yet. Nothing of this was saved.",
                hint="Try again in a moment; what was saved before stays.",
            )

    def _reopen(self) -> None:
        """Closes the connection and makes another; whoever holds the old one has the new one."""
        self.connection.rollback()
        self.connection.invalidate()
        forget_cached(self.path)
        self.opened += 1
        self.undone += 1
        self.records.forget_origins()
        check_opened(self.connection, self.path, self.disk.fail)
        self._make_temporary()

    def _lacking(self) -> list[str]:
        """What is wrong with the database, as far as it can be looked at now."""
        try:
            found = check_lately(self.connection, self.path)
            if self._how_far() < self._reached:
                found.append("what was written last is not there")
        except StoreFault as fault:
            if not is_damaged(fault.__cause__):
                raise
            found = [str(fault.__cause__)]
        return found

    def _how_far(self) -> tuple[int, int]:
        """How many changes and segments are here; neither number ever shrinks."""
        return self.integer("next_number"), self.ledger.last_arrival()

    def _damaged(self) -> StoreFault:
        return StoreFault(
            f"The disk under {self.path} failed, and the database is damaged ({self.disk.damage}). "
            f"Nothing is written any more.",
            hint="Change the disk, then: linli restore",
        )

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
        if self.disk.unsettled and not self.read_only:
            self.settle()
        check_place(self.path, self._place)
        with store_faults(self.path):
            self.connection.exec_driver_sql("BEGIN" if self.read_only else "BEGIN IMMEDIATE")
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
        return version + (self.opened << 32), driver.total_changes, self.undone
