"""A line that a test can spoil: it forwards TCP, and cuts, slows or refuses when told to."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator

CHUNK_BYTES = 4_096


class Proxy:
    """Stands between a child and its parent.

    Attributes:
        up: Bytes forwarded to the target.
        down: Bytes forwarded from it.
        lines: How many connections were forwarded.
        cut_at: The line breaks once so many bytes have passed in both directions together.
        bytes_per_s: How many bytes pass in a second, each way; 0 for no limit.
        refusing: Whether connections are closed at once.
        silent: Whether connections are taken and nothing is forwarded.
    """

    def __init__(self, target: str) -> None:
        host, _, port = target.rpartition(":")
        self._target = (host, int(port))
        self._writers: set[asyncio.StreamWriter] = set()
        self._tasks: set[asyncio.Task[None]] = set()
        self._server: asyncio.Server | None = None
        self.address = ""
        self.up = self.down = self.lines = 0
        self.cut_at: int | None = None
        self.bytes_per_s = 0
        self.refusing = self.silent = False

    async def start(self) -> None:
        self._server = await asyncio.start_server(self._accept, "127.0.0.1", 0)
        self.address = f"127.0.0.1:{self._server.sockets[0].getsockname()[1]}"

    async def stop(self) -> None:
        assert self._server is not None
        self._server.close()
        self.cut()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def cut(self) -> None:
        """Breaks every line, without a goodbye."""
        for writer in self._writers:
            writer.transport.abort()
        self._writers.clear()

    def retarget(self, address: str) -> None:
        host, _, port = address.rpartition(":")
        self._target = (host, int(port))

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self.refusing:
            writer.transport.abort()
            return
        self._writers.add(writer)
        if self.silent:
            return
        self.lines += 1
        try:
            onward, out = await asyncio.open_connection(*self._target)
        except OSError:
            writer.transport.abort()
            return
        self._writers.add(out)
        for source, sink, upward in ((reader, out, True), (onward, writer, False)):
            task = asyncio.create_task(self._forward(source, sink, upward))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def _forward(
        self, source: asyncio.StreamReader, sink: asyncio.StreamWriter, upward: bool
    ) -> None:
        with contextlib.suppress(OSError):
            while chunk := await source.read(CHUNK_BYTES):
                left = len(chunk)
                if self.cut_at is not None:
                    left = min(left, self.cut_at - self.up - self.down)
                if upward:
                    self.up += left
                else:
                    self.down += left
                sink.write(chunk[:left])
                await sink.drain()
                if left < len(chunk):
                    self.cut()
                    return
                if self.bytes_per_s:
                    await asyncio.sleep(len(chunk) / self.bytes_per_s)
        if not sink.is_closing():
            sink.close()


@contextlib.asynccontextmanager
async def line_to(target: str) -> AsyncIterator[Proxy]:
    proxy = Proxy(target)
    await proxy.start()
    try:
        yield proxy
    finally:
        await proxy.stop()
