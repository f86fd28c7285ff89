"""A month of meals: whatever is recorded, in whatever order, the quota pays no more than it is."""

from __future__ import annotations

import random
from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from node.care import rights
from node.care.canteen import granting, till
from node.care.meals import settling
from node.care.meals.month import (
    OVER,
    PAID,
    SECOND,
    VOID,
    WAITS,
    Owed,
    Record,
    Told,
    owed,
    settle_month,
)
from node.care.meals.quota import Meal
from node.care.meals.sheet import SheetLine, sheet
from node.care.meals.subsidy import Operated, subsidies
from node.care.parameters.groups import Canteens
from node.care.rights import Book, County, Lineage, Refusal
from tests.care.money.numbers import MEALS

BOOK = Book("meals", 2026)
EAST, WEST = Lineage("east00000000", 0), Lineage("west00000000", 0)
QUOTA = 400_00


def granted(east: int, west: int) -> County:
    county = County(BOOK, QUOTA)
    for lineage, fen in ((EAST, east), (WEST, west)):
        after = rights.grant(county, f"g-{lineage.author}", lineage, fen) if fen else county
        assert not isinstance(after, Refusal)
        county = after
    return county


def record(
    id_: str, fen: int, at: Lineage = EAST, *, on: str = "", gave: int = 0, void: bool = False,
    most: int | None = None,
) -> Record:  # fmt: skip
    day = on or f"2026-05-{int(id_) % 28 + 1:02}"
    meal = Meal(int(id_), id_, "p", at.author, "WU", fen, at, 1, day)
    return Record(meal, gave, void, fen if most is None else most, gave)


def told(found: tuple[Told, ...]) -> dict[str, tuple[int, int, str]]:
    return {one.id: (one.quota_fen, one.over_fen, one.state) for one in found}


def test_a_void_and_a_lower_price_give_the_quota_back_and_a_later_correction_takes_nothing() -> (
    None
):
    county, first = settle_month(granted(QUOTA, 0), [record("1", 100), record("2", 60)], QUOTA, {})
    assert told(first) == {"1": (100, 0, PAID), "2": (60, 0, PAID)}
    before = {one.id: one for one in first}
    county, second = settle_month(
        county, [record("1", 100, void=True), record("2", 40)], QUOTA, before
    )
    assert told(second) == {"1": (0, 0, VOID), "2": (40, 0, PAID)}
    assert county.budget_fen == QUOTA, "it is set by what was told before"
    before = {one.id: one for one in second}
    county, third = settle_month(
        county, [record("1", 100, void=True), record("2", 60)], QUOTA, before
    )
    assert county.budget_fen == QUOTA + 120
    assert told(third)["2"] == (40, 20, OVER), "what was taken back may be another's by now"


def test_the_second_of_a_meal_time_is_the_canteens_and_what_was_told_to_stand_stands() -> None:
    twins = [
        record("2", 9_00, on="2026-05-04", gave=1_00),
        record("3", 9_00, WEST, on="2026-05-04"),
    ]
    county, first = settle_month(granted(200_00, 200_00), twins[:1], QUOTA, {})
    assert told(first) == {"2": (9_00, 0, PAID)}
    early = record("1", 9_00, WEST, on="2026-05-04", gave=50)
    _, found = settle_month(county, [early, *twins], QUOTA, {one.id: one for one in first})
    states = told(found)
    assert states["2"] == (9_00, 0, PAID), "paid is paid, whatever was recorded before it"
    assert states["1"] == (0, 9_50, SECOND) and states["3"] == (0, 9_00, SECOND)


def test_who_is_frozen_waits_with_the_discount_too() -> None:
    records = [record("1", 0, gave=3_00), record("2", 9_00), record("3", 9_00, WEST)]
    county, found = settle_month(granted(200_00, 200_00), records, QUOTA, {}, {EAST.author})
    assert {id_: one[2] for id_, one in told(found).items()} == {"1": WAITS, "2": WAITS, "3": PAID}
    _, later = settle_month(county, records, QUOTA, {one.id: one for one in found})
    assert told(later) == {"1": (0, 0, PAID), "2": (9_00, 0, PAID), "3": (9_00, 0, PAID)}
    assert later[0].discount_fen == 3_00


