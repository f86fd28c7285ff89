"""What a meal costs whom, which meal of a meal time stands, and one quota at several canteens."""

from __future__ import annotations

import itertools
import random
from collections.abc import Sequence
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from node.care import rights
from node.care.meals.price import Price, price
from node.care.meals.quota import Meal, flagged, year
from node.care.meals.settling import settle_meals
from node.care.money import FEN_MAX
from node.care.rights import Book, County, Lineage, Refusal
from node.clock import DAY_MS, parse_local
from node.language import CHINESE, said
from tests.care.money.numbers import MEALS

NOON = parse_local("2026-05-04 12:00")
EAST, WEST = Lineage("east00000000", 1), Lineage("west00000000", 7)
QUOTA = 400_00


def parts(found: Price | Refusal) -> tuple[int, int, int, int]:
    assert isinstance(found, Price), found
    return found.merchant_fen, found.discount_fen, found.quota_fen, found.self_pay_fen


# --- the price -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("age", "pays"),
    [
        (92, 9_00), (90, 9_00), (89, 10_50), (84, 10_50), (80, 10_50), (79, 12_00), (61, 12_00),
        (60, 12_00), (59, 15_00), (None, 15_00),
    ],
)  # fmt: skip
def test_a_meal_of_fifteen_yuan_by_age(age: int | None, pays: int) -> None:
    found = price(15_00, age, MEALS)
    assert parts(found) == (15_00 - pays, 0, 0, pays)


def test_the_last_six_yuan_of_a_quota_and_the_person_pays_the_rest() -> None:
    assert parts(price(15_00, 92, MEALS, 6_00)) == (6_00, 0, 6_00, 3_00)
    assert parts(price(15_00, 92, MEALS, 400_00)) == (6_00, 0, 9_00, 0)
    assert parts(price(15_00, 92, MEALS, -1)) == (6_00, 0, 0, 9_00)


@pytest.mark.parametrize(("list_fen", "pays"), [(13_75, 11_00), (13_81, 11_00), (13_82, 11_10)])
def test_a_price_is_rounded_half_up(list_fen: int, pays: int) -> None:
    assert parts(price(list_fen, 61, MEALS))[3] == pays
    assert parts(price(10_25, 84, replace(MEALS, round_to_fen=5)))[3] == 7_20, "7.175 is 7.20"
    assert parts(price(15_50, 92, replace(MEALS, round_to_fen=100)))[3] == 9_00
    half = replace(MEALS, round_to_fen=100)
    assert parts(price(10_00, 84, half))[3] == 7_00 and parts(price(12_50, 92, half))[3] == 8_00


def test_rounding_never_makes_a_meal_dearer_than_its_list_price() -> None:
    assert parts(price(96, 61, replace(MEALS, round_to_fen=1000))) == (96, 0, 0, 0)
    assert parts(price(9_99, 61, replace(MEALS, round_to_fen=1000))) == (0, 0, 0, 9_99)


def test_who_bears_the_discount_is_the_countys_rule() -> None:
    assert parts(price(15_00, 92, replace(MEALS, merchant_share=0)))[:2] == (0, 6_00)
    assert parts(price(15_00, 92, replace(MEALS, merchant_share=333)))[:2] == (2_00, 4_00)


def test_a_second_meal_of_a_meal_time_has_nothing_off() -> None:
    assert parts(price(15_00, 92, MEALS, 100_00, first=False)) == (0, 0, 0, 15_00)
    every = replace(MEALS, one_per_meal=False)
    assert parts(price(15_00, 92, every, 100_00, first=False)) == (6_00, 0, 9_00, 0)


@pytest.mark.parametrize("fen", [0, -1, FEN_MAX + 1])
def test_what_is_no_price_is_refused(fen: int) -> None:
    found = price(fen, 92, MEALS)
    assert isinstance(found, Refusal)
    assert said(found.reason, CHINESE).endswith("。")


@given(
    st.one_of(st.integers(1, 5000), st.sampled_from([1, FEN_MAX - 1, FEN_MAX])),
    st.one_of(st.none(), st.integers(0, 130)),
    st.one_of(st.integers(-5, 6000), st.just(FEN_MAX)),
    st.sampled_from([1, 5, 10, 50, 100, 1000]),
    st.integers(0, 1000),
    st.booleans(),
)
def test_the_parts_make_up_the_list_price_and_none_is_below_zero(
    list_fen: int, age: int | None, left: int, step: int, merchant: int, first: bool
) -> None:
    rule = replace(MEALS, round_to_fen=step, merchant_share=merchant)
    found = price(list_fen, age, rule, left, first=first)
    assert isinstance(found, Price)
    assert min(parts(found)) >= 0
    assert sum(parts(found)) == found.list_fen == list_fen
    assert found.quota_fen <= max(left, 0)


