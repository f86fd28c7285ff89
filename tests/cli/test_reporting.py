"""Who was not seen and who is without, as each tier is told it."""

from __future__ import annotations

import csv
import io
from pathlib import Path
from typing import Any

from rich.cells import cell_len

from node.care.parameters import publishing
from tests.cli.conftest import Linli, meet, read

DAY = "2031-05-15"
"""A day on which everybody of these tests has been registered for long."""


def publish(linli: Linli, homes: dict[str, Path], *codes: str) -> None:
    """A pack with the groups of several counties, published and carried down."""
    texts = [publishing.shipped()[code].read_text("utf-8") for code in codes]
    whole = texts[0] + "".join(text[text.index("[[") :] for text in texts[1:])
    own = homes["county"] / "own.toml"
    own.write_text(whole, "utf-8")
    linli("policy", "publish", own, home=homes["county"])
    meet(homes)


def asked(linli: Linli, home: Path, verb: str, *words: str) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = read(linli("report", verb, "--json", *words, home=home))
    return rows


def test_who_was_not_seen_this_xun_is_the_same_on_every_tier(
    linli: Linli, homes: dict[str, Path]
) -> None:
    publish(linli, homes, "140430")
    village = homes["village"]
    for person in ("王桂兰", "李大山"):
        linli("person", "add", person, home=village)
    for xun, service in (("上", "助洁-居室"), ("中", "洗衣")):
        line = ("--xun", xun, "--service", service, "--since", "2031-01-01")
        linli("plan", "add", "王桂兰", *line, home=village)
    meet(homes)
    words = ("--date", DAY, "--kind", "计划未完成")
    rows = asked(linli, village, "due", *words)
    assert [(row["xun"], row["since"], row["overdue_days"]) for row in rows] == [
        ("S", "2031-05-11", 5),
        ("Z", "2031-05-21", 0),
    ]
    assert rows[0]["policy"] == "140430-1" and "took place: 0" in rows[0]["why"]
    for home in homes.values():
        assert asked(linli, home, "due", *words) == rows
        assert len(asked(linli, home, "due", *words, "--xun", "上")) == 1
        assert asked(linli, home, "due", *words, "--at", "东关村") == []
        assert len(asked(linli, home, "due", *words, "--at", "赤城镇")) == 2
    assert len(asked(linli, village, "due", *words, "--limit", "1")) == 1
    assert asked(linli, village, "due", *words, "--limit", "1", "--page", "2") == rows[1:]
    told = linli("report", "due", "--date", DAY, "--limit", "1", home=homes["township"])
    assert "of them overdue, by the policy 140430-1" in told.stderr and "--page" in told.stderr
    assert max(map(cell_len, told.stdout.splitlines())) <= 80
    zh = linli("--lang", "zh", "report", "due", "--date", DAY, home=village)
    assert "计划" in zh.stdout and "planned" not in zh.stdout
    assert max(map(cell_len, zh.stdout.splitlines())) <= 80
    sheet = linli("report", "due", "--date", DAY, "--csv", home=village)
    head, *cells = list(csv.reader(io.StringIO(sheet.stdout_bytes.decode("utf-8-sig"))))
    assert not any(name.isascii() for name in head) and "王桂兰" in cells[0]
    gaps = asked(linli, village, "gaps", "--date", "2031-05-21")
    assert {row["kind"] for row in gaps} == {"arrears", "roster"}
    assert {row["subject_name"] for row in gaps} == {"王桂兰"}, "who has no plan owes nothing"
    assert not [row for row in asked(linli, village, "gaps", "--date", "2031-05-20")
                if row["kind"] == "arrears"]  # fmt: skip
    wrong = linli("report", "due", "--kind", "无照料协议", home=village, code=2)
    assert "is no kind of this report" in wrong.stderr and "探访逾期" in wrong.stderr


