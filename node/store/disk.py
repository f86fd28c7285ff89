"""What is known of a disk that failed or can only be read, and what a person hears of it.

Once a write or an fsync has failed, nobody knows what the disk holds: the kernel may give back from
its memory what never reached the card. So the store writes no more until the database was opened
anew and checked (`Store.settle`), and an alert stays until somebody has had every page checked by
`linli doctor`. It is kept in a small file beside the database, `disk.alert`, as well as the disk
allows, and in memory as long as the process lives; not in the database, which may be what failed.

A disk that is full, busy or can only be read has not failed: nothing was half done there.
"""

from __future__ import annotations

import contextlib
import json
import os
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from node.config import DISK_ALERT, LEDGER, write_file
from node.errors import StoreFault
from node.events import ERROR, WARNING, tell
from node.store.peers import Alert

ALERT = "disk"
_FAILED = "SQLITE_IOERR"
_BYTES_MAX = 4_096


def has_failed(error: BaseException) -> bool:
    """Whether an error of the driver says that the disk failed."""
    return str(getattr(error, "sqlite_errorname", "")).startswith(_FAILED)


def is_damaged(error: BaseException | None) -> bool:
    """Whether an error of the driver says that a page is not what it should be."""
    return getattr(error, "sqlite_errorname", "") in ("SQLITE_CORRUPT", "SQLITE_NOTADB")


def is_read_only(path: Path) -> bool:
    """Whether nobody can write on the file system of a file."""
    with contextlib.suppress(OSError):
        return bool(os.statvfs(path).f_flag & os.ST_RDONLY)
    return False


def place_of(path: Path) -> tuple[int, int]:
    """Which file stands at a path: the device and the number of the file there; zeros for none."""
    try:
        found = path.stat()
    except OSError:
        return 0, 0
    return found.st_dev, found.st_ino


def check_place(path: Path, opened: tuple[int, int]) -> None:
    """Refuses to go on with a database that was moved away while it was open.

    What is written into such a file is gone with it, and must be promised to nobody.

    Raises:
        StoreFault: Another file stands at the path, or none.
    """
    if place_of(path) != opened:
        raise StoreFault(
            f"The database {path} was moved away or replaced while this process had it open. "
            f"Nothing of this was saved.",
            hint="Stop the node, put the database in its place or restore it, and start it again.",
        )


def only_readable(home: Path) -> StoreFault:
    """What to say where a node shall write on a disk that can only be read."""
    return StoreFault(
        f"The disk under {home} can only be read: this node can be looked at there, and not be "
        f"served or written to.",
        hint=f"Let it be written again, or copy the whole folder to another disk and go on there, "
        f"never on both: cp -a {home} NEW, then: linli --home NEW doctor",
    )


@dataclass(frozen=True, slots=True)
class Failure:
    """What failed, and what came of it.

    Attributes:
        at_ms: When it was noticed first.
        settled: Whether the database was opened anew and checked since.
        damage: What that check found; empty for nothing.
    """

    at_ms: int
    settled: bool = False
    damage: str = ""


class Disk:
    """The disk under a node's database, as far as it has failed.

    Args:
        home: The node's folder.
        now_ms: What time it is here.
    """

    def __init__(self, home: Path, now_ms: Callable[[], int]) -> None:
        self._home = home
        self._path = home / DISK_ALERT
        self.now_ms = now_ms
        self._failure: Failure | None = None
        self._failure = self._read()
        self._kept = True

    @property
    def unsettled(self) -> bool:
        """Whether nothing may be written until the database was opened anew and checked."""
        return self._failure is not None and not self._failure.settled

    @property
    def damage(self) -> str:
        """What was found when the database was opened anew; nothing is written any more."""
        return self._failure.damage if self._failure is not None else ""

    def fail(self) -> None:
        """Notes that the disk failed."""
        if self.unsettled:
            return
        tell("disk_failed", ERROR, sqlite=_FAILED)
        self._note(Failure(self.now_ms()))

    def settle(self, damage: str = "") -> None:
        """Notes what came of opening the database anew."""
        assert self._failure is not None, "nothing is settled that did not fail"
        tell("disk_settled", ERROR if damage else WARNING, settled=not damage)
        self._note(replace(self._failure, settled=not damage, damage=damage))

    def clear(self) -> None:
        """Forgets a failure after every page was read and found well."""
        self._path.unlink(missing_ok=True)
        self._failure = None

    def failure(self) -> Failure | None:
        """What failed, until it was cleared, be it by another process."""
        if not self._kept:
            self._keep()
        elif not self.unsettled:
            self._failure = self._read()
        return self._failure

    def alerts(self) -> list[Alert]:
        """What people should see of it; none where nothing failed."""
        found = self.failure()
        if found is None:
            return []
        failed = f"The disk under {self._home} failed."
        if found.damage:
            text = (
                f"{failed} The database was opened anew and is damaged; nothing more is written. "
                f"Change the disk, then: linli restore"
            )
        elif found.settled:
            text = (
                f"{failed} The database was opened anew since and lacks nothing that was looked "
                f"for. Make a backup now; to have every page read: linli doctor"
            )
        else:
            text = (
                f"{failed} Nothing is written until the database has been opened anew. "
                f"Copy what is here to another disk: linli backup"
            )
        return [Alert(ALERT, LEDGER, text, found.at_ms)]

    def _note(self, failure: Failure) -> None:
        self._failure = failure
        self._keep()

    def _keep(self) -> None:
        """Writes the file, as well as the disk allows."""
        assert self._failure is not None, "there is something to keep"
        one = self._failure
        told = {"at_ms": one.at_ms, "settled": one.settled, "damage": one.damage}
        self._kept = False
        with contextlib.suppress(StoreFault, OSError):
            write_file(self._path, json.dumps(told).encode())
            self._kept = True

    def _read(self) -> Failure | None:
        try:
            with self._path.open("rb") as file:
                return Failure(**json.loads(file.read(_BYTES_MAX)))
        except FileNotFoundError:
            return None
        except OSError:
            return self._failure  # no handle is left, say: that tells nothing of the disk
        except (ValueError, TypeError):
            return Failure(self.now_ms())  # torn: somebody noted something
