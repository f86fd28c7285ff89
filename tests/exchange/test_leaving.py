"""A session leaves no line behind, however it ended, and does not wait for the collector to run."""

from __future__ import annotations

import asyncio
import gc
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from node.care.records import SCHEMA
from node.errors import LinliError, ParentUnreachable
from node.link import Exchange, exchange_once, split_address
from node.members import revoke
from node.replica import Replica
from node.server import Server
from tests.exchange.neighbours import OTHER_TOWN, QUICK, TOWN, admit, eventually, found, serving

SESSIONS = 5
FULL = replace(QUICK, sessions_max=1)
_ESTABLISHED = "01"


@pytest.fixture(autouse=True)
def uncollected() -> Iterator[None]:
    """What only the collector would free stays."""
    gc.collect()
    gc.disable()
    yield
    gc.enable()


def lines(server: Server) -> int:
    """How many lines stand at a node's port, by the kernel's list."""
    port = f"{split_address(server.address)[1]:04X}"
    listed = "".join(Path("/proc/self/net", name).read_text() for name in ("tcp", "tcp6"))
    rows = [line.split()[1:4] for line in listed.splitlines()]
    return sum(row[0].endswith(f":{port}") and row[2] == _ESTABLISHED for row in rows)


def cut(replica: Replica, author: str) -> None:
    revoke(replica, author, cause="lost")


def test_a_session_that_was_held_leaves_no_line(tmp_path: Path) -> None:
    async def story() -> None:
        found(tmp_path / "county")
        async with serving(tmp_path / "county") as county:
            await admit(county, TOWN, tmp_path / "town")
            with Replica(tmp_path / "town", SCHEMA) as town:
                exchange = Exchange(town)
                for _ in range(SESSIONS):
                    assert (await exchange_once(exchange)).synced
                await eventually(lambda: not lines(county), "the lines are closed")
                await exchange.close()

    asyncio.run(story())


@pytest.mark.parametrize("why", ["full", "revoked"])
def test_a_session_that_was_refused_leaves_no_line(tmp_path: Path, why: str) -> None:
    async def story() -> None:
        found(tmp_path / "county", limits=QUICK if why == "revoked" else FULL)
        async with serving(tmp_path / "county") as county:
            await admit(county, TOWN, tmp_path / "town")
            await admit(county, OTHER_TOWN, tmp_path / "other")
            with Replica(tmp_path / "other", SCHEMA) as other:
                exchange = Exchange(other)
                if why == "revoked":
                    await county.exchange.commit(cut, county.replica, other.core.author)
                async with serving(tmp_path / "town"):
                    await eventually(county.exchange.sessions, "the one session")
                    for _ in range(SESSIONS):
                        with pytest.raises(LinliError) as told:
                            await exchange_once(exchange)
                        assert isinstance(told.value, ParentUnreachable) == (why == "full")
                    await eventually(lambda: lines(county) == 1, "the lines are closed")
                await exchange.close()

    asyncio.run(story())
