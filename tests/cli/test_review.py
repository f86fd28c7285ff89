"""A township reviews the visits of its villages; what it found comes down to them."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.conftest import Linli, meet, read


@pytest.fixture
def visits(linli: Linli, homes: dict[str, Path]) -> list[str]:
    """Three visits of one village, which the township has."""
    home = homes["village"]
    linli("person", "add", "王桂兰", home=home)
    linli("worker", "add", "李秀英", home=home)
    ids = [
        linli(
            "visit", "add", "王桂兰", "--worker", "李秀英", "--service", "助洁-居室", "--start",
            f"2026-11-0{day} 09:30", "--minutes", "60", "--reason", "纸质补录", home=home,
        ).stdout.strip()
        for day in (2, 3, 4)
    ]  # fmt: skip
    meet(homes)
    return ids


def waits(linli: Linli, home: Path, *words: str) -> list[str]:
    return [row["id"] for row in read(linli("visit", "review", *words, "--json", home=home))]


def test_from_the_list_to_the_village_and_back(
    linli: Linli, homes: dict[str, Path], visits: list[str]
) -> None:
    town, village = homes["township"], homes["village"]
    assert waits(linli, town) == visits
    assert waits(linli, town, "--since", "2026-11-03", "--until", "2026-11-03") == visits[1:2]
    shown = linli("visit", "review", home=town).stdout
    assert "王桂兰" in shown and max(map(len, shown.splitlines())) <= 80
    assert "Accepted 1 visit" in linli("visit", "accept", visits[0][-8:], home=town).stderr
    words = ("visit", "return", visits[1], "--reason", "时长不足", "--note", "请核对")
    assert "back to 南大街村" in linli(*words, home=town).stderr
    assert waits(linli, town) == visits[2:]
    meet(homes)
    listed = linli("visit", "list", home=village).stdout
    assert "已受理" in listed and "已退回 时长不足" in listed
    assert "已受理" in linli("visit", "show", visits[0], home=village).stdout
    csv = linli("visit", "list", "--csv", home=village).stdout
    assert "审核" in csv and "已退回 时长不足" in csv
    linli("visit", "correct", visits[1], "minutes", "45", "--reason", "录错时间", home=village)
    meet(homes)
    assert waits(linli, town) == visits[1:], "what was corrected is looked at again"
    done = linli("visit", "accept", "--every", "--at", "南大街村", home=town)
    assert "Accepted 2 visits" in done.stderr
    assert "Nothing waits" in linli("visit", "accept", "--every", home=town).stderr
    again = linli("visit", "accept", visits[0], home=town)
    assert "Nothing waits" in again.stderr, "twice is once"


def test_a_void_visit_waits_for_nobody(
    linli: Linli, homes: dict[str, Path], visits: list[str]
) -> None:
    linli("visit", "void", visits[0], "--reason", "录错对象", home=homes["village"])
    meet(homes)
    assert waits(linli, homes["township"]) == visits[1:]
    refused = linli("visit", "accept", visits[0], home=homes["township"], code=4)
    assert "is void" in refused.stderr


def test_only_the_township_reviews(linli: Linli, homes: dict[str, Path], visits: list[str]) -> None:
    for tier in ("village", "county"):
        refused = linli("visit", "accept", visits[0], home=homes[tier], code=4)
        assert f"this node is a {tier}'s" in refused.stderr
        words = ("visit", "return", visits[0], "--reason", "R01")
        assert "reviewed by the township" in linli(*words, home=homes[tier], code=4).stderr
    assert waits(linli, homes["township"]) == visits


def test_nobody_accepts_what_they_recorded(
    linli: Linli, homes: dict[str, Path], visits: list[str]
) -> None:
    town = homes["township"]
    words = ("--worker", "李秀英", "--service", "SH02", "--start", "2026-11-05 09:30")
    more = ("--minutes", "60", "--reason", "代录", "--at", "南大街村")
    own = linli("visit", "add", "王桂兰", *words, *more, home=town).stdout.strip()
    refused = linli("visit", "accept", "--every", home=town, code=4)
    assert "张三 recorded the visit" in refused.stderr
    assert waits(linli, town) == [*visits, own], "nothing was accepted by half"
    assert "Accepted 1" in linli("--as", "李四", "visit", "accept", own, home=town).stderr


def test_what_is_meant_must_be_said(
    linli: Linli, homes: dict[str, Path], visits: list[str]
) -> None:
    town = homes["township"]
    for words in ((), (visits[0], "--every")):
        assert "not clear" in linli("visit", "accept", *words, home=town, code=2).stderr
    bare = linli("visit", "accept", visits[0], "--waive", "cap_exceeded", home=town, code=2)
    assert "only with a reason" in bare.stderr
    unknown = linli("visit", "return", visits[0], "--reason", "不好", home=town, code=2)
    assert "visit_return_reasons" in unknown.stderr
    assert waits(linli, town) == visits
