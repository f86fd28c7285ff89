"""Serves pages with uvicorn in the node's own event loop.

Plain HTTP is spoken on the machine's own loopback addresses and nowhere else. At any other address
there is TLS, with a certificate that the node makes for that address; no setting turns it off.
"""

from __future__ import annotations

import asyncio
import contextlib
import ipaddress
import secrets
import socket
from collections.abc import Callable, Generator
from pathlib import Path

import uvicorn
from starlette.types import ASGIApp

from node.config import PAGES_KEY, write_file
from node.errors import StoreFault, UsageError
from node.events import tell
from node.link import Exchange, split_address
from node.web.certificate import context_for, fingerprint
from node.web.doorway import Access, Doorway
from node.web.site import Site

CONNECTIONS_MAX = 64
"""How many browsers are answered at once; a box has a handful."""

_KEY_CHARACTERS = 43
_KEEP_ALIVE_S = 5
_STOP_S_MAX = 1
_BACKLOG = 64

Build = Callable[[Site], ASGIApp]
"""Makes the pages of a site."""


class Served:
    """The pages of a node, while they are served.

    Args:
        exchange: The node's database thread.
        listen: Host and port; port 0 takes any.
        build: Makes the pages.

    Attributes:
        listen: Host and port with the number that was taken.
        address: Where a browser finds the pages, without the key.
        key: The access key.
        fingerprint: Of the certificate, as browsers show it; empty on loopback.
    """

    def __init__(self, exchange: Exchange, listen: str, build: Build) -> None:
        self.exchange = exchange
        self.listen = listen
        self.address = self.key = self.fingerprint = ""
        self._build = build
        self._uvicorn: _Uvicorn | None = None
        self._running: asyncio.Task[None] | None = None

    @property
    def opening(self) -> str:
        """What a person opens once: the address with the key."""
        return f"{self.address}/?key={self.key}"

    async def start(self) -> None:
        """Opens the port and begins to answer.

        Raises:
            UsageError: The address cannot be listened on.
            StoreFault: The key or the certificate cannot be kept.
        """
        core = self.exchange.replica.core
        host, _ = split_address(self.listen)
        self.key = await asyncio.to_thread(access_key, core.home)
        local = is_loopback(host)
        tls = None if local else await asyncio.to_thread(context_for, core.home, core.key, host)
        if tls:
            self.fingerprint = await asyncio.to_thread(fingerprint, core.home)
        door = await _opened(self.listen)
        port = door.getsockname()[1]
        self.listen = f"{self.listen.rpartition(':')[0]}:{port}"
        self.address = f"{'https' if tls else 'http'}://{self.listen}"
        access = Access(self.key, core.author, hosts_of(self.listen, local=local), bool(tls))
        site = Site(self.exchange, access)
        config = uvicorn.Config(
            Doorway(self._build(site), access, site),
            http="h11",
            ws="none",
            lifespan="off",
            log_config=None,
            log_level="warning",
            access_log=False,  # an address may hold a key or a name
            proxy_headers=False,
            server_header=False,
            backlog=_BACKLOG,
            limit_concurrency=CONNECTIONS_MAX,
            timeout_keep_alive=_KEEP_ALIVE_S,
            timeout_graceful_shutdown=_STOP_S_MAX,
        )
        config.load()
        config.ssl = tls
        self._uvicorn = _Uvicorn(config)
        self._running = asyncio.create_task(self._uvicorn.serve(sockets=[door]))
        await self._uvicorn.open.wait()
        tell("pages_started", author=core.author, address=self.listen)

    async def stop(self) -> None:
        """Answers what is being asked, and closes the port."""
        if self._uvicorn is None or self._running is None:
            return
        self._uvicorn.should_exit = True
        await self._running


class _Uvicorn(uvicorn.Server):
    """uvicorn that leaves the signals to the node and says when its port is open."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.open = asyncio.Event()

    @contextlib.contextmanager
    def capture_signals(self) -> Generator[None, None, None]:
        yield

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self.open.set()


def access_key(home: Path) -> str:
    """The node's access key, made where there is none.

    Raises:
        StoreFault: It cannot be kept, is too short, or is open to others.
    """
    path = home / PAGES_KEY
    try:
        mode, key = path.stat().st_mode & 0o777, path.read_text("ascii").strip()
    except FileNotFoundError:
        key = secrets.token_urlsafe(32)
        write_file(path, f"{key}\n".encode())
        return key
    except (OSError, UnicodeDecodeError) as fault:
        raise StoreFault(f"Cannot read the access key {path}: {fault}.") from fault
    if mode & 0o077 or len(key) < _KEY_CHARACTERS:
        raise StoreFault(
            f"The access key {path} is open to others or too short.",
            hint="Remove that file: `linli serve` makes a new key.",
        )
    return key


def is_loopback(host: str) -> bool:
    """Whether a host is this machine and nobody else can reach it."""
    if host == "localhost":
        return True
    with contextlib.suppress(ValueError):
        return ipaddress.ip_address(host).is_loopback
    return False


async def _opened(listen: str) -> socket.socket:
    """A socket bound to an address.

    Raises:
        UsageError: It names no single address, or cannot be listened on.
    """
    host, port = split_address(listen)
    with contextlib.suppress(ValueError):
        if ipaddress.ip_address(host).is_unspecified:
            raise UsageError(
                f"Pages cannot be served at '{listen}': a browser must name one address.",
                hint="Name the address at which phones reach this box, such as 10.2.0.5:8800.",
            )
    wanted = "127.0.0.1" if host == "localhost" else host
    try:
        found = await asyncio.get_running_loop().getaddrinfo(
            wanted, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )
        family, kind, protocol, _, place = found[0]
        door = socket.socket(family, kind, protocol)
        try:
            door.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            door.bind(place)
        except OSError:
            door.close()
            raise
    except OSError as fault:
        raise UsageError(
            f"Pages cannot be served at {listen}: {fault.strerror}.",
            hint="Give another address with --pages, or in node.toml as pages_listen.",
        ) from fault
    return door


def hosts_of(listen: str, *, local: bool) -> frozenset[str]:
    """What a browser that means this node writes into its Host header."""
    host, _, port = listen.lower().rpartition(":")
    hosts = {host, "localhost"} if local else {host}
    names = {f"{one}:{port}" for one in hosts}
    if port == ("80" if local else "443"):
        names |= hosts  # browsers leave the usual port out
    return frozenset(names)
