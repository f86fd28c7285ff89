"""A restored box asks its parent for what it had written later, before it goes on."""

from __future__ import annotations

import asyncio
import io
from pathlib import Path

import pytest

from cli.restore import _asked, _fetched
from node.bundle import Taken, back_up, take_in
from node.care.records import SCHEMA
from node.errors import ParentUnreachable
from node.members import restore
from node.replica import Replica
from tests.exchange.neighbours import (
    TOWN,
    VILLAGE,
    admit,
    found,
    redirect,
    serving,
    write_visits,
)


def test_what_was_written_after_the_backup_comes_back_and_no_fork_arises(
    tmp_path: Path,
) -> None:
    asyncio.run(_goes_on(tmp_path))


def _full(taken: Taken) -> None:
    assert taken.whole


async def _goes_on(tmp_path: Path) -> None:
    found(tmp_path / "county")
    home = tmp_path / "village"
    async with serving(tmp_path / "county") as county:
        await admit(county, TOWN, tmp_path / "town")
        async with serving(tmp_path / "town") as town:
            await admit(town, VILLAGE, home)
            redirect(home, [town.address, county.address])
            file = io.BytesIO()
            with Replica(home, SCHEMA) as village:
                assert await asyncio.to_thread(_asked, village) == TOWN
                write_visits(village, 8)
                back_up(village, file)
                later = write_visits(village, 8)
                assert await asyncio.to_thread(_asked, village) == TOWN
                boot = village.core.boot
            for path in home.glob("ledger.db*"):
                path.unlink()
            file.seek(0)
            with restore(home, SCHEMA, lambda fresh: _full(take_in(fresh, file))) as village:
                assert village.count("visit") == 8
                assert village.rolled_back, "the anchor knows that there was more"
                assert village.core.boot != boot
                assert await asyncio.to_thread(_asked, village) == TOWN
                assert all(village.row("visit", one) for one in later)
                write_visits(village, 8)
                assert await asyncio.to_thread(_asked, village) == TOWN
                assert not village.store.peers.alerts()
            alerts = await town.exchange.run(lambda: town.replica.store.peers.alerts())
            assert not alerts and await town.exchange.run(lambda: town.replica.count("visit")) == 24


def test_a_database_comes_back_from_a_parent_alone(tmp_path: Path) -> None:
    asyncio.run(_comes_back(tmp_path))


async def _comes_back(tmp_path: Path) -> None:
    found(tmp_path / "county")
    home = tmp_path / "town"
    async with serving(tmp_path / "county") as county:
        await admit(county, TOWN, home)
        redirect(home, [county.address])
        with Replica(home, SCHEMA) as town:
            await asyncio.to_thread(_fetched, town)
            write_visits(town, 8)
            await asyncio.to_thread(_fetched, town)
        for path in home.glob("ledger.db*"):
            path.unlink()
        again = await asyncio.to_thread(restore, home, SCHEMA, _fetched)
        with again as town:
            assert town.count("visit") == 8
    for path in home.glob("ledger.db*"):
        path.unlink()
    with pytest.raises(ParentUnreachable):
        await asyncio.to_thread(restore, home, SCHEMA, _fetched)
    assert not (home / "ledger.db").exists(), "nobody answered, so nothing is there"
