"""Callers that say nothing, or too much: what they cost a service, and who is served meanwhile.

A county serves as a process of its own and is looked at from outside: memory, handles, time at the
processor. An honest township syncs under every attack, with the handles and addresses that the
attackers use too. `HOSTILE_ROUNDS=20` repeats the attacks, so that what leaks is seen.
"""

from __future__ import annotations

import asyncio
import contextlib
import functools
import os
import resource
import subprocess
import sys
import time
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from node.care.records import SCHEMA
from node.config import Config
from node.errors import ParentUnreachable
from node.link import porter, sync_once
from node.link.porter import CALLS_PER_CALLER, Porter, connections_max
from node.replica import Insert, Replica
from tests.exchange import callers
from tests.exchange.callers import (
    ENROL,
    FLOODS,
    PREFACE,
    RENEW,
    SESSION,
    WATCH,
    Served,
    flood,
    frame,
    headers,
    hung_up,
    lines,
    served,
)
from tests.exchange.neighbours import (
    OTHER_TOWN,
    QUICK,
    TOWN,
    VISIT,
    admit,
    eventually,
    found,
    redirect,
    serving,
    write_visits,
)

ROUNDS = int(os.environ.get("HOSTILE_ROUNDS", "1"))
SILENT = 1_500
CONNECTIONS_MAX = 1_200  # of the county here
MEMORY_MB_MAX = 250
"""Above what the service has at rest, so that it stays within a box of 512 MB.

Connections that flood at once cost 700 without limits. With them it is what a line brings between
two looks of the porter, and nothing is faster than a loopback.
"""
HANDLES_AT_REST_MAX = 40
FEW_HANDLES = 400
HONEST_S_MAX = 10.0
LONGER_MB_MAX = 24
"""For six times as much in one session."""
FLOOD_S = 0.8
ENDED_S_MAX = 20.0
BUSY_S_MAX = 3.0
"""Of a processor, for one flood of 20 connections."""


@contextlib.asynccontextmanager
async def besieged(tmp_path: Path, handles: int = 0) -> AsyncIterator[tuple[Served, Path, Path]]:
    """A county as a process, an honest township, and one whose key has been stolen."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(hard, 16_384), hard))
    home, honest, stolen = (tmp_path / name for name in ("county", "honest", "stolen"))
    found(home, limits=replace(QUICK, connections_max=CONNECTIONS_MAX))
    async with serving(home) as county:
        await admit(county, TOWN, honest)
        await admit(county, OTHER_TOWN, stolen)
    try:
        async with served(home, handles) as service:
            redirect(honest, [service.address])
            await serves(honest)
            yield service, honest, stolen
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


async def serves(home: Path) -> None:
    """An honest node has something to say, and is heard to its end.

    A caller that finds a port full is told to come later, and does.
    """
    end = time.monotonic() + HONEST_S_MAX

    def once() -> None:
        with Replica(home, SCHEMA) as replica:
            for count in (0, 1):
                write_visits(replica, count)
                while not synced(replica, end):
                    time.sleep(0.1)

    await asyncio.to_thread(once)


def synced(replica: Replica, end: float) -> bool:
    """Whether one exchange came to its end."""
    try:
        return sync_once(replica).equal
    except ParentUnreachable:
        assert time.monotonic() < end, f"nobody was served for {HONEST_S_MAX} s"
        return False


async def at_rest(service: Served) -> None:
    """All is as before once the callers have gone."""
    end = time.monotonic() + 10
    while service.handles > HANDLES_AT_REST_MAX:
        assert time.monotonic() < end, f"{service.handles} handles are still open"
        await asyncio.sleep(0.1)


def test_callers_that_say_nothing(tmp_path: Path) -> None:
    """TCP alone, half a hello, TLS alone, HTTP/2 alone: at the port of members and of strangers."""

    async def story() -> None:
        async with besieged(tmp_path) as (service, honest, stolen):
            before = service.memory_mb
            half, whole = callers.hello()[:99], callers.stranger()
            silences: list[tuple[str, Any, bytes, int]] = [
                (service.address, None, b"", SILENT),
                (service.enrol_address, None, b"", SILENT),
                (service.address, None, half, SILENT),
                (service.enrol_address, whole, b"", 300),
                (service.address, callers.member(stolen), PREFACE, 300),
            ]
            for address, tls, said, count in silences * ROUNDS:
                async with lines(address, count, tls) as held:
                    for _, writer in held:
                        writer.write(said)
                    await serves(honest)
                    assert service.handles < CONNECTIONS_MAX + HANDLES_AT_REST_MAX
                    assert service.memory_mb < before + MEMORY_MB_MAX, (address, said)
            await at_rest(service)
            await serves(honest)

    asyncio.run(story())


def test_callers_that_say_too_much(tmp_path: Path) -> None:
    """Every flood that HTTP/2 knows, from strangers and from whoever stole a member's key."""

    async def story() -> None:
        async with besieged(tmp_path) as (service, honest, stolen):
            before = service.memory_mb
            doors = [
                (service.enrol_address, callers.stranger(), ENROL),
                (service.address, callers.member(stolen), SESSION),
            ]
            for address, tls, path in doors * ROUNDS:
                for name, burst in FLOODS.items():
                    busy = service.busy_s
                    async with lines(address, 20, tls) as held:
                        said = functools.partial(burst, path)
                        flooding = asyncio.gather(*(flood(line, said, FLOOD_S) for line in held))
                        await serves(honest)
                        await flooding
                    assert service.busy_s - busy < BUSY_S_MAX, name
                    assert service.memory_mb < before + MEMORY_MB_MAX, name
            await at_rest(service)
            await serves(honest)

    asyncio.run(story())


