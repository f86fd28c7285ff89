"""A meal is sold at a canteen that may be cut off: what it costs whom, and what the quota pays.

The quota pays only what this box holds a right to, by `rights.reserve`; without one the meal is
sold at the discount alone, and the keeper is told why. What was sold is recorded in any case: it is
the county that pays, and it looks at every record again.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from node.care import amendments, facilities, fields, moments, rows
from node.care.amendments import void
from node.care.canteen.reading import Diner, box, meals_of, rule_on, year_of
from node.care.canteen.tables import MEAL
from node.care.facts import writing
from node.care.meals.price import Price, price
from node.care.money import THOUSAND
from node.care.parameters.groups import Meals, band_of
from node.care.policy import BASELINE
from node.care.rights import Refusal, reserve
from node.errors import Refused, UsageError
from node.replica import Amend, Insert, Replica

_LISTS = BASELINE.lists
_OPEN = "open"


@dataclass(frozen=True)
class Sale:
    """What a till says of a meal.

    Attributes:
        id: The record; empty where nothing was recorded.
        price: Who pays which part.
        rate: Thousandths of the list price after the discount.
        left_fen: What this box may still spend of the person's quota afterwards.
        reason: Why the quota paid nothing, as a sentence; empty where it paid.
    """

    id: str
    price: Price
    rate: int
    left_fen: int
    reason: str


@dataclass(frozen=True)
class Order:
    """A meal as it is ordered.

    Attributes:
        diner: Who eats.
        facility: The canteen, a row of this node.
        served_on: The day, ISO.
        meal_time: Code of `meal_times`.
        list_fen: The list price.
        mode: Code of `meal_modes`; empty where it is not told.
        note: Free text.
    """

    diner: Diner
    facility: Mapping[str, Any]
    served_on: str
    meal_time: str
    list_fen: int
    mode: str = ""
    note: str = ""


def order(
    replica: Replica,
    who: Diner,
    facility_id: str,
    meal_time: str,
    list_fen: int,
    *,
    on: str = "",
    mode: str = "",
    note: str = "",
) -> Order:
    """An order of what was typed.

    Raises:
        UsageError: A field does not fit, or the canteen is not known here.
        Refused: The canteen has closed.
    """
    facility = rows.find(replica, facilities.FACILITY, facility_id)
    if facility["status"] in facilities.CLOSED:
        raise Refused(
            f"{facility['name']} is closed since {facility['closed_on']}, and sells no meals.",
            hint="If it is open again: linli facility reopen",
        )
    day = fields.date("served_on", on) if on else moments.today(replica)
    known = moments.known_today(replica)
    if known and day > known:
        raise fields.refused("served_on", day, f"lies in the future: today is {known}", "Check it.")
    return Order(
        who, facility, day, _LISTS.meal_times.code("meal_time", meal_time), list_fen,
        _LISTS.meal_modes.code("mode", mode) if mode else "", note,
    )  # fmt: skip


def quoted(replica: Replica, one: Order) -> Sale:
    """What a meal would cost now; nothing is written.

    Raises:
        UsageError: The price is none, or no policy pack is known.
        Refused: The county has no rule of meals on this day.
    """
    rule, _ = rule_on(replica, one.served_on, one.diner.home)
    on, age = year_of(one.served_on), one.diner.age(one.served_on)
    twin = _earlier(replica, one)
    mine = box(replica, one.diner.id, on)
    barred = _barred(replica) or _empty(mine.left_fen)
    left = 0 if barred else mine.left_fen
    found = price(one.list_fen, age, rule, left, first=twin is None)
    if isinstance(found, Refusal):
        raise UsageError(found.reason, hint="Give the list price in yuan: --price 15")
    reason = "" if found.quota_fen else barred
    if found.quota_fen:
        after = reserve(mine, "", 0, found.quota_fen)
        assert not isinstance(after, Refusal), "no more is taken than is left"
        left = after.left_fen
    if twin is not None and rule.one_per_meal:
        return Sale(
            "", found, THOUSAND, left,
            f"This meal time was sold to this person already on that day: {twin['id']}.",
        )  # fmt: skip
    return Sale("", found, _rate(age, rule), left, reason)


def rate_on(replica: Replica, who: Diner, day: str) -> int:
    """Thousandths of the list price that a person pays on a day.

    Raises:
        UsageError: No policy pack is known.
        Refused: The county has no rule of meals on this day.
    """
    rule, _ = rule_on(replica, day, who.home)
    return _rate(who.age(day), rule)


def _rate(age: int | None, rule: Meals) -> int:
    band = None if age is None else band_of(rule.discounts, age)
    return min(band.value, THOUSAND) if band is not None else THOUSAND


def _barred(replica: Replica) -> str:
    """Why this box may spend nothing, whatever it was granted; empty where it may."""
    if replica.rolled_back:
        return (
            "The database of this box was put back to an earlier state: the quota is used again"
            " after the next exchange."
        )
    if replica.author in replica.frozen():
        return (
            "This box was restored from a backup or copied: the quota is used again when the county"
            " has looked."
        )
    return ""


def _empty(left_fen: int) -> str:
    if left_fen > 0:
        return ""
    return "This box has no right left to spend from this person's quota: the discount alone holds."


def _earlier(replica: Replica, one: Order) -> dict[str, Any] | None:
    """A meal of the same meal time that is known here."""
    for row in meals_of(replica, one.diner.id, year_of(one.served_on)):
        same = (row["served_on"], row["meal_time"]) == (one.served_on, one.meal_time)
        if same and not void(row):
            return row
    return None


def sell(replica: Replica, one: Order, *, user: str, reason: str = "") -> Sale:
    """Records a meal in the partition of the village where the person lives.

    Args:
        replica: This node, one that stands at the canteen's village or above.
        one: What was ordered.
        user: Who sells.
        reason: For a late entry, a reason of the list `entry_reasons`.

    Raises:
        UsageError: A value does not fit, or no policy pack is known.
        Refused: The canteen is not of this place, or the county has no rule of meals.
    """
    place = one.facility["division#"]
    if not replica.tree.covers(replica.division, place):
        raise Refused(
            f"{one.facility['name']} is a canteen of {replica.tree.called(place)}, and this node"
            f" stands at {replica.tree.called(replica.division)}.",
            reason="NOT_AUTHORISED",
            hint="Sell it at the till of that canteen.",
        )
    code = _entry_reason(reason)
    found = quoted(replica, one)
    checked = MEAL.check(_values(replica, one, found))
    written = replica.write(one.diner.home, [Insert(MEAL.name, checked)], user=user, reason=code)
    return Sale(written.ids[0], found.price, found.rate, found.left_fen, found.reason)


def _entry_reason(reason: str) -> str | None:
    return _LISTS.entry_reasons.code("reason", reason) if reason else None


def _values(replica: Replica, one: Order, found: Sale) -> dict[str, Any]:
    _, version = rule_on(replica, one.served_on, one.diner.home)
    return {
        "person": one.diner.id,
        "facility": one.facility["id"],
        "served_on": one.served_on,
        "meal_time": one.meal_time,
        "mode": one.mode or None,
        "policy": version,
        "note": one.note or None,
        "rate": found.rate,
        **_parts(found.price),
    }


def _parts(found: Price) -> dict[str, int]:
    return {
        "list_fen": found.list_fen,
        "merchant_fen": found.merchant_fen,
        "discount_fen": found.discount_fen,
        "quota_fen": found.quota_fen,
        "self_pay_fen": found.self_pay_fen,
    }


def correct(
    replica: Replica, who: Diner, row: Mapping[str, Any], changes: Mapping[str, Any], reason: str,
    *, user: str,
) -> None:  # fmt: skip
    """Corrects a meal: the day, the meal time, how it was served, or the price with all its parts.

    The quota pays no more than it did, whatever the new price: what is not reserved here is paid
    by the person.

    Args:
        replica: This node.
        who: The person.
        row: The meal, a row of this node.
        changes: `served_on`, `meal_time`, `mode`, `list_fen` or `note`, as typed.
        reason: A reason of the list `entry_reasons`.
        user: Who corrects.

    Raises:
        UsageError: A value does not fit, or the reason is not in the list.
        Refused: The meal is void.
    """
    whole = {**amendments.corrected(MEAL.table, row), **changes}
    day = fields.date("served_on", whole["served_on"])
    if year_of(day) != year_of(row["served_on"]):
        raise fields.refused(
            "served_on", day, "lies in another year, whose quota is another",
            "Void the meal and sell it anew.",
        )  # fmt: skip
    parts: dict[str, Any] = {}
    if {"served_on", "list_fen"} & changes.keys():
        rule, version = rule_on(replica, day, who.home)
        full = whole["rate"] == THOUSAND
        age = None if full else who.age(day)
        found = price(whole["list_fen"], age, rule, whole["quota_fen"])
        if isinstance(found, Refusal):
            raise UsageError(found.reason, hint="Give the list price in yuan: --price 15")
        rate = THOUSAND if full else _rate(age, rule)
        parts = {**_parts(found), "rate": rate, "policy": version}
    writing.correct(replica, MEAL, row["id"], {**changes, **parts}, reason, user=user)


def strike(replica: Replica, row: Mapping[str, Any], reason: str, *, user: str) -> None:
    """Voids a meal; what it reserved may be spent again, unless the county has settled it.

    Raises:
        UsageError: The reason is not in the list.
    """
    code = _LISTS.entry_reasons.code("reason", reason)
    replica.write(row["division#"], [Amend(MEAL.name, row["id"], {"void": code})], user=user)
