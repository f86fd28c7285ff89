"""A node that is on while its disk stalls, or can only be read, or while it has no handle left.

The node is a real process, see `struck`; its parent is another. Commands of the box stand beside
it, as a person types them.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from node.care.records import SCHEMA
from node.codes import Listed
from node.errors import ParentUnreachable, StoreFault
from node.link import Exchange, exchange_once, split_address
from node.members import add_divisions
from node.replica import Replica
from node.store.database import BUSY_MS_MAX
from tests.exchange.neighbours import (
    LISTED,
    TOWN,
    admit,
    eventually,
    found,
    holding,
    serving,
    until,
    write_visits,
)
from tests.exchange.struck import served, struck

pytestmark = pytest.mark.slow

STALL_S = 1
LONG_STALLS_S = [35] if os.environ.get("FAULTS_LONG") else []
"""Longer than a command waits for its turn; part of `make faults-long`."""

HANDLES = 64
WRITES_MAX = 40


@pytest.fixture
def strace(require_tool: Callable[..., str]) -> str:
    """The path of strace."""
    return require_tool("strace", "-qq", "-o", os.devnull, "-e", "trace=fsync", "true")


def count(home: Path) -> int:
    """How many visits a command finds that is typed beside the service."""
    with Replica(home, SCHEMA) as beside:
        return beside.count("visit")


def test_a_disk_that_stalls_costs_time_and_nothing_else(tmp_path: Path, strace: str) -> None:
    """Every write of the service takes a second: what is written arrives, and once."""

    async def story() -> None:
        found(tmp_path / "county")
        async with serving(tmp_path / "county") as county:
            await admit(county, TOWN, tmp_path / "town")
            async with served(tmp_path / "town") as town:
                with Replica(tmp_path / "town", SCHEMA) as beside:
                    await eventually(lambda: beside.tier == "township", "the first session")
                    async with struck(strace, town, f"delay_enter={STALL_S}s", "fsync,fdatasync"):
                        written = await asyncio.to_thread(write_visits, beside, 3)
                        assert await asyncio.to_thread(count, tmp_path / "town") == 3
                        await county.exchange.commit(county.replica.issue_beacon)
                        for visit in written:
                            await until(county, holding(visit))
                    (last,) = write_visits(beside, 1)
                    await until(county, holding(last))
                    await eventually(lambda: len(beside.ticks("visit", last)) == 2, "its receipt")
                    assert beside.count("visit") == 4
            assert not town.events("database_failed")
            assert await county.exchange.run(county.replica.count, "visit") == 4

    asyncio.run(story())


@pytest.mark.parametrize("stall_s", [3, *LONG_STALLS_S])
def test_a_command_beside_a_stall_gets_an_answer_or_is_told(
    tmp_path: Path, strace: str, stall_s: int
) -> None:
    """One write of the service takes long, while it has its turn at the database."""

    async def story() -> None:
        found(tmp_path / "county")
        async with serving(tmp_path / "county") as county:
            await admit(county, TOWN, tmp_path / "town")
            async with served(tmp_path / "town") as town:
                with Replica(tmp_path / "town", SCHEMA) as beside:
                    await eventually(lambda: beside.tier == "township", "the first session")
                    written: list[str] = []
                    told = ""
                    async with struck(strace, town, f"delay_enter={stall_s}s:when=1", "fsync"):
                        while not told and len(written) < WRITES_MAX:
                            try:
                                written += await asyncio.to_thread(write_visits, beside, 1)
                            except StoreFault as fault:
                                told = fault.message
                            assert beside.count("visit") == len(written)
                    assert ("Another process has kept" in told) == (stall_s > BUSY_MS_MAX // 1000)
                    for visit in written:
                        await until(county, holding(visit))
            assert await county.exchange.run(county.replica.count, "visit") == len(written)

    asyncio.run(story())


def test_a_disk_that_can_only_be_read_for_a_while(tmp_path: Path, strace: str) -> None:
    """The service says so, keeps what it has, serves reads, and goes on when it may write again."""

    async def story() -> None:
        found(tmp_path / "county")
        async with serving(tmp_path / "county") as county:
            await admit(county, TOWN, tmp_path / "town")
            async with served(tmp_path / "town") as town:
                with Replica(tmp_path / "town", SCHEMA) as beside:
                    await eventually(lambda: beside.tier == "township", "the first session")
                    (before,) = write_visits(beside, 1)
                    await until(county, holding(before))
                    async with struck(strace, town, "error=EROFS"):
                        (unsent,) = write_visits(beside, 1)
                        await eventually(lambda: town.faults("StoreFault"), "it says so")
                        fresh = Listed("130732100299", "新村", "village", TOWN)
                        await county.exchange.commit(
                            add_divisions, county.replica, [*LISTED, fresh]
                        )
                        await eventually(lambda: town.events("parent_failed"), "nothing comes in")
                        assert beside.row("visit", before) and beside.row("visit", unsent)
                    await until(county, holding(unsent))
                    await eventually(lambda: beside.tree.by_code(fresh.code), "what had to wait")
                    (after,) = write_visits(beside, 1)
                    await until(county, holding(after))
                    await eventually(lambda: len(beside.ticks("visit", after)) == 2, "its receipt")
                    assert beside.count("visit") == 3 and not beside.store.damages()
            assert len(town.events("database_failed")) <= 1, "said, and not five times a second"
            assert all(line["serving"] for line in town.events("health_changed")), "it reads on"

    asyncio.run(story())


def test_a_disk_that_failed_is_opened_anew_and_told_until_somebody_looks(
    tmp_path: Path, strace: str
) -> None:
    """Its writes fail for a while: nothing is written, then all of it, and an alert stays."""

    async def story() -> None:
        found(tmp_path / "county")
        async with serving(tmp_path / "county") as county:
            await admit(county, TOWN, tmp_path / "town")
            async with served(tmp_path / "town") as town:
                with Replica(tmp_path / "town", SCHEMA) as beside:
                    await eventually(lambda: beside.tier == "township", "the first session")
                    assert not beside.alerts()
                    async with struck(strace, town, "error=EIO"):
                        (unsent,) = write_visits(beside, 1)
                        await eventually(lambda: town.events("disk_failed"), "it says so")
                        assert not town.events("disk_settled")
                        assert beside.row("visit", unsent)
                    await until(county, holding(unsent))
                    await eventually(lambda: town.events("disk_settled"), "it was opened anew")
                    assert [alert.kind for alert in beside.alerts()] == ["disk"]
                    (after,) = write_visits(beside, 1)
                    await until(county, holding(after))
                    await eventually(lambda: len(beside.ticks("visit", after)) == 2, "its receipt")
                    assert beside.count("visit") == 2 and not beside.store.damages()
                    assert [alert.kind for alert in beside.alerts()] == ["disk"]
            told = [len(town.events(name)) for name in ("disk_failed", "disk_settled")]
            assert told == [1, 1], "it failed once, and was opened anew once"
            assert len(town.events("database_failed")) <= 1
            assert all(line["serving"] for line in town.events("health_changed")), "it reads on"

    asyncio.run(story())


def test_without_a_handle_left_callers_are_refused_and_it_goes_on(tmp_path: Path) -> None:
    """Callers that hold what it has handles for keep others out, until they leave."""

    async def story() -> None:
        found(tmp_path / "county")
        async with serving(tmp_path / "county") as county:
            await admit(county, TOWN, tmp_path / "town")
        town = Exchange(Replica(tmp_path / "town", SCHEMA))
        async with served(tmp_path / "county", HANDLES) as crowded:
            idle = crowded.handles
            await exchange_once(town)
            await eventually(lambda: crowded.handles == idle, "the line of the session has gone")
            host, port = split_address(crowded.address)
            callers = [await asyncio.open_connection(host, port) for _ in range(2 * HANDLES)]
            await eventually(lambda: crowded.handles > idle, "a caller was let in")
            (written,) = await town.commit(write_visits, town.replica, 1)
            with pytest.raises(ParentUnreachable):
                await exchange_once(town)
            with Replica(tmp_path / "county", SCHEMA) as beside:
                write_visits(beside, 1)
            for _, writer in callers:
                writer.close()

            async def again() -> bool:
                try:
                    await exchange_once(town)
                except ParentUnreachable:
                    return False
                return True

            await eventually(again, "a session, now that the callers have left")
            assert await town.run(lambda: len(town.replica.ticks("visit", written))) == 2
        await town.close()
        town.replica.close()
        assert count(tmp_path / "county") == 2

    asyncio.run(story())
