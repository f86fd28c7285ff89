"""Figures by themselves: shares, small counts, kinds of divisions, and figures that disagree."""

from __future__ import annotations

import random
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from node.care.advances import Advance
from node.care.facts.counts import CLAIM, POPULATION
from node.care.figures.baselines import compared, read
from node.care.figures.comparing import differs
from node.care.figures.counting import figures, part_of
from node.care.figures.figure import Figure, hide, percent
from node.care.figures.gathering import Gathered, kind_of
from node.care.parameters.counted import Reports
from node.clock import parse_local
from node.division import Act, Tree
from node.errors import UsageError


@pytest.mark.parametrize(
    ("number", "of", "told"),
    [
        (12_300, 180_000, "6.83%"),
        (42_000, 198_000, "21.21%"),
        (34, 39, "87.18%"),
        (138, 226, "61.06%"),
        (17, 17, "100.00%"),
        (0, 5, "0.00%"),
        (1, 0, ""),
        (1, None, ""),
    ],
)
def test_shares_of_the_articles(number: int, of: int | None, told: str) -> None:
    assert percent(number, of) == told
    assert Figure("x", "某", number, of, share=True).value == told


tables = st.integers(1, 5).flatmap(
    lambda width: st.lists(
        st.lists(st.integers(0, 12), min_size=width, max_size=width), min_size=1, max_size=5
    )
)


@given(tables, st.integers(0, 6))
def test_no_small_count_is_shown_nor_given_away(counts: list[list[int]], below: int) -> None:
    shown = hide(counts, below)
    lines = [*shown, *map(list, zip(*shown, strict=True))]
    for line in lines:
        hidden = sum(one is None for one in line)
        assert hidden != 1, "the total would give it away"
        assert all(one is None or one == 0 or one >= below for one in line)
    for row, told in zip(counts, shown, strict=False):
        for one, cell in zip([*row, sum(row)], told, strict=True):
            assert cell in (None, one), "what is shown is true"
    if not any(0 < one < below for row in [*counts, *zip(*counts, strict=True)] for one in row):
        assert [row[:-1] for row in shown[:-1]] == counts, "nothing is hidden without need"


def test_a_village_of_three_shows_neither_them_nor_their_total() -> None:
    assert hide([[3]], 5) == [[None, None], [None, None]]
    assert hide([[3, 20, 7]], 0) == [[3, 20, 7, 30], [3, 20, 7, 30]]


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        ("140430001", "街道"), ("140430099", "街道"), ("140430100", "镇"), ("140430199", "镇"),
        ("140430200", "乡"), ("140430399", "乡"), ("140430400", "类似乡级"), ("140430600", ""),
        ("140430000", ""), ("140430100001", "居委会"), ("140430100199", "居委会"),
        ("140430100200", "村委会"), ("140430100399", "村委会"), ("140430100400", "类似居委会"),
        ("140430100500", "类似村委会"), ("140430", ""), ("v", ""),
    ],
)  # fmt: skip
def test_the_kind_of_a_division_is_the_range_of_its_code(code: str, kind: str) -> None:
    assert kind_of(code) == kind


@given(st.fractions(min_value=0, max_value=10**9), st.fractions(min_value=0, max_value=10**9))
def test_a_warning_begins_above_a_fifth(stated: Fraction, derived: Fraction) -> None:
    assert differs(stated, derived, 200) == (abs(stated - derived) * 5 > derived)


def test_the_edge_of_a_fifth_is_no_warning() -> None:
    assert not differs(Fraction(120), Fraction(100), 200)
    assert differs(Fraction(121), Fraction(100), 200)
    assert differs(Fraction(52), Fraction(60_000, 12_300), 200), "one in 52 households"


def test_population_keeps_parts_within_their_whole_and_bases_apart() -> None:
    sound = {"counted_on": "2025-12-31", "source": "公报"}
    POPULATION.check({**sound, "residents": 198_000, "residents_65": 42_000, "registered": 100})
    for wrong, told in (
        ({}, "registered as well"),
        ({"residents": 10, "residents_65": 11}, "is more than residents"),
        ({"residents": 99, "residents_60": 3, "residents_65": 4}, "more than residents_60"),
        ({"registered": 5, "registered_60": 6}, "is more than registered"),
    ):
        with pytest.raises(UsageError, match=told):
            POPULATION.check({**sound, **wrong})
    claim = {"statement": "某", "figure": "HB", "stated_on": "2026-05-01", "source": "简报"}
    assert CLAIM.check({**claim, "value": "6.83"})["value"] == "6.83"
    for value in ("6.83%", "-1", "1e3", "½"):
        with pytest.raises(UsageError, match="is not a number"):
            CLAIM.check({**claim, "value": value})


