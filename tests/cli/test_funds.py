"""Advances, gifts, grants, subsidies and points, as people type them."""

from __future__ import annotations

from pathlib import Path

import pytest

from node.care.records import SCHEMA
from node.care.subsidies import SUBSIDY
from node.replica import Insert, Replica
from tests.cli.conftest import Linli, meet, read

PACKS = Path(__file__).parents[2] / "node/care/packs"
Homes = dict[str, Path]


def add(linli: Linli, home: Path, *words: str) -> str:
    return linli(*words, home=home).stdout.strip()


def test_an_advance_is_open_less_what_came_back_and_the_oldest_is_first(
    linli: Linli, homes: Homes
) -> None:
    village = homes["village"]
    add(linli, village, "person", "add", "王桂兰")
    advance = ("person", "advance", "add", "王桂兰", "--paid-by", "安速医疗", "--advanced-on")
    young = add(linli, village, *advance, "2026-10-03", "--amount", "500")
    old = add(linli, village, *advance, "2026-01-03", "--amount", "1200")
    back = ("fund", "recovery", "add", old, "--recovered-on", "2026-03-01", "--amount")
    add(linli, village, *back, "800", "--source", "医保")
    add(linli, village, *back, "300", "--source", "救助")
    refused = linli(*back, "100.01", "--source", "家属", home=village, code=4)
    assert "Of 1200.00 yuan 100.00 are left, and 100.01 are entered" in refused.stderr
    shown = linli("fund", "open-advances", "--on", "2026-10-31", "--json", home=village)
    rows = read(shown)
    assert [(one["id"], one["open_fen"]) for one in rows] == [(old, 10_000), (young, 50_000)]
    assert "1 advances, 100.00 yuan, are open for 180 days or more" in shown.stderr
    early = read(linli("fund", "open-advances", "--on", "2026-02-01", "--json", home=village))
    assert [one["open_fen"] for one in early] == [120_000], "what came later is not back yet"
    add(linli, village, *back, "100", "--source", "家属")
    assert [one["id"] for one in read(linli("fund", "open-advances", "--json", home=village))] == [
        young
    ]
    assert "未收回(元)" in linli("fund", "open-advances", "--csv", home=village).stdout


def test_a_receipt_stands_once_and_an_event_is_the_sum_of_its_entries(
    linli: Linli, homes: Homes
) -> None:
    village = homes["village"]
    gift = ("fund", "donation", "add", "某公司", "--donated-on", "2026-05-17")
    event = ("--event", "助残日义卖")
    first = add(linli, village, *gift, "--amount", "400000", "--receipt-no", "31", *event)
    again = linli(*gift, "--amount", "1", "--receipt-no", "31", *event, home=village, code=4)
    assert "'31' stands as receipt_no on the donation" in again.stderr and first in again.stderr
    second = add(linli, village, *gift, "--amount", "170000", "--receipt-no", "32", *event)
    add(linli, village, *gift, "--amount", "5", "--receipt-no", "33")
    taken = ("fund", "donation", "correct", second, "receipt_no", "31", "--reason", "录错项目")
    assert "stands as receipt_no" in linli(*taken, home=village, code=4).stderr
    town = homes["township"]
    add(linli, town, *gift, "--amount", "7", "--receipt-no", "31", *event)  # another node's book
    meet(homes)
    told = read(linli("fund", "raised", "--at", "南大街村", "--json", home=village))
    assert {one["event"]: one["amount_fen"] for one in told} == {"助残日义卖": 57_000_000, "": 500}
    only = read(linli("fund", "raised", "--event", "助残日义卖", "--json", home=homes["county"]))
    assert [one["amount_fen"] for one in only] == [57_000_700]
    assert read(linli("fund", "receipts", "--json", home=homes["county"])) == []


@pytest.fixture
def canteens(linli: Linli, homes: Homes) -> Homes:
    """Two canteens of one operator, and a 互助幸福院."""
    linli("policy", "publish", PACKS / "431202.toml", home=homes["county"])
    for name in ("南街食堂", "东街食堂"):
        linli("facility", "add", name, "--kind", "社区食堂", "--operator", "某公司", "--at",
              "南大街村", home=homes["township"])  # fmt: skip
    linli("facility", "add", "幸福院", "--kind", "互助幸福院", "--at", "南大街村",
          home=homes["township"])  # fmt: skip
    meet(homes)
    return homes


