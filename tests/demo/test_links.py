"""Links that can be cut, healed and made slow."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import pytest

from cli.demo.links import Link


@asynccontextmanager
async def echoing() -> AsyncIterator[Link]:
    """A link to a server that says everything again."""

    async def echo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while chunk := await reader.read(65_536):
                writer.write(chunk)
                await writer.drain()
        except OSError:
            pass  # the link was cut
        finally:
            writer.transport.abort()

    server = await asyncio.start_server(echo, "127.0.0.1", 0)
    host, port = server.sockets[0].getsockname()[:2]
    try:
        async with Link("南大街村—赤城镇", host, port) as link:
            yield link
    finally:
        server.close()
        await server.wait_closed()


async def dial(link: Link) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    host, _, port = link.address.rpartition(":")
    return await asyncio.open_connection(host, int(port))


def run(work: Callable[[], Awaitable[None]]) -> None:
    async def within() -> None:
        async with asyncio.timeout(20):
            await work()

    asyncio.run(within())


def test_it_carries_and_counts_both_ways() -> None:
    async def work() -> None:
        async with echoing() as link:
            reader, writer = await dial(link)
            content = bytes(range(256)) * 1_000
            writer.write(content)
            assert await reader.readexactly(len(content)) == content
            assert link.bytes_up == link.bytes_down == len(content)
            assert link.lines == 1
            writer.transport.abort()

    run(work)


def test_a_cut_drops_the_line_at_once_and_lets_no_new_one_pass() -> None:
    async def work() -> None:
        async with echoing() as link:
            reader, writer = await dial(link)
            writer.write(b"a")
            assert await reader.readexactly(1) == b"a"
            link.cut()
            with pytest.raises((ConnectionError, asyncio.IncompleteReadError)):
                await reader.readexactly(1)
            writer.transport.abort()
            late_reader, late_writer = await dial(link)
            late_writer.write(b"b")
            with pytest.raises((ConnectionError, asyncio.IncompleteReadError)):
                await late_reader.readexactly(1)
            late_writer.transport.abort()
            assert (link.bytes_up, link.whole) == (1, False)

    run(work)


def test_a_healed_link_carries_again() -> None:
    async def work() -> None:
        async with echoing() as link:
            link.cut()
            link.heal()
            reader, writer = await dial(link)
            writer.write(b"again")
            assert await reader.readexactly(5) == b"again"
            writer.transport.abort()

    run(work)


def test_a_slow_link_takes_its_time() -> None:
    async def work() -> None:
        async with echoing() as link:
            link.throttle(20_000)
            reader, writer = await dial(link)
            loop = asyncio.get_running_loop()
            began = loop.time()
            writer.write(bytes(4_000))
            await reader.readexactly(4_000)
            assert loop.time() - began >= 4_000 / 20_000
            link.throttle(0)
            began = loop.time()
            writer.write(bytes(400_000))
            await reader.readexactly(400_000)
            assert loop.time() - began < 400_000 / 20_000
            writer.transport.abort()

    run(work)


def test_a_dead_parent_ends_the_line_and_not_the_link() -> None:
    async def work() -> None:
        async with Link("南大街村—赤城镇", "127.0.0.1", 9) as link:
            for _ in range(2):
                reader, writer = await dial(link)
                with pytest.raises((ConnectionError, asyncio.IncompleteReadError)):
                    await reader.readexactly(1)
                writer.transport.abort()

    run(work)
