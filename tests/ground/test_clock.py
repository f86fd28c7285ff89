"""Time: stamps that only grow, the span a beacon allows, and days of UTC+8."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from node import clock
from node.errors import UsageError

BEIJING = timezone(timedelta(hours=8))
MOMENTS = st.integers(min_value=-(1 << 50), max_value=1 << 50)
STAMPS = st.integers(min_value=0, max_value=(1 << 63) - 2)
FLOORS = st.integers(min_value=0, max_value=clock.CEILING_MS)
YEARS_AROUND = st.integers(min_value=-(10**12), max_value=10**13)


@given(MOMENTS, STAMPS, FLOORS)
def test_the_next_stamp_lies_above_all_before_it_and_after_the_floor(
    physical_ms: int, high_water: int, floor_ms: int
) -> None:
    given_stamp = clock.next_stamp(physical_ms, high_water, floor_ms)
    assert given_stamp > high_water
    assert given_stamp >= clock.stamp(floor_ms)
    assert given_stamp < 1 << 63


def test_a_frozen_clock_moves_into_the_next_millisecond_and_never_repeats() -> None:
    high_water = clock.stamp(clock.BOOT_FLOOR_MS, 65_000)
    for _ in range(70_000):
        before, high_water = high_water, clock.next_stamp(clock.BOOT_FLOOR_MS, high_water, 0)
        assert high_water == before + 1
    assert clock.stamp_ms(high_water) == clock.BOOT_FLOOR_MS + 2


def test_a_box_that_wakes_in_1970_is_lifted_to_the_floor() -> None:
    assert clock.stamp_ms(clock.next_stamp(0, 0)) == clock.BOOT_FLOOR_MS


def test_a_broken_clock_far_ahead_is_read_as_the_ceiling() -> None:
    assert clock.stamp_ms(clock.next_stamp(1 << 60, 0)) == clock.CEILING_MS


@given(STAMPS, st.integers(1, clock.CEILING_MS), st.integers(0, 1 << 40))
def test_a_clamped_stamp_lies_in_the_span_and_stays(
    stamp: int, beacon_ms: int, isolation_ms: int
) -> None:
    clamped = clock.clamp(stamp, beacon_ms, isolation_ms)
    lowest, highest = clock.stamp(beacon_ms), clock.stamp(beacon_ms + isolation_ms)
    assert lowest <= clamped <= highest
    assert clock.clamp(clamped, beacon_ms, isolation_ms) == clamped
    if lowest <= stamp <= highest:
        assert clamped == stamp


@given(STAMPS, STAMPS, st.integers(0, clock.CEILING_MS), st.integers(0, 1 << 40))
def test_clamping_keeps_the_order(one: int, other: int, beacon_ms: int, isolation_ms: int) -> None:
    lower, upper = sorted((one, other))
    assert clock.clamp(lower, beacon_ms, isolation_ms) <= clock.clamp(
        upper, beacon_ms, isolation_ms
    )


@given(STAMPS, st.integers(0, 1 << 40))
def test_without_a_beacon_nothing_is_clamped(stamp: int, isolation_ms: int) -> None:
    assert clock.clamp(stamp, 0, isolation_ms) == stamp


@given(st.integers(0, clock.CEILING_MS), st.integers(0, (1 << clock.COUNTER_BITS) - 1))
def test_a_stamp_gives_back_its_milliseconds(ms: int, counter: int) -> None:
    packed = clock.stamp(ms, counter)
    assert clock.stamp_ms(packed) == ms
    assert packed - clock.stamp(ms) == counter


@given(YEARS_AROUND)
def test_days_are_those_of_utc_plus_8(ms: int) -> None:
    there = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=ms)
    there = there.astimezone(BEIJING)
    assert clock.day(ms) == there.date().isoformat()
    assert clock.month(ms) == there.date().isoformat()[:7]
    assert clock.parse_local(clock.local(ms)) == ms - ms % 60_000


def test_a_day_ends_at_16_utc_whatever_the_zone_of_the_machine(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("TZ", "America/New_York")
    time.tzset()
    try:
        midnight = clock.parse_local("2026-11-23 00:00")
        assert midnight == datetime(2026, 11, 22, 16, tzinfo=UTC).timestamp() * 1000
        assert clock.day(midnight - 1) == "2026-11-22"
        assert clock.day(midnight) == "2026-11-23"
    finally:
        monkeypatch.undo()
        time.tzset()


@pytest.mark.parametrize(
    ("day", "xun"),
    [
        ("2026-11-01", "2026-11上"),
        ("2026-11-10", "2026-11上"),
        ("2026-11-11", "2026-11中"),
        ("2026-11-20", "2026-11中"),
        ("2026-11-21", "2026-11下"),
        ("2026-10-31", "2026-10下"),
        ("2028-02-29", "2028-02下"),
    ],
)
def test_a_month_has_three_xun(day: str, xun: str) -> None:
    assert clock.xun(clock.parse_local(f"{day} 00:00")) == xun
    assert clock.xun(clock.parse_local(f"{day} 23:59")) == xun


def test_a_moment_outside_the_calendar_is_still_shown() -> None:
    assert clock.day(1 << 62) == "9999-12-31"
    assert clock.day(-(1 << 62)) == "0001-01-01"


@pytest.mark.parametrize(
    "text", ["2026-11-22T14:30", " 2026-11-22 14:30 ", "2026-11-22 14：30", "２０２６-11-22 14:30"]
)
def test_a_moment_may_be_typed_in_several_ways(text: str) -> None:
    assert clock.local(clock.parse_local(text)) == "2026-11-22 14:30"


@pytest.mark.parametrize(
    "text", ["", "today", "2026-11-22", "2026-02-30 10:00", "2026-11-22 24:00", "26-11-22 10:00"]
)
def test_what_is_no_moment_is_refused_with_an_example(text: str) -> None:
    with pytest.raises(UsageError, match=r"is not a moment.*2026-11-22 14:30"):
        clock.parse_local(text)


def test_a_manual_clock_stands_still_until_it_is_moved() -> None:
    manual = clock.ManualClock(1_000)
    assert manual.now_ms() == manual.now_ms() == 1_000
    manual.advance(500)
    manual.advance(-200)
    assert manual.now_ms() == 1_300


def test_the_system_clock_gives_milliseconds() -> None:
    before = time.time_ns() // 1_000_000
    assert before <= clock.SystemClock().now_ms() <= time.time_ns() // 1_000_000
