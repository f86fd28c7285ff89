"""Time: what the machine says, what a change is stamped with, and which day a moment belongs to.

The small boxes have no clock battery. One wakes up in 1970, another in 2036, and neither may lose
its writes or win every conflict for ever. So a change carries a *hybrid logical stamp*:
milliseconds in the upper bits, a counter in the lower 16. A stamp always exceeds the highest one
that the node has seen or given (its high-water mark, which the store keeps), and never lies before
a floor, so that it grows even while the machine's clock stands still or jumps back. Whoever
compares stamps first clamps them into the span that the author's beacon allows, so no receiver's
clock decides anything.

A day, a month and a 旬 (a third of a month) are those of UTC+8, computed by arithmetic and not from
the machine's zone: two nodes must never put one visit on two days.

This module reads the machine's time in one place, `SystemClock`; everything else is a function of
its arguments.
"""

from __future__ import annotations

import re
import time
import unicodedata
from datetime import UTC, date, datetime, timedelta
from typing import Protocol

from node.errors import UsageError

COUNTER_BITS = 16
"""How many low bits of a stamp count within one millisecond."""

DAY_MS = 86_400_000
"""One day in milliseconds."""

ZONE_MS = 8 * 3_600_000
"""How far Linli's days run ahead of UTC."""

BOOT_FLOOR_MS = 1_793_491_200_000
"""2026-11-01T00:00Z: no change of this software is older, whatever the machine's clock says."""

CEILING_MS = 4_102_444_800_000
"""2100-01-01T00:00Z: a machine's clock that says more is broken.

It is read as this, so that stamps fit 63 bits.
"""

_MOMENT = re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})[ T](\d{1,2}):(\d{2})")
_EPOCH_ORDINAL = date(1970, 1, 1).toordinal()
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND = timedelta(milliseconds=1)


class Clock(Protocol):
    """Whatever can say what time it is."""

    def now_ms(self) -> int:
        """Milliseconds since 1970 UTC."""
        ...


class SystemClock:
    """The machine's clock, which may be wrong."""

    def now_ms(self) -> int:
        """Milliseconds since 1970 UTC, by this machine."""
        return time.time_ns() // 1_000_000


class ManualClock:
    """A clock that stands still until somebody moves it, for tests and the simulator."""

    def __init__(self, ms: int = BOOT_FLOOR_MS) -> None:
        """Sets the clock to `ms` milliseconds since 1970 UTC."""
        self.ms = ms

    def now_ms(self) -> int:
        """Milliseconds since 1970 UTC, as set."""
        return self.ms

    def advance(self, ms: int) -> None:
        """Moves the clock on by `ms` milliseconds, back where that is negative."""
        self.ms += ms


def stamp(ms: int, counter: int = 0) -> int:
    """Packs a moment and a counter into one stamp."""
    assert 0 <= counter < 1 << COUNTER_BITS, "a counter fits its bits"
    return (ms << COUNTER_BITS) | counter


def stamp_ms(stamp: int) -> int:
    """The milliseconds of a stamp."""
    return stamp >> COUNTER_BITS


def clamp(stamp: int, beacon_ms: int, isolation_ms: int) -> int:
    """Moves a stamp into the span that its author's beacon allows.

    Args:
        stamp: What the author wrote.
        beacon_ms: The time of the newest beacon that the author had seen; 0 where it had seen
            none, and then there is nothing to measure by and the stamp stays as it is.
        isolation_ms: The longest time that a node may go on without a newer beacon.

    Returns:
        The stamp itself or the nearest end of the span, ends included.
    """
    if beacon_ms == 0:
        return stamp
    lowest = beacon_ms << COUNTER_BITS
    highest = (beacon_ms + isolation_ms) << COUNTER_BITS
    return min(max(stamp, lowest), highest)


def next_stamp(physical_ms: int, high_water: int, floor_ms: int = BOOT_FLOOR_MS) -> int:
    """Gives the stamp of the next change.

    Where the machine's clock stands still the counter grows, and where the counter is full the
    stamp moves into the next millisecond: it never wraps and never repeats.

    Args:
        physical_ms: What the machine's clock says; anything at all.
        high_water: The highest stamp given or seen so far.
        floor_ms: A moment that has certainly passed: the boot floor or the newest beacon.

    Returns:
        A stamp above `high_water` and not before `floor_ms`.
    """
    physical = min(physical_ms, CEILING_MS) << COUNTER_BITS
    return max(physical, floor_ms << COUNTER_BITS, high_water + 1)


def _local_date(ms: int) -> date:
    """The date in UTC+8; outside the years 1 to 9999 the first or the last day of them."""
    ordinal = _EPOCH_ORDINAL + (ms + ZONE_MS) // DAY_MS
    return date.fromordinal(min(max(ordinal, date.min.toordinal()), date.max.toordinal()))


def day(ms: int) -> str:
    """The day of a moment in UTC+8, as `2026-11-22`."""
    return _local_date(ms).isoformat()


def month(ms: int) -> str:
    """The month of a moment in UTC+8, as `2026-11`."""
    return day(ms)[:7]


def xun(ms: int) -> str:
    """The 旬 of a moment in UTC+8: days 1-10 are 上, 11-20 中, the rest 下; as `2026-11上`."""
    local = day(ms)
    third = min((int(local[8:]) - 1) // 10, 2)
    return local[:7] + "上中下"[third]


def local(ms: int) -> str:
    """A moment in UTC+8 as people read it, `2026-11-22 14:30`; `parse_local` reads it back."""
    minutes = (ms + ZONE_MS) // 60_000 % 1440
    return f"{day(ms)} {minutes // 60:02}:{minutes % 60:02}"


def parse_local(text: str) -> int:
    """Reads a moment that a person typed in UTC+8.

    Args:
        text: `2026-11-22 14:30`; a `T` may stand for the blank, and full-width digits and colons
            are understood.

    Returns:
        Milliseconds since 1970 UTC.

    Raises:
        UsageError: The text has another form, or no such day or hour exists.
    """
    match = _MOMENT.fullmatch(unicodedata.normalize("NFKC", text).strip())
    if match is not None:
        try:
            year, month_number, day_number, hour, minute = map(int, match.groups())
            moment = datetime(year, month_number, day_number, hour, minute, tzinfo=UTC)
            return (moment - _EPOCH) // _MILLISECOND - ZONE_MS
        except ValueError:
            pass  # no such day or hour: told below like any other text that is no moment
    raise UsageError(
        f"'{text}' is not a moment.",
        hint="Write year-month-day hour:minute, as in 2026-11-22 14:30.",
    )
