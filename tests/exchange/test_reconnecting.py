"""After an outage all villages dial at once: the county serves each, a few at a time.

The county is a process of its own and keeps fewer sessions than there are villages; the villages
are real nodes of one process, with the dialler of `linli serve`. `RECONNECTING=200` makes more.
"""

from __future__ import annotations

import asyncio
import base64
import contextlib
import os
import threading
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest
import tenacity

from node import identity
from node.care.records import SCHEMA
from node.clock import BOOT_FLOOR_MS
from node.codes import Listed
from node.config import CHAIN, NODE_KEY, Config, ParentAddress
from node.errors import LinliError, ParentUnreachable
from node.link import Dialler, Exchange, sync_once
from node.link.dialling import dial, exchange_once
from node.members import add_divisions
from node.replica import Insert, Replica
from node.store import Store
from tests.exchange.callers import Served, served
from tests.exchange.neighbours import (
    LISTED,
    OTHER_TOWN,
    QUICK,
    TOWN,
    VISIT,
    admit,
    eventually,
    found,
    serving,
)

VILLAGES = int(os.environ.get("RECONNECTING", "48"))
SESSIONS_MAX = VILLAGES // 3
VISITS = 20
EQUAL_S_MAX = 60 + VILLAGES
MEMORY_MB_MAX = 120
FULL = "sessions open (sessions_max)"
AT_ONCE_MAX = 0.5
"""How many of all second attempts may be meant to fall into one tenth of a second."""


def villages_of(folder: Path) -> list[Path]:
    """Founds a county and settles its villages, each with visits that nobody else has."""
    found(folder / "county", limits=replace(QUICK, sessions_max=SESSIONS_MAX))
    codes = [f"{TOWN}{number:03}" for number in range(300, 300 + VILLAGES)]
    homes = [folder / code for code in codes]
    with Replica(folder / "county", SCHEMA) as county:
        fresh = [Listed(code, f"村{code}", "village", TOWN) for code in codes]
        add_divisions(county, [*LISTED, *fresh])
        root = county.core.root
        for code, home in zip(codes, homes, strict=True):
            key, division = identity.Key.generate(os.urandom(32)), county.tree.find(code).id
            request = identity.make_request(key)
            der = identity.issue(
                county.core.key, root.der, request, division, BOOT_FLOOR_MS, 3_650, False
            )
            row = {"author": key.author, "stands_at": division}
            county.write(
                county.division,
                [Insert("certificate", {**row, "der": base64.b64encode(der).decode()})],
            )
            home.mkdir(mode=0o700)
            key.save(home / NODE_KEY)
            (home / CHAIN).write_bytes(identity.chain_to_pem([der, root.der]))
            config = Config(division, key.author, code, root.author, limits=QUICK)
            config.save(home)
            Store.create(home, SCHEMA).close()
    return homes


class Village:
    """A village that writes, and dials until the county has what it wrote.

    Attributes:
        again: When it meant to come again each time, by the event loop's clock.
        refusals: What it was told when it was not served.
    """

    def __init__(self, home: Path, parent: ParentAddress) -> None:
        config = Config.load(home)
        config.parents = [parent]
        config.save(home)
        self.replica = Replica(home, SCHEMA)
        self.exchange = Exchange(self.replica)
        self.again: list[float] = []
        self.refusals: list[str] = []

    def write(self) -> None:
        visits = [Insert("visit", VISIT)] * VISITS
        self.ids = self.replica.insert_each(self.replica.division, visits).ids

    def has_its_ticks(self) -> bool:
        tiers = [tick.tier for tick in self.replica.ticks("visit", self.ids[-1])]
        return "county" in tiers

    async def come_back(self, crowded: asyncio.Event) -> None:
        """Dials as a service does, and leaves when it knows that nothing waits.

        Nobody leaves before somebody was turned away: on a fast machine the first would be gone
        before the last has come, and nothing would be shown.
        """
        dialler = Dialler(self.exchange)
        once, wait = dialler._round, dialler._wait()

        def meant(state: tenacity.RetryCallState) -> float:
            wait_s = wait(state)
            self.again.append(asyncio.get_running_loop().time() + wait_s)
            return wait_s

        async def noted() -> None:
            try:
                await once()
            except LinliError as error:
                self.refusals.append(str(error))
                if FULL in str(error):
                    crowded.set()
                raise

        dialler._round = noted  # type: ignore[method-assign]
        dialler._wait = lambda: meant  # type: ignore[method-assign,assignment,return-value]
        dialling = asyncio.create_task(dialler.run())
        try:
            async with asyncio.timeout(EQUAL_S_MAX):
                await crowded.wait()
                while True:
                    if await self.exchange.run(self.has_its_ticks):
                        break
                    await asyncio.sleep(0.2)
        finally:
            dialling.cancel()
            await asyncio.gather(dialling, return_exceptions=True)

    async def close(self) -> None:
        await self.exchange.close()
        self.replica.close()


