"""Benefits as three nodes live them: found, applied for, approved, paid, stopped, claimed back."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from node.care.granting.tables import ACT, SHEET
from node.care.records import SCHEMA
from node.errors import Refused
from node.replica import Insert, Replica
from tests.cli.conftest import Linli, meet, read

Homes = dict[str, Path]

PACK = """
version = "test-1"
county = "赤城县"

[[age_allowance]]
bands = [
    { age_min = 80, age_max = 89, value = 5_000 },
    { age_min = 90, age_max = 99, value = 10_000 },
    { age_min = 100, age_max = 150, value = 50_000 },
]
from_next_month = true
excludes = ["frailty_allowance"]

[[frailty_allowance]]
age_min = 80
amounts = { 2 = 3_000, 3 = 5_000, 4 = 12_000 }
assessment_months = 12
excludes = []

[[care_tariff]]
amounts = { ZL = 30_000, BH = 90_000, QH = 150_000 }
from_next_month = true
"""
STEPS = (("village", "村核实"), ("township", "乡镇审核"), ("county", "县审批"), ("county", "公示"))


@pytest.fixture
def county(linli: Linli, homes: Homes, tmp_path: Path) -> Homes:
    """Three nodes with a policy pack, and somebody who turned 90 in May 2026."""
    pack = tmp_path / "pack.toml"
    pack.write_text(PACK)
    linli("policy", "publish", pack, home=homes["county"])
    meet(homes)
    linli("person", "add", "王桂兰", "--birth-date", "1936-05-15", home=homes["village"])
    registered(linli, homes, "王桂兰")
    return homes


def registered(linli: Linli, homes: Homes, name: str) -> None:
    words = (name, "--since", "1990-01-01", "--place", "本县")
    linli("person", "registration", "add", *words, home=homes["village"])
    meet(homes)


def approved(linli: Linli, homes: Homes, name: str, kind: str, month: str, *words: str) -> str:
    """A benefit from the application to the money, each step by its tier."""
    id_ = linli("benefit", "apply", name, kind, home=homes["village"]).stdout.strip()
    for tier, step in STEPS:
        meet(homes)
        more = ("--month", month, *words) if step == "县审批" else ()
        user = {"village": "村干部", "township": "李四", "county": "王五"}[tier]
        linli("--as", user, "benefit", "advance", id_, step, *more, home=homes[tier])
    meet(homes)
    return id_


def shown(linli: Linli, home: Path, id_: str) -> Any:
    return read(linli("benefit", "show", id_, "--json", home=home))


def month(linli: Linli, home: Path, period: str, *words: str) -> Any:
    return read(linli("benefit", "month", period, "--at", "南大街村", "--json", *words, home=home))


def gaps(linli: Linli, home: Path, period: str) -> list[dict[str, Any]]:
    return list(read(linli("benefit", "find", "--month", period, "--json", home=home)))


def named(found: list[dict[str, Any]]) -> list[tuple[str, str, int]]:
    return [(one["gap"], one["code"], one["fen"]) for one in found]


def test_who_is_found_is_told_why_in_chinese_and_a_person_confirms(
    linli: Linli, county: Homes
) -> None:
    village = county["village"]
    (found,) = gaps(linli, village, "2026-06")
    assert (found["gap"], found["code"], found["fen"]) == ("lacking", "age_allowance", 10_000)
    told = linli("--lang", "zh", "benefit", "find", "--month", "2026-06", home=village).stdout
    told = "".join(told.split())
    assert "应享未享" in told and "高龄津贴" in told and "90周岁" in told and "。" in told
    assert gaps(linli, county["county"], "2026-06") == [found], "each node finds the same"
    words = ("王桂兰", "高龄津贴", "--month", "2026-06")
    id_ = linli("benefit", "propose", *words, home=village).stdout.strip()
    (hit,) = shown(linli, village, id_)["acts"]
    assert hit["kind"] == "hit" and "Is 90 years old" in hit["reason"]
    with Replica(village, SCHEMA) as replica:
        (row,) = replica.rows(ACT.name)
        assert row["policy"] == "test-1" and row["done_by"] == "张三"
    again = linli("benefit", "propose", *words, home=village, code=4)
    assert "is proposed already" in again.stderr
    linli("person", "add", "小李", "--birth-date", "1990-01-01", home=village)
    young = linli("benefit", "propose", "小李", "高龄津贴", home=village, code=4)
    assert "Has no household registration" in young.stderr


@pytest.mark.parametrize("closing", ["apply", "refused", "ineligible"])
def test_a_gap_closes_by_an_application_a_refusal_or_a_ruling_and_by_nothing_else(
    linli: Linli, county: Homes, closing: str
) -> None:
    village, month_ = county["village"], "2026-06"
    words = ("王桂兰", "高龄津贴")
    id_ = linli("benefit", "propose", *words, "--month", month_, home=village).stdout.strip()
    linli("benefit", "advance", id_, "告知", home=village)
    assert len(gaps(linli, village, month_)) == 1, "to have told somebody is not enough"
    if closing == "apply":
        more = ("--assisted-by", "李明", "--document", "身份证")
        assert linli("benefit", "apply", *words, *more, home=village).stdout.strip() == id_
    else:
        meet(county)
        home = county["county" if closing == "ineligible" else "village"]
        step = ("benefit", "advance", id_, closing)
        assert "without a reason" in linli(*step, home=home, code=4).stderr
        linli(*step, "--reason", "本人已有其他待遇", home=home)
        meet(county)
    assert gaps(linli, village, month_) == []
    if closing == "ineligible":
        linli("benefit", "advance", id_, closing, "--reason", "x", home=village, code=4)


def test_each_step_belongs_to_a_tier_and_nobody_approves_what_they_recorded(
    linli: Linli, county: Homes
) -> None:
    village, top = county["village"], county["county"]
    id_ = linli("benefit", "apply", "王桂兰", "高龄津贴", home=village).stdout.strip()
    advance = ("benefit", "advance", id_)
    early = linli(*advance, "乡镇审核", home=village, code=4)
    assert "belongs to the county or township" in early.stderr
    meet(county)
    early = linli(*advance, "县审批", "--month", "2026-06", home=top, code=4)
    assert "needs the review by the township before it" in early.stderr
    linli(*advance, "村核实", home=top)
    same = linli(*advance, "乡镇审核", home=top, code=4)
    assert "neither reviews nor approves" in same.stderr
    linli("--as", "李四", *advance, "乡镇审核", home=top)
    same = linli("--as", "李四", *advance, "县审批", "--month", "2026-06", home=top, code=4)
    assert "neither reviews nor approves" in same.stderr
    typed = linli("--as", "王五", *advance, "县审批", "--amount", "9", home=top, code=2)
    assert "follows from the county's numbers" in typed.stderr
    linli("--as", "王五", *advance, "县审批", "--month", "2026-06", home=top)
    meet(county)
    for home in county.values():
        one = shown(linli, home, id_)
        assert (one["status"], one["fen"], one["listed"]) == ("paying", 10_000, [])
    forged = {"benefit": id_, "kind": "change", "month": "2026-07", "fen": 99, "done_by": "x"}
    with Replica(village, SCHEMA) as replica:
        made = replica.write("v", [Insert(ACT.name, forged)]).ids[0]
    meet(county)
    one = shown(linli, top, id_)
    assert one["fen"] == 10_000 and [listed["id"] for listed in one["listed"]] == [made]


def test_who_turns_90_in_may_has_50_until_may_and_100_from_june(
    linli: Linli, county: Homes
) -> None:
    top = county["county"]
    (old,) = read(linli("benefit", "turning", "2026-05", "--json", home=county["township"]))
    assert (old["person_name"], old["age"]) == ("王桂兰", 90)
    assert read(linli("benefit", "turning", "2026-06", "--json", home=top)) == []
    assert "1936-05-15" in linli("benefit", "turning", "2026-05", home=top).stdout
    id_ = approved(linli, county, "王桂兰", "高龄津贴", "2026-04")
    assert gaps(linli, top, "2026-05") == []
    (other,) = gaps(linli, top, "2026-06")
    assert named([other]) == [("amount", "age_allowance", 10_000)]
    change = ("benefit", "advance", id_, "停旧增新")
    assert linli(*change, "--month", "2026-06", home=county["township"], code=4)
    linli(*change, "--month", "2026-06", home=top)
    meet(county)
    amounts = {}
    for period in ("2026-03", "2026-04", "2026-05", "2026-06"):
        views = [month(linli, home, period) for home in county.values()]
        assert views[0] == views[1] == views[2], "the same inputs, the same list"
        amounts[period] = sum(one["total_fen"] for one in views[0])
    assert list(amounts.values()) == [0, 5_000, 5_000, 10_000]
    (june,) = month(linli, top, "2026-06")
    assert [(one["fen"], one["reason"]) for one in june["added"]] == [(10_000, "S06")]
    assert [(one["fen"], one["reason"]) for one in june["stopped"]] == [(5_000, "S06")]
    assert june["claims"] == [] and {line["kind"] for line in june["lines"]} == {"due"}


def test_a_death_stops_from_the_next_month_and_claims_back_what_was_paid(
    linli: Linli, county: Homes
) -> None:
    top, village = county["county"], county["village"]
    id_ = approved(linli, county, "王桂兰", "高龄津贴", "2026-06")
    for period in ("2026-06", "2026-07", "2026-08"):
        linli("benefit", "close-month", period, home=top)
    again = linli("benefit", "close-month", "2026-08", home=top, code=4)
    assert "is closed already" in again.stderr
    not_ours = linli("benefit", "close-month", "2026-09", home=village, code=4)
    assert "paid by the county" in not_ours.stderr
    words = ("王桂兰", "--cremated-on", "2026-06-20", "--source", "殡仪馆")
    linli("person", "cremation", "add", *words, home=village)
    meet(county)
    assert named(gaps(linli, top, "2026-06")) == [], "June is hers: she died in it"
    (wrong,) = gaps(linli, top, "2026-09")
    assert wrong["gap"] == "stop" and "Died on 2026-06-20" in wrong["reason"]
    assert linli("benefit", "stop", id_, home=county["township"], code=4)
    told = linli("benefit", "stop", id_, home=top).stderr
    assert "1 recoveries were made" in told
    meet(county)
    one = shown(linli, village, id_)
    assert one["schedule"][-1] == {"month": "2026-07", "fen": 0}
    (back,) = [act for act in one["acts"] if act["kind"] == "recovery"]
    assert (back["month"], back["until"], back["fen"]) == ("2026-07", "2026-08", 20_000)
    (august,) = month(linli, village, "2026-08")
    assert august["closed"] and august["total_fen"] == 10_000, "what is closed stays"
    (september,) = month(linli, top, "2026-09")
    assert september["lines"] == [] and [claim["open"] for claim in september["claims"]] == [False]
    assert "waits to be claimed" in linli("benefit", "recover", id_, home=top).stderr, "not twice"
    assert gaps(linli, top, "2026-09") == []
    csv = linli("benefit", "month", "2026-09", "--csv", home=top).stdout
    assert "\ufeff" in csv and "200.00" in csv
    table = linli("--lang", "zh", "benefit", "month", "2026-08", home=top).stdout
    assert "100.00" in table


def test_a_move_stops_by_its_own_reason(linli: Linli, county: Homes) -> None:
    id_ = approved(linli, county, "王桂兰", "高龄津贴", "2026-06")
    words = ("王桂兰", "--reason", "迁出", "--on", "2026-08-31")
    linli("person", "close", *words, home=county["village"])
    meet(county)
    linli("benefit", "stop", id_, home=county["county"])
    one = shown(linli, county["county"], id_)
    assert one["schedule"][-1] == {"month": "2026-09", "fen": 0}
    assert [act["reason"] for act in one["acts"] if act["kind"] == "stopped"] == ["S02"]


def assessed(linli: Linli, homes: Homes, day: str, score: int) -> None:
    who = ("--assessor", "赵", "--second-assessor", "钱", "--repeat-reason", "情况变化")
    words = ("王桂兰", "--done-on", day, "--score", score, *who)
    linli("person", "assessment", "add", *words, home=homes["village"])
    meet(homes)


def test_benefits_that_exclude_each_other_are_told_and_the_best_is_due(
    linli: Linli, county: Homes
) -> None:
    assessed(linli, county, "2026-05-20", 20)
    words = ("benefit", "explain", "王桂兰", "--month", "2026-06")
    told = {one["code"]: one for one in read(linli(*words, "--json", home=county["county"]))}
    assert told["frailty_allowance"]["state"] == "due"
    assert told["frailty_allowance"]["fen"] == 12_000
    assert told["age_allowance"]["state"] == "excluded"
    assert "cannot be had beside" in told["age_allowance"]["reason"]
    assert "同时享受" in "".join(
        linli("--lang", "zh", *words, home=county["county"]).stdout.split()
    )
    assert named(gaps(linli, county["county"], "2026-06")) == [
        ("lacking", "frailty_allowance", 12_000)
    ]
    refused = linli("benefit", "propose", "王桂兰", "高龄津贴", "--month", "2026-06",
                    home=county["village"], code=4)  # fmt: skip
    assert "cannot be had beside" in refused.stderr


def test_an_allowance_by_ability_needs_a_valid_assessment_and_another_level_is_another_amount(
    linli: Linli, county: Homes
) -> None:
    top = county["county"]
    assessed(linli, county, "2025-06-10", 20)
    id_ = approved(linli, county, "王桂兰", "高龄失能补贴", "2026-01")
    assert shown(linli, top, id_)["fen"] == 12_000
    (late,) = [one for one in gaps(linli, top, "2026-07") if one["gap"] == "stop"]
    assert "one holds for 12 months" in late["reason"]
    assessed(linli, county, "2026-06-25", 40)
    found = named(gaps(linli, top, "2026-07"))
    assert ("stop", "frailty_allowance", 0) in found, "100 by age is more than 50 by ability now"
    assessed(linli, county, "2026-07-30", 10)
    assert gaps(linli, top, "2026-08") == []
    linli("benefit", "stop", id_, "--reason", "不再符合", "--month", "2026-07", home=top)
    assert named(gaps(linli, top, "2026-08")) == [("lacking", "frailty_allowance", 12_000)]


def test_nobody_has_at_once_what_excludes_each_other(linli: Linli, county: Homes) -> None:
    top = county["county"]
    by_age = approved(linli, county, "王桂兰", "高龄津贴", "2026-05")
    assessed(linli, county, "2026-05-20", 20)
    found = {one["code"]: one for one in gaps(linli, top, "2026-06")}
    assert found["age_allowance"]["gap"] == "stop", "what is paid beside the better one is flagged"
    with pytest.raises(AssertionError, match="and only one may be"):
        approved(linli, county, "王桂兰", "高龄失能补贴", "2026-06")
    linli("benefit", "stop", by_age, "--reason", "不再符合", "--month", "2026-06", home=top)
    (by_ability,) = [one["id"] for one in read(linli("benefit", "list", "--json", home=top))
                     if one["id"] != by_age]  # fmt: skip
    step = ("benefit", "advance", by_ability, "县审批", "--month", "2026-06")
    linli("--as", "王五", *step, home=top)
    (june,) = month(linli, top, "2026-06")
    assert [(one["code"], one["fen"]) for one in june["lines"]] == [("frailty_allowance", 12_000)]
    assert gaps(linli, top, "2026-06") == []


def test_one_benefit_that_two_boxes_began_is_paid_once(linli: Linli, county: Homes) -> None:
    village, top = county["village"], county["county"]
    first = linli("benefit", "apply", "王桂兰", "高龄津贴", home=village).stdout.strip()
    second = linli("benefit", "apply", "王桂兰", "高龄津贴", home=top).stdout.strip()
    meet(county)
    assert first != second
    for id_ in (first, second):
        for tier, step in STEPS[:2]:
            linli("--as", tier, "benefit", "advance", id_, step, home=county[tier])
            meet(county)
    approval = ("县审批", "--month", "2026-06")
    linli("--as", "王五", "benefit", "advance", first, *approval, home=top)
    twice = linli("--as", "王五", "benefit", "advance", second, *approval, home=top, code=4)
    assert "and only one may be" in twice.stderr


def test_whose_registration_nobody_entered_is_told_and_not_passed_over(
    linli: Linli, county: Homes
) -> None:
    village = county["village"]
    linli("person", "add", "张德福", "--birth-date", "1930-01-01", home=village)
    (mend,) = [one for one in gaps(linli, village, "2026-06") if one["person_name"] == "张德福"]
    assert mend["gap"] == "mend" and "Nobody has entered" in mend["reason"]
    elsewhere = ("张德福", "--since", "1990-01-01", "--place", "外县")
    linli("person", "registration", "add", *elsewhere, home=village)
    assert not [one for one in gaps(linli, village, "2026-06") if one["person_name"] == "张德福"]


PACKS = Path(__file__).parents[2] / "node/care/packs"


def test_another_level_of_ability_stops_the_old_amount_and_starts_the_new(
    linli: Linli, county: Homes
) -> None:
    """By the numbers of 竹山 as they are shipped: 30, 50 and 100 by level."""
    top = county["county"]
    linli("policy", "publish", PACKS / "420323.toml", home=top)
    meet(county)
    assessed(linli, county, "2026-03-10", 20)
    id_ = approved(linli, county, "王桂兰", "高龄失能补贴", "2026-04")
    assessed(linli, county, "2026-06-10", 50)
    assert "frailty_allowance" not in [one["code"] for one in gaps(linli, top, "2026-06")]
    (other,) = [one for one in gaps(linli, top, "2026-07") if one["code"] == "frailty_allowance"]
    assert named([other]) == [("amount", "frailty_allowance", 3_000)]
    linli("benefit", "advance", id_, "停旧增新", "--month", "2026-07", home=top)
    meet(county)
    (july,) = month(linli, county["township"], "2026-07")
    assert [(one["fen"], one["reason"]) for one in july["stopped"]] == [(10_000, "S06")]
    assert [(one["fen"], one["reason"]) for one in july["added"]] == [(3_000, "S06")]
    assert july["total_fen"] == 3_000, "no month has both or neither"
    with Replica(top, SCHEMA) as replica:
        versions = {row["kind"]: row["policy"] for row in replica.rows(ACT.name)}
    assert versions["change"] == "420323-1", "each decision keeps the version that it used"


def decided(linli: Linli, homes: Homes, verb: str, *words: str) -> None:
    linli("person", verb, "add", *words, "--document", "民字1号", home=homes["county"])
    meet(homes)


def test_care_goes_by_the_grade_from_the_next_month_on(linli: Linli, county: Homes) -> None:
    top = county["county"]
    decided(linli, county, "support", "王桂兰", "--since", "2025-01-01", "--mode", "分散供养")
    decided(linli, county, "care-grade", "王桂兰", "--since", "2025-01-01", "--grade", "半护理")
    id_ = approved(linli, county, "王桂兰", "特困护理费", "2026-04")
    decided(linli, county, "care-grade", "王桂兰", "--since", "2026-05-15", "--grade", "全护理")
    early = linli("benefit", "advance", id_, "停旧增新", "--month", "2026-05", home=top)
    assert early.exit_code == 0 and shown(linli, top, id_)["schedule"][-1]["fen"] == 90_000
    linli("benefit", "advance", id_, "停旧增新", "--month", "2026-06", home=top)
    meet(county)
    paid = {}
    for period in ("2026-04", "2026-05", "2026-06"):
        (one,) = month(linli, county["township"], period)
        paid[period] = one["total_fen"]
    assert paid == {"2026-04": 90_000, "2026-05": 90_000, "2026-06": 150_000}


def test_a_tekun_person_has_one_mode_and_each_change_a_day_and_a_document(
    linli: Linli, county: Homes
) -> None:
    top, village = county["county"], county["village"]
    add = ("person", "support", "add", "王桂兰", "--since", "2026-01-01", "--mode")
    assert linli(*add, "分散供养", home=top, code=2), "no document"
    linli(*add, "分散供养", "--document", "x", home=village, code=4)
    linli("person", "group", "add", "王桂兰", "特困-分散", home=village)
    meet(county)
    (untold,) = [one for one in gaps(linli, top, "2026-06") if one["gap"] == "mend"]
    assert "no mode with a day and a document" in untold["reason"]
    decided(linli, county, "support", "王桂兰", "--since", "2026-01-01", "--mode", "分散供养")
    assert modes(linli, village, "2026-03-31") == (1, 0, 1000)
    decided(linli, county, "support", "王桂兰", "--since", "2026-04-01", "--mode", "集中供养")
    assert modes(linli, village, "2026-03-31") == (1, 0, 1000), "the past stays"
    assert modes(linli, top, "2026-04-01") == (0, 1, 0)
    assert not [one for one in gaps(linli, top, "2026-06") if one["gap"] == "mend"]
    decided(linli, county, "support", "王桂兰", "--since", "2026-04-01", "--mode", "分散供养")
    (both,) = [one for one in gaps(linli, top, "2026-06") if one["gap"] == "mend"]
    assert "exactly one can be right" in both["reason"]
    assert modes(linli, top, "2026-04-01") == (0, 0, 0)


def modes(linli: Linli, home: Path, day: str) -> tuple[int, int, int]:
    *_, whole = read(linli("benefit", "modes", "--on", day, "--json", home=home))
    return whole["at_home"], whole["in_institutions"], whole["share_thousandths"]


def test_who_moves_to_an_institution_is_judged_again(linli: Linli, county: Homes) -> None:
    top, village = county["county"], county["village"]
    decided(linli, county, "support", "王桂兰", "--since", "2026-01-01", "--mode", "分散供养")
    linli("facility", "add", "王家院敬老院", "--kind", "敬老院", home=village)
    words = (
        "王桂兰",
        "--facility",
        "王家院敬老院",
        "--since",
        "2026-06-10",
        "--document",
        "民字2号",
    )
    linli("person", "placement", "add", *words, home=village)
    meet(county)
    assert not [one for one in gaps(linli, top, "2026-06") if one["gap"] == "mend"]
    (mend,) = [one for one in gaps(linli, top, "2026-07") if one["gap"] == "mend"]
    assert "Lives in an institution since 2026-06-10" in mend["reason"]
    decided(linli, county, "support", "王桂兰", "--since", "2026-06-10", "--mode", "集中供养")
    assert not [one for one in gaps(linli, top, "2026-07") if one["gap"] == "mend"]


def test_a_visit_at_home_after_the_move_to_an_institution_is_not_paid(
    linli: Linli, county: Homes
) -> None:
    village, town = county["village"], county["township"]
    linli("policy", "publish", PACKS / "140430.toml", home=county["county"])
    meet(county)
    linli("worker", "add", "李秀英", "--helper-kind", "兼职", home=village)
    linli("facility", "add", "王家院敬老院", "--kind", "敬老院", home=village)
    words = ("--worker", "李秀英", "--service", "SH02", "--minutes", "60", "--reason", "纸质补录")
    paid = {}
    for day in ("2026-09-02", "2026-09-22"):
        start = ("--start", f"{day} 09:30")
        paid[day] = linli("visit", "add", "王桂兰", *words, *start, home=village).stdout.strip()
    placed = ("--facility", "王家院敬老院", "--since", "2026-09-10", "--document", "民字2号")
    linli("person", "placement", "add", "王桂兰", *placed, home=village)
    meet(county)
    linli("--as", "李四", "visit", "accept", "--every", home=town)
    preview = ("settle", "preview", "--month", "2026-09", "--at", "南大街村", "--json")
    (sheet,) = read(linli(*preview, home=town))
    amounts = {line["subject"]: line["amount_fen"] for line in sheet["lines"]}
    assert amounts[paid["2026-09-02"]] == 5_000 and amounts[paid["2026-09-22"]] == 0


def test_what_is_decided_late_is_paid_up_with_the_next_sheet_and_only_once(
    linli: Linli, county: Homes
) -> None:
    top = county["county"]
    with pytest.raises(AssertionError, match="nothing is to be paid"):
        linli("benefit", "close-month", "2026-06", home=top)
    linli("person", "add", "张德福", "--birth-date", "1940-01-01", home=county["village"])
    registered(linli, county, "张德福")
    approved(linli, county, "张德福", "高龄津贴", "2026-05")
    linli("benefit", "close-month", "2026-06", home=top)
    late = approved(linli, county, "王桂兰", "高龄津贴", "2026-06")
    (july,) = month(linli, county["village"], "2026-07")
    mine = [(one["month"], one["kind"], one["fen"]) for one in july["lines"]
            if one["benefit"] == late]  # fmt: skip
    assert mine == [("2026-06", "arrears", 10_000), ("2026-07", "due", 10_000)]
    linli("benefit", "close-month", "2026-07", home=top)
    meet(county)
    (august,) = month(linli, county["township"], "2026-08")
    assert {one["kind"] for one in august["lines"]} == {"due"}


def test_a_sheet_that_is_none_is_passed_over(linli: Linli, county: Homes) -> None:
    approved(linli, county, "王桂兰", "高龄津贴", "2026-06")
    row = {"period": "2026-06", "scope": "v", "frontier": "", "trust": "", "policy": "x",
           "result": "0" * 64, "content": '{"period":"2026-06","lines":[]}'}  # fmt: skip
    with Replica(county["county"], SCHEMA) as replica:
        replica.write("v", [Insert(SHEET.name, row)])
    (one,) = month(linli, county["county"], "2026-06")
    assert not one["closed"] and one["total_fen"] == 10_000
    with Replica(county["village"], SCHEMA) as replica, pytest.raises(Refused):
        replica.write("v", [Insert(SHEET.name, row)])


def test_benefits_are_listed_and_their_changes_told(linli: Linli, county: Homes) -> None:
    id_ = approved(linli, county, "王桂兰", "特困基本生活费", "2026-06", "--amount", "800")
    village = county["village"]
    (row,) = read(linli("benefit", "list", "--json", home=village))
    assert (row["id"], row["status"], row["fen"]) == (id_, "paying", 80_000)
    assert read(linli("benefit", "list", "--status", "停发", "--json", home=village)) == []
    for words in (("list",), ("find", "--month", "2026-06"), ("show", id_), ("modes",),
                  ("explain", "王桂兰"), ("month", "2026-06")):  # fmt: skip
        for language in ("zh", "en"):
            out = linli("--lang", language, "benefit", *words, home=village).stdout
            assert out and max(map(_columns, out.splitlines())) <= 80, out
    for words in (("list",), ("find",), ("modes",), ("explain", "王桂兰"), ("turning", "2026-05")):
        assert "\ufeff" in linli("benefit", *words, "--csv", home=village).stdout
    history = linli("benefit", "history", id_, home=village).stdout
    assert "approved" in history or "县审批" in history


def _columns(line: str) -> int:
    from cli.help import columns

    return columns(line)


def test_who_stands_twice_has_a_benefit_once(linli: Linli, county: Homes) -> None:
    """Two records of one person, each with the allowance: the one that was merged is to stop."""
    top, village = county["county"], county["village"]
    second = ("王桂英", "--birth-date", "1936-05-15")
    linli("person", "add", *second, home=village)
    registered(linli, county, "王桂英")
    for name in ("王桂兰", "王桂英"):
        approved(linli, county, name, "高龄津贴", "2026-12")
    assert named(gaps(linli, top, "2031-01")) == []
    merge = ("person", "merge", "王桂英", "王桂兰", "--keep", "王桂兰")
    linli(*merge, home=county["township"])
    meet(county)
    for home in county.values():
        (stop,) = gaps(linli, home, "2031-01")
        assert (stop["gap"], stop["code"]) == ("stop", "age_allowance")
        assert "Was registered twice" in stop["reason"]
    ids = [row["id"] for row in read(linli("person", "list", "--json", "--all", home=village))]
    linli("person", "unmerge", *ids, home=county["township"])
    meet(county)
    assert gaps(linli, top, "2031-01") == [], "they are two people again"


def test_who_moves_has_a_benefit_from_one_village_at_a_time(linli: Linli, county: Homes) -> None:
    """停旧增新: the old one ends with the month, and nobody is given the new one before."""
    top = county["county"]
    id_ = approved(linli, county, "王桂兰", "高龄津贴", "2026-06")
    move = ("person", "move", "王桂兰", "--to", "东关村", "--on", "2026-08-20")
    new = linli(*move, home=county["township"]).stdout.strip()
    meet(county)
    stop, start = sorted(gaps(linli, top, "2026-09"), key=lambda one: one["gap"], reverse=True)
    assert (stop["gap"], start["gap"], start["person"]) == ("stop", "lacking", new)
    assert "2026-08-20" in stop["reason"]
    second = linli("benefit", "apply", new, "高龄津贴", home=county["township"]).stdout.strip()
    for user, home, step in (("赵六", "township", "村核实"), ("李四", "township", "乡镇审核")):
        linli("--as", user, "benefit", "advance", second, step, home=county[home])
    meet(county)
    decide = ("--as", "王五", "benefit", "advance", second, "县审批", "--month")
    early = linli(*decide, "2026-09", home=top, code=4)
    assert f"by the benefit {id_}, and only one may be" in " ".join(early.stderr.split())
    linli("benefit", "stop", id_, home=top)
    linli(*decide, "2026-09", home=top)
    meet(county)
    assert shown(linli, top, id_)["schedule"][-1] == {"month": "2026-09", "fen": 0}
    assert shown(linli, top, second)["schedule"][0] == {"month": "2026-09", "fen": 10_000}