def test_who_lives_alone_is_told_in_the_village_and_the_next_day_above(
    linli: Linli, homes: dict[str, Path]
) -> None:
    publish(linli, homes, "420323")
    village = homes["village"]
    linli("person", "add", "王桂兰", "--group", "独居", home=village)
    linli("person", "add", "李大山", home=village)
    look = ("person", "check-in", "add", "王桂兰", "--by", "张红", "--done-on")
    linli(*look, "2031-05-13", "--status", "正常", home=village)
    linli(*look, DAY, "--status", "未见", home=village)
    meet(homes)
    words = ("--kind", "独居未探访", "--date")
    (row,) = asked(linli, village, "due", *words, DAY)
    assert (row["since"], row["overdue_days"]) == ("2031-05-14", 2) and DAY in row["why"]
    for tier in ("township", "county"):
        assert "2031-05-14" in asked(linli, homes[tier], "due", *words, DAY)[0]["why"]
        assert asked(linli, homes[tier], "due", *words, "2031-05-14") == []
        assert len(asked(linli, homes[tier], "due", *words, "2031-05-16")) == 1


def test_who_is_without(linli: Linli, homes: dict[str, Path]) -> None:
    publish(linli, homes, "431202")
    village = homes["village"]
    linli("person", "add", "王桂兰", "--group", "特困-分散", home=village)
    linli("person", "add", "李大山", home=village)
    words = ("gaps", "--date", DAY)
    (row,) = asked(linli, village, *words)
    assert row["kind"] == "no_agreement" and row["overdue_days"] > 365
    meet(homes)
    for home in homes.values():
        (late,) = asked(linli, home, "due", "--date", DAY, "--kind", "探访逾期")
        assert late["subject_name"] == "王桂兰" and "every 30 days" in late["why"]
    agree = ("person", "agreement", "add", "王桂兰", "--carer", "王建国", "--agreement-no", "1")
    linli(*agree, "--since", "2026-01-01", "--until", "2031-06-01", home=village)
    linli("person", "stay", "add", "李大山", "--since", "2031-05-10", "--hospital", "县医院",
          home=village)  # fmt: skip
    meet(homes)
    for home in homes.values():
        rows = [one for one in asked(linli, home, *words) if one["kind"] != "nobody_on_call"]
        assert [(one["kind"], one["since"]) for one in rows] == [
            ("no_attendant", "2031-05-10"),
            ("agreement_ends", "2031-06-02"),
        ]
    linli(*agree, "--since", "2031-06-02", home=village)
    assert len(asked(linli, village, *words)) == 1, "who is cared for after it is not told"


def test_pairings_and_trainings_that_lack(linli: Linli, homes: dict[str, Path]) -> None:
    publish(linli, homes, "350500")
    county = homes["county"]
    words = ("person", "add", "王桂兰", "--at", "南大街村", "--disability-grade", "一级")
    linli(*words, home=county)
    rows = asked(linli, county, "gaps", "--date", DAY)
    assert [(row["kind"], row["subject_name"]) for row in rows] == [("pairing", "王桂兰")]
    rows = asked(linli, county, "gaps", "--date", "2031-10-01", "--kind", "培训不足")
    assert [(row["subject_name"], row["why"][-2]) for row in rows] == [
        ("赤城县", "1"),
        ("赤城镇", "2"),
    ]
    hold = ("worker", "training", "add", "照护技能培训", "--attendees", "9", "--held-on")
    linli(*hold, "2031-06-12", home=county)
    linli(*hold, "2031-06-12", "--at", "赤城镇", home=county)
    rows = asked(linli, county, "gaps", "--date", "2031-10-01", "--kind", "培训不足")
    assert [(row["subject_name"], row["why"][-2]) for row in rows] == [("赤城镇", "1")]


def test_without_a_policy_nothing_can_be_asked(linli: Linli, homes: dict[str, Path]) -> None:
    told = linli("report", "due", home=homes["village"], code=2)
    assert "No policy pack is known here" in told.stderr
