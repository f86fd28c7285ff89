"""`linli import`: what fits comes in once, and what does not is told with its row."""

from __future__ import annotations

import csv
import re
import stat
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest

from node.care.records import SCHEMA
from node.replica import Replica
from tests.cli.conftest import Linli, read
from tests.cli.sheets import (
    CSV_FAULTS,
    GOOD,
    HEADS,
    XLSX_FAULTS,
    listed,
    person,
    write_csv,
    write_xlsx,
)

Written = tuple[Path, Sequence[tuple[list[Any], str, str]]]
FAULTS_MIN = 20


def xlsx_of_faults(folder: Path) -> Written:
    last = len(XLSX_FAULTS) + 3
    rows = listed(XLSX_FAULTS)
    assert rows[last - 1] is XLSX_FAULTS[-1][0]
    return write_xlsx(folder / "花名册.xlsx", rows, f"H{last}:I{last}"), XLSX_FAULTS


def csv_of_faults(folder: Path) -> Written:
    plain = [["" if cell is None else cell for cell in row] for row in listed(CSV_FAULTS)]
    for row in plain:  # GBK has neither of what pastes bring along
        row[2] = str(row[2]).removeprefix("\u200b")
        row[5] = str(row[5]).replace("\u00a0", " ")
    return write_csv(folder / "花名册.csv", plain), CSV_FAULTS


def people_of(home: Path) -> list[dict[str, Any]]:
    with Replica(home, SCHEMA) as replica:
        return replica.rows("person")


@pytest.mark.parametrize("made", [xlsx_of_faults, csv_of_faults])
def test_each_of_twenty_faults_is_named_with_its_row_and_the_good_rows_come_in(
    linli: Linli, homes: dict[str, Path], tmp_path: Path, made: Callable[[Path], Written]
) -> None:
    path, faults = made(tmp_path)
    assert len(faults) >= FAULTS_MIN
    report = tmp_path / "问题.csv"
    home = homes["village"]
    ran = linli("import", "people", path, "--report", report, home=home, code=1)
    assert f"Took in {len(GOOD)} people; 0 were here already" in ran.stderr
    assert f"{len(faults)} rows did not fit" in ran.stderr
    with report.open(encoding="utf-8-sig", newline="") as file:
        told = {int(line["row"]): line for line in csv.DictReader(file)}
    assert told.keys() == {number + 4 for number in range(len(faults))}
    for number, (_, column, words) in enumerate(faults, start=4):
        assert told[number]["column"] == column, told[number]
        assert words in told[number]["reason"], told[number]
        assert told[number]["remedy"]
        assert told[number]["what"] == "refused"
    assert stat.S_IMODE(report.stat().st_mode) == 0o600
    before = people_of(home)
    assert {row["name"] for row in before} == {"王桂兰", "李秀英", "张凤英", "赵玉兰"}
    assert all(row["phone"] == "13812345678" for row in before)
    assert all((row["id_number"] or "X" * 18).isascii() for row in before)
    again = linli("import", "people", path, home=home, code=1)
    assert f"Took in 0 people; {len(GOOD)} were here already" in again.stderr
    assert people_of(home) == before


def test_a_report_is_in_the_language_of_who_reads_it(
    linli: Linli, homes: dict[str, Path], tmp_path: Path
) -> None:
    path, faults = csv_of_faults(tmp_path)
    report = tmp_path / "问题.csv"
    words = ["import", "people", path, "--dry-run", "--report", report, "--lang", "zh"]
    linli(*words, home=homes["village"], code=1)
    with report.open(encoding="utf-8-sig", newline="") as file:
        told = list(csv.DictReader(file))
    assert len(told) == len(faults)
    assert list(told[0]) == ["行", "结果", "列", "字段", "内容", "原因", "怎么办"]
    for line in told:
        assert line["结果"] == "未导入"
        for column in ("字段", "原因", "怎么办"):
            assert not line[column] or re.search("[\u4e00-\u9fff]", line[column]), line
            assert not re.search("[a-z]{3,} [a-z]{2,} [a-z]", line[column]), line


