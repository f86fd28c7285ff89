"""One node of a simulation: its folder, its clock, and what can befall them.

A crash is the end of a process in the middle of what it does: SQLite is interrupted after some
thousand instructions, whatever stands open is given up, and the folder is opened again as it lies.
A full disk is SQLite's own limit of pages. Backups are copies of the folder.
"""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlcipher3 import dbapi2 as sqlcipher

from cli.demo.worker import Remembering
from node.clock import BOOT_FLOOR_MS
from node.config import LEDGER
from node.errors import LinliError, StoreFault
from node.schema import Schema
from node.store import Store

_PAGES_LEFT = 1
"""How much room a full disk has left: enough to open, not enough for long."""


_STEP = 20
"""SQLite can be stopped after so many instructions of one statement, and then so many more."""


class Killed(Exception):
    """The process has ended in the middle of what it did."""


class _Fuse:
    """Burns down with every few instructions of SQLite; then the process ends.

    Args:
        instructions: How long it is.
        at_end: Is called once, when it has burnt down.
    """

    def __init__(self, instructions: int, at_end: Callable[[], object] = lambda: None) -> None:
        self._left = instructions // _STEP
        self._at_end = at_end
        self.burnt = False

    def burn(self) -> int:
        """Says whether SQLite is to stop."""
        self._left -= 1
        if self._left <= 0 and not self.burnt:
            self.burnt = True
            self._at_end()
        return int(self.burnt)


class BoxClock:
    """The clock of a box: right, wrong by so much, fast or slow, or standing still.

    Args:
        true_ms: Tells the true time, milliseconds since 1970 UTC.
    """

    def __init__(self, true_ms: Callable[[], int]) -> None:
        self._true_ms = true_ms
        self._since = true_ms()
        self._shown = self._since
        self.rate = 1.0

    def now_ms(self) -> int:
        """Milliseconds since 1970 UTC, as the box believes."""
        return max(0, self._shown + int((self._true_ms() - self._since) * self.rate))

    def set(self, ms: int, rate: float = 1.0) -> None:
        """Sets the clock, and how fast it runs."""
        self._shown, self._since, self.rate = ms, self._true_ms(), rate


def entropy(*words: object) -> Callable[[int], bytes]:
    """A source of bytes that repeats with its words."""
    drawn = 0

    def draw(size: int) -> bytes:
        nonlocal drawn
        drawn += 1
        return hashlib.shake_256(repr((*words, drawn)).encode()).digest(size)

    return draw


