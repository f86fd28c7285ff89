"""A month of care in a part of 沁县: what is planned, what is paid, and that three tiers agree."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

import pytest
from rich.cells import cell_len
from typer.testing import CliRunner

from cli.demo.month import CLIENTS, COUNTY, MONTH, CareMonth
from cli.demo.places import Places, whole
from cli.demo.schedule import Month, month_of
from cli.demo.screen import Screen
from cli.main import app
from node.care.policy import division_list
from node.clock import day
from node.codes import read_list

LISTED = read_list(division_list(COUNTY))


@pytest.fixture(scope="module")
def county() -> Places:
    return whole(LISTED)


@pytest.fixture(scope="module")
def plan(county: Places) -> Month:
    return month_of(MONTH, county.townships, county.villages, CLIENTS, 1)


def test_the_plan_of_the_whole_county_is_that_of_the_article(plan: Month, county: Places) -> None:
    """350 clients, 39 workers, 1050 visits: 27 each, and 30 to whom ten clients are given."""
    assert (len(county.townships), len(county.villages)) == (12, 225)
    assert (len(plan.clients), len(plan.workers), len(plan.visits)) == (350, 39, 1050)
    made = Counter(one.worker for one in plan.visits)
    assert len(made) == 39
    assert round(1050 / 39) == 27
    assert max(made.values()) >= 30
    assert len({one.village for one in plan.visits}) == 225


def test_each_client_is_visited_once_in_each_xun_and_four_a_day_are_the_most(plan: Month) -> None:
    days = {(one.client, min(int(day(one.started_at)[8:]) - 1, 29) // 10) for one in plan.visits}
    assert len(days) == len(plan.visits)
    a_day = Counter((one.worker, day(one.started_at)) for one in plan.visits)
    assert max(a_day.values()) == 4
    towns = {one.worker: one.village[:9] for one in plan.visits}
    for one in plan.visits:
        assert one.village[:9] == towns[one.worker] == plan.workers[one.worker].division[:9]
        assert one.ended_at - one.started_at >= 60 * 60_000


def test_a_month_of_a_part_of_the_county_is_paid_as_planned() -> None:
    words = ["demo", "--scenario", "month", "--townships", "2", "--villages", "6", "--seed", "3"]
    told = CliRunner().invoke(app, words)
    assert told.exit_code == 0, told.stdout
    planned = re.search(r"计划 (\d+) 次 × 50 元 = ([\d.]+) 元；县账单 ([\d.]+) 元", told.stdout)
    assert planned, told.stdout
    assert float(planned[2]) == float(planned[3]) == 50 * int(planned[1]) > 0
    assert "三级比对账单 36 份" in told.stdout, "6 villages at 3 tiers, before and after closing"
    assert "everything holds" in told.stdout
    assert max(map(cell_len, told.stdout.splitlines())) <= 80


def test_a_visit_that_was_planned_and_never_came_is_named(
    tmp_path: Path, county: Places, monkeypatch: pytest.MonkeyPatch
) -> None:
    town = county.townships[0]
    places = Places(county.county, (town,), tuple(county.below(town)[:2]), ())
    lived = CareMonth(tmp_path, places, LISTED, 3, 1, Screen())
    recorded = lived._record
    first = lived.plan.visits[0]
    monkeypatch.setattr(lived, "_record", lambda one: one is first or recorded(one))
    verdict = lived.run()
    (fault,) = verdict.faults
    assert "应付 due 450.00, 实付 paid 400.00" in fault


def test_another_county_is_refused(tmp_path: Path) -> None:
    words = ["demo", "--scenario", "month", "--county-csv", str(tmp_path / "x.csv")]
    told = CliRunner().invoke(app, words)
    assert told.exit_code != 0
