"""A node that is on as a process of its own, whose disk a test makes slow or unwilling for a while.

strace stands between the running process and its disk: each call that would write is kept waiting,
or is answered with an error. Taken away, the disk is well again, and the process never stopped.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import signal
import sys
from asyncio.subprocess import DEVNULL, PIPE, Process
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import node

ROOT = Path(node.__file__).parents[1]
START_S_MAX = 60
WRITES = "pwrite64,ftruncate,fsync,fdatasync,unlink,rename"
"""What a disk does not do any more that can only be read. Sockets and pipes use none of them."""

SERVE = """
import logging, sys, resource
from pathlib import Path
from node.care.records import SCHEMA
from node.server import serve
handles = int(sys.argv[2])
if handles:
    resource.setrlimit(resource.RLIMIT_NOFILE, (handles, handles))
logging.basicConfig(level="INFO", stream=sys.stdout, format="%(message)s", force=True)
serve(Path(sys.argv[1]), SCHEMA, lambda server: print(f"ready {server.address}", flush=True))
"""


class Served:
    """A node in a process of its own.

    Attributes:
        address: Where its children find it.
        log: What it logged so far.
    """

    def __init__(self, process: Process) -> None:
        self.process = process
        self.address = ""
        self.log: list[dict[str, Any]] = []
        self.ready = asyncio.Event()

    @property
    def handles(self) -> int:
        """How many handles it has open."""
        return len(os.listdir(f"/proc/{self.process.pid}/fd"))

    async def read(self) -> None:
        """Takes in what the process prints, until it ends."""
        assert self.process.stdout is not None
        while line := (await self.process.stdout.readline()).decode():
            if line.startswith("ready"):
                self.address = line.removeprefix("ready").strip()
                self.ready.set()
            elif line.startswith("{"):
                self.log.append(json.loads(line))

    def events(self, name: str) -> list[dict[str, Any]]:
        """The lines of the log that tell of something."""
        return [line for line in self.log if line["event"] == name]

    def faults(self, error: str) -> list[dict[str, Any]]:
        """The lines of the log that tell of an error."""
        return [line for line in self.log if line.get("error") == error]


@contextlib.asynccontextmanager
async def served(home: Path, handles: int = 0) -> AsyncIterator[Served]:
    """A node that is on in a process of its own, and may have so many handles; it ends well."""
    paths = os.pathsep.join((str(ROOT), str(ROOT / "proto")))
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", SERVE, str(home), str(handles),
        stdout=PIPE, stderr=None, env={**os.environ, "PYTHONPATH": paths},
    )  # fmt: skip
    one = Served(process)
    reading = asyncio.create_task(one.read())
    try:
        await asyncio.wait_for(one.ready.wait(), START_S_MAX)
        yield one
        assert process.returncode is None, "the service ended by itself"
    finally:
        if process.returncode is None:
            process.send_signal(signal.SIGTERM)
        await asyncio.wait_for(process.wait(), START_S_MAX)
        await reading


@contextlib.asynccontextmanager
async def struck(strace: str, one: Served, fault: str, calls: str = WRITES) -> AsyncIterator[None]:
    """Strikes every write of a running process: `error=EROFS`, or `delay_enter=2s`."""
    tracer = await asyncio.create_subprocess_exec(
        strace, "-f", "-o", os.devnull, "-p", str(one.process.pid),
        "-e", f"trace={calls}", "-e", f"inject={calls}:{fault}",
        stdout=DEVNULL, stderr=PIPE,
    )  # fmt: skip
    assert tracer.stderr is not None
    told = (await asyncio.wait_for(tracer.stderr.readline(), START_S_MAX)).decode()
    assert "attached" in told, told
    try:
        yield
        assert tracer.returncode is None, "strace went away before its time"
    finally:
        with contextlib.suppress(ProcessLookupError):
            tracer.send_signal(signal.SIGINT)
        await asyncio.wait_for(tracer.communicate(), START_S_MAX)