def test_a_line_that_carries_no_call_is_ended_once_it_has_said_too_much(tmp_path: Path) -> None:
    """What HTTP/2 itself would hear for ever."""

    async def story() -> None:
        async with besieged(tmp_path) as (service, honest, stolen):
            for name in ("settings", "priorities", "windows"):
                said = functools.partial(FLOODS[name], SESSION)
                async with lines(service.address, 1, callers.member(stolen)) as held:
                    ended = await asyncio.gather(*(flood(line, said, ENDED_S_MAX) for line in held))
                assert ended == [True], name
            await serves(honest)

    asyncio.run(story())


def test_no_member_takes_every_call_and_no_stranger_every_admission(tmp_path: Path) -> None:
    """Calls whose request never comes, that watch for ever, and sessions without a hello."""

    async def story() -> None:
        async with besieged(tmp_path) as (service, honest, stolen):
            before = service.memory_mb
            tls = callers.member(stolen)
            for path, asked in ((RENEW, False), (WATCH, True), (SESSION, False)):
                async with lines(service.address, 300, tls) as held:
                    for _, writer in held:
                        writer.write(PREFACE)
                        for stream in (1, 3, 5):
                            writer.write(frame(1, 4, stream, headers(path)))
                            writer.write(frame(0, 1, stream, bytes(5)) if asked else b"")
                    await service.at_leisure()
                    await serves(honest)
                    assert service.memory_mb < before + MEMORY_MB_MAX, path
            await at_rest(service)

    asyncio.run(story())


def test_with_few_handles_a_service_still_serves(tmp_path: Path) -> None:
    """More callers than handles: the port takes fewer than it was told to."""

    async def story() -> None:
        async with besieged(tmp_path, handles=FEW_HANDLES) as (service, honest, _):
            for address in (service.address, service.enrol_address):
                async with lines(address, 2 * FEW_HANDLES):
                    await serves(honest)
                    assert service.handles < FEW_HANDLES
            await at_rest(service)

    asyncio.run(story())


def test_a_long_session_takes_no_more_memory_than_a_short_one(tmp_path: Path) -> None:
    """What a session brings goes to the disk, frame by frame."""

    async def story() -> None:
        async with besieged(tmp_path) as (service, honest, _):
            peaks = [await peak_mb(service, honest, count) for count in (4_000, 24_000)]
            assert peaks[1] < peaks[0] + LONGER_MB_MAX, peaks

    asyncio.run(story())


async def peak_mb(service: Served, home: Path, count: int) -> float:
    """The most memory that a service holds while one session brings visits."""

    def session() -> None:
        with Replica(home, SCHEMA) as replica:
            visit = {**VISIT, "note": "x" * 40}
            for _ in range(0, count, 1_000):
                replica.insert_each(replica.division, [Insert("visit", visit)] * 1_000)
            assert sync_once(replica).equal

    work = asyncio.create_task(asyncio.to_thread(session))
    peak = 0.0
    while not work.done():
        peak = max(peak, service.memory_mb)
        await asyncio.wait((work,), timeout=0.02)
    await work
    return peak


