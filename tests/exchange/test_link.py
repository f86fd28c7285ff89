"""The line: who gets through, what a broken one costs, and how a slow or silent one is treated."""

from __future__ import annotations

import asyncio
import contextlib
import json
import random
import socket
import ssl
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import grpc
import pytest
from grpc.aio import EOF  # type: ignore[attr-defined]

from linli.v1.enrol_pb2 import RenewRequest
from linli.v1.enrol_pb2_grpc import (
    RenewServiceServicer,
    RenewServiceStub,
    add_RenewServiceServicer_to_server,
)
from linli.v1.sync_pb2 import SessionRequest
from linli.v1.sync_pb2_grpc import SyncServiceStub
from node import identity
from node.care.records import SCHEMA
from node.clock import BOOT_FLOOR_MS, DAY_MS, ManualClock
from node.config import Config, Limits
from node.errors import ParentUnreachable, Refused, UsageError
from node.link import Exchanged, sync_once
from node.link.tls import open_port, presented_certificate
from node.replica import Replica
from node.server import Server
from node.wire import Frame, Reason
from tests.exchange.neighbours import (
    LOOPBACK,
    QUICK,
    TOWN,
    VILLAGE,
    admit,
    eventually,
    found,
    redirect,
    same,
    serving,
    until,
    write_visits,
)
from tests.exchange.proxy import Proxy, line_to

SMALL = replace(
    QUICK,
    frame_bytes_max=16_384,
    frame_bytes_min=2_048,
    segment_changes_max=8,
    segment_bytes_max=16_384,
)  # many frames for little data
NOTHING_LISTENS = "127.0.0.1:9"
VISITS = 280


@contextlib.asynccontextmanager
async def pair(
    tmp_path: Path, limits: Limits = QUICK, clock: ManualClock | None = None
) -> AsyncIterator[tuple[Server, Path]]:
    """A county that serves, and a township that has joined and is off."""
    found(tmp_path / "county", clock, limits)
    async with serving(tmp_path / "county", clock) as county:
        await admit(county, TOWN, tmp_path / "town", limits=limits, clock=clock)
        yield county, tmp_path / "town"


async def sync(home: Path) -> Exchanged:
    """What `linli sync` does, as a process of its own would."""

    def once() -> Exchanged:
        with Replica(home, SCHEMA) as replica:
            return sync_once(replica)

    return await asyncio.to_thread(once)


def channel_of(
    home: Path, county: Server, *, root: bytes = b"", chain: list[bytes] | None = None
) -> grpc.aio.Channel:
    """A line to the county by hand, with the key of the node in `home`."""
    shown = identity.chain_from_pem((home / "chain.pem").read_bytes()) if chain is None else chain
    core = county.replica.core
    credentials = grpc.ssl_channel_credentials(
        identity.chain_to_pem([root or core.root.der]),
        identity.Key.load(home / "node.key").pem if shown else None,
        identity.chain_to_pem(shown) if shown else None,
    )
    options = [
        ("grpc.ssl_target_name_override", core.author),
        ("grpc.use_local_subchannel_pool", 1),
    ]
    return grpc.aio.secure_channel(county.address, credentials, options)


async def answers_to(channel: grpc.aio.Channel, *frames: Frame) -> list[Frame]:
    """Everything that the other side says to some frames until it ends the session."""
    async with channel:
        call: Any = SyncServiceStub(channel).Session()
        for frame in frames:
            await call.write(SessionRequest(frame=frame))
        heard = []
        while (message := await call.read()) is not EOF:
            heard.append(message.frame)
        return heard


def events(caplog: pytest.LogCaptureFixture, name: str) -> list[dict[str, Any]]:
    lines = [json.loads(record.message) for record in caplog.records if record.name == "linli"]
    return [line for line in lines if line["event"] == name]


# --- who gets through ----------------------------------------------------------------------------


