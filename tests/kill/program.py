"""A node at work, to be killed: opens a home, writes or applies, and says what is done when it is.

Run as a program by `test_kill`. What it says goes to a pipe, one `os.write` a line, after the call
that made it durable has returned: whoever reads a line knows that the program was past that point.
Time, chance and signatures are fixed, so every run goes through the same states, and a test can
say which of them a killed run must be found in.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from pathlib import Path

from node import wire
from node.clock import ManualClock
from node.replica import AddElement, Assign, Increment, Insert, Replica
from tests.ledger.federation import SCHEMA, START_MS, entropy

VILLAGE = "VILL0001"
OPENED = "opened"
ENDED = "ended"


def opened(home: Path) -> Replica:
    """The replica, with the boot that it has in every run, wherever its folder lies."""
    return Replica(home, SCHEMA, ManualClock(START_MS), entropy("to be killed"), deterministic=True)


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
    """The work: local writes, or the segments of a file."""
    return applied(replica, Path(source)) if source else local_writes(replica)


def say(line: str) -> None:
    """Tells the reader of the pipe."""
    os.write(sys.stdout.fileno(), f"{line}\n".encode())


def main(home: Path, source: str) -> None:
    """Opens the home and does the work; after local writes it also closes, which writes much."""
    replica = opened(home)
    say(OPENED)
    for line in steps(replica, source):
        say(line)
    if not source:
        replica.close()
    say(ENDED)
    os._exit(0)


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2])
