"""The money of a year, as the county types it: nothing goes over, and what did is shown."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from node.care.budgets.tables import ENTRY
from node.care.records import SCHEMA
from node.errors import Refused
from node.replica import Insert, Replica
from tests.cli.conftest import Linli, meet, read

PACK = Path(__file__).parents[2] / "node/care/packs/140430.toml"
Homes = dict[str, Path]
BUDGET = ("fund", "budget")


@pytest.fixture
def county(linli: Linli, homes: Homes) -> Path:
    linli("policy", "publish", PACK, home=homes["county"])
    linli(*BUDGET, "open", "2026", "--programme", "tuoyang", home=homes["county"])
    return homes["county"]


def lines(linli: Linli, home: Path, budget: str = "tuoyang") -> dict[str, dict[str, Any]]:
    shown = read(linli(*BUDGET, "show", budget, "--json", home=home))
    assert (
        sum(one["planned_fen"] + one["moved_fen"] for one in shown["lines"]) == (shown["total_fen"])
    )
    return {one["code"]: one for one in shown["lines"]}


def test_a_programme_has_its_lines_and_the_rest_is_computed(linli: Linli, county: Path) -> None:
    found = lines(linli, county)
    assert {code: one["planned_fen"] for code, one in found.items()} == {
        "visits": 63_000_000, "checks": 21_000_000, "areas": 5_040_000,
        "insurance": 1_500_000, "rest": 14_460_000,
    }  # fmt: skip
    shown = read(linli(*BUDGET, "show", "tuoyang", "--json", home=county))
    assert shown["policy"] == "140430-1"
    again = linli(*BUDGET, "open", "2026", "--programme", "tuoyang", home=county, code=4)
    assert "is open already" in again.stderr
    text = linli(*BUDGET, "show", "居家托养助残帮扶", home=county).stdout
    assert "144600.00" in text and "省残联" in text
    for words in (("list",), ("list", "--csv"), ("show", "tuoyang"), ("months", "tuoyang")):
        assert "1050000.00" in (text := linli(*BUDGET, *words, home=county).stdout) or (
            "630000.00" in text
        )


def test_spending_beyond_a_line_needs_a_transfer_first(linli: Linli, county: Path) -> None:
    spend = (*BUDGET, "spend", "tuoyang", "--line", "insurance", "--on", "2026-03-01", "--amount")
    linli(*spend, "14000", home=county)
    refused = linli(*spend, "1000.01", home=county, code=4)
    for told in ("insurance", "1000.00 yuan left", "1000.01 are asked for", "15000.00",
                 "14000.00 spent", "linli fund budget transfer"):  # fmt: skip
        assert told in refused.stderr
    move = (*BUDGET, "transfer", "tuoyang", "--from", "rest", "--to", "服装和保险",
            "--on", "2026-03-01", "--amount")  # fmt: skip
    refused = linli(*move, "144600.01", "--document", "12号", home=county, code=4)
    assert "144600.00 yuan left" in refused.stderr
    moved = linli(*move, "500", "--document", "12号", home=county).stdout.strip()
    linli(*spend, "1000.01", home=county)
    line = lines(linli, county)["insurance"]
    assert (line["moved_fen"], line["spent_fen"], line["left_fen"]) == (50_000, 1_500_001, 49_999)
    refused = linli(*BUDGET, "void", moved, "--reason", "录错项目", home=county, code=4)
    assert "insurance" in refused.stderr, "what rests on it stays"
    assert "lies in another year" in linli(
        *BUDGET, "spend", "tuoyang", "--line", "rest", "--on", "2027-01-01", "--amount", "1",
        home=county, code=2).stderr  # fmt: skip
    listed = read(linli(*BUDGET, "entries", "tuoyang", "--line", "insurance", "--json",
                        home=county))  # fmt: skip
    assert [one["kind"] for one in listed] == ["spend", "transfer", "spend"]
    assert "调剂" in linli(*BUDGET, "entries", "tuoyang", "--csv", home=county).stdout


def test_what_is_committed_cannot_be_spent_otherwise(linli: Linli, county: Path) -> None:
    commit = (*BUDGET, "commit", "tuoyang", "--line", "checks", "--payee", "县医院",
              "--on", "2026-03-01", "--amount")  # fmt: skip
    id_ = linli(*commit, "200000", home=county).stdout.strip()
    spend = (*BUDGET, "spend", "tuoyang", "--line", "checks", "--on", "2026-05-01", "--amount")
    assert "10000.00 yuan left" in linli(*spend, "10001", home=county, code=4).stderr
    linli(*spend, "105000", "--commitment", id_[-8:], home=county)
    refused = linli(*spend, "95001", "--commitment", id_, home=county, code=4)
    assert "95000.00 yuan are left of the commitment" in refused.stderr
    linli(*BUDGET, "release", id_, "--on", "2026-06-01", home=county)
    line = lines(linli, county)["checks"]
    assert (line["committed_fen"], line["spent_fen"]) == (0, 10_500_000)
    again = linli(*BUDGET, "release", id_, home=county, code=2)
    assert "Nothing is left" in again.stderr


def test_only_the_county_moves_money(linli: Linli, homes: Homes, county: Path) -> None:
    meet(homes)
    for tier in ("village", "township"):
        words = ("open", "2026", "--code", "x", "--name", "某", "--total", "1", "--line", "a:甲")
        refused = linli(*BUDGET, *words, home=homes[tier], code=4)
        assert f"this node is a {tier}'s" in refused.stderr
    row = {"budget": "B", "kind": "spend", "line": "rest", "amount_fen": 1}
    insert = Insert(ENTRY.name, {**row, "done_on": "2026-01-01"})
    with Replica(homes["township"], SCHEMA) as town:
        for division in ("t", "c"):
            with pytest.raises(Refused, match=r"may not write|county"):
                town.write(division, [insert])


def test_what_went_over_after_a_merge_is_shown_and_made_up_for(linli: Linli, county: Path) -> None:
    budget = read(linli(*BUDGET, "show", "tuoyang", "--json", home=county))["id"]
    with Replica(county, SCHEMA) as copy:  # as a copy of the box would, which saw less
        row = {"budget": budget, "kind": "spend", "line": "areas", "amount_fen": 4_000_000,
               "done_on": "2026-01-01"}  # fmt: skip
        for _ in range(2):
            copy.write("c", [Insert(ENTRY.name, row)])
    assert lines(linli, county)["areas"]["over_fen"] == 2_960_000
    shown = linli(*BUDGET, "show", "tuoyang", home=county)
    assert "areas is over by 29600.00 yuan" in shown.stderr
    assert "29600.00" in linli(*BUDGET, "list", home=county).stdout
    more = linli(*BUDGET, "spend", "tuoyang", "--line", "areas", "--amount", "1",
                 "--on", "2026-02-01", home=county, code=4)  # fmt: skip
    assert "0.00 yuan left" in more.stderr
    linli(*BUDGET, "transfer", "tuoyang", "--from", "rest", "--to", "areas", "--amount", "29600",
          "--document", "13号", home=county)  # fmt: skip
    assert lines(linli, county)["areas"]["over_fen"] == 0


def test_a_budget_of_the_county_has_lines_and_shares_that_are_the_whole(
    linli: Linli, homes: Homes
) -> None:
    county = homes["county"]
    named = ("--code", "peitao", "--name", "县级配套", "--total", "8000000")
    words = (*BUDGET, "open", "2026", *named, "--line", "care:护理补贴=3000000")
    refused = linli(*words, home=county, code=2)
    assert "add up to 3000000.00 yuan, and the total is 8000000.00" in refused.stderr
    short = linli(*words, "--line", "rest:其余", "--share", "省级=600", home=county, code=2)
    assert "add up to 600 thousandths" in short.stderr
    linli(*words, "--line", "rest:其余", "--share", "省级=600", "--share", "县级=400", home=county)
    shown = read(linli(*BUDGET, "show", "peitao", "--json", home=county))
    assert [one["planned_fen"] for one in shown["lines"]] == [300_000_000, 500_000_000]
    assert [one["amount_fen"] for one in shown["shares"]] == [480_000_000, 320_000_000]
    assert "县级 3200000.00" in linli(*BUDGET, "show", "peitao", home=county).stdout
    linli(*BUDGET, "void", "peitao", "--reason", "录错项目", home=county)
    assert read(linli(*BUDGET, "list", "--json", home=county)) == []


def test_closed_sheets_are_spent_and_a_month_is_compared(
    linli: Linli, homes: Homes, county: Path
) -> None:
    meet(homes)
    village, town = homes["village"], homes["township"]
    linli("worker", "add", "李秀英", "--helper-kind", "兼职", home=village)
    linli("person", "add", "王桂兰", home=village)
    for day in ("02", "12"):
        what = ("--worker", "李秀英", "--service", "SH02", "--minutes", "60")
        late = ("--start", f"2026-09-{day} 09:30", "--reason", "纸质补录")
        linli("visit", "add", "王桂兰", *what, *late, home=village)
    meet(homes)
    linli("--as", "李四", "visit", "accept", "--every", home=town)
    linli("settle", "close", "--month", "2026-09", home=town)
    assert lines(linli, county)["visits"]["spent_fen"] == 0, "not here yet"
    move = (*BUDGET, "transfer", "tuoyang", "--document", "14号", "--amount")
    linli(*move, "629940", "--from", "visits", "--to", "rest", home=county)
    meet(homes)
    line = lines(linli, county)["visits"]
    paid = (line["spent_fen"], line["owed_fen"], line["left_fen"], line["over_fen"])
    assert paid == (6_000, 4_000, 0, 0), "no more goes out than the line has"
    shown = linli(*BUDGET, "show", "tuoyang", home=county)
    assert "visits lacks 40.00 yuan for what closed sheets pay" in shown.stderr
    more = linli(*BUDGET, "spend", "tuoyang", "--line", "visits", "--amount", "1",
                 "--on", "2026-11-02", home=county, code=4)  # fmt: skip
    assert "closed sheets ask for 40.00 more" in more.stderr
    linli(*move, "629940", "--from", "rest", "--to", "visits", home=county)
    line = lines(linli, county)["visits"]
    assert (line["settled_fen"], line["spent_fen"], line["left_fen"]) == (
        10_000, 10_000, 62_990_000,
    )  # fmt: skip
    linli(*move, "629900.01", "--from", "visits", "--to", "rest", home=county, code=4)
    told = read(linli(*BUDGET, "months", "tuoyang", "--json", home=county))
    assert told["forecast_fen"] == told["planned_fen"] == 63_000_000
    by_month = {one["month"]: one for one in told["months"]}
    assert by_month["2026-09"] == {
        "month": "2026-09", "forecast_fen": 5_250_000, "actual_fen": 10_000,
    }  # fmt: skip
    assert by_month["2026-10"]["actual_fen"] is None
    assert told["expected_fen"] == 11 * 5_250_000 + 10_000 and told["over_fen"] == 0
    more = read(linli(*BUDGET, "months", "tuoyang", "--clients", "400", "--json", home=county))
    assert more["over_fen"] == 11 * 6_000_000 + 10_000 - 63_000_000
