"""Contracts at work: who may be sent, what is flagged, and what a month comes to."""

from __future__ import annotations

from pathlib import Path

import pytest

from node.care.facts.providers import credit_check
from tests.cli.conftest import Linli, meet, read

PACK = Path(__file__).parents[2] / "node/care/packs/140430.toml"
Homes = dict[str, Path]
MONTH = "2026-09"


def firm(linli: Linli, home: Path, name: str, number: int) -> str:
    code = f"91990700MA0ABC{number:03}"
    whole = code + credit_check(code)
    linli("provider", "firm", "add", name, "--credit-code", whole, home=home)
    span = ("--since", "2026-01-01", "--until", "2028-12-31")
    words = ("--title", "养老机构备案", "--certificate-no", f"备字{number}号")
    linli("provider", "qualification", "add", name, *words, *span, home=home)
    return name


def contract(linli: Linli, home: Path, name: str, *more: str) -> str:
    words = ("--contract-no", f"2026-{name}", "--purpose", "照料护理", "--price", "45")
    span = ("--since", "2026-01-01", "--until", "2026-12-31", "--at", "赤城镇")
    made = linli("provider", "contract", "add", name, *words, *span, *more, home=home)
    return made.stdout.strip()


@pytest.fixture
def county(linli: Linli, homes: Homes) -> Homes:
    """Three nodes with a pack, a client, and a worker whom a provider sends."""
    linli("policy", "publish", PACK, home=homes["county"])
    meet(homes)
    linli("person", "add", "王桂兰", home=homes["village"])
    linli("worker", "add", "李秀英", "--helper-kind", "兼职", home=homes["township"])
    firm(linli, homes["township"], "安康护理站", 1)
    sent = ("--provider", "安康护理站", "--since", "2026-01-01")
    linli("worker", "provider", "add", "李秀英", *sent, home=homes["township"])
    meet(homes)
    return homes


def visit(linli: Linli, homes: Homes, day: str, service: str = "SH02") -> str:
    words = ("--worker", "李秀英", "--service", service, "--minutes", "60", "--reason", "纸质补录")
    start = ("--start", f"{day} 09:30")
    made = linli("visit", "add", "王桂兰", *words, *start, home=homes["village"])
    return made.stdout.strip()


def accepted(linli: Linli, homes: Homes) -> None:
    meet(homes)
    linli("--as", "李四", "visit", "accept", "--every", home=homes["township"])
    meet(homes)


def reasons(linli: Linli, home: Path) -> dict[str, list[str]]:
    words = ("--month", MONTH, "--at", "南大街村", "--json")
    (sheet,) = read(linli("settle", "preview", *words, home=home))
    return {line["subject"]: line["reasons"] for line in sheet["lines"]}


def test_a_visit_beside_the_contract_is_flagged_alike_at_three_tiers(
    linli: Linli, county: Homes
) -> None:
    town = county["township"]
    inside, beside = visit(linli, county, "2026-09-02"), visit(linli, county, "2026-09-12", "ZC02")
    accepted(linli, county)
    for home in county.values():
        assert reasons(linli, home) == {inside: ["uncontracted"], beside: ["uncontracted"]}
    contract(linli, town, "安康护理站", "--services", "SH01,SH02")
    meet(county)
    for home in county.values():
        assert reasons(linli, home) == {inside: ["contracted"], beside: ["uncovered"]}
    (row,) = read(linli("provider", "qualification", "list", "--json", home=town))
    over = ("until", "2026-09-05", "--reason", "录错时间")
    linli("provider", "qualification", "correct", row["id"], *over, home=town)
    late = visit(linli, county, "2026-09-22")
    accepted(linli, county)
    for home in county.values():
        told = reasons(linli, home)
        assert (told[inside], told[late]) == (["contracted"], ["unqualified"])
    shown = linli("settle", "explain", late, "--month", MONTH, home=county["village"]).stdout
    assert "Nothing qualified the provider that sent the worker on 2026-09-22" in shown


