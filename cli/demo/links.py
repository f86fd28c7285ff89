"""A link between two nodes that can be cut, healed and made slow: a small proxy for TCP.

A child dials the link in place of its parent. What runs through is encrypted from end to end, so
the link sees bytes and counts them, and that is all it can do: let them pass, let them pass slowly,
or drop the line. A cut is abrupt on both sides, as when a cable is pulled.
"""

from __future__ import annotations

import asyncio
import contextlib
from types import TracebackType
from typing import Self

_CHUNK_BYTES = 65_536
_SLOW_CHUNK_BYTES = 1_024


class Link:
    """One link; listens on a port of its own on this machine.

    Args:
        name: What to call it, for people.
        host: Where the parent listens.
        port: The same.
        at: The address of this machine at which children reach the link.

    Attributes:
        bytes_up: Bytes that went to the parent so far.
        bytes_down: Bytes that came from it.
        whole: Whether it is not cut.
    """

    def __init__(self, name: str, host: str, port: int, at: str = "127.0.0.1") -> None:
        self.name = name
        self.bytes_up = 0
        self.bytes_down = 0
        self.whole = True
        self._target = (host, port)
        self._at = at
        self._bytes_per_s = 0
        self._server: asyncio.Server | None = None
        self._lines: set[asyncio.Task[None]] = set()
        self._writers: set[asyncio.StreamWriter] = set()

    async def start(self) -> None:
        """Begins to listen."""
        self._server = await asyncio.start_server(self._accept, self._at, 0)

    @property
    def address(self) -> str:
        """Host and port to dial."""
        return f"{self._at}:{self.port}"

    @property
    def port(self) -> int:
        """The port at which children reach it."""
        assert self._server is not None, "the link has been started"
        port: int = self._server.sockets[0].getsockname()[1]
        return port

    @property
    def lines(self) -> int:
        """How many connections run through it."""
        return len(self._lines)

    def cut(self) -> None:
        """Drops every line and lets no new one pass."""
        self.whole = False
        for writer in self._writers:
            writer.transport.abort()

    def heal(self) -> None:
        """Lets lines pass again; whoever wants one has to dial."""
        self.whole = True

    def throttle(self, bytes_per_s: int) -> None:
        """Makes it slow in both directions; 0 lifts that."""
        self._bytes_per_s = bytes_per_s

    async def close(self) -> None:
        """Ends it."""
        self.cut()
        if self._server is not None:
            self._server.close()
        for line in list(self._lines):
            line.cancel()
        await asyncio.gather(*self._lines, return_exceptions=True)
        if self._server is not None:
            await self._server.wait_closed()

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.close()

    # --- what runs through -----------------------------------------------------------------------

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        line = asyncio.current_task()
        assert line is not None
        self._lines.add(line)
        self._writers.add(writer)
        try:
            if self.whole:
                with contextlib.suppress(OSError):
                    await self._carry(reader, writer)
        except asyncio.CancelledError:
            pass  # the link is being closed, and nobody waits for this line
        finally:
            self._lines.discard(line)
            await self._drop(writer)

    async def _carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Joins a line to the parent until either side ends it."""
        far_reader, far_writer = await asyncio.open_connection(*self._target)
        self._writers.add(far_writer)
        up = asyncio.ensure_future(self._pump(reader, far_writer, up=True))
        down = asyncio.ensure_future(self._pump(far_reader, writer, up=False))
        try:
            await asyncio.wait((up, down), return_when=asyncio.FIRST_COMPLETED)
        finally:
            for half in (up, down):
                half.cancel()
            await asyncio.gather(up, down, return_exceptions=True)
            await self._drop(far_writer)

    async def _pump(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, *, up: bool
    ) -> None:
        while not self._is_cut():
            size = _SLOW_CHUNK_BYTES if self._bytes_per_s else _CHUNK_BYTES
            chunk = await reader.read(size)
            if not chunk:
                return
            if self._bytes_per_s:
                await asyncio.sleep(len(chunk) / self._bytes_per_s)
            if self._is_cut():
                return
            writer.write(chunk)
            await writer.drain()
            if up:
                self.bytes_up += len(chunk)
            else:
                self.bytes_down += len(chunk)

    def _is_cut(self) -> bool:
        return not self.whole

    async def _drop(self, writer: asyncio.StreamWriter) -> None:
        self._writers.discard(writer)
        writer.transport.abort()
        with contextlib.suppress(OSError):
            await writer.wait_closed()
