"""A link that can be spoiled in every way a line in the country is: the chaos proxy.

It is the link of `linli demo`, which can be cut, healed and slow, and adds what only a bad line
does: bytes that are on their way for seconds, a break after exactly so many of them, one direction
or both clogged, a line that leads nowhere and does not say so, and a line whose near end moves away
while its far end still listens.

It carries TCP, so the bytes of one line cannot change places, and none is lost while the line
stands. What one line still has under way can reach the parent after a younger line's first bytes
(`rebind`), and the two directions keep time apart (`clogged`). Packets are lost below it, by the
kernel (`losing` of namespaces).
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import Literal

from cli.demo.links import Link

Way = Literal["up", "down"]

SLOWEST_BYTES_PER_S = 2_000
"""16 kbit/s."""

_CHUNK_BYTES = 16_384
_SLICE_BYTES = 256
_CHUNKS_UNDER_WAY = 64


@dataclass(frozen=True)
class Weather:
    """What a link does to all that runs through it.

    Attributes:
        delay_s: How long a byte is on its way.
        bytes_per_s: How many pass in a second, each way of each line; 0 for no limit.
        clogged: The ways on which nothing passes and nothing breaks.
        silent: Whether every line leads nowhere, for ever: those that stand, and those that come
            and are taken. Nobody is told, as when a router forgets a connection.
    """

    delay_s: float = 0.0
    bytes_per_s: int = 0
    clogged: tuple[Way, ...] = ()
    silent: bool = False


FAIR = Weather()


@dataclass(eq=False)
class _Line:
    """One connection of a child, and the one to its parent that belongs to it."""

    near: asyncio.StreamWriter
    far: asyncio.StreamWriter
    moved_s: float | None = None
    forgotten: bool = False


class RoughLink(Link):
    """A link with weather.

    Args:
        name: What to call it, for people.
        host: Where the parent listens.
        port: The same.
        at: The address at which children reach the link.

    Attributes:
        breaks: How often it broke in the middle of something.
        moves: How often a near end moved away.
    """

    def __init__(self, name: str, host: str, port: int, at: str = "127.0.0.1") -> None:
        super().__init__(name, host, port, at)
        self._weather = FAIR
        self._changes = asyncio.Event()
        self.breaks = self.moves = 0
        self._bytes_left: int | None = None
        self._open: set[_Line] = set()

    @property
    def weather(self) -> Weather:
        """What happens to all that runs through it, from now on."""
        return self._weather

    @weather.setter
    def weather(self, weather: Weather) -> None:
        self._weather = weather
        for line in self._open:
            line.forgotten |= weather.silent
        self._changes.set()
        self._changes = asyncio.Event()

    def break_after(self, count: int) -> None:
        """Breaks every line once so many more bytes have passed, both ways together."""
        self._bytes_left = count

    def rebind(self, linger_s: float) -> None:
        """Takes every line from its child; the parent's end stands and gets what is under way."""
        for line in self._open:
            line.moved_s = linger_s
            self.moves += 1
            line.near.transport.abort()

    # --- what runs through -----------------------------------------------------------------------

    async def _carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self.weather.silent:
            while await reader.read(_CHUNK_BYTES):
                pass
            return
        far_reader, far_writer = await asyncio.open_connection(*self._target)
        line = _Line(writer, far_writer)
        self._writers.add(far_writer)
        self._open.add(line)
        ways = (
            asyncio.ensure_future(self._send(line, reader, far_writer, "up")),
            asyncio.ensure_future(self._send(line, far_reader, writer, "down")),
        )
        try:
            await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
            if line.forgotten:
                await asyncio.wait(ways)  # neither end hears of the other's
        finally:
            for way in ways:
                way.cancel()
            await asyncio.gather(*ways, return_exceptions=True)
            self._open.discard(line)
            await self._drop(far_writer)

    async def _send(
        self, line: _Line, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, way: Way
    ) -> None:
        """Hands on one direction, each chunk when its time has come, until there is no more."""
        under_way: asyncio.Queue[tuple[float, bytes]] = asyncio.Queue(_CHUNKS_UNDER_WAY)
        taking = asyncio.create_task(self._take(line, reader, under_way))
        now = asyncio.get_running_loop().time
        try:
            while True:
                due, chunk = await under_way.get()
                await asyncio.sleep(max(due - now(), 0))
                if not chunk:
                    return
                while chunk:
                    size = _SLICE_BYTES if self.weather.bytes_per_s else len(chunk)
                    await self._pass(line, writer, chunk[:size], way)
                    chunk = chunk[size:]
        finally:
            taking.cancel()

    async def _take(
        self,
        line: _Line,
        reader: asyncio.StreamReader,
        under_way: asyncio.Queue[tuple[float, bytes]],
    ) -> None:
        now = asyncio.get_running_loop().time
        chunk = b"-"
        while chunk:
            try:
                chunk = await reader.read(_CHUNK_BYTES)
            except OSError:
                chunk = b""
            lingers_s = 0.0 if chunk else (line.moved_s or 0.0)
            await under_way.put((now() + self.weather.delay_s + lingers_s, chunk))

    async def _pass(self, line: _Line, writer: asyncio.StreamWriter, part: bytes, way: Way) -> None:
        while way in self.weather.clogged:
            await self._changes.wait()
        if self.weather.bytes_per_s:
            await asyncio.sleep(len(part) / self.weather.bytes_per_s)
        if line.forgotten or (writer is line.near and line.moved_s is not None):
            return  # nobody is there any more
        left = self._bytes_left
        passed = part[:left]
        writer.write(passed)
        if way == "up":
            self.bytes_up += len(passed)
        else:
            self.bytes_down += len(passed)
        if left is not None:
            self._bytes_left = left - len(passed)
        if self._bytes_left == 0:
            self._break()
        try:
            await writer.drain()
        except ConnectionResetError:
            if writer is line.far or line.moved_s is None:
                raise

    def _break(self) -> None:
        """Breaks every line without a goodbye; a new one may come at once."""
        self._bytes_left = None
        self.breaks += 1
        for writer in self._writers:
            writer.transport.abort()
