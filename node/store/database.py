"""Opens the database, refuses one that would break its promises, and words its troubles.

An acknowledged write must survive a power cut, so the journal is a write-ahead log with
`synchronous=FULL`, and every pragma is read back: a setting that did not take is a start that is
refused, never a hope. The file is encrypted and authenticated page by page, so a flipped bit is an
error and not another elder's telephone number.
"""

from __future__ import annotations

import contextlib
import errno
import os
import re
import secrets
import weakref
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

from sqlalchemy import Connection, Engine, ExceptionContext, create_engine, event
from sqlalchemy.dialects import registry
from sqlalchemy.dialects.sqlite.pysqlite import SQLiteDialect_pysqlite
from sqlalchemy.exc import DBAPIError
from sqlalchemy.pool import StaticPool
from sqlalchemy.util import LRUCache
from sqlcipher3 import dbapi2 as sqlcipher

from node.errors import StoreFault
from node.store.disk import has_failed

SQLITE_OLDEST = (3, 51, 3)
"""Before it, a write-ahead log could corrupt the database when a checkpoint met a restart."""

PAGE_BYTES = 8_192
BUSY_MS_MAX = 30_000
CACHE_KIB = 16_384
CHECKPOINT_PAGES = 4_096
CHECK_BYTES_MAX = 67_108_864
"""Up to this size a database is checked as a whole after its disk failed."""

_LEANED_UPON = ("node", "tail", "head", "partition", "state_digest", "origin", "alert")
_KEY_BYTES = 32
_KEY = re.compile(rf"\s*[0-9a-f]{{{2 * _KEY_BYTES}}}\s*")
_STATEMENTS_MAX = 1_000
_COMPILED: LRUCache[Any, Any] = LRUCache(_STATEMENTS_MAX)

_PRAGMAS: tuple[tuple[str, str | int, str | int], ...] = (
    # name, value to set, value to read back
    ("journal_mode", "WAL", "wal"),
    ("synchronous", "FULL", 2),
    ("foreign_keys", "OFF", 0),
    ("secure_delete", "ON", 1),
    ("temp_store", "MEMORY", 2),
    ("busy_timeout", BUSY_MS_MAX, BUSY_MS_MAX),
    ("wal_autocheckpoint", CHECKPOINT_PAGES, CHECKPOINT_PAGES),
    ("cache_size", -CACHE_KIB, -CACHE_KIB),
)

_READING = ("foreign_keys", "temp_store", "busy_timeout", "cache_size")
"""The pragmas that mean something where nobody writes."""


def check_sqlite(version: str) -> None:
    """Refuses a library in the range of a known corruption.

    Raises:
        StoreFault: The library is older than `SQLITE_OLDEST`.
    """
    found = tuple(int(part) for part in re.findall(r"\d+", version)[:3])
    if found < SQLITE_OLDEST:
        oldest = ".".join(map(str, SQLITE_OLDEST))
        raise StoreFault(
            f"This SQLite is {version}; versions before {oldest} can corrupt a database.",
            hint="Install Linli's pinned packages again: make .venv",
        )


