"""`linli import`: a list that cannot be read to its end changes nothing; nobody comes in twice."""

from __future__ import annotations

import csv
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from openpyxl import load_workbook

from node.care.records import SCHEMA
from node.care.sheets import importing
from node.replica import Insert, Replica
from tests.cli.conftest import Linli
from tests.cli.sheets import HEADS, id_number, person, write_csv, write_xlsx

SOUND_ROWS = importing.BATCH_ROWS + importing.WAITING_ROWS_MAX + 500
"""Enough for a batch to be written before the end of the list is read."""
UNKNOWN_ID = "01JD00000000000000000000{:02}"
LETTERS = re.compile("[a-z]{2,}|[A-Z][a-z]+")


def people_of(home: Path) -> list[dict[str, Any]]:
    with Replica(home, SCHEMA) as replica:
        return replica.rows("person")


def many(folder: Path, last: bytes, count: int = SOUND_ROWS) -> Path:
    rows = "".join(f"王{number},13812345678\n" for number in range(count))
    path = folder / "a.csv"
    path.write_bytes(f"姓名,电话\n{rows}".encode() + last)
    return path


@pytest.mark.parametrize(
    ("last", "words"),
    [
        (b'"never closed,1\n', "its quotes do not match"),
        (b"x" * 1_100_000, "longer than 1048576 bytes"),
    ],
)
def test_a_list_that_breaks_off_late_changes_nothing(
    linli: Linli, homes: dict[str, Path], tmp_path: Path, last: bytes, words: str
) -> None:
    path = many(tmp_path, last)
    assert words in linli("import", "people", path, home=homes["village"], code=2).stderr
    assert people_of(homes["village"]) == []


def test_who_stops_an_import_is_told_what_is_in(homes: dict[str, Path], tmp_path: Path) -> None:
    path, home = many(tmp_path, b"", 4 * SOUND_ROWS), homes["village"]
    words = [sys.executable, "-m", "cli", "--home", str(home), "import", "people", str(path)]
    running = subprocess.Popen(
        words, stderr=subprocess.PIPE, text=True, env=os.environ | {"LINLI_LANG": "en"}
    )
    sizes, until = [0], time.monotonic() + 60
    while running.poll() is None and time.monotonic() < until:
        sizes.append(sum(one.stat().st_size for one in home.glob("*-wal")))
        if sizes[-1] > 500_000 and len(set(sizes[-10:])) == 1:
            break  # a batch is in, and the next is being judged
        time.sleep(0.02)
    running.send_signal(signal.SIGINT)
    told = running.communicate(timeout=60)[1]
    assert running.returncode != 0
    found = re.search(r"It stopped half way: (\d+) people are in\.\nImport the list again", told)
    assert found, told
    assert 0 < int(found[1]) == len(people_of(home))


def test_one_person_with_two_unknown_ids_comes_in_once(
    linli: Linli, homes: dict[str, Path], tmp_path: Path
) -> None:
    heads = ["编号", "姓名", "身份证号", "出生日期"]
    rows = [
        [UNKNOWN_ID.format(1), "王桂兰", id_number(100), ""],
        [UNKNOWN_ID.format(2), "王桂兰", id_number(100), ""],
        [UNKNOWN_ID.format(3), "王桂兰", "", "1943-05-12"],
        [UNKNOWN_ID.format(4), "王桂兰", id_number(102), ""],
    ]
    path, home = write_xlsx(tmp_path / "a.xlsx", [heads, *rows]), homes["village"]
    ran = linli("import", "people", path, home=home, code=1)
    assert "Row 3, column C, id_number: '130732********100" in ran.stdout
    assert "' stands in row 2 already. Delete one of the two rows." in ran.stdout
    same = "'王桂兰' stands in row 2 already, with the same name, birth date and village."
    assert f"Row 4, column B, name: {same}" in ran.stdout
    assert {one["id_number"] for one in people_of(home)} == {id_number(100), id_number(102)}


def test_two_who_look_alike_and_are_here_come_back_as_two(
    linli: Linli, homes: dict[str, Path], tmp_path: Path
) -> None:
    home, path = homes["village"], tmp_path / "a.xlsx"
    for _ in range(2):
        linli("person", "add", "王桂兰", home=home)
    linli("export", "people", path, "--whole-ids", home=home)
    told = linli("import", "people", path, home=home).stderr
    assert "Took in 0 people; 2 were here already." in told


def test_a_list_closes_nobody_in_the_future(
    linli: Linli, homes: dict[str, Path], tmp_path: Path
) -> None:
    heads = ["姓名", "状态", "注销日期", "注销原因"]
    rows = [["甲", "已注销", "2099-01-01", "死亡"], ["乙", "", "2026-01-01", "死亡"]]
    path = write_csv(tmp_path / "a.csv", [heads, *rows])
    told = linli("import", "people", path, home=homes["village"], code=1).stdout
    assert "Row 2, column C: closed_on '2099-01-01' lies after today" in told
    assert "Fill in status as well, with '已注销'; or leave it empty." in told
    assert "linli person close" not in told


