"""A value with the days and the divisions for which it holds.

Standards rise, and a rule is tried in three townships before it holds everywhere (requirements
HC-11, HC-33). So a pack states each group of numbers as a list of entries, of which at most one
holds on any day at any place; one that overlaps another is refused when the pack is read.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Generic, TypeVar

from node.errors import UsageError

FIRST_DAY = "0001-01-01"
LAST_DAY = "9999-12-31"

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Entry(Generic[T]):
    """A value and where and when it holds.

    Attributes:
        value: What holds.
        since: The first day, as ISO date.
        until: The last day, as ISO date.
        divisions: The statistical codes of the divisions for which it holds, they and what lies
            below them; empty: the whole county.
    """

    value: T
    since: str = FIRST_DAY
    until: str = LAST_DAY
    divisions: tuple[str, ...] = ()

    def holds(self, day: str, code: str = "") -> bool:
        """Whether it holds on a day, ISO date, in the division of a statistical code."""
        return self.since <= day <= self.until and (
            not self.divisions or any(code.startswith(one) for one in self.divisions)
        )

    def overlaps(self, other: Entry[T]) -> bool:
        """Whether there is a day and a place at which both hold."""
        apart = self.until < other.since or other.until < self.since
        return not apart and (
            not self.divisions
            or not other.divisions
            or any(
                one.startswith(two) or two.startswith(one)
                for one in self.divisions
                for two in other.divisions
            )
        )


@dataclass(frozen=True, slots=True)
class Dated(Generic[T]):
    """The entries of one group, in the order in which they begin; none overlaps another.

    Attributes:
        name: The group's key in the pack, for messages.
        entries: What holds when and where.
    """

    name: str
    entries: tuple[Entry[T], ...] = ()

    def on(self, day: str, code: str = "") -> T | None:
        """What holds on a day in a division, or None where the county has set nothing.

        Args:
            day: ISO date.
            code: The division's statistical code; empty: only what holds for the whole county.
        """
        return next((entry.value for entry in self.entries if entry.holds(day, code)), None)

    def needed(self, day: str, code: str = "") -> T:
        """What holds on a day in a division.

        Raises:
            UsageError: The pack sets nothing for it.
        """
        value = self.on(day, code)
        if value is None:
            place = f" in division {code}" if code else ""
            raise UsageError(
                f"The policy pack sets no [[{self.name}]] for {day}{place}.",
                hint="The county adds an entry that holds on that day: linli policy check FILE",
            )
        return value

    def overlapping(self) -> tuple[int, int] | None:
        """The places of two entries that hold on one day at one place, or None."""
        for place, entry in enumerate(self.entries):
            for later, other in enumerate(self.entries[place + 1 :], start=place + 1):
                if entry.overlaps(other):
                    return place, later
        return None

    def __iter__(self) -> Iterator[Entry[T]]:
        return iter(self.entries)

    def __bool__(self) -> bool:
        return bool(self.entries)
