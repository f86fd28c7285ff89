"""A month is settled: villages record, the township accepts and closes, all see the same sheet."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from node.care.records import SCHEMA
from node.care.settlement import closing
from node.care.settlement.tables import OUTCOME, SHEET
from node.replica import Insert, Replica
from tests.cli.conftest import Linli, meet, read

SEPTEMBER, OCTOBER, NOVEMBER = "2026-09", "2026-10", "2026-11"
PACK = Path(__file__).parents[2] / "node/care/packs/140430.toml"
Homes = dict[str, Path]


@pytest.fixture
def county(linli: Linli, homes: Homes) -> Homes:
    """Three nodes with a policy pack, a worker who is paid by the visit, and two clients."""
    linli("policy", "publish", PACK, home=homes["county"])
    meet(homes)
    village = homes["village"]
    linli("worker", "add", "李秀英", "--helper-kind", "兼职", home=village)
    for name in ("王桂兰", "张德福"):
        linli("person", "add", name, home=village)
    return homes


def visit(linli: Linli, home: Path, day: str, person: str = "王桂兰", *more: str) -> str:
    words = ("--worker", "李秀英", "--service", "SH02", "--minutes", "60", "--reason", "纸质补录")
    clock = () if "--start" in more else ("--start", f"{day} 09:30")
    return linli("visit", "add", person, *words, *clock, *more, home=home).stdout.strip()


def accept(linli: Linli, homes: Homes, *words: str) -> None:
    meet(homes)
    linli("--as", "李四", "visit", "accept", *(words or ("--every",)), home=homes["township"])
    meet(homes)


def close(linli: Linli, homes: Homes, month: str, *words: str) -> list[dict[str, Any]]:
    done = linli("settle", "close", "--month", month, *words, "--json", home=homes["township"])
    meet(homes)
    return list(read(done))


def seen(linli: Linli, home: Path, month: str, at: str = "南大街村") -> Any:
    return read(linli("settle", "preview", "--month", month, "--at", at, "--json", home=home))


def test_all_tiers_see_the_same_bytes_before_and_after_the_closing(
    linli: Linli, county: Homes
) -> None:
    village = county["village"]
    ids = [visit(linli, village, f"2026-09-{day}") for day in ("02", "12", "22")]
    accept(linli, county, *ids[:2])
    views = [seen(linli, county[tier], SEPTEMBER) for tier in county]
    assert views[0] == views[1] == views[2], "the same four inputs, the same sheet"
    (sheet,) = views[0]
    assert sheet["numbers"] == {"recorded": 3, "accepted": 2, "payable": 2}
    assert sum(sheet["totals"].values()) == 10_000
    reasons = {line["subject"]: line["why"] for line in sheet["lines"]}
    assert reasons[ids[2]] == ["The township has not reviewed the visit yet."]
    assert not reasons[ids[0]], "what is paid needs no excuse"
    waits = linli("settle", "close", "--month", SEPTEMBER, home=county["township"], code=4)
    assert "1 visits of 2026-09 wait for a review" in waits.stderr
    (closed,) = close(linli, county, SEPTEMBER, "--anyway")
    views = [seen(linli, county[tier], SEPTEMBER) for tier in county]
    assert views[0] == views[1] == views[2]
    assert views[0][0]["closed"] and views[0][0]["digest"] == closed["digest"]
    raw = set()
    for tier in county:
        (listed,) = read(linli("settle", "list", "--json", home=county[tier]))
        raw.add(linli("settle", "show", listed["id"], "--raw", home=county[tier]).stdout)
    assert len(raw) == 1, "the very bytes"


def test_a_late_visit_is_paid_with_the_next_month_and_a_void_is_taken_back(
    linli: Linli, county: Homes
) -> None:
    village = county["village"]
    first = visit(linli, village, "2026-09-02")
    accept(linli, county)
    (before,) = close(linli, county, SEPTEMBER)
    late = visit(linli, village, "2026-09-12")
    accept(linli, county)
    linli("visit", "void", first, "--reason", "录错对象", home=village)
    meet(county)
    assert seen(linli, village, SEPTEMBER)[0]["digest"] == before["digest"], "closed is closed"
    (sheet,) = seen(linli, village, OCTOBER)
    amounts = {line["subject"]: line for line in sheet["lines"]}
    assert amounts[late]["amount_fen"] == 5_000 and amounts[late]["reasons"] == ["late_fact"]
    assert amounts[first]["amount_fen"] == -5_000 and amounts[first]["reasons"] == ["void"]
    (closed,) = close(linli, county, OCTOBER)
    assert closed["lines"] == sheet["lines"], "the township closes what the village saw"
    (after,) = seen(linli, village, NOVEMBER) or [{"lines": []}]
    assert after["lines"] == [], "nothing is paid or taken back twice"
    told = linli("settle", "explain", first, "--month", OCTOBER, home=village).stdout
    assert "The visit was voided." in told and "2026-09  50.00" in told
    assert "2026-10  -50.00" in told


def test_a_cap_over_two_villages_is_told_once_and_taken_back(linli: Linli, county: Homes) -> None:
    town = county["township"]
    meet(county)
    people = ["甲一", "乙二", "丙三", "丁四", "戊五"]
    ids = []
    for hour, name in enumerate(people, start=8):
        at = "南大街村" if hour < 12 else "东关村"
        linli("person", "add", name, "--at", at, home=town)
        words = ("--start", f"2026-09-02 {hour:02}:00", "--at", at, "--anyway")
        ids.append(visit(linli, town, "", name, *words))
    accept(linli, county)
    assert seen(linli, town, SEPTEMBER, "东关村")[0]["numbers"]["payable"] == 1
    assert "Told" in linli("settle", "tell", home=town).stderr
    assert "nothing new" in linli("settle", "tell", home=town).stderr, "twice changes nothing"
    (other,) = seen(linli, town, SEPTEMBER, "东关村")
    (line,) = other["lines"]
    assert line["subject"] == ids[4] and line["reasons"] == ["cap"] and line["amount_fen"] == 0
    assert "saw 4 other clients before" in line["why"][0]
    meet(county)
    linli("settle", "tell", home=county["county"])
    (line,) = seen(linli, county["county"], SEPTEMBER, "东关村")[0]["lines"]
    assert line["reasons"] == ["cap"], "the county says it too, and it counts once"
    linli("visit", "void", ids[0], "--reason", "录错对象", home=town)
    meet(county)
    linli("settle", "tell", home=town)
    assert seen(linli, town, SEPTEMBER, "东关村")[0]["lines"][0]["reasons"] == ["cap"], (
        "each ancestor takes back only its own words"
    )
    meet(county)
    linli("settle", "tell", home=county["county"])
    meet(county)
    (line,) = seen(linli, town, SEPTEMBER, "东关村")[0]["lines"]
    assert line["reasons"] == [] and line["amount_fen"] == 5_000


def test_a_village_says_nothing_of_its_own_visits(linli: Linli, county: Homes) -> None:
    village = county["village"]
    id_ = visit(linli, village, "2026-09-02")
    accept(linli, county)
    row = {"visit": id_, "code": "overlap", "withdrawn": 0, "others": "X"}
    with Replica(county["township"], SCHEMA) as town:
        town.write("v", [Insert(OUTCOME.name, row)])
    meet(county)
    with Replica(county["village"], SCHEMA) as box:
        for said in ({"withdrawn": 1}, {"code": "cap"}):
            box.write("v", [Insert(OUTCOME.name, row | said)])
    meet(county)
    for tier in county:
        (sheet,) = seen(linli, county[tier], SEPTEMBER)
        assert sheet["lines"][0]["reasons"] == ["overlap"], tier


def test_what_refuses_to_close(linli: Linli, county: Homes) -> None:
    town = county["township"]
    visit(linli, county["village"], "2026-09-02")
    accept(linli, county)
    words = ("settle", "close", "--month")
    for tier in ("village", "county"):
        refused = linli(*words, SEPTEMBER, home=county[tier], code=4)
        assert f"this node is a {tier}'s" in refused.stderr
    assert "is not over" in linli(*words, "2099-01", home=town, code=4).stderr
    assert "is not a month" in linli(*words, "2026-13", home=town, code=2).stderr
    close(linli, county, SEPTEMBER)
    assert "closed already" in linli(*words, SEPTEMBER, home=town, code=4).stderr
    assert (
        "nothing to close" in linli(*words, "2026-08", "--at", "东关村", home=town, code=4).stderr
    )
    back = linli("settle", "preview", "--month", "2026-08", home=town, code=4)
    assert "is closed, so the sheet of 2026-08 cannot change" in back.stderr
    away = linli("settle", "preview", "--month", SEPTEMBER, "--at", "东关村",
                 home=county["village"], code=4)  # fmt: skip
    assert "not kept on this node" in away.stderr


def test_without_a_policy_pack_nothing_is_settled(linli: Linli, homes: Homes) -> None:
    refused = linli("settle", "close", "--month", SEPTEMBER, home=homes["township"], code=2)
    assert "No policy pack is known" in refused.stderr


def test_two_closings_of_a_month_pay_nothing_until_the_county_chose(
    linli: Linli, county: Homes
) -> None:
    town, village = county["township"], county["village"]
    visit(linli, village, "2026-09-02")
    accept(linli, county)
    with Replica(town, SCHEMA) as replica:
        early = closing.preview(replica, SEPTEMBER, "v").sheet
    visit(linli, village, "2026-09-12")
    accept(linli, county)
    with Replica(town, SCHEMA) as replica:
        for made in (early, closing.preview(replica, SEPTEMBER, "v").sheet):
            replica.write("v", [closing._row(made)])  # as two nodes of a township would
    meet(county)
    for tier in county:
        refused = linli("settle", "preview", "--month", OCTOBER, "--at", "南大街村",
                        home=county[tier], code=4)  # fmt: skip
        assert "was closed twice" in refused.stderr
        listed = read(linli("settle", "list", "--json", home=county[tier]))
        assert [one["state"] for one in listed] == ["contested", "contested"]
    (chosen,) = [one["id"] for one in listed if one["total_fen"] == 5_000]
    refused = linli("settle", "choose", chosen, home=town, code=4)
    assert "this node is a township's" in refused.stderr
    linli("settle", "choose", chosen, home=county["county"])
    meet(county)
    for tier in county:
        (sheet,) = seen(linli, county[tier], OCTOBER)
        assert sum(sheet["totals"].values()) == 5_000, "the second visit is adjusted now"


def test_a_sheet_that_says_another_digest_is_passed_over(linli: Linli, county: Homes) -> None:
    visit(linli, county["village"], "2026-09-02")
    accept(linli, county)
    with Replica(county["township"], SCHEMA) as replica:
        good = dict(closing._row(closing.preview(replica, SEPTEMBER, "v").sheet).values)
        for bad in (good | {"result": "0" * 64}, good | {"content": "[]"}, good | {"scope": "w"}):
            replica.write("v", [Insert(SHEET.name, bad)])
    meet(county)
    states = {
        one["state"] for one in read(linli("settle", "list", "--json", home=county["village"]))
    }
    assert states == {"unreadable"}
    assert seen(linli, county["village"], SEPTEMBER)[0]["closed"] is False


def test_each_yuan_has_its_visit(linli: Linli, county: Homes) -> None:
    village = county["village"]
    ids = [visit(linli, village, f"2026-09-{day}") for day in ("02", "12")]
    short = visit(linli, village, "", "张德福", "--start", "2026-09-05 10:00", "--minutes", "20")
    accept(linli, county)
    for tier in county:
        words = ("settle", "explain", "李秀英", "--month", SEPTEMBER, "--at", "南大街村")
        (told,) = read(linli(*words, "--json", home=county[tier]))
        lines = [line for group in told["groups"] for line in group["lines"]]
        assert sum(line["amount_fen"] for line in lines) == told["total_fen"] == 10_000
        assert {line["subject"] for line in lines if line["amount_fen"]} == set(ids)
        (why,) = [line["why"] for line in lines if line["subject"] == short]
        assert why == ["The visit took 20 minutes; 60 are needed."]
    shown = linli("settle", "explain", "李秀英", "--month", SEPTEMBER, home=village).stdout
    assert "王桂兰" in shown and max(map(len, shown.splitlines())) <= 80
    listed = linli("settle", "preview", "--month", SEPTEMBER, home=village)
    assert "李秀英" in listed.stdout and max(map(len, listed.stdout.splitlines())) <= 80
    csv = linli("settle", "preview", "--month", SEPTEMBER, "--csv", home=village).stdout
    assert "本次支付" in csv and csv.count("50.00") >= 2
    back = ("visit", "return", ids[0], "--reason", "时长不足")
    linli(*back, home=county["township"])
    story = linli("settle", "explain", ids[0], "--month", SEPTEMBER, home=county["township"])
    assert "The township returned the visit. 时长不足" in story.stdout
    waive = ("visit", "accept", short, "--waive", "short", "--note", "临时送医")
    linli("--as", "李四", *waive, home=county["township"])
    story = linli("settle", "explain", short, "--month", SEPTEMBER, home=county["township"])
    assert "临时送医" in story.stdout and "payable" in story.stdout


def test_a_stay_in_hospital_and_a_kind_that_changes(linli: Linli, county: Homes) -> None:
    village = county["village"]
    ids = [visit(linli, village, f"2026-09-{day}") for day in ("02", "12")]
    words = ("王桂兰", "--since", "2026-09-10", "--until", "2026-09-15", "--hospital", "县医院")
    linli("person", "stay", "add", *words, home=village)
    accept(linli, county)
    (sheet,) = seen(linli, village, SEPTEMBER)
    assert {line["subject"]: line["reasons"] for line in sheet["lines"]} == {
        ids[0]: [], ids[1]: ["hospital"],
    }  # fmt: skip
    close(linli, county, SEPTEMBER)
    linli("worker", "set", "李秀英", "helper_kind", "志愿者", home=village)
    meet(county)
    assert not seen(linli, village, OCTOBER), "what was earned before stays earned"


def test_who_stands_twice_is_one_client_once_that_is_decided(linli: Linli, county: Homes) -> None:
    """Two visits in one 旬 to one person, who is registered in two villages."""
    town = county["township"]
    meet(county)
    person = linli("person", "add", "王桂兰", "--at", "东关村", home=town).stdout.strip()
    (here,) = (
        row["id"]
        for row in read(linli("person", "list", "--at", "南大街村", "--json", home=town))
        if row["name"] == "王桂兰"
    )
    first = visit(linli, county["village"], "2026-09-02", here)
    second = visit(linli, town, "2026-09-04", person, "--at", "东关村")
    accept(linli, county)
    linli("settle", "tell", home=town)

    def found(home: Path) -> tuple[dict[str, str], int]:
        """Of each visit its state, and how many doubts the second raises."""
        sheets = [
            one for place in ("南大街村", "东关村") for one in seen(linli, home, SEPTEMBER, place)
        ]
        explained = read(
            linli("settle", "explain", second, "--month", SEPTEMBER, "--json", home=home)
        )
        states = {line["subject"]: line["state"] for one in sheets for line in one["lines"]}
        return states, len(explained["doubts"])

    both = {first: "payable", second: "payable"}
    assert found(town) == (both, before := found(town)[1])
    linli("person", "merge", here, person, "--keep", here, home=town)
    linli("settle", "tell", home=town)
    meet(county)
    for home in (town, county["county"]):
        assert found(home) == (both, before + 2), "one visit in ten days, and another service"
    linli("person", "close", here, "--reason", "死亡", "--on", "2026-09-03", home=town)
    linli("settle", "tell", home=town)
    meet(county)
    for home in (town, county["county"]):
        states, _ = found(home)
        assert states[first] == "payable" and states[second] == "accepted", "died under one name"
    linli("person", "unmerge", here, person, home=town)
    linli("settle", "tell", home=town)
    assert found(town) == (both, before)
