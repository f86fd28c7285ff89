"""A township that answers and keeps something back: its village asks the county beside it."""

from __future__ import annotations

import asyncio
import dataclasses
from collections.abc import Callable
from pathlib import Path

import pytest

from node.care.records import SCHEMA
from node.link import Exchange, exchange_once
from node.link.answering import _opened as opened
from node.replica import Insert, Replica
from node.replica.lag import LAGGING
from node.replica.sealing import channel_digests
from node.replica.withheld import BEHIND, STALE
from node.schema import Channel
from node.server import Server
from node.session import Session
from tests.exchange.neighbours import (
    QUICK,
    TOWN,
    VILLAGE,
    admit,
    eventually,
    found,
    serving,
    until,
)
from tests.session.withholding import Kept, cunning

AT_ONCE = dataclasses.replace(QUICK, dial_retry_s_max=1, behind_s_max=0)


def told(replica: Replica) -> set[str]:
    kinds = {alert.kind for alert in replica.alerts()}
    return kinds & {BEHIND, STALE, LAGGING}


def facility(replica: Replica) -> str:
    return replica.write(
        replica.division, [Insert("facility", {"name": "养老院", "kind": "canteen"})]
    ).ids[0]


def holding(id_: str) -> Callable[[Replica], bool]:
    return lambda replica: replica.row("facility", id_) is not None


def keep_back(monkeypatch: pytest.MonkeyPatch, keeper: Replica, author: str) -> Kept:
    """From now on a township says nothing new of the county's public registers."""
    kept = Kept(keeper, lambda one: one.author == author and one.channel is Channel.REGISTRY)

    def altered(replica: Replica, certificate: object) -> Session:
        session = opened(replica, certificate)  # type: ignore[arg-type]
        if replica is keeper:
            cunning(session, kept)
        return session

    monkeypatch.setattr("node.link.answering._opened", altered)
    return kept


async def named_by_the_beacon(server: Server, made: str) -> None:
    """Waits until a node has something and the beacon that names it."""
    await until(server, holding(made))
    await until(server, exact)


def exact(replica: Replica) -> bool:
    beacon = replica.beacon()
    named = (beacon.trust_digest, beacon.registry_digest) if beacon else None
    return named == channel_digests(replica.core)


def test_the_village_asks_the_county_though_the_township_answers(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO", "linli")
    monkeypatch.setattr("node.watch.BEACON_GAP_S", 0.1)
    home = {name: tmp_path / name for name in ("county", "town", "village")}
    found(home["county"])

    async def story() -> None:
        async with serving(home["county"]) as county:
            await admit(county, TOWN, home["town"])
            async with serving(home["town"]) as town:
                await admit(town, VILLAGE, home["village"], limits=AT_ONCE)
        async with serving(home["town"]) as town:
            keep_back(monkeypatch, town.replica, county.replica.author)
            async with serving(home["county"]) as county:
                made = await county.exchange.commit(facility, county.replica)
                await named_by_the_beacon(town, made)
            async with serving(home["village"]) as village:
                peer = village.replica.author
                await eventually(lambda: town.exchange.sessions(peer), "the township answers")
                await until(village, lambda replica: BEHIND in told(replica))
                assert not await village.exchange.run(holding(made), village.replica)
                async with serving(home["county"]):
                    await until(village, holding(made))
                    await until(village, lambda replica: not told(replica))
                    assert town.exchange.sessions(peer), "the township is still listened to"

    asyncio.run(story())
    assert any("asked_further" in record.getMessage() for record in caplog.records)


def test_one_exchange_by_hand_goes_on_to_the_county(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("node.watch.BEACON_GAP_S", 0.1)
    home = {name: tmp_path / name for name in ("county", "town", "village")}
    found(home["county"])

    async def once() -> tuple[str, set[str]]:
        with Replica(home["village"], SCHEMA) as village:
            exchange = Exchange(village)
            done = await exchange_once(exchange)
            kinds = await exchange.run(told, village)
            await exchange.close()
            return done.parent.author, kinds

    async def story() -> None:
        async with serving(home["county"]) as county:
            await admit(county, TOWN, home["town"])
            async with serving(home["town"]) as town:
                await admit(town, VILLAGE, home["village"], limits=AT_ONCE)
                assert await once() == (town.replica.author, set())
                keep_back(monkeypatch, town.replica, county.replica.author)
                made = await county.exchange.commit(facility, county.replica)
                await named_by_the_beacon(town, made)
                assert await once() == (county.replica.author, set())
                with Replica(home["village"], SCHEMA) as village:
                    assert holding(made)(village)
                assert await once() == (town.replica.author, set()), "it has all: one is enough"

    asyncio.run(story())
