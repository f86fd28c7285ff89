"""What nobody saw to, as a township is told it; and what is refused before it goes wrong."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from node.care.parameters import publishing
from node.clock import DAY_MS, SystemClock, local
from tests.cli.conftest import Linli, meet, read

Homes = dict[str, Path]
TODAY = local(SystemClock().now_ms())[:10]


def days_ago(days: int) -> str:
    return local(SystemClock().now_ms() - days * DAY_MS)[:10]


@pytest.fixture
def county(linli: Linli, homes: Homes) -> Homes:
    """Three nodes with the numbers of 竹山 and some of 鹤城 and 赤城, and a client."""
    text = publishing.shipped()["420323"].read_text("utf-8")
    text = text.replace("around_the_clock = false", "around_the_clock = true")
    text += '\n[[vouchers]]\nservices = ["SH01", "SH02"]\nkeep_months = 0\n'
    own = homes["county"] / "own.toml"
    own.write_text(text, "utf-8")
    linli("policy", "publish", own, home=homes["county"])
    linli("person", "add", "王桂兰", home=homes["village"])
    linli("worker", "add", "李秀英", "--helper-kind", "兼职", home=homes["village"])
    meet(homes)
    return homes


def told(linli: Linli, home: Path, verb: str = "gaps") -> dict[str, list[str]]:
    """By kind the sentences of a report."""
    found: dict[str, list[str]] = {}
    for row in read(linli("report", verb, "--json", home=home)):
        found.setdefault(row["kind"], []).append(row["why"])
    return found


def made(linli: Linli, home: Path, *words: str) -> str:
    return linli(*words, home=home).stdout.strip()


def test_a_need_that_nobody_takes_stands_on_the_townships_list(linli: Linli, county: Homes) -> None:
    village, town = county["village"], county["township"]
    words = ("--category", "辅具", "--detail", "轮椅", "--found-on", days_ago(7))
    id_ = made(linli, village, "need", "case", "add", "王桂兰", *words)
    meet(county)
    assert "need_unowned" in told(linli, town)
    (open_,) = read(linli("need", "open", "--json", home=town))
    assert (open_["id"], open_["step"], open_["overdue"]) == (id_, "", False)
    step = ("need", "step", "add", id_, "--done-on", TODAY)
    linli(*step, "--step", "分派", "--owner", "李主任", home=town)
    meet(county)
    assert "need_unowned" not in told(linli, village)
    linli(*step, "--step", "已满足", home=village)
    linli(*step, "--step", "本人确认", home=village)
    meet(county)
    assert read(linli("need", "open", "--json", home=town)) == []
    linli(*step, "--step", "重新打开", home=village)
    assert len(read(linli("need", "open", "--json", home=village))) == 1
    shown = linli("need", "open", home=village).stdout
    assert "轮椅" in shown and "李主任" in shown
    assert "轮椅" in linli("need", "open", "--csv", home=village).stdout


def test_nothing_is_done_in_somebodys_name_without_a_paper_that_holds(
    linli: Linli, county: Homes
) -> None:
    village = county["village"]
    words = ("--category", "办证", "--detail", "残疾人证", "--found-on", TODAY)
    id_ = made(linli, village, "need", "case", "add", "王桂兰", *words)
    step = ("need", "step", "add", id_, "--step", "已满足", "--mode", "代理", "--paper", "残疾人证")
    refused = linli(*step, "--done-on", TODAY, home=village, code=4)
    assert "no authorisation holds that day" in refused.stderr
    paper = ("--agent", "李主任", "--matter", "办证", "--document", "授字3号")
    linli("person", "authorisation", "add", "王桂兰", *paper, "--since", TODAY, home=village)
    assert linli(*step, "--done-on", days_ago(1), home=village, code=4).stderr
    linli(*step, "--done-on", TODAY, home=village)


def test_a_notice_past_its_day_stands_on_the_townships_list(linli: Linli, county: Homes) -> None:
    top, town, village = county["county"], county["township"], county["village"]
    words = ("notice", "send", "政策享受复核", "--body", "请核对名单", "--villages")
    linli(*words, "--due-on", days_ago(1), home=top)
    meet(county)
    overdue = told(linli, town)["notice_overdue"]
    assert len(overdue) == 2 and "政策享受复核" in overdue[0], "both villages"
    (mine,) = read(linli("notice", "list", "--json", home=village))
    linli("notice", "confirm", mine["id"], home=village)
    assert "notice_overdue" not in told(linli, village)
    assert len(told(linli, town)["notice_overdue"]) == 2, "the village has not been heard yet"
    meet(county)
    assert len(told(linli, town)["notice_overdue"]) == 1
    do = ("notice", "send", "补贴复核", "--body", "请办结", "--to", "南大街村")
    linli(*do, "--done-by", days_ago(1), home=top)
    meet(county)
    (mine,) = [one for one in read(linli("notice", "list", "--json", home=village))
               if one["title"] == "补贴复核"]  # fmt: skip
    linli("notice", "confirm", mine["id"], home=village)
    assert "notice_undone" in told(linli, village), "read is not done"
    linli("notice", "done", "add", mine["id"], "--done-on", TODAY, home=village)
    meet(county)
    assert "notice_undone" not in told(linli, town)


def test_calls_devices_and_rounds_are_told(linli: Linli, county: Homes) -> None:
    village, town = county["village"], county["township"]
    called = local(SystemClock().now_ms() - 3 * 3_600_000)
    answered = local(SystemClock().now_ms() - 2 * 3_600_000)
    both = ("--called-at", called, "--answered-at", answered)
    who = ("--caller", "村主任", "--relation", "村干部", "--place", "村口")
    linli("person", "emergency", "add", "王桂兰", *both, *who, home=village)
    linli(
        "person", "request", "add", "王桂兰", "--kind", "助餐", "--asked-at", called, home=village
    )
    words = ("--serial", "SN1", "--kind", "语音终端", "--since", days_ago(9))
    device = made(linli, village, "person", "device", "add", "王桂兰", *words)
    seen = f"{days_ago(5)} 06:00"
    linli("person", "signal", "add", device, "--seen-at", seen, home=village)
    visit = ("visit", "add", "王桂兰", "--worker", "李秀英", "--service", "安全巡检")
    start = local(SystemClock().now_ms() - 3_600_000)
    linli(*visit, "--start", start, "--minutes", "30", home=village)
    meet(county)
    if called[:7] == TODAY[:7]:
        assert told(linli, town)["answered_late"] == [
            f"The call of {called} waited for 60 minutes; at most 30."
        ]
    assert "no_round" in told(linli, town)
    done = ("--done-on", start[:10], "--passed", "燃气,用电,消防,门窗")
    linli("person", "safety-round", "add", "王桂兰", *done, home=village)
    assert "no_round" not in told(linli, village)
    assert "silent_device" not in told(linli, village, "due"), "the visit was there"


def test_a_gap_on_call_is_told_where_somebody_is_on_call(linli: Linli, county: Homes) -> None:
    town = county["township"]
    assert "nobody_on_call" not in told(linli, town), "the township has no rota"
    assert "nobody_on_call" in told(linli, county["county"]), "the county must have one"
    shift = ("--phone", "13800000000", "--since", f"{TODAY} 00:00", "--until", f"{TODAY} 20:00")
    linli("order", "on-call", "add", "李秀英", *shift, home=town)
    (gap,) = told(linli, town)["nobody_on_call"]
    assert f"from {TODAY} 20:00" in gap


def test_whom_an_institution_takes_and_what_it_lacks(linli: Linli, county: Homes) -> None:
    top, village = county["county"], county["village"]
    at = ("--at", "南大街村")
    home = ("王家院敬老院", "--kind", "敬老院", "--operator-mode", "公建民营")
    linli("facility", "add", *home, *at, home=village)
    linli("facility", "add", "南大街互助点", "--kind", "邻里互助点", *at, home=village)
    levels = ("--levels", "重度失能,完全失能", "--since", "2026-01-01")
    linli("facility", "intake", "add", "王家院敬老院", *levels, home=village)
    moved = ("person", "placement", "add", "王桂兰", "--facility", "王家院敬老院",
             "--since", days_ago(1), "--document", "民字12号")  # fmt: skip
    refused = linli(*moved, home=village, code=4)
    assert "重度失能" in refused.stderr and "intake" in refused.stderr
    meet(county)
    linli("person", "set", "王桂兰", "ability_level", "重度失能", home=top)
    meet(county)
    linli(*moved, home=village)
    linli("person", "wish", "add", "王桂兰", "--asked-on", TODAY, "--answer", "愿意", home=village)
    found = told(linli, village)
    assert found.keys() >= {"centreless", "no_contract", "understaffed"}
    (row,) = read(linli("facility", "staffing", "--json", home=village))
    assert (row["residents"], row["staff"], row["needed"]) == (1, 0, 1)
    shown = linli("facility", "staffing", home=village)
    assert "王家院敬老院" in shown.stdout and "1 people here would like" in shown.stderr
    linli("facility", "post", "add", "王家院敬老院", "--name", "李秀英", "--post", "护理员",
          "--since", "2026-01-01", home=village)  # fmt: skip
    linli("facility", "add", "赤城镇中心", "--kind", "区域养老服务中心", *at, home=village)
    tie = ("--kind", "隶属", "--since", "2026-01-01")
    wrong = ("facility", "tie", "add", "王家院敬老院", "--other", "赤城镇中心")
    assert "belongs to a centre" in linli(*wrong, *tie, home=village, code=4).stderr
    linli("facility", "tie", "add", "南大街互助点", "--other", "赤城镇中心", *tie, home=village)
    found = told(linli, village)
    assert not found.keys() & {"centreless", "understaffed"}


def test_a_placement_ends_the_plan_and_the_visits_at_home(linli: Linli, county: Homes) -> None:
    village = county["village"]
    linli("facility", "add", "王家院敬老院", "--kind", "敬老院", "--at", "南大街村", home=village)
    linli("plan", "add", "王桂兰", "--service", "SH02", "--since", "2026-01-01", home=village)
    month = ("plan", "roster", "--month", TODAY[:7], "--json")
    assert len(read(linli(*month, home=village))) == 1
    linli("person", "placement", "add", "王桂兰", "--facility", "王家院敬老院",
          "--since", f"{days_ago(40)[:7]}-01", "--document", "民字12号", home=village)  # fmt: skip
    assert read(linli(*month, home=village)) == []
    visit = ("visit", "add", "王桂兰", "--worker", "李秀英", "--service", "SH02", "--minutes", "60")
    start = local(SystemClock().now_ms() - 3_600_000)
    id_ = made(linli, village, *visit, "--start", start)
    words = ("--month", start[:7], "--json")
    (sheet,) = read(linli("settle", "preview", *words, home=village))
    (line,) = [one for one in sheet["lines"] if one["subject"] == id_]
    assert line["state"] == "recorded"
    explain = ("settle", "explain", id_, "--month", start[:7])
    told_ = linli(*explain, home=village).stdout
    assert "lives in an institution" in told_
    (placed,) = read(linli("person", "placement", "list", "--json", home=village))
    over = ("until", "2031-01-01", "--reason", "录错时间")
    linli("person", "placement", "correct", placed["id"], *over, home=village)
    again = linli(*explain, home=village).stdout
    assert "lives in an institution" in again, "it had an end to come"


def test_one_place_with_two_signs_is_listed_once_under_both_kinds(
    linli: Linli, county: Homes
) -> None:
    village = county["village"]
    linli("facility", "add", "王家院", "--kind", "互助幸福院", "--at", "南大街村", home=village)
    sign = ("--sign", "王家院驿站", "--kind", "助残驿站", "--owner", "县残联")
    linli("facility", "sign", "add", "王家院", *sign, "--since", "2026-01-01", home=village)
    linli("association", "add", "南大街村残协", "--kind", "村残协", home=village)
    use = ("--association", "南大街村残协", "--since", "2026-01-01")
    linli("facility", "use", "add", "王家院", *use, home=village)
    for kind in ("互助幸福院", "助残驿站"):
        (row,) = read(linli("facility", "list", "--kind", kind, "--json", home=village))
        assert row["name"] == "王家院"
    assert len(read(linli("facility", "list", "--json", home=village))) == 1


def test_a_failure_of_the_checklist_has_a_photo(linli: Linli, county: Homes) -> None:
    village, town = county["village"], county["township"]
    linli("facility", "add", "王家院敬老院", "--kind", "敬老院", "--at", "南大街村", home=village)
    meet(county)
    words = ("facility", "inspection", "add", "王家院敬老院", "--template", "三通四有")
    some = ("--passed", "通宽带,通数字电视,通电话,有水,有电,有空调")
    refused = linli(*words, "--inspected-on", days_ago(1), *some, home=town, code=2)
    assert "有呼叫器" in refused.stderr and "--photos" in refused.stderr
    linli(*words, "--inspected-on", days_ago(1), *some, "--photos", "照片1", home=town)
    check = ("facility", "checklist", "三通四有", "--json")
    (row,) = read(linli(*check, home=town))
    assert (row["compliant"], row["lacking"]) == (False, "有呼叫器")
    every = ("--passed", "通宽带,通数字电视,通电话,有水,有电,有空调,有呼叫器")
    linli(*words, "--inspected-on", TODAY, *every, home=town)
    meet(county)
    for home in county.values():
        assert [one["compliant"] for one in read(linli(*check, home=home))] == [True]


def test_a_voucher_is_spent_on_services_of_the_list_in_its_month_and_no_further(
    linli: Linli, county: Homes
) -> None:
    town, month = county["township"], TODAY[:7]
    words = ("--month", month, "--amount", "100")
    id_ = made(linli, town, "benefit", "voucher", "add", "王桂兰", *words)
    spend = ("benefit", "spending", "add", id_, "--used-on", TODAY)
    other = linli(*spend, "--service", "代购", "--amount", "10", home=town, code=2)
    assert "is not paid from a voucher" in other.stderr
    linli(*spend, "--service", "SH02", "--amount", "60", home=town)
    more = linli(*spend, "--service", "SH02", "--amount", "50", home=town, code=4)
    assert "40.00 are left" in more.stderr
    early = ("benefit", "spending", "add", id_, "--used-on", "2026-01-01")
    assert "lies outside" in linli(
        *early, "--service", "SH02", "--amount", "1", home=town, code=4
    ).stderr  # fmt: skip
    (row,) = read(linli("benefit", "vouchers", "--json", home=town))
    assert (row["left_fen"], row["lapsed_fen"]) == (4_000, 0)
    assert "40.00 yuan are left" in linli("benefit", "vouchers", home=town).stdout


def test_the_family_pays_only_with_a_link_that_gives_the_right(linli: Linli, county: Homes) -> None:
    village = county["village"]
    pay = ("person", "payment", "add", "王桂兰", "--payer", "王建国", "--amount", "20")
    link = ("person", "family", "add", "王桂兰", "--relative", "王建国", "--relation", "子女")
    linli(*link, "--rights", "服务评价", "--since", "2026-01-01", home=village)
    refused = linli(*pay, "--paid-on", TODAY, home=village, code=4)
    assert "no family link that gives the right to pay" in refused.stderr
    until = ("--since", "2026-01-01", "--until", days_ago(1))
    linli(*link, "--rights", "结算费用", *until, home=village)
    assert linli(*pay, "--paid-on", TODAY, home=village, code=4).stderr
    linli(*pay, "--paid-on", days_ago(1), home=village)


def test_the_fifth_client_of_a_day_is_asked_about_where_it_is_seen(
    linli: Linli, homes: Homes
) -> None:
    pack = Path(__file__).parents[2] / "node/care/packs/140430.toml"
    linli("policy", "publish", pack, home=homes["county"])
    meet(homes)
    village = homes["village"]
    linli("worker", "add", "李秀英", "--helper-kind", "兼职", home=village)
    people = ["甲一", "乙二", "丙三", "丁四", "戊五"]
    for name in people:
        linli("person", "add", name, home=village)

    def visit(name: str, hour: int, *more: str, code: int = 0) -> Any:
        words = ("--worker", "李秀英", "--service", "SH02", "--minutes", "60")
        late = ("--start", f"2026-10-05 {hour:02}:00", "--reason", "纸质补录")
        return linli("visit", "add", name, *words, *late, *more, home=village, code=code)

    for hour, name in enumerate(people[:4], 8):
        visit(name, hour)
    visit(people[0], 13)  # a second visit to somebody is no fifth client
    asked = visit(people[4], 15, code=2)
    assert "4 clients that day" in asked.stderr and "--anyway" in asked.stderr
    assert len(read(linli("visit", "list", "--json", home=village))) == 5, "nothing was written"
    visit(people[4], 15, "--anyway")


def test_a_year_of_modifications_is_counted_from_the_cases(linli: Linli, county: Homes) -> None:
    village, town, top = county["village"], county["township"], county["county"]
    words = ("--household-address", "南大街12号", "--item", "4", "--hamlet", "下场")
    id_ = made(linli, village, "case", "open", "王桂兰", *words)
    who = {"village": village, "township": town, "county": top}
    tiers = "village village township township township village county village village township"
    for stage, tier in enumerate(tiers.split(), 1):
        meet(county)
        linli("case", "advance", id_, str(stage), home=who[tier])
    meet(county)
    linli("case", "set", id_, "cost", "2800", home=village)
    meet(county)
    year = ("case", "figures", TODAY[:4])
    found = read(linli(*year, "--json", home=top))[0]
    places = [found[name] for name in ("done", "townships", "villages", "hamlets")]
    assert places == [1, 1, 1, 1]
    assert (found["average_fen"], found["average_min_fen"]) == (280_000, 300_000)
    assert "below what the county asks for" in linli(*year, home=top).stderr
    assert "2800.00" in linli(*year, "--csv", home=top).stdout


def test_a_disability_and_an_ability_are_two_things_and_both_have_their_day(
    linli: Linli, county: Homes
) -> None:
    """QX-29: neither is derived from the other, nor either from the other's day."""
    top, village = county["county"], county["village"]
    meet(county)
    words = ("--kind", "肢体", "--grade", "一级", "--since", "2026-03-01")
    linli("person", "certificate", "add", "王桂兰", *words, home=top)
    meet(county)
    assert read(linli("person", "assessment", "list", "--json", home=village)) == []
    assessed = ("--done-on", "2026-05-12", "--score", "95", "--assessor", "赵", "--second-assessor")
    refused = linli("person", "assessment", "add", "王桂兰", *assessed, "钱", home=village, code=2)
    assert "0 and 90" in refused.stderr
    fine = ("--done-on", "2026-05-12", "--score", "90", "--assessor", "赵", "--second-assessor")
    linli("person", "assessment", "add", "王桂兰", *fine, "钱", home=village)
    meet(county)
    for home in county.values():
        (paper,) = read(linli("person", "certificate", "list", "--json", home=home))
        (made_,) = read(linli("person", "assessment", "list", "--json", home=home))
        assert (paper["grade"], paper["since"]) == ("1", "2026-03-01"), "the most severe"
        assert (made_["score"], made_["done_on"]) == (90, "2026-05-12"), "and able all the same"
    person = read(linli("person", "show", "王桂兰", "--json", home=top))
    assert not person["ability_level"]