def test_a_canteen_is_paid_no_more_than_the_price_of_the_age_allows() -> None:
    assert owed(15_00, 0, 9_00, 92, MEALS) == Owed(9_00, 0)
    assert owed(15_00, 0, 9_01, 92, MEALS)[:2] == (9_00, 0)
    assert owed(15_00, 6_00, 9_00, 92, replace(MEALS, merchant_share=0)) == Owed(9_00, 6_00)
    assert owed(15_00, 6_00, 9_00, 92, MEALS)[:2] == (9_00, 0), "the merchant bears it there"
    assert owed(15_00, 6_00, 15_00, 59, MEALS)[:2] == (15_00, 0)
    assert owed(15_00, 0, 9_00, 92, None)[:2] == owed(0, 0, 9_00, 92, MEALS)[:2] == (0, 0)
    assert owed(15_00, -5, -7, 92, MEALS)[:2] == (0, 0)


MEAL = st.tuples(
    st.integers(0, 300_00), st.sampled_from([EAST, WEST]), st.integers(1, 6), st.booleans(),
    st.integers(0, 400_00),
)  # fmt: skip


@given(
    st.lists(MEAL, max_size=8),
    st.lists(st.tuples(st.integers(0, 7), st.booleans(), st.integers(0, 300_00)), max_size=6),
    st.integers(0, QUOTA), st.randoms(use_true_random=False),
)  # fmt: skip
def test_over_three_months_no_more_than_the_quota_is_paid_and_the_order_is_nothing(
    meals: list[tuple[int, Lineage, int, bool, int]],
    changes: list[tuple[int, bool, int]],
    east: int,
    chance: random.Random,
) -> None:
    records = {
        str(at): record(str(at), fen, by, on=f"2026-05-{day:02}", void=void, most=most)
        for at, (fen, by, day, void, most) in enumerate(meals)
    }
    county, before = granted(east, QUOTA - east), dict[str, Told]()
    for month in range(3):
        shuffled = [*records.values()] * 2
        chance.shuffle(shuffled)
        after, found = settle_month(county, shuffled, QUOTA, before)
        again, same = settle_month(county, [*records.values()], QUOTA, before)
        assert (after, found) == (again, same)
        once_more, still = settle_month(after, shuffled, QUOTA, {one.id: one for one in found})
        assert once_more.accounts == after.accounts and told(still) == told(found)
        assert sum(one.quota_fen for one in found) <= QUOTA
        for one in found:
            asked = records[one.id]
            assert 0 <= one.quota_fen <= asked.meal.fen and one.over_fen >= 0
            if one.state in (PAID, OVER, SECOND):
                assert one.quota_fen + one.over_fen == asked.meal.fen
        for account in after.accounts:
            assert account.settled_fen + account.returned_fen <= account.granted_fen
        county, before = after, {one.id: one for one in found}
        for at, void, fen in changes[month * 2 : month * 2 + 2]:
            if str(at) in records:
                old = records[str(at)]
                records[str(at)] = old._replace(
                    meal=old.meal._replace(fen=fen), void=old.void or void
                )


@given(st.permutations([SheetLine(str(n), "p", "2026-05-04", "WU", 1, 2, 3, 4, PAID, "") for n in
                        range(4)]))  # fmt: skip
def test_a_sheet_has_the_same_bytes_in_any_order(lines: list[SheetLine]) -> None:
    made = sheet("2026-05", "d", "f", [*lines, *lines[:2]])
    assert made.encoded() == sheet("2026-05", "d", "f", sorted(lines)).encoded()
    assert made.sums["meals"] == 4 and made.sums["pays_fen"] == 20


def test_a_subsidy_needs_a_passed_evaluation_and_is_one_an_operator_and_year() -> None:
    rule = Canteens(2_000_000, 60)
    canteens = [Operated(id_, by, rule) for id_, by in
                (("b", "甲"), ("a", "甲"), ("c", "乙"), ("d", ""), ("e", "丙"))]  # fmt: skip
    scores = [("a", 59), ("a", 90), ("b", 60), ("d", 80), ("e", 99)]
    rows = [{"facility": id_, "year": 2026, "score": score} for id_, score in scores]
    rows.append({"facility": "c", "year": 2025, "score": 90})
    found = {one.facility: one.fen for one in subsidies(canteens, rows, 2026)}
    assert found == {"a": 0, "b": 2_000_000, "c": 0, "d": 0, "e": 2_000_000}
    rows.append({"facility": "b", "year": 2026, "score": 61})
    rows[0]["score"] = 61
    found = {one.facility: one.fen for one in subsidies(canteens, rows, 2026)}
    assert (found["a"], found["b"]) == (2_000_000, 0), "one for an operator"


def test_the_functions_that_run_are_those_of_the_model() -> None:
    for room, names in (
        (granting, ("grant", "accept_return", "request_return", "assembled", "restored")),
        (till, ("reserve",)),
        (settling, ("settle",)),
    ):
        for name in names:
            assert vars(room)[name] is vars(rights)[name]
