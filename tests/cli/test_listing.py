"""Listings for a spreadsheet, histories, and what an aide adds: households, closings, misses."""

from __future__ import annotations

import csv
import io
from pathlib import Path
from typing import Any

import pytest
from rich.cells import cell_len
from typer.testing import Result

from cli import reference
from node.care.headings import HEADINGS
from node.care.records import SCHEMA
from node.care.titles import TITLES
from node.replica import Insert, Replica
from node.schema import Channel
from tests.cli.conftest import Linli, meet, read

WIDTH = 80
ID_NUMBER = "11010519491231002X"
LISTINGS = ("person", "household", "worker", "facility", "visit", "case", "conflict", "member")
HISTORIES = ("person", "household", "worker", "facility", "visit", "case")


@pytest.fixture
def village(linli: Linli, homes: dict[str, Path]) -> Path:
    """A village with a record of every noun."""
    home = homes["village"]
    linli("household", "add", "南大街12号", "--group", "低保户", home=home)
    (one,) = read(linli("household", "list", "--json", home=home))
    words = ["--id-number", ID_NUMBER, "--household", one["id"][-8:], "--relation", "户主"]
    words += ["--disability-certificate", f"{ID_NUMBER}42", "--phone", "13812345678"]
    linli("person", "add", "王桂兰", *words, home=home)
    linli("worker", "add", "李秀英", "--helper-kind", "志愿者", home=home)
    linli("facility", "add", "幸福食堂", "--kind", "社区食堂", "--service", "送餐", home=home)
    words = ["--worker", "李秀英", "--service", "助洁-居室", "--start", "2026-11-01 09:30"]
    words += ["--minutes", "60", "--fee", "12.50", "--task", "洗衣", "--task", "助浴"]
    linli("visit", "add", "王桂兰", *words, "--reason", "纸质补录", home=home)
    linli("case", "open", "王桂兰", "--item", "4", "--budget", "3000", home=home)
    return home


def sheet(result: Result) -> list[dict[str, str]]:
    """The rows of a CSV answer, by their headings."""
    assert result.stdout_bytes.startswith(b"\xef\xbb\xbf"), "a spreadsheet in China needs the mark"
    text = result.stdout_bytes.decode("utf-8-sig")
    return list(csv.DictReader(io.StringIO(text)))


def listed(home: Path, linli: Linli, noun: str) -> dict[str, Any]:
    found: list[dict[str, Any]] = read(linli(noun, "list", "--json", home=home))
    return found[0]


# --- CSV -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("noun", LISTINGS)
def test_every_listing_is_csv_too(linli: Linli, village: Path, noun: str) -> None:
    told = linli(noun, "list", "--csv", home=village).stdout_bytes.decode("utf-8-sig")
    head, *rows = list(csv.reader(io.StringIO(told)))
    assert len(set(head)) == len(head), "two columns of one heading"
    assert not any(name.isascii() for name in head), head
    assert all(len(row) == len(head) for row in rows)
    assert len(rows) == len(read(linli(noun, "list", "--json", home=village)))
    assert rows, "a certificate's kind is the county's to confirm, so there is a proposal too"


def test_every_listing_and_history_has_the_option() -> None:
    lacking = [
        words
        for words, context in reference.sentences()
        if words.split()[-1] in ("list", "history")
        and "--csv" not in {option for one in context.command.params for option in one.opts}
    ]
    assert not lacking


def test_ids_are_whole_codes_are_words_and_numbers_of_cards_are_masked(
    linli: Linli, village: Path
) -> None:
    (person,) = sheet(linli("person", "list", "--csv", home=village))
    whole = listed(village, linli, "person")
    assert person["编号"] == whole["id"] and len(person["编号"]) == 26
    assert person["户编号"] == whole["household"]
    assert (person["与户主关系"], person["状态"], person["性别"]) == ("户主", "在册", "女")
    proposals = sheet(linli("conflict", "list", "--csv", home=village))
    assert {(row["字段"], row["类型"], row["其他值"] or row["现值"]) for row in proposals} == {
        ("残疾类别", "建议", "肢体"),
        ("残疾等级", "建议", "二级"),
    }
    assert person["身份证号"] == "110105********002X"
    everything = linli("person", "list", "--csv", home=village).stdout
    assert ID_NUMBER not in everything, "not in the certificate's number either"
    assert ID_NUMBER not in linli("person", "list", "--json", home=village).stdout
    (visit,) = sheet(linli("visit", "list", "--csv", home=village))
    assert (visit["服务对象"], visit["服务人员"]) == ("王桂兰", "李秀英")
    assert (visit["开始时间"], visit["费用(元)"]) == ("2026-11-01 09:30", "12.50")
    assert visit["服务内容"] == "洗衣、助浴"
    (case,) = sheet(linli("case", "list", "--csv", home=village))
    assert (case["预算(元)"], case["改造项目"]) == ("3000.00", "4 安装扶手(高差处)")


