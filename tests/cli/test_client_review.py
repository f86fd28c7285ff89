"""What clients say of a service afterwards, who may say it, and the bonus that follows from it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from node.care.records import SCHEMA
from node.replica import Amend, Replica
from tests.cli.conftest import Linli, meet, read

PACK = Path(__file__).parents[2] / "node/care/packs/130732.toml"
Homes = dict[str, Path]
OCTOBER = "2026-10"


@pytest.fixture
def county(linli: Linli, homes: Homes, tmp_path: Path) -> Homes:
    """Three nodes; the pack pays a bonus from two reviews on, and no burst has more than four."""
    text = PACK.read_text().replace("reviews_min = 5", "reviews_min = 2")
    text = text.replace("stuffing_reviews_max = 6", "stuffing_reviews_max = 4")
    (tmp_path / "pack.toml").write_text(text)
    linli("policy", "publish", tmp_path / "pack.toml", home=homes["county"])
    village = homes["village"]
    linli("worker", "add", "李秀英", "--helper-kind", "专职", home=village)
    linli("person", "add", "王桂兰", home=village)
    meet(homes)
    return homes


def visit(linli: Linli, home: Path, day: str, *more: str) -> str:
    words = ("--worker", "李秀英", "--service", "SH02", "--minutes", "60", "--reason", "纸质补录")
    typed = ("visit", "add", "王桂兰", *words, "--start", f"{day} 09:30", *more)
    return linli(*typed, home=home).stdout.strip()


def bonus(linli: Linli, homes: Homes) -> tuple[int, list[str], str]:
    """The bonus of October, its reasons, and what the worker reads about it."""
    meet(homes)
    linli("--as", "李四", "visit", "accept", "--every", home=homes["township"], code=None)
    meet(homes)
    views = [
        read(linli("settle", "preview", "--month", OCTOBER, "--at", "南大街村", "--json",
                   home=home))[0]
        for home in homes.values()
    ]  # fmt: skip
    assert views[0] == views[1] == views[2]
    (line,) = (one for one in views[0]["lines"] if one["kind"] == "bonus")
    told = read(linli("settle", "explain", "李秀英", "--month", OCTOBER, "--json",
                      home=homes["village"]))  # fmt: skip
    (group,) = (one for one in told[0]["groups"] if one["name"] == "bonus")
    return line["amount_fen"], line["reasons"], " ".join(group["lines"][0]["why"])


def test_only_reviews_make_a_bonus_and_none_is_no_bad_one(linli: Linli, county: Homes) -> None:
    village = county["village"]
    ids = [visit(linli, village, f"2026-10-{day:02}", "--rating", "5") for day in (1, 2, 3, 4)]
    fen, reasons, told = bonus(linli, county)
    assert (fen, reasons) == (0, ["few_ratings"]), "what the worker's side types is no review"
    assert "0 reviews of 4 visits count" in told and "needed are 2 reviews" in told
    for id_ in ids[:2]:
        linli("visit", "rate", id_, "--stars", "5", "--tag", "守时", home=village)
    fen, reasons, told = bonus(linli, county)
    assert (fen, reasons) == (1 * 500 * 4, []), "one star above four, for each of four visits"
    assert "2 reviews of 4 visits count, on average 5.00 stars" in told
    linli("visit", "rate", ids[2], "--stars", "1", home=village)
    fen, reasons, told = bonus(linli, county)
    assert (fen, reasons) == (0, ["low_ratings"]) and "average 3.66 stars" in told


def test_stuffed_reviews_count_for_nothing_and_are_shown(linli: Linli, county: Homes) -> None:
    village = county["village"]
    ids = [visit(linli, village, f"2026-10-{day:02}") for day in range(1, 6)]
    for id_ in ids:
        linli("visit", "rate", id_, "--stars", "5", home=village)
    fen, reasons, told = bonus(linli, county)
    assert (fen, reasons) == (0, ["few_ratings"])
    assert "5 reviews were typed in a burst" in told
    listed = read(linli("order", "reviews", "--worker", "李秀英", "--json", home=village))
    assert [one["doubt"] for one in listed] == ["burst"] * 5
    shown = linli("order", "reviews", home=village).stdout
    assert "集中录入" in shown
    assert "\ufeff" in linli("order", "reviews", "--csv", home=village).stdout


def finished(linli: Linli, home: Path) -> str:
    words = ("--service", "SH02", "--channel", "电话")
    order = linli("order", "add", "王桂兰", *words, home=home).stdout.strip()
    linli("order", "dispatch", order, "--worker", "李秀英", home=home)
    linli("order", "finish", order, home=home)
    return order


def test_one_review_for_an_order_and_only_when_it_was_done(linli: Linli, county: Homes) -> None:
    village, town = county["village"], county["township"]
    words = ("--service", "SH02", "--channel", "电话")
    early = linli("order", "add", "王桂兰", *words, home=village).stdout.strip()
    refused = linli("order", "review", early, "--stars", "5", home=village, code=4)
    assert "was not finished" in refused.stderr
    order = finished(linli, village)
    made = visit(linli, village, "2026-10-01", "--order", order)
    meet(county)
    linli("order", "review", order, "--stars", "4", home=village)
    again = linli("order", "review", order, "--stars", "1", home=village, code=4)
    assert "does so once" in again.stderr
    assert "does so once" in linli("visit", "rate", made, "--stars", "1", home=village,
                                   code=4).stderr  # fmt: skip
    linli("visit", "rate", made, "--stars", "1", home=town)
    meet(county)
    listed = read(linli("order", "reviews", "--json", home=county["county"]))
    assert [(one["stars"], one["doubt"]) for one in listed] == [(4, ""), (1, "repeated")]
    shown = read(linli("order", "show", order, "--json", home=town))
    assert shown["state"] == "reviewed"


def test_nobody_changes_a_review(linli: Linli, county: Homes) -> None:
    """There is no such command, and an amendment that a peer writes is read by nobody."""
    village = county["village"]
    ids = [visit(linli, village, f"2026-10-{day:02}") for day in (1, 2)]
    made = [linli("visit", "rate", id_, "--stars", "5", home=village).stdout.strip() for id_ in ids]
    before = bonus(linli, county)
    with Replica(county["village"], SCHEMA) as replica:
        row = replica.row("client_review", made[0])
        assert row is not None
        for value in ({"correct": {"stars": 1}, "reason": "L06"}, {"void": "L06"}):
            replica.write(row["division#"], [Amend("client_review", made[0], value)], user="甲")
    assert bonus(linli, county)[0] == before[0] == 1_000
    listed = read(linli("order", "reviews", "--json", home=county["county"]))
    assert [one["stars"] for one in listed] == [5, 5]


def link(linli: Linli, home: Path, *more: str) -> Any:
    words = ("--relative", "王建国", "--relation", "子女", "--since", "2026-01-01")
    return linli("person", "family", "add", "王桂兰", *words, *more, home=home)


def test_the_family_acts_only_with_a_link_that_holds(linli: Linli, county: Homes) -> None:
    village = county["village"]
    order = finished(linli, village)
    ask = ("order", "add", "王桂兰", "--service", "SH02", "--channel", "家属", "--asked-by",
           "王建国", "--relation", "子女")  # fmt: skip
    rate = ("order", "review", order, "--stars", "5", "--given-by", "家属", "--reviewer", "王建国")
    for tried in (ask, rate):
        assert "No link to the family holds" in linli(*tried, home=village, code=4).stderr
    link(linli, village, "--rights", "服务评价", "--until", "2026-06-30")
    assert "No link" in linli(*rate, home=village, code=4).stderr, "it has ended"
    made = link(linli, village, "--rights", "服务评价").stdout.strip()
    linli(*rate, home=village)
    assert "提出需求" in linli(*ask, home=village, code=4).stderr, "another right"
    words = ("person", "family", "correct", made, "rights", "提出需求,服务评价")
    linli(*words, "--reason", "漏录", home=village)
    asked = linli(*ask, home=village).stdout.strip()
    shown = read(linli("order", "show", asked, "--json", home=village))
    assert shown["link"] == made and shown["asked_by"] == "王建国"
