"""Care plans and the roster of a month, typed on three tiers."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import pytest
from rich.cells import cell_len

from node.care.parameters import publishing
from tests.cli.conftest import Linli, meet, read


@pytest.fixture
def village(linli: Linli, homes: dict[str, Path]) -> Path:
    """A village of a county with the numbers of 沁县, with two people and two insured workers."""
    linli("policy", "publish", publishing.shipped()["140430"], home=homes["county"])
    home = homes["village"]
    for person in ("王桂兰", "李大山"):
        linli("person", "add", person, home=home)
    for worker in ("张红", "刘强"):
        linli("worker", "add", worker, home=home)
        words = ("insurance_no", "B1", "insured_from", "2020-01-01", "insured_until", "2099-12-31")
        linli("worker", "record", "set", worker, *words, home=home)
    meet(homes)
    return home


def plan(linli: Linli, home: Path, xun: str, service: str, worker: str, *more: str) -> str:
    words = ("--xun", xun, "--service", service, "--worker", worker, "--since", "2026-11-01")
    return linli("plan", "add", "王桂兰", *words, *more, home=home).stdout.strip()


def three(linli: Linli, home: Path) -> list[str]:
    lines = (("上", "助洁-居室", "张红"), ("中", "洗衣", "刘强"), ("下", "谈心慰藉", "张红"))
    return [plan(linli, home, *line) for line in lines]


def test_a_plan_is_written_changed_and_ended_on_two_tiers(
    linli: Linli, homes: dict[str, Path], village: Path
) -> None:
    first = three(linli, village)[0]
    meet(homes)
    town = homes["township"]
    rows = read(linli("plan", "list", "--date", "2026-11-05", "--json", home=town))
    assert [row["services"] for row in rows] == ["SH02", "SH03", "JS01"]
    linli("plan", "set", first[-8:], "worker", "刘强", "--reason", "换人", home=town)
    linli("plan", "end", first, "--on", "2026-11-30", "--reason", "搬走", home=town)
    meet(homes)
    shown = linli("plan", "show", first, home=village).stdout
    assert "刘强" in shown and "2026-11-30" in shown and "✓" in shown
    history = linli("plan", "history", first, home=village).stdout
    assert "换人" in history and "搬走" in history
    gone = read(linli("plan", "list", "--date", "2026-12-01", "--json", home=village))
    assert first not in [row["id"] for row in gone] and len(gone) == 2
    every = read(linli("plan", "list", "--all", "--json", home=village))
    assert len(every) == 3
    listed = linli("plan", "list", "--date", "2026-11-05", home=village).stdout
    assert max(map(cell_len, listed.splitlines())) <= 80 and "每月上旬 1" in listed
    told = linli("plan", "list", "--all", "--csv", home=village).stdout_bytes.decode("utf-8-sig")
    head = next(csv.reader(io.StringIO(told)))
    assert not any(name.isascii() for name in head) and len(set(head)) == len(head)
    only = read(linli("plan", "list", "--all", "--worker", "张红", "--json", home=village))
    assert [row["services"] for row in only] == ["JS01"]


def test_the_roster_of_the_county_has_three_places_with_three_services(
    linli: Linli, homes: dict[str, Path], village: Path
) -> None:
    three(linli, village)
    words = ("plan", "add", "王桂兰", "--worker", "张红", "--since", "2026-12-01")
    again = linli(*words, "--service", "助浴", "--xun", "上", home=village, code=4)
    assert "has a line for 上旬 already" in again.stderr
    same = linli(
        "plan", "add", "李大山", "--service", "洗衣", "--xun", "上", home=village
    ).stdout.strip()
    both = ("--service", "洗衣", "--xun", "中")
    refused = linli("plan", "add", "李大山", *both, home=village, code=4)
    assert "has 洗衣 already" in refused.stderr and same in refused.stderr
    nowhere = linli("plan", "add", "李大山", "--service", "助浴", home=village, code=2)
    assert "names none" in nowhere.stderr and "--xun" in nowhere.stderr
    twice = linli(
        "plan", "add", "李大山", "--service", "助浴", "--xun", "中", "--times", "2",
        home=village, code=2,
    )  # fmt: skip
    assert "more than the one visit" in twice.stderr
    late = ("--since", "2026-11-09", "--until", "2026-11-08")
    wrong = linli("plan", "add", "李大山", *both, *late, home=village, code=2)
    assert "lies before since" in wrong.stderr


def test_the_sheet_of_a_xun(linli: Linli, homes: dict[str, Path], village: Path) -> None:
    three(linli, village)
    linli(
        "visit", "add", "王桂兰", "--worker", "张红", "--service", "助洁-居室",
        "--task", "助洁-居室", "--start", "2026-11-03 09:00", "--minutes", "60",
        "--reason", "纸质补录", home=village,
    )  # fmt: skip
    linli(
        "visit", "add", "王桂兰", "--worker", "刘强", "--service", "洗衣",
        "--start", "2026-11-12 09:00", "--minutes", "30", "--reason", "纸质补录", home=village,
    )  # fmt: skip
    meet(homes)
    for home in homes.values():
        rows = read(linli("plan", "roster", "--month", "2026-11", "--json", home=home))
        places = [(row["xun"], row["services"], row["done"], row["vacant"]) for row in rows]
        assert places == [("S", "SH02", 1, ""), ("Z", "SH03", 0, ""), ("X", "JS01", 0, "")]
    third = linli("plan", "roster", "--month", "2026-11", "--xun", "中", home=homes["township"])
    assert "11-11–11-20" in third.stdout and "刘强" in third.stdout and "张红" not in third.stdout
    assert "1 place, 0 of them vacant" in third.stderr and "140430-1" in third.stderr
    assert max(map(cell_len, third.stdout.splitlines())) <= 80
    words = ("plan", "roster", "--month", "2026-11", "--worker", "张红", "--csv")
    told = linli(*words, home=village).stdout_bytes.decode("utf-8-sig")
    head, *cells = list(csv.reader(io.StringIO(told)))
    assert len(cells) == 2 and not any(name.isascii() for name in head)
    assert "上旬" in cells[0] and "助洁-居室" in cells[0]
    wrong = linli("plan", "roster", "--month", "2026-13", home=village, code=2)
    assert "is not a month" in wrong.stderr
    words = ("plan", "roster", "--month", "2026-11", "--at", "东关村", "--json")
    assert read(linli(*words, home=village)) == []


def test_who_lived_in_an_institution_for_a_while_had_no_place_meanwhile(
    linli: Linli, homes: dict[str, Path], village: Path
) -> None:
    """The second 旬 is spent there whole, of the third a part."""
    three(linli, village)
    linli("facility", "add", "王家院敬老院", "--kind", "敬老院", home=village)
    words = ("--facility", "王家院敬老院", "--since", "2026-11-08", "--until", "2026-11-24")
    linli("person", "placement", "add", "王桂兰", *words, "--document", "民字2号", home=village)
    rows = read(linli("plan", "roster", "--month", "2026-11", "--json", home=village))
    assert [row["xun"] for row in rows] == ["S", "X"]


def test_who_is_not_insured_or_has_left_stands_in_no_roster(
    linli: Linli, homes: dict[str, Path], village: Path
) -> None:
    three(linli, village)
    linli("worker", "add", "新人", home=village)
    words = ("--service", "助浴", "--xun", "上", "--since", "2026-11-01", "--worker", "新人")
    refused = linli("plan", "add", "李大山", *words, home=village, code=4)
    assert "stands in no roster" in refused.stderr and "not insured" in refused.stderr
    linli("worker", "record", "set", "张红", "insured_until", "2026-11-15", home=village)
    meet(homes)

    def vacant(home: Path) -> list[str]:
        rows = read(linli("plan", "roster", "--month", "2026-11", "--json", home=home))
        return [row["vacant"] for row in rows]

    assert vacant(village) == ["", "", "uninsured"] == vacant(homes["county"])
    linli("worker", "close", "刘强", "--reason", "辞职", "--on", "2026-11-12", home=village)
    assert vacant(village) == ["", "left", "uninsured"]
    shown = linli("plan", "roster", "--month", "2026-11", home=village)
    assert "2 of them vacant" in shown.stderr
    assert max(map(cell_len, shown.stdout.splitlines())) <= 80
    linli("person", "close", "王桂兰", "--reason", "死亡", "--on", "2026-11-10", home=village)
    assert vacant(village) == [""], "nobody is owed a visit after death"


def test_a_visit_beside_the_plan_is_flagged_and_not_refused(
    linli: Linli, homes: dict[str, Path], village: Path
) -> None:
    three(linli, village)
    id_ = linli(
        "visit", "add", "王桂兰", "--worker", "张红", "--service", "助洁-居室", "--task", "助浴",
        "--start", "2026-11-12 09:00", "--minutes", "60", "--reason", "纸质补录", home=village,
    ).stdout.strip()  # fmt: skip
    meet(homes)
    for home in homes.values():
        doubts = read(linli("settle", "explain", id_, "--month", "2026-11", "--json", home=home))[
            "doubts"
        ]
        told = {one["code"]: one for one in doubts}
        assert told["outside_xun"]["says"].endswith("上旬.") and not told["outside_xun"]["bars"]
        assert "助浴" in told["outside_plan"]["says"] and not told["outside_plan"]["bars"]
        assert "no_task" not in told
