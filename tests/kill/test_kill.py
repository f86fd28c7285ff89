"""`kill -9` at every write and every fsync: what was acknowledged is there, nothing stands by half.

A program that works on a node's folder is run under strace again and again, and killed at its
first, second, third … call until it comes to its end unharmed. After each kill the folder must hold
exactly what it held after the last acknowledged step, or after the one then under way: the same
rows, versions, tails, heads, digests and receipts, to the byte.

Such a loop lies easily: a call that the program never makes kills nothing and passes. So the test
counts, prints and demands the points that it found.
"""

from __future__ import annotations

import itertools
import os
import shutil
import subprocess
import sys
from collections import Counter, deque
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import pytest

import node
from cli.simulation.line import meet
from node.clock import ManualClock
from node.replica import Replica
from tests.kill import program
from tests.kill.ground import Ground, check_acknowledged, difference, image, prepare
from tests.ledger.federation import START_MS, open_replica
from tests.session.sameness import check_same, visits

pytestmark = [pytest.mark.kill, pytest.mark.slow]

ROOT = Path(node.__file__).parents[1]
QUIETLY = ("-f", "-qq", "-o", os.devnull)
"""How strace is called. With --seccomp-bpf it would be faster, and inject nothing."""

COUNTED = 400
"""At which call of a process strace kills it; a child wastes those that come before."""

CALLS = ("pwrite64", "fsync", "fdatasync")
POINTS_MIN = 20
AT_ONCE = 2
FOLLOWED_UP = 10
"""After every so manyth kill the node also writes on, meets its neighbour and is rebuilt."""


@dataclass
class Run:
    """One run of the program: where it was killed and what it had said."""

    home: Path
    killed: bool
    said: list[str]


# --- killing -------------------------------------------------------------------------------------


class Killer:
    """The program under strace, which kills each of its children at one call.

    Args:
        strace: The path of strace.
        call: The kind of call.
        errors: Where the program's troubles are written.
    """

    def __init__(self, strace: str, call: str, errors: Path) -> None:
        words = [strace, *QUIETLY, "-e", f"trace={call}"]
        words += ["-e", f"inject={call}:signal=KILL:when={COUNTED}"]
        words += [sys.executable, str(Path(program.__file__)), call]
        paths = os.pathsep.join((str(ROOT), str(ROOT / "proto")))
        surroundings = {**os.environ, "PYTHONPATH": paths, "PYTHONDONTWRITEBYTECODE": "1"}
        self.errors = errors
        with errors.open("ab") as file:
            self.process = subprocess.Popen(
                words,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=file,
                env=surroundings,
                text=True,
            )

    def run(self, ground: Ground, home: Path, when: int) -> Run:
        """Has a child work on a copy of the folder, and killed at its so manyth call."""
        assert when <= COUNTED, f"more than {COUNTED} calls: raise COUNTED"
        shutil.copytree(ground.home, home)
        stdin, stdout = self.process.stdin, self.process.stdout
        assert stdin is not None and stdout is not None
        stdin.write(f"{COUNTED - when}\t{home}\t{ground.source}\n")
        stdin.flush()
        ended = stdout.readline().strip()
        assert ended in ("0", "-9"), f"{ended!r}: {self.errors.read_text()}"
        notes = program.notes_of(home)
        said = notes.read_text().splitlines() if notes.exists() else []
        assert (program.ENDED in said) == (ended == "0")
        return Run(home, ended == "-9", said)

    def close(self) -> None:
        """Lets the program end."""
        self.process.communicate()
        assert self.process.returncode == 0, self.errors.read_text()


def kills(ground: Ground, folder: Path, strace: str, call: str, every: int = 1) -> Iterator[Run]:
    """Runs that were killed at the first, second, … call of a kind, until one was not."""
    numbers = itertools.count(1, every)
    killers = [Killer(strace, call, folder / "errors") for _ in range(AT_ONCE)]
    idle = list(killers)

    def one_run(number: int) -> Run:
        killer = idle.pop()
        try:
            return killer.run(ground, folder / f"{call}-{number}", number)
        finally:
            idle.append(killer)

    with ThreadPoolExecutor(AT_ONCE) as pool:
        # While one folder is looked at here the next runs are on their way.
        started = deque(pool.submit(one_run, next(numbers)) for _ in range(AT_ONCE))
        while (one := started.popleft().result()).killed:
            started.append(pool.submit(one_run, next(numbers)))
            yield one
            shutil.rmtree(one.home)
        assert one.said == [program.OPENED, *ground.lines, program.ENDED]
    for killer in killers:
        killer.close()


@pytest.mark.timeout(900)
@pytest.mark.parametrize("work", ["local writes", "apply"])
def test_what_was_acknowledged_survives_a_kill_at_every_write_and_fsync(
    folder: Path, require_tool: Callable[..., str], work: str
) -> None:
    strace = require_tool("strace", *QUIETLY, "-e", "trace=fsync", "true")
    ground = prepare(folder, work)
    points: Counter[str] = Counter()
    found: Counter[str] = Counter()
    for call in CALLS:
        for one in kills(ground, folder, strace, call):
            points[call] += 1
            found[check(ground, one, follow_up=points.total() % FOLLOWED_UP == 0)] += 1
    print(f"{work}: {points.total()} points, {dict(points)}, {dict(found)}")
    assert points.total() >= POINTS_MIN, f"only {points.total()} points found: {dict(points)}"
    assert points["pwrite64"] and points["fsync"]
    assert found["absent"] and found["whole"], "kills before and after the commit itself"


def check(ground: Ground, one: Run, follow_up: bool) -> str:
    """Looks at a folder after a kill; returns whether the step under way is absent or whole."""
    said = [line for line in one.said if line != program.OPENED]
    assert said == ground.lines[: len(said)]
    with open_replica(one.home, ManualClock(START_MS), seed="after the kill") as replica:
        for pragma in ("integrity_check", "cipher_integrity_check"):
            result = replica.store.connection.exec_driver_sql(f"PRAGMA {pragma}").fetchall()
            assert result in ([], [("ok",)]), result
        held = image(replica)
        check_acknowledged(replica, said, held["segments"])
        under_way = ground.images[min(len(said) + 1, len(ground.lines))]
        whole = held == under_way
        assert whole or held == ground.images[len(said)], difference(ground, held, len(said))
        if follow_up:
            check_goes_on(ground, one, replica)
    return "whole" if whole else "absent"


def check_goes_on(ground: Ground, one: Run, replica: Replica) -> None:
    """The node writes on, meets its neighbour, is rebuilt, and nothing differs."""
    fresh = visits(replica, 1)
    neighbour = one.home.with_name("neighbour")
    shutil.copytree(ground.neighbour, neighbour)
    try:
        with open_replica(neighbour, ManualClock(START_MS), seed="neighbour") as other:
            pair = (replica, other) if not ground.source else (other, replica)
            assert meet(*pair).done
            check_same(replica, other)
            assert other.row("visit", fresh[0])
            before = image(replica)
            for partition in replica.partitions():
                replica.rebuild(partition)
            after = image(replica)
            assert {**before, "receipts": []} == {**after, "receipts": []}
            assert not replica.store.peers.alerts()
    finally:
        shutil.rmtree(neighbour)
