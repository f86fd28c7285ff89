"""The slowest line that is promised, 16 kbit/s, carries a large segment, however long that takes.

A segment arrives whole or not at all, so a line that is given up on the way has brought nothing,
and the next one begins anew: patience that is too short is a node that never gets through again.
"""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from node.care.records import SCHEMA
from node.config import Config, Limits
from node.link import sync_once
from node.link.tls import SLOWEST_BYTES_PER_S
from node.replica import Replica
from node.server import Server
from tests.exchange.neighbours import TOWN, admit, found, redirect, serving, write_visits
from tests.exchange.proxy import line_to

VISITS = 750
TAKES_S_MIN = 65
"""Longer than any patience that the libraries below have by themselves."""
TAKES_S_MAX = 240

pytestmark = [pytest.mark.real, pytest.mark.slow]


def write_after_a_sync(home: Path) -> None:
    with Replica(home, SCHEMA) as town:
        sync_once(town)
        write_visits(town, VISITS)


async def has_arrived(county: Server) -> bool:
    for _ in range(TAKES_S_MAX):
        if await county.exchange.run(county.replica.rows, "visit"):
            return True
        await asyncio.sleep(1)
    return False


def test_a_segment_that_takes_more_than_a_minute_arrives_on_one_line(tmp_path: Path) -> None:
    async def story() -> None:
        limits = Limits(dial_retry_s_max=2)
        county_home, home = tmp_path / "county", tmp_path / "town"
        found(county_home, limits=limits)
        async with serving(county_home) as county:
            await admit(county, TOWN, home, limits=limits)
            [parent] = Config.load(home).parents
            async with line_to(parent.address) as line:
                redirect(home, [line.address])
                await asyncio.to_thread(write_after_a_sync, home)
                line.bytes_per_s, line.lines = SLOWEST_BYTES_PER_S, 0
                began = asyncio.get_running_loop().time()
                async with serving(home):
                    assert await has_arrived(county), f"{line.lines} lines, {line.up} bytes"
                assert asyncio.get_running_loop().time() - began > TAKES_S_MIN
                # One to look at the parent's certificate, one for the session.
                assert line.lines <= 2, "the line was given up on the way"

    asyncio.run(story())
