"""The months of plans: periods that leave no day out, places in any order, who stands in none."""

from __future__ import annotations

import datetime
import random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from node.care import periods, plans, rosters
from node.care.parameters import publishing, reading
from node.care.parameters.groups import CareVisits
from node.care.rosters import Standing
from node.care.seeing import Seen, seen_by, sound
from node.care.visits import VISIT
from node.errors import Refused, UsageError

Row = dict[str, Any]

SHIPPED = reading.load(publishing.shipped()["140430"])
RULES = SHIPPED.visits.needed("2026-11-01")
DAYS = st.dates(datetime.date(2020, 1, 1), datetime.date(2032, 12, 31)).map(str)
MONTHS = DAYS.map(lambda one: one[:7])


def line(id_: str, **more: Any) -> Row:
    row = {
        "id": id_, "person": "P", "services": "SH02", "worker": "W", "times": 1, "per": "month",
        "xun": None, "since": "2020-01-01", "until": None,
    }  # fmt: skip
    return row | more


THREE = [
    line("A", xun="S"),
    line("B", xun="Z", services="SH03", worker="V"),
    line("C", xun="X", services="JS01"),
]


# --- periods -------------------------------------------------------------------------------------


@given(day=DAYS)
def test_each_day_lies_in_one_xun_and_one_week(day: str) -> None:
    month = day[:7]
    thirds = [one for one in periods.thirds(month) if one.holds(day)]
    assert [one.xun for one in thirds] == [periods.xun_of(day)]
    around = (periods.months_ago(month, -1), month, periods.months_ago(month, 1))
    weeks = [one for each in around for one in periods.weeks(each) if one.holds(day)]
    assert len(weeks) == 1 and periods.days_between(weeks[0].first, weeks[0].last) == 6
    assert periods.whole(month).holds(day)
    assert periods.day_after(periods.day_after(day, 40), -40) == day


@pytest.mark.parametrize("typed", ["2026-13", "2026-1", "0000-01", "十一月", "2026-11-01"])
def test_what_is_no_month_is_refused(typed: str) -> None:
    with pytest.raises(UsageError, match="is not a month"):
        periods.check_month("month", typed)


# --- the shape of a plan -------------------------------------------------------------------------


def test_a_line_that_contradicts_itself_is_refused() -> None:
    base = {"person": "0" * 26, "services": "洗衣", "since": "2026-11-01"}
    assert plans.check_plan(base)["times"] == 1 and plans.check_plan(base)["per"] == "month"
    assert plans.check_plan({**base, "xun": "中"})["xun"] == "Z"
    for more, told in (
        ({"until": "2026-10-31"}, "lies before since"),
        ({"xun": "上旬", "per": "每旬"}, "comes back each month"),
        ({"times": 0}, "times"),
        ({"xun": "左"}, "not in the list"),
        ({"services": ""}, "services"),
    ):
        with pytest.raises(UsageError) as caught:
            plans.check_plan({**base, **more})
        assert told in f"{caught.value.message} {caught.value.hint}"
    with pytest.raises(UsageError):
        plans.check_changes(line("A"), {"person": "1" * 26})
    with pytest.raises(UsageError):
        plans.check_changes(line("A"), {"since": ""})


def test_lines_that_never_meet_may_be_alike() -> None:
    before = line("A", xun="S", until="2026-10-31")
    plans.check_beside(line("", xun="S", since="2026-11-01"), [before], RULES)
    with pytest.raises(Refused):
        plans.check_beside(line("", xun="S", since="2026-10-31"), [before], RULES)
    plans.check_beside(line("", xun="S", since="2026-10-31"), [before], None)


# --- places --------------------------------------------------------------------------------------


@given(month=MONTHS, seed=st.integers())
def test_three_lines_are_three_places_in_any_order(month: str, seed: int) -> None:
    mixed = random.Random(seed).sample(THREE, 3)
    found = rosters.places(mixed, month, {}, RULES)
    assert found == rosters.places(THREE, month, {}, RULES)
    assert [one.period.xun for one in found] == ["S", "Z", "X"]
    assert len({one.services for one in found}) == 3
    assert rosters.faults(found, RULES) == {}
    assert [one.period.last for one in found][2] == periods.whole(month).last


@given(since=DAYS, until=DAYS, month=MONTHS, per=st.sampled_from(["month", "xun", "week"]))
def test_no_place_lies_outside_the_plan(since: str, until: str, month: str, per: str) -> None:
    found = rosters.places([line("A", since=since, until=until, per=per)], month, {}, None)
    assert all(since <= one.period.first <= one.period.last <= until for one in found)
    whole = periods.whole(month)
    inside = since <= until and whole.touches(since, until)
    if per != "week":
        assert bool(found) == inside