def test_a_baseline_that_is_not_what_its_digest_says_is_none() -> None:
    row = {"id": "1", "division#": "v", "counted_on": "2026-01-01", "content": "{}", "result": "0"}
    assert read(row) is None
    assert compared({"a": 1, "b": 2}, {"b": 2, "c": 3}) == [("a", 1, None), ("c", None, 3)]


def test_people_are_counted_once_and_events_as_often_as_they_came() -> None:
    tree = Tree([
        Act("t", "establish", "township", "130732100", "镇", ""),
        Act("v", "establish", "village", "130732100201", "村", "t"),
    ])  # fmt: skip
    at = parse_local("2026-09-03 09:00")
    visit = {"id": "V", "person": "p", "worker": "w", "started_at": at, "minutes": 60,
             "division#": "v", "rating": None, "review": None}  # fmt: skip
    rows: dict[str, list[dict[str, object]]] = {
        "visits": [visit, visit, {**visit, "id": "W"}],
        "placements": [
            {"person": "p", "since": "2026-09-01", "until": None, "facility": "f"},
            {"person": "p", "since": "2026-09-20", "until": None, "facility": "g"},
            {"person": "q", "since": "2026-08-31", "until": None, "facility": "g"},
        ],
        "transfers": [{"id": "a", "departed_at": at}, {"id": "b", "departed_at": at}] * 2,
    }
    advances = [Advance("x", "p", "2026-09-02", 100), Advance("x", "p", "2026-09-02", 100)]
    empty: dict[str, list[object]] = {
        name: []
        for name in ("people", "workers", "records", "facilities", "populations", "reaches",
                     "investments", "inspections", "evaluations", "meals", "activities", "sheets")
    }  # fmt: skip
    places = tuple(one for id_ in ("t", "v") if (one := tree.get(id_)))
    found = Gathered("t", "2026-09-01", "2026-09-30", places, tree, Reports(), advances=advances,
                     **rows, **empty)  # type: ignore[arg-type]  # fmt: skip
    told = {one.code: one.number for one in figures(found)}
    assert told["visits_total"] == told["visits"] == 2, "one that two nodes hold counts once"
    assert (told["placements"], told["transfers"], told["advances_fen"]) == (1, 2, 100)
    assert part_of(found, "v") == "v" and part_of(found, "t") == "t"


def test_221_sites_in_138_of_226_villages_and_in_17_of_17_communities() -> None:
    """Sites are counted once each, and a village with three of them once."""
    codes = [f"420323{1 + n // 200:03}{200 + n % 200}" for n in range(226)]
    village = [
        Act(f"v{n}", "establish", "village", code, "村", "t") for n, code in enumerate(codes)
    ]
    communities = [
        Act(f"k{n}", "establish", "village", f"420323001{1 + n:03}", "社区", "t") for n in range(17)
    ]
    town = Act("t", "establish", "township", "420323001", "镇", "")
    tree = Tree([town, *village, *communities])
    places = [f"v{n}" for n in range(138)] + [f"k{n}" for n in range(17)]
    places += places[:66]
    sites = [
        {"id": f"f{n}", "division#": place, "kind": ("RJ", "HZ", "XF")[n % 3], "status": "open",
         "opened_on": "2024-01-01", "closed_on": None}
        for n, place in enumerate(places)
    ]  # fmt: skip
    names = ("people", "workers", "records", "visits", "populations", "reaches", "investments",
             "placements", "transfers", "inspections", "evaluations", "meals", "activities",
             "advances", "sheets")  # fmt: skip
    below = tuple(one for id_ in ("t", *tree.below("t")) if (one := tree.get(id_)))
    for seed in range(3):
        mixed = random.Random(seed).sample(sites, len(sites))
        empty: dict[str, list[object]] = {name: [] for name in names}
        found = Gathered("t", "2026-09-01", "2026-09-30", tuple(dict.fromkeys(below)), tree,
                         Reports(), facilities=mixed, **empty)  # type: ignore[arg-type]  # fmt: skip
        told = {one.code: one for one in figures(found)}
        assert told["sites"].number == 221
        shares = [told[code].value for code in ("sites_villages", "sites_communities")]
        assert shares == ["61.06%", "100.00%"], "138 of 226, and 17 of 17"
