"""What the registers tell: each kind by its name, and each change with its day."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from node.care.policy import BASELINE
from tests.cli.conftest import Linli, read

SERVED = (
    ("ZC02", "送餐"),
    ("ZC03", "上门做饭"),
    ("JS01", "谈心慰藉"),
    ("SH01", "助洁-个人"),
    ("WY02", "学业辅导"),
)
DAYS = tuple(f"2026-11-0{n} 09:00" for n in range(1, 6))


def told(linli: Linli, home: Path, noun: str, name: str, column: str) -> list[dict[str, Any]]:
    """Every change of a column: when it was written, and what stood there after it."""
    entries = read(linli(noun, "history", name, "--json", home=home))
    return [
        {"at": entry["at_ms"], **cell}
        for entry in entries
        for cell in entry["written"]
        if cell["column"] == column
    ]


def test_a_visit_of_each_service_is_recorded_and_shown_by_its_name(
    linli: Linli, homes: dict[str, Path]
) -> None:
    home = homes["village"]
    linli("person", "add", "王桂兰", home=home)
    linli("worker", "add", "李秀英", home=home)
    for (code, name), start in zip(SERVED, DAYS, strict=True):
        words = ["--worker", "李秀英", "--start", start, "--minutes", 60, "--reason", "纸质补录"]
        visit = linli("visit", "add", "王桂兰", "--service", name, *words, home=home).stdout.strip()
        assert read(linli("visit", "show", visit, "--json", home=home))["service"] == code
        assert name in linli("visit", "show", visit, home=home).stdout
    rows = read(linli("visit", "list", "--person", "王桂兰", "--json", home=home))
    assert sorted(row["service"] for row in rows) == sorted(code for code, _ in SERVED)
    words = ["--worker", "李秀英", "--start", DAYS[0], "--minutes", 60]
    refused = linli("visit", "add", "王桂兰", "--service", "护送", *words, home=home, code=2)
    assert "not in the list services" in refused.stderr


def test_a_child_without_any_group_is_a_client(linli: Linli, homes: dict[str, Path]) -> None:
    home = homes["village"]
    linli("person", "add", "王小明", "--birth-date", "2015-09-01", home=home)
    linli("worker", "add", "李秀英", home=home)
    words = ["--start", DAYS[0], "--minutes", 60, "--reason", "纸质补录"]
    linli(
        "visit", "add", "王小明", "--worker", "李秀英", "--service", "学业辅导", *words, home=home
    )
    (visit,) = read(linli("visit", "list", "--json", home=home))
    person = read(linli("person", "show", "王小明", "--json", home=home))
    assert (visit["person"], visit["service"]) == (person["id"], "WY02")
    assert (person["groups"], person["birth_date"]) == ([], "2015-09-01")


def test_a_facility_of_each_kind_is_registered_and_found_by_its_kind(
    linli: Linli, homes: dict[str, Path]
) -> None:
    home, kinds = homes["village"], BASELINE.lists.facility_kinds
    for code in kinds:
        words = ["--kind", code, "--build-mode", "闲置用房"]
        linli("facility", "add", f"南大街{code}", *words, home=home)
    for code in kinds:
        rows = read(linli("facility", "list", "--kind", kinds.title(code), "--json", home=home))
        assert [(row["name"], row["kind"]) for row in rows] == [(f"南大街{code}", code)]
        assert kinds.title(code) in linli("facility", "show", f"南大街{code}", home=home).stdout


def test_somebody_is_in_several_groups_at_once_and_each_is_dated(
    linli: Linli, homes: dict[str, Path]
) -> None:
    home = homes["village"]
    groups = {"留守": "LS", "特困-分散": "TKF", "孤寡": "GG", "独居": "DJ", "空巢": "KC"}
    linli("person", "add", "王桂兰", "--group", "留守", home=home)
    for name in list(groups)[1:]:
        linli("person", "group", "add", "王桂兰", name, home=home)
    row = read(linli("person", "show", "王桂兰", "--json", home=home))
    assert row["groups"] == sorted(groups.values())
    linli("person", "group", "remove", "王桂兰", "空巢", home=home)
    row = read(linli("person", "show", "王桂兰", "--json", home=home))
    assert row["groups"] == sorted(set(groups.values()) - {"KC"})
    dated = told(linli, home, "person", "王桂兰", "groups")
    assert len(dated) == 6 and all(one["at"] for one in dated), "five joined, one left"
    assert [one["at"] for one in dated] == sorted(one["at"] for one in dated)


def test_a_planned_canteen_has_every_status_of_its_way_with_its_day(
    linli: Linli, homes: dict[str, Path]
) -> None:
    home, statuses = homes["village"], BASELINE.lists.facility_statuses
    linli("facility", "add", "幸福食堂", "--kind", "社区食堂", "--status", "规划", home=home)
    for name in ("在建", "试运营", "运营", "停业整改"):
        linli("facility", "set", "幸福食堂", "status", name, home=home)
    linli("facility", "close", "幸福食堂", "--reason", "撤销", home=home)
    dated = told(linli, home, "facility", "幸福食堂", "status")
    way = ["planned", "building", "trial", "open", "suspended", "closed"]
    assert [one["after"] for one in dated] == way
    assert [one["before"] for one in dated[1:]] == [[code] for code in way[:-1]]
    moments = [one["at"] for one in dated]
    assert moments == sorted(moments) and all(moments)
    shown = linli("facility", "history", "幸福食堂", home=home).stdout
    assert all(statuses.title(code) in shown for code in way)
