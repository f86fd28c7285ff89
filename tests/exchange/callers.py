"""Callers that mean harm: HTTP/2 by hand over TLS, and a real service to look at from outside.

gRPC's own client is too polite to flood anybody. Frames are made here byte by byte (RFC 9113),
their headers without compression (RFC 7541, 6.2.2).
"""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import os
import ssl
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path

from cli.demo.box import linli_command, start
from node import identity
from node.config import Config

PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + bytes([0, 0, 0, 4, 0, 0, 0, 0, 0])
ENROL = "/linli.v1.EnrolService/Enrol"
SESSION = "/linli.v1.SyncService/Session"
RENEW = "/linli.v1.RenewService/Renew"
WATCH = "/grpc.health.v1.Health/Watch"
_AT_ONCE = 100
LOOK_S = 0.5
LEISURE = 0.2
"""Of a processor; the porter's looks take less."""

Line = tuple[asyncio.StreamReader, asyncio.StreamWriter]


# --- frames --------------------------------------------------------------------------------------


def frame(kind: int, flags: int, stream: int, body: bytes = b"") -> bytes:
    """One frame of HTTP/2."""
    return len(body).to_bytes(3, "big") + bytes([kind, flags]) + stream.to_bytes(4, "big") + body


def literal(name: str, value: bytes) -> bytes:
    """One header field, spelled out."""
    return b"".join([b"\x00", _length(len(name)), name.encode(), _length(len(value)), value])


def _length(number: int) -> bytes:
    if number < 127:
        return bytes([number])
    told, rest = b"\x7f", number - 127
    while rest >= 128:
        told += bytes([rest % 128 | 128])
        rest //= 128
    return told + bytes([rest])


def headers(path: str, *more: bytes) -> bytes:
    """The header block of a call."""
    fields = {
        ":method": b"POST",
        ":scheme": b"https",
        ":path": path.encode(),
        ":authority": b"x",
        "te": b"trailers",
        "content-type": b"application/grpc",
    }
    return b"".join([*(literal(name, value) for name, value in fields.items()), *more])


def streams(number: int, count: int) -> Iterator[int]:
    """The stream numbers of the n-th burst of calls."""
    yield from (2 * (number * count + place) + 1 for place in range(count))


def _begun(path: str, number: int) -> bytes:
    return frame(1, 0, 1, headers(path)) if not number else b""


FLOODS: dict[str, Callable[[str, int], bytes]] = {
    "pings": lambda path, number: frame(6, 0, 0, b"12345678") * 100,
    "settings": lambda path, number: frame(4, 0, 0) * 100,
    "calls that are reset": lambda path, number: b"".join(
        frame(1, 4, one, headers(path)) + frame(3, 0, one, bytes([0, 0, 0, 8]))
        for one in streams(number, 20)
    ),
    "calls of nothing": lambda path, number: b"".join(
        frame(1, 5, one, headers("/x/y")) for one in streams(number, 20)
    ),
    "headers without end": lambda path, number: (
        _begun(path, number) + frame(9, 0, 1, literal("a", b"b" * 8_000)) * 2
    ),
    "long headers": lambda path, number: frame(
        1, 4, 2 * number + 1, headers(path, *(literal(f"a{one}", b"b" * 800) for one in range(18)))
    ),
    "data that nobody asked for": lambda path, number: frame(0, 0, 1, b"0" * 16_000),
    "a frame beyond the limit": lambda path, number: (
        _begun(path, number) + b"\xff\xff\xff\x00\x00\x00\x00\x00\x01" + b"0" * 9_999
    ),
    "priorities": lambda path, number: frame(2, 0, 1, b"12345") * 200,
    "windows": lambda path, number: frame(8, 0, 0, b"\x00\x00\x00\x01") * 200,
}
"""What a caller may send without end: the path of a call and the number of the burst."""


# --- lines ---------------------------------------------------------------------------------------