# --- one meal of a meal time ---------------------------------------------------------------------


def meal(
    id_: str, fen: int, at_ms: int = NOON, lineage: Lineage = EAST, time: str = "", who: str = "p"
) -> Meal:
    # Where no time is given each meal has its own.
    return Meal(at_ms, id_, who, lineage.author[:4], time or id_, fen, lineage, 1)


def test_the_earlier_by_time_and_id_stands_whoever_arrived_first() -> None:
    lunches = [
        meal("b", 9_00, NOON, EAST, "lunch"), meal("a", 9_00, NOON, WEST, "lunch"),
        meal("0", 9_00, NOON + 1, WEST, "lunch"), meal("c", 9_00, NOON, EAST, "dinner"),
        meal("d", 9_00, NOON + DAY_MS, EAST, "lunch"), meal("e", 9_00, NOON, EAST, "lunch", "q"),
    ]  # fmt: skip
    for some in itertools.permutations(lunches):
        flags = flagged([*some, *some[:2]])
        assert sorted(flags) == ["0", "b"]
        assert flags["b"].endswith("came first: a.")
    assert said(flags["b"], CHINESE) == "2026-05-04 同一餐次已有更早的一份：a。"
    shown = {line.id: (line.fen, line.over_fen) for line in year(lunches[:4], QUOTA).lines}
    assert shown == {"a": (9_00, 0), "b": (0, 9_00), "c": (9_00, 0), "0": (0, 9_00)}
    every = year(lunches[:4], QUOTA, one_per_meal=False)
    assert every.over_fen == 0 and every.paid_fen == 36_00


def test_a_meal_belongs_to_its_day_in_china() -> None:
    late, early = parse_local("2026-05-04 23:59"), parse_local("2026-05-05 00:00")
    two = [meal("a", 1, late, EAST, "lunch"), meal("b", 1, early, EAST, "lunch")]
    assert flagged(two) == {}


# --- one quota at several canteens ---------------------------------------------------------------


def county(east: int = 1000_00, west: int = 1000_00) -> County:
    book = County(Book("meals", 2026), 2000_00)
    for lineage, fen in ((EAST, east), (WEST, west)):
        after = rights.grant(book, f"g-{lineage.author}", lineage, fen)
        assert isinstance(after, County)
        book = after
    return book


OFFLINE = [
    meal("e1", 200_00, NOON, EAST), meal("e2", 190_00, NOON + 2 * DAY_MS, EAST),
    meal("w1", 12_00, NOON + DAY_MS, WEST), meal("w2", 8_00, NOON + 3 * DAY_MS, WEST),
]  # fmt: skip
"""Two canteens without a line spend 390 and 20 of one quota of 400."""


def test_ten_yuan_over_are_shown_once_and_alike_in_every_order() -> None:
    shown = {year([*some, *some[:1]], QUOTA) for some in itertools.permutations(OFFLINE)}
    assert len(shown) == 1
    (one,) = shown
    assert (one.paid_fen, one.over_fen, one.left_fen) == (400_00, 10_00, 0)
    over = [(line.id, line.over_fen) for line in one.lines if line.over_fen]
    assert over == [("e2", 2_00), ("w2", 8_00)], "what came last by time bears it"
    assert all(line.reason for line in one.lines if line.over_fen)


def test_a_last_meal_alone_bears_what_is_over() -> None:
    one = year([meal("e", 390_00), meal("w", 20_00, NOON + 1, WEST)], QUOTA)
    assert [(line.id, line.fen, line.over_fen) for line in one.lines] == [
        ("e", 390_00, 0), ("w", 10_00, 10_00),
    ]  # fmt: skip
    assert said(one.lines[1].reason, CHINESE) == (
        "全年 400.00 元中当时还剩 10.00 元：超出的 10.00 元由食堂承担。"
    )


def test_the_county_settles_the_quota_and_not_a_fen_more() -> None:
    whole = settle_meals(county(), OFFLINE, {"p": QUOTA})
    assert whole.county.settled_fen == 400_00
    assert sum(line.over_fen for line in whole.lines) == 10_00
    again = settle_meals(whole.county, OFFLINE, {"p": QUOTA})
    assert again.county == whole.county, "settled again, and nothing more is paid"
    assert again.lines == whole.lines