def test_what_is_wrong_with_a_month() -> None:
    def faults(*lines: Row) -> dict[str, tuple[str, ...]]:
        return rosters.faults(rosters.places(lines, "2026-11", {}, RULES), RULES)

    assert faults(*THREE[:2]) == {"few": ("2",)}
    assert faults(*THREE[:2], line("C", xun="X", services="SH02")) == {"alike": ("SH02",)}
    twice = faults(*THREE, line("D", xun="Z", services="KF01"))
    assert twice == {"twice": ("Z",)}
    assert faults(*THREE[:2], {**THREE[2], "worker": None}) == {"vacant": ("nobody",)}
    assert rosters.faults([], None) == {}


def test_a_visit_with_another_service_does_not_fill_a_place() -> None:
    visits = [
        Seen("P", "2026-11-03", frozenset({"SH02", "SH05"})),
        Seen("P", "2026-11-12", frozenset({"SH02"})),
        Seen("Q", "2026-11-25", frozenset({"JS01"})),
    ]
    found = rosters.places(THREE, "2026-11", {}, RULES, visits)
    assert [one.done for one in found] == [1, 0, 0]


# --- who stands in none --------------------------------------------------------------------------

ALWAYS = (("", ""),)


@pytest.mark.parametrize(
    ("standing", "why"),
    [
        (None, ""),
        (Standing(insured=ALWAYS), ""),
        (Standing(insured=None), ""),
        (Standing(insured=()), "uninsured"),
        (Standing(insured=(("2026-11-02", ""),)), "uninsured"),
        (Standing(insured=(("", "2026-11-09"),)), "uninsured"),
        (Standing(insured=(("", "2026-11-04"), ("2026-11-05", "2026-11-10"))), ""),
        (Standing(insured=(("", "2026-11-04"), ("2026-11-06", "2026-11-10"))), "uninsured"),
        (Standing(contracts=(("2025-01-01", "2025-12-31"),), insured=ALWAYS), "ended"),
        (Standing(contracts=(("2025-01-01", ""),), insured=ALWAYS), ""),
        (Standing("2026-11-09", True, insured=ALWAYS), "left"),
        (Standing("2026-11-10", True, insured=ALWAYS), ""),
        (Standing("", True, insured=ALWAYS), "left"),
    ],
)
def test_who_cannot_come(standing: Standing | None, why: str) -> None:
    assert rosters.barred(standing, "2026-11-01", "2026-11-10", insured=True) == why
    known = {"W": standing} if standing else {}
    place = rosters.places([THREE[0]], "2026-11", known, RULES)[0]
    assert place.vacant == why and place.worker == "W", "the place stays, with the name"
    unasked = rosters.barred(standing, "2026-11-01", "2026-11-10", insured=False)
    assert unasked == ("" if why == "uninsured" else why)


# --- visits that count ---------------------------------------------------------------------------


def visit(id_: str, minutes: int, **more: Any) -> Row:
    row: Row = dict.fromkeys(column.name for column in VISIT.columns)
    at = 1_793_584_800_000  # 2026-11-02 10:00 in China
    row |= {"id": id_, "person": "P", "worker": "W", "service": "SH02", "started_at": at}
    return row | {"ended_at": at + minutes * 60_000, "minutes": minutes, "amendment": None} | more


def test_a_void_visit_was_none_and_a_short_or_returned_one_was_seen() -> None:
    rows = [
        visit("A", 60),
        visit("B", 30),
        visit("C", 60, review="returned::R01:"),
        visit("D", 60, amendment='{"void": "L01"}'),
        visit("E", 60, tasks="JS01,SH03"),
        visit("F", 60, started_at=None),
    ]
    seen = seen_by(rows)
    assert [one.minutes for one in seen] == [60, 30, 60, 60]
    assert {one.day for one in seen} == {"2026-11-02"}
    counted = sound(seen, RULES)
    assert len(counted) == 2 and counted[1].services == {"SH02", "SH03", "JS01"}
    assert len(sound(seen, None)) == 3
    assert seen_by(rows, "2026-11-03") == [] == seen_by(rows, "", "2026-11-01")


def test_the_county_of_the_article_insures_who_it_sends_out() -> None:
    assert RULES.insured_only and isinstance(RULES, CareVisits)
    assert (RULES.per_month_min, RULES.one_per_xun, RULES.services_differ) == (3, True, True)
