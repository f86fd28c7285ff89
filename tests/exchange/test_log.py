"""A bad day in three nodes, with marked names everywhere: the log tells all of it and nobody."""

from __future__ import annotations

import asyncio
import contextlib
import io
import json
from pathlib import Path
from typing import Any

import grpc
import pytest

from linli.v1.enrol_pb2 import EnrolRequest
from linli.v1.enrol_pb2_grpc import EnrolServiceStub
from linli.v1.sync_pb2 import SessionRequest
from linli.v1.sync_pb2_grpc import SyncServiceStub
from node import identity
from node.care.records import SCHEMA
from node.errors import LinliError
from node.events import FIELDS, listening
from node.link import presented_certificate, sync_once
from node.link.tls import dial_credentials, dial_options
from node.members import join
from node.replica import Insert, Replica
from node.server import Server
from node.wire import Frame
from tests.exchange.neighbours import (
    TOWN,
    VILLAGE,
    admit,
    eventually,
    found,
    redirect,
    serving,
    until,
)

MARK = "秘密"
NUMBER = "130732194603120026"
PHONE = "13800138000"
SAID = f"{MARK} {NUMBER} {PHONE}"
PERSON = {"name": MARK, "id_number": NUMBER, "phone": PHONE, "address": SAID, "note": SAID}


async def strangers_call(server: Server) -> None:
    """Somebody guesses, and sends what is no request at all."""
    pin = await asyncio.to_thread(presented_certificate, server.enrol_address)
    credentials = grpc.ssl_channel_credentials(identity.chain_to_pem([pin]))
    options = [("grpc.ssl_target_name_override", server.replica.author)]
    async with grpc.aio.secure_channel(server.enrol_address, credentials, options) as channel:
        key = identity.Key.generate(b"s" * 32)
        for request in (
            EnrolRequest(secret=SAID.encode(), certificate_request=SAID.encode(), user=SAID),
            EnrolRequest(
                secret=SAID.encode(), certificate_request=identity.make_request(key), user=SAID
            ),
        ):
            with pytest.raises(grpc.aio.AioRpcError):
                await EnrolServiceStub(channel).Enrol(request, timeout=10)


async def member_says_nonsense(server: Server, home: Path) -> None:
    """A member opens sessions that make no sense."""
    pin = await asyncio.to_thread(presented_certificate, server.address)
    with Replica(home, SCHEMA) as member:
        credentials = dial_credentials(member, pin)
        options = dial_options(member.core.limits, server.replica.author)
    async with grpc.aio.secure_channel(server.address, credentials, options) as channel:
        for frame in (Frame(), Frame(refusal={"message": SAID}), Frame(segments={"number": 9})):
            call: Any = SyncServiceStub(channel).Session()
            with contextlib.suppress(grpc.aio.AioRpcError):
                await call.write(SessionRequest(frame=frame))
                await call.done_writing()
                await call.read()
                await call.read()


async def own_code_fails(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    """A fault of ours that quotes a record, in a call and in a task that nobody asks."""

    def fails(*arguments: object) -> None:
        raise ValueError(SAID)

    with monkeypatch.context() as patch:
        patch.setattr("node.members.admitting.enrol", fails)
        await strangers_call(server)
    forgotten = asyncio.get_running_loop().create_future()
    forgotten.set_exception(ValueError(SAID))
    del forgotten
    await asyncio.sleep(0)


async def database_fails(server: Server, home: Path) -> None:
    """A table is gone for a while."""
    with Replica(home, SCHEMA) as beside:
        alter = beside.store.connection.exec_driver_sql
        for table in ("node", "tail"):
            alter(f"ALTER TABLE {table} RENAME TO {table}_gone")
        for _ in range(3):
            with pytest.raises(LinliError):
                await server.exchange.commit(
                    lambda: server.replica.write(
                        server.replica.division, [Insert("person", PERSON)], user=MARK
                    )
                )
        await server.health.look()
        await asyncio.sleep(0.5)
        for table in ("node", "tail"):
            alter(f"ALTER TABLE {table}_gone RENAME TO {table}")


def misuse(home: Path) -> None:
    """Writes that are refused, and quote what was typed."""
    with Replica(home, SCHEMA) as replica:
        for wrong in (
            Insert("person", {"name": 3}),
            Insert(MARK, {}),
            Insert("person", {MARK: SAID}),
            Insert("person", {"name": SAID * 5000}),
        ):
            with pytest.raises(LinliError):
                replica.write(replica.division, [wrong], user=MARK)


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_a_bad_day_is_logged_and_nobody_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stream = io.StringIO()
    homes = {name: tmp_path / MARK / name for name in ("county", "town", "village")}
    homes["county"].parent.mkdir()

    async def story() -> None:
        found(homes["county"])
        async with serving(homes["county"]) as county:
            await admit(county, TOWN, homes["town"])
            async with serving(homes["town"]) as town:
                await admit(town, VILLAGE, homes["village"])
                with Replica(homes["village"], SCHEMA) as village:
                    await asyncio.to_thread(sync_once, village)
                    village.write(village.division, [Insert("person", PERSON)], user=MARK)
                misuse(homes["village"])
                async with serving(homes["village"]):
                    await until(county, lambda replica: replica.rows("person"))
                    await database_fails(town, homes["town"])
                await strangers_call(town)
                await member_says_nonsense(town, homes["village"])
                await own_code_fails(town, monkeypatch)
        redirect(homes["town"], ["127.0.0.1:1"])
        async with serving(homes["town"]):
            await eventually(lambda: "parent_failed" in stream.getvalue(), "no parent answers")
        with pytest.raises(LinliError):
            join(tmp_path / MARK / "other", SCHEMA, SAID, user=MARK)

    with listening(stream, verbose=True):
        asyncio.run(story())
    text = stream.getvalue()
    for secret in (MARK, NUMBER, PHONE, json.dumps(MARK).strip('"'), str(tmp_path)):
        assert secret not in text
    lines = [json.loads(line) for line in text.splitlines()]
    told = {line["event"] for line in lines}
    assert told >= {
        "server_started", "server_stopped", "session_started", "session_synced", "session_ended",
        "session_broken", "frame_committed", "node_admitted", "enrolment_refused",
        "database_failed", "health_changed", "parent_failed", "library",
    }, told  # fmt: skip
    known = {*FIELDS, "time", "level", "event", "withheld"}
    assert all(line.keys() <= known for line in lines)
    withheld = [line for line in lines if line.get("withheld")]
    assert not withheld, "ordinary facts have the form that was declared for them"
