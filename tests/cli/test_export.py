"""`linli export`: files that a spreadsheet opens as they are, and that come in again."""

from __future__ import annotations

import csv
import stat
import tempfile
from pathlib import Path
from typing import Any

import pytest
from openpyxl import load_workbook

from node.care import cases, facilities, people, visits
from node.care.records import SCHEMA
from node.care.sheets.writing import written
from node.clock import parse_local
from node.replica import Replica
from tests.cli.conftest import Linli
from tests.cli.sheets import id_number

EVIL = '=HYPERLINK("http://x","y")'
HOME = "village"


@pytest.fixture
def home(homes: dict[str, Path]) -> Path:
    """A village with one of everything, some of it named by somebody who means harm."""
    with Replica(homes[HOME], SCHEMA) as replica:
        first = people.add_person(
            replica,
            "v",
            {
                "name": "王桂兰",
                "id_number": id_number(1),
                "phone": "13812345678",
                "address": EVIL,
                "care_grade": "半护理",
                "disability_certificate": id_number(1) + "43",
                "note": "'5 号\n第二行",
            },
            user="x",
            groups=["独居", "高龄"],
        )
        for note in ("+1", "-1", "@x", "''", "＝1"):
            people.add_person(replica, "v", {"name": note, "note": note}, user="x")
        worker = people.add_worker(replica, "v", {"name": "李秀英"}, user="x")
        for day, minutes in (("2026-11-20", 45), ("2026-11-21", 60)):
            visit = {"person": first, "worker": worker, "service": "助浴", "fee_fen": 1250}
            started = parse_local(f"{day} 09:30")
            visit |= {"started_at": started, "minutes": minutes}
            made = visits.record_visit(replica, "v", visit, user="x", reason="纸质补录")
        visits.correct_visit(replica, made, {"minutes": 50}, "录错时间", user="x")
        facilities.add_facility(
            replica, "v", {"name": EVIL, "kind": "助餐点", "seats": 40}, user="x", services=["堂食"]
        )
        cases.open_case(replica, "v", {"person": first}, user="x", items=["1", "2"])
    return homes[HOME]


def cells_of(path: Path) -> list[dict[str, Any]]:
    """The rows of a file by heading, as a stranger reads them."""
    if path.suffix == ".csv":
        with path.open(encoding="utf-8-sig", newline="") as file:
            return list(csv.DictReader(file))
    sheet = load_workbook(path).worksheets[0]
    heads, *rows = ([cell.value for cell in row] for row in sheet.iter_rows())
    return [dict(zip(map(str, heads), row, strict=True)) for row in rows]


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
@pytest.mark.parametrize("register", ["people", "facilities"])
def test_what_went_out_comes_in_again_and_changes_nothing(
    linli: Linli, home: Path, tmp_path: Path, kind: str, register: str
) -> None:
    path = tmp_path / f"out.{kind}"
    words = ["--whole-ids"] if register == "people" else []
    linli("export", register, path, *words, home=home)
    count = len(cells_of(path))
    with Replica(home, SCHEMA) as replica:
        before = [*replica.rows("person"), *replica.rows("facility")]
    ran = linli("import", register, path, home=home)
    assert f"Took in 0 {register}; {count} were here already." in ran.stderr
    assert ran.stdout == ""
    with Replica(home, SCHEMA) as replica:
        assert [*replica.rows("person"), *replica.rows("facility")] == before


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_what_went_out_fills_an_empty_node_alike(
    linli: Linli, homes: dict[str, Path], home: Path, tmp_path: Path, kind: str
) -> None:
    path = tmp_path / f"out.{kind}"
    linli("export", "people", path, "--whole-ids", home=home)
    linli("import", "people", path, home=homes["township"])
    columns = [column.name for column in people.PERSON.columns]

    def told(where: Path) -> list[list[Any]]:
        with Replica(where, SCHEMA) as replica:
            return sorted([row[name] for name in columns] for row in replica.rows("person"))

    assert told(homes["township"]) == told(home)


def test_id_numbers_go_out_masked_unless_whole_ones_are_asked_for(
    linli: Linli, home: Path, tmp_path: Path
) -> None:
    for kind in ("csv", "xlsx"):
        path = tmp_path / f"out.{kind}"
        ran = linli("export", "people", path, home=home)
        assert "whole" not in ran.stderr
        shown = str(cells_of(path))
        assert id_number(1) not in shown
        assert f"130732********{id_number(1)[-4:]}" in shown
        assert "is masked" in linli("import", "people", path, home=home, code=1).stdout
        said = linli("export", "people", path, "--whole-ids", "--yes", home=home).stderr
        assert "holds whole ID numbers and is not encrypted" in said
        assert ("rounds 18 digits" in said) == (kind == "csv")
        assert id_number(1) in str(cells_of(path))


