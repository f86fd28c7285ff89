"""The county, township and village of the measurements, and how a child joins its county."""

from __future__ import annotations

import contextlib
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

from bench.workload import Row
from node.care.policy import division_list
from node.care.records import SCHEMA
from node.codes import read_list
from node.link import sync_once
from node.members import add_divisions, init_county, invite, join
from node.replica import Insert, Replica

COUNTY, TOWNSHIP, VILLAGE = "130732", "130732100", "130732100201"
_COLUMNS = Row._fields


def joined(county: Path, child: Path, code: str) -> None:
    """Makes a county with all its divisions, and one node that has joined it."""
    listen, enrol = f"127.0.0.1:{_port()}", f"127.0.0.1:{_port()}"
    with init_county(
        county,
        SCHEMA,
        code=COUNTY,
        name="赤城县",
        user="bench",
        listen=listen,
        enrol_listen=enrol,
        address=listen,
        enrol_address=enrol,
    ) as replica:
        add_divisions(replica, read_list(division_list(COUNTY)))
        token = invite(replica, replica.tree.find(code).id)
    with serving(county), join(child, SCHEMA, token, user="bench") as replica:
        sync_once(replica)


def columns_of(rows: Sequence[Row]) -> list[Insert]:
    """Visits as they are written: without the id, which a node makes itself, and the division."""
    names = [name for name in _COLUMNS[1:] if name != "division"]
    return [Insert("visit", {name: getattr(row, name) for name in names}) for row in rows]


@contextlib.contextmanager
def process(*arguments: str) -> Iterator[subprocess.Popen[str]]:
    """A Python module as a process of its own, ended on leaving."""
    started = subprocess.Popen(
        [sys.executable, "-m", *arguments],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    try:
        yield started
    finally:
        started.terminate()
        started.communicate(timeout=30)


@contextlib.contextmanager
def serving(home: Path) -> Iterator[subprocess.Popen[str]]:
    """A node that serves, once it answers."""
    with process("cli", "--home", str(home), "serve") as server:
        address = _enrol_address(home)
        deadline = time.monotonic() + 30
        while not _answers(address):
            assert server.poll() is None and time.monotonic() < deadline, "the parent is not up"
            time.sleep(0.05)
        yield server


def _enrol_address(home: Path) -> tuple[str, int]:
    with Replica(home, SCHEMA) as replica:
        host, port = replica.core.config.enrol_listen.rsplit(":", 1)
    return host, int(port)


def _answers(address: tuple[str, int]) -> bool:
    with contextlib.suppress(OSError), socket.create_connection(address, timeout=1):
        return True
    return False


def _port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
