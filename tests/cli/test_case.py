"""Cases: opened in the village, advanced by the tier whose stage it is, ended and reopened."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.conftest import Linli, meet, read

NUMBER = "140430193805120128"


@pytest.fixture
def case(linli: Linli, homes: dict[str, Path]) -> str:
    linli("person", "add", "王桂兰", home=homes["village"])
    words = ["--item", "4", "--item", "12", "--household-address", "南大街12号"]
    return linli("case", "open", "王桂兰", *words, home=homes["village"]).stdout.strip()


def test_stages_follow_one_another(linli: Linli, homes: dict[str, Path], case: str) -> None:
    home = homes["village"]
    assert "stands at: 1 申请." in linli("case", "advance", case, home=home).stderr
    assert "stands at: 2 村级核实." in linli("case", "advance", case[-6:], 2, home=home).stderr
    refusal = linli("case", "advance", case, home=home, code=4).stderr
    assert "belongs to the township" in refusal
    meet(homes)
    said = linli("case", "advance", case, "--note", "齐全", home=homes["township"]).stderr
    assert "stands at: 3 乡镇审核." in said
    listed = read(linli("case", "list", "--json", home=homes["township"]))[0]
    assert (listed["status"], listed["status_text"]) == ("0:3:", "3 乡镇审核")
    assert "王桂兰" in linli("case", "list", home=homes["township"]).stdout


def test_show_tells_the_steps_and_which_count(
    linli: Linli, homes: dict[str, Path], case: str
) -> None:
    home = homes["village"]
    linli("case", "advance", case, home=home)
    linli("case", "stop", case, "户主放弃", "--note", "本人不愿", home=home)
    shown = linli("case", "show", case, home=home).stdout
    for words in ("1 申请, by the village", "stop: 户主放弃", "已终止", "4 安装扶手", "✓"):
        assert words in shown
    events = read(linli("case", "show", case, "--json", home=home))["events"]
    assert [(one["kind"], one["counts"]) for one in events] == [("stage", True), ("stop", True)]
    assert events[1]["builds_on"] == [events[0]["id"]]


def test_only_the_county_rejects_and_reopens(
    linli: Linli, homes: dict[str, Path], case: str
) -> None:
    linli("case", "advance", case, home=homes["village"])
    meet(homes)
    linli("case", "reject", case, home=homes["village"], code=4)
    assert "县级驳回" in linli("case", "reject", case, home=homes["county"]).stderr
    linli("case", "reopen", case, home=homes["township"], code=4)
    assert "第2轮" in linli("case", "reopen", case, home=homes["county"]).stderr


def test_items_and_fields_change(linli: Linli, homes: dict[str, Path], case: str) -> None:
    home = homes["village"]
    assert "1 " in linli("case", "item", "add", case, "1", home=home).stderr
    linli("case", "item", "remove", case, "12", home=home)
    linli("case", "set", case, "note", "门槛已量", home=home)
    row = read(linli("case", "show", case, "--json", home=home))
    assert (row["items"], row["note"]) == (["1", "4"], "门槛已量")
    assert "catalogue" in linli("case", "item", "add", case, "999", home=home, code=2).stderr
    assert "does not stop" in linli("case", "stop", case, "天气", home=home, code=2).stderr


def test_a_history_tells_the_stages_too(linli: Linli, homes: dict[str, Path], case: str) -> None:
    linli("case", "advance", case, "--as", "李四", home=homes["village"])
    linli("case", "stop", case, "户主放弃", "--note", "本人不愿", home=homes["village"])
    meet(homes)
    told = read(linli("case", "history", case, "--json", home=homes["county"]))
    assert [one["table"] for one in told] == ["modification_case", "stage_event", "stage_event"]
    assert [one["user"] for one in told] == ["张三", "李四", "张三"]
    assert all(one["segment"] for one in told)
    shown = linli("case", "history", case, "--lang", "zh", home=homes["county"]).stdout
    for words in ("进入阶段", "申请", "终止原因: 户主放弃", "本人不愿", "李四"):
        assert words in shown
    assert "builds_on" not in shown and "依据事件" not in shown


def granted(linli: Linli, homes: dict[str, Path], case: str, *last: str, code: int = 0) -> str:
    """Takes a case up to the county's approval."""
    for stage, tier in enumerate(("village", "village", *["township"] * 3, "village"), 1):
        home = homes["township"] if tier == "village" else homes[tier]
        linli("case", "advance", case, stage, home=homes["village"] if tier == "village" else home)
        meet(homes)
    return linli("case", "advance", case, *last, home=homes["county"], code=code).stderr


@pytest.fixture
def paid_for(linli: Linli, homes: dict[str, Path], case: str) -> str:
    """The record of somebody whose case the county has granted."""
    card = read(linli("person", "show", "王桂兰", "--json", home=homes["village"]))
    linli("person", "set", card["id"], "id_number", NUMBER, home=homes["village"])
    assert "7 县级审批" in granted(linli, homes, case)
    return str(card["id"])


@pytest.mark.parametrize("way", ["number", "merge"])
def test_nobody_has_a_home_modified_twice_over_two_records(
    linli: Linli, homes: dict[str, Path], case: str, paid_for: str, way: str
) -> None:
    village, town = homes["village"], homes["township"]
    card = ("--id-number", NUMBER) if way == "number" else ()
    added = linli("person", "add", "王桂兰", *card, "--at", "南大街", "--twice", home=town)
    two = added.stdout.strip()
    meet(homes)
    if way == "merge":
        linli("person", "merge", paid_for, two, "--keep", two, home=town)
        meet(homes)
    again = linli("case", "open", two, home=village).stdout.strip()
    told = granted(linli, homes, again, code=4)
    assert f"has the case {case}" in " ".join(told.split())
    linli("case", "advance", again, "--again", home=homes["county"], code=4)  # nobody says why
    more = ("--again", "--note", "另一批次")
    assert "7 县级审批" in linli("case", "advance", again, *more, home=homes["county"]).stderr


def test_who_moves_has_no_second_home_modified(
    linli: Linli, homes: dict[str, Path], case: str, paid_for: str
) -> None:
    town, county = homes["township"], homes["county"]
    two = linli("person", "move", paid_for, "--to", "东关村", home=town).stdout.strip()
    meet(homes)
    again = linli("case", "open", two, home=town).stdout.strip()
    meet(homes)
    told = linli("case", "advance", again, 7, home=county, code=4).stderr
    assert f"has the case {case}" in " ".join(told.split())
    linli("case", "stop", case, "搬迁", home=county)
    too_early = linli("case", "advance", again, 7, home=county, code=4).stderr
    assert "has the case" not in too_early, "what was stopped before it was paid bars nobody"