def test_no_cell_is_a_formula(linli: Linli, home: Path, tmp_path: Path) -> None:
    for register in ("people", "visits", "facilities", "cases"):
        for kind in ("csv", "xlsx"):
            linli("export", register, tmp_path / f"{register}.{kind}", home=home)
        for row in cells_of(tmp_path / f"{register}.csv"):
            assert all(not cell or cell[0] not in "=+-@\t\r＝" for cell in row.values()), row
        sheet = load_workbook(tmp_path / f"{register}.xlsx").worksheets[0]
        assert all(cell.data_type != "f" for row in sheet.iter_rows() for cell in row)
    assert f"'{EVIL}" in (tmp_path / "facilities.csv").read_text("utf-8-sig").replace('""', '"')
    assert cells_of(tmp_path / "facilities.xlsx")[0]["名称"] == EVIL


def test_numbers_of_many_digits_are_text_cells(linli: Linli, home: Path, tmp_path: Path) -> None:
    path = tmp_path / "out.xlsx"
    linli("export", "people", path, "--whole-ids", home=home)
    sheet = load_workbook(path).worksheets[0]
    heads = [cell.value for cell in sheet[1]]
    first = next(row for row in sheet.iter_rows(min_row=2) if row[heads.index("电话")].value)
    for head in ("身份证号", "电话", "区划代码", "残疾人证号", "编号"):
        cell = first[heads.index(head)]
        assert (cell.data_type, cell.number_format) == ("s", "@"), head
    assert first[heads.index("状态")].value == "在册"
    assert first[heads.index("人群类别")].value == "独居、高龄"


def test_visits_go_out_as_corrected_by_day_and_with_names(
    linli: Linli, home: Path, tmp_path: Path
) -> None:
    path = tmp_path / "v.csv"
    linli("export", "visits", path, "--from", "2026-11-21", home=home)
    (visit,) = cells_of(path)
    assert (visit["服务对象"], visit["服务人员"], visit["所在村"]) == (
        "王桂兰",
        "李秀英",
        "南大街村",
    )
    assert (visit["开始时间"], visit["服务分钟"]) == ("2026-11-21 09:30", "50")
    assert (visit["费用(元)"], visit["更正情况"]) == ("12.50", "已更正：录错时间")
    linli("export", "visits", path, "--to", "2026-11-20", "--yes", home=home)
    assert [visit["服务分钟"] for visit in cells_of(path)] == ["45"]
    linli("export", "visits", path, "--yes", "--at", "东关村", home=home)
    assert cells_of(path) == []
    before = ["--from", "2026-11-02", "--to", "2026-11-01"]
    assert "lies before" in linli("export", "visits", path, *before, home=home, code=2).stderr


def test_cases_go_out_with_their_items_and_progress(
    linli: Linli, home: Path, tmp_path: Path
) -> None:
    path = tmp_path / "c.xlsx"
    linli("export", "cases", path, home=home)
    (case,) = cells_of(path)
    assert case["服务对象"] == "王桂兰"
    assert case["进度"] == "未申请"
    assert case["改造项目"].count("、") == 1


def test_a_file_is_its_owners_alone_and_is_replaced_only_when_asked(
    linli: Linli, home: Path, tmp_path: Path
) -> None:
    path = tmp_path / "out.csv"
    linli("export", "people", path, home=home)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    before = path.read_bytes()
    assert before.startswith(b"\xef\xbb\xbf")
    path.write_bytes(b"mine")
    assert "is there already" in linli("export", "people", path, home=home, code=2).stderr
    assert path.read_bytes() == b"mine"
    linli("export", "people", path, "--yes", home=home)
    assert path.read_bytes() == before
    assert "End its name in" in linli("export", "people", "a.ods", home=home, code=2).stderr
    nowhere = tmp_path / "nowhere" / "a.csv"
    assert "There is no folder" in linli("export", "people", nowhere, home=home, code=2).stderr
    assert sorted(each.name for each in tmp_path.glob("*out*")) == ["out.csv"]


def test_rows_are_kept_nowhere_but_beside_the_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The library keeps them in a temporary file until the workbook is saved."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "of everybody"))
    with written(tmp_path / "people.xlsx", [True]) as append:
        append(["王桂兰"])
        beside = [path for path in tmp_path.iterdir() if path.stat().st_size]
        assert any("openpyxl" in path.name for path in tmp_path.iterdir()), beside
    assert [path.name for path in tmp_path.iterdir()] == ["people.xlsx"]
