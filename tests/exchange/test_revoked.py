"""A revoked box: heard no more on a line, by a stick or at the port for newcomers; and lifted."""

from __future__ import annotations

import asyncio
import io
import os
from pathlib import Path

import pytest

from linli.v1.enrol_pb2 import EnrolRequest, RenewRequest
from node import identity, members
from node.bundle import export, take_in
from node.care.records import SCHEMA
from node.errors import Refused
from node.link import Exchanged, sync_once
from node.members import enrol, renew
from node.replica import Replica
from node.server import Server
from tests.exchange.neighbours import (
    TOWN,
    VILLAGE,
    admit,
    eventually,
    found,
    holding,
    serving,
    token_of,
    until,
    write_visits,
)
from tests.ledger import federation


async def sync(home: Path) -> Exchanged:
    def once() -> Exchanged:
        with Replica(home, SCHEMA) as replica:
            return sync_once(replica)

    return await asyncio.to_thread(once)


async def refused(home: Path) -> None:
    """Whichever parent it dials, it is told that it was revoked."""
    with pytest.raises(Refused, match="was revoked") as told:
        await sync(home)
    assert told.value.reason == "REVOKED"


async def revoke(server: Server, author: str) -> None:
    replica = server.replica
    await server.exchange.commit(lambda: members.revoke(replica, author, cause="stolen"))


def test_a_stolen_village_is_heard_no_more(tmp_path: Path) -> None:
    """Its line is cut in the middle of a session; nothing that it writes gets in anywhere."""
    home = tmp_path / "village"

    async def story() -> None:
        found(tmp_path / "county")
        async with serving(tmp_path / "county") as county:
            await admit(county, TOWN, tmp_path / "town")
            async with serving(tmp_path / "town") as town:
                await admit(town, VILLAGE, home)
                async with serving(home) as village:
                    author = village.replica.author
                    await until(village, lambda replica: replica.tier)
                    (before,) = await village.exchange.commit(write_visits, village.replica, 1)
                    await until(county, holding(before))
                    assert town.exchange.sessions(author)
                    await revoke(county, author)
                    await eventually(
                        lambda: not town.exchange.sessions(author), "the line is cut at the town"
                    )
                with Replica(home, SCHEMA) as box:
                    (after,) = write_visits(box, 1)
                await refused(home)
                by_hand(county.replica, home)
                await at_the_doors(town, home, author)
                await asyncio.sleep(0.2)
                for server in (county, town):
                    assert await server.exchange.run(holding(before), server.replica)
                    assert not await server.exchange.run(holding(after), server.replica)
                lifting = county.replica
                await county.exchange.commit(
                    lambda: members.lift(lifting, author, cause="it was found")
                )
                await until(town, lambda replica: not replica.view.cuts)
                assert (await sync(home)).equal
                await until(county, holding(after))

    asyncio.run(story())


def by_hand(county: Replica, home: Path) -> None:
    """A stick from the box is refused, and none is made for it."""
    stick = io.BytesIO()
    with Replica(home, SCHEMA) as box:
        export(box, county.division, stick)
        stick.seek(0)
        place = box.division
    with pytest.raises(Refused, match="was revoked"):
        take_in(county, stick)
    with pytest.raises(Refused, match="No node at division"):
        export(county, place, io.BytesIO())


async def at_the_doors(town: Server, home: Path, author: str) -> None:
    """It is not renewed, nor admitted with its old key; another box is, in its place."""
    with Replica(home, SCHEMA) as box:
        request, chain = identity.make_request(box.core.key), box.core.chain
    replica = town.replica
    with pytest.raises(Refused, match="was revoked"):
        await town.exchange.run(renew, replica, chain, RenewRequest(certificate_request=request))
    token = identity.read_token(await token_of(town, VILLAGE))
    asked = EnrolRequest(secret=token.secret, certificate_request=request, user="thief")
    with pytest.raises(Refused, match="was revoked"):
        await town.exchange.commit(enrol, replica, asked)
    other = identity.make_request(identity.Key.generate(os.urandom(32)))
    asked = EnrolRequest(secret=token.secret, certificate_request=other, user="aide")
    await town.exchange.commit(enrol, replica, asked)


