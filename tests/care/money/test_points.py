"""Points and advances: what a set of facts amounts to, in any order."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from node.care.advances import Advance, Recovered, ageing, balances
from node.care.parameters.dated import Entry as Holding
from node.care.parameters.groups import Points
from node.care.points import EARNED, REVERSED, SPENT, Entry, balance
from node.clock import parse_local
from node.language import CHINESE, said
from tests.care.money.numbers import dated

T = parse_local("2026-05-04 12:00")
ONE = Points(per_hour=1, cap=1500, spend_from=100)
RULES = dated("points", ONE)


def served(at: int, minutes: int) -> Entry:
    return Entry(T + at, f"{at}e", EARNED, minutes)


def spent(at: int, points: int) -> Entry:
    return Entry(T + at, f"{at}s", SPENT, points)


def test_an_hour_is_a_point_and_half_hours_add_up() -> None:
    assert balance([served(1, 30)], RULES).points == 0
    two = balance([served(1, 30), served(2, 100)], RULES)
    assert (two.points, two.minutes, two.flags) == (2, 10, ())


def test_points_are_spent_from_a_hundred_on_and_kept_up_to_the_cap() -> None:
    few = balance([served(1, 99 * 60), spent(2, 1)], RULES)
    assert few.points == 99
    assert said(few.flags[0].reason, CHINESE) == "积分满 100 分起兑换，当时有 99 分。"
    assert balance([served(1, 100 * 60), spent(2, 100)], RULES).points == 0
    assert balance([served(1, 2000 * 60)], RULES).points == 1500
    assert balance([served(1, 2000 * 60)], dated("points", replace(ONE, cap=0))).points == 2000


def test_two_villages_spend_the_same_points_and_the_later_is_flagged_everywhere() -> None:
    entries = [served(1, 150 * 60), spent(2, 120), spent(3, 120)]
    one = balance(entries, dated("points", replace(ONE, spend_from=0)))
    assert one.points == 30 and [flag.id for flag in one.flags] == ["3s"]
    assert said(one.flags[0].reason, CHINESE) == "当时有 30 分，而兑换了 120 分。"


def test_a_reversed_entry_counts_nothing_whenever_it_became_known() -> None:
    wrong = [served(1, 6000), spent(2, 100)]
    back = [Entry(T + 9, "r", REVERSED, 0, "2s")]
    assert balance([*wrong, *back], RULES).points == 100
    none = balance([*wrong, Entry(T + 9, "r", REVERSED, 0, "1e")], RULES)
    assert none.points == 0 and len(none.flags) == 1


def test_a_day_without_points_earns_none() -> None:
    rules = dated("points", Holding(ONE, since="2026-06-01"))
    one = balance([served(1, 600)], rules)
    assert one.points == 0
    assert said(one.flags[0].reason, CHINESE) == "2026-05-04 县里没有开展积分。"


ENTRIES = [
    served(1, 7000), spent(2, 110), served(3, 50), spent(4, 6), spent(5, 200), served(6, 9000),
    Entry(T + 7, "r", REVERSED, 0, "3e"), Entry(T + 8, "odd", "gift", 5), served(9, -5),
]  # fmt: skip


@given(st.permutations(ENTRIES), st.integers(0, 9))
def test_the_order_of_entries_plays_no_part(entries: Sequence[Entry], some: int) -> None:
    found = balance([*entries, *entries[:some]], RULES)
    assert found == balance(ENTRIES, RULES)
    assert all(said(flag.reason, CHINESE).endswith("。") for flag in found.flags)
    assert {flag.id for flag in found.flags} == {"4s", "5s", "odd", "9e"}


# --- advances ------------------------------------------------------------------------------------

ADVANCES = [Advance("a", "p", "2026-01-01", 1000_00), Advance("b", "p", "2026-05-01", 50_00)]
BACK = [
    Recovered("1", "a", "2026-02-01", 600_00, "insurance"),
    Recovered("2", "a", "2026-03-01", 150_00, "relief"),
    Recovered("3", "b", "2026-05-02", 51_00, "family"),
    Recovered("4", "unheard", "2026-05-02", 1_00),
    Recovered("5", "a", "2026-05-02", -1),
]


@given(st.permutations(ADVANCES), st.permutations(BACK))
def test_what_is_open_is_what_was_advanced_less_what_came_back(
    advances: Sequence[Advance], back: Sequence[Recovered]
) -> None:
    found, flags = balances([*advances, advances[0]], [*back, back[0]])
    assert [(one.advance.id, one.recovered_fen, one.fen) for one in found] == [
        ("a", 750_00, 250_00), ("b", 51_00, 0),
    ]  # fmt: skip
    assert [flag.id for flag in flags] == ["5", "b"]
    assert said(flags[1].reason, CHINESE) == "收回的比垫付的多 1.00 元。"
    assert said(flags[0].reason, CHINESE).endswith("。")


@pytest.mark.parametrize(
    ("on", "least"), [("2026-01-01", 0), ("2026-01-30", 0), ("2026-01-31", 30), ("2027-01-01", 365)]
)
def test_an_ageing_list_says_how_long_money_has_been_open(on: str, least: int) -> None:
    found, _ = balances(ADVANCES, BACK)
    groups = ageing(found, on)
    assert [group for group in groups if group[1]] == [(least, 1, 250_00)]
    assert [group[0] for group in groups] == [0, 30, 90, 180, 365]
    assert not any(group[1] for group in ageing(found, "2025-12-31")), "not advanced yet"
