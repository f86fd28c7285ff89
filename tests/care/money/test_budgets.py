"""Budgets: lines add up, transfers make no money, what went over is shown; and the months."""

from __future__ import annotations

import itertools
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from node.care.budgets import balance
from node.care.budgets.balance import COMMIT, RELEASE, SPEND, TRANSFER, Budget, Entry, PlannedLine
from node.care.budgets.forecast import by_month
from node.care.parameters import reading
from node.care.pay.budget import planned
from node.errors import UsageError

PACK = reading.load(Path(__file__).parents[3] / "node/care/packs/140430.toml")
LINES = (PlannedLine("a", "甲", 6_000), PlannedLine("b", "乙", 4_000))
BUDGET = Budget("B", "x", 2026, "某项", 10_000, LINES)

names = st.sampled_from(["a", "b"])
entries = st.lists(
    st.builds(
        Entry,
        id=st.integers(0, 30).map(lambda n: f"E{n:02}"),
        kind=st.sampled_from(balance.KINDS),
        line=st.sampled_from(["a", "b", "gone"]),
        fen=st.integers(1, 9_000),
        to_line=names,
        commitment=st.sampled_from(["", "E00", "E01", "E02"]),
    ),
    max_size=12,
    unique_by=lambda one: one.id,
)


@given(entries, st.randoms(use_true_random=False))
def test_lines_depend_on_the_set_of_entries_and_always_are_the_total(found, random) -> None:  # type: ignore[no-untyped-def]
    lines = balance.standing(BUDGET, found)
    assert sum(one.planned_fen + one.moved_fen for one in lines) == BUDGET.total_fen
    spent = sum(one.fen for one in found if one.kind == SPEND)
    assert sum(one.spent_fen for one in lines) == spent, "nothing that went out is hidden"
    for one in lines:
        assert one.left_fen - one.over_fen == one.balance_fen and one.committed_fen >= 0
    shuffled = [*found, *found[:3]]
    random.shuffle(shuffled)
    assert balance.standing(BUDGET, shuffled) == lines


def line(found: tuple[balance.Standing, ...], code: str) -> balance.Standing:
    return next(one for one in found if one.code == code)


def test_a_commitment_is_drawn_and_released_and_never_counted_twice() -> None:
    known = [Entry("1", COMMIT, "a", 5_000)]
    assert line(balance.standing(BUDGET, known), "a").left_fen == 1_000
    known.append(Entry("2", SPEND, "a", 2_000, commitment="1"))
    after = line(balance.standing(BUDGET, known), "a")
    assert (after.committed_fen, after.spent_fen, after.left_fen) == (3_000, 2_000, 1_000)
    known.append(Entry("3", RELEASE, "a", 3_000, commitment="1"))
    after = line(balance.standing(BUDGET, known), "a")
    assert (after.committed_fen, after.left_fen) == (0, 4_000)
    assert balance.open_of(known, "1") == 0


def test_two_copies_of_the_county_that_spend_the_same_yuan_are_over_and_it_is_shown() -> None:
    both = [Entry("1", SPEND, "b", 3_000), Entry("2", SPEND, "b", 3_000)]
    for order in itertools.permutations(both):
        assert line(balance.standing(BUDGET, order), "b").over_fen == 2_000
    moved = [*both, Entry("3", TRANSFER, "a", 2_000, to_line="b")]
    lines = balance.standing(BUDGET, moved)
    assert line(lines, "b").over_fen == 0 and line(lines, "a").left_fen == 4_000


def test_an_unknown_line_is_over_by_all_of_it() -> None:
    assert line(balance.standing(BUDGET, [Entry("1", SPEND, "gone", 7)]), "gone").over_fen == 7


