"""Who may answer for a parent: the one whose key it is, and only while its time lasts."""

from __future__ import annotations

import asyncio
import contextlib
import datetime
import json
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import grpc
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from linli.v1.sync_pb2_grpc import SyncServiceServicer, add_SyncServiceServicer_to_server
from node import identity
from node.care.records import SCHEMA
from node.clock import BOOT_FLOOR_MS, DAY_MS, ManualClock
from node.config import Config, ParentAddress
from node.errors import ParentUnreachable, Refused
from node.link import Exchange, Exchanged, dial, sync_once
from node.link.dialling import exchange_once
from node.replica import Replica
from tests.exchange.neighbours import (
    OTHER_TOWN,
    QUICK,
    TOWN,
    VILLAGE,
    admit,
    eventually,
    found,
    redirect,
    serving,
    write_visits,
)
from tests.exchange.proxy import line_to

NOTHING_LISTENS = "127.0.0.1:9"


class Listening(SyncServiceServicer):
    """Takes whatever it is told."""

    def __init__(self) -> None:
        self.heard: list[Any] = []

    async def Session(self, request_iterator: Any, context: Any) -> None:
        self.heard.append(await context.read())


@contextlib.asynccontextmanager
async def impostor(home: Path, name: str, root: bytes) -> AsyncIterator[tuple[str, Listening]]:
    """A port that a hostile node opens: its own authority signs a key under another's name."""
    own = identity.chain_from_pem((home / "chain.pem").read_bytes())
    authority = identity.Key.load(home / "node.key").pem
    key = ec.generate_private_key(ec.SECP256R1())
    leaf = (
        x509.CertificateBuilder()
        .issuer_name(x509.load_der_x509_certificate(own[0]).subject)
        .subject_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)]))
        .public_key(key.public_key())
        .serial_number(12_345)
        .not_valid_before(datetime.datetime(1970, 1, 2, tzinfo=datetime.UTC))
        .not_valid_after(datetime.datetime(2099, 1, 1, tzinfo=datetime.UTC))
        .add_extension(x509.BasicConstraints(False, None), critical=True)
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
    )
    issuer = serialization.load_pem_private_key(authority, None)
    assert isinstance(issuer, ec.EllipticCurvePrivateKey)
    der = leaf.sign(issuer, hashes.SHA256()).public_bytes(serialization.Encoding.DER)
    pem = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    pair = (pem, identity.chain_to_pem([der, *own]))
    credentials = grpc.ssl_server_credentials([pair], identity.chain_to_pem([root]), True)
    server, servicer = grpc.aio.server(), Listening()
    add_SyncServiceServicer_to_server(servicer, server)
    port = server.add_secure_port("127.0.0.1:0", credentials)
    await server.start()
    try:
        yield f"127.0.0.1:{port}", servicer
    finally:
        await server.stop(0)


async def sync(home: Path, clock: ManualClock) -> Exchanged:
    def once() -> Exchanged:
        with Replica(home, SCHEMA, clock) as replica:
            return sync_once(replica)

    return await asyncio.to_thread(once)


def test_an_impostor_with_a_townships_authority_hears_nothing(tmp_path: Path) -> None:
    async def story() -> None:
        found(tmp_path / "county")
        home = tmp_path / "village"
        async with serving(tmp_path / "county") as county:
            await admit(county, TOWN, tmp_path / "town")
            await admit(county, OTHER_TOWN, tmp_path / "other")
            root = county.replica.core.root.der
            async with serving(tmp_path / "town") as town:
                await admit(town, VILLAGE, home)
                await sync(home, ManualClock(BOOT_FLOOR_MS))
                genuine = town.address
        parent = Config.load(home).parents[0]
        stranger = identity.Key.generate(b"n" * 32).author
        with Replica(home, SCHEMA) as village:
            write_visits(village, 1)
            exchange = Exchange(village)
            # A parent whose certificate is known here, and one of which only the name is.
            for author in (parent.author, stranger):
                async with impostor(tmp_path / "other", author, root) as (address, servicer):
                    posed = ParentAddress(author, address, parent.division)
                    with pytest.raises(Refused, match="answers the key") as refusal:
                        await asyncio.wait_for(dial(exchange, posed, once=True), 30)
                    assert refusal.value.reason == "CERTIFICATE_UNKNOWN"
                    assert author in refusal.value.message
                    assert not servicer.heard
            # The parent itself is told everything, also by who looked at its certificate first.
            async with serving(tmp_path / "town"):
                shown = ParentAddress(parent.author, genuine, parent.division)
                assert (await dial(exchange, shown, once=True)).synced
            await exchange.close()

    asyncio.run(story())


