"""What a county counts: the same at every tier, with numerator and denominator, and on paper."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import openpyxl
import pytest

from node.care.figures.baselines import BASELINE
from node.care.records import SCHEMA
from node.clock import SystemClock, day
from node.replica import Amend, Replica
from tests.cli.conftest import Linli, meet, read

Homes = dict[str, Path]
TODAY = day(SystemClock().now_ms())
MONTH = TODAY[:7]


@pytest.fixture
def county(linli: Linli, homes: Homes) -> Homes:
    """A county with some people, a worker with a disability, visits, places and populations."""
    village, top = homes["village"], homes["county"]
    for at, people in (
        ("赤城县", ("198000", "240000", "42000")),
        ("南大街村", ("1000", "1200", "300")),
    ):
        residents, registered, old = people
        linli("division", "population", "add", "2025-12-31", "--residents", residents,
              "--registered", registered, "--residents-65", old, "--households", "60000" if
              at == "赤城县" else "400", "--source", "公报", "--at", at, home=top)  # fmt: skip
    for number, (name, kind) in enumerate((("王桂兰", "精神"), ("张德福", "智力"), ("甲", "多重"))):
        born = ("--birth-date", f"194{number}-05-12")
        linli("person", "add", name, *born, home=village)
        meet(homes)
        linli("person", "set", name, "disability_kind", kind, home=top)
    linli("person", "add", "乙", "--birth-date", "1930-01-01", home=village)
    for name in ("李秀英", "赵六"):
        linli("worker", "add", name, "--helper-kind", "兼职", home=village)
    linli("worker", "record", "set", "李秀英", "disability_grade", "三级", home=village)
    meet(homes)
    return homes


def visit(linli: Linli, home: Path, person: str = "王桂兰", *more: str) -> str:
    words = ("--worker", "李秀英", "--service", "SH02", "--start", f"{TODAY} 00:00")
    typed = ("--minutes", "60", "--reason", "纸质补录", *more)
    return linli("visit", "add", person, *words, *typed, home=home).stdout.strip()


def counted(linli: Linli, home: Path, *words: str) -> dict[str, dict[str, Any]]:
    told = read(linli("report", "figures", "--json", *words, home=home))
    return {one["code"]: one for one in told}


def test_figures_have_their_parts_and_are_the_same_at_every_tier(
    linli: Linli, county: Homes
) -> None:
    village, town, top = (county[tier] for tier in ("village", "township", "county"))
    kept = visit(linli, village, "王桂兰", "--rating", "5")
    void = visit(linli, village, "张德福")
    linli("visit", "void", void, "--reason", "录错对象", home=village)
    linli("person", "advance", "add", "王桂兰", "--advanced-on", TODAY, "--amount", "1200",
          "--paid-by", "安速医疗", home=village)  # fmt: skip
    linli("person", "transfer", "add", "王桂兰", "--departed-at", f"{TODAY} 00:00", "--left-from",
          "家中", "--taken-to", "县医院", home=village)  # fmt: skip
    meet(county)
    meet(county)
    linli("--as", "李四", "visit", "accept", kept, home=town)
    meet(county)
    views = [counted(linli, home, "--at", "南大街村") for home in (village, town, top)]
    assert views[0] == views[1] == views[2]
    one = views[0]
    assert one["visits_total"]["number"] == 1, "a void visit counts for nothing, any other once"
    assert one["visits_accepted"]["number"] == 1 and one["transfers"]["number"] == 1
    assert one["advances_fen"]["value"] == "1200.00"
    whole = counted(linli, top)
    share = whole["aged_65_residents"]
    assert (share["number"], share["of"], share["value"]) == (42_000, 198_000, "21.21%")
    assert whole["aged_65_registered"]["number"] is None, "bases are never mixed"
    assert whole["registered"]["number"] == 240_000
    share = whole["disabled_residents"]
    assert (share["number"], share["of"]) == (3, 198_000)
    share = whole["workers_disabled"]
    assert (share["number"], share["of"], share["value"]) == (1, 2, "50.00%")
    away = linli("report", "figures", "--at", "东关村", home=village, code=4)
    assert "not kept on this node" in away.stderr
    text = linli("report", "figures", home=top).stdout
    assert "42000" in text and "198000" in text
    assert "21.21%" in linli("report", "figures", "--csv", home=top).stdout


def test_places_are_those_of_the_dated_list(linli: Linli, county: Homes) -> None:
    town, top = county["township"], county["county"]
    lacks = counted(linli, top)
    assert (lacks["institution_cover"]["number"], lacks["institution_cover"]["of"]) == (0, 1)
    assert (lacks["villages"]["number"], lacks["communities"]["number"]) == (2, 0)
    linli("facility", "add", "赤城敬老院", "--kind", "敬老院", "--at", "赤城镇", home=town)
    linli("facility", "add", "规划中", "--kind", "互助幸福院", "--status", "规划", "--at", "东关村",
          home=town)  # fmt: skip
    linli("facility", "add", "南大街互助点", "--kind", "邻里互助点", "--at", "南大街村", home=town)
    linli("facility", "add", "东关食堂", "--kind", "社区食堂", "--at", "东关村", home=town)
    linli("facility", "investment", "add", "南大街互助点", "--invested-on", TODAY, "--amount",
          "47000", "--level", "县级", home=town)  # fmt: skip
    for at, minutes in (("东关村", "0"), ("南大街村", "15")):
        linli("facility", "reach", "add", "东关食堂", "--minutes", minutes, "--marked-on", TODAY,
              "--at", at, home=town)  # fmt: skip
    meet(county)
    one = counted(linli, top)
    assert one["institution_cover"]["value"] == "100.00%"
    assert (one["sites_villages"]["number"], one["sites_villages"]["of"]) == (1, 2)
    assert one["sites_fen"]["value"] == "47000.00"
    assert (one["reached"]["number"], one["reached"]["of"]) == (2, 2)
    linli("facility", "reach", "add", "东关食堂", "--minutes", "16", "--marked-on", TODAY,
          "--at", "南大街村", home=town)  # fmt: skip
    assert counted(linli, town)["reached"]["number"] == 1, "the last mark counts"
    linli("facility", "close", "东关食堂", "--reason", "停业", "--on", TODAY, home=town)
    assert counted(linli, town)["reached"]["number"] == 0
    before = counted(linli, top, "--on", "2025-12-31")
    assert before["villages"]["number"] == 0, "the divisions begin in 2026"


def test_a_stated_figure_that_contradicts_the_records_warns_until_a_person_decides(
    linli: Linli, county: Homes
) -> None:
    top = county["county"]
    claim = ("division", "claim", "add")
    of = ("--stated-on", "2026-05-01", "--source", "简报")
    odd = linli(*claim, "平均每52户一个残疾人", "--figure", "每名残疾人对应户数", "--value", "52",
                *of, home=top).stdout.strip()  # fmt: skip
    linli(
        *claim, "老龄占比", "--figure", "65岁以上占常住人口百分比", "--value", "21.2", *of, home=top
    )
    told = read(linli("report", "claims", "--json", home=top))
    assert [(one["differs"], one["state"]) for one in told] == [
        (True, "differs"),
        (False, "agrees"),
    ]
    assert told[0]["id"] == odd and told[0]["derived"] == "20000.00"
    shown = linli("report", "claims", home=top)
    assert "1 stated figures differ" in shown.stderr and "20000.00" in shown.stdout
    decided = ("--decision", "采用推算数", "--decided-on", "2026-05-03", "--reason-text", "有误")
    linli("division", "ruling", "add", odd, *decided, home=top)
    told = read(linli("report", "claims", "--json", home=top))
    assert {one["id"]: one["state"] for one in told}[odd] == "decided"
    assert "differ" not in linli("report", "claims", home=top).stderr


def test_12_300_disabled_people_and_one_in_52_households_cannot_both_be(
    linli: Linli, county: Homes
) -> None:
    top = county["county"]
    of = ("--stated-on", "2026-05-01", "--source", "简报")
    words = ("division", "population", "add", "2026-01-01")
    linli(*words, "--residents", "180000", "--registered", "180000", "--source", "年报", home=top)
    claim = ("division", "claim", "add")
    many = linli(*claim, "全县残疾人1.23万人", "--figure", "残疾人数", "--value", "12300", *of,
                 home=top).stdout.strip()  # fmt: skip
    meet(county)
    alone = {one["id"]: one for one in read(linli("report", "claims", "--json", home=top))}
    assert alone[many]["contradicts"] is None
    rare = linli(*claim, "平均每52户家庭就有一个残疾人", "--figure", "每名残疾人对应户数",
                 "--value", "52", *of, home=top).stdout.strip()  # fmt: skip
    meet(county)
    told = {one["id"]: one for one in read(linli("report", "claims", "--json", home=top))}
    assert (told[many]["contradicts"], told[rare]["contradicts"]) == (rare, many)
    assert {one["state"] for one in told.values()} == {"contradicts another"}
    shown = linli("report", "claims", home=top)
    assert "contradicts another" in shown.stdout and "2 stated figures" in shown.stderr
    decided = ("--decision", "采用推算数", "--decided-on", "2026-05-03", "--reason-text", "有误")
    linli("division", "ruling", "add", rare, *decided, home=top)
    told = {one["id"]: one for one in read(linli("report", "claims", "--json", home=top))}
    assert told[rare]["state"] == "decided"


def test_what_was_counted_on_a_day_never_changes(linli: Linli, county: Homes) -> None:
    village, top = county["village"], county["county"]
    id_ = linli("report", "keep", "--at", "南大街村", home=village).stdout.strip()
    meet(county)
    (before,) = read(linli("report", "baselines", "--json", home=top))
    assert before["counts"]["people"] == 4 and before["counted_on"] == TODAY
    linli("person", "add", "丙", "--birth-date", "1950-01-01", home=village)
    with Replica(village, SCHEMA) as box:
        for value in ({"void": "L01"}, {"correct": {"content": "{}"}}):
            box.write("v", [Amend(BASELINE.name, id_, value)])
    meet(county)
    (after,) = read(linli("report", "baselines", "--json", home=top))
    assert after == before, "no amendment changes it"
    differ = read(linli("report", "compare", id_[-8:], "--json", home=village))
    assert {"figure": "people", "then": 4, "now": 5} in differ
    late = linli("report", "keep", "--at", "南大街村", home=village).stdout.strip()
    same = read(linli("report", "compare", id_, "--with", late, "--json", home=village))
    assert same == differ
    assert (
        "lies ahead" in linli("report", "keep", "--on", "2099-01-01", home=village, code=2).stderr
    )
    assert "people" in linli("report", "compare", id_, home=village).stdout


def test_a_month_on_paper_and_in_a_workbook(linli: Linli, county: Homes, tmp_path: Path) -> None:
    village = county["village"]
    visit(linli, village, "王桂兰", "--rating", "5")
    linli("person", "add", "=1+1<b>", home=village)
    shown = linli("report", "month", MONTH, home=village).stdout
    assert "南大街村" in shown and "探访服务" in shown
    parts = {part["title"]: part for part in
             read(linli("report", "month", MONTH, "--json", home=village))["parts"]}  # fmt: skip
    assert parts["探访服务"]["rows"][-1][2:4] == [1, 0]
    kinds = dict(parts["残疾类别(每人一类，多重残疾计一次)"]["rows"])
    assert kinds["精神残疾" if "精神残疾" in kinds else "精神"] == "*", (
        "one person is nobody's business"
    )
    every = read(linli("report", "month", MONTH, "--whole", "--json", home=village))["parts"]
    whole = dict(next(one for one in every if one["title"].startswith("残疾类别"))["rows"])
    assert sum(number for name, number in whole.items() if name != "合计") == whole["合计"] == 5
    book, page, sheet = (tmp_path / f"十一月{end}" for end in (".xlsx", ".html", ".csv"))
    for path in (book, page, sheet):
        linli("report", "month", MONTH, "--to", path, home=village)
        again = linli("report", "month", MONTH, "--to", path, home=village, code=2)
        assert "is there already" in again.stderr
    read_back = openpyxl.load_workbook(book)
    assert read_back.sheetnames[:2] == ["主要指标", "探访服务"]
    cell = read_back["探访服务"]["A2"]
    assert (cell.value, cell.data_type, cell.number_format) == ("130732100201", "s", "@")
    html = page.read_text()
    assert "size: A4" in html and html.count("<table>") == len(every) and "李秀英" in html
    assert "src=" not in html and "href=" not in html and "<script" not in html, "one file"
    assert "探访服务" in sheet.read_text("utf-8-sig")
    assert "is not a month" in linli("report", "month", "2026-13", home=village, code=2).stderr


def test_facilities_and_workers_are_compared_by_what_counts(linli: Linli, county: Homes) -> None:
    village, town = county["village"], county["township"]
    kept = [visit(linli, village, "王桂兰", "--rating", stars) for stars in ("4", "5")]
    back = visit(linli, village, "张德福", "--rating", "1")
    visit(linli, village, "甲", "--rating", "1")
    home = ("王家院敬老院", "--kind", "敬老院", "--seats", "30", "--at", "南大街村")
    linli("facility", "add", *home, home=village)
    placed = ("--facility", "王家院敬老院", "--since", TODAY, "--document", "民字12号")
    linli("person", "placement", "add", "乙", *placed, home=village)
    meet(county)
    linli("--as", "李四", "visit", "accept", *kept, home=town)
    linli("visit", "return", back, "--reason", "时长不足", home=town)
    linli("facility", "evaluation", "add", "王家院敬老院", "--year", TODAY[:4], "--score", "86",
          home=town)  # fmt: skip
    linli("facility", "inspection", "add", "王家院敬老院", "--template", "三通四有",
          "--inspected-on", TODAY, "--passed", "有水,有电", "--photos", "1-5",
          home=town)  # fmt: skip
    parts = {part["title"]: part["rows"] for part in
             read(linli("report", "month", MONTH, "--json", home=town))["parts"]}  # fmt: skip
    (worker,) = parts["服务人员"]
    name, id_, visits, minutes, clients, on_time, stars, rated, returned = worker
    assert (name, visits, minutes, clients, returned) == ("李秀英", 2, 120, 1, 1)
    assert (stars, rated) == ("4.50", 2), "by what was accepted, and by nothing else"
    assert on_time.endswith("%")
    listed = read(linli("visit", "list", "--worker", id_, "--json", home=town))
    assert {one["id"] for one in listed} >= set(kept), "each record is one step away"
    (facility,) = parts["设施"]
    assert facility == ["王家院敬老院", "敬老院", "南大街村", 30, 1, 0, 0, 86, 5]