def test_closed_sheets_are_spent_as_far_as_the_line_goes_and_the_rest_is_owed() -> None:
    def a_of(*known: Entry) -> tuple[int, ...]:
        one = line(balance.standing(BUDGET, known, {"a": 6_500}), "a")
        assert one.covered_fen + one.owed_fen == one.settled_fen == 6_500 and not one.over_fen
        return one.spent_fen, one.left_fen, one.owed_fen

    assert a_of() == (6_000, 0, 500)
    moved = Entry("1", TRANSFER, "b", 700, to_line="a")
    assert a_of(moved) == (6_500, 200, 0)
    promised = Entry("2", COMMIT, "a", 1_000)
    assert a_of(promised) == (5_000, 0, 1_500), "what is promised is not paid out otherwise"
    assert a_of(promised, Entry("3", SPEND, "a", 400, commitment="2")) == (5_400, 0, 1_500)


@given(st.integers(0, 10**12), st.lists(st.integers(1, 999), min_size=1, max_size=4))
def test_shares_of_levels_add_up_to_the_whole(total: int, parts: list[int]) -> None:
    cut = sorted({sum(parts[: n + 1]) % 1000 for n in range(len(parts))} - {0})
    edges = [0, *cut, 1000]
    shares = [(str(n), high - low) for n, (low, high) in enumerate(itertools.pairwise(edges))]
    amounts = balance.shared(total, shares)
    assert sum(fen for _, fen in amounts) == total
    for (_, share), (_, fen) in zip(shares, amounts, strict=True):
        assert abs(fen * 1000 - total * share) < 1000, "no level is off by a fen or more"


def test_the_lines_of_the_programme_are_its_total_and_the_rest_is_computed() -> None:
    programme = PACK.programmes["tuoyang"].needed("2026-01-01")
    amounts = planned(programme)
    assert sum(amounts.values()) == programme.budget_fen == 105_000_000
    assert amounts["visits"] == 350 * 3 * 50 * 12 * 100
    assert amounts["checks"] == 350 * 2 * 300 * 100
    assert amounts["areas"] == 12 * 350 * 12 * 100
    assert amounts["rest"] == 14_460_000


def test_the_year_of_visits_is_forecast_month_by_month() -> None:
    paid = {"2026-01": 5_000_000, "2026-02": 5_300_000}
    months = by_month(2026, 350, PACK, paid)
    assert [one.forecast_fen for one in months] == [5_250_000] * 12
    assert sum(one.forecast_fen for one in months) == 63_000_000
    assert months[1].actual_fen == 5_300_000 and months[2].actual_fen is None
    assert sum(one.expected_fen for one in months) == 10_300_000 + 10 * 5_250_000


@pytest.mark.parametrize(
    ("before", "after", "told"),
    [
        ("pilot = true", 'pilot = true\nshares = [["SJ", 600], ["XJ", 300]]', "add up to 900"),
        ("pilot = true", 'pilot = true\nshares = [["SJ", 600], ["SJ", 400]]', "level twice"),
        ("pilot = true", 'pilot = true\nshares = [["??", 1000]]', "no code of funding_levels"),
        ('name = "体检",', 'name = "体检", counts = "visit",', "count the same pay"),
        ('counts = "visit"', 'counts = "visits"', "none of visit, base, bonus"),
    ],
)
def test_a_pack_with_a_wrong_budget_is_refused(before: str, after: str, told: str) -> None:
    text = (Path(__file__).parents[3] / "node/care/packs/140430.toml").read_text()
    assert before in text
    with pytest.raises(UsageError, match=told):
        reading.parse(text.replace(before, after).encode(), "a pack")


def test_shares_of_a_pack_are_the_whole() -> None:
    text = (Path(__file__).parents[3] / "node/care/packs/140430.toml").read_text()
    shares = 'pilot = true\nshares = [["SJ", 600], ["XJ", 400]]'
    read = reading.parse(text.replace("pilot = true", shares).encode(), "a pack")
    programme = read.programmes["tuoyang"].needed("2026-01-01")
    assert balance.shared(programme.budget_fen, programme.shares) == (
        ("SJ", 63_000_000),
        ("XJ", 42_000_000),
    )
