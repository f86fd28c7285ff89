"""The proxy that spoils lines does exactly what it says, or what it proves would be nothing."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import pytest

from tests.real.rough import RoughLink, Weather


class Parent:
    """Says everything again, and notes which line said what; nothing where it ended.

    Attributes:
        link: The way to it.
        heard: The number of the line, and what came.
    """

    link: RoughLink

    def __init__(self) -> None:
        self.heard: asyncio.Queue[tuple[int, bytes]] = asyncio.Queue()
        self.count = 0
        self.children: list[asyncio.StreamWriter] = []

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.count += 1
        number, chunk = self.count, b"-"
        try:
            while chunk:
                chunk = await reader.read(65_536)
                self.heard.put_nowait((number, chunk))
                writer.write(chunk)
                await writer.drain()
        except OSError:
            self.heard.put_nowait((number, b""))
        finally:
            writer.transport.abort()

    async def told(self, what: bytes) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        """Dials the link as a child, and says something."""
        host, _, port = self.link.address.rpartition(":")
        reader, writer = await asyncio.open_connection(host, int(port))
        self.children.append(writer)
        writer.write(what)
        return reader, writer


@asynccontextmanager
async def listening() -> AsyncIterator[tuple[RoughLink, Parent]]:
    parent = Parent()
    server = await asyncio.start_server(parent.serve, "127.0.0.1", 0)
    host, port = server.sockets[0].getsockname()[:2]
    try:
        async with RoughLink("130732100201—130732100", host, port) as parent.link:
            yield parent.link, parent
    finally:
        for child in parent.children:
            child.transport.abort()
        server.close()
        await server.wait_closed()


async def rest(reader: asyncio.StreamReader) -> bytes:
    """What still comes, until the line ends in one way or the other."""
    try:
        return await reader.read()
    except ConnectionResetError:
        return b""


def run(work: Callable[[], Awaitable[None]]) -> None:
    async def within() -> None:
        async with asyncio.timeout(20):
            await work()

    asyncio.run(within())


@pytest.mark.parametrize("count", [1, 7, 1_000])
def test_a_line_breaks_after_exactly_so_many_bytes_and_the_next_one_holds(count: int) -> None:
    async def work() -> None:
        async with listening() as (link, parent):
            link.break_after(count)
            reader, _ = await parent.told(b"x" * 1_000)
            came = b""
            while chunk := (await parent.heard.get())[1]:
                came += chunk
            assert (len(came), link.breaks) == (count, 1)
            assert await rest(reader) == b""
            reader, _ = await parent.told(b"again")
            assert await reader.readexactly(5) == b"again"

    run(work)


def test_bytes_are_on_their_way_for_so_long_and_do_not_wait_for_each_other() -> None:
    async def work() -> None:
        async with listening() as (link, parent):
            link.weather = Weather(delay_s=0.2)
            loop = asyncio.get_running_loop()
            began = loop.time()
            reader, writer = await parent.told(b"a")
            for _ in range(9):
                await asyncio.sleep(0.02)
                writer.write(b"a")
            await reader.readexactly(10)
            assert 0.4 <= loop.time() - began < 1.8

    run(work)


def test_a_slow_line_lets_so_many_bytes_pass_in_a_second() -> None:
    async def work() -> None:
        async with listening() as (link, parent):
            link.weather = Weather(bytes_per_s=2_000)
            loop = asyncio.get_running_loop()
            began = loop.time()
            reader, _ = await parent.told(b"s" * 1_000)
            await reader.readexactly(1_000)
            assert loop.time() - began >= 0.5

    run(work)


def test_one_way_is_clogged_and_the_other_is_not() -> None:
    async def work() -> None:
        async with listening() as (link, parent):
            link.weather = Weather(clogged=("down",))
            reader, _ = await parent.told(b"up it goes")
            assert await parent.heard.get() == (1, b"up it goes")
            with pytest.raises(TimeoutError):
                async with asyncio.timeout(0.2):
                    await reader.read(1)
            link.weather = Weather()
            assert await reader.readexactly(10) == b"up it goes"

    run(work)


def test_a_line_that_has_become_silent_stays_so_when_the_weather_is_fair_again() -> None:
    async def work() -> None:
        async with listening() as (link, parent):
            old = await parent.told(b"one")
            assert await old[0].readexactly(3) == b"one"
            assert await parent.heard.get() == (1, b"one")
            link.weather = Weather(silent=True)
            new = await parent.told(b"is anybody there")
            await asyncio.sleep(0.05)
            link.weather = Weather()
            for reader, writer in (old, new):
                writer.write(b"?")
                with pytest.raises(TimeoutError):
                    async with asyncio.timeout(0.2):
                        await reader.read(1)
            old[1].transport.abort()
            await asyncio.sleep(0.05)
            assert parent.heard.empty()
            reader, _ = await parent.told(b"now")
            assert await reader.readexactly(3) == b"now"

    run(work)


def test_what_an_old_line_has_under_way_arrives_after_the_words_of_a_new_one() -> None:
    async def work() -> None:
        async with listening() as (link, parent):
            reader, writer = await parent.told(b"first")
            assert await reader.readexactly(5) == b"first"
            assert await parent.heard.get() == (1, b"first")
            link.weather = Weather(delay_s=0.3)
            writer.write(b"late")
            await asyncio.sleep(0.05)
            link.rebind(0.3)
            link.weather = Weather()
            assert (await rest(reader), link.moves) == (b"", 1)
            await parent.told(b"new line")
            assert await parent.heard.get() == (2, b"new line")
            assert await parent.heard.get() == (1, b"late")
            assert await parent.heard.get() == (1, b"")

    run(work)
