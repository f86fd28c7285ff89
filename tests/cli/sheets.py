"""Lists with faults, as people send them: rows of cells, and the same as XLSX and as GBK CSV."""

from __future__ import annotations

import csv
import datetime
import io
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from openpyxl import Workbook

from node.care.fields import id_check_digit, masked_id

HEADS = [
    "序号", "姓名", "身份证号", "性别", "出生日期", "联系电话", "家庭住址", "所在村", "人员类别",
    "残疾人证号", "备注",
]  # fmt: skip


def id_number(serial: int, born: str = "19430512") -> str:
    """An ID number of nobody, with a right check digit."""
    digits = f"130732{born}{serial:03}"
    return digits + id_check_digit(digits)


def person(name: str, serial: int, **changed: Any) -> list[Any]:
    """A row that fits, but for what is changed; a key is a heading."""
    cells: dict[str, Any] = {
        "序号": serial, "姓名": name, "身份证号": id_number(serial), "性别": "女男"[serial % 2],
        "联系电话": "13812345678", "家庭住址": f"南大街{serial}号", "所在村": "南大街村",
        "人员类别": "独居、高龄",
    }  # fmt: skip
    extra: list[Any] = changed.pop("more", [])
    assert changed.keys() <= set(HEADS)
    return [(cells | changed).get(head) for head in HEADS] + extra


def wrong_digit(serial: int) -> str:
    """An ID number of which the last character does not fit."""
    number = id_number(serial)
    return number[:17] + str((int(number[17].replace("X", "9")) + 1) % 10)


def spaced(number: str) -> str:
    """An ID number as some cards and many people part it."""
    return f"{number[:6]} {number[6:14]} {number[14:]}"


SHARED_FAULTS: list[tuple[list[Any], str, str]] = [
    (person("甲一", 1, 身份证号=wrong_digit(1)), "C", "does not fit its last character"),
    (person("甲二", 2, 身份证号=id_number(2, "19430229")), "C", "a day that does not exist"),
    (person("甲三", 3, 身份证号="1.4E+17"), "C", "was rounded by a spreadsheet"),
    (person("甲四", 100), "C", "stands in row 2 already"),
    (person("甲五", 5, 所在村="桃花源村"), "H", "is no division that is known here"),
    (person("甲六", 6, 所在村="东关村"), "H", "lies outside 南大街村"),
    (person("甲七", 7, 所在村="赤城镇"), "H", "lies outside 南大街村"),
    (person("甲八", 8, 备注="=1+1"), "K", "is a formula"),
    (person("", 9), "B", "needs name"),
    (person("甲十", 10, 联系电话="1381234567"), "F", "is not a phone number"),
    (person("乙一", 11, 人员类别="独居、外星人"), "I", "'外星人' is not in the list"),
    (person("乙二", 12, 性别="雌"), "D", "'雌' is not in the list genders"),
    (person("乙三", 13, 出生日期="1943年13月1日"), "E", "names a day that does not exist"),
    (person("乙四", 14, 身份证号="130732194305120"), "C", "has 15 characters"),
    (person("乙五" * 60, 15), "B", "has 120 characters, and 100 fit"),
    (person("乙六", 16, more=["slipped"]), "L", "stands under no heading"),
    (person("乙七", 17, 残疾人证号="12345678"), "J", "is not the number of a disability"),
    (person("李秀英", 0, 身份证号=None, 出生日期="1950-03-01"), "B", "stands in row 3 already"),
    (person("乙八", 18, 身份证号=spaced(wrong_digit(18))), "C", "does not fit its last character"),
    (person("乙九", 19, 身份证号=masked_id(id_number(19))), "C", "is masked"),
]  # fmt: skip
"""Rows that do not fit, the column at fault, and words of what is said of it."""

XLSX_FAULTS: list[tuple[list[Any], str, str]] = [
    *SHARED_FAULTS,
    (person("丙一", 21, 身份证号=int(id_number(21)[:17] + "0")), "C", "is a number cell"),
    (person("丙二", 22, 家庭住址=datetime.datetime(2026, 3, 12)), "G", "is a date cell"),
    (person("丙三", 23, 备注="#N/A"), "K", "is the error of a formula"),
    (person("丙四", 24), "H", "is merged"),
]
CSV_FAULTS: list[tuple[list[Any], str, str]] = [
    *SHARED_FAULTS,
    (person("丙一", 21, 家庭住址="南\0大街"), "G", "the invisible character U+0000"),
    (person("丙二", 22, 联系电话="1.38E+10"), "F", "was rounded by a spreadsheet"),
]

GOOD = [
    person("王桂兰", 100),
    person("李秀英", 0, 身份证号=None, 出生日期="1950/3/1", 联系电话="　1381234\u00a05678 "),
    person("张凤英", 102, 身份证号=f"\u200b{id_number(102)}", 人员类别=None, 所在村="南大街"),
    person("赵玉兰", 103, 身份证号="１３０７３２" + id_number(103)[6:], 出生日期=None),
]
"""Rows that fit, some of them with what a paste brings along."""


def listed(faults: Sequence[tuple[list[Any], str, str]]) -> list[list[Any]]:
    """A list: headings, two rows that fit, the faults, and the others that fit."""
    return [HEADS, *GOOD[:2], *(row for row, _, _ in faults), *GOOD[2:]]


def write_xlsx(path: Path, rows: Sequence[Sequence[Any]], merged: str = "") -> Path:
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    for row in rows:
        sheet.append(list(row))
    if merged:
        sheet.merge_cells(merged)
    book.save(path)
    return path


def write_csv(path: Path, rows: Sequence[Sequence[Any]], encoding: str = "gbk") -> Path:
    text = io.StringIO()
    csv.writer(text).writerows(rows)
    path.write_bytes(text.getvalue().encode(encoding, "strict"))
    return path
