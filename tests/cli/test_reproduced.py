"""What readers of the care rules reproduced, each as a story that does not happen again."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

from node.care.parameters import publishing
from tests.cli import test_provider, test_settle
from tests.cli.conftest import Linli, meet, read
from tests.cli.sheets import write_csv
from tests.cli.test_programme import words as screened
from tests.cli.test_settle import OCTOBER, PACK, SEPTEMBER, Homes, accept, close, seen, visit

county, provided = test_settle.county, test_provider.county
LATE = ("--reason", "纸质补录")
PLACE = ("--facility", "敬老院", "--since", "2026-09-01", "--document", "民字1号")


def publish(linli: Linli, homes: Homes, code: str) -> None:
    linli("policy", "publish", publishing.shipped()[code], home=homes["county"])
    meet(homes)


def vis(linli: Linli, home: Path, who: str, start: str, *more: str, worker: str = "李秀英") -> str:
    words = ("--worker", worker, "--service", "SH02", "--minutes", "60", "--start", start)
    return linli("visit", "add", who, *words, *LATE, "--anyway", *more, home=home).stdout.strip()


def lines(linli: Linli, home: Path, month: str = SEPTEMBER) -> list[dict[str, Any]]:
    return [line for sheet in seen(linli, home, month) for line in sheet["lines"]]


def paid(linli: Linli, home: Path, month: str = SEPTEMBER) -> int:
    return sum(line["amount_fen"] for line in lines(linli, home, month))


def refused(linli: Linli, home: Path, *words: str) -> str:
    return linli(*words, home=home, code=4).stderr


def test_no_base_is_paid_for_months_before_the_contract(linli: Linli, homes: Homes) -> None:
    publish(linli, homes, "130732")
    village = homes["village"]
    linli("worker", "add", "李秀英", "--helper-kind", "兼职", home=village)
    linli("person", "add", "王桂兰", home=village)
    visit(linli, village, "2026-08-02")
    accept(linli, homes)
    close(linli, homes, "2026-08")
    linli("worker", "add", "赵新来", "--helper-kind", "专职", home=village)
    linli("worker", "record", "set", "赵新来", "contract_from", "2026-10-15", home=village)
    meet(homes)
    base = [line for line in lines(linli, homes["township"], OCTOBER) if line["kind"] == "base"]
    assert [line["month"] for line in base] == [OCTOBER]


def test_a_facility_has_one_subsidy_a_year_whatever_its_operator_is_called(
    linli: Linli, homes: Homes
) -> None:
    publish(linli, homes, "431202")
    town, top = homes["township"], homes["county"]
    linli("facility", "add", "幸福食堂", "--kind", "社区食堂", "--at", "南大街村", home=town)
    good = ("--year", "2025", "--score", "90")
    linli("facility", "evaluation", "add", "幸福食堂", *good, home=town)
    meet(homes)
    pay = ("fund", "subsidy", "operating", "幸福食堂", "--year", "2025")
    linli(*pay, home=top)
    meet(homes)
    linli("facility", "set", "幸福食堂", "operator", "甲公司", home=town)
    meet(homes)
    assert "paid already" in refused(linli, top, *pay)


def home_contract(linli: Linli, town: Path) -> str:
    linli("facility", "add", "敬老院", "--kind", "敬老院", "--at", "赤城镇", home=town)
    words = ("--contract-no", "7", "--purpose", "机构运营", "--price", "1500", "--since",
             "2026-09-01", "--until", "2026-12-31", "--at", "赤城镇")  # fmt: skip
    made = ("provider", "contract", "add", "安康护理站", *words, "--facility", "敬老院")
    return linli(*made, home=town).stdout.strip()


def test_a_resident_who_was_merged_is_paid_for_once(linli: Linli, provided: Homes) -> None:
    town = provided["township"]
    contract = home_contract(linli, town)
    linli("person", "add", "王桂芝", "--birth-date", "1938-05-12", home=provided["village"])
    meet(provided)
    one, two = (row["id"] for row in read(linli("person", "list", "--json", home=town)))
    for person in (one, two):
        linli("person", "placement", "add", person, *PLACE, home=town)
    both = linli("provider", "preview", contract, "--month", SEPTEMBER, home=town).output
    assert "3000.00 yuan in all" in both
    linli("person", "merge", one, two, "--keep", one, home=town)
    meet(provided)
    merged = linli("provider", "preview", contract, "--month", SEPTEMBER, home=town).output
    assert "1500.00 yuan in all" in merged


def test_a_resident_who_died_is_paid_for_no_more(linli: Linli, provided: Homes) -> None:
    town = provided["township"]
    contract = home_contract(linli, town)
    linli("person", "placement", "add", "王桂兰", *PLACE, home=town)
    died = ("person", "close", "王桂兰", "--reason", "死亡", "--on", "2026-09-10")
    linli(*died, home=provided["village"])
    meet(provided)
    told = linli("provider", "preview", contract, "--month", OCTOBER, home=town).output
    assert SEPTEMBER in told and "1500.00 yuan in all" in told and OCTOBER not in told


def test_a_village_makes_no_contract(linli: Linli, provided: Homes) -> None:
    words = ("--contract-no", "V1", "--purpose", "照料护理", "--price", "500", "--since",
             "2026-01-01", "--until", "2026-12-31", "--at", "南大街村")  # fmt: skip
    made = ("provider", "contract", "add", "安康护理站", *words)
    assert "is a village's" in refused(linli, provided["village"], *made)


def test_a_visit_that_a_contract_pays_for_is_not_paid_to_the_worker_too(
    linli: Linli, provided: Homes
) -> None:
    town = provided["township"]
    contract = test_provider.contract(linli, town, "安康护理站")
    test_provider.visit(linli, provided, "2026-09-02")
    test_provider.accepted(linli, provided)
    due = linli("provider", "preview", contract, "--month", SEPTEMBER, home=town).output
    assert "45.00 yuan in all" in due
    (line,) = lines(linli, town)
    assert (line["amount_fen"], line["reasons"]) == (0, ["contracted"])


def test_a_new_code_of_a_village_takes_no_pay_back(
    linli: Linli, homes: Homes, tmp_path: Path
) -> None:
    own, listed, top = tmp_path / "p.toml", tmp_path / "l.csv", homes["county"]
    divided = PACK.read_text("utf-8").replace(
        "[[pay]]\n", '[[pay]]\ndivisions = ["130732100201"]\n'
    )
    own.write_text(divided, "utf-8")
    linli("policy", "publish", own, home=top)
    meet(homes)
    linli("worker", "add", "李秀英", "--helper-kind", "兼职", home=homes["village"])
    linli("person", "add", "王桂兰", home=homes["village"])
    visit(linli, homes["village"], "2026-09-02")
    accept(linli, homes)
    close(linli, homes, SEPTEMBER)
    write_csv(listed, [["code", "name"], ["130732", "赤城县"], ["130732100", "赤城镇"],
                       ["130732100299", "南大街村"], ["130732100202", "东关村"]])  # fmt: skip
    linli("division", "change", "import", listed, home=top)
    (one,) = read(linli("division", "change", "list", "--json", home=top))
    confirm = ("division", "change", "confirm", one["id"], "--document", "x")
    linli("--as", "李四", *confirm, home=top)
    meet(homes)
    assert lines(linli, homes["township"], OCTOBER) == []


def test_who_corrected_a_visit_does_not_accept_it(linli: Linli, county: Homes) -> None:
    town = county["township"]
    meet(county)
    words = ("--worker", "李秀英", "--service", "SH02", "--minutes", "20", *LATE, "--start",
             "2026-09-12 09:30", "--at", "南大街村")  # fmt: skip
    id_ = linli("--as", "甲", "visit", "add", "王桂兰", *words, home=town).stdout.strip()
    longer = ("ended_at", "2026-09-12 10:40", "minutes", "70", "--reason", "录错时间")
    linli("--as", "乙", "visit", "correct", id_, *longer, home=town)
    for user in "甲乙":
        told = refused(linli, town, "--as", user, "visit", "accept", id_)
        assert "nobody accepts what they recorded" in told
    linli("--as", "丙", "visit", "accept", id_, home=town)


def test_a_worker_who_has_left_is_not_paid(linli: Linli, county: Homes) -> None:
    village, town = county["village"], county["township"]
    left = ("worker", "close", "李秀英", "--reason", "辞职", "--on", "2026-09-12")
    linli(*left, home=village)
    for day in ("12", "13"):
        words = ("--worker", "李秀英", "--service", "SH02", "--minutes", "60", *LATE)
        linli("visit", "add", "王桂兰", *words, "--start", f"2026-09-{day} 09:30", home=village)
    accept(linli, county)
    found = {line["state"]: line["amount_fen"] for line in lines(linli, town)}
    assert found == {"payable": 5_000, "accepted": 0}
    assert "had left on 2026-09-12" in linli("settle", "preview", "--month", SEPTEMBER,
                                             home=town).stdout.replace("\n", " ")  # fmt: skip


def test_who_lives_in_a_home_by_the_other_record_is_not_visited_for_pay(
    linli: Linli, county: Homes
) -> None:
    village, town = county["village"], county["township"]
    linli("person", "add", "王桂芝", home=village)
    linli("facility", "add", "敬老院", "--kind", "敬老院", "--at", "赤城镇", home=town)
    meet(county)
    ids = {row["name"]: row["id"] for row in read(linli("person", "list", "--json", home=town))}
    kept, gone = ids["王桂兰"], ids["王桂芝"]
    linli("person", "placement", "add", gone, *PLACE, home=town)
    linli("person", "merge", kept, gone, "--keep", kept, home=town)
    meet(county)
    vis(linli, village, kept, "2026-09-12 09:30")
    accept(linli, county)
    linli("settle", "tell", home=town)
    assert paid(linli, town) == 0


def test_a_visit_that_was_given_back_takes_nobodys_place(linli: Linli, county: Homes) -> None:
    village, town = county["village"], county["township"]
    linli("worker", "add", "赵强", "--helper-kind", "兼职", home=village)
    meet(county)
    ask = ("order", "add", "王桂兰", "--service", "SH02", "--channel", "电话")
    order = linli(*ask, home=village).stdout.strip()
    linli("order", "dispatch", order, "--worker", "李秀英", home=village)
    first = vis(linli, village, "王桂兰", "2026-11-12 08:00", "--order", order)
    second = vis(linli, village, "王桂兰", "2026-11-12 10:00", "--order", order, worker="赵强")
    meet(county)
    linli("visit", "return", first, "--reason", "时长不足", home=town)
    linli("--as", "李四", "visit", "accept", second, home=town)
    linli("settle", "tell", home=town)
    assert paid(linli, town, "2026-11") == 5_000


def test_who_has_a_place_and_was_never_visited_is_listed(
    linli: Linli, homes: Homes, tmp_path: Path
) -> None:
    own, town, top = tmp_path / "p.toml", homes["township"], homes["county"]
    items = PACK.read_text("utf-8").replace("must_items = []", 'must_items = ["本县户籍"]')
    own.write_text(items, "utf-8")
    linli("policy", "publish", own, home=top)
    someone = ("--birth-date", "1980-05-01", "--disability-kind", "智力", "--disability-grade",
               "1", "--at", "南大街村")  # fmt: skip
    linli("person", "add", "王一", *someone, home=top)
    meet(homes)
    linli(*screened("王一", "2026-11-01", "1"), home=town)
    meet(homes)
    assert read(linli("report", "due", "--json", home=town)) == []
    linli("programme", "round", "tuoyang", "--on", "2026-11-03", home=top)
    linli("programme", "fill", "tuoyang", home=top)
    meet(homes)
    assert {row["subject_name"] for row in read(linli("report", "due", "--json", home=town))} == {
        "王一"
    }


def test_what_a_settled_case_cost_stays(linli: Linli, county: Homes) -> None:
    village, tiers = county["village"], "vvtttvcvvtc"
    of = {"v": "village", "t": "township", "c": "county"}
    case = linli("case", "open", "王桂兰", "--item", "4", home=village).stdout.strip()
    linli("case", "set", case, "cost", "3000", home=village)
    for stage, tier in enumerate(tiers, 1):
        meet(county)
        linli("case", "advance", case, stage, home=county[of[tier]])
    meet(county)
    cost = ("case", "set", case, "cost", "9999999")
    assert "has settled this case" in refused(linli, village, *cost)
    linli("case", "set", case, "cost", "2800", home=county["county"])


def test_no_case_is_opened_and_no_voucher_given_for_the_dead(linli: Linli, county: Homes) -> None:
    village, town = county["village"], county["township"]
    died = ("person", "close", "王桂兰", "--reason", "死亡", "--on", "2026-08-10")
    linli(*died, home=village)
    meet(county)
    assert "died on 2026-08-10" in refused(linli, village, "case", "open", "王桂兰", "--item", "4")
    give = ("benefit", "voucher", "add", "王桂兰", "--month", "2026-11", "--amount", "200")
    assert "died on 2026-08-10" in refused(linli, town, *give)


def test_a_need_is_served_before_it_is_confirmed(linli: Linli, county: Homes) -> None:
    village = county["village"]
    words = ("--category", "辅具", "--detail", "轮椅", "--found-on", "2026-11-03")
    need = linli("need", "case", "add", "王桂兰", *words, home=village).stdout.strip()
    step = ("need", "step", "add", need, "--done-on", "2026-11-04", "--step")
    assert "Nothing was done" in refused(linli, village, *step, "本人确认")
    assert "王桂兰" in linli("need", "open", home=village).stdout
    linli(*step, "已满足", home=village)
    linli(*step, "本人确认", home=village)
    assert "王桂兰" not in linli("need", "open", home=village).stdout


def test_a_person_has_one_voucher_a_month(linli: Linli, homes: Homes) -> None:
    publish(linli, homes, "130732")
    linli("person", "add", "王桂兰", home=homes["village"])
    meet(homes)
    give = ("benefit", "voucher", "add", "王桂兰", "--amount", "200", "--month")
    linli(*give, "2026-11", home=homes["township"])
    assert "one of 2026-11 already" in refused(linli, homes["township"], *give, "2026-11")
    linli(*give, "2026-12", home=homes["township"])


def test_a_shell_is_told_what_may_follow() -> None:
    asks = {"_LINLI_COMPLETE": "complete_bash", "COMP_WORDS": "linli vis", "COMP_CWORD": "1"}
    linli = str(Path(sys.executable).with_name("linli"))
    told = subprocess.run(
        [linli], env={**os.environ, **asks}, capture_output=True, text=True, check=False
    )
    assert told.stdout.split() == ["visit"]


def test_cases_are_listed_by_stage(linli: Linli, county: Homes) -> None:
    village = county["village"]
    waiting = linli("case", "open", "王桂兰", "--item", "4", home=village).stdout.strip()
    entered = linli("case", "open", "张德福", "--item", "4", home=village).stdout.strip()
    linli("case", "advance", entered, "1", home=village)
    for stage in ("1", "申请"):
        (row,) = read(linli("case", "list", "--state", stage, "--json", home=village))
        assert row["id"] == entered != waiting
    told = linli("case", "list", "--state", "飞升", home=village, code=2)
    assert "1 申请" in told.stderr
