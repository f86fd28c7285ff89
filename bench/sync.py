"""A whole sync between two processes over mutual TLS, from one database to the other."""

from __future__ import annotations

import contextlib
import json
import shutil
import statistics
import subprocess
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench.places import VILLAGE, columns_of, joined, process, serving
from bench.workload import Row
from bench.yardstick import DATABASE, raw_insert
from node.care.records import SCHEMA
from node.replica import Replica
from node.store import LEDGER

_BATCH = 10_000


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
        database_overhead: What the county's database takes beyond a bare table of the same rows
            with its indexes, by that table: 1.0 is twice as large.
    """

    sync_ratio: float
    bytes_per_visit: float
    noop_round_trips: int
    noop_payload_bytes: int
    rss_idle_mb: float
    rss_peak_mb: float
    database_overhead: float


def measure(rows: Sequence[Row], folder: Path, runs: int) -> Figures:
    """Prepares two nodes once, and lets copies of them meet several times."""
    county, village = folder / "county", folder / "village"
    _prepare(county, village, rows)
    ratios: list[float] = []
    peaks: list[float] = []
    last: dict[str, Any] = {}
    noop: dict[str, Any] = {}
    idle = overhead = 0.0
    for run in range(runs):
        here = folder / f"run{run}"
        shutil.copytree(county, here / "county")
        shutil.copytree(village, here / "village")
        yard = raw_insert(rows, here)
        with serving(here / "county") as parent, _child(here / "village") as child:
            time.sleep(1)
            idle = _memory(parent.pid, "VmRSS")
            last = _ask(child)
            noop = _ask(child)
            assert last["equal"] and last["segments_sent"], "the run moved nothing"
            peaks.append(max(_memory(parent.pid, "VmHWM"), _memory(child.pid, "VmHWM")))
        ratios.append(yard / last["seconds"])
        _check(here / "county", len(rows))
        overhead = (here / "county" / LEDGER).stat().st_size / (here / DATABASE).stat().st_size - 1
        shutil.rmtree(here)
    return Figures(
        sync_ratio=statistics.median(ratios),
        bytes_per_visit=(last["payload_sent"] + last["payload_received"]) / len(rows),
        noop_round_trips=max(noop["frames_sent"], noop["frames_received"]),
        noop_payload_bytes=noop["payload_sent"] + noop["payload_received"],
        rss_idle_mb=idle,
        rss_peak_mb=max(peaks),
        database_overhead=overhead,
    )


def _prepare(county: Path, village: Path, rows: Sequence[Row]) -> None:
    """A county and one of its villages, and the visits in the village's database."""
    joined(county, village, VILLAGE)
    with Replica(village, SCHEMA) as replica:
        visits = columns_of(rows)
        for start in range(0, len(visits), _BATCH):
            replica.insert_each(replica.division, visits[start : start + _BATCH])


def _check(county: Path, count: int) -> None:
    """Every visit is in the destination."""
    with Replica(county, SCHEMA) as replica:
        assert replica.count("visit") == count, "visits are missing at the destination"


@contextlib.contextmanager
def _child(home: Path) -> Iterator[subprocess.Popen[str]]:
    with process("bench.child", str(home)) as child:
        assert child.stdout is not None and json.loads(child.stdout.readline())["ready"]
        yield child


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
