"""A node at work on a disk that fails for a moment: what is refused is tried again, as by a person.

Run by `test_failing` under strace, which answers some calls of each child with an error. A child
notes what was acknowledged and what was refused, works on with the same process, and ends without
closing anything: what it leaves behind is what a power cut finds.
"""

from __future__ import annotations

import contextlib
import os
import sys
import traceback
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import NoReturn, TypeVar

from node import wire
from node.errors import StoreFault
from node.replica import Assign, Increment, Insert, Replica, Write
from tests.kill import program

REFUSED = "refused"
TRIES = 8
ROUNDS = 2

Result = TypeVar("Result")


class Notes:
    """Where a child tells what came of its steps."""

    def __init__(self, home: Path) -> None:
        self.file = os.open(program.notes_of(home), os.O_WRONLY | os.O_CREAT | os.O_APPEND)
        self.refused = False

    def note(self, line: str) -> None:
        """Notes a line, once the step is done."""
        os.write(self.file, f"{line}\n".encode())

    def insist(self, step: Callable[[], Result]) -> Result:
        """Does a step, again where the disk refused it."""
        for _ in range(TRIES):
            try:
                return step()
            except StoreFault as fault:
                self.note(f": {REFUSED} {fault.message}")
                self.refused = True
        raise AssertionError("a few errors were injected, and the node never recovers from them")


def local_writes(replica: Replica, notes: Notes) -> None:
    """People and their cells, each step by itself; a checkpoint and a seal in each round."""
    for number in range(ROUNDS):
        new = Insert("person", {"name": f"person {number}"}, {"groups": ["低保"]})
        person = notes.insist(partial(replica.write, program.VILLAGE, [new])).ids[0]
        notes.note(f"{person}: person")
        cells: list[Write] = [
            Assign("person", person, "phone", "2"),
            Increment("person", person, "meals", 1),
        ]
        notes.insist(partial(replica.write, program.VILLAGE, cells))
        visit = Insert("visit", {"person": person, "minutes": 60})
        facility = Insert("facility", {"name": "食堂"})
        acts = [(program.VILLAGE, [visit]), (program.VILLAGE, [facility])]
        ids = notes.insist(partial(replica.act, acts)).ids
        notes.note(f"{ids[0]} {ids[1]}: act")
        notes.insist(replica.seal)
        if not number:
            checkpoint(replica)


def checkpoint(replica: Replica) -> None:
    """What SQLite does by itself after thousands of pages, and whose errors it keeps to itself."""
    with contextlib.suppress(StoreFault):
        replica.store.connection.exec_driver_sql("PRAGMA wal_checkpoint(PASSIVE)").fetchall()


def applied(replica: Replica, path: Path, notes: Notes) -> None:
    """Two batches of segments, as two frames of a session bring them."""
    offered = wire.sync_pb2.Segments.FromString(path.read_bytes())
    segments = [wire.read_segment(message) for message in offered.segments]
    middle = len(segments) // 2
    for batch in (segments[:middle], segments[middle:]):
        intake = notes.insist(partial(replica.take, batch))
        assert not intake.refused, intake.refused
        notes.note(" ".join(segment.hash.hex() for segment in batch) + ": applied")


def child(call: str, wasted: int, home: Path, source: str) -> NoReturn:
    """One run; it ends as a process ends whose box loses its power."""
    status = 1
    try:
        program.waste(call, wasted, home.with_suffix(".scratch"))
        notes = Notes(home)
        replica = notes.insist(lambda: program.opened(home))
        notes.note(f": {program.OPENED}")
        if source:
            applied(replica, Path(source), notes)
        else:
            local_writes(replica, notes)
        assert bool(replica.alerts()) >= notes.refused, "an alert stays"
        assert not replica.store.disk.unsettled, "and the database was opened anew"
        notes.note(f": {program.ENDED}")
        status = 0
    finally:
        if status:
            traceback.print_exc()
        os._exit(status)


def main(call: str) -> None:
    """Forks a child for each order read, and tells its number and how it ended."""
    for order in sys.stdin:
        wasted, home, source = order.rstrip("\n").split("\t")
        pid = os.fork()
        if not pid:
            child(call, int(wasted), Path(home), source)
        ended = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
        os.write(sys.stdout.fileno(), f"{pid} {ended}\n".encode())


if __name__ == "__main__":
    main(sys.argv[1])
