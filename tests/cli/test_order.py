"""An order from the request to the confirmation, over nodes that are cut off from each other."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.cli.conftest import Linli, meet, read

PACK = Path(__file__).parents[2] / "node/care/packs/130732.toml"
Homes = dict[str, Path]


@pytest.fixture
def county(linli: Linli, homes: Homes) -> Homes:
    """Three nodes with a policy pack, a client, and three workers."""
    linli("policy", "publish", PACK, home=homes["county"])
    village = homes["village"]
    linli("person", "add", "王桂兰", home=village)
    for name in ("李秀英", "张红"):
        linli("worker", "add", name, "--helper-kind", "兼职", home=village)
    linli(
        "worker", "add", "赵刚", "--helper-kind", "兼职", "--at", "东关村", home=homes["township"]
    )
    meet(homes)
    return homes


def ask(linli: Linli, home: Path, *more: str, person: str = "王桂兰") -> str:
    words = ("--service", "助洁-居室", "--channel", "电话", *more)
    return linli("order", "add", person, *words, home=home).stdout.strip()


def seen(linli: Linli, home: Path, order: str) -> Any:
    return read(linli("order", "show", order, "--json", home=home))


def visit(linli: Linli, home: Path, order: str, worker: str, start: str, *more: str) -> str:
    words = ("--worker", worker, "--service", "SH02", "--minutes", "60", "--reason", "纸质补录")
    typed = ("visit", "add", "王桂兰", *words, "--start", start, "--order", order, *more)
    return linli(*typed, home=home).stdout.strip()


def test_a_village_that_is_cut_off_goes_the_whole_way(linli: Linli, county: Homes) -> None:
    village = county["village"]
    order = ask(linli, village, "--asked-by", "王建国", "--relation", "子女", "--note", "下午")
    listed = linli("order", "list", home=village).stdout
    assert "王桂兰" in listed and "待受理" in listed and max(map(len, listed.splitlines())) <= 80
    sent = linli("order", "dispatch", order, "--worker", "李秀英", home=village)
    assert "now stands at: 已派 李秀英" in sent.stderr
    for verb, state in (("accept", "已接单"), ("start", "服务中"), ("finish", "已完成")):
        done = linli("order", verb, order[-8:], home=village)
        assert f"now stands at: {state} 李秀英" in done.stderr
    assert "visit is to be recorded" in done.stderr
    made = visit(linli, village, order, "李秀英", "2026-11-02 09:30")
    linli("order", "confirm", order, "--confirmed-by", "家属", home=village)
    meet(county)
    above = seen(linli, county["county"], order)
    assert above["state"] == "confirmed" and above["visits"] == [made] and not above["twice"]
    assert above["asked_by"] == "王建国" and above["channel"] == "DH" and above["relation"] == "ZN"
    assert [one["kind"] for one in above["steps"]] == [
        "dispatch", "accept", "start", "finish", "confirm",
    ]  # fmt: skip
    assert all(one["counts"] for one in above["steps"])
    assert read(linli("order", "list", "--json", home=county["county"])) == [], "it is done"
    (row,) = read(linli("order", "list", "--all", "--json", home=county["county"]))
    assert row["assignee"] == "李秀英" and row["visits"] == 1
    for language in ("zh", "en"):
        shown = linli("--lang", language, "order", "show", order, home=county["township"]).stdout
        assert "客户确认" in shown and "王建国" in shown and "✓" in shown
    assert "接单" in linli("order", "history", order, home=village).stdout
    assert "\ufeff" in linli("order", "list", "--all", "--csv", home=village).stdout


def test_a_relative_is_sent_by_name(linli: Linli, county: Homes) -> None:
    village = county["village"]
    order = ask(linli, village)
    words = ("order", "dispatch", order)
    assert "either a worker or a helper" in linli(*words, home=village, code=2).stderr
    bare = linli(*words, "--helper", "王建国", home=village, code=2)
    assert "the kind is kept" in bare.stderr
    done = linli(*words, "--helper", "王建国", "--kind", "亲属", home=village)
    assert "已派 王建国 亲属" in done.stderr


def test_nobody_orders_for_who_is_not_registered(linli: Linli, county: Homes) -> None:
    village = county["village"]
    words = ("--service", "助洁-居室", "--channel", "微信")
    unknown = linli("order", "add", "无此人", *words, home=village, code=2)
    assert "No person '无此人'" in unknown.stderr
    linli("person", "close", "王桂兰", "--reason", "死亡", "--on", "2026-11-01", home=village)
    closed = linli("order", "add", "王桂兰", *words, home=village, code=4)
    assert "nobody can order for them" in closed.stderr
    by_family = linli("order", "add", "王桂兰", "--service", "SH02", "--channel", "家属",
                      home=village, code=2)  # fmt: skip
    assert "it is not said who" in by_family.stderr


def test_claims_wait_for_the_home_township(linli: Linli, county: Homes) -> None:
    village, town = county["village"], county["township"]
    linli("person", "add", "孙老汉", "--at", "东关村", home=town)
    order = ask(linli, town, person="孙老汉")
    linli("order", "offer", order, home=town)
    meet(county)
    assert "not on this node" in linli(
        "order", "claim", order, "--worker", "李秀英", home=village, code=2
    ).stderr  # fmt: skip
    words = ("order", "claim", order, "--worker")
    far = linli(*words, "李秀英", "--at", "东关村", home=village).stdout.strip()
    near = linli(*words, "赵刚", home=town).stdout.strip()
    assert seen(linli, town, order)["state"] == "claimed"
    assert "claimed the order" in linli(*words, "赵刚", home=town, code=4).stderr
    refused = linli("order", "award", order, home=county["county"], code=4)
    assert "belongs to the township" in refused.stderr or "Nobody who may" in refused.stderr
    meet(county)
    assert read(linli("order", "list", "--state", "待确认", "--json", home=town))[0]["id"] == order
    outcomes = {one["id"]: one["outcome"] for one in seen(linli, town, order)["claims"]}
    assert outcomes == {far: "pending", near: "pending"}
    assert "已抢 李秀英" in linli("order", "award", order, home=town).stderr, "who was first"
    meet(county)
    for home in (town, county["county"]):
        outcomes = {one["id"]: one["outcome"] for one in seen(linli, home, order)["claims"]}
        assert outcomes == {far: "won", near: "lost"}
    late = linli(*words, "张红", home=town, code=4)
    assert "not to be had any more" in late.stderr


def test_skills_and_the_number_of_the_day_are_looked_at(linli: Linli, county: Homes) -> None:
    town = county["township"]
    linli("worker", "set", "张红", "clients_per_day_max", "1", home=town)
    for name in ("甲一", "乙二"):
        linli("person", "add", name, "--at", "南大街村", home=town)
    first = ask(linli, town, "--wished-on", "2026-11-20", person="甲一")
    linli("order", "dispatch", first, "--worker", "张红", home=town)
    second = ask(linli, town, "--wished-on", "2026-11-20", person="乙二")
    full = linli("order", "claim", second, "--worker", "张红", home=town, code=4)
    assert "张红 has 1 other clients on that day, and 1 are allowed" in full.stderr
    other_day = ask(linli, town, "--wished-on", "2026-11-21", person="乙二")
    linli("order", "claim", other_day, "--worker", "张红", home=town)
    words = ("--service", "体检", "--channel", "现场")
    check_up = linli("order", "add", "甲一", *words, home=town).stdout.strip()
    unfit = linli("order", "dispatch", check_up, "--worker", "李秀英", home=town, code=4)
    assert "not of a class" in unfit.stderr
    linli("worker", "set", "李秀英", "worker_class", "医护", home=town)
    linli("order", "dispatch", check_up, "--worker", "李秀英", home=town)


def test_two_who_were_sent_at_once_both_come_and_one_is_paid(linli: Linli, county: Homes) -> None:
    """The village sends one, the township another; both visits stay, the township's is paid."""
    village, town = county["village"], county["township"]
    order = ask(linli, village)
    meet(county)
    linli("order", "dispatch", order, "--worker", "李秀英", home=village)
    linli("order", "dispatch", order, "--worker", "张红", home=town)
    first = visit(linli, village, order, "李秀英", "2026-11-02 09:30")
    linli("order", "finish", order, home=village)
    second = visit(linli, town, order, "张红", "2026-11-02 14:00", "--at", "南大街村")
    linli("order", "finish", order, home=town)
    meet(county)
    views = [seen(linli, home, order) for home in county.values()]
    assert all(view["twice"] and view["assignee"] == "张红" for view in views)
    assert [view["visits"] for view in views] == [[first, second]] * 3
    (row,) = read(linli("order", "list", "--twice", "--json", home=town))
    assert row["id"] == order and "twice" in linli("order", "list", "--twice", home=town).stdout
    linli("--as", "李四", "visit", "accept", "--every", home=town)
    linli("settle", "tell", home=town)
    meet(county)
    for home in county.values():
        sheet = read(linli("settle", "preview", "--month", "2026-11", "--at", "南大街村", "--json",
                           home=home))[0]  # fmt: skip
        lines = {line["subject"]: line for line in sheet["lines"]}
        assert lines[second]["amount_fen"] == 3_000 and not lines[second]["reasons"]
        assert lines[first]["amount_fen"] == 0 and lines[first]["reasons"] == ["served_twice"]
        assert second in lines[first]["why"][0]