@pytest.mark.parametrize("made", [xlsx_of_faults, csv_of_faults])
def test_no_whole_id_number_is_shown(
    linli: Linli, homes: dict[str, Path], tmp_path: Path, made: Callable[[Path], Written]
) -> None:
    path, faults = made(tmp_path)
    report = tmp_path / "r.csv"
    ran = linli("import", "people", path, "--report", report, home=homes["village"], code=1)
    shown = ran.output + report.read_text("utf-8-sig")
    assert "130732********" in shown
    for row, _, _ in faults:
        number = str(row[2])
        if len(number) > 14 and "*" not in number:
            assert number not in shown


def test_nothing_is_written_by_a_dry_run_nor_with_all_or_nothing(
    linli: Linli, homes: dict[str, Path], tmp_path: Path
) -> None:
    path, _ = csv_of_faults(tmp_path)
    home = homes["village"]
    dry = linli("import", "people", path, "--dry-run", home=home, code=1)
    assert f"Would take in {len(GOOD)} people" in dry.stderr
    nothing = linli("import", "people", path, "--all-or-nothing", home=home, code=1)
    assert "Nothing was written" in nothing.stderr
    assert people_of(home) == []
    write_csv(path, [HEADS, *([cell or "" for cell in row] for row in GOOD[:1])])
    stated = read(linli("import", "people", path, "--all-or-nothing", "--json", home=home))
    assert (stated["written"], stated["refused"], stated["notes"]) == (1, 0, [])
    assert len(people_of(home)) == 1


def test_a_row_that_says_otherwise_is_told_and_not_applied(
    linli: Linli, homes: dict[str, Path], tmp_path: Path
) -> None:
    home = homes["village"]
    path = write_xlsx(tmp_path / "a.xlsx", [HEADS, person("王桂兰", 1)])
    linli("import", "people", path, home=home)
    before = people_of(home)
    other = person("王桂兰", 1, 联系电话="13900000000", 人员类别="独居", 家庭住址=None)
    write_xlsx(path, [HEADS, other])
    ran = linli("import", "people", path, home=home)
    assert "Row 2, column F, phone: The list says 13900000000, and the record 13812345678." in (
        ran.stdout
    )
    assert "Row 2, column I, groups: The list says 独居, and the record 独居、高龄." in ran.stdout
    assert "1 are here and say otherwise" in ran.stderr
    assert "address" not in ran.stdout, "an empty cell says nothing"
    assert people_of(home) == before


def test_who_is_known_without_a_number_is_not_made_twice_when_the_number_comes(
    linli: Linli, homes: dict[str, Path], tmp_path: Path
) -> None:
    home = homes["village"]
    without = person("王桂兰", 1, 身份证号=None, 出生日期="1943-05-12")
    path = write_xlsx(tmp_path / "a.xlsx", [HEADS, without])
    linli("import", "people", path, home=home)
    write_xlsx(path, [HEADS, person("王桂兰", 1)])
    ran = linli("import", "people", path, home=home)
    assert "id_number: The list says 130732********" in ran.stdout
    assert "and the record nothing" in ran.stdout
    assert len(people_of(home)) == 1


def test_what_waits_for_the_county_is_no_difference(
    linli: Linli, homes: dict[str, Path], tmp_path: Path
) -> None:
    path = write_csv(tmp_path / "a.csv", [["姓名", "护理等级"], ["王桂兰", "半护理"]])
    linli("import", "people", path, home=homes["village"])
    again = linli("import", "people", path, home=homes["village"])
    assert "Took in 0 people; 1 were here already." in again.stderr
    write_csv(path, [["姓名", "护理等级"], ["王桂兰", "全护理"]])
    other = linli("import", "people", path, home=homes["village"])
    assert "The list says 全护理, and the record nothing." in other.stdout


@pytest.mark.parametrize(
    ("head", "at", "words"),
    [
        ([*HEADS[:5], "蓝牙号", *HEADS[6:]], 0, "F '蓝牙号'"),
        (
            [*HEADS[:5], "手机", "电话", *HEADS[7:]],
            0,
            "two columns for phone: F '手机' and G '电话'",
        ),
        (["序号", "备注", *HEADS[2:10]], 0, "no heading for name"),
        (HEADS, 2, "The headings stand in row 3 (A 序号, B 姓名, C 身份证号"),
    ],
)
def test_headings_that_do_not_tell_are_refused_with_their_letter(
    linli: Linli, homes: dict[str, Path], tmp_path: Path, head: list[str], at: int, words: str
) -> None:
    above = [["赤城县老年人花名册"], ["2026年11月"]][:at]
    path = write_xlsx(tmp_path / "a.xlsx", [*above, head, person("王桂兰", 1)])
    assert words in linli("import", "people", path, home=homes["village"], code=2).stderr
    assert people_of(homes["village"]) == []


