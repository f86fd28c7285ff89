"""Who takes up a port: how many connections and calls, whose, for how long.

A port stands open to whoever finds it, and a line costs a stranger next to nothing. gRPC bounds a
great deal by its options; what it does not bound, measured with grpcio 1.85:

* a call whose request never comes holds one of the port's calls for ever;
* it knows no callers: one of them may take every call that the port has;
* a header that does not end is kept, up to 16 MB for each connection;
* nor does it know addresses: one of them may take every connection.

So a call waits for its request for `REQUEST_S_MAX`, a caller has `CALLS_PER_CALLER` calls, and a
connection that carries no call may send `UNASKED_BYTES_MAX`. Once a port is half full, an address
keeps `WAITING_PER_ADDRESS` connections without a call: many honest boxes may stand behind one
address, and none of them stays without a call for long.

A connection is shut down by way of its handle, which is this process's own. Whoever has many
addresses can still take up a port; members who have a session keep it, and memory stays bounded.
"""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import os
import resource
import socket
import stat
from collections import Counter, defaultdict
from collections.abc import Awaitable, Callable, Iterator
from typing import Any
from urllib.parse import unquote

import grpc
from grpc.aio import EOF  # type: ignore[attr-defined]

from node.errors import ParentUnreachable, RefusedBytes
from node.events import WARNING, tell
from node.link.refusals import abort

REQUEST_S_MAX = 20.0
CALLS_PER_CALLER = 8
UNASKED_BYTES_MAX = 131_072
WAITING_PER_ADDRESS = 32
LOOK_S = 0.25

_HANDLES = "/proc/self/fd"
_LOOKED_AT = os.path.isdir(_HANDLES)
"""Only Linux shows a process its handles; elsewhere calls alone are counted."""
_HANDLES_MAX = 8_192
_HANDLES_KEPT = 256
"""What the database, the logs and the pages may need."""
_RECEIVED_AT = slice(128, 136)
"""Where the kernel's `tcp_info` says how many bytes have come."""

Place = tuple[str, int]


