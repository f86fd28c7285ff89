"""Every list can be narrowed by place, day and state, and paged, whatever it lists."""

from __future__ import annotations

from pathlib import Path

import pytest

from cli import reference
from node.care.facts import KINDS
from node.care.policy import BASELINE
from node.clock import local
from tests.cli.conftest import Linli, read

Homes = dict[str, Path]
DAYS = [f"2026-0{n}-12" for n in range(1, 8)]
CHECK = ("person", "check-up")


def options() -> dict[str, set[str]]:
    """The options of every list."""
    return {
        words: {option for one in context.command.params for option in one.opts}
        for words, context in reference.sentences()
        if words.split()[-1] == "list"
    }


def test_every_list_that_is_cut_is_paged_and_narrowed_by_day() -> None:
    cut = {words: known for words, known in options().items() if "--limit" in known}
    assert len(cut) > 50
    for words, known in cut.items():
        assert {"--page", "--since", "--until"} <= known, words
    states = {"--state", "--status", "--overdue", "--all"}
    assert not {words for words, known in cut.items() if not known & states}


def test_every_kind_of_fact_is_narrowed_by_state() -> None:
    known = options()
    for kind in (one for one in KINDS if one.noun):
        words = " ".join(f"linli {kind.noun} {kind.verb} list".split())
        assert {"--at", "--of", "--state"} <= known[words], words


@pytest.fixture
def village(linli: Linli, homes: Homes) -> Path:
    home = homes["village"]
    linli("person", "add", "王桂兰", home=home)
    for day in DAYS:
        linli(*CHECK, "add", "王桂兰", "--done-on", day, home=home)
    return home


def days(linli: Linli, home: Path, *words: str) -> list[str]:
    return [one["done_on"] for one in read(linli(*CHECK, "list", "--json", *words, home=home))]


def test_pages_hold_each_row_once_and_the_newest_come_first(linli: Linli, village: Path) -> None:
    pages = [days(linli, village, "--limit", "3", "--page", str(n)) for n in (1, 2, 3)]
    assert pages == [DAYS[4:], DAYS[1:4], DAYS[:1]]
    told = linli(*CHECK, "list", "--limit", "3", "--page", "2", home=village).stderr
    assert "Page 2 of 3, the newest of 7 on the first" in told
    assert (
        "There is no page 4; the list has 3"
        in linli(*CHECK, "list", "--limit", "3", "--page", "4", home=village, code=2).stderr
    )
    assert days(linli, village) == DAYS, "JSON leaves nothing out by itself"


def test_days_and_states_narrow(linli: Linli, village: Path) -> None:
    assert days(linli, village, "--since", DAYS[2], "--until", DAYS[4]) == DAYS[2:5]
    (last,) = [one for one in read(linli(*CHECK, "list", "--json", home=village))
               if one["done_on"] == DAYS[-1]]  # fmt: skip
    linli(*CHECK, "void", last["id"], "--reason", "录错对象", home=village)
    assert days(linli, village, "--state", "已作废") == DAYS[-1:]
    assert days(linli, village, "--state", "standing") == DAYS[:-1]
    wrong = linli(*CHECK, "list", "--state", "丢了", home=village, code=2)
    assert "有效" in wrong.stderr and "已作废" in wrong.stderr
    swapped = ("--since", DAYS[4], "--until", DAYS[2])
    assert "lies before" in linli(*CHECK, "list", *swapped, home=village, code=2).stderr
    bad = linli(*CHECK, "list", "--since", "昨天", home=village, code=2)
    assert "--since" in bad.stderr


def test_the_help_of_a_return_names_every_reason(linli: Linli) -> None:
    told = "".join(linli("visit", "return", "--help").stdout.split())
    assert all(name in told for name in BASELINE.lists.visit_return_reasons.names.values())


def test_a_closed_state_is_found_without_asking_for_all(linli: Linli, village: Path) -> None:
    linli("person", "add", "李玉珍", home=village)
    linli("person", "close", "李玉珍", "--reason", "死亡", "--on", "2026-09-10", home=village)
    listed = read(linli("person", "list", "--json", home=village))
    assert [one["name"] for one in listed] == ["王桂兰"]
    closed = read(linli("person", "list", "--state", "已注销", "--json", home=village))
    assert [one["name"] for one in closed] == ["李玉珍"]


def test_the_review_shows_first_what_waited_longest(linli: Linli, homes: Homes) -> None:
    home = homes["village"]
    linli("person", "add", "王桂兰", home=home)
    linli("worker", "add", "李秀英", "--helper-kind", "兼职", home=home)
    for day in ("2026-09-20", "2026-09-02", "2026-09-11"):
        what = ("--worker", "李秀英", "--service", "SH02", "--minutes", "60")
        late = ("--start", f"{day} 09:30", "--reason", "纸质补录")
        linli("visit", "add", "王桂兰", *what, *late, home=home)
    for page, day in (("1", "02"), ("2", "11"), ("3", "20")):
        found = read(linli("visit", "review", "--limit", "1", "--page", page, "--json", home=home))
        (one,) = found
        assert local(one["started_at"]) == f"2026-09-{day} 09:30"