def test_all_dial_at_once_and_each_is_served(tmp_path: Path) -> None:
    async def story() -> None:
        homes = await asyncio.to_thread(villages_of, tmp_path)
        async with served(tmp_path / "county") as service, all_of(homes, service) as villages:
            before = service.memory_mb
            peak = asyncio.create_task(highest(service))
            crowded = asyncio.Event()
            await asyncio.gather(*(village.come_back(crowded) for village in villages))
            peak.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await peak
            assert service.memory_mb < before + MEMORY_MB_MAX
            check_manners(villages)
        with Replica(tmp_path / "county", SCHEMA) as county:
            assert county.count("visit") == VILLAGES * VISITS
            assert not county.store.quarantine.entries()

    asyncio.run(story())


def test_the_first_wait_is_not_the_same_for_everybody(tmp_path: Path) -> None:
    found(tmp_path / "county")
    with Replica(tmp_path / "county", SCHEMA) as county:
        dialler = Dialler(Exchange(county))
        least = county.core.limits.dial_retry_s_min
        state = tenacity.RetryCallState(tenacity.Retrying(), None, (), {})
        waits = [dialler._wait()(state) for _ in range(100)]
        asyncio.run(dialler.exchange.close())
    assert least <= min(waits) < 1.2 * least
    assert 1.8 * least < max(waits) <= 2 * least


def test_a_parent_that_is_full_is_told_as_later(tmp_path: Path) -> None:
    """Not as a refusal: nothing is wrong here, and nothing is lost."""

    async def story() -> None:
        found(tmp_path / "county", limits=replace(QUICK, sessions_max=1))
        async with serving(tmp_path / "county") as county:
            await admit(county, TOWN, tmp_path / "town")
            await admit(county, OTHER_TOWN, tmp_path / "other")
            async with serving(tmp_path / "town"):
                await eventually(county.exchange.sessions, "the one session")

                def once() -> None:
                    with Replica(tmp_path / "other", SCHEMA) as other:
                        sync_once(other)

                with pytest.raises(
                    ParentUnreachable, match=r"keeps 1 sessions open.*Nothing waits"
                ):
                    await asyncio.to_thread(once)

    asyncio.run(story())


def test_who_dials_in_the_same_moment_finds_no_more_places_than_there_are(tmp_path: Path) -> None:
    async def story() -> None:
        found(tmp_path / "county", limits=replace(QUICK, sessions_max=1))
        async with serving(tmp_path / "county") as county:
            await admit(county, TOWN, tmp_path / "town")
            with Replica(tmp_path / "town", SCHEMA) as town:
                exchange = Exchange(town)
                parent = town.core.config.parents[0]
                busy = threading.Event()  # the county's database is, so no session can stand yet
                held = asyncio.create_task(county.exchange.run(busy.wait))
                lines = [asyncio.create_task(dial(exchange, parent)) for _ in range(3)]
                try:
                    await eventually(lambda: sum(line.done() for line in lines) == 2, "two refused")
                    assert all(FULL in str(line.exception()) for line in lines if line.done())
                finally:
                    busy.set()
                await eventually(county.exchange.sessions, "the third has its session")
                for line in (held, *lines):
                    line.cancel()
                await asyncio.gather(held, *lines, return_exceptions=True)
                await exchange.close()

    asyncio.run(story())


@contextlib.asynccontextmanager
async def all_of(homes: list[Path], service: Served) -> AsyncIterator[list[Village]]:
    """Every village, with the trust data of its county and with visits that wait."""
    config = Config.load(homes[0].parent / "county")
    parent = ParentAddress(config.author, service.address, config.division)
    villages = [Village(home, parent) for home in homes]
    try:
        for village in villages:
            await exchange_once(village.exchange)
            await village.exchange.run(village.write)
        yield villages
    finally:
        for village in villages:
            await village.close()


def check_manners(villages: list[Village]) -> None:
    """Who was not served was told to come later, and means to, but not with all the others.

    When they do come tells of the machine, too: one that is busy lets many go in one moment.
    """
    told = [text for village in villages for text in village.refusals]
    assert any(FULL in text for text in told), "it was not crowded"
    again = [round(village.again[0], 1) for village in villages if village.again]
    fullest = max(again.count(moment) for moment in again)
    assert fullest <= max(AT_ONCE_MAX * len(again), 3), (fullest, len(again))


async def highest(service: Served) -> None:
    """Fails where the service takes too much memory on the way."""
    before = service.memory_mb
    while True:
        assert service.memory_mb < before + MEMORY_MB_MAX
        await asyncio.sleep(0.1)