def test_who_is_served_keeps_its_line_when_the_port_is_full(tmp_path: Path) -> None:
    """Silent callers fill the port; a session that stands goes on, and newcomers get through."""

    async def story() -> None:
        found(tmp_path / "county", limits=replace(QUICK, connections_max=100))
        async with serving(tmp_path / "county") as county:
            await admit(county, TOWN, tmp_path / "town")
            await admit(county, OTHER_TOWN, tmp_path / "other")
            for name in ("town", "other"):
                redirect(tmp_path / name, [county.address])
            async with serving(tmp_path / "town") as town:
                author = town.replica.author
                sessions = await eventually(lambda: county.exchange.sessions(author), "a session")
                async with lines(county.address, 400) as held:
                    left = await hung_up(held, 3.0)
                    assert len(held) - left <= porter.WAITING_PER_ADDRESS
                    assert county.exchange.sessions(author) == sessions
                    await serves(tmp_path / "other")

    asyncio.run(story())


def test_a_call_without_a_request_ends(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody holds one of a port's calls by saying nothing, and one caller has eight of them."""
    monkeypatch.setattr(porter, "REQUEST_S_MAX", 1.0)

    async def story() -> None:
        found(tmp_path / "county")
        async with serving(tmp_path / "county") as county:
            count = CALLS_PER_CALLER + 1
            async with lines(county.enrol_address, count, callers.stranger()) as held:
                for _, writer in held:
                    writer.write(PREFACE + frame(1, 4, 1, headers(ENROL)))
                said = await asyncio.gather(*(heard(line, 3.0) for line in held))
            assert sum(b"MALFORMED" in one for one in said) == CALLS_PER_CALLER
            assert sum(b"UNAVAILABLE" in one for one in said) == 1

    asyncio.run(story())


async def heard(line: callers.Line, seconds: float) -> bytes:
    """Everything that the other side says within some seconds."""
    said = b""
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            while b"grpc-status" not in said and (more := await line[0].read(65_536)):
                said += more
    return said


def test_a_port_keeps_no_more_connections_than_there_are_handles() -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    assert connections_max(100) == 100
    assert connections_max(1_000_000) <= hard // 2
    resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    assert Porter(3).places == 3


def test_a_port_takes_no_more_connections_than_it_may(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also between two looks of its porter. gRPC counts what it has taken: one or two slip by."""
    monkeypatch.setattr(porter, "LOOK_S", 3_600)

    async def story() -> None:
        found(tmp_path / "county", limits=replace(QUICK, connections_max=8))
        async with (
            serving(tmp_path / "county") as county,
            lines(county.address, 30) as held,
        ):
            left = await hung_up(held, 3.0)
            assert 0 < len(held) - left <= 12

    asyncio.run(story())


def test_the_setting_is_kept(tmp_path: Path) -> None:
    found(tmp_path / "county", limits=replace(QUICK, connections_max=77))
    assert Config.load(tmp_path / "county").limits.connections_max == 77


_WRITES_BESIDE = """
import sys
from pathlib import Path
from sqlcipher3 import dbapi2 as sqlcipher
home = Path(sys.argv[1])
beside = sqlcipher.connect(str(home / "ledger.db"), isolation_level=None, timeout=0.1)
beside.execute(f"PRAGMA key = \\"x'{(home / 'ledger.key').read_text().strip()}'\\"").fetchall()
beside.execute("PRAGMA cipher_page_size = 8192").fetchall()
beside.execute("BEGIN IMMEDIATE")
"""


def test_looking_after_connections_leaves_the_locks_of_the_database(tmp_path: Path) -> None:
    """Whoever closes a copy of a file's handle gives up every lock that the process has on it."""
    found(tmp_path / "county")
    beside = [sys.executable, "-c", _WRITES_BESIDE, str(tmp_path / "county")]
    told = []
    with Replica(tmp_path / "county", SCHEMA) as county:
        for busy in (True, False):
            with county.store.transaction() if busy else contextlib.nullcontext():
                Porter(8).look()
                told.append(subprocess.run(beside, capture_output=True, text=True, check=False))
    assert "locked" in told[0].stderr, "another process wrote during a transaction of this one"
    assert told[1].returncode == 0, told[1].stderr
