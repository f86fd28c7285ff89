"""Visits: recorded with names and wall-clock time, corrected and voided beside themselves."""

from __future__ import annotations

from pathlib import Path

import pytest

from cli.money import fen, yuan
from node.clock import parse_local
from node.errors import UsageError
from tests.cli.conftest import Linli, meet, read

MORNING = "2026-11-22 09:30"


@pytest.fixture
def visit(linli: Linli, homes: dict[str, Path]) -> str:
    home = homes["village"]
    linli("person", "add", "王桂兰", home=home)
    linli("worker", "add", "李秀英", home=home)
    words = ["--worker", "李秀英", "--service", "助洁-居室", "--start", MORNING]
    more = ["--minutes", "60", "--fee", "50", "--reason", "纸质补录"]
    return linli("visit", "add", "王桂兰", *words, *more, home=home).stdout.strip()


def test_a_visit_is_typed_in_words_and_kept_in_numbers(
    linli: Linli, homes: dict[str, Path], visit: str
) -> None:
    row = read(linli("visit", "list", "--json", home=homes["village"]))[0]
    assert (row["id"], row["service"], row["minutes"], row["fee_fen"]) == (visit, "SH02", 60, 5000)
    assert row["started_at"] == parse_local(MORNING)
    assert row["state"] == ""
    listing = linli("visit", "list", home=homes["village"]).stdout
    for word in (visit[-8:], MORNING, "王桂兰", "李秀英", "助洁-居室", "50.00"):
        assert word in listing


def test_visits_are_narrowed(linli: Linli, homes: dict[str, Path], visit: str) -> None:
    home = homes["village"]
    for words, count in (
        (["--day", "2026-11-22"], 1),
        (["--day", "2026-11-23"], 0),
        (["--person", "王桂兰", "--worker", "李秀英"], 1),
        (["--at", "南大街村"], 1),
    ):
        assert len(read(linli("visit", "list", *words, "--json", home=home))) == count, words


def test_a_correction_stands_beside_the_visit(
    linli: Linli, homes: dict[str, Path], visit: str
) -> None:
    home = homes["village"]
    words = ["minutes", "45", "fee", "37.5", "started_at", "2026-11-22 09:40"]
    linli("visit", "correct", visit[-6:], *words, "--reason", "录错时间", home=home)
    row = read(linli("visit", "show", visit, "--json", home=home))
    assert (row["minutes"], row["fee_fen"], row["state"]) == (45, 3750, "corrected")
    assert row["started_at"] == parse_local("2026-11-22 09:40")
    assert row["amendment"]["reason"] == "L06"
    shown = linli("visit", "show", visit, home=home).stdout
    assert "录错时间" in shown
    assert "minutes was 60" in " ".join(shown.split())
    assert "corrected" in linli("visit", "list", home=home).stdout


def test_a_void_visit_stays_and_counts_for_nothing(
    linli: Linli, homes: dict[str, Path], visit: str
) -> None:
    home = homes["village"]
    linli("visit", "void", visit, "--reason", "L07", home=home)
    assert read(linli("visit", "list", "--json", home=home))[0]["state"] == "void"
    assert "录错对象" in linli("visit", "show", visit, home=home).stdout
    words = ["minutes", "45", "--reason", "L06"]
    assert "is void" in linli("visit", "correct", visit, *words, home=home, code=4).stderr


def test_ticks_in_a_list_grow_with_receipts(
    linli: Linli, homes: dict[str, Path], visit: str
) -> None:
    home = homes["village"]
    assert linli("visit", "list", "--ticks", home=home).stdout.count("✓") == 1
    meet(homes)
    assert linli("visit", "list", "--ticks", home=home).stdout.count("✓") == 3
    row = read(linli("visit", "list", "--ticks", "--json", home=home))[0]
    assert [tick["tier"] for tick in row["ticks"]] == ["village", "township", "county"]
    assert "✓" not in linli("visit", "list", home=home).stdout


def test_a_visit_to_someone_not_here_needs_its_village(
    linli: Linli, homes: dict[str, Path], visit: str
) -> None:
    stranger = "01" + "A" * 24
    words = ["--worker", "李秀英", "--service", "SH02", "--start", MORNING, "--minutes", 30]
    words += ["--reason", "L03"]
    meet(homes)
    assert "--at" in linli("visit", "add", stranger, *words, home=homes["county"], code=2).stderr
    linli("visit", "add", stranger, *words, home=homes["village"])
    linli("visit", "add", stranger, *words, "--at", "东关村", home=homes["village"])
    listed = read(linli("visit", "list", "--json", home=homes["village"]))
    assert sorted(row["division"] for row in listed)[-1] == "130732100202"


def test_an_amount_is_whole_fen() -> None:
    assert [fen(text) for text in ("50", "12.5", "12.05", " 0.99 ")] == [5000, 1250, 1205, 99]
    for text in ("", "-1", "1.234", "1,5", "五十"):
        with pytest.raises(UsageError, match="is not an amount"):
            fen(text)
    assert [yuan(value) for value in (1205, 0, -50, None)] == ["12.05", "0.00", "-0.50", ""]