def stranger() -> ssl.SSLContext:
    """TLS without a certificate, and without asking for one."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    context.set_alpn_protocols(["h2"])
    return context


def member(home: Path) -> ssl.SSLContext:
    """TLS with the certificate of the node in `home`."""
    context, pem = stranger(), home / "node.pem"
    pem.write_bytes(identity.Key.load(home / "node.key").pem)
    context.load_cert_chain(home / "chain.pem", pem)
    return context


@contextlib.asynccontextmanager
async def lines(
    address: str, count: int, tls: ssl.SSLContext | None = None
) -> AsyncIterator[list[Line]]:
    """Opens lines to a port; those that it does not take are left out. All break in the end."""
    host, _, port = address.rpartition(":")
    opened: list[Line] = []
    for wanted in (min(_AT_ONCE, count - begun) for begun in range(0, count, _AT_ONCE)):
        tried = await asyncio.gather(
            *(asyncio.open_connection(host, int(port), ssl=tls) for _ in range(wanted)),
            return_exceptions=True,
        )
        opened += [line for line in tried if not isinstance(line, BaseException)]
    try:
        yield opened
    finally:
        for _, writer in opened:
            writer.transport.abort()
        await asyncio.sleep(0.1)


async def hung_up(opened: list[Line], seconds: float) -> int:
    """How many lines the other side has ended, waiting for it for so long."""

    async def ended(line: Line) -> bool:
        with contextlib.suppress(OSError):
            while await line[0].read(65_536):
                pass
        return True

    tasks = [asyncio.create_task(ended(line)) for line in opened]
    done, waiting = await asyncio.wait(tasks, timeout=seconds)
    for task in waiting:
        task.cancel()
    await asyncio.gather(*waiting, return_exceptions=True)
    return len(done)


async def flood(line: Line, burst: Callable[[int], bytes], seconds: float) -> bool:
    """Sends bursts and reads every answer; returns whether the other side ended it."""
    reader, writer = line

    async def read() -> None:
        with contextlib.suppress(OSError):
            while await reader.read(65_536):
                pass

    async def send() -> None:
        with contextlib.suppress(OSError):
            writer.write(PREFACE)
            for number in itertools.count():
                writer.write(burst(number))
                await writer.drain()
                await asyncio.sleep(0)

    tasks = [asyncio.create_task(read()), asyncio.create_task(send())]
    done, _ = await asyncio.wait(tasks, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    return bool(done)


def hello() -> bytes:
    """What a client says first in TLS."""
    incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
    with contextlib.suppress(ssl.SSLWantReadError):
        stranger().wrap_bio(incoming, outgoing).do_handshake()
    return outgoing.read()


# --- a process -----------------------------------------------------------------------------------


class Served:
    """A node whose service is a process of its own.

    Attributes:
        address: Where members find it.
        enrol_address: Where strangers do.
    """

    def __init__(self, home: Path, process: asyncio.subprocess.Process) -> None:
        config = Config.load(home)
        self.address, self.enrol_address = config.listen, config.enrol_listen
        self._folder = Path("/proc") / str(process.pid)

    @property
    def memory_mb(self) -> float:
        """What it holds of the machine's memory now."""
        told = (self._folder / "status").read_text()
        return int(told.partition("VmRSS:")[2].split()[0]) / 1024

    @property
    def handles(self) -> int:
        """How many handles it has open."""
        return len(os.listdir(self._folder / "fd"))

    @property
    def busy_s(self) -> float:
        """How long it has worked, on all processors."""
        told = (self._folder / "stat").read_text().rpartition(")")[2].split()
        return (int(told[11]) + int(told[12])) / os.sysconf("SC_CLK_TCK")

    async def at_leisure(self) -> None:
        """Waits until it has taken in what callers have said, and has nothing more to do."""
        busy = -1.0
        while self.busy_s - busy > LEISURE * LOOK_S:
            busy = self.busy_s
            await asyncio.sleep(LOOK_S)


@contextlib.asynccontextmanager
async def served(home: Path, handles: int = 0) -> AsyncIterator[Served]:
    """Starts `linli serve`, with so many handles at most where a number is given, and ends it."""
    few = ("/bin/sh", "-c", f'ulimit -n {handles}; exec "$@"', "sh") if handles else ()
    process = await start(
        *few, *linli_command(), "--home", str(home), "serve", "--verbose",
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    assert process.stderr is not None
    while b"server_started" not in (line := await process.stderr.readline()):
        assert line, "the service did not come up"

    async def drain() -> None:
        assert process.stderr is not None
        while await process.stderr.readline():
            pass

    draining = asyncio.create_task(drain())
    try:
        yield Served(home, process)
    finally:
        if process.returncode is None:
            process.terminate()
        await process.wait()
        await draining
