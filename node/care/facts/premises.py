"""What happens at a facility: inspections, evaluations, menus, meals and activities.

All of it is public and travels in the registry lane, so that whoever looks for a meal or a bed
knows what was found there. The functions below say what the facts amount to; they are pure, and
what they are given may lie in any order.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from node.care import fields
from node.care.facts.declaring import (
    FactKind,
    code,
    day,
    hidden,
    money,
    note,
    number,
    ref,
    several,
    text,
)
from node.care.policy import BASELINE
from node.errors import UsageError
from node.schema import Channel

_LISTS = BASELINE.lists
_FACILITY = ref("facility", "facility", "设施", "Id, part of an id, or name.")
_SCORE_MAX = 100
PHOTOGRAPHED = frozenset({"STSY"})
"""The codes of `inspection_templates` of which a failure has a photo (ZS-12)."""


def _check_items(values: Mapping[str, Any]) -> None:
    """What passed belongs to the checklist, and what failed has a photo where one is asked for."""
    template = values["template"]
    passed = set((values["passed"] or "").split(","))
    lacking = [one for one in items_of(template) if one not in passed]
    if template in PHOTOGRAPHED and lacking and not values["photos"]:
        names = ", ".join(map(_LISTS.inspection_items.title, lacking))
        raise UsageError(
            f"Not in order, and no photo shows it: {names}.",
            hint="Name the photos with --photos, or what was in order with --passed.",
        )
    known = ", ".join(map(_LISTS.inspection_items.title, items_of(template)))
    for item in filter(None, (values["passed"] or "").split(",")):
        if item not in items_of(template):
            raise fields.refused(
                "passed",
                _LISTS.inspection_items.title(item),
                f"is no item of {_LISTS.inspection_templates.title(template)}",
                f"Its items are: {known}.",
            )


INSPECTION = FactKind(
    "facility_inspection",
    "facility",
    "inspection",
    "设施检查",
    meaning="one inspection of a facility by a checklist",
    does="Records an inspection of a facility and prints the id.",
    about="Inspections of facilities by a checklist.",
    example="王家院敬老院 --template 三通四有 --inspected-on 2026-11-03 --passed 通宽带,有水,有电"
    " --photos 照片12-15",
    fields=(
        _FACILITY,
        code(
            "template",
            _LISTS.inspection_templates,
            "检查表",
            "Such as 三通四有 or 三专五有.",
            required=True,
        ),
        day("inspected_on", "检查日期", "Such as 2026-11-03.", required=True),
        several(
            "passed",
            _LISTS.inspection_items,
            "达标项目",
            "The items that were in order, with commas.",
        ),
        text("inspector", "检查人", "Who inspected."),
        hidden(
            text(
                "photos",
                "照片",
                "Which photos show what was not in order.",
                characters_max=fields.ADDRESS_CHARACTERS_MAX,
            )
        ),
        note(),
    ),
    channel=Channel.REGISTRY,
    writer="township",
    judge=_check_items,
)

EVALUATION = FactKind(
    "facility_evaluation",
    "facility",
    "evaluation",
    "运营评价",
    meaning="what a township found about a year of a facility's operation",
    does="Records the yearly evaluation of a facility and prints the id.",
    about="Yearly evaluations of those who run a facility.",
    example="南大街幸福食堂 --year 2026 --score 86",
    fields=(
        _FACILITY,
        number("year", "年度", "The year that is judged.", 2000, 2100, required=True),
        number("score", "得分", "From 0 to 100.", 0, _SCORE_MAX, required=True),
        note(),
    ),
    channel=Channel.REGISTRY,
    writer="township",
)

MENU = FactKind(
    "menu",
    "facility",
    "menu",
    "菜单",
    meaning="what a canteen cooks on one day",
    does="Records what a canteen cooks on a day and prints the id.",
    about="Menus of canteens.",
    example="南大街幸福食堂 --served-on 2026-11-03 --dishes 辣椒炒肉,西红柿炒蛋,汤 --price 15",
    fields=(
        _FACILITY,
        day("served_on", "日期", "Such as 2026-11-03.", required=True),
        text(
            "dishes",
            "菜品",
            "With commas.",
            required=True,
            characters_max=fields.ADDRESS_CHARACTERS_MAX,
        ),
        money("price_fen", "价格(元)", "What a meal costs, in yuan.", required=True),
        number("sample_hours", "食品留样(小时)", "How long samples of it are kept.", 0, 1_000),
    ),
    channel=Channel.REGISTRY,
)


def _check_portions(values: Mapping[str, Any]) -> None:
    """No more goes out than was cooked (ZS-26)."""
    cooked, delivered = values["cooked"], values["delivered"] or 0
    if cooked is not None and delivered > cooked:
        raise fields.refused(
            "delivered",
            delivered,
            f"is more than the {cooked} portions that were cooked",
            "Check both numbers.",
        )


MEALS = FactKind(
    "meal_day",
    "facility",
    "meal-day",
    "供餐日报",
    meaning="how many ate at one meal time of a canteen",
    does="Records one meal time of a canteen and prints the id.",
    about="Meal times of canteens: who came, what was cooked and what went out.",
    example="南大街幸福食堂 --served-on 2026-11-03 --meal 午餐 --diners 42 --cooked 60",
    fields=(
        _FACILITY,
        day("served_on", "日期", "Such as 2026-11-03.", required=True),
        code("meal", _LISTS.meal_times, "餐次", "早餐, 午餐 or 晚餐.", required=True),
        number("diners", "堂食人数", "How many ate there.", 0, 100_000, required=True),
        number("cooked", "制作份数", "How many portions were cooked.", 0, 100_000),
        number("delivered", "送出份数", "How many portions went out.", 0, 100_000),
        note(),
    ),
    channel=Channel.REGISTRY,
    judge=_check_portions,
)

ACTIVITY = FactKind(
    "activity",
    "facility",
    "activity",
    "活动",
    meaning="one activity at a facility",
    does="Records an activity at a facility and prints the id.",
    about="Activities at facilities, with how many came.",
    example="王家院老年之家 --held-on 2026-11-03 --kind 文娱 --attendees 23 --leader 李秀英",
    fields=(
        _FACILITY,
        day("held_on", "日期", "Such as 2026-11-03.", required=True),
        code("kind", _LISTS.activity_kinds, "活动类别", "Such as 文娱 or 健康讲座.", required=True),
        number("attendees", "参加人数", "How many came.", 0, 100_000, required=True),
        text("leader", "组织者", "Who led it."),
        note(),
    ),
    channel=Channel.REGISTRY,
)

KINDS = (INSPECTION, EVALUATION, MENU, MEALS, ACTIVITY)


# --- what the facts amount to --------------------------------------------------------------------


def items_of(template: str) -> tuple[str, ...]:
    """The items of a checklist: those whose code begins with its code."""
    return tuple(item for item in _LISTS.inspection_items if item.startswith(template))


@dataclass(frozen=True)
class Compliance:
    """What the last inspection of a facility by one checklist found.

    Attributes:
        inspected_on: When, ISO date.
        lacking: The items that were not in order.
    """

    inspected_on: str
    lacking: tuple[str, ...]

    @property
    def compliant(self) -> bool:
        """Whether every item was in order (ZS-12, QZ-03, QZ-04)."""
        return not self.lacking


def compliance(inspections: Iterable[Mapping[str, Any]], template: str) -> dict[str, Compliance]:
    """By facility what its last inspection found; two of one day count as one, the worse of both.

    Args:
        inspections: Facts of `facility_inspection`, of any checklist and in any order.
        template: The checklist.
    """
    found: dict[str, Compliance] = {}
    for row in inspections:
        if row["template"] != template:
            continue
        passed = set((row["passed"] or "").split(","))
        lacking = tuple(item for item in items_of(template) if item not in passed)
        known = found.get(row["facility"])
        if known is None or row["inspected_on"] > known.inspected_on:
            found[row["facility"]] = Compliance(row["inspected_on"], lacking)
        elif row["inspected_on"] == known.inspected_on:
            both = {*known.lacking, *lacking}
            ordered = tuple(item for item in items_of(template) if item in both)
            found[row["facility"]] = Compliance(known.inspected_on, ordered)
    return found


def evaluated(
    evaluations: Iterable[Mapping[str, Any]], year: int, score_min: int
) -> dict[str, bool]:
    """By facility whether it passed a year; of several evaluations the lowest counts (HC-26)."""
    lowest: dict[str, int] = {}
    for row in evaluations:
        if row["year"] == year:
            lowest[row["facility"]] = min(row["score"], lowest.get(row["facility"], _SCORE_MAX))
    return {facility: score >= score_min for facility, score in lowest.items()}


def crowded(
    meals: Iterable[Mapping[str, Any]], facilities: Mapping[str, Mapping[str, Any]], sittings: int
) -> list[Mapping[str, Any]]:
    """The meal times with more diners than the seats allow, to be asked about (HC-24).

    Args:
        meals: Facts of `meal_day`.
        facilities: Facilities by id; one without seats is not judged.
        sittings: How often a seat is taken in one meal time.
    """
    asked = []
    for row in meals:
        seats = (facilities.get(row["facility"]) or {}).get("seats")
        if seats and row["diners"] > seats * sittings:
            asked.append(row)
    return sorted(asked, key=lambda row: (row["served_on"], row["id"]))


def menu_of(menus: Iterable[Mapping[str, Any]], facility: str, on: str) -> Mapping[str, Any]:
    """The menu of a canteen on a day; of several the last.

    Raises:
        UsageError: None was recorded.
    """
    known = [row for row in menus if (row["facility"], row["served_on"]) == (facility, on)]
    if not known:
        raise UsageError(
            f"No menu of this canteen is known for {on}.",
            hint="Record one: linli facility menu add",
        )
    return max(known, key=lambda row: str(row["id"]))
