"""The standard health service, as any tool asks it; real nodes on loopback."""

from __future__ import annotations

import asyncio
import contextlib
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import grpc
import pytest
from grpc_health.v1.health_pb2 import HealthCheckRequest, HealthCheckResponse
from grpc_health.v1.health_pb2_grpc import HealthStub
from grpc_reflection.v1alpha.reflection_pb2 import ServerReflectionRequest
from grpc_reflection.v1alpha.reflection_pb2_grpc import ServerReflectionStub
from typer.testing import CliRunner

from cli.main import app
from linli.v1.enrol_pb2 import EnrolRequest
from linli.v1.enrol_pb2_grpc import EnrolServiceStub
from linli.v1.sync_pb2_grpc import SyncServiceStub
from node import identity
from node.care.records import SCHEMA
from node.config import Config
from node.errors import ParentUnreachable, UsageError
from node.link.health import DISK, REFLECTED, SERVICES, ask, check_loopback
from node.link.tls import dial_credentials, dial_options, presented_certificate
from node.replica import Replica
from node.server import Server
from tests.exchange.neighbours import LOOPBACK, TOWN, admit, eventually, found, serving

SERVING, NOT_SERVING = HealthCheckResponse.SERVING, HealthCheckResponse.NOT_SERVING


async def check(channel: grpc.aio.Channel, service: str = "") -> Any:
    answer = await HealthStub(channel).Check(HealthCheckRequest(service=service), timeout=10)
    return answer.status


@contextlib.asynccontextmanager
async def watched(home: Path) -> AsyncIterator[Server]:
    server = Server(home, SCHEMA, watch_listen=LOOPBACK)
    await server.start()
    try:
        yield server
    finally:
        await server.stop()


