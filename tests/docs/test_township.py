"""A township's month, typed from `--help` alone; docs/township.md is written by this test.

    TOWNSHIP_WRITE=1 pytest tests/docs/test_township.py

writes the page anew. Without it, the page is what the commands say today, but for the ids and
moments, which are others each time and which the page may keep.
"""

from __future__ import annotations

import os
import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import pytest
from rich.cells import cell_len
from typer.testing import CliRunner

from cli.demo.month import COUNTY, CareMonth
from cli.demo.places import Places, whole
from cli.demo.screen import Screen
from cli.main import app
from cli.simulation.boxes import Box
from node.care import visits
from node.care.policy import division_list
from node.clock import SystemClock, parse_local
from node.codes import read_list

PAGE = Path(__file__).resolve().parents[2] / "docs" / "township.md"
MONTH = "2026-11"
AT_MOST = 20
SHORT_MINUTES = 40

HEAD = """# A month in a township, from the command line

What 王主任 types in 定昌镇 to close November 2026 and what she sees, in a terminal of 80 columns.
She starts from `linli --help`. Her node is one of 沁县; three of her villages have a box.
`tests/docs/test_township.py` types the same and compares, but for ids and moments; it counts the
commands too, which are fewer than twenty.
"""

STORY: tuple[tuple[str, tuple[str, ...]], ...] = (
    (
        "What can be done at all, and whether everything has arrived.",
        ("linli --help", "linli status"),
    ),
    (
        "Who was not seen as often as the plan of the county asks, and which visits wait for her.",
        (
            f"linli report due --date {MONTH}-30",
            f"linli visit review --until {MONTH}-30 --limit 5",
            "linli settle --help",
            f"linli settle preview --month {MONTH}",
        ),
    ),
    (
        "One visit was too short. She gives it back, and accepts the others.",
        (
            "linli visit return {short} --reason 时长不足 --note 请核对结束时间",
            f"linli visit accept --every --until {MONTH}-30",
        ),
    ),
)
AFTER: tuple[tuple[str, tuple[str, ...]], ...] = (
    (
        "The village has corrected the end of the visit, and her box has heard of it.",
        (
            "linli visit show {short}",
            f"linli visit accept --every --until {MONTH}-30",
            "linli conflict list",
        ),
    ),
    (
        "What the month will pay, where one worker's money comes from, and the closing.",
        (
            f"linli settle preview --month {MONTH}",
            f"linli settle explain {{worker}} --month {MONTH}",
            f"linli settle close --month {MONTH}",
            "linli settle list",
        ),
    ),
    (
        "The report of the month, for the file.",
        (
            f"linli report month {MONTH}",
            f"linli report month {MONTH} --to {{folder}}/report.html",
        ),
    ),
)


@pytest.fixture(scope="module")
def lived(tmp_path_factory: pytest.TempPathFactory) -> Iterator[CareMonth]:
    """November in one township, with a visit of forty minutes that nobody should pay."""
    listed = read_list(division_list(COUNTY))
    county = whole(listed)
    town = next(one for one in county.townships if one.name == "定昌镇")
    places = Places(county.county, (town,), tuple(county.below(town)[:3]), ())
    folder = tmp_path_factory.mktemp("township")
    month = CareMonth(folder, places, listed, 6, 1, Screen())
    month.live()
    yield month
    month.close()


def short_visit(lived: CareMonth) -> tuple[Box, str]:
    """A village records, besides what was planned, a visit that ended too early."""
    first = lived.plan.visits[0]
    box = lived.boxes[first.village]
    known = next(iter(box.replica.rows("visit", within=box.replica.division)))
    started_at = parse_local(f"{MONTH}-29 17:00")
    values = {
        "person": known["person"],
        "worker": known["worker"],
        "service": "SH05",
        "started_at": started_at,
        "ended_at": started_at + SHORT_MINUTES * 60_000,
        "confirmed_by": "self",
    }
    division = box.replica.division
    return box, visits.record_visit(box.replica, division, values, user="护理员", reason="纸质补录")


def test_a_month_is_closed_in_under_twenty_commands(
    lived: CareMonth, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in (("COLUMNS", "80"), ("LINLI_LANG", "zh"), ("TZ", "Asia/Shanghai")):
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(SystemClock, "now_ms", lambda _: lived.now_ms)  # the month is over
    box, short = short_visit(lived)
    lived.meet()
    town = lived.places.townships[0]
    worker = str(lived.plan.workers[0].values["name"])
    words = {"short": short[-8:], "worker": worker, "folder": str(tmp_path)}
    told, count = [HEAD], 0

    def tell(chapters: tuple[tuple[str, tuple[str, ...]], ...]) -> None:
        nonlocal count
        for why, commands in chapters:
            told.append(f"\n{why}\n\n```console\n")
            for number, command in enumerate(commands):
                typed = command.format(**words)
                said = run(lived.boxes[town.code], typed)
                shown = f"$ {typed}\n{said}".replace(f"{tmp_path}/", "")
                told.append(("\n" if number else "") + shown)
                count += 1
            told.append("```\n")

    tell(STORY)
    ended_at = parse_local(f"{MONTH}-29 18:05")
    visits.correct_visit(box.replica, short, {"ended_at": ended_at}, "L06", user="护理员")
    lived.meet()
    tell(AFTER)
    text = "".join(told)
    assert count < AT_MOST
    assert (tmp_path / "report.html").exists()
    if os.environ.get("TOWNSHIP_WRITE"):
        PAGE.write_text(text)
    assert masked(text) == masked(PAGE.read_text()), "Next: TOWNSHIP_WRITE=1 with this test"
    assert max(map(cell_len, text.splitlines())) <= 100


def run(box: Box, typed: str) -> str:
    """What a command says to who types it at a node, in the order in which it is said."""
    box.close()
    name, *words = shlex.split(typed)
    assert name == "linli"
    done = CliRunner().invoke(
        app, ["--home", str(box.home), "--as", "王主任", *words], prog_name="linli"
    )
    assert done.exit_code == 0, f"{typed}: {done.output}"
    assert max(map(cell_len, done.stdout.splitlines()), default=0) <= 80, typed
    return done.output


def masked(text: str) -> str:
    """The same without ids, digests and moments, which are others each time."""
    text = re.sub(r"\b[0-9A-HJKMNP-TV-Z]{8}\b", "·" * 8, text)
    text = re.sub(r"\b[0-9a-f]{16}\b", "·" * 16, text)
    text = re.sub(r"\d{4}-\d\d-\d\d \d\d:\d\d(:\d\d)?", "·", text)
    return re.sub(r" +", " ", text)
