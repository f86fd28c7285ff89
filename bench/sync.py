"""A whole sync between two processes over mutual TLS, from one database to the other."""

from __future__ import annotations

import contextlib
import json
import shutil
import socket
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench.workload import Row
from bench.yardstick import raw_insert
from node.care.policy import division_list
from node.care.records import SCHEMA
from node.division import read_list
from node.link import sync_once
from node.members import add_divisions, init_county, invite, join
from node.replica import Insert, Replica

_COUNTY, _VILLAGE = "130732", "130732100201"
_BATCH = 10_000
_COLUMNS = Row._fields


@dataclass(frozen=True, slots=True)
class Figures:
    """What the runs gave; ratios are medians over runs.

    Attributes:
        sync_ratio: Rows a second from source to committed destination, by the yardstick's.
        bytes_per_visit: Payload of the whole session, both ways, by visit.
        noop_round_trips: Messages that equal nodes wait for.
        noop_payload_bytes: Serialised messages between equal nodes, both ways.
        rss_idle_mb: A parent that serves and waits.
        rss_peak_mb: The larger of the two processes while the visits went over.
    """

    sync_ratio: float
    bytes_per_visit: float
    noop_round_trips: int
    noop_payload_bytes: int
    rss_idle_mb: float
    rss_peak_mb: float


def measure(rows: Sequence[Row], folder: Path, runs: int) -> Figures:
    """Prepares two nodes once, and lets copies of them meet several times."""
    county, village = folder / "county", folder / "village"
    _prepare(county, village, rows)
    ratios: list[float] = []
    peaks: list[float] = []
    last: dict[str, Any] = {}
    noop: dict[str, Any] = {}
    idle = 0.0
    for run in range(runs):
        here = folder / f"run{run}"
        shutil.copytree(county, here / "county")
        shutil.copytree(village, here / "village")
        yard = raw_insert(rows, here)
        with _serving(here / "county") as parent, _child(here / "village") as child:
            time.sleep(1)
            idle = _memory(parent.pid, "VmRSS")
            last = _ask(child)
            noop = _ask(child)
            assert last["equal"] and last["segments_sent"], "the run moved nothing"
            peaks.append(max(_memory(parent.pid, "VmHWM"), _memory(child.pid, "VmHWM")))
        ratios.append(yard / last["seconds"])
        _check(here / "county", len(rows))
        shutil.rmtree(here)
    return Figures(
        sync_ratio=statistics.median(ratios),
        bytes_per_visit=(last["payload_sent"] + last["payload_received"]) / len(rows),
        noop_round_trips=max(noop["frames_sent"], noop["frames_received"]),
        noop_payload_bytes=noop["payload_sent"] + noop["payload_received"],
        rss_idle_mb=idle,
        rss_peak_mb=max(peaks),
    )


def _prepare(county: Path, village: Path, rows: Sequence[Row]) -> None:
    """A county and one of its villages, and the visits in the village's database."""
    listen, enrol = f"127.0.0.1:{_port()}", f"127.0.0.1:{_port()}"
    with init_county(
        county,
        SCHEMA,
        code=_COUNTY,
        name="赤城县",
        user="bench",
        listen=listen,
        enrol_listen=enrol,
        address=listen,
        enrol_address=enrol,
    ) as replica:
        add_divisions(replica, read_list(division_list(_COUNTY)))
        token = invite(replica, replica.tree.find(_VILLAGE).id)
    with _serving(county), join(village, SCHEMA, token, user="bench") as replica:
        sync_once(replica)
        visits = [
            Insert(
                "visit", {name: getattr(row, name) for name in _COLUMNS[1:] if name != "division"}
            )
            for row in rows
        ]
        for start in range(0, len(visits), _BATCH):
            replica.insert_each(replica.division, visits[start : start + _BATCH])


def _check(county: Path, count: int) -> None:
    """Every visit is in the destination."""
    with Replica(county, SCHEMA) as replica:
        assert replica.count("visit") == count, "visits are missing at the destination"


@contextlib.contextmanager
def _process(*arguments: str) -> Iterator[subprocess.Popen[str]]:
    process = subprocess.Popen(
        [sys.executable, "-m", *arguments],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    try:
        yield process
    finally:
        process.terminate()
        process.communicate(timeout=30)


@contextlib.contextmanager
def _serving(home: Path) -> Iterator[subprocess.Popen[str]]:
    with _process("cli", "--home", str(home), "serve") as process:
        address = _listen_address(home)
        deadline = time.monotonic() + 30
        while not _answers(address):
            assert process.poll() is None and time.monotonic() < deadline, "the parent is not up"
            time.sleep(0.05)
        yield process


def _listen_address(home: Path) -> tuple[str, int]:
    with Replica(home, SCHEMA) as replica:
        host, port = replica.core.config.enrol_listen.rsplit(":", 1)
    return host, int(port)


def _answers(address: tuple[str, int]) -> bool:
    with contextlib.suppress(OSError), socket.create_connection(address, timeout=1):
        return True
    return False


@contextlib.contextmanager
def _child(home: Path) -> Iterator[subprocess.Popen[str]]:
    with _process("bench.child", str(home)) as process:
        assert process.stdout is not None and json.loads(process.stdout.readline())["ready"]
        yield process


def _ask(child: subprocess.Popen[str]) -> dict[str, Any]:
    assert child.stdin is not None and child.stdout is not None
    child.stdin.write("go\n")
    child.stdin.flush()
    answer: dict[str, Any] = json.loads(child.stdout.readline())
    return answer


def _memory(pid: int, name: str) -> float:
    """A line of a process's status in MiB."""
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith(name):
            return int(line.split()[1]) / 1024
    raise AssertionError(f"no {name} for process {pid}")


def _port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
