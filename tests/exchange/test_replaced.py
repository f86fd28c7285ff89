"""A box whose key is gone, a county that is there twice, and two counties that claim one place."""

from __future__ import annotations

import asyncio
import shutil
from pathlib import Path

import pytest

from cli.simulation.line import meet
from node.care.records import SCHEMA
from node.config import Config
from node.errors import LinliError
from node.link import Exchanged, sync_once
from node.members import join
from node.replica import Insert, Replica
from node.segment import Segment
from node.server import Server
from tests.exchange.neighbours import (
    QUICK,
    TOWN,
    VILLAGE,
    admit,
    found,
    redirect,
    same,
    serving,
    token_of,
    until,
    write_visits,
)
from tests.ledger import federation
from tests.session.sameness import alerts, check_same

VISITS = 400
OVERHEAD_MAX = 1.2


async def sync(home: Path) -> Exchanged:
    def once() -> Exchanged:
        with Replica(home, SCHEMA) as replica:
            return sync_once(replica)

    return await asyncio.to_thread(once)


def dumps(replica: Replica) -> dict[str, str]:
    """What a node holds of its own division and below."""
    below = set(replica.tree.below(replica.division))
    return {str(p): replica.dump_digest(p) for p in replica.partitions() if p.division in below}


def weight(replica: Replica) -> int:
    """How many bytes the segments here are."""
    query = "SELECT sum(length(header) + length(body) + length(signature)) FROM segment"
    (size,) = replica.store.connection.exec_driver_sql(query).one()
    return int(size)


def work(home: Path, count: int) -> str:
    with Replica(home, SCHEMA) as village:
        write_visits(village, count)
        person = [Insert("person", {"name": "王桂兰"})]
        return village.write(village.division, person).ids[0]


async def replaced(town: Server, home: Path) -> None:
    """A new box with a new key comes to stand where another stood."""
    token = await token_of(town, VILLAGE, replace=True)
    await asyncio.to_thread(
        lambda: join(home, SCHEMA, token, user="new", limits=QUICK, listen="").close()
    )


def test_the_box_that_takes_its_place_gets_the_history_of_the_place(tmp_path: Path) -> None:
    """The old box burns with its key: the new one holds and shows what the old one had sent."""

    async def story() -> None:
        found(tmp_path / "county")
        old, new = tmp_path / "old", tmp_path / "new"
        async with serving(tmp_path / "county") as county:
            await admit(county, TOWN, tmp_path / "town")
            async with serving(tmp_path / "town") as town:
                await admit(town, VILLAGE, old)
                await sync(old)
                person = await asyncio.to_thread(work, old, VISITS)
                await sync(old)
                with Replica(old, SCHEMA) as village:
                    held, size, author = dumps(village), weight(village), village.author
                shutil.rmtree(old)
                await replaced(town, new)
                done = await sync(new)
                assert done.equal
                assert done.stats.payload_received < OVERHEAD_MAX * size
                with Replica(new, SCHEMA) as village:
                    assert village.author != author
                    assert dumps(village) == held
                    assert village.count("visit") == VISITS
                    assert village.row("person", person)
                    write_visits(village, 1)
                assert (await sync(new)).equal
                await until(county, lambda replica: replica.count("visit") == VISITS + 1)
                with Replica(new, SCHEMA) as village:
                    assert same(county.replica, town.replica, village)
                    assert not village.alerts()

    asyncio.run(story())


def test_two_counties_that_claim_one_place_hear_nothing_of_each_other(tmp_path: Path) -> None:
    """Each was founded for the same code; boxes that are pointed at the wrong one get nothing."""

    async def story() -> None:
        homes = [tmp_path / "first", tmp_path / "second"]
        for home in homes:
            home.mkdir()
            found(home / "county")
        async with serving(homes[0] / "county") as first, serving(homes[1] / "county") as second:
            counties = (first, second)
            for county, home in zip(counties, homes, strict=True):
                await admit(county, TOWN, home / "town")
                await sync(home / "town")
                await asyncio.to_thread(work, home / "town", 3)
                await sync(home / "town")
            before = [await county.exchange.run(dumps, county.replica) for county in counties]
            assert before[0] != before[1]
            for home, wrong in zip(homes, reversed(counties), strict=True):
                right = Config.load(home / "town").parents[0].address
                redirect(home / "town", [wrong.address])
                with pytest.raises(LinliError):
                    await sync(home / "town")
                redirect(home / "town", [right])
                assert (await sync(home / "town")).equal
            after = [await county.exchange.run(dumps, county.replica) for county in counties]
            assert after == before
            await deliver_across(counties)
            assert [await c.exchange.run(dumps, c.replica) for c in counties] == before

    asyncio.run(story())


async def deliver_across(counties: tuple[Server, Server]) -> None:
    """Whatever one county holds is put before the other by hand, as a forger would."""
    first, second = counties
    segments = await first.exchange.run(everything, first.replica)
    intake = await second.exchange.run(second.replica.take, segments)
    assert not intake.segments and intake.refused


def everything(replica: Replica) -> list[Segment]:
    ledger = replica.store.ledger
    return [
        segment
        for feed in ledger.all_heads()
        for head in ledger.lacking(feed, [])
        if (segment := ledger.segment(feed, head)) is not None
    ]


@pytest.mark.parametrize("running", [False, True], ids=["an image", "while it ran"])
def test_a_county_that_is_there_twice_is_one_again(running: bool) -> None:
    """Two copies of the county write on; townships meet the one or the other, then both."""
    with federation.county("county", "town1", "town2") as nodes:
        for name in ("town1", "town2"):
            meet(nodes[name], nodes["county"])
        nodes.clone("county", "copied", running)
        copies = ("county", "county-clone")
        rows = {}
        for copy, town in zip(copies, ("town1", "town2"), strict=True):
            facility = [Insert("facility", {"name": f"by {copy}"})]
            rows[copy] = nodes[copy].write("COUNTY01", facility).ids[0]
            nodes[copy].write("COUNTY01", [federation.rename("TOWN0001", f"from {copy}")])
            nodes[town].write(nodes[town].division, [Insert("person", {"name": town})])
            meet(nodes[town], nodes[copy])
        for _ in range(3):
            for town in ("town1", "town2"):
                for copy in copies:
                    meet(nodes[town], nodes[copy])
        check_same(nodes["county"], nodes["town1"])
        check_same(nodes["county-clone"], nodes["town2"])
        check_same(nodes["county"], nodes["county-clone"])
        assert any("fork" in kind for name in ("town1", "town2") for kind in alerts(nodes[name]))
        if not running:  # of a machine copied while it ran one side counts, and is listed
            for name in nodes.nodes:
                assert all(nodes[name].row("facility", id_) for id_ in rows.values())