@pytest.mark.parametrize("name", ["=1+1", "+86", "-1", "@SUM(A1)", "\t=1", "＝1+1", "=\"a\"&'b'"])
def test_nothing_in_it_is_taken_for_a_formula(
    linli: Linli, homes: dict[str, Path], name: str
) -> None:
    """Whoever wrote it elsewhere was not asked by this node's checks."""
    with Replica(homes["village"], SCHEMA) as replica:
        replica.write("v", [Insert("person", {"name": name, "status": "active"})], user="贼")
    (row,) = sheet(linli("person", "list", "--csv", home=homes["village"]))
    assert row["姓名"] == f"'{name}"
    history = sheet(linli("person", "history", row["编号"], "--csv", home=homes["village"]))
    assert next(one["新值"] for one in history if one["字段"] == "姓名") == f"'{name}"


def test_commas_quotes_and_line_breaks_come_back(linli: Linli, homes: dict[str, Path]) -> None:
    note = '住"老街",\n二层\u202e'
    with Replica(homes["village"], SCHEMA) as replica:
        values = {"name": "王桂兰", "status": "active", "note": note}
        replica.write("v", [Insert("person", values)], user="张三")
    (row,) = sheet(linli("person", "list", "--csv", home=homes["village"]))
    assert row["备注"] == '住"老街",\n二层\\u202e', "what turns text around is shown as a number"


@pytest.mark.parametrize("words", [["--json", "--csv"], ["--csv", "--json"]])
@pytest.mark.parametrize("noun", ["person", "member", "visit"])
def test_two_forms_at_once_are_refused(
    linli: Linli, village: Path, noun: str, words: list[str]
) -> None:
    refused = linli(noun, "list", *words, "--lang", "en", home=village, code=2)
    assert "--json and --csv cannot be printed at once." in refused.stderr
    assert refused.stdout == ""


def test_csv_leaves_out_nothing_and_a_table_says_what_it_leaves_out(
    linli: Linli, homes: dict[str, Path]
) -> None:
    people = [Insert("person", {"name": f"王{n}", "status": "active"}) for n in range(203)]
    with Replica(homes["village"], SCHEMA) as replica:
        replica.insert_each("v", people, user="张三")
    home = homes["village"]
    assert len(sheet(linli("person", "list", "--csv", home=home))) == 203
    assert len(sheet(linli("person", "list", "--csv", "--limit", "5", home=home))) == 5
    assert (
        "Page 1 of 2, the newest of 203"
        in linli("person", "list", "--lang", "en", home=home).stderr
    )


def test_every_column_has_a_chinese_heading_and_every_title_a_column() -> None:
    for table in SCHEMA.tables:
        if table.channel is Channel.TRUST:
            continue
        headings = HEADINGS[table.name]
        own = [headings[column.name] for column in table.columns]
        assert len(set(own)) == len(own), table.name
        assert not any(name.isascii() for name in own)
    for name, column in TITLES:
        known = SCHEMA.by_name[name].column(column) is not None or column in HEADINGS[name]
        assert known, (name, column)


# --- width ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize("noun", LISTINGS)
def test_a_listing_and_a_history_stay_within_eighty_columns(
    linli: Linli, village: Path, noun: str, language: str
) -> None:
    words = [[noun, "list"]]
    if noun in HISTORIES:
        words.append([noun, "history", listed(village, linli, noun)["id"]])
    for sentence in words:
        shown = linli(*sentence, "--lang", language, home=village).stdout
        assert all(cell_len(line) <= WIDTH for line in shown.splitlines()), shown