@pytest.fixture(autouse=True)
def _often(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("node.link.health.LOOK_S", 0.05)


# --- on the members' port ------------------------------------------------------------------------


def test_a_member_is_told_on_the_members_port_and_a_stranger_is_not(tmp_path: Path) -> None:
    async def story() -> None:
        found(tmp_path / "county")
        async with serving(tmp_path / "county") as county:
            await admit(county, TOWN, tmp_path / "town")
            pin = await asyncio.to_thread(presented_certificate, county.address)
            with Replica(tmp_path / "town", SCHEMA) as town:
                credentials = dial_credentials(town, pin)
                options = dial_options(town.core.limits, county.replica.author)
            async with grpc.aio.secure_channel(county.address, credentials, options) as channel:
                for service in SERVICES:
                    assert await check(channel, service) == SERVING
                with pytest.raises(grpc.aio.AioRpcError) as refused:
                    await check(channel, "linli.v1.Elsewhere")
                assert refused.value.code() is grpc.StatusCode.NOT_FOUND
            stranger = grpc.ssl_channel_credentials(identity.chain_to_pem([pin]))
            for channel in (
                grpc.aio.secure_channel(county.address, stranger, options),
                grpc.aio.insecure_channel(county.address),
            ):
                async with channel:
                    with pytest.raises(grpc.aio.AioRpcError) as refused:
                        await check(channel)
                    assert refused.value.code() is grpc.StatusCode.UNAVAILABLE

    asyncio.run(story())


def test_the_members_port_reflects_nothing(tmp_path: Path) -> None:
    async def story() -> None:
        found(tmp_path / "county")
        async with serving(tmp_path / "county") as county:
            await admit(county, TOWN, tmp_path / "town")
            pin = await asyncio.to_thread(presented_certificate, county.address)
            with Replica(tmp_path / "town", SCHEMA) as town:
                credentials = dial_credentials(town, pin)
                options = dial_options(town.core.limits, county.replica.author)
            async with grpc.aio.secure_channel(county.address, credentials, options) as channel:
                with pytest.raises(grpc.aio.AioRpcError) as refused:
                    await reflected(channel)
                assert refused.value.code() is grpc.StatusCode.UNIMPLEMENTED

    asyncio.run(story())


# --- on the watch port ---------------------------------------------------------------------------


async def reflected(channel: grpc.aio.Channel) -> set[str]:
    call: Any = ServerReflectionStub(channel).ServerReflectionInfo(
        iter([ServerReflectionRequest(list_services="")])
    )
    async for answer in call:
        return {service.name for service in answer.list_services_response.service}
    raise AssertionError("reflection gave no answer")


def test_the_watch_port_tells_health_and_what_the_services_look_like(tmp_path: Path) -> None:
    async def story() -> None:
        found(tmp_path / "county")
        async with (
            watched(tmp_path / "county") as county,
            grpc.aio.insecure_channel(county.watch_address) as channel,
        ):
            for service in SERVICES:
                assert await check(channel, service) == SERVING
            assert await reflected(channel) == set(REFLECTED)
            asked = ServerReflectionRequest(file_containing_symbol=REFLECTED[0])
            call: Any = ServerReflectionStub(channel).ServerReflectionInfo(iter([asked]))
            async for answer in call:
                (described, *_) = answer.file_descriptor_response.file_descriptor_proto
                assert b"linli/v1/sync.proto" in described
                break

    asyncio.run(story())


def test_nobody_syncs_or_enrols_at_the_watch_port(tmp_path: Path) -> None:
    async def story() -> None:
        found(tmp_path / "county")
        async with (
            watched(tmp_path / "county") as county,
            grpc.aio.insecure_channel(county.watch_address) as channel,
        ):
            with pytest.raises(grpc.aio.AioRpcError) as refused:
                await EnrolServiceStub(channel).Enrol(EnrolRequest(), timeout=10)
            assert refused.value.code() is grpc.StatusCode.UNIMPLEMENTED
            call: Any = SyncServiceStub(channel).Session()
            await call.done_writing()
            assert await call.code() is grpc.StatusCode.UNIMPLEMENTED

    asyncio.run(story())


def test_a_disk_that_failed_is_told_while_the_node_serves(tmp_path: Path) -> None:
    home = tmp_path / "county"

    async def story() -> None:
        found(home)
        async with (
            watched(home) as county,
            grpc.aio.insecure_channel(county.watch_address) as channel,
        ):
            disk = county.replica.store.disk

            async def asked() -> str:
                words = ["--home", str(home), "health", "--watch", county.watch_address]
                done = await asyncio.to_thread(CliRunner().invoke, app, words)
                assert done.exit_code == 0 and done.stdout == "serving\n", done.output
                return done.stderr

            await eventually(lambda: check_is(channel, SERVING), "at first")
            assert not await asked()
            await county.exchange.run(disk.fail)
            await eventually(lambda: check_is(channel, NOT_SERVING), "it failed")
            await eventually(lambda: not disk.unsettled, "it is opened anew, with nothing to write")
            assert await check(channel) == SERVING and "linli doctor" in await asked()
            await county.exchange.run(disk.clear)
            await eventually(lambda: check_is(channel, SERVING), "somebody has looked")
            assert not await asked()

    asyncio.run(story())


async def check_is(channel: grpc.aio.Channel, status: Any) -> bool:
    return bool(await check(channel, DISK) == status)


def test_a_node_whose_database_fails_does_not_serve_until_it_answers_again(tmp_path: Path) -> None:
    home = tmp_path / "county"

    async def story() -> None:
        found(home)
        async with (
            watched(home) as county,
            grpc.aio.insecure_channel(county.watch_address) as channel,
        ):

            async def tells(status: Any, why: str) -> None:
                async def told() -> bool:
                    return bool(await check(channel) == status)

                await eventually(told, why)
                assert await check(channel, SERVICES[1]) == status

            await tells(SERVING, "at first")
            beside = Replica(home, SCHEMA)
            alter = beside.store.connection.exec_driver_sql
            alter("ALTER TABLE node RENAME TO elsewhere")
            await tells(NOT_SERVING, "a table is gone")
            alter("ALTER TABLE elsewhere RENAME TO node")
            beside.close()
            await tells(SERVING, "the table is back")
            (home / "ledger.db").rename(home / "moved.db")
            await tells(NOT_SERVING, "the file is gone")
            (home / "ledger.db").touch()
            await county.health.look()
            assert await check(channel) == NOT_SERVING, "an empty file is no database"
            (home / "moved.db").rename(home / "ledger.db")
            await tells(SERVING, "the file is back")

    asyncio.run(story())


def test_whoever_watches_hears_that_a_node_stops(tmp_path: Path) -> None:
    async def story() -> list[Any]:
        found(tmp_path / "county")
        heard: list[Any] = []
        async with (
            watched(tmp_path / "county") as county,
            grpc.aio.insecure_channel(county.watch_address) as channel,
        ):
            call: Any = HealthStub(channel).Watch(HealthCheckRequest(service=SERVICES[1]))
            heard.append((await call.read()).status)
            stopping = asyncio.create_task(county.stop())
            heard.append((await call.read()).status)
            await stopping
        return heard

    assert asyncio.run(story()) == [SERVING, NOT_SERVING]


# --- where it may be, and when it is there -------------------------------------------------------


@pytest.mark.parametrize(
    "address", ["0.0.0.0:7445", "[::]:7445", "10.2.0.5:7445", "localhost:7445", "127.0.0.1"]
)
def test_an_address_that_others_could_reach_is_refused(address: str, tmp_path: Path) -> None:
    found(tmp_path / "county")
    with pytest.raises(UsageError, match=r"Write (127\.0\.0\.1 or \[::1\]|host:port)"):
        check_loopback(address)

    async def story() -> None:
        with pytest.raises(UsageError):
            await Server(tmp_path / "county", SCHEMA, watch_listen=address).start()

    asyncio.run(story())
    done = CliRunner().invoke(
        app, ["--home", str(tmp_path / "county"), "serve", "--watch", address], prog_name="linli"
    )
    assert done.exit_code == 2
    assert "watch port cannot be at" in done.output or "not an address" in done.output


def test_an_address_of_loopback_is_not_refused() -> None:
    for address in ("127.0.0.1:7445", "[::1]:0", "127.8.8.8:1"):
        check_loopback(address)


def test_the_port_that_the_settings_name_is_kept_and_asked(tmp_path: Path) -> None:
    home = tmp_path / "county"
    found(home)
    config = Config.load(home)
    config.watch_listen = LOOPBACK
    config.save(home)

    def linli(*words: str) -> tuple[int, str]:
        done = CliRunner().invoke(app, ["--home", str(home), *words], prog_name="linli")
        return done.exit_code, done.output

    async def story() -> None:
        async with serving(home) as county:
            assert Config.load(home).watch_listen == county.watch_address
            assert await asyncio.to_thread(linli, "health") == (0, "serving\n")
            await county.health.stop()
            code, said = await asyncio.to_thread(linli, "health")
            assert code == 1
            assert "does not serve" in said

    asyncio.run(story())
    code, said = linli("health")
    assert code == 3
    assert "No node answers at 127.0.0.1" in said
    assert "linli serve --watch 127.0.0.1" in said


def test_a_node_without_a_watch_port_says_how_to_get_one(tmp_path: Path) -> None:
    found(tmp_path / "county")
    done = CliRunner().invoke(app, ["--home", str(tmp_path / "county"), "health"])
    assert done.exit_code == 2
    assert "linli serve --watch 127.0.0.1" in done.output


def test_a_port_that_is_taken_is_refused(tmp_path: Path) -> None:
    async def story() -> None:
        found(tmp_path / "county")
        async with watched(tmp_path / "county") as county:
            found(tmp_path / "other")
            other = Server(tmp_path / "other", SCHEMA, watch_listen=county.watch_address)
            with pytest.raises(UsageError, match="the port is taken"):
                await other.start()

    asyncio.run(story())


def test_asking_where_nobody_answers_is_no_answer() -> None:
    with pytest.raises(ParentUnreachable, match="connection refused"):
        ask("127.0.0.1:1", 5)


def test_a_node_that_nobody_can_ask_imports_none_of_it(tmp_path: Path) -> None:
    found(tmp_path / "county")
    config = Config.load(tmp_path / "county")
    config.listen = config.enrol_listen = ""
    config.save(tmp_path / "county")
    program = (
        "import asyncio, sys\n"
        "from pathlib import Path\n"
        "from node.care.records import SCHEMA\n"
        "from node.server import Server\n"
        "async def story():\n"
        "    server = Server(Path(sys.argv[1]), SCHEMA)\n"
        "    await server.start()\n"
        "    await server.stop()\n"
        "asyncio.run(story())\n"
        "found = [name for name in sys.modules if 'health.v1' in name or 'reflection.v' in name]\n"
        "print([name for name in found if name.startswith('grpc_')])\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, str(tmp_path / "county")],
        capture_output=True, text=True, timeout=60, check=True,
    )  # fmt: skip
    assert done.stdout == "[]\n"