def test_an_operator_gets_a_year_once_and_after_a_passed_evaluation(
    linli: Linli, canteens: Homes
) -> None:
    county, town = canteens["county"], canteens["township"]
    pay = ("fund", "subsidy", "operating", "南街食堂", "--year", "2025", "--on", "2026-01-31")
    assert "was not evaluated for 2025" in linli(*pay, home=county, code=4).stderr
    judge = ("facility", "evaluation", "add", "南街食堂", "--year", "2025", "--score")
    failed = add(linli, town, *judge, "59")
    meet(canteens)
    assert "needs a score of 60" in linli(*pay, home=county, code=4).stderr
    linli("facility", "evaluation", "void", failed, "--reason", "录错项目", home=town)
    for name in ("南街食堂", "东街食堂"):
        linli("facility", "evaluation", "add", name, "--year", "2025", "--score", "60", home=town)
    meet(canteens)
    assert "this node is a township's" in linli(*pay, home=town, code=4).stderr
    id_ = add(linli, county, *pay)
    again = linli(*(word.replace("南街", "东街") for word in pay), home=county, code=4)
    assert "paid already: 20000.00 yuan on 2026-01-31" in again.stderr, "one an operator and year"
    (row,) = read(linli("fund", "subsidy", "list", "--json", home=county))
    assert (row["amount_fen"], row["policy"], row["id"]) == (2_000_000, "431202-1", id_)
    later = linli(*(word.replace("2025", "2026") for word in pay), home=county, code=4)
    assert "was not evaluated for 2026" in later.stderr


def test_a_facility_is_paid_for_being_built_once_ever(linli: Linli, canteens: Homes) -> None:
    county, town = canteens["county"], canteens["township"]
    pay = (
        "fund",
        "subsidy",
        "building",
        "幸福院",
        "--amount",
        "50000",
        "--document",
        "9号",
        "--on",
    )
    assert "nothing says how it was built" in linli(*pay, "2020-01-31", home=county, code=2).stderr
    linli("facility", "set", "幸福院", "build_mode", "新建", home=town)
    meet(canteens)
    first = add(linli, county, *pay, "2020-01-31")
    refused = linli(*pay, "2026-01-31", home=county, code=4)
    assert "paid already: 50000.00 yuan on 2020-01-31" in refused.stderr
    with Replica(county, SCHEMA) as copy:  # as a copy of the county's box would
        kept = {column.name: copy.rows(SUBSIDY.name)[0][column.name] for column in SUBSIDY.columns}
        twice = copy.write("v", [Insert(SUBSIDY.name, kept)]).ids[0]
    states = {
        one["id"]: one["state"]
        for one in read(linli("fund", "subsidy", "list", "--json", home=county))
    }
    assert states == {first: "", twice: "doubled"}
    assert "doubled" in linli("fund", "subsidy", "list", home=county).stdout
    linli("fund", "subsidy", "void", twice, "--reason", "录错项目", home=county)
    assert "doubled" not in linli("fund", "subsidy", "list", home=county).stdout
    other = ("fund", "subsidy", "building", "南街食堂", "--amount", "1", "--document", "9号")
    assert "is no 互助幸福院" in linli(*other, home=county, code=2).stderr


def test_points_are_earned_where_the_county_runs_them(
    linli: Linli, homes: Homes, tmp_path: Path
) -> None:
    text = (PACKS / "420323.toml").read_text()
    pack = tmp_path / "pack.toml"
    pack.write_text(text.replace("[[points]]\n", '[[points]]\ndivisions = ["130732100201"]\n'))
    linli("policy", "publish", pack, home=homes["county"])
    meet(homes)
    village, town = homes["village"], homes["township"]
    linli("worker", "add", "张红", home=village)
    linli("worker", "add", "刘青", "--at", "东关村", home=town)
    entry = ("worker", "points", "add", "张红", "--kind")
    add(linli, village, *entry, "获得", "--amount", "6030")
    wrong = add(linli, village, *entry, "获得", "--amount", "120")
    early = add(linli, village, *entry, "兑换", "--amount", "103")
    add(linli, village, *entry, "冲销", "--reverses", wrong)
    add(linli, town, "worker", "points", "add", "刘青", "--kind", "获得", "--amount", "60")
    meet(homes)
    told = linli("fund", "points", "--json", home=homes["county"])
    found = {one["volunteer_name"]: (one["points"], one["minutes"]) for one in read(told)}
    assert found == {"张红": (100, 30), "刘青": (0, 0)}
    assert "runs no points on" in told.stderr and early[-8:] in told.stderr
    only = read(linli("fund", "points", "--of", "张红", "--json", home=village))
    assert [one["points"] for one in only] == [100]