def test_columns_of_a_history_stand_below_their_heads(linli: Linli, village: Path) -> None:
    linli("person", "set", "王桂兰", "phone", "13900000000", "note", "耳背" * 40, home=village)
    shown = linli("person", "history", "王桂兰", "--lang", "en", home=village).stdout
    head, *lines = shown.splitlines()
    start = head.index("what")
    for line in lines:
        cells = 0
        for place, character in enumerate(line):
            if cells >= start:
                assert line[place - 2 : place] == "  " or not line[:place].strip(), line
                break
            cells += cell_len(character)
        assert cells in (start, cell_len(line)), f"a wide character straddles the column: {line}"
    assert "phone: 13812345678 → 13900000000" in shown


# --- history -------------------------------------------------------------------------------------


@pytest.mark.parametrize("noun", HISTORIES)
def test_every_record_has_a_history(linli: Linli, village: Path, noun: str) -> None:
    one = listed(village, linli, noun)["id"]
    (entry,) = read(linli(noun, "history", one, "--json", home=village))
    assert (entry["user"], entry["division"], entry["created"]) == ("张三", "130732100201", True)
    segment = entry["segment"] or {"number": "", "hash": ""}
    rows = sheet(linli(noun, "history", one, "--csv", home=village))
    assert len(rows) == len(entry["written"])
    assert {(row["段号"], row["段摘要"]) for row in rows} == {
        (str(segment["number"]), segment["hash"])
    }


def test_a_history_names_the_segment_at_every_node(
    linli: Linli, homes: dict[str, Path], village: Path
) -> None:
    meet(homes)
    linli("person", "set", "王桂兰", "care_grade", "半护理", "--as", "赵六", home=homes["county"])
    meet(homes)
    ours, theirs = (
        read(linli("person", "history", "王桂兰", "--json", home=homes[tier]))
        for tier in ("village", "county")
    )
    assert ours == theirs
    assert [entry["user"] for entry in ours] == ["张三", "赵六"]
    assert all(len(entry["segment"]["hash"]) == 64 for entry in ours)
    assert ours[1]["written"] == [
        {"column": "care_grade", "before": [], "after": "BH", "applied": True, "stands": True}
    ]
    rows = sheet(linli("person", "history", "王桂兰", "--csv", home=homes["county"]))
    assert rows[-1]["字段"] == "特困护理等级" and rows[-1]["新值"] == "半护理"
    assert rows[-1]["段摘要"] == ours[1]["segment"]["hash"]


def test_the_reason_of_a_late_visit_is_shown(linli: Linli, village: Path) -> None:
    visit = listed(village, linli, "visit")["id"]
    assert "纸质补录" in linli("visit", "show", visit, home=village).stdout
    assert read(linli("visit", "show", visit, "--json", home=village))["reason"] == "L03"
    words = ["--worker", "李秀英", "--service", "SH02", "--start", "2026-11-01 09:30"]
    late = linli("visit", "add", "王桂兰", *words, "--minutes", "5", "--lang", "en", home=village,
                 code=2)  # fmt: skip
    assert "the field reason is empty" in late.stderr and "L03 纸质补录" in late.stderr


# --- what an aide adds ---------------------------------------------------------------------------


def test_a_visit_that_did_not_take_place(linli: Linli, village: Path) -> None:
    words = ["--at-time", "2026-11-20 09:30", "--reason", "不在家"]
    id_ = linli("visit", "missed", "王桂兰", "李秀英", *words, home=village).stdout.strip()
    (row,) = read(linli("visit", "list", "--missed", "--json", home=village))
    assert (row["id"], row["reason"]) == (id_, "M01")
    shown = linli("visit", "list", "--missed", home=village).stdout
    assert "2026-11-20 09:30" in shown and "不在家" in shown and "王桂兰" in shown
    assert read(linli("visit", "list", "--missed", "--day", "2026-11-21", "--json", home=village)
                ) == []  # fmt: skip
    assert len(read(linli("visit", "list", "--json", home=village))) == 1
    refused = linli("visit", "missed", "王桂兰", "李秀英", *words[:3], "停电", home=village, code=2)
    assert "停电" in refused.stderr