def test_a_village_passes_a_stolen_township_by(tmp_path: Path) -> None:
    """It hears of the cut by a stick from the county, and dials the county from then on."""
    home = tmp_path / "village"

    async def story() -> None:
        found(tmp_path / "county")
        async with serving(tmp_path / "county") as county:
            await admit(county, TOWN, tmp_path / "town")
            async with serving(tmp_path / "town") as town:
                await admit(town, VILLAGE, home)
                assert (await sync(home)).parent.author == town.replica.author
                await until(county, lambda replica: len(replica.view.certificates) == 3)
                await revoke(county, town.replica.author)
                stick = io.BytesIO()
                with Replica(home, SCHEMA) as box:
                    await county.exchange.run(export, county.replica, box.division, stick)
                    stick.seek(0)
                    take_in(box, stick)
                    (visit,) = write_visits(box, 1)
                    author = box.author
                spoke = town.replica.store.peers.peer(author).spoke_at
                done = await sync(home)
                assert town.replica.store.peers.peer(author).spoke_at == spoke, "it said hello"
                assert done.parent.author == county.replica.author
                assert done.equal
                await until(county, holding(visit))
                assert not await town.exchange.run(holding(visit), town.replica)

    asyncio.run(story())


def test_whom_a_stolen_township_admitted_after_the_theft_is_cut_off_in_its_session(
    tmp_path: Path,
) -> None:
    """The thief's own box stands on the line with the county when the township is revoked."""
    home = tmp_path / "village"

    async def story() -> None:
        found(tmp_path / "county")
        async with serving(tmp_path / "county") as county:
            await admit(county, TOWN, tmp_path / "town")
            stolen_at = county.replica.core.now_ms() - 1
            async with serving(tmp_path / "town") as town:
                await admit(town, VILLAGE, home)
                await sync(home)
                township = town.replica.author
                await until(county, lambda replica: len(replica.view.certificates) == 3)
            async with serving(home) as village:
                author = village.replica.author
                await eventually(lambda: county.exchange.sessions(author), "a line to the county")
                replica = county.replica
                await county.exchange.commit(
                    lambda: members.revoke(
                        replica, township, cause="stolen", since_ms=stolen_at, withdraw=True
                    )
                )
                await eventually(lambda: not county.exchange.sessions(author), "the line is cut")
                place = village.replica.division
                secret = await county.exchange.commit(write_visits, replica, 1, place)
                await asyncio.sleep(0.5)
                assert not await village.exchange.run(holding(secret[0]), village.replica)

    asyncio.run(story())


def test_a_certificate_by_a_stolen_township_opens_nothing() -> None:
    """A member renewed by the thief, one moved elsewhere by it, and one that it did admit."""
    with federation.county("county", "town2") as nodes:
        view = nodes["county"].view
        assert view.recognise(federation.chain_of("village3")).division == "VILL0003"
        moved = [federation.issued("village1", "VILL0004", "town2"), *federation.chain_of("town2")]
        with pytest.raises(Refused, match="stands at VILL0001"):
            view.recognise(moved)
        members.revoke(nodes["county"], federation.key_of("town2").author, cause="stolen")
        view = nodes["county"].view
        assert view.recognise(federation.chain_of("village3")).division == "VILL0003"
        again = identity.issue(
            federation.key_of("town2"),
            federation.chain_of("town2")[0],
            identity.make_request(federation.key_of("village3")),
            "VILL0003",
            federation.START_MS,
            3_650,
            can_issue=False,
        )
        for chain in ([again, *federation.chain_of("town2")], moved):
            with pytest.raises(Refused):
                view.recognise(chain)