def test_a_provider_without_a_contract_gets_no_order_and_a_stand_in_may(
    linli: Linli, county: Homes
) -> None:
    town = county["township"]
    words = ("--service", "助洁-居室", "--channel", "电话")
    order = linli("order", "add", "王桂兰", *words, home=town).stdout.strip()
    send = ("order", "dispatch", order, "--worker", "李秀英")
    refused = linli(*send, home=town, code=4)
    assert "no contract with it holds there" in refused.stderr
    firm(linli, town, "康乐护理站", 2)
    theirs = contract(linli, town, "康乐护理站")
    assert "no contract with it holds there" in linli(*send, home=town, code=4).stderr
    allowed = ("--contract", theirs, "--document", "镇字9号")
    span = ("--since", "2026-01-01", "--until", "2030-12-31")
    linli("provider", "stand-in", "add", "安康护理站", *allowed, *span, home=town)
    over = ("until", "2030-12-31", "--reason", "录错时间")
    linli("provider", "contract", "correct", theirs, *over, home=town)
    for row in read(linli("provider", "qualification", "list", "--json", home=town)):
        linli("provider", "qualification", "correct", row["id"], *over, home=town)
    linli(*send, home=town)


def test_a_contract_is_with_whom_the_tender_chose(linli: Linli, county: Homes) -> None:
    town = county["township"]
    words = ("--method", "挂牌招标", "--held-on", "2026-02-10", "--bidders", "3")
    tender = linli(
        "provider", "tender", "add", "安康护理站", *words, "--document", "采字7号", home=town
    ).stdout.strip()
    base = ("provider", "contract", "add")
    rest = (
        "--contract-no",
        "1",
        "--purpose",
        "机构运营",
        "--tender",
        tender,
        "--until",
        "2026-12-31",
    )
    firm(linli, town, "康乐护理站", 2)
    since = ("--since", "2026-03-01")
    other = linli(*base, "康乐护理站", *rest, *since, home=town, code=4)
    assert "won by another provider" in other.stderr
    early = linli(*base, "安康护理站", *rest, "--since", "2026-01-01", home=town, code=4)
    assert "before the tender" in early.stderr
    linli(*base, "安康护理站", *rest, *since, home=town)


def test_a_month_of_a_contract_is_closed_by_its_party_and_late_visits_come_next(
    linli: Linli, county: Homes
) -> None:
    town = county["township"]
    held = contract(linli, town, "安康护理站")
    first, second = visit(linli, county, "2026-09-02"), visit(linli, county, "2026-09-12")
    accepted(linli, county)
    preview = ("provider", "preview", held, "--json")
    views = [
        read(linli(*preview, "--month", MONTH, home=county[tier]))
        for tier in ("township", "county")
    ]
    assert views[0] == views[1], "the county sees what the township settles"
    assert [line["subject"] for line in views[0]] == sorted([first, second])
    close = ("provider", "close", held, "--month", MONTH)
    refused = linli(*close, home=county["county"], code=4)
    assert "赤城镇" in refused.stderr and "settles it" in refused.stderr
    assert "90.00 yuan" in linli(*close, home=town).stderr
    assert "closed until 2026-09" in linli(*close, home=town, code=4).stderr
    late = visit(linli, county, "2026-09-22")
    linli("visit", "void", second, "--reason", "录错对象", home=county["village"])
    accepted(linli, county)
    lines = read(linli(*preview, "--month", "2026-10", home=town))
    assert {line["subject"]: line["amount_fen"] for line in lines} == {late: 4_500, second: -4_500}
    assert all(line["adjusts"] for line in lines)
    linli("provider", "close", held, "--month", "2026-10", home=town)
    meet(county)
    rows = read(linli("provider", "settlement", "list", "--json", home=county["county"]))
    assert sorted(row["amount_fen"] for row in rows) == [0, 9_000]
    assert read(linli(*preview, "--month", "2026-11", home=town)) == [], "nothing twice"


def test_who_watches_reads_all_and_decides_nothing_of_the_townships(
    linli: Linli, county: Homes
) -> None:
    """Who runs it is the provider, who buys it the contract's party, who watches the county."""
    top, town = county["county"], county["township"]
    contract(linli, town, "安康护理站")
    seen = visit(linli, county, "2026-09-02")
    linli("visit", "rate", seen, "--stars", "2", "--given-by", "本人", home=county["village"])
    accepted(linli, county)
    words: tuple[str, ...]
    for words in (("provider", "contract", "list"), ("visit", "list"), ("order", "reviews")):
        here = read(linli(*words, "--json", home=town))
        assert here and read(linli(*words, "--json", home=top)) == here
    for words in (
        ("visit", "accept", seen),
        ("visit", "return", seen, "--reason", "时长不足"),
        ("settle", "close", "--month", MONTH, "--at", "南大街村"),
    ):
        assert "township" in linli(*words, home=top, code=4).stderr