def test_a_household_is_shown_with_its_members(linli: Linli, village: Path) -> None:
    household = listed(village, linli, "household")
    linli("person", "add", "张大爷", "--household", household["id"], "--relation", "配偶",
          home=village)  # fmt: skip
    linli("household", "set", household["id"], "head", "王桂兰", "phone", "0313-6312345",
          home=village)  # fmt: skip
    shown = read(linli("household", "show", "张大爷", "--json", home=village))
    assert [(one["name"], one["relation"]) for one in shown["members"]] == [
        ("王桂兰", "HZ"),
        ("张大爷", "PO"),
    ]
    text = linli("household", "show", household["id"][-8:], home=village).stdout
    assert "张大爷 配偶" in text and "王桂兰 (" in text
    (row,) = sheet(linli("household", "list", "--csv", home=village))
    assert (row["户主"], row["成员数"]) == ("王桂兰", "2")
    linli("household", "group", "add", "王桂兰", "空巢户", home=village)
    assert listed(village, linli, "household")["groups"] == ["DB", "KC"]
    assert linli("household", "show", "没有的人", home=village, code=2).stderr


@pytest.mark.parametrize(
    ("noun", "name", "reason"),
    [("person", "王桂兰", "死亡"), ("worker", "李秀英", "辞职"), ("facility", "幸福食堂", "停业")],
)
def test_what_is_closed_leaves_the_listing_and_comes_back(
    linli: Linli, village: Path, noun: str, name: str, reason: str
) -> None:
    words = ["--reason", reason, "--on", "2026-11-01", "--lang", "en"]
    told = linli(noun, "close", name, *words, home=village).stderr
    assert f"{name} is closed since 2026-11-01: {reason}." in told
    assert read(linli(noun, "list", "--json", home=village)) == []
    assert name not in linli(noun, "list", home=village).stdout
    assert not sheet(linli(noun, "list", "--csv", home=village))
    (row,) = sheet(linli(noun, "list", "--all", "--csv", home=village))
    assert reason in row.values() and "2026-11-01" in row.values()
    assert "is closed since" in linli(noun, "close", name, *words, home=village, code=4).stderr
    linli(noun, "reopen", name, home=village)
    assert len(read(linli(noun, "list", "--json", home=village))) == 1


def test_nobody_is_closed_tomorrow(linli: Linli, village: Path) -> None:
    words = ["--reason", "死亡", "--on", "2099-01-01", "--lang", "en"]
    refused = linli("person", "close", "王桂兰", *words, home=village, code=2).stderr
    assert "closed_on '2099-01-01' lies after today" in refused


def test_the_personal_record_of_a_worker_stays_off_the_public_side(
    linli: Linli, homes: dict[str, Path], village: Path
) -> None:
    missing = linli("worker", "record", "show", "李秀英", "--lang", "en", home=village, code=2)
    assert "No personal record of 李秀英" in missing.stderr
    linli("worker", "record", "set", "李秀英", "id_number", ID_NUMBER, home=village)
    shown = read(linli("worker", "record", "show", "李秀英", "--json", home=village))
    assert (shown["birth_date"], shown["gender"]) == ("1949-12-31", "F")
    for form in ("--json", "--csv"):
        assert ID_NUMBER not in linli("worker", "list", form, home=village).stdout
    meet(homes)
    for tier in ("township", "county"):
        linli("worker", "record", "show", "李秀英", home=homes[tier])


def test_divisions_are_listed_with_their_codes_in_three_forms(
    linli: Linli, homes: dict[str, Path]
) -> None:
    home = homes["county"]
    shown = linli("division", "list", home=home).stdout.splitlines()
    assert [line.split()[0] for line in shown[1:]] == [
        "130732", "130732100", "130732100201", "130732100202",
    ]  # fmt: skip
    below = read(linli("division", "list", "--at", "南大街村", "--json", home=home))
    assert below == [
        {
            "code": "130732100201",
            "name": "南大街村",
            "level": "village",
            "kind": "村委会",
            "parent": "130732100",
            "parent_name": "赤城镇",
            "nodes": 1,
        }
    ]
    lines = linli("division", "list", "--csv", home=home).stdout.splitlines()
    assert lines[0].lstrip("\ufeff") == "区划代码,区划名称,级别,类别,上级代码,上级名称,节点数"
    assert len(lines) == 5


def test_digests_can_be_taken_to_a_spreadsheet(linli: Linli, homes: dict[str, Path]) -> None:
    home = homes["county"]
    lines = linli("digest", "--csv", home=home).stdout.splitlines()
    stated = read(linli("digest", "--json", home=home))["partitions"]
    assert len(lines) == len(stated) + 1
    assert stated[0]["frontier"] in lines[1] and stated[0]["state"] in lines[1]
