"""`kill -9` at every write and fsync of an upgrade: the old schema or the new one, never a mixture.

A township of an older Linli holds what its villages wrote with a newer one. It is opened by the
newer program again and again, and killed at its first, second, third … call. What it leaves is
either still the older program's, unchanged, or the newer one's; and the next start finishes the
upgrade, to the byte as if nothing had happened.

`FAULTS_LONG=1` strikes every write; otherwise every fsync and some of the writes.
"""

from __future__ import annotations

import os
import shutil
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest

from node.clock import ManualClock
from node.errors import StoreFault
from node.schema import Schema
from tests.kill import program
from tests.kill.ground import Ground, image
from tests.kill.test_kill import CALLS, QUIETLY, kills
from tests.ledger.federation import SCHEMA, START_MS, county, open_replica
from tests.ledger.test_skew import OLDER, write_everything

pytestmark = [pytest.mark.kill, pytest.mark.slow]

EVERY = {"pwrite64": 1 if os.environ.get("FAULTS_LONG") else 4}
POINTS_MIN = 15


def older_township(folder: Path, older: Schema) -> Ground:
    """The folder of a township before its upgrade."""
    with county("county", "village1", "village2") as nodes:
        town = nodes.add("town1", older)
        nodes.give("county", "town1")
        write_everything(nodes)
        nodes.settle()
        assert town.replica.store.quarantine.entries()
        town.replica.close()
        shutil.copytree(town.home, folder / "town1")
        town.replica = open_replica(town.home, town.clock, older)
    return Ground(folder / "town1", folder, program.NOTHING)


def held(home: Path, schema: Schema) -> dict[str, object]:
    """What a program of this schema finds, and what waits there."""
    with open_replica(home, ManualClock(START_MS), schema, seed="look") as replica:
        assert not replica.store.damages()
        waiting = replica.store.quarantine.entries()
        return {**image(replica), "waiting": waiting, "outdated": replica.store.outdated_rules}


def copied(home: Path) -> Path:
    """A copy of a folder, in the place of the last one."""
    place = home.with_name("look")
    shutil.rmtree(place, ignore_errors=True)
    return shutil.copytree(home, place)


def as_the_older_finds_it(home: Path, older: Schema, before: dict[str, object]) -> str:
    """Opens what a kill left with the older program; returns whose it is."""
    try:
        assert held(copied(home), older) == before, "changed, and still the older program's"
    except StoreFault as fault:
        told = fault.message
    else:
        return "old"
    assert "written by a newer Linli" in told
    return "new"


@pytest.mark.timeout(1_800)
@pytest.mark.parametrize("lack", ["columns", "what is derived and its source"])
def test_an_upgrade_that_was_killed_anywhere_is_old_or_new_and_is_finished(
    folder: Path, require_tool: Callable[..., str], lack: str
) -> None:
    strace = require_tool("strace", *QUIETLY, "-e", "trace=fsync", "true")
    older = OLDER[lack]
    ground = older_township(folder, older)
    before, after = held(copied(ground.home), older), held(copied(ground.home), SCHEMA)
    assert before["waiting"] and not after["waiting"] and not after["outdated"]
    points: Counter[str] = Counter()
    found: Counter[str] = Counter()
    for call in CALLS:
        for one in kills(ground, folder, strace, call, EVERY.get(call, 1)):
            points[call] += 1
            found[as_the_older_finds_it(one.home, older, before)] += 1
            assert held(one.home, SCHEMA) == after, f"{call} {points[call]}"
    print(f"{lack}: {dict(points)}, {dict(found)}")
    assert points.total() >= POINTS_MIN and found["old"] and found["new"]