def test_a_heading_above_the_wrong_column_is_refused(
    linli: Linli, homes: dict[str, Path], tmp_path: Path
) -> None:
    swapped = [*HEADS]
    swapped[2], swapped[5] = swapped[5], swapped[2]
    rows = [person(f"王{number}", number) for number in range(5)]
    path = write_xlsx(tmp_path / "a.xlsx", [swapped, *rows])
    ran = linli("import", "people", path, home=homes["village"], code=2)
    assert "Column C is headed '联系电话' and holds ID numbers from row 2 on" in ran.stderr


def test_a_village_is_named_by_code_or_name_and_nothing_else_will_do(
    linli: Linli, homes: dict[str, Path], tmp_path: Path
) -> None:
    heads = ["姓名", "乡镇", "村", "行政区划代码"]
    rows = [
        ["甲", "赤城镇", "南大街", ""],
        ["乙", "", "", "130732100202"],
        ["丙", "", "东关村", "130732100201"],
        ["丁", "赤城镇", "", ""],
        ["戊", "", "", ""],
        ["己", "", "", "130732100209"],
    ]
    path = write_csv(tmp_path / "a.csv", [heads, *rows], "utf-8-sig")
    ran = linli("import", "people", path, home=homes["county"], code=1)
    assert "Took in 2 people" in ran.stderr
    assert "Row 4, column C, division: '东关村' is not 南大街村, whose code 130732100201" in (
        ran.stdout
    )
    assert "Row 5, column B, township: '赤城镇' is a township, and the row needs a village" in (
        ran.stdout
    )
    assert "Row 6, column C, division: The cell is empty" in ran.stdout
    assert "Row 7, column D, division_code: '130732100209' is no division" in ran.stdout
    divisions = {row["name"]: row["division#"] for row in people_of(homes["county"])}
    assert divisions == {"甲": "v", "乙": "w"}


def test_at_gives_a_village_to_rows_that_name_none(
    linli: Linli, homes: dict[str, Path], tmp_path: Path
) -> None:
    path = write_csv(tmp_path / "a.csv", [["name", "village"], ["甲", ""], ["乙", "南大街村"]])
    ran = linli("import", "people", path, "--at", "东关村", home=homes["county"], code=1)
    assert "'南大街村' is not in 东关村 (130732100202)." in ran.stdout
    assert [row["division#"] for row in people_of(homes["county"])] == ["w"]


def test_workers_and_facilities_come_in_and_stay_as_they_are(
    linli: Linli, homes: dict[str, Path], tmp_path: Path
) -> None:
    home = homes["township"]
    workers: list[list[Any]] = [
        ["姓名", "人员类别", "每日服务人数上限"],
        ["李秀英", "医护", 4],
        ["李秀英", "普通", 3],
    ]
    path = write_xlsx(tmp_path / "w.xlsx", workers)
    ran = linli("import", "workers", path, home=home, code=1)
    assert "Row 3, column A, name: '李秀英' stands in row 2 already, with" in ran.stdout
    assert (
        "Took in 0 workers; 1 were here"
        in linli("import", "workers", path, home=home, code=1).stderr
    )
    facilities = [
        ["名称", "类别", "床位", "服务项目"],
        ["南大街幸福食堂", "长者餐厅", "40", "堂食，送餐"],
    ]
    path = write_csv(tmp_path / "f.csv", facilities)
    linli("import", "facilities", path, "--at", "南大街村", home=home)
    assert (
        "1 were here" in linli("import", "facilities", path, "--at", "南大街村", home=home).stderr
    )
    with Replica(home, SCHEMA) as replica:
        (facility,) = replica.rows("facility")
        (worker,) = replica.rows("worker")
    assert (facility["kind"], facility["seats"], facility["services"]) == (
        "CT",
        40,
        ["ZC01", "ZC02"],
    )
    assert (worker["worker_class"], worker["clients_per_day_max"]) == ("YH", 4)
    assert facility["division#"] == "v"


