"""A small county on loopback: real nodes, real gRPC, real files."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Callable, Sequence
from pathlib import Path
from typing import Any

from node.care.records import SCHEMA
from node.clock import Clock
from node.codes import Listed
from node.config import Config, Limits, ParentAddress
from node.members import add_divisions, init_county, invite, join
from node.replica import Insert, Replica
from node.server import Server

LOOPBACK = "127.0.0.1:0"
COUNTY, TOWN, OTHER_TOWN = "130732", "130732100", "130732101"
VILLAGE, OTHER_VILLAGE, FAR_VILLAGE = "130732100201", "130732100202", "130732101201"
LISTED = [
    Listed(COUNTY, "赤城县", "county", ""),
    Listed(TOWN, "赤城镇", "township", COUNTY),
    Listed(OTHER_TOWN, "田家窑镇", "township", COUNTY),
    Listed(VILLAGE, "南大村", "village", TOWN),
    Listed(OTHER_VILLAGE, "东关村", "village", TOWN),
    Listed(FAR_VILLAGE, "双山寨村", "village", OTHER_TOWN),
]
WAIT_S_MAX = 20.0
QUICK = Limits(dial_retry_s_max=2)
VISIT = {
    "person": "01JD0000000000000000000001",
    "worker": "01JD0000000000000000000002",
    "service": "助洁-居室",
    "started_at": 1_793_500_200_000,
    "ended_at": 1_793_503_800_000,
    "minutes": 60,
    "fee_fen": 3_000,
}


def found(home: Path, clock: Clock | None = None, limits: Limits = QUICK) -> None:
    """Makes the county's node."""
    with init_county(
        home,
        SCHEMA,
        code=COUNTY,
        name="赤城县",
        user="county",
        listen=LOOPBACK,
        enrol_listen=LOOPBACK,
        clock=clock,
        limits=limits,
    ) as replica:
        add_divisions(replica, LISTED)


@contextlib.asynccontextmanager
async def serving(home: Path, clock: Clock | None = None) -> AsyncIterator[Server]:
    """A node that is on."""
    server = Server(home, SCHEMA, clock)
    await server.start()
    try:
        yield server
    finally:
        await server.stop()


async def token_of(server: Server, code: str, **words: Any) -> str:
    replica = server.replica
    return await server.exchange.run(lambda: invite(replica, replica.tree.find(code).id, **words))


async def admit(
    server: Server, code: str, home: Path, *, limits: Limits = QUICK, clock: Clock | None = None
) -> None:
    """Invites and joins; the new node is closed again."""
    await until(server, lambda replica: replica.tree.by_code(code))
    token = await token_of(server, code)
    listen = "" if len(code) == 12 else LOOPBACK

    def joined() -> None:
        join(
            home,
            SCHEMA,
            token,
            user=home.name,
            listen=listen,
            enrol_listen=listen,
            limits=limits,
            clock=clock,
        ).close()

    await asyncio.to_thread(joined)


async def until(server: Server, claim: Callable[[Replica], Any]) -> Any:
    """Waits until a claim about a node holds, and returns what it gave."""
    return await eventually(lambda: server.exchange.run(claim, server.replica), str(server.home))


async def eventually(claim: Callable[[], Any], what: str) -> Any:
    """Waits until a claim holds, and returns what it gave."""
    end = time.monotonic() + WAIT_S_MAX
    while time.monotonic() < end:
        found = claim()
        if asyncio.iscoroutine(found):
            found = await found
        if found:
            return found
        await asyncio.sleep(0.02)
    raise AssertionError(f"{what}: it did not happen within {WAIT_S_MAX} s")


def write_visits(replica: Replica, count: int, division: str = "") -> list[str]:
    """Writes visits that do not compress well, one change each; here, if nothing else is said."""
    notes = [replica.core.entropy(200).hex() for _ in range(count)]
    inserts = [Insert("visit", {**VISIT, "note": note}) for note in notes]
    ids: list[str] = []
    for start in range(0, count, 8):
        ids += replica.insert_each(division or replica.division, inserts[start : start + 8]).ids
    return ids


def holding(visit: str) -> Callable[[Replica], bool]:
    """The claim that a visit is here."""
    return lambda replica: replica.row("visit", visit) is not None


def redirect(home: Path, addresses: Sequence[str]) -> None:
    """Makes a node dial other addresses for its parents, in order."""
    config = Config.load(home)
    config.parents = [
        ParentAddress(parent.author, address, parent.division)
        for parent, address in zip(config.parents, addresses, strict=True)
    ]
    config.save(home)


def same(*replicas: Replica) -> bool:
    """Whether nodes hold the same of everything that all of them share, as the lowest sees it."""
    lowest = replicas[-1]
    return len({r.scope(lowest.division).digest() for r in replicas}) == 1
