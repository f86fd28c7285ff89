"""A service whose database was put back asks above for what it lost before it shows a page."""

from __future__ import annotations

import asyncio
import dataclasses
import shutil
import socket
import time
from functools import partial
from pathlib import Path
from typing import Any

from node.care.records import SCHEMA
from node.config import LEDGER, Config
from node.replica import Replica
from node.server import Server
from tests.exchange.neighbours import (
    QUICK,
    TOWN,
    admit,
    eventually,
    found,
    redirect,
    same,
    serving,
    until,
    write_visits,
)

WAIT_S = 1


class Pages:
    """Notes how much was here when pages were about to be shown."""

    listen = address = opening = fingerprint = ""

    def __init__(self, exchange: Any, _: str) -> None:
        self.visits = exchange.replica.count("visit")

    async def start(self) -> None:
        """Shows nothing."""

    async def stop(self) -> None:
        """Shows nothing any more."""


def has(visit: str, replica: Replica) -> bool:
    return replica.row("visit", visit) is not None


def put_back(home: Path, aside: Path) -> None:
    for path in home.glob(f"{LEDGER}*"):
        path.unlink()
    shutil.copy(aside, home / LEDGER)


async def lost(folder: Path, county: Server) -> None:
    """A township with the database of before its last two visits, which the county has."""
    await admit(county, TOWN, folder / "town")
    for count in (1, 2):
        async with serving(folder / "town") as town:
            await until(town, lambda replica: replica.tier)
            (written, *_) = await town.exchange.commit(write_visits, town.replica, count)
            await until(county, partial(has, written))
            await until(town, lambda replica: not replica.waiting())
        if count == 1:
            shutil.copy(folder / "town" / LEDGER, folder / "old.db")
    put_back(folder / "town", folder / "old.db")
    with Replica(folder / "town", SCHEMA) as replica:
        assert replica.count("visit") == 1 and replica.rolled_back


async def started(home: Path) -> Server:
    server = Server(home, SCHEMA, pages_at=Pages, pages_listen="127.0.0.1:0")
    await server.start()
    return server


def test_it_has_its_own_branch_before_it_shows_a_page(tmp_path: Path) -> None:
    async def story() -> None:
        found(tmp_path / "county")
        async with serving(tmp_path / "county") as county:
            await lost(tmp_path, county)
            town = await started(tmp_path / "town")
            assert isinstance(town.pages, Pages) and town.pages.visits == 3
            (written,) = await town.exchange.commit(write_visits, town.replica, 1)
            await until(county, lambda replica: replica.row("visit", written))
            for one in (county, town):
                assert not await one.exchange.run(one.replica.store.peers.alerts)
            await eventually(lambda: same(county.replica, town.replica), "they are equal")
            await town.stop()

    asyncio.run(story())


def test_where_nobody_answers_it_goes_on_in_time(tmp_path: Path) -> None:
    """A parent that takes the call and says nothing."""

    async def story() -> None:
        found(tmp_path / "county")
        async with serving(tmp_path / "county") as county:
            await lost(tmp_path, county)
            home = tmp_path / "town"
            config = Config.load(home)
            config.limits = dataclasses.replace(QUICK, lost_branch_wait_s_max=WAIT_S)
            config.save(home)
            with socket.create_server(("127.0.0.1", 0)) as mute:
                redirect(home, [f"127.0.0.1:{mute.getsockname()[1]}"])
                began = time.monotonic()
                town = await started(home)
                assert WAIT_S <= time.monotonic() - began < WAIT_S + 5
                assert isinstance(town.pages, Pages) and town.pages.visits == 1
                (written,) = await town.exchange.commit(write_visits, town.replica, 1)
                assert await town.exchange.run(lambda: town.replica.rolled_back)
                await town.stop()
            redirect(home, [county.address])
            town = await started(home)
            await until(county, lambda replica: replica.row("visit", written))
            await until(town, lambda replica: replica.count("visit") == 4)
            kinds = await until(county, lambda replica: replica.store.peers.alerts())
            assert [alert.kind for alert in kinds] == ["fork"]
            await town.stop()

    asyncio.run(story())
