"""A node that is on: what moves without anybody asking, and that only one process serves."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event

from node.care.records import SCHEMA
from node.codes import Listed
from node.config import Config
from node.errors import UsageError
from node.members import add_divisions
from node.replica import Replica
from node.server import Server, serve
from tests.exchange.neighbours import (
    COUNTY,
    LISTED,
    QUICK,
    TOWN,
    VILLAGE,
    admit,
    eventually,
    found,
    holding,
    redirect,
    same,
    serving,
    until,
    write_visits,
)
from tests.exchange.proxy import line_to


def started(caplog: pytest.LogCaptureFixture) -> list[dict[str, Any]]:
    lines = [json.loads(record.message) for record in caplog.records if record.name == "linli"]
    return [line for line in lines if line["event"] == "session_started" and line["dialled"]]


def ticked(visit: str) -> Callable[[Replica], bool]:
    return lambda replica: len(replica.ticks("visit", visit)) == 3


def test_a_write_travels_up_three_tiers_on_lines_that_stay(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO", "linli")

    async def story() -> None:
        found(tmp_path / "county")
        async with serving(tmp_path / "county") as county:
            await admit(county, TOWN, tmp_path / "town")
            async with serving(tmp_path / "town") as town:
                await admit(town, VILLAGE, tmp_path / "village")
                async with serving(tmp_path / "village") as village:
                    await until(village, lambda replica: replica.tier == "village")
                    for _ in range(3):
                        (written,) = await village.exchange.commit(write_visits, village.replica, 1)
                        await until(county, holding(written))
                    await until(village, ticked(written))
                    # Downwards, by a command beside the county's service.
                    with Replica(tmp_path / "county", SCHEMA) as beside:
                        fresh = Listed("130732100299", "新村", "village", TOWN)
                        assert add_divisions(beside, [*LISTED, fresh]).count == 1
                    await until(village, lambda replica: replica.tree.by_code(fresh.code))
                    beacon = county.replica.beacon
                    newest = await county.exchange.run(beacon)
                    assert newest is not None
                    replicas = (county.replica, town.replica, village.replica)
                    await eventually(lambda: same(*replicas), "all are equal")

    asyncio.run(story())
    assert len(started(caplog)) == 2


def test_only_one_thread_is_at_the_database(tmp_path: Path) -> None:
    """Another one that reads just then lets a transaction fail: SQLite does not wait for itself."""
    threads: set[str] = set()

    async def story() -> None:
        found(tmp_path / "county")
        async with serving(tmp_path / "county") as county:
            await admit(county, TOWN, tmp_path / "town")
            async with serving(tmp_path / "town") as town:
                for server in (county, town):
                    event.listen(
                        server.replica.store.engine,
                        "before_cursor_execute",
                        lambda *_: threads.add(threading.current_thread().name),
                    )
                await until(town, lambda replica: replica.tier == "township")
                (written,) = await town.exchange.commit(write_visits, town.replica, 1)
                await until(county, holding(written))
                await county.exchange.commit(county.replica.issue_beacon)
                await until(town, lambda replica: len(replica.ticks("visit", written)) == 2)

    asyncio.run(story())
    assert threads == {"linli-store_0"}


def test_what_a_command_writes_beside_the_service_leaves_at_once(tmp_path: Path) -> None:
    async def story() -> None:
        found(tmp_path / "county")
        async with serving(tmp_path / "county") as county:
            await admit(county, TOWN, tmp_path / "town")
            async with serving(tmp_path / "town") as town:
                await until(town, lambda replica: replica.tier == "township")
                with Replica(tmp_path / "town", SCHEMA) as beside:
                    (written,) = write_visits(beside, 1)
                await until(county, lambda replica: replica.row("visit", written))

    asyncio.run(story())


def test_a_line_that_broke_is_dialled_again(tmp_path: Path) -> None:
    async def story() -> None:
        found(tmp_path / "county")
        async with serving(tmp_path / "county") as county, line_to(county.address) as line:
            await admit(county, TOWN, tmp_path / "town")
            redirect(tmp_path / "town", [line.address])
            async with serving(tmp_path / "town") as town:
                await until(town, lambda replica: replica.tier == "township")
                line.refusing = True
                line.cut()
                await eventually(lambda: not town.exchange.sessions(), "the break is noticed")
                (written,) = await town.exchange.commit(write_visits, town.replica, 1)
                line.refusing = False
                await until(county, lambda replica: replica.row("visit", written))
                assert line.lines >= 2

    asyncio.run(story())


def test_a_beacon_follows_what_moved(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("node.watch.BEACON_GAP_S", 0.1)

    async def story() -> None:
        found(tmp_path / "county")
        async with serving(tmp_path / "county") as county:
            await admit(county, TOWN, tmp_path / "town")
            async with serving(tmp_path / "town") as town:
                await until(town, lambda replica: replica.tier == "township")

                def beacon_time(replica: Replica) -> int:
                    beacon = replica.beacon()
                    return beacon.time if beacon else 0

                before = await until(town, beacon_time)
                await county.exchange.commit(
                    add_divisions,
                    county.replica,
                    [*LISTED, Listed("130732102", "新镇", "township", COUNTY)],
                )
                await until(town, lambda replica: beacon_time(replica) > before)

    asyncio.run(story())


IMPORTS = """
import os, sys
class Gate:
    def find_spec(self, name, path=None, target=None):
        if name == "grpc":
            assert "GRPC_SSL_CIPHER_SUITES" in os.environ, "gRPC came first"
