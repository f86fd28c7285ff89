"""Starts and stops everything that a node does while it is on.

A node that serves answers its children, admits newcomers, keeps a session with a parent, and looks
a few times a second whether somebody has written: a command typed at the same box writes into the
same database and says nothing. What it finds it seals, so that it can leave, and wakes the
sessions. On the county it also signs beacons.

Only one process serves a node; any number of commands may work beside it.
"""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
import os
import signal
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import IO, Any

from node.clock import Clock
from node.errors import LinliError, StoreFault
from node.events import WARNING, tell
from node.link import (
    Dialler,
    Exchange,
    Servicer,
    SyncServicer,
    exchange_once,
    open_port,
    split_address,
)
from node.members import EnrolServicer, RenewServicer
from node.members.folder import lock
from node.replica import Replica
from node.schema import Schema
from node.watch import Tend, Watch
from node.web.pages import Pages, PagesAt

_GRACE_S = 1.0


class Server:
    """Everything that runs for `linli serve`.

    Args:
        home: The node's folder.
        schema: What the node keeps.
        clock: What time it is here.
        entropy: Gives random bytes.
        pages_at: Makes what serves pages; None where no pages are served whatever is set.
        pages_listen: Where pages are served this time, instead of where the node's settings say.
        watch_listen: Where the watch port is this time, instead of where the settings say.
        tend: Does what follows from what has come.

    Attributes:
        exchange: The replica's thread and its sessions; there while the server is started.
        watch_address: Where the watch port is; empty where there is none.
        pages: What serves pages, where any are served.
    """

    exchange: Exchange
    pages: Pages | None

    def __init__(
        self,
        home: Path,
        schema: Schema,
        clock: Clock | None = None,
        entropy: Callable[[int], bytes] = os.urandom,
        *,
        pages_at: PagesAt | None = None,
        pages_listen: str = "",
        watch_listen: str = "",
        tend: Tend | None = None,
    ) -> None:
        self.home = home
        self._tend = tend
        self.pages = None
        self._pages_at = pages_at
        self._pages_listen = pages_listen
        self._schema = schema
        self._clock = clock
        self._entropy = entropy
        self._lock: IO[str] | None = None
        self._ports: list[Any] = []
        self._tasks: list[asyncio.Task[None]] = []
        self._asked = asyncio.Event()
        self._watch: Watch | None = None
        self.health: Any = None  # a Health, whose room is imported only where somebody may ask
        self._watch_listen = watch_listen
        self.watch_address = ""

    @property
    def replica(self) -> Replica:
        """The replica; touch it with `exchange.run` and `exchange.commit` only."""
        return self.exchange.replica

    @property
    def address(self) -> str:
        """Where children find this node; empty where it has none."""
        config = self.replica.core.config
        return config.address or config.listen

    @property
    def enrol_address(self) -> str:
        """Where newcomers find this node; empty where nobody joins here."""
        config = self.replica.core.config
        return config.enrol_address or config.enrol_listen

    async def start(self) -> None:
        """Takes the lock, opens the replica and the ports, and begins to dial.

        Raises:
            UsageError: The node is served already, or a port is taken.
            StoreFault: The database would not keep its promises.
        """
        self._lock = lock(self.home)
        try:
            replica = await asyncio.to_thread(
                Replica, self.home, self._schema, self._clock, self._entropy
            )
            self.exchange = Exchange(replica)
            if replica.store.read_only:
                raise StoreFault(replica.store.read_only, hint="To see what is here: linli doctor")
            self._watch = Watch(self.exchange, self._tend)
            await self._ask_for_lost_branch()
            await self._open_ports()
        except BaseException:
            await self.stop()
            raise
        self._tasks.append(asyncio.create_task(self._watch.run()))
        if replica.core.config.parents:
            self._tasks.append(asyncio.create_task(Dialler(self.exchange).run()))
        tell("server_started", author=replica.author, address=self.address)

    async def _ask_for_lost_branch(self) -> None:
        """Where the database was put back, asks above first: what is written before then forks."""
        replica = self.replica
        if not replica.core.config.parents or not replica.rolled_back:
            return
        try:
            async with asyncio.timeout(replica.core.limits.lost_branch_wait_s_max):
                await exchange_once(self.exchange)
        except (LinliError, TimeoutError) as error:
            tell("lost_branch_not_fetched", WARNING, error=error)

    async def _open_ports(self) -> None:
        exchange, replica = self.exchange, self.replica
        config = replica.core.config
        before = dataclasses.astuple(config)
        health = await self._open_watch()
        members: list[Servicer] = [SyncServicer(exchange), RenewServicer(exchange), *health]
        strangers = (EnrolServicer(exchange),)
        if config.listen:
            config.listen, bound = await self._open(config.listen, members, members_only=True)
            config.address = config.address or bound
        if config.enrol_listen:
            config.enrol_listen, bound = await self._open(
                config.enrol_listen, strangers, members_only=False
            )
            config.enrol_address = config.enrol_address or bound
        await self._open_pages()
        if dataclasses.astuple(config) != before:  # otherwise a person's comments would go
            await self.exchange.run(config.save, self.home)

    async def _open_pages(self) -> None:
        config = self.replica.core.config
        listen = self._pages_listen or config.pages_listen
        if self._pages_at is None or not listen:
            return
        self.pages = self._pages_at(self.exchange, listen)
        await self.pages.start()
        if not self._pages_listen:
            config.pages_listen = self.pages.listen

    async def _open_watch(self) -> list[Servicer]:
        """Begins to say whether the node is well, where anybody could ask; returns what answers."""
        config = self.replica.core.config
        listen = self._watch_listen or config.watch_listen
        if not config.listen and not listen:
            return []
        from node.link.health import Health, open_watch  # most villages need none of it

        self.health = Health(self.exchange)
        await self.health.look()
        self._tasks.append(asyncio.create_task(self.health.run()))
        if listen:
            server, port = open_watch(self.health, listen)
            self._ports.append(server)
            await server.start()
            self.watch_address = f"{listen.rpartition(':')[0]}:{port}"
            if not self._watch_listen:
                config.watch_listen = self.watch_address
        return [self.health]

    async def _open(
        self, listen: str, servicers: Sequence[Servicer], *, members_only: bool
    ) -> tuple[str, str]:
        """Opens a port; returns it with its number, for next time, and as an address to tell."""
        server, port = open_port(self.replica, listen, servicers, members_only=members_only)
        self._ports.append(server)
        await server.start()
        host = listen.rpartition(":")[0]
        fixed = f"{host}:{port}"
        anywhere = split_address(listen)[0] in ("0.0.0.0", "::")
        return fixed, "" if anywhere else fixed

    async def wait(self) -> None:
        """Returns when somebody asked the server to stop; raises what broke it."""
        asked = asyncio.create_task(self._asked.wait())
        try:
            done, _ = await asyncio.wait((asked, *self._tasks), return_when=asyncio.FIRST_COMPLETED)
            for task in done:
                await task
        finally:
            asked.cancel()

    def ask_to_stop(self) -> None:
        """Makes `wait` return."""
        self._asked.set()

    async def stop(self) -> None:
        """Ends every session, closes the ports and the database; what was committed stays."""
        if self.health is not None:
            await self.health.stop()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        if self.pages is not None:
            await self.pages.stop()
        if hasattr(self, "exchange"):
            for session in self.exchange.sessions():
                session.stop()
            await asyncio.gather(*(server.stop(_GRACE_S) for server in self._ports))
            await self.exchange.close()
            self.replica.close()
            tell("server_stopped", author=self.replica.author)
        if self._lock is not None:
            self._lock.close()
            self._lock = None


def serve(
    home: Path,
    schema: Schema,
    ready: Callable[[Server], None] = lambda server: None,
    clock: Clock | None = None,
    *,
    pages_at: PagesAt | None = None,
    pages_listen: str = "",
    watch_listen: str = "",
    tend: Tend | None = None,
) -> None:
    """Serves a node until SIGTERM or SIGINT.

    Args:
        home: The node's folder.
        schema: What the node keeps.
        ready: Called once the ports are open.
        clock: What time it is here.
        pages_at: Makes what serves pages.
        pages_listen: Where pages are served this time, instead of where the node's settings say.
        watch_listen: Where the watch port is this time, instead of where the settings say.
        tend: Does what follows from what has come.
    """

    async def run() -> None:
        server = Server(
            home,
            schema,
            clock,
            pages_at=pages_at,
            pages_listen=pages_listen,
            watch_listen=watch_listen,
            tend=tend,
        )
        await server.start()
        try:
            loop = asyncio.get_running_loop()
            for number in (signal.SIGTERM, signal.SIGINT):
                loop.add_signal_handler(number, server.ask_to_stop)
            ready(server)
            await server.wait()
        finally:
            with contextlib.suppress(asyncio.CancelledError):
                await server.stop()

    asyncio.run(run())
