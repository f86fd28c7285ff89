"""An upgrade that derives a large database anew: how fast, in how much memory, and cut short.

Each opening is a process of its own, so that its memory is its own and it can be killed. A ratio is
told and no time: rows a second of the upgrade by rows a second of writing them here. With
`UPGRADING=1000000` a million visits are upgraded.
"""

from __future__ import annotations

import dataclasses
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from cli.demo.box import environment
from node.clock import ManualClock
from node.feed import Partition
from node.replica import Insert
from node.schema import Channel
from tests.ledger.federation import SCHEMA, START_MS, Federation, county, open_replica, row

VISITS = int(os.environ.get("UPGRADING", "12000"))
AT_ONCE = 1_000
MEMORY_MB_MAX = 48
"""More for four times as many visits; what a partition's rows weigh is not among it."""
RATIO_MIN = 0.2
OLDER = dataclasses.replace(SCHEMA, rules="0")
OPENING = """
import json, resource, sys, time
from pathlib import Path
from node.clock import ManualClock
from tests.ledger.federation import open_replica
print("opening", flush=True)
began = time.monotonic()
replica = open_replica(Path(sys.argv[1]), ManualClock(int(sys.argv[2])))
took = time.monotonic() - began
replica.close()
peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
print(json.dumps({"seconds": took, "peak_mb": peak}))
"""


def opened(home: Path) -> dict[str, float]:
    """What it costs to open a database with the newer program."""
    done = subprocess.run(
        [sys.executable, "-c", OPENING, str(home), str(START_MS)],
        env=environment(), check=True, capture_output=True, text=True,
    )  # fmt: skip
    found: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return found


@pytest.fixture
def nodes() -> Iterator[Federation]:
    with county("village2") as federation:
        yield federation


def older(nodes: Federation, name: str, visits: int) -> tuple[Path, str, float]:
    """A closed database of the older program, a person in it, and visits a second of writing."""
    node = nodes.add(name, OLDER)
    nodes.give("village2", name)
    replica = node.replica
    id_ = replica.write(node.division, [Insert("person", {"name": "王"})]).ids[0]
    visit = Insert("visit", {"person": id_, "minutes": 1, "note": "买菜做饭"})
    began = time.monotonic()
    for _ in range(0, visits, AT_ONCE):
        replica.insert_each(node.division, [visit] * AT_ONCE)
    rate = visits / (time.monotonic() - began)
    replica.seal()
    replica.close()
    del nodes.nodes[name]
    return node.home, id_, rate


def test_an_upgrade_keeps_its_memory_and_its_pace(nodes: Federation) -> None:
    small, _, _ = older(nodes, "village1", VISITS // 4)
    large, id_, rate = older(nodes, "town1", VISITS)
    few, many = opened(small), opened(large)
    assert many["peak_mb"] < few["peak_mb"] + MEMORY_MB_MAX, (few, many)
    ratio = VISITS / many["seconds"] / rate
    print(f"{VISITS} visits upgraded, {ratio:.2f} of writing, {few['peak_mb']:.0f} MB for a quarter"
          f" and {many['peak_mb']:.0f} MB for all")  # fmt: skip
    assert ratio > RATIO_MIN
    replica = open_replica(large, ManualClock(START_MS))
    assert row(replica, "person", id_)["minutes"] == VISITS
    replica.close()


def test_an_upgrade_that_is_killed_again_and_again_comes_to_its_end(nodes: Federation) -> None:
    home, id_, _ = older(nodes, "town1", VISITS // 2)
    for wait_s in (0.05, 0.2, 0.5):
        process = subprocess.Popen(
            [sys.executable, "-c", OPENING, str(home), str(START_MS)],
            env=environment(), stdout=subprocess.PIPE,
        )  # fmt: skip
        assert process.stdout is not None
        process.stdout.readline()
        time.sleep(wait_s)
        process.send_signal(signal.SIGKILL)
        process.communicate()
    replica = open_replica(home, ManualClock(START_MS))
    assert row(replica, "person", id_)["minutes"] == VISITS // 2
    assert replica.count("visit") == VISITS // 2
    partition = Partition("TOWN0001", Channel.CARE)
    before = replica.dump_digest(partition)
    replica.rebuild(partition)
    assert replica.dump_digest(partition) == before
    replica.close()