sys.meta_path.insert(0, Gate())
import {room}
assert "grpc" in sys.modules
"""


@pytest.mark.parametrize("room", ["node.server", "node.members", "node.link"])
def test_ciphers_are_settled_before_grpc_is_imported(room: str) -> None:
    environment = {"PYTHONPATH": os.pathsep.join(sys.path), "PATH": os.environ["PATH"]}
    code = IMPORTS.format(room=room)
    subprocess.run([sys.executable, "-c", code], env=environment, check=True, timeout=60)


def test_only_one_process_serves_a_node(tmp_path: Path) -> None:
    async def story() -> None:
        found(tmp_path / "county")
        async with serving(tmp_path / "county"):
            with pytest.raises(UsageError, match=f"served already .process {os.getpid()}"):
                await Server(tmp_path / "county", SCHEMA).start()
        async with serving(tmp_path / "county"):
            pass

    asyncio.run(story())


def test_a_port_that_was_found_is_kept(tmp_path: Path) -> None:
    async def story() -> None:
        found(tmp_path / "county")
        async with serving(tmp_path / "county") as county:
            first, enrolment = county.address, county.enrol_address
        assert first and enrolment and first != enrolment
        config = Config.load(tmp_path / "county")
        assert (config.listen, config.address) == (first, first)
        assert (config.enrol_listen, config.enrol_address) == (enrolment, enrolment)
        async with serving(tmp_path / "county") as county:
            assert (county.address, county.enrol_address) == (first, enrolment)

    asyncio.run(story())


def test_a_port_that_is_taken_stops_the_start(tmp_path: Path) -> None:
    async def story() -> None:
        found(tmp_path / "county")
        with socket.socket() as taken:
            taken.bind(("127.0.0.1", 0))
            taken.listen()
            config = Config.load(tmp_path / "county")
            config.listen = f"127.0.0.1:{taken.getsockname()[1]}"
            config.save(tmp_path / "county")
            with pytest.raises(UsageError, match="Cannot listen on"):
                await Server(tmp_path / "county", SCHEMA).start()
        async with serving(tmp_path / "county"):
            pass

    asyncio.run(story())


def test_a_node_without_children_opens_no_port(tmp_path: Path) -> None:
    async def story() -> None:
        found(tmp_path / "county")
        async with serving(tmp_path / "county") as county:
            await admit(county, TOWN, tmp_path / "town")
            async with serving(tmp_path / "town") as town:
                await admit(town, VILLAGE, tmp_path / "village")
                async with serving(tmp_path / "village") as village:
                    assert (village.address, village.enrol_address) == ("", "")

    asyncio.run(story())


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_it_in_good_order(tmp_path: Path, number: signal.Signals) -> None:
    found(tmp_path / "county", limits=replace(QUICK, seal_age_s_max=1))
    ready = []

    def stop(server: Server) -> None:
        ready.append(server.address)
        os.kill(os.getpid(), number)

    serve(tmp_path / "county", SCHEMA, stop)
    assert ready
    with Replica(tmp_path / "county", SCHEMA) as replica:
        assert len(replica.tree) == len(LISTED)
    assert not list((tmp_path / "county").glob("*-wal"))
