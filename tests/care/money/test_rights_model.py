"""No way through grants, boxes, copies and backups pays more than the budget, and the search sees.

The worlds are searched whole over the functions that the product runs (`worlds.py`). A search that
finds nothing proves little by itself, so four ways of doing it wrong are searched as well, and each
must be found out, with the steps that lead there.

`RIGHTS_LONG=1` searches the larger worlds too: some minutes and a gigabyte.
"""

from __future__ import annotations

import os
from functools import cache

import pytest

from tests.care.money.worlds import (
    Bounds,
    Found,
    Rules,
    merge_returns_by_max,
    search,
    settle_without_cap,
)

LONG = os.environ.get("RIGHTS_LONG") == "1"

SAFE = {
    "nothing fails": (Bounds(), 500),
    "the county restored, a copy": (
        Bounds(budget=1, county_restores=1, clones=1, grants=2, claims=3), 15_000,
    ),
    "a copy": (Bounds(clones=1, claims=3), 20_000),
    "a restore that is seen": (Bounds(restores=1), 30_000),
    "a restore unnoticed": (Bounds(restores=1, new_lineage=False, claims=3), 20_000),
    "a copy and whole budgets": (Bounds(clones=1, amounts=(1, 2), grants=2, claims=3), 20_000),
    "a copy and a seal": (Bounds(clones=1, seals=1, grants=2, claims=3), 10_000),
    "the county restored": (Bounds(county_restores=1, claims=3), 10_000),
}  # fmt: skip
LARGE = {
    "a copy, four claims": (Bounds(clones=1), 50_000),
    "a restore unnoticed, four claims": (Bounds(restores=1, new_lineage=False), 90_000),
    "a copy put back unnoticed": (
        Bounds(clones=1, restores=1, new_lineage=False, grants=2, claims=3), 700_000,
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", SAFE)
def test_no_way_pays_more_than_the_budget(name: str) -> None:
    bounds, worlds_min = SAFE[name]
    found = search(bounds, Rules())
    assert found.trace == ()
    assert found.exhausted
    assert found.worlds > worlds_min, "or hardly anything was looked at"


@pytest.mark.slow
@pytest.mark.skipif(not LONG, reason="RIGHTS_LONG=1 searches the larger worlds")
@pytest.mark.machine
@pytest.mark.parametrize("name", LARGE)
def test_no_way_of_the_larger_worlds_pays_more_than_the_budget(name: str) -> None:
    bounds, worlds_min = LARGE[name]
    found = search(bounds, Rules(), worlds_max=3_000_000)
    assert found.trace == ()
    assert found.exhausted and found.worlds > worlds_min


VILLAGE_PAYS = Rules(village_pays=True)


@pytest.mark.parametrize("bounds", [Bounds(returns=False), Bounds(returns=False, restores=1)])
def test_a_village_that_pays_holds_while_no_box_forgets_or_doubles(bounds: Bounds) -> None:
    found = search(bounds, VILLAGE_PAYS)
    assert found.trace == () and found.exhausted


BROKEN = {
    "a village pays and is put back": (
        Bounds(returns=False, restores=1, new_lineage=False), VILLAGE_PAYS, 8,
    ),
    "a village pays and is copied": (Bounds(returns=False, clones=1), VILLAGE_PAYS, 7),
    "a county settles without a cap": (
        Bounds(clones=1), Rules(settle=settle_without_cap), 10,
    ),
    "a county merges returns by the highest": (
        Bounds(clones=1), Rules(accept_return=merge_returns_by_max), 14,
    ),
    "a county goes on from its backup": (
        Bounds(county_restores=1, returns=False), Rules(county_rebuilds=False), 13,
    ),
}  # fmt: skip


@cache
def found_out(name: str) -> Found:
    bounds, rules, _ = BROKEN[name]
    return search(bounds, rules)


@pytest.mark.parametrize("name", BROKEN)
def test_what_is_broken_stays_broken(name: str) -> None:
    steps = BROKEN[name][2]
    found = found_out(name)
    print(f"{name}, after {found.worlds} worlds:", *found.trace, sep="\n  ")
    assert len(found.trace) == steps, "the search finds a shortest way, so this is its length"
    assert "reserves" in found.trace[-1] or "settle" in found.trace[-1]


def test_the_known_way_past_a_merge_by_the_highest_is_the_one_that_is_found() -> None:
    trace = found_out("a county merges returns by the highest").trace
    returned = next(place for place, step in enumerate(trace) if step.startswith("take back"))
    settled = [step for step in trace[:returned] if step.startswith("settle")]
    assert any("is copied" in step for step in trace[:returned])
    assert len(settled) == 2, "the copy returns what was settled"
    assert trace[returned + 1].startswith("grant 1 to B1")