def make_key(path: Path) -> None:
    """Writes a fresh database key that only its owner can read."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w") as file:
        file.write(secrets.token_hex(_KEY_BYTES) + "\n")
        file.flush()
        os.fsync(file.fileno())


def holds_key(path: Path) -> bool:
    """Whether a file is there and holds a whole database key, not what a power cut left of one."""
    return path.exists() and bool(_KEY.fullmatch(path.read_bytes().decode("ascii", "replace")))


def read_key(path: Path) -> str:
    """Reads a database key.

    Raises:
        StoreFault: It is missing, torn, or others can read it.
    """
    try:
        mode = path.stat().st_mode & 0o777
        key = path.read_bytes().decode("ascii", "replace").strip()
    except OSError as error:
        raise StoreFault(
            f"The database key {path} cannot be read ({error.strerror}).",
            hint="Without it the database stays closed; restore the key file from its backup.",
        ) from None
    if mode & 0o077:
        raise StoreFault(
            f"The database key {path} can be read by others (mode {mode:o}).",
            hint=f"Close it: chmod 600 {path}",
        )
    if not _KEY.fullmatch(key):
        raise StoreFault(
            f"The database key {path} is torn: 64 hexadecimal digits are expected.",
            hint="Restore the key file from its backup.",
        )
    return key


class Dialect(SQLiteDialect_pysqlite):
    """The one dialect of all our databases: what one has compiled serves every other.

    A process that opens many, such as a simulation, would compile each statement for each of them.
    """

    supports_statement_cache = True

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Dialect)

    def __hash__(self) -> int:
        return hash(Dialect)


registry.register("sqlite.linli", __name__, "Dialect")

_OPEN: weakref.WeakKeyDictionary[Engine, Path] = weakref.WeakKeyDictionary()


def _refuse_after_fork(*_: object) -> None:
    raise StoreFault(
        "A process was forked while it had the database open; the copy may not use it.",
        hint="Open the database anew in the new process.",
    )


def _guard_child() -> None:
    """Bars a forked process from the open databases: it would take its parent's locks for its own.

    Done in the child alone, so that it costs nobody else anything.
    """
    for engine in list(_OPEN):
        event.listen(engine, "before_cursor_execute", _refuse_after_fork)


os.register_at_fork(after_in_child=_guard_child)


def open_engine(
    path: Path,
    key_path: Path,
    failed: Callable[[], None] = lambda: None,
    *,
    reading: bool = False,
) -> Engine:
    """Opens a database with one connection, sets each pragma, and checks what it finds.

    Args:
        path: The file.
        key_path: The file of its key.
        failed: Is called at each error that says that the disk failed.
        reading: Whether nobody can write on this disk, so that not even a lock is made there.

    Raises:
        StoreFault: The library, a pragma, the key or the file is not as required.
    """
    check_sqlite(sqlcipher.sqlite_version)
    key = read_key(key_path)

    def connect() -> Any:
        uri, first = _where_nobody_writes(path) if reading else (str(path), "")
        connection = sqlcipher.connect(
            uri, isolation_level=None, check_same_thread=False, cached_statements=256, uri=reading
        )
        try:
            connection.execute("PRAGMA cipher_log_level = NONE").fetchall()
            connection.execute(f"PRAGMA key = \"x'{key}'\"").fetchall()
            connection.execute(f"PRAGMA cipher_page_size = {PAGE_BYTES}").fetchall()
            if first:
                connection.execute(first).fetchall()
            connection.execute("SELECT count(*) FROM sqlite_master").fetchall()
            for name, value, _ in _PRAGMAS:
                if not reading or name in _READING:
                    connection.execute(f"PRAGMA {name} = {value}").fetchall()
        except BaseException:
            connection.close()  # one that is left open keeps the log from being folded in
            raise
        return connection

    engine = create_engine(
        "sqlite+linli://",
        module=sqlcipher,
        creator=connect,
        poolclass=StaticPool,
        isolation_level="AUTOCOMMIT",
        execution_options={"compiled_cache": _COMPILED},
    )

    @event.listens_for(engine, "handle_error")
    def say(context: ExceptionContext) -> StoreFault | None:
        if not isinstance(context.original_exception, Exception):
            return None  # somebody pressed Ctrl-C, and the database is well
        if has_failed(context.original_exception):
            failed()
        return _fault(path, context.original_exception)

    try:
        with store_faults(path), engine.connect() as connection:
            check_opened(connection, path, failed, reading=reading)
    except BaseException:
        engine.dispose()
        raise
    _OPEN[engine] = path
    return engine


def check_opened(
    connection: Connection, path: Path, failed: Callable[[], None], *, reading: bool = False
) -> None:
    """Checks what a fresh connection found, before anything is written by it.

    Args:
        connection: The connection.
        path: The file.
        failed: Is called where the disk failed and SQLite would not say so.
        reading: Whether nobody can write there.

    Raises:
        StoreFault: A setting did not take, or the disk failed.
    """
    if not reading:
        check_pragmas(connection, path)
        _sync_names(path, failed)


def _where_nobody_writes(path: Path) -> tuple[str, str]:
    """How a database is opened on a disk that can only be read: its address, and a first pragma.

    The log needs an index that all its readers share, which nobody can make there. Since nobody
    writes, none is needed: where the log holds something, its index is kept in memory, and no lock
    is asked for; where it is empty, the file alone is all there is.
    """
    log = path.with_name(f"{path.name}-wal")
    if log.exists() and log.stat().st_size:
        return f"file:{quote(str(path))}?mode=ro&vfs=unix-none", "PRAGMA locking_mode = EXCLUSIVE"
    return f"file:{quote(str(path))}?mode=ro&immutable=1", ""


def forget_cached(path: Path) -> None:
    """Has the kernel read a database from the disk again, and not from its memory, if it can.

    To be called while the store of this process is not connected: whoever closes a file loses every
    lock that the process has on it. Where the process has it open a second time, nothing is done.
    """
    if list(_OPEN.values()).count(path) > 1:
        return
    with contextlib.suppress(OSError):
        file = os.open(path, os.O_RDONLY)
        try:
            os.posix_fadvise(file, 0, 0, os.POSIX_FADV_DONTNEED)
        finally:
            os.close(file)


def _sync_names(path: Path, failed: Callable[[], None]) -> None:
    """Makes the name of the log durable, which was made just now.

    SQLite does so too, and says nothing where the disk fails then: the log would be written through
    at every commit, and a power cut could take it away as a whole.

    Raises:
        StoreFault: The disk failed.
    """
    folder = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(folder)
    except OSError as error:
        if error.errno != errno.EINVAL:  # the file system has no such call, and keeps names anyhow
            failed()
            raise _fault(path, sqlcipher.OperationalError("disk I/O error")) from error
    finally:
        os.close(folder)


def check_pages(connection: Connection, *, log: bool = True) -> list[str]:
    """Reads every page, its authentication first, then its structure; returns what is wrong.

    The authentication is read in the file alone. What a power cut tore there while the log was
    written into it stands whole in the log, so that is written into the file once more before,
    unless `log` says that nothing can be written there.
    """
    if log:
        connection.exec_driver_sql("PRAGMA wal_checkpoint(PASSIVE)").fetchall()
    found = _told(connection, "cipher_integrity_check")
    return found or _told(connection, "integrity_check")  # which would stumble over such a page


def _told(connection: Connection, pragma: str) -> list[str]:
    """What a check of SQLite finds wrong."""
    rows = connection.exec_driver_sql(f"PRAGMA {pragma}").fetchall()
    return [str(row[0]) for row in rows if row[0] != "ok"]


def check_lately(connection: Connection, path: Path) -> list[str]:
    """Checks as much as a node can afford while it works; returns what is wrong.

    A small database is read as a whole. Of a large one it is what the next write builds upon, and
    whatever is read is authenticated; the rest is left to `linli doctor`.
    """
    if path.stat().st_size <= CHECK_BYTES_MAX:
        return check_pages(connection)
    found = [_told(connection, f"quick_check({table})") for table in _LEANED_UPON]
    return [line for lines in found for line in lines]


def check_pragmas(connection: Connection, path: Path) -> None:
    """Reads every pragma back.

    Raises:
        StoreFault: One does not hold.
    """
    for name, _, expected in _PRAGMAS:
        row = connection.exec_driver_sql(f"PRAGMA {name}").fetchone()
        found = row[0] if row else None
        if found != expected:
            raise StoreFault(
                f"The database {path} runs with {name} = {found}; {expected} is needed.",
                hint="With another setting a power cut can lose a record, so nothing is written.",
            )


def facts_of(connection: Connection) -> dict[str, str | int]:
    """The versions and settings of an open database, for whoever has to judge it from afar."""
    names = [name for name, *_ in _PRAGMAS]
    names += ["cipher_version", "page_size", "page_count", "freelist_count", "auto_vacuum"]
    rows = ((name, connection.exec_driver_sql(f"PRAGMA {name}").fetchone()) for name in names)
    return {"sqlite": sqlcipher.sqlite_version, **{name: row[0] for name, row in rows if row}}


@contextlib.contextmanager
def store_faults(path: Path) -> Iterator[None]:
    """Turns a trouble of the database into a `StoreFault` that says what to do."""
    try:
        yield
    except (DBAPIError, sqlcipher.Error) as error:
        raise _fault(path, error) from error


def _fault(path: Path, error: BaseException) -> StoreFault:
    cause = str(getattr(error, "orig", None) or error)
    if "full" in cause or "disk I/O" in cause:
        return StoreFault(
            f"The disk under {path} is full or failing ({cause}). Nothing of this was saved.",
            hint="Free some space or change the card, then repeat; what was saved before stays.",
        )
    if "not a database" in cause or "malformed" in cause or "hmac" in cause:
        return StoreFault(
            f"The database {path} does not open with its key, or is damaged ({cause}).",
            hint="Check that ledger.key belongs to it, then: linli doctor",
        )
    if "readonly" in cause:
        return StoreFault(
            f"The database {path} is open for reading only ({cause}). Nothing of this was saved.",
            hint="To be told why, and what to do: linli doctor",
        )
    if "locked" in cause or "busy" in cause:
        return StoreFault(
            f"Another process has kept {path} busy for {BUSY_MS_MAX // 1000} s.",
            hint="Nothing was changed; try again.",
        )
    return StoreFault(
        f"The database {path} failed ({cause}). Nothing of this was saved.", hint="linli doctor"
    )
