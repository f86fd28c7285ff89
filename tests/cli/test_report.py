"""`linli doctor --report`: enough to understand a box from afar, and nobody in it."""

from __future__ import annotations

import io
import re
import shutil
from pathlib import Path

import pytest

from node.care.records import SCHEMA
from node.config import EVENTS, Config
from node.errors import StoreFault
from node.events import ERROR, KEPT_BYTES, WARNING, kept_lines, listening, tell
from node.replica import Insert, Replica
from node.schema import Channel, Column, Kind
from node.store.peers import Alert
from tests.cli.conftest import Linli

MARK = "秘密"
NUMBERS = ("130732194603120026", "13800138000")


class Marks:
    """Gives a marked value for every column, and remembers how many."""

    def __init__(self) -> None:
        self.given = 0

    def of(self, column: Column) -> str | int:
        self.given += 1
        return f"{MARK}{self.given}" if column.type is str else int(NUMBERS[1])


def filled(home: Path) -> int:
    """Writes a row with a marked value in every column of every table that people fill."""
    marks = Marks()
    config = Config.load(home)
    config.user = f"{MARK}用户"
    config.limits = type(config.limits)(dial_retry_s_max=77)
    config.save(home)
    with Replica(home, SCHEMA) as replica:
        for table in SCHEMA.tables:
            if table.channel is Channel.TRUST or (table.writer and table.writer != replica.tier):
                continue
            row = {
                column.name: marks.of(column)
                for column in table.columns
                if column.kind in (Kind.FACT, Kind.REGISTER, Kind.AUTHORITY)
            }
            replica.write(replica.division, [Insert(table.name, row)], user=f"{MARK}甲")
        with replica.store.transaction():
            text = f"{MARK} {NUMBERS[0]}"
            replica.store.peers.raise_alert(Alert("clock", f"{MARK}乙", text, 1))
    return marks.given


def kept(home: Path) -> None:
    """What a service would have kept of a bad day."""
    with listening(io.StringIO(), kept=home / EVENTS):
        for _ in range(3):
            tell("database_failed", ERROR, error=StoreFault(f"{MARK} {NUMBERS[0]}"))
        tell("session_refused", WARNING, error=StoreFault(MARK), division=MARK)
    with (home / EVENTS).open("a") as file:
        file.write('{"event": "torn')


def report_of(linli: Linli, home: Path, code: int = 0) -> str:
    return str(linli("doctor", "--report", home=home, code=code).stdout)


def test_nothing_personal_stands_in_it(homes: dict[str, Path], linli: Linli) -> None:
    home = homes["village"].with_name(f"{MARK}家")
    homes["village"].rename(home)
    assert filled(home) > 50
    kept(home)
    text = report_of(linli, home)
    for secret in (MARK, "秘", *NUMBERS, "127.0.0.1", str(home)):
        assert secret not in text
    assert all(ord(character) < 128 for character in text)


def test_it_says_what_a_developer_would_ask(homes: dict[str, Path], linli: Linli) -> None:
    home = homes["village"]
    filled(home)
    kept(home)
    text = report_of(linli, home)
    for line in (
        "integrity: ok",
        r"python: 3\.\d+\.\d+",
        r"linli: \d.*",
        r"sqlite: 3\.\d+\.\d+",
        "synchronous: 2",
        r"disk bytes free: \d+",
        r"ledger\.db bytes: \d{4,}",
        "ledger.key mode: 600",
        "division: 130732100201",
        "tier: village",
        r"certificate days left: \d+",
        r"node ahead of machine s: -?\d+",
        "person: 1",
        r"care segments: \d+",
        r"changes not sealed: \d+",
        "clock: 1",
        r"parent 1 spoke s ago: (never|\d+)",
        r"database_failed StoreFault .*: 3, last \d{4}-\d\d-\d\dT.*Z",
        r"session_refused StoreFault .*: 1, last .*",
        "dial_retry_s_max: 77",
    ):
        assert re.search(f"^{line}$", text, re.M), f"{line!r} is not in\n{text}"


def test_it_goes_into_a_file_whole(homes: dict[str, Path], linli: Linli, tmp_path: Path) -> None:
    said = linli("doctor", "--report", tmp_path / "report.txt", home=homes["county"])
    assert said.stdout == ""
    assert "Nobody is named in it" in said.stderr
    assert "## ledger" in (tmp_path / "report.txt").read_text()


def test_a_node_that_does_not_open_is_reported_too(homes: dict[str, Path], linli: Linli) -> None:
    home = homes["village"]
    filled(home)
    shutil.copy(homes["county"] / "ledger.key", home / "ledger.key")
    text = report_of(linli, home, code=5)
    assert "open: bad" in text
    assert re.search(r"^where: node/store/.*:\d+$", text, re.M)
    assert re.search(r"^ledger\.db bytes: \d+$", text, re.M)
    assert MARK not in text


def test_a_file_without_the_option_is_refused(linli: Linli, tmp_path: Path) -> None:
    assert "linli doctor --report x" in linli("doctor", "x", home=tmp_path, code=2).output


def test_what_is_kept_stays_small(tmp_path: Path) -> None:
    path = tmp_path / EVENTS
    with listening(io.StringIO(), kept=path):
        for number in range(3000):
            tell("database_failed", ERROR, number=number)
    assert sum(file.stat().st_size for file in tmp_path.iterdir()) <= 2 * KEPT_BYTES
    numbers = [line["number"] for line in kept_lines(path)]
    assert numbers == list(range(numbers[0], 3000))
    assert len(numbers) > 1000


def test_ordinary_events_are_not_kept(tmp_path: Path) -> None:
    with listening(io.StringIO(), verbose=True, kept=tmp_path / EVENTS):
        tell("server_started")
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("line", ["{", "[]", "3", ""])
def test_a_line_that_is_no_event_is_passed_over(line: str, tmp_path: Path) -> None:
    (tmp_path / EVENTS).write_text(f'{line}\n{{"event": "uncaught"}}\n')
    assert list(kept_lines(tmp_path / EVENTS)) == [{"event": "uncaught"}]