def test_hidden_rows_are_not_taken_in_without_a_word(
    linli: Linli, homes: dict[str, Path], tmp_path: Path
) -> None:
    rows = [["姓名", "电话", "备注"], ["甲", "", "x"], ["乙", "", "y"], ["丙", "", "z"]]
    path = write_xlsx(tmp_path / "a.xlsx", rows)
    book = load_workbook(path)
    sheet = book["Sheet"]
    for number in (2, 4):
        sheet.row_dimensions[number].hidden = True
    sheet.column_dimensions["C"].hidden = True
    book.save(path)
    home = homes["village"]
    told = linli("import", "people", path, home=home, code=2).stderr
    assert "has 2 hidden rows and 1 hidden columns" in told and "--hidden" in told
    assert people_of(home) == []
    linli("import", "people", path, "--hidden", home=home)
    assert len(people_of(home)) == 3


# --- not a word of English -----------------------------------------------------------------------

DIVISIONS = [
    ["统计用区划代码", "名称", "级别", "上级代码"],
    ["130732", "赤城县", "", ""],
    ["130732100", "赤城镇", "自然村", ""],
    ["130732100201", "南大街村", "", ""],
    ["130732101201", "甲村", "", ""],
    ["130732101202", "乙村", "", ""],
    ["13073", "丙村", "", ""],
    ["130732100201", "南大街村", "", ""],
]
FACILITIES = [
    ["名称", "类别", "床位", "状态", "关停日期", "关停原因", "服务项目", "所在村"],
    ["甲", "火", "-1", "火", "", "", "飞行", "南大街村"],
    ["乙", "助餐点", "", "运营", "2026-01-01", "停业", "", "南大街村"],
    ["丙" * 150, "助餐点", "", "撤销", "", "", "", "南大街村"],
    ["丁", "助餐点", "", "", "2099-01-01", "火", "", "桃花源"],
]
PEOPLE = [
    [*HEADS, "状态", "注销日期", "注销原因", "能力等级"],
    [*person("甲", 2, 性别="火", 人员类别="火"), "火", "昨天", "火", "火"],
    [*person("乙", 4, 性别="男"), "已注销", "", "", ""],
    [*person("丙", 6, 出生日期="1950-01-01"), "", "", "死亡", ""],
    [*person(id_number(8), 8, 联系电话="1"), "", "", "", ""],
    [*person("丁", 10, 残疾人证号=f"{id_number(12)}42"), "", "", "", ""],
    [*person("戊" * 150, 14, 所在村=""), "", "", "", ""],
    [*person("己", 16, 备注='="1307321943"&"05120128"'), "", "", "", ""],
]  # fmt: skip
WORKERS = [["姓名", "类别", "每日服务人数"], ["甲", "火", "火"], ["乙" * 150, "普通", "99"]]


@pytest.mark.parametrize(
    ("noun", "rows"),
    [
        ("people", PEOPLE),
        ("workers", WORKERS),
        ("facilities", FACILITIES),
        ("divisions", DIVISIONS),
    ],
)
def test_not_a_word_of_english_is_said_of_a_row(
    linli: Linli, homes: dict[str, Path], tmp_path: Path, noun: str, rows: list[list[Any]]
) -> None:
    report = tmp_path / "r.csv"
    path = write_csv(tmp_path / "a.csv", rows, "utf-8-sig")
    words = ["import", noun, path, "--report", report, "--lang", "zh"]
    ran = linli(*words, home=homes["county"], code=1)
    with report.open(encoding="utf-8-sig", newline="") as file:
        told = [" ".join(line.values()) for line in csv.DictReader(file)]
    assert len(told) >= 2
    for line in [*ran.output.splitlines(), *told]:
        shown = re.sub(r"--[\w-]+|linli [a-z ]+|\S+\.csv|FILE", "", line)
        assert not LETTERS.search(shown), line
        assert "： " not in line, line
    if noun in ("people", "workers"):
        assert "名称" not in ran.stdout


@pytest.mark.parametrize(
    "content",
    [
        "姓名,身份证\n" + "13812345678,1\n" * 4,
        "姓名,蓝牙号,联系电化\n甲,1,1\n",
        "备注,电话\n甲,1\n",
        "姓名,手机,电话\n甲,1,1\n",
        "甲,乙,丙\n甲,1,1\n",
        '姓名,电话\n"甲,1\n',
        "姓名;电话\n甲;1\n",
        "姓名|电话\n甲|1\n",
        "PK\x03\x04 nothing",
        "",
    ],
)
def test_not_a_word_of_english_is_said_of_a_file(
    linli: Linli, homes: dict[str, Path], tmp_path: Path, content: str
) -> None:
    path = tmp_path / "a.csv"
    path.write_text(content, "utf-8")
    told = linli("import", "people", path, "--lang", "zh", home=homes["village"], code=2).stderr
    shown = re.sub(r"--[\w-]+|linli:|\S+\.csv", "", told)
    assert not LETTERS.search(shown), told


