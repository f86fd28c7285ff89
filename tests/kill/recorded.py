"""A node at work for a record of its calls: `program`'s steps, checkpoints, and a second start.

Run by `test_power` under strace. Checkpoints come where SQLite would make them after thousands of
pages, so that the log is begun anew in the middle of the work: its old frames are then written
over. The last argument weakens `synchronous`, to see that the record shows it.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from pathlib import Path

from node.replica import Replica
from tests.kill import program


def steps(replica: Replica, source: str) -> Iterator[str]:
    """The work: local writes twice over, or segments and then writes beside them."""
    if source:
        yield from program.applied(replica, Path(source))
        return
    yield from program.local_writes(replica)
    yield from program.local_writes(replica)


def work(home: Path, source: str, synchronous: str) -> None:
    """Does the work and notes each step after it was acknowledged."""
    notes = os.open(program.notes_of(home), os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    replica = program.opened(home)
    sql = replica.store.connection.exec_driver_sql
    if synchronous:
        sql(f"PRAGMA synchronous = {synchronous}")
    os.write(notes, f"{program.OPENED}\n".encode())
    for done, line in enumerate(steps(replica, source)):
        os.write(notes, f"{line}\n".encode())
        if done % 3 == 0:
            sql("PRAGMA wal_checkpoint(PASSIVE)").fetchall()
    replica.close()
    os.write(notes, f"{program.ENDED}\n".encode())


if __name__ == "__main__":
    work(Path(sys.argv[1]), sys.argv[2], sys.argv[3])