class Box:
    """A node that runs, or lies there.

    Args:
        name: Its name in the plan.
        home: Its folder.
        true_ms: Tells the true time.
        schema: What its version of the program keeps.
        seed: What its boot numbers follow from.
    """

    def __init__(
        self, name: str, home: Path, true_ms: Callable[[], int], schema: Schema, seed: object
    ) -> None:
        self.name = name
        self.home = home
        self.clock = BoxClock(true_ms)
        self.schema = schema
        self.seed = seed
        self.parent = ""
        self.starts = 0
        self.image: Path | None = None
        self._replica: Remembering | None = None

    @property
    def replica(self) -> Remembering:
        """The node; it is started where it is down."""
        if self._replica is None:
            self.starts += 1
            source = entropy(self.seed, self.name, self.starts)
            given = {"clock": self.clock, "entropy": source}
            self._replica = Remembering(self.home, self.schema, **given)
        return self._replica

    @property
    def driver(self) -> Any:
        """The node's database as SQLite's own driver has it; it is started where it is down."""
        driver = self.replica.store.connection.connection.driver_connection
        assert driver is not None, "a store is open until it is closed"
        return driver

    @property
    def runs(self) -> bool:
        """Whether the node is started."""
        return self._replica is not None

    def close(self) -> None:
        """Stops the node in the ordinary way."""
        if self._replica is not None:
            self._replica.close()
            self._replica = None

    # --- crashes ---------------------------------------------------------------------------------

    @contextmanager
    def dying(self, instructions: int) -> Iterator[None]:
        """Ends the process after about so many instructions of SQLite, if it gets that far.

        Raises:
            Killed: It did.
        """
        driver, fuse = self.driver, _Fuse(instructions)
        driver.set_progress_handler(fuse.burn, _STEP)
        try:
            yield
        except LinliError:
            if not fuse.burnt:
                raise
        finally:
            driver.set_progress_handler(None, 0)
        if fuse.burnt:
            self.die()
            raise Killed(self.name)

    def start_dying(self, instructions: int) -> None:
        """Starts the node, and ends it after about so many instructions, if it gets that far.

        Raises:
            Killed: It did.
        """
        self.close()
        aside = self.home.with_name(f"{self.home.name}.dead")
        shutil.rmtree(aside, ignore_errors=True)
        fuse = _Fuse(instructions, lambda: shutil.copytree(self.home, aside))

        def connect(*where: Any, **how: Any) -> Any:
            driver = whole(*where, **how)
            driver.set_progress_handler(fuse.burn, _STEP)
            return driver

        whole, sqlcipher.connect = sqlcipher.connect, connect
        try:
            driver = self.driver
        except LinliError as fault:
            if not fuse.burnt:
                raise
            shutil.rmtree(self.home)
            aside.rename(self.home)  # as it lay when the power went
            raise Killed(self.name) from fault
        finally:
            sqlcipher.connect = whole
        driver.set_progress_handler(None, 0)
        assert not fuse.burnt, "whoever starts tells of every fault of the database"

    def die(self) -> None:
        """Gives up whatever stands open; what was committed lies in the folder."""
        assert self._replica is not None, "only who lives can die"
        aside = self.home.with_name(f"{self.home.name}.dead")
        shutil.rmtree(aside, ignore_errors=True)
        shutil.copytree(self.home, aside)  # as it lies, the log not yet folded in
        self._replica.close()
        self._replica = None
        shutil.rmtree(self.home)
        aside.rename(self.home)

    # --- disks -----------------------------------------------------------------------------------

    @contextmanager
    def full(self) -> Iterator[None]:
        """The disk has next to no room left."""
        connection = self.replica.store.connection
        pages = int(connection.exec_driver_sql("PRAGMA page_count").scalar_one())
        connection.exec_driver_sql(f"PRAGMA max_page_count = {pages + _PAGES_LEFT}")
        try:
            yield
        finally:
            connection.exec_driver_sql("PRAGMA max_page_count = 4294967294")

    def flip(self, place: float, bit: int) -> None:
        """Turns one bit of the database over while nothing runs on it, and no log mends it."""
        assert self.replica, "what a crash left in the log is folded in"
        self.close()
        path = self.home / LEDGER
        content = bytearray(path.read_bytes())
        content[int(place * len(content))] ^= 1 << bit
        path.write_bytes(content)

    def damaged(self) -> bool:
        """Whether the database reports damage when all of it is read."""
        try:
            return bool(self.replica.store.damages())
        except StoreFault:
            return True

    def lose_database(self) -> None:
        """Begins with an empty database; keys and papers are left."""
        self.close()
        for path in self.home.glob(f"{LEDGER}*"):
            if path.suffix != ".key":
                path.unlink()
        Store.create(self.home, self.schema).close()

    # --- backups ---------------------------------------------------------------------------------

    def back_up(self) -> None:
        """Copies the folder, while nothing runs on it."""
        self.close()
        self.image = self.home.with_name(f"{self.home.name}.image")
        shutil.rmtree(self.image, ignore_errors=True)
        shutil.copytree(self.home, self.image)

    def restore(self) -> bool:
        """Puts the last backup back; returns whether there was one."""
        if self.image is None:
            return False
        self.close()
        shutil.rmtree(self.home)
        shutil.copytree(self.image, self.home)
        return True

    def copy(self, name: str, true_ms: Callable[[], int]) -> Box:
        """A second box with the same key: from now on both go on."""
        self.close()
        other = Box(name, self.home.with_name(name), true_ms, self.schema, self.seed)
        shutil.copytree(self.home, other.home)
        return other


CLOCK_FAULTS = ("1970", "ahead", "behind", "still", "drift", "right")


def set_wrong(box: Box, kind: str, true_ms: int, rate: float) -> None:
    """Sets a clock wrong, or right again.

    Args:
        box: The box.
        kind: One of `CLOCK_FAULTS`.
        true_ms: The true time.
        rate: How fast it runs, for `drift`.
    """
    year = 365 * 86_400_000
    shown = {"1970": 0, "ahead": true_ms + 30 * year, "behind": true_ms - year}
    rates = {"still": 0.0, "drift": rate}
    box.clock.set(shown.get(kind, true_ms), rates.get(kind, 1.0))
    assert BOOT_FLOOR_MS < true_ms