def test_a_report_or_an_ignored_heading_is_taken_at_its_word(
    linli: Linli, homes: dict[str, Path], tmp_path: Path
) -> None:
    home = homes["village"]
    path = write_csv(tmp_path / "a.csv", [["姓名", "蓝牙号"], ["甲", "1"]])
    linli("import", "people", path, home=home, code=2)
    report = tmp_path / "r.csv"
    words = ["import", "people", path, "--ignore", "蓝牙号", "--report", report]
    linli(*words, home=home)
    assert "is there already" in linli(*words, home=home, code=2).stderr
    linli(*words, "--yes", home=home)
    assert "End its name in" in linli(*words[:-1], tmp_path / "r.txt", home=home, code=2).stderr


def test_many_faults_are_shown_in_part(
    linli: Linli, homes: dict[str, Path], tmp_path: Path
) -> None:
    rows = [[f"王{number}", "1"] for number in range(50)]
    path = write_csv(tmp_path / "a.csv", [["姓名", "电话"], *rows])
    ran = linli("import", "people", path, home=homes["village"], code=1)
    assert len(ran.stdout.splitlines()) == 20
    assert "And 30 more lines." in ran.stderr


LISTED = [
    ["统计用区划代码", "名称"],
    ["130732", "赤城县"],
    ["130732100", "赤城镇"],
    ["130732100201", "南大街村"],
    ["130732100202", "东关村"],
]


def test_a_later_list_of_divisions_is_compared_and_nothing_of_it_applied(
    linli: Linli, homes: dict[str, Path], tmp_path: Path
) -> None:
    home = homes["county"]
    later = [
        *LISTED[:3],
        ["130732100201", "南大街新村"],
        ["130732100205", "东关村"],
        ["130732100203", "西关村"],
    ]
    path = write_xlsx(tmp_path / "2027.xlsx", later)
    report = tmp_path / "差异.csv"
    ran = linli("import", "divisions", path, "--report", report, home=home)
    assert "Added 0 divisions; 4 are known here" in ran.stderr
    assert "3 differences changed nothing" in ran.stderr
    stated = read(linli("import", "divisions", path, "--json", home=home))["differences"]
    assert {(one["what"], one["code"], one["here"], one["listed"]) for one in stated} == {
        ("new", "130732100203", "", "西关村"),
        ("name", "130732100201", "南大街村", "南大街新村"),
        ("code", "130732100205", "130732100202", "130732100205"),
    }
    assert "西关村" in report.read_text("utf-8-sig")
    write_csv(path.with_suffix(".csv"), LISTED[:-1])
    gone = linli("import", "divisions", path.with_suffix(".csv"), home=home)
    assert gone.stdout == "The list lacks 东关村 (130732100202).\n"
    assert "linli division change import" in gone.stderr
    assert (
        "Added 1 division; 5" in linli("import", "divisions", path, "--add-new", home=home).stderr
    )
    assert "2 differences" in linli("import", "divisions", path, "--add-new", home=home).stderr
    with Replica(home, SCHEMA) as replica:
        assert replica.tree.by_code("130732100205") is None
        added = replica.tree.by_code("130732100203")
        assert added is not None
        assert added.parent == "t"


def test_a_list_of_divisions_with_a_wrong_row_is_refused_as_a_whole(
    linli: Linli, homes: dict[str, Path], tmp_path: Path
) -> None:
    wrong = [
        *LISTED,
        ["13073210020", "西关村"],
        ["130732999201", "某村"],
        ["130732100201", "又一村"],
    ]
    path = write_xlsx(tmp_path / "a.xlsx", wrong)
    ran = linli("import", "divisions", path, home=homes["county"], code=1)
    assert "Row 6, column A, code: '13073210020' is not a statistical code." in ran.stdout
    assert "'130732999' is not in the list" in ran.stdout
    assert "Row 8, column A, code: '130732100201' stands in row 4 already." in ran.stdout
    assert "nothing of the list was taken in" in ran.stderr
