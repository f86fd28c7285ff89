"""Whether this node is well, said in the way that tools already ask: the standard health service.

It stands on the members' port, inside mutual TLS, and on the watch port. The watch port is plain
text and therefore on loopback only; it offers this service, the reflection of what Linli's services
look like, and nothing else: nobody syncs or enrols there.

Under the name `linli.disk` it says whether the disk is to be trusted: not, from its first failure
on until somebody has had every page checked.

A node serves while its database answers, and ceases to when the database fails, takes too long, or
has gone from the disk, which an open file would hide until the next start. It is looked for by
reading, since a box's card wears with every write.

Imported only where somebody is to be answered, or asks.
"""

from __future__ import annotations

import asyncio
import ipaddress

import grpc
from grpc_health.v1.health import SERVICE_NAME as HEALTH
from grpc_health.v1.health import aio  # type: ignore[attr-defined]
from grpc_health.v1.health_pb2 import HealthCheckRequest, HealthCheckResponse
from grpc_health.v1.health_pb2_grpc import HealthStub, add_HealthServicer_to_server

from node.errors import LinliError, ParentUnreachable, StoreFault, UsageError
from node.events import INFO, WARNING, tell
from node.link.exchange import Exchange
from node.link.refusals import cause
from node.link.tls import split_address
from node.replica import Replica

SYNC = "linli.v1.SyncService"
SERVICES = ("", SYNC)
"""For whom the question is answered; the empty name is the node as a whole."""

DISK = "linli.disk"
"""Whether the disk has not failed since somebody looked; the node may serve all the same."""

REFLECTED = (SYNC, "linli.v1.EnrolService", "linli.v1.RenewService", HEALTH)
"""What reflection lists on the watch port."""

LOOK_S = 2.0
ANSWER_S_MAX = 30.0
"""How long the database may be busy with other work before the node counts as not serving."""

_WATCH_BYTES_MAX = 65_536
_WATCH_CALLS_MAX = 16
_STATES = {
    True: HealthCheckResponse.SERVING,
    False: HealthCheckResponse.NOT_SERVING,
}


class Health:
    """Answers on every port of a node, and looks after what it answers.

    Args:
        exchange: The exchange of this node.
    """

    def __init__(self, exchange: Exchange) -> None:
        self.exchange = exchange
        self._servicer = aio.HealthServicer()
        self._serving: bool | None = None
        self._trusted = True

    def add_to(self, server: grpc.aio.Server) -> None:
        """Puts the service on a port."""
        add_HealthServicer_to_server(self._servicer, server)

    async def run(self) -> None:
        """Looks until it is cancelled."""
        while True:
            await self.look()
            await asyncio.sleep(LOOK_S)

    async def look(self) -> None:
        """Asks the database, and says what came of it."""
        trouble: Exception | None = None
        try:
            async with asyncio.timeout(ANSWER_S_MAX):
                self._trusted = await self.exchange.run(_ask_store, self.exchange.replica)
        except (LinliError, TimeoutError) as error:
            trouble = error
        serving = trouble is None
        if serving is not self._serving:
            self._serving = serving
            tell("health_changed", INFO if serving else WARNING, error=trouble, serving=serving)
        for service in SERVICES:
            await self._servicer.set(service, _STATES[serving])
        await self._servicer.set(DISK, _STATES[self._trusted])

    async def stop(self) -> None:
        """Says from now on that nothing is served."""
        await self._servicer.enter_graceful_shutdown()


def _ask_store(replica: Replica) -> bool:
    """Reads a value of the database, whose file must still be where the next start looks for it.

    Returns:
        Whether the disk is to be trusted.

    Raises:
        StoreFault: It does not answer, or would not open again.
    """
    store = replica.store
    store.integer("schema")
    try:
        size = store.path.stat().st_size
    except OSError as fault:
        raise StoreFault(f"The database {store.path} is gone ({fault.strerror}).") from fault
    if not size:
        raise StoreFault(f"The database {store.path} is empty.")
    return not store.alerts()


# --- the watch port ------------------------------------------------------------------------------


def check_loopback(address: str) -> None:
    """Refuses an address that others than this box could reach.

    Raises:
        UsageError: It is no address, or not one of loopback.
    """
    host, _ = split_address(address)
    try:
        within = ipaddress.ip_address(host).is_loopback
    except ValueError:
        within = False  # a name may lead anywhere tomorrow
    if not within:
        raise UsageError(
            f"The watch port cannot be at {address}: it has no TLS, so it stays on this box.",
            hint="Write 127.0.0.1 or [::1] and a port, as in 127.0.0.1:7445. From elsewhere, ask"
            " the health service on the members' port, with a member's certificate.",
        )


def open_watch(health: Health, listen: str) -> tuple[grpc.aio.Server, int]:
    """Prepares the watch port; the caller starts the server.

    Args:
        health: What answers there.
        listen: Host and port; port 0 takes any.

    Returns:
        The server and the port that it has.

    Raises:
        UsageError: The address is not one of loopback, or is taken.
    """
    from grpc_reflection.v1alpha.reflection import enable_server_reflection  # costs 1 MB

    check_loopback(listen)
    options = [
        ("grpc.so_reuseport", 0),
        ("grpc.max_receive_message_length", _WATCH_BYTES_MAX),
    ]
    server = grpc.aio.server(options=options, maximum_concurrent_rpcs=_WATCH_CALLS_MAX)
    health.add_to(server)
    enable_server_reflection(REFLECTED, server)
    try:
        port = server.add_insecure_port(listen)
    except RuntimeError:
        port = 0
    if not port:
        raise UsageError(
            f"Cannot watch at {listen}: the port is taken.",
            hint="Stop what holds it, or change `watch_listen` in node.toml.",
        )
    return server, port


def ask(address: str, timeout_s: float, service: str = "") -> bool:
    """Asks the watch port of a node on this box whether it serves.

    Args:
        address: Its address.
        timeout_s: How long it may take.
        service: For which of the names it is asked; the empty one is the node as a whole.

    Raises:
        UsageError: The address is not one of loopback.
        ParentUnreachable: Nothing answers there.
    """
    check_loopback(address)
    options = [("grpc.enable_http_proxy", 0), ("grpc.use_local_subchannel_pool", 1)]
    with grpc.insecure_channel(address, options) as channel:
        try:
            answer = HealthStub(channel).Check(
                HealthCheckRequest(service=service), timeout=timeout_s
            )
        except grpc.RpcError as fault:
            raise ParentUnreachable(
                f"No node answers at {address} ({cause(fault)}).",
                hint=f"Start it with: linli serve --watch {address}",
            ) from fault
    return bool(answer.status == HealthCheckResponse.SERVING)
