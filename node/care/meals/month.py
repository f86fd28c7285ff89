"""What becomes of each meal when the county settles a month: paid, over, second, waiting or void.

A canteen gave something away on the government's account: a share of the discount, and what it took
from the quota. What of it the county does not pay is *over*: the canteen bears it, and it is never
asked of the elder. A meal that was settled and is voided or lowered afterwards is taken back; what
was taken back is free for the person again, since the county's budget grows by just that.

Everything here is whole amounts, not changes: the same records and the same book give the same.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace
from typing import NamedTuple

from node.care.meals.price import Price, price
from node.care.meals.quota import Meal, flagged
from node.care.meals.settling import settle_meals
from node.care.parameters.groups import Meals
from node.care.rights import RESERVED, County

PAID, OVER, SECOND, WAITS, VOID = "paid", "over", "second", "waits", "void"
"""What became of a meal; one that is `over` may be paid in part."""

STANDS = frozenset({PAID, OVER})
"""What was told of a meal that goes on standing for its meal time."""


class Record(NamedTuple):
    """A meal as it stands in the ledger, and what of it may be asked of the government.

    Attributes:
        meal: The meal; `fen` is what its canteen took from the quota.
        discount_fen: What its canteen gave of the discount on the government's account.
        void: Whether it counts for nothing.
        quota_max_fen: What may be taken from the quota at most.
        discount_max_fen: What the government owes of the discount at most.
        reason: Why these are less than what was taken, as a sentence.
    """

    meal: Meal
    discount_fen: int
    void: bool
    quota_max_fen: int
    discount_max_fen: int
    reason: str = ""


class Told(NamedTuple):
    """What the county says of a meal, whole amounts, fen.

    Attributes:
        id: The meal.
        discount_fen: What the government pays of the discount.
        quota_fen: What the quota pays.
        over_fen: What the canteen gave away and bears itself.
        state: One of the words above.
        reason: Why, as a sentence; empty where all is paid.
    """

    id: str
    discount_fen: int
    quota_fen: int
    over_fen: int
    state: str
    reason: str = ""

    @property
    def pays_fen(self) -> int:
        """What the county pays the canteen."""
        return self.discount_fen + self.quota_fen


class Owed(NamedTuple):
    """What may be asked of the government for a meal at most, fen, and why it is not more."""

    quota_fen: int
    discount_fen: int
    reason: str = ""


def owed(
    list_fen: int, discount_fen: int, quota_fen: int, age: int | None, meals: Meals | None
) -> Owed:
    """What may be asked of the government for a meal at most.

    Args:
        list_fen: The list price.
        discount_fen: What was given of the discount on the government's account.
        quota_fen: What was taken from the quota.
        age: On the day of the meal; None where it is not known.
        meals: The county's rule of that day; None where it has none.
    """
    found = price(list_fen, age, meals, max(quota_fen, 0)) if meals is not None else None
    if not isinstance(found, Price):
        return Owed(0, 0, "The county pays for no meals on this day at this price.")
    quota, discount = min(max(quota_fen, 0), found.quota_fen), max(discount_fen, 0)
    least = min(discount, found.discount_fen)
    if (quota, least) == (quota_fen, discount_fen):
        return Owed(quota, least)
    return Owed(
        quota, least, "More was taken than the price after the discount of this age allows."
    )


def settle_month(
    county: County,
    records: Iterable[Record],
    quota_fen: int,
    before: Mapping[str, Told],
    frozen: Collection[str] = (),
    *,
    one_per_meal: bool = True,
) -> tuple[County, tuple[Told, ...]]:
    """Settles the meals of one person and year up to some day.

    Args:
        county: The county's book of this person and year; its budget is set here.
        records: All meals up to that day, settled or not, in any order.
        quota_fen: The person's quota of the year; 0 for who is not entitled.
        before: What was told of them in the months before, whole.
        frozen: The authors whose feeds branched and at which the county has not looked.
        one_per_meal: Whether one meal a meal time is paid for.

    Returns:
        The book afterwards, and what is to be told of each meal, by its id.
    """
    by_id = {record.meal.id: record for record in records}
    gross = _settled(county)
    freed = sum(fen - before[id_].quota_fen for id_, fen in gross.items() if id_ in before)
    county = replace(county, budget_fen=quota_fen + freed)
    meals = [_asked(one, gross) for one in by_id.values() if not one.void or one.meal.id in gross]
    stands = {id_ for id_, told in before.items() if told.state in STANDS}
    outcome = settle_meals(
        county, meals, dict.fromkeys((meal.person for meal in meals), quota_fen + freed), frozen,
        one_per_meal=one_per_meal, told=stands,
    )  # fmt: skip
    seconds = flagged(meals, stands) if one_per_meal else {}
    settled, lines = _settled(outcome.county), {line.id: line for line in outcome.lines}
    told = []
    for id_ in sorted(by_id):
        record, line = by_id[id_], lines.get(id_)
        reason = line.reason if line is not None else ""
        late = line is not None and line.fen > 0 and id_ not in settled
        held = late or (record.meal.lineage.author in frozen and id_ not in before)
        most = settled.get(id_, 0)
        if id_ in gross and id_ in before:
            # What was taken back may be another's by now: a correction does not bring it again.
            most = min(most, before[id_].quota_fen)
        told.append(_told(record, most, reason, held=held, second=id_ in seconds))
    return outcome.county, tuple(told)


def _asked(record: Record, gross: Mapping[str, int]) -> Meal:
    """A meal with what it may take of the quota; a void one competes with no other."""
    meal = record.meal
    if record.void:
        return meal._replace(fen=gross[meal.id], meal_time=meal.id)
    return meal._replace(fen=gross.get(meal.id, min(meal.fen, record.quota_max_fen)))


def _told(record: Record, settled_fen: int, reason: str, *, held: bool, second: bool) -> Told:
    """What is said of a meal after the settling."""
    meal = record.meal
    if record.void:
        return Told(meal.id, 0, 0, 0, VOID, "The record of the meal was voided.")
    if held:
        if reason:
            return Told(meal.id, 0, 0, 0, WAITS, reason)
        return Told(
            meal.id, 0, 0, 0, WAITS,
            "The box that recorded the meal was restored from a backup or copied: it waits until"
            " the county has looked.",
        )  # fmt: skip
    quota = min(settled_fen, meal.fen, record.quota_max_fen)
    discount = 0 if second else min(record.discount_fen, record.discount_max_fen)
    over = max(meal.fen, 0) + max(record.discount_fen, 0) - quota - discount
    if second:
        return Told(meal.id, discount, quota, over, SECOND, reason)
    if over:
        if record.reason or reason:
            return Told(meal.id, discount, quota, over, OVER, record.reason or reason)
        return Told(
            meal.id, discount, quota, over, OVER,
            "Less was paid than the canteen gave away: an earlier month had settled it otherwise.",
        )  # fmt: skip
    return Told(meal.id, discount, quota, 0, PAID)


def _settled(county: County) -> dict[str, int]:
    """What the book has settled, by meal, fen."""
    return {
        id_: fen
        for account in county.accounts
        for id_, (kind, fen) in account.answered.items()
        if kind == RESERVED
    }
