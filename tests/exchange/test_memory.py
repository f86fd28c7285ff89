"""The memory of a node that is on stays where it is, however much its sessions carry.

A county in a process of its own takes in what a township writes, and sends what is written for the
township beside it, in many small frames. After some rounds its memory is full of what it keeps
anyhow, such as pages of the database; from then on it may hardly grow. `make faults-long` carries
fifty thousand changes; what each round left is printed.
"""

from __future__ import annotations

import asyncio
import os
import re
from dataclasses import replace
from pathlib import Path

import pytest

from node.care.records import SCHEMA
from node.link import Exchange, exchange_once
from node.replica import Replica
from node.store.database import CACHE_KIB
from tests.exchange.neighbours import QUICK, TOWN, admit, found, serving, write_visits
from tests.exchange.struck import served

pytestmark = pytest.mark.slow

CHANGES = 50_000 if os.environ.get("FAULTS_LONG") else 4_800
"""How many changes the sessions carry, both ways together."""

ROUNDS = 16
WARM_ROUNDS = 8
GROWTH_KIB_MAX = 8 * 1_024
"""Beside the pages of the database, which are kept until they fill their place."""

LIMITS = replace(QUICK, frame_bytes_max=16_384, segment_changes_max=20)


def memory_kib(pid: int) -> int:
    """How much memory of its own a process holds."""
    told = Path(f"/proc/{pid}/status").read_text()
    found = re.search(r"RssAnon:\s+(\d+) kB", told)
    assert found, told
    return int(found[1])


@pytest.mark.timeout(3_600)
def test_the_memory_of_a_long_service_stays_where_it_is(tmp_path: Path) -> None:
    async def story() -> list[int]:
        found(tmp_path / "county", limits=LIMITS)
        async with serving(tmp_path / "county") as county:
            await admit(county, TOWN, tmp_path / "town", limits=LIMITS)
        town = Exchange(Replica(tmp_path / "town", SCHEMA))
        each, held = CHANGES // ROUNDS // 2, []
        async with served(tmp_path / "county") as process:
            await exchange_once(town)
            with Replica(tmp_path / "county", SCHEMA) as beside:
                for _ in range(ROUNDS):
                    await town.run(write_visits, town.replica, each)
                    write_visits(beside, each, town.replica.division)
                    await exchange_once(town)
                    held.append(memory_kib(process.process.pid))
                assert beside.count("visit") == ROUNDS * each * 2
            assert await town.run(town.replica.count, "visit") == ROUNDS * each * 2
        await town.close()
        town.replica.close()
        return held

    held = asyncio.run(story())
    print(f"{CHANGES} changes; KiB after each round: {held}")
    pages = min(CACHE_KIB, sum(p.stat().st_size for p in tmp_path.glob("county/ledger.db*")) >> 10)
    growth = max(held[WARM_ROUNDS:]) - held[WARM_ROUNDS - 1]
    assert growth < GROWTH_KIB_MAX + pages // 2, f"{growth} KiB more: {held}"
