"""One subsidised meal a meal time, and the quota of a year: functions of the set of records.

No node can say which record *arrived* first, so none asks. Of two meals of one person, day and meal
time the earlier by (time, id) stands, and the later is flagged. A year's quota pays meals in the
same order, after those that the county has settled: these are paid, whatever else turns up. So any
two nodes that hold the same records and the same settlements show the same, in whatever order they
came, and an overspend is shown once.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import NamedTuple

from node.care.money import yuan
from node.care.rights import Lineage
from node.clock import day

_NOTHING: Mapping[str, int] = MappingProxyType({})


class Meal(NamedTuple):
    """A meal that took something from a quota or was sold at a discount, as a canteen recorded it.

    Attributes:
        at_ms: When it was recorded, milliseconds UTC; from the clamped stamp, so that no wrong
            clock wins.
        id: The row's id.
        person: Who ate.
        facility: Where.
        meal_time: Which of the day.
        fen: What it takes from the person's quota; 0 where it had the discount alone.
        lineage: Whose rights it is reserved against.
        number: The number of the change in the author's feed.
        served_on: The day of the meal, where it was recorded later; empty: that of `at_ms`.
    """

    at_ms: int
    id: str
    person: str
    facility: str
    meal_time: str
    fen: int
    lineage: Lineage
    number: int
    served_on: str = ""

    @property
    def day(self) -> str:
        """The day of the meal, ISO."""
        return self.served_on or day(self.at_ms)


class Line(NamedTuple):
    """What becomes of one meal.

    Attributes:
        id: The meal.
        facility: Where.
        day: When.
        fen: What the quota pays of it.
        over_fen: What it took beyond that; the facility bears it.
        reason: Why, as a sentence; empty where nothing is over and nothing flagged.
    """

    id: str
    facility: str
    day: str
    fen: int
    over_fen: int
    reason: str


@dataclass(frozen=True)
class Year:
    """A person's quota of a year and what became of it.

    Attributes:
        quota_fen: How much it is.
        lines: Every meal, by time and id.
    """

    quota_fen: int
    lines: tuple[Line, ...]

    @property
    def paid_fen(self) -> int:
        """What the quota pays, settled or still to be."""
        return sum(line.fen for line in self.lines)

    @property
    def over_fen(self) -> int:
        """What was taken beyond it, by all canteens together."""
        return sum(line.over_fen for line in self.lines)

    @property
    def left_fen(self) -> int:
        """What is left; never below zero."""
        return max(self.quota_fen - self.paid_fen, 0)


def in_order(meals: Iterable[Meal]) -> list[Meal]:
    """Every meal once, by time and id."""
    by_id: dict[str, Meal] = {}
    for meal in sorted(meals, reverse=True):
        by_id[meal.id] = meal
    return sorted(by_id.values())


def flagged(meals: Iterable[Meal], told: Collection[str] = ()) -> dict[str, str]:
    """The meals that are not the first of their person, day and meal time, and why not.

    Args:
        meals: The meals, in any order.
        told: The meals of which the county has said in a closed month that they stand: they go on
            standing, whatever turns up that was recorded before them.
    """
    first: dict[tuple[str, str, str], Meal] = {}
    flags: dict[str, str] = {}
    for meal in sorted(in_order(meals), key=lambda one: one.id not in told):
        stands = first.setdefault((meal.person, meal.day, meal.meal_time), meal)
        if stands.id != meal.id:
            flags[meal.id] = (
                f"Another meal of the same meal time on {meal.day} came first: {stands.id}."
            )
    return flags


def year(
    meals: Iterable[Meal],
    quota_fen: int,
    settled: Mapping[str, int] = _NOTHING,
    *,
    one_per_meal: bool = True,
    told: Collection[str] = (),
) -> Year:
    """What a quota pays of the meals of one person in one year.

    Args:
        meals: The meals, in any order, each however often.
        quota_fen: The quota; 0 for who is not entitled.
        settled: What the county has settled of some of them, fen.
        one_per_meal: Whether one meal a meal time is paid for.
        told: As for `flagged`.
    """
    ordered = in_order(meals)
    flags = flagged(ordered, told) if one_per_meal else {}
    left = quota_fen - sum(settled.get(meal.id, 0) for meal in ordered)
    lines = []
    for meal in ordered:
        reason = flags.get(meal.id, "")
        fen = settled.get(meal.id)
        if fen is None:
            fen = 0 if reason else min(max(left, 0), meal.fen)
            left -= fen
        over = max(meal.fen - fen, 0)
        if over and not reason:
            reason = (
                f"Of the {yuan(quota_fen)} yuan of the year {yuan(fen)} were left for it:"
                f" {yuan(over)} yuan are borne by the canteen."
            )
        lines.append(Line(meal.id, meal.facility, meal.day, fen, over, reason))
    return Year(quota_fen, tuple(lines))