def test_reassigning_cancelling_and_voiding_need_a_reason(linli: Linli, county: Homes) -> None:
    village, town = county["village"], county["township"]
    order = ask(linli, village)
    linli("order", "dispatch", order, "--worker", "李秀英", home=village)
    words = ("order", "reassign", order, "--worker", "张红", "--reason")
    assert "order_reasons" in linli(*words, "没空", home=village, code=2).stderr
    assert "已派 张红" in linli(*words, "人员请假", home=village).stderr
    meet(county)
    linli("order", "reassign", order, "--worker", "李秀英", "--reason", "T04", home=town)
    meet(county)
    taken = linli(*words, "人员请假", home=village, code=4)
    assert "The township had given the order" in taken.stderr
    assert "belongs to the county or township" in linli(
        "order", "void", order, "--reason", "录错", home=village, code=4
    ).stderr  # fmt: skip
    assert "取消" in linli("order", "cancel", order, "--reason", "本人取消", home=village).stderr
    ended = linli("order", "accept", order, home=village, code=4)
    assert "had ended" in ended.stderr
    assert read(linli("order", "list", "--json", home=village)) == []
    (row,) = read(linli("order", "list", "--state", "取消", "--json", home=village))
    assert row["id"] == order


def test_who_waits_longest_stands_first_and_deadlines_follow_the_pack(
    linli: Linli, county: Homes
) -> None:
    village = county["village"]
    moments = ("2026-11-10 08:00", "2026-11-01 08:00", "2026-11-05 08:00")
    ids = [ask(linli, village, "--when", moment) for moment in moments]
    listed = read(linli("order", "list", "--json", home=village))
    assert [one["id"] for one in listed] == [ids[1], ids[2], ids[0]]
    assert all(one["overdue"] and one["due_at"] for one in listed)
    only = read(linli("order", "list", "--since", "2026-11-05", "--until", "2026-11-09", "--json",
                      home=village))  # fmt: skip
    assert [one["id"] for one in only] == [ids[2]]
    first = linli("order", "list", "--limit", "1", home=village)
    assert ids[1][-8:] in first.stdout and "Page 1 of 3, what waited longest" in first.stderr
    fresh = ask(linli, village)
    assert [one["id"] for one in read(linli("order", "list", "--overdue", "--json",
            home=village))] == [ids[1], ids[2], ids[0]]  # fmt: skip
    assert read(linli("order", "list", "--json", home=village))[-1]["id"] == fresh
    future = linli("order", "add", "王桂兰", "--service", "SH02", "--channel", "电话", "--when",
                   "2099-01-01 08:00", home=village, code=2)  # fmt: skip
    assert "lies in the future" in future.stderr


def test_a_visit_for_the_order_of_somebody_else_is_refused(linli: Linli, county: Homes) -> None:
    village = county["village"]
    linli("person", "add", "甲一", home=village)
    order = ask(linli, village, person="甲一")
    words = ("--worker", "李秀英", "--service", "SH02", "--minutes", "60", "--reason", "L03")
    refused = linli("visit", "add", "王桂兰", *words, "--start", "2026-11-02 09:00", "--order",
                    order, home=village, code=2)  # fmt: skip
    assert "is the order of somebody else" in refused.stderr