def test_whatever_arrives_first_ten_are_over_and_all_nodes_show_the_same() -> None:
    for some in itertools.permutations(OFFLINE):
        book = county()
        for arrived in range(1, len(some) + 1):
            book = settle_meals(book, some[:arrived], {"p": QUOTA}).county
        assert book.settled_fen == 400_00
        settled = {one.id: one.fen for a in book.accounts for one in a.settlements}
        shown = {year(other, QUOTA, settled) for other in itertools.permutations(OFFLINE)}
        assert len(shown) == 1
        (one,) = shown
        assert (one.paid_fen, one.over_fen) == (400_00, 10_00)


def test_a_copied_canteen_box_waits_and_then_the_cap_holds() -> None:
    copied = [*OFFLINE, meal("e3", 15_00, NOON + 4 * DAY_MS, EAST)]
    for some in itertools.permutations(copied):
        book, lines = settle_meals(county(), some, {"p": QUOTA}, {EAST.author})
        assert book.settled_fen == 12_00 == book.account(WEST).settled_fen
        waiting = [line for line in lines if "until the county has looked" in line.reason]
        assert [line.id for line in waiting] == ["e1", "e2"]
        after = settle_meals(book, some, {"p": QUOTA})
        assert after.county.settled_fen == 400_00
        assert sum(line.over_fen for line in after.lines) == 25_00


def test_rights_of_a_village_cap_its_canteen_too() -> None:
    book, lines = settle_meals(county(east=200_00), OFFLINE, {"p": QUOTA})
    assert {line.id: line.fen for line in lines} == {
        "e1": 200_00, "e2": 0, "w1": 12_00, "w2": 8_00,
    }  # fmt: skip
    (refused,) = [line for line in lines if line.reason]
    assert refused.id == "e2" and "0.00 yuan are left" in refused.reason
    assert said(refused.reason, CHINESE).startswith("下达给设备 east0000 的额度还剩 0.00 元")
    assert book.settled_fen == 220_00


def test_nothing_is_settled_while_the_record_of_a_settled_meal_is_not_here() -> None:
    book = settle_meals(county(), OFFLINE[:1], {"p": QUOTA}).county
    waits, lines = settle_meals(book, OFFLINE[1:], {"p": QUOTA})
    assert waits == book
    assert {said(line.reason, CHINESE) for line in lines} == {
        "有 1 餐已结算但记录不在本机：补齐之前不再结算。"
    }
    assert settle_meals(book, OFFLINE, {"p": QUOTA}).county.settled_fen == 400_00


def test_who_is_not_entitled_has_nothing_settled() -> None:
    book, lines = settle_meals(county(), OFFLINE, {})
    assert book == county()
    assert sum(line.over_fen for line in lines) == 410_00
    assert all(line.reason for line in lines)


def test_a_meal_that_comes_late_never_undoes_what_is_settled() -> None:
    first = settle_meals(county(), OFFLINE, {"p": QUOTA}).county
    late = [*OFFLINE, meal("0", 50_00, NOON - DAY_MS, WEST)]
    book, lines = settle_meals(first, late, {"p": QUOTA})
    assert book == first
    assert {line.id: line.over_fen for line in lines}["0"] == 50_00


MEAL = st.builds(
    meal,
    st.sampled_from("abcdefgh"),
    st.integers(0, 300_00),
    st.integers(0, 3).map(lambda n: NOON + n * DAY_MS // 2),
    st.sampled_from([EAST, WEST, Lineage(EAST.author, 2)]),
    st.sampled_from(["", "lunch", "dinner"]),
    st.sampled_from("pq"),
)


@given(st.lists(MEAL, max_size=10, unique_by=lambda one: one.id), st.randoms(), st.booleans())
def test_no_order_of_arrival_settles_more_than_a_quota_or_a_right(
    meals: Sequence[Meal], chance: random.Random, one_per_meal: bool
) -> None:
    book, quotas = county(300_00, 450_00), {"p": QUOTA, "q": 150_00}
    some: list[Meal] = []
    for _ in range(3):
        some = [one for one in meals if one in some or chance.random() < 0.5]
        chance.shuffle(some)
        frozen = {EAST.author} if chance.random() < 0.3 else set()
        book = settle_meals(book, some, quotas, frozen, one_per_meal=one_per_meal).county
    book, lines = settle_meals(book, meals, quotas, one_per_meal=one_per_meal)
    turned = settle_meals(book, meals[::-1], quotas, one_per_meal=one_per_meal)
    assert turned == (book, lines), "the same set, the same outcome, and nothing more to settle"
    settled = {one.id: one.fen for account in book.accounts for one in account.settlements}
    for person, quota in quotas.items():
        assert sum(settled.get(m.id, 0) for m in meals if m.person == person) <= quota
    assert book.account(EAST).settled_fen <= 300_00
    by_id = {one.id: one for one in meals}
    for line in lines:
        assert line.fen + line.over_fen == by_id[line.id].fen
        assert line.reason or not line.over_fen