def test_what_lies_below_a_refused_division_is_not_told_again(
    linli: Linli, homes: dict[str, Path], tmp_path: Path
) -> None:
    heads, county = ["代码", "名称"], ["130732", "赤城县"]
    below = [[f"130732100{number}", f"村{number}"] for number in range(201, 231)]
    lacking = [[f"130732999{number}", f"村{number}"] for number in range(201, 231)]
    wrong = [[f"13073220{number}", "乡"] for number in range(10, 40)]
    rows = [heads, county, ["130732100", ""], *below, *lacking, *wrong]
    path = write_csv(tmp_path / "a.csv", rows)
    ran = linli("import", "divisions", path, home=homes["county"], code=1)
    assert "And 12 more lines. All of them in a file: --report FILE.csv" in ran.stderr
    assert "'130732100' is not in the list" not in ran.stdout
    assert len(ran.stdout.splitlines()) == 20
    assert "32 rows did not fit" in ran.stderr


def test_a_line_names_its_field_and_closes_its_quotes(
    linli: Linli, homes: dict[str, Path], tmp_path: Path
) -> None:
    path = write_csv(tmp_path / "a.csv", [["姓名", "手机"], ["甲" * 150, ""], ["乙", ""]])
    words = ["import", "people", path, "--lang", "zh"]
    told = linli(*words, home=homes["county"], code=1).stdout
    assert re.search("^第 2 行 A 列：姓名“甲+…”有 150 个字符", told, re.MULTILINE), told
    assert re.search("^第 3 行，所在村：这一格是空的", told, re.MULTILINE), told


def test_a_divided_list_is_told_by_its_sign(
    linli: Linli, homes: dict[str, Path], tmp_path: Path
) -> None:
    path = tmp_path / "a.csv"
    path.write_text("姓名;电话\n甲;1\n", "gbk")
    told = linli("import", "people", path, home=homes["village"], code=2).stderr
    assert "are parted by ';'; a list has commas or tabs there" in told


def test_a_cell_far_too_long_is_told_with_its_row(
    linli: Linli, homes: dict[str, Path], tmp_path: Path
) -> None:
    path = write_csv(tmp_path / "a.csv", [["姓名", "备注"], ["甲", "长" * 200_000], ["乙", ""]])
    ran = linli("import", "people", path, home=homes["village"], code=1)
    assert "Row 2, column B, note: '长" in ran.stdout
    assert "has 200000 characters, and 5000 fit" in ran.stdout
    assert "Took in 1 people" in ran.stderr


def test_an_id_number_in_a_formula_is_masked_wherever_it_is_told(
    linli: Linli, homes: dict[str, Path], tmp_path: Path
) -> None:
    report = tmp_path / "r.csv"
    formula = '="1307321943"&"05120128"'
    path = write_xlsx(tmp_path / "a.xlsx", [["姓名", "身份证号"], ["甲", formula]])
    ran = linli("import", "people", path, "--report", report, home=homes["village"], code=1)
    assert "05120128" not in ran.output + report.read_text("utf-8-sig")
    assert "is a formula" in ran.stdout


def test_a_report_has_no_apostrophes_but_before_formulas(
    linli: Linli, homes: dict[str, Path], tmp_path: Path
) -> None:
    report = tmp_path / "r.csv"
    path = write_xlsx(tmp_path / "a.xlsx", [["姓名", "电话"], ["甲", "1.4E+17"], ["乙", "=1+1"]])
    linli("import", "people", path, "--report", report, home=homes["village"], code=1)
    with report.open(encoding="utf-8-sig", newline="") as file:
        rounded, formula = csv.DictReader(file)
    assert rounded["reason"].startswith("'1.4E+17' was rounded")
    assert formula["value"] == "'=1+1"


def test_a_township_that_does_not_hold_the_village_is_named(
    linli: Linli, homes: dict[str, Path], tmp_path: Path
) -> None:
    home = homes["county"]
    with Replica(home, SCHEMA) as county:
        act = {"subject": "u", "kind": "establish", "level": "township", "code": "130732101"}
        values = act | {"name": "白草镇", "parent": "c", "valid_from": "2026-01-01"}
        county.write("c", [Insert("division_act", values)])
    path = write_csv(tmp_path / "a.csv", [["姓名", "乡镇", "村"], ["甲", "白草镇", "南大街村"]])
    told = linli("import", "people", path, home=home, code=1).stdout
    assert "'南大街村' is not in 白草镇 (130732101), the township that the row names." in told
