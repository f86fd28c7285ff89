"""The disk answers writes or fsyncs with EIO: nothing is acknowledged that is not durable.

A node works under strace, which answers its first, second, third … call of a kind with an error, or
that call and those that follow.
What is refused is tried again by the same process, and at the end the power goes. The record of the
calls tells what the disk then holds, see `disk`: an fsync that failed kept nothing, and no later
one will. Every record that was acknowledged, before the error or after it, must be in there.

`FAULTS_LONG=1` strikes every call; otherwise every fsync and some of the writes.
"""

from __future__ import annotations

import os
import random
import shutil
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

import node
from node.clock import ManualClock
from tests.kill import disk, failing, program
from tests.kill.disk import Disk, Fate
from tests.kill.ground import Ground, image, lacking, prepare
from tests.kill.test_power import lay
from tests.ledger.federation import START_MS, open_replica

pytestmark = [pytest.mark.kill, pytest.mark.slow]

ROOT = Path(node.__file__).parents[1]
LONG = bool(os.environ.get("FAULTS_LONG"))
COUNTED = 400
CALLS = {"fsync": 1, "fdatasync": 1, "pwrite64": 1 if LONG else 13}
"""The calls that are struck, and every how manyth of them."""

POINTS_MIN = 12
BURST = 3
"""What a node does about an error fails too then, and its second try at that."""


@dataclass
class Run:
    """One run: the disk at its end, and how many errors came."""

    home: Path
    disk: Disk
    struck: int


class Striker:
    """The program under strace, which answers a call of each child with EIO.

    Args:
        strace: The path of strace.
        call: The kind of call.
        folder: Where the records are written.
        burst: How many calls in a row are answered so.
    """

    def __init__(self, strace: str, call: str, folder: Path, burst: int) -> None:
        self.folder = folder
        self.record = folder / f"record-{call}"
        self.errors = folder / "errors"
        words = [strace, "-f", "-ff", "-qq", "-xx", "-s", "1000000", "-e", "signal=none"]
        words += ["-o", str(self.record), "-e", f"trace={disk.CALLS}"]
        words += ["-e", f"inject={call}:error=EIO:when={COUNTED}..{COUNTED + burst - 1}"]
        words += [sys.executable, str(Path(failing.__file__)), call]
        paths = os.pathsep.join((str(ROOT), str(ROOT / "proto")))
        with self.errors.open("ab") as file:
            self.process = subprocess.Popen(
                words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=file, text=True,
                env={**os.environ, "PYTHONPATH": paths, "PYTHONDONTWRITEBYTECODE": "1"},
            )  # fmt: skip

    def run(self, ground: Ground, when: int) -> Run:
        """Has a child work on a copy of the folder, its so manyth call answered with EIO."""
        home = self.folder / "struck"
        shutil.rmtree(home, ignore_errors=True)
        shutil.copytree(ground.home, home)
        notes = program.notes_of(home)
        notes.unlink(missing_ok=True)
        left = Disk(home, notes)
        stdin, stdout = self.process.stdin, self.process.stdout
        assert stdin is not None and stdout is not None
        stdin.write(f"{COUNTED - when}\t{home}\t{ground.source}\n")
        stdin.flush()
        pid, _, ended = stdout.readline().strip().partition(" ")
        assert ended == "0", f"{ended}: {self.errors.read_text()}"
        record = Path(f"{self.record}.{pid}")
        for _ in left.replay(record):
            pass
        record.unlink()
        return Run(home, left, left.failed)

    def close(self) -> None:
        """Lets the program end."""
        self.process.communicate()


def runs(ground: Ground, folder: Path, strace: str, call: str, burst: int) -> Iterator[Run]:
    """Runs that were struck at their calls of a kind, until one was not."""
    striker = Striker(strace, call, folder, burst)
    try:
        when = 1
        while (one := striker.run(ground, when)).struck:
            yield one
            when += CALLS[call]
            assert when <= COUNTED
        assert f": {program.ENDED}" in one.disk.said
    finally:
        striker.close()


@pytest.mark.timeout(3_600)
@pytest.mark.parametrize("burst", [1, BURST])
@pytest.mark.parametrize("work", ["local writes", "apply"])
def test_nothing_is_acknowledged_that_a_failing_disk_did_not_keep(
    folder: Path, require_tool: Callable[..., str], work: str, burst: int
) -> None:
    strace = require_tool("strace", "-qq", "-o", os.devnull, "-e", "trace=fsync", "true")
    ground = prepare(folder, work)
    with open_replica(
        shutil.copytree(ground.home, folder / "before"), ManualClock(START_MS)
    ) as replica:
        held = replica.count("person")
    struck: Counter[str] = Counter()
    told: Counter[str] = Counter()
    for call in CALLS:
        for one in runs(ground, folder, strace, call, burst):
            struck[call] += 1
            refusals = [line for line in one.disk.said if failing.REFUSED in line]
            told["refused" if refusals else "not told"] += 1
            for line in refusals:
                assert "disk" in line and "failing" in line, line
            check(one, held, folder / "image", f"EIO at {call} {struck[call]}")
    print(f"{work}, {burst} at once: {dict(struck)}, {dict(told)}")
    assert struck.total() >= POINTS_MIN and struck["fsync"] and struck["pwrite64"]
    assert told["refused"] > 1


def check(one: Run, held: int, place: Path, where: str) -> None:
    """Looks for what was acknowledged in what a power cut leaves, and that the node goes on."""
    acks = [line for line in one.disk.said if not line.startswith(":")]
    chance = random.Random(where)
    for fate in (Fate.LOST, Fate.SCATTERED):
        files = one.disk.left(fate, chance)
        missing = lacking(lay(place, files), acks)
        assert not missing, f"{where}, unsynced {fate}: acknowledged and lost: {missing}"
        with open_replica(lay(place, files), ManualClock(START_MS), seed="after") as replica:
            assert not replica.store.damages(), where
            assert not replica.rolled_back, where
            written = sum(line.endswith("person") for line in acks)
            if written:  # what was refused left nothing behind: only its repetition is there
                assert replica.count("person") == held + written, where
            if fate is Fate.SCATTERED:
                before = image(replica)
                for partition in replica.partitions():
                    replica.rebuild(partition)
                assert image(replica) == before, where
