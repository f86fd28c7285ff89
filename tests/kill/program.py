"""A node at work, to be killed: opens a home, writes or applies, and notes what is done when it is.

Run by `test_kill` under strace, which kills a process at its so manyth call of a kind. Starting
Python takes longer than the work, so one process stays and forks a child for each run. strace
counts for each process by itself and always to the same number: a child first wastes as many calls
on a scratch file as make the call in question the one that strace waits for.

A child notes each step with one `os.write`, after the call that made it durable has returned:
whoever reads a line knows that the child was past that point. Time, chance and signatures are
fixed, so every run goes through the same states, and a test can say which of them a killed run must
be found in.
"""

from __future__ import annotations

import os
import sys
import traceback
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NoReturn

from node import wire
from node.clock import ManualClock
from node.replica import AddElement, Assign, Increment, Insert, Replica
from tests.ledger.federation import SCHEMA, START_MS, entropy

VILLAGE = "VILL0001"
NOTHING = "nothing"
"""The source of a run that only opens its home, and thereby upgrades it."""

OPENED = "opened"
ENDED = "ended"


def opened(home: Path) -> Replica:
    """The replica, with the boot that it has in every run, wherever its folder lies."""
    return Replica(home, SCHEMA, ManualClock(START_MS), entropy("to be killed"))


def local_writes(replica: Replica) -> Iterator[str]:
    """New rows, cells of every kind, one act in two partitions, and a seal.

    Yields:
        After each step what it made durable: the words before a colon are ids.
    """
    groups = {"groups": ["低保", "独居"]}
    new = Insert("person", {"name": "王小明", "phone": "1"}, groups)
    person = replica.write(VILLAGE, [new]).ids[0]
    yield f"{person}: person"
    replica.write(
        VILLAGE,
        [
            Assign("person", person, "phone", "2"),
            AddElement("person", person, "groups", "残疾"),
            Increment("person", person, "meals", 3),
        ],
    )
    yield f"{person}: cells"
    facility = Insert("facility", {"name": "食堂"}, {"services": ["午餐"]})
    visit = Insert("visit", {"person": person, "minutes": 60})
    ids = replica.act([(VILLAGE, [visit]), (VILLAGE, [facility])]).ids
    yield f"{ids[0]} {ids[1]}: act"
    replica.seal()
    yield ": sealed"


def applied(replica: Replica, path: Path) -> Iterator[str]:
    """Two batches of segments from a file, as they would come in two frames of a session.

    Yields:
        After each batch the hashes of its segments, before a colon.
    """
    offered = wire.sync_pb2.Segments.FromString(path.read_bytes())
    segments = [wire.read_segment(message) for message in offered.segments]
    middle = len(segments) // 2
    for batch in (segments[:middle], segments[middle:]):
        intake = replica.take(batch)
        assert not intake.refused, intake.refused
        yield " ".join(segment.hash.hex() for segment in batch) + ": applied"


def steps(replica: Replica, source: str) -> Iterator[str]:
    """The work: local writes, or the segments of a file, or nothing after the opening."""
    if source == NOTHING:
        return iter(())
    return applied(replica, Path(source)) if source else local_writes(replica)


def work(home: Path, source: str) -> None:
    """Opens the home and does the work; after local writes it also closes, which writes much."""
    notes = os.open(notes_of(home), os.O_WRONLY | os.O_CREAT | os.O_APPEND)

    def note(line: str) -> None:
        os.write(notes, f"{line}\n".encode())

    replica = opened(home)
    note(OPENED)
    for line in steps(replica, source):
        note(line)
    if not source:
        replica.close()
    note(ENDED)


def notes_of(home: Path) -> Path:
    """Where a child that works on a home notes what it has done."""
    return home.with_suffix(".notes")


def waste(call: str, count: int, scratch: Path) -> None:
    """Makes calls of a kind that matter to nobody."""
    file = os.open(scratch, os.O_WRONLY | os.O_CREAT)
    calls: dict[str, Callable[[], object]] = {
        "pwrite64": lambda: os.pwrite(file, b"x", 0),
        "fsync": lambda: os.fsync(file),
        "fdatasync": lambda: os.fdatasync(file),
    }
    for _ in range(count):
        calls[call]()
    os.close(file)


def child(call: str, wasted: int, home: Path, source: str) -> NoReturn:
    """One run, to its end or to its death."""
    status = 1
    try:
        waste(call, wasted, home.with_suffix(".scratch"))
        work(home, source)
        status = 0
    finally:
        if status:
            traceback.print_exc()
        os._exit(status)


def main(call: str) -> None:
    """Forks a child for each order read, and tells how it ended."""
    for order in sys.stdin:
        wasted, home, source = order.rstrip("\n").split("\t")
        pid = os.fork()
        if not pid:
            child(call, int(wasted), Path(home), source)
        ended = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
        os.write(sys.stdout.fileno(), f"{ended}\n".encode())


if __name__ == "__main__":
    main(sys.argv[1])