def test_a_session_ends_equal_and_an_equal_one_is_short(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO", "linli")

    async def story() -> None:
        async with pair(tmp_path) as (county, home):
            assert (await sync(home)).equal
            with Replica(home, SCHEMA) as town:
                written = write_visits(town, 30)
            done = await sync(home)
            assert done.equal and done.stats.segments_sent
            await until(county, lambda replica: replica.row("visit", written[-1]))
            with Replica(home, SCHEMA) as town:
                assert same(county.replica, town)
                assert [tick.tier for tick in town.ticks("visit", written[0])] == [
                    "township",
                    "county",
                ]
                assert not town.waiting()
            again = await sync(home)
            assert again.equal
            assert again.stats.payload_sent + again.stats.payload_received < 500
            assert (again.stats.frames_sent, again.stats.frames_received) == (1, 1)

    asyncio.run(story())
    committed = events(caplog, "frame_committed")
    assert sum(event["changes"] for event in committed) >= 30
    assert all(event["equal"] for event in events(caplog, "session_synced"))
    assert len(events(caplog, "session_ended")) == 6


def handshake(address: str, newest: ssl.TLSVersion) -> str | None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    context.maximum_version = newest
    context.set_alpn_protocols(["h2"])
    host, _, port = address.rpartition(":")
    with (
        socket.create_connection((host, int(port)), timeout=5) as plain,
        context.wrap_socket(plain) as line,
    ):
        return line.version()


def test_tls_before_1_3_is_refused_at_both_ports(tmp_path: Path) -> None:
    async def story() -> None:
        async with pair(tmp_path) as (county, _):
            for address in (county.address, county.enrol_address):
                assert (
                    await asyncio.to_thread(handshake, address, ssl.TLSVersion.TLSv1_3)
                ) == "TLSv1.3"
                with pytest.raises((ssl.SSLError, ConnectionError)):
                    await asyncio.to_thread(handshake, address, ssl.TLSVersion.TLSv1_2)

    asyncio.run(story())


def test_a_foreign_certificate_and_none_die_in_the_handshake(tmp_path: Path) -> None:
    async def story() -> None:
        async with pair(tmp_path) as (county, home):
            key = identity.Key.load(home / "node.key")
            stranger = identity.Key.generate(b"s" * 32)
            root = identity.new_root(stranger, "STRANGER", BOOT_FLOOR_MS, 365)
            request = identity.make_request(key)
            leaf = identity.issue(stranger, root, request, "TOWN0001", BOOT_FLOOR_MS, 365, True)
            for chain in ([leaf, root], []):
                with pytest.raises(grpc.aio.AioRpcError) as fault:
                    await answers_to(channel_of(home, county, chain=chain))
                assert fault.value.code() is grpc.StatusCode.UNAVAILABLE
            assert not county.exchange.sessions()
            # The other way round: a parent that does not descend from our root.
            with pytest.raises(grpc.aio.AioRpcError):
                await answers_to(channel_of(home, county, root=root))

    asyncio.run(story())


class Failing(RenewServiceServicer):
    """A service of ours with a fault that quotes a record."""

    def add_to(self, server: grpc.aio.Server) -> None:
        add_RenewServiceServicer_to_server(self, server)

    async def Renew(self, request: Any, context: Any) -> Any:
        raise KeyError("王桂兰 13812345678")


def test_a_fault_of_our_own_tells_a_caller_nothing(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    """GRPC would say the text of an unexpected exception to whoever called."""

    async def story() -> None:
        async with pair(tmp_path) as (county, _):
            server, port = open_port(county.replica, LOOPBACK, [Failing()], members_only=False)
            await server.start()
            address = f"127.0.0.1:{port}"
            shown = await asyncio.to_thread(presented_certificate, address)
            credentials = grpc.ssl_channel_credentials(identity.chain_to_pem([shown]))
            name = ("grpc.ssl_target_name_override", county.replica.author)
            async with grpc.aio.secure_channel(address, credentials, [name]) as channel:
                with pytest.raises(grpc.aio.AioRpcError) as fault:
                    await RenewServiceStub(channel).Renew(RenewRequest(), timeout=10)
            await server.stop(None)
        assert fault.value.code() is grpc.StatusCode.INTERNAL
        assert fault.value.details() == "The node failed; its log says where."

    asyncio.run(story())
    assert "王桂兰" not in "".join(capfd.readouterr())


def test_another_node_at_the_parents_address_is_not_taken_for_it(tmp_path: Path) -> None:
    async def story() -> None:
        async with pair(tmp_path) as (county, home):
            await sync(home)
            async with serving(home) as town:
                await admit(town, VILLAGE, tmp_path / "village")
                redirect(tmp_path / "village", [county.address, NOTHING_LISTENS])
                with pytest.raises(Refused, match="Nothing was told to it") as refusal:
                    await sync(tmp_path / "village")
                assert refusal.value.reason == "CERTIFICATE_UNKNOWN"
                assert county.replica.author in refusal.value.message

    asyncio.run(story())


def test_an_expired_certificate_is_told_so(tmp_path: Path) -> None:
    clock = ManualClock(BOOT_FLOOR_MS)

    async def story() -> None:
        limits = replace(QUICK, certificate_days=1, session_idle_s_max=1)
        async with pair(tmp_path, limits, clock) as (county, home):
            clock.advance(3 * DAY_MS)
            (frame,) = await answers_to(channel_of(home, county))
            assert frame.refusal.reason == Reason.REASON_CERTIFICATE_EXPIRED
            assert "has expired: it holds from 2026-11-01 to 2026-11-02" in frame.refusal.message
            assert not county.exchange.sessions()

    asyncio.run(story())


@pytest.mark.parametrize("own_clock_is_right", [True, False], ids=["knows", "is told"])
def test_an_expired_certificate_is_renewed_on_the_way(
    tmp_path: Path, own_clock_is_right: bool
) -> None:
    clock = ManualClock(BOOT_FLOOR_MS)

    async def story() -> None:
        async with pair(tmp_path, replace(QUICK, certificate_days=1), clock) as (_, home):
            clock.advance(3 * DAY_MS)
            before = identity.chain_from_pem((home / "chain.pem").read_bytes())
            own = clock if own_clock_is_right else ManualClock(BOOT_FLOOR_MS)

            def once() -> None:
                with Replica(home, SCHEMA, own) as town:
                    assert sync_once(town).equal
                    after = identity.read_certificate(town.core.chain[0])
                    identity.check_validity(after, clock.now_ms())

            await asyncio.to_thread(once)
            assert identity.chain_from_pem((home / "chain.pem").read_bytes()) != before

    asyncio.run(story())


def test_where_nobody_renews_the_refusal_is_what_people_read(tmp_path: Path) -> None:
    clock = ManualClock(BOOT_FLOOR_MS)

    async def story() -> None:
        async with pair(tmp_path, replace(QUICK, certificate_days=1), clock) as (_, home):
            clock.advance(3 * DAY_MS)
            # A parent that holds a key of its own and has never heard of this box's division.
            config = Config.load(home)
            key = identity.Key.generate(b"o" * 32)
            (home / "node.key").unlink()
            key.save(home / "node.key")
            config.author = key.author
            county = Replica(tmp_path / "county", SCHEMA, clock)
            core = county.core
            old = identity.issue(
                core.key, core.root.der, identity.make_request(key), "GONE0001", 0, 1, True
            )
            county.close()
            (home / "chain.pem").write_bytes(identity.chain_to_pem([old, core.root.der]))
            config.division = "GONE0001"
            config.save(home)
            with pytest.raises(Refused, match="has expired") as refusal:
                await sync(home)
            assert refusal.value.reason == "CERTIFICATE_EXPIRED"
            assert refusal.value.exit_code == 4

    asyncio.run(story())


# --- no answer -----------------------------------------------------------------------------------


def test_nobody_answers(tmp_path: Path) -> None:
    async def story() -> None:
        async with pair(tmp_path) as (county, home):
            await sync(home)
            with Replica(home, SCHEMA) as town:
                write_visits(town, 12)
            redirect(home, [NOTHING_LISTENS])
            with pytest.raises(ParentUnreachable) as error:
                await sync(home)
            assert str(error.value) == (
                f"Cannot reach the county at {NOTHING_LISTENS} (connection refused). "
                "12 changes are saved here and will be sent when it answers. "
                "To try now: linli sync"
            )
            redirect(home, [county.address])
            assert (await sync(home)).equal
        with (
            Replica(tmp_path / "county", SCHEMA) as replica,
            pytest.raises(UsageError, match="has no parent"),
        ):
            await asyncio.to_thread(sync_once, replica)

    asyncio.run(story())


def test_a_parent_that_takes_the_call_and_says_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("node.link.dialling.ANSWER_S_MAX", 0.5)

    async def story() -> None:
        async with pair(tmp_path) as (county, home), line_to(county.address) as line:
            line.silent = True
            redirect(home, [line.address])
            with pytest.raises(ParentUnreachable, match=r"no answer in 0\.5 s"):
                await sync(home)

    asyncio.run(story())


def test_a_dead_township_does_not_cut_off_its_village(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO", "linli")

    async def story() -> None:
        async with pair(tmp_path) as (county, town_home):
            async with serving(town_home) as town:
                await admit(town, VILLAGE, tmp_path / "village")
                assert (await sync(tmp_path / "village")).parent.author == town.replica.author
            assert (await sync(tmp_path / "village")).parent.author == county.replica.author
            async with serving(tmp_path / "village") as village:
                peer = village.replica.author
                await eventually(lambda: county.exchange.sessions(peer), "the county is dialled")
                write = village.exchange.commit(write_visits, village.replica, 1)
                (written,) = await write
                await until(county, lambda replica: replica.row("visit", written))
                # The township is back: the village returns to it, and the visit with it.
                async with serving(town_home) as town:
                    await eventually(lambda: town.exchange.sessions(peer), "it returns")
                    await until(town, lambda replica: replica.row("visit", written))
                    await eventually(
                        lambda: not county.exchange.sessions(peer), "the county is let go"
                    )

    asyncio.run(story())
    assert events(caplog, "parent_back")


# --- broken, slow and silent lines ---------------------------------------------------------------


async def passed(line: Proxy, home: Path) -> int:
    """How many bytes one exchange takes."""
    before = line.up + line.down
    assert (await sync(home)).equal
    return line.up + line.down - before


@pytest.mark.parametrize("seed", [1, 2])
def test_a_cut_at_any_byte_costs_less_than_a_frame(tmp_path: Path, seed: int) -> None:
    chance = random.Random(seed)

    async def story() -> None:
        async with pair(tmp_path, SMALL) as (county, home), line_to(county.address) as line:
            await sync(home)
            redirect(home, [line.address])
            overhead = await passed(line, home)
            with Replica(home, SCHEMA) as town:
                write_visits(town, VISITS)
                town.seal()
            clean = await _bytes_of_all(home)
            before = line.up
            cuts = 0
            while True:
                # Anywhere: in the handshake, between frames, within one.
                line.cut_at = line.up + line.down + chance.randrange(1, overhead + 40_000)
                try:
                    done = await sync(home)
                    break
                except ParentUnreachable:
                    cuts += 1
            assert done.equal
            assert cuts >= 4
            twice = line.up - before - clean - (cuts + 1) * overhead
            assert twice < cuts * SMALL.frame_bytes_max
            assert await until(county, lambda replica: replica.count("visit")) == VISITS
            with Replica(home, SCHEMA) as town:
                assert same(county.replica, town)

    asyncio.run(story())


async def _bytes_of_all(home: Path) -> int:
    """What the visits weigh as segments."""

    def weigh() -> int:
        with Replica(home, SCHEMA) as town:
            ledger = town.store.ledger
            return sum(
                segment.size
                for feed, heads in ledger.all_heads().items()
                if feed.author == town.author
                for head in ledger.lacking(feed, ())
                if heads and (segment := ledger.segment(feed, head)) is not None
            )

    return await asyncio.to_thread(weigh)


def test_a_slow_line_is_not_cut_off(tmp_path: Path) -> None:
    async def story() -> None:
        limits = replace(SMALL, session_idle_s_max=1)
        async with pair(tmp_path, limits) as (county, home), line_to(county.address) as line:
            redirect(home, [line.address])
            await sync(home)
            with Replica(home, SCHEMA) as town:
                write_visits(town, 200)
            line.bytes_per_s = 16_000
            began = asyncio.get_running_loop().time()
            assert (await sync(home)).equal
            assert asyncio.get_running_loop().time() - began > 1.5
            assert line.lines == 2

    asyncio.run(story())


def test_a_session_without_progress_is_given_up(tmp_path: Path) -> None:
    async def story() -> None:
        async with pair(tmp_path, replace(QUICK, session_idle_s_max=1)) as (county, home):
            (frame,) = await answers_to(channel_of(home, county))
            assert frame.refusal.reason == Reason.REASON_UNAVAILABLE
            assert "has made no progress for 1 s" in frame.refusal.message
            assert not county.exchange.sessions()

    asyncio.run(story())


# --- too much ------------------------------------------------------------------------------------


def test_a_first_frame_that_is_no_hello_ends_the_session(tmp_path: Path) -> None:
    async def story() -> None:
        async with pair(tmp_path) as (county, home):
            frame = Frame()
            frame.done.SetInParent()
            (answer,) = await answers_to(channel_of(home, county), frame)
            assert answer.refusal.reason == Reason.REASON_MALFORMED
            assert (await sync(home)).equal

    asyncio.run(story())


def test_a_message_beyond_the_limit_harms_nobody(tmp_path: Path) -> None:
    async def story() -> None:
        async with pair(tmp_path, replace(QUICK, message_bytes_max=1_048_576)) as (county, home):
            frame = Frame()
            frame.hello.policy = "x" * 2_000_000
            with pytest.raises(grpc.aio.AioRpcError):
                await answers_to(channel_of(home, county), frame)
            await eventually(lambda: not county.exchange.sessions(), "the session is over")
            assert (await sync(home)).equal

    asyncio.run(story())


def test_sessions_are_counted(tmp_path: Path) -> None:
    async def story() -> None:
        async with pair(tmp_path, replace(QUICK, sessions_max=5)) as (county, home):
            channels = [channel_of(home, county) for _ in range(6)]
            peer, open_here = Config.load(home).author, county.exchange.sessions
            calls: list[Any] = []
            for channel in channels[:4]:
                calls.append(SyncServiceStub(channel).Session())
                await eventually(lambda: len(open_here(peer)) == len(calls), "one more is open")
            # The oldest of the same author goes first: its line is the one that is dead.
            fifth: Any = SyncServiceStub(channels[4]).Session()
            await calls[0].read()
            await eventually(lambda: len(open_here(peer)) == 4, "four are left")
            limits = replace(county.replica.core.limits, sessions_max=4)
            county.replica.core.limits = limits
            sixth: Any = SyncServiceStub(channels[5]).Session()
            answer = (await sixth.read()).frame
            assert answer.refusal.reason == Reason.REASON_UNAVAILABLE
            assert "keeps 4 sessions open" in answer.refusal.message
            for call in (*calls, fifth, sixth):
                call.cancel()
            for channel in channels:
                await channel.close(None)

    asyncio.run(story())


def test_a_node_holds_no_session_with_itself(tmp_path: Path) -> None:
    async def story() -> None:
        async with pair(tmp_path, replace(QUICK, session_idle_s_max=1)) as (county, _):
            (frame,) = await answers_to(channel_of(tmp_path / "county", county))
            assert frame.refusal.reason == Reason.REASON_CERTIFICATE_SCOPE

    asyncio.run(story())


def test_a_refusal_stays_until_it_is_heard(tmp_path: Path) -> None:
    """Where the call ended at once, a slow caller learned only that it had failed."""

    async def story() -> None:
        async with (
            pair(tmp_path) as (county, _),
            channel_of(tmp_path / "county", county) as channel,
        ):
            call: Any = SyncServiceStub(channel).Session()
            assert (await call.read()).frame.refusal.reason == Reason.REASON_CERTIFICATE_SCOPE
            ended = asyncio.create_task(call.read())
            await asyncio.wait((ended,), timeout=0.5)
            assert not ended.done()
            await call.done_writing()
            async with asyncio.timeout(5):
                assert await ended is EOF

    asyncio.run(story())