def connections_max(wanted: int) -> int:
    """How many connections a port may keep, as far as this process has handles for them."""
    least, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    handles = _HANDLES_MAX if most == resource.RLIM_INFINITY else min(most, _HANDLES_MAX)
    if least < handles:
        resource.setrlimit(resource.RLIMIT_NOFILE, (handles, most))
    return max(min(wanted, (max(least, handles) - _HANDLES_KEPT) // 2), 1)


class Porter(grpc.aio.ServerInterceptor):  # type: ignore[type-arg]
    """Stands at one port.

    Args:
        places: How many connections the port keeps.
    """

    def __init__(self, places: int) -> None:
        self.places = places
        self._port = 0
        self._calls: Counter[str] = Counter()
        self._carrying: Counter[Place] = Counter()
        self._sent: dict[Place, int] = {}  # by a connection when it last carried a call

    # --- calls -----------------------------------------------------------------------------------

    async def intercept_service(
        self, continuation: Callable[[Any], Awaitable[Any]], details: Any
    ) -> Any:
        """Wraps what answers a call, so that it is counted before its request is awaited."""
        handler = await continuation(details)
        if handler is None:
            return None
        read, write = handler.request_deserializer, handler.response_serializer
        if handler.unary_unary is not None:
            work = self._counted(_asked(handler.unary_unary))
            return grpc.stream_unary_rpc_method_handler(work, read, write)
        if handler.unary_stream is not None:
            work = self._counted(_asked(handler.unary_stream))
            return grpc.stream_stream_rpc_method_handler(work, read, write)
        return handler._replace(stream_stream=self._counted(handler.stream_stream))

    def _counted(
        self, work: Callable[[Any, Any], Awaitable[Any]]
    ) -> Callable[[Any, Any], Awaitable[Any]]:
        async def call(requests: Any, context: Any) -> Any:
            place = _place(unquote(context.peer()))
            caller = _caller(context, place)
            if self._calls[caller] >= CALLS_PER_CALLER:
                await abort(context, _too_many())
            self._calls[caller] += 1
            self._carrying[place] += 1
            try:
                return await work(requests, context)
            finally:
                _less(self._calls, caller)
                _less(self._carrying, place)

        return call

    # --- connections -----------------------------------------------------------------------------

    async def run(self, port: int) -> None:
        """Looks after the connections of a port until it is cancelled."""
        self._port = port
        while _LOOKED_AT:
            await asyncio.sleep(LOOK_S)
            self.look()

    def look(self) -> None:
        """Shuts down the connections that take more than their part."""
        with contextlib.ExitStack() as stack:
            lines = {place: stack.enter_context(line) for place, line in _lines(self._port)}
            idle = [place for place in lines if not self._carrying[place]]
            now = {place: _received(line) for place, line in lines.items()}
            before = self._sent
            self._sent = {place: before.get(place, 0) for place in before if place in lines}
            for place, received in now.items():
                self._sent.setdefault(place, 0)
                if self._carrying[place]:
                    self._sent[place] = received
            surplus = {p for p in idle if now[p] - self._sent[p] > UNASKED_BYTES_MAX}
            if len(lines) > self.places // 2:
                surplus |= self._crowding(idle)
            for place in surplus:
                with contextlib.suppress(OSError):
                    lines[place].shutdown(socket.SHUT_RDWR)
        if surplus:
            tell("connections_shut", WARNING, number=len(surplus))

    def _crowding(self, idle: list[Place]) -> set[Place]:
        """All but the newest connections without a call of addresses that have many."""
        order = {place: number for number, place in enumerate(self._sent)}
        by_address: defaultdict[str, list[Place]] = defaultdict(list)
        for place in sorted(idle, key=lambda place: order[place]):
            by_address[place[0]].append(place)
        return {p for places in by_address.values() for p in places[:-WAITING_PER_ADDRESS]}


def _too_many() -> ParentUnreachable:
    return ParentUnreachable(
        f"This caller has {CALLS_PER_CALLER} calls open here.", hint="Try again later."
    )


def _asked(work: Callable[[Any, Any], Awaitable[Any]]) -> Callable[[Any, Any], Awaitable[Any]]:
    """Reads the one request of a call, for which gRPC by itself would wait for ever."""

    async def call(_: Any, context: Any) -> Any:
        request = EOF
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(REQUEST_S_MAX):
                request = await context.read()
        if request is EOF:
            await abort(context, RefusedBytes("A call without a request.", reason="MALFORMED"))
        return await work(request, context)

    return call


def _caller(context: Any, place: Place) -> str:
    """Who calls: the key of a certificate that TLS has checked, or else an address."""
    shown = b"".join(context.auth_context().get("x509_pem_cert", ()))
    return hashlib.sha256(shown).hexdigest() if shown else place[0]


def _place(peer: str) -> Place:
    """The other end of a line, from gRPC's `ipv4:10.2.0.5:51234` or `ipv6:[fd00::5]:51234`."""
    host, _, port = peer.partition(":")[2].rpartition(":")
    return _plain(host.strip("[]")), int(port) if port.isdigit() else 0


def _plain(host: str) -> str:
    """An address as the kernel and gRPC both write it."""
    return host.removeprefix("::ffff:").partition("%")[0]


def _less(counts: Counter[Any], key: Any) -> None:
    counts[key] -= 1
    if counts[key] <= 0:
        del counts[key]


def _lines(port: int) -> Iterator[tuple[Place, socket.socket]]:
    """The connections of this process at a port, each by a handle of its own.

    Nothing but a socket is ever copied. Whoever closes a copy of a database's handle gives up all
    locks that the process has on that file, and another process writes into it at the same time.
    """
    for name in os.listdir(_HANDLES):
        with contextlib.suppress(OSError):
            if not stat.S_ISSOCK(os.stat(f"{_HANDLES}/{name}").st_mode):
                continue
            handle = os.dup(int(name))
            if not stat.S_ISSOCK(os.fstat(handle).st_mode):
                continue  # another thread has opened a file there just now: the copy stays open
            line = socket.socket(fileno=handle)
            try:
                ours = line.family in (socket.AF_INET, socket.AF_INET6)
                if ours and line.getsockname()[1] == port:
                    host, number = line.getpeername()[:2]
                    yield (_plain(host), number), line
                    continue
            except OSError:
                pass  # it listens, or has just gone
            line.close()


def _received(line: socket.socket) -> int:
    """How many bytes have come over a connection."""
    told = line.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, _RECEIVED_AT.stop)
    return int.from_bytes(told[_RECEIVED_AT], "little")