def test_an_unknown_parent_that_cannot_be_reached(tmp_path: Path) -> None:
    async def story() -> None:
        found(tmp_path / "county")
        async with serving(tmp_path / "county") as county:
            await admit(county, TOWN, tmp_path / "town")
            with Replica(tmp_path / "town", SCHEMA) as town:
                exchange = Exchange(town)
                stranger = identity.Key.generate(b"n" * 32).author
                dead = ParentAddress(stranger, NOTHING_LISTENS, "NOWHERE1")
                with pytest.raises(ParentUnreachable, match=r"parent at .*\(connection refused\)"):
                    await dial(exchange, dead, once=True)
                async with line_to(county.address) as line:
                    line.refusing = True
                    broken = replace(dead, address=line.address)
                    with pytest.raises(ParentUnreachable, match=r"\(the line broke\)"):
                        await dial(exchange, broken, once=True)
                await exchange.close()

    asyncio.run(story())


def test_a_certificate_that_is_known_costs_no_connection(tmp_path: Path) -> None:
    async def story() -> None:
        found(tmp_path / "county")
        async with serving(tmp_path / "county") as county, line_to(county.address) as line:
            await admit(county, TOWN, tmp_path / "town")
            redirect(tmp_path / "town", [line.address])
            with Replica(tmp_path / "town", SCHEMA) as town:
                exchange = Exchange(town)
                for lines in (1, 2):
                    assert (await exchange_once(exchange)).equal
                    assert line.lines == lines
                await exchange.close()

    asyncio.run(story())


def test_a_parent_whose_time_is_over_is_passed_by_until_it_is_renewed(tmp_path: Path) -> None:
    clock = ManualClock(BOOT_FLOOR_MS)
    limits = replace(QUICK, certificate_days=10)
    county_home, town_home, home = (tmp_path / name for name in ("county", "town", "village"))

    async def story() -> None:
        found(county_home, clock, limits)
        async with serving(county_home, clock) as county:
            await admit(county, TOWN, town_home, limits=limits, clock=clock)
            clock.advance(5 * DAY_MS)
            async with serving(town_home, clock) as town:
                await admit(town, VILLAGE, home, limits=limits, clock=clock)
        clock.advance(7 * DAY_MS)
        author = Config.load(home).parents[0].author
        async with serving(town_home, clock):
            with pytest.raises(Refused, match=f"the parent {author} has expired") as refusal:
                await sync(home, clock)
            assert refusal.value.reason == "CERTIFICATE_EXPIRED"
        async with serving(county_home, clock) as county:
            async with serving(home, clock):
                peer = Config.load(home).author
                await eventually(lambda: county.exchange.sessions(peer), "the county is dialled")
            assert (await sync(town_home, clock)).equal  # and is renewed on the way
        async with serving(town_home, clock):
            # The village has heard of that from nobody: the township shows it.
            assert (await sync(home, clock)).parent.author == author

    asyncio.run(story())


def test_a_session_ends_when_the_childs_time_is_over(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO", "linli")
    monkeypatch.setattr("node.link.carrier._PUMP_S", 0.1)
    clock = ManualClock(BOOT_FLOOR_MS)

    def broken() -> list[str]:
        lines = [json.loads(one.message) for one in caplog.records if one.name == "linli"]
        return [line["reason"] for line in lines if line["event"] == "session_broken"]

    async def story() -> None:
        limits = replace(QUICK, certificate_days=1)
        found(tmp_path / "county", clock, limits)
        async with serving(tmp_path / "county", clock) as county:
            await admit(county, TOWN, tmp_path / "town", limits=limits, clock=clock)
            async with serving(tmp_path / "town", clock) as town:
                peer, open_here = town.replica.author, county.exchange.sessions
                await eventually(lambda: open_here(peer), "the session stands")
                clock.advance(3 * DAY_MS)
                await eventually(broken, "the session is ended")
                assert broken() == ["CERTIFICATE_EXPIRED"]
                await eventually(lambda: open_here(peer), "it stands again, renewed")
                own = identity.read_certificate(town.replica.core.chain[0])
                identity.check_validity(own, clock.now_ms())

    asyncio.run(story())
