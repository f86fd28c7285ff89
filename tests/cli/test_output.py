"""What stands on a terminal: aligned under Chinese text, whole, and never a command to it."""

from __future__ import annotations

import json

import pytest
from rich.cells import cell_len

from cli import table
from cli.output import as_json, counted, fault, plain, result
from node.errors import Refused

NAMES = ["王桂兰", "欧阳锦绣", "Ann", "古丽·买买提", "𠮷田"]


def test_columns_stay_aligned_under_chinese(capsys: pytest.CaptureFixture[str]) -> None:
    rows = [("7Q2M9K4A", name, "南大街村", number) for number, name in enumerate(NAMES)]
    table.table(["id", "name", "division", "#visits"], rows, folded=["name"])
    lines = capsys.readouterr().out.splitlines()
    assert {cell_len(line[: line.index("南")]) for line in lines[1:]} == {
        cell_len(lines[0][: lines[0].index("division")])
    }
    assert {cell_len(line) for line in lines} == {cell_len(lines[0])}


def test_eighty_columns_are_kept_and_nothing_is_cut(capsys: pytest.CaptureFixture[str]) -> None:
    services = "、".join(["助洁-个人", "助洁-居室", "康复训练", "上门做饭", "安全巡检"] * 3)
    table.table(["id", "name", "services"], [("7Q2M9K4A", "食堂", services)], folded=["services"])
    out = capsys.readouterr().out
    assert all(cell_len(line) <= table.WIDTH for line in out.splitlines())
    assert "".join(out.split("services")[1].replace("7Q2M9K4A", "").split()) == f"食堂{services}"


def test_lines_end_where_their_text_ends(capsys: pytest.CaptureFixture[str]) -> None:
    table.fields([("name", "王桂兰"), ("note", None)])
    assert capsys.readouterr().out == "name  王桂兰\nnote\n"


def test_what_others_wrote_is_no_command_to_the_terminal(
    capsys: pytest.CaptureFixture[str],
) -> None:
    hostile = "王\x1b[2J\u202e桂\x9b1m兰[bold]\r"
    assert plain(hostile) == "王\\u001b[2J\\u202e桂\\u009b1m兰[bold]\\u000d"
    result(hostile)
    table.table(["name"], [(hostile,)], folded=["name"])
    as_json({"name": hostile})
    out = capsys.readouterr().out
    assert not {"\x1b", "\u202e", "\x9b", "\r"} & set(out)
    assert "[bold]" in out
    assert json.loads(out[out.index("{") :]) == {"name": hostile}


def test_trouble_is_told_on_standard_error(capsys: pytest.CaptureFixture[str]) -> None:
    fault(Refused("The token has been used.", hint="Ask for another: linli member invite CODE"))
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err == (
        "linli: The token has been used.\nAsk for another: linli member invite CODE\n"
    )


def test_one_thing_is_not_counted_as_many() -> None:
    assert [counted(n, "change") for n in (0, 1, 2)] == ["0 changes", "1 change", "2 changes"]
