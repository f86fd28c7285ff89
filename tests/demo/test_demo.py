"""The whole story once, with real processes; and what happens when it is disturbed."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest
from rich.cells import cell_len

from cli.demo import reader
from cli.demo.box import environment, linli_command
from cli.output import plain
from node.care.records import SCHEMA
from node.replica import Replica
from node.replica.lag import LAGGING
from node.replica.withheld import BEHIND, STALE, Verdict, compare, looked
from tests.demo.homes import tamper

pytestmark = [pytest.mark.process, pytest.mark.slow, pytest.mark.xdist_group("demo")]

DEMO_S_MAX = 240
SMALL = ("--townships", "1", "--villages", "2", "--seed", "5")


def demo(*words: str, **given: Any) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*linli_command(), "demo", *words],
        capture_output=True, text=True, timeout=DEMO_S_MAX, env=environment(), check=False, **given,
    )  # fmt: skip


def processes_in(folder: Path) -> list[psutil.Process]:
    """The processes that were started for a folder and still run."""
    found = []
    for process in psutil.process_iter(["cmdline"]):
        if any(str(folder) in word for word in process.info["cmdline"] or []):
            found.append(process)
    return found


def eventually_none(folder: Path) -> bool:
    deadline = time.monotonic() + 30
    while processes_in(folder) and time.monotonic() < deadline:
        time.sleep(0.1)
    return not processes_in(folder)


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Any]:
    """As the README runs it; more nodes than these meet as processes in `make real`."""
    folder = tmp_path_factory.mktemp("demo") / "kept"
    done = demo("--seed", "5", "--keep", str(folder))
    assert done.returncode == 0, done.stdout + done.stderr
    return folder, done


def test_it_ends_equal_and_says_so(told: tuple[Path, Any]) -> None:
    folder, done = told
    assert "✓ 全部成立 · everything holds" in done.stdout
    assert re.search(r"kill -9 after frame [1-9]\d*, [1-9]\d* came later", done.stdout)
    rows = [line for line in done.stdout.splitlines() if re.match(r"[县镇村] ", line)]
    assert len(rows) == 7
    assert all("✓" in row and re.search(r" 0/[1-9]\d*\s*$", row) for row in rows), done.stdout
    assert not processes_in(folder)


def test_a_visit_typed_on_a_page_comes_up_at_the_county(told: tuple[Path, Any]) -> None:
    folder, done = told
    assert re.search(r"appears on the county's page, with its\s+third tick: \d+\.\d s", done.stderr)
    openings = re.findall(r"http://127\.0\.0\.1:\d+/\?key=\S{43,}", done.stderr)
    assert len(set(openings)) == 2
    acks = [json.loads(line) for line in (folder / reader.ACKS).read_text().splitlines()]
    visits = [ack["values"] for ack in acks if ack.get("table") == "visit" and "values" in ack]
    assert any(one["service"] == "JK01" and "fee_fen" not in one for one in visits)


def test_it_shows_the_conflicts_with_both_values(told: tuple[Path, Any]) -> None:
    _, done = told
    for column in ("phone", "care_grade", "seats"):
        assert column in done.stdout
    assert "全护理" in done.stdout and "半护理" in done.stdout
    assert re.search(r"60 \(.*80 \(|80 \(.*60 \(", done.stdout)
    assert len(set(re.findall(r"\b1[3-9]\d{9}\b", done.stdout))) == 2


def test_in_a_pipe_it_prints_plain_lines_of_eighty_columns(told: tuple[Path, Any]) -> None:
    folder, done = told
    for line in (done.stdout + done.stderr).splitlines():
        assert plain(line) == line, "no colour and no cursor movement"
        whole = line.strip() == str(folder) or "/?key=" in line
        assert cell_len(line) <= 80 or whole, line


def test_acknowledgements_lie_outside_the_nodes_and_tell_of_every_tier(
    told: tuple[Path, Any],
) -> None:
    folder, _ = told
    acks = [json.loads(line) for line in (folder / reader.ACKS).read_text().splitlines()]
    plan = json.loads((folder / reader.PLAN).read_text())
    assert {ack["author"] for ack in acks if "author" in ack} == {
        node["author"] for node in plan["nodes"]
    }
    people = [ack for ack in acks if ack.get("table") == "person" and "values" in ack]
    workers = [ack for ack in acks if ack.get("table") == "worker"]
    assert (len(people), len(workers)) == (352, 39), "350, and a newcomer of each township"


def test_a_lost_row_makes_the_reader_end_with_1(told: tuple[Path, Any]) -> None:
    folder, _ = told
    acks = [json.loads(line) for line in (folder / reader.ACKS).read_text().splitlines()]
    visit = next(ack for ack in reversed(acks) if ack.get("table") == "visit" and "values" in ack)
    read = [sys.executable, "-m", "cli.demo.reader", str(folder)]
    sound = subprocess.run(read, capture_output=True, text=True, env=environment(), check=False)
    assert sound.returncode == 0, sound.stderr
    assert tamper(folder / "nodes/130732", "DELETE FROM visit WHERE id = ?", [visit["id"]]) == 1
    found = subprocess.run(read, capture_output=True, text=True, env=environment(), check=False)
    assert found.returncode == 1
    assert f"赤城县 (130732): visit {visit['id']}" in found.stderr
    assert len(json.loads(found.stdout)["nodes"][0]["lost"]) == 1


def test_every_node_has_what_its_beacon_names_and_alerts_of_nothing(
    told: tuple[Path, Any], tmp_path: Path
) -> None:
    folder, _ = told
    shutil.copytree(folder / "nodes", tmp_path / "nodes")
    homes = sorted((tmp_path / "nodes").iterdir())
    assert len(homes) > 3
    for home in homes:
        with Replica(home, SCHEMA) as replica:
            beacon = replica.beacon()
            assert beacon is not None
            assert compare(replica.core, beacon, looked(replica.core).floor) is Verdict.HERE
            assert not [one for one in replica.alerts() if one.kind in (BEHIND, STALE, LAGGING)]


def test_a_folder_with_something_in_it_is_refused(tmp_path: Path) -> None:
    (tmp_path / "mine").touch()
    done = demo(*SMALL, "--keep", str(tmp_path))
    assert done.returncode == 2
    assert "is not empty" in done.stderr


@pytest.fixture
def under_way(tmp_path: Path) -> Iterator[tuple[subprocess.Popen[str], Path]]:
    """A demo that has just started its first services."""
    folder = tmp_path / "kept"
    process = subprocess.Popen(
        [*linli_command(), "demo", *SMALL, "--keep", str(folder)],
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, env=environment(),
    )  # fmt: skip
    try:
        deadline = time.monotonic() + 60
        while len(processes_in(folder / "nodes")) < 2 and time.monotonic() < deadline:
            time.sleep(0.05)
        yield process, folder
    finally:
        process.kill()
        process.communicate()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_whatever_ends_it_no_process_stays(
    under_way: tuple[subprocess.Popen[str], Path], number: signal.Signals
) -> None:
    process, folder = under_way
    os.kill(process.pid, number)
    process.wait(60)
    assert process.returncode != 0
    assert eventually_none(folder / "nodes"), processes_in(folder / "nodes")
