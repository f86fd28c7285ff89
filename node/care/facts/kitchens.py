"""Kitchens: what a canteen may cook by, which kitchen feeds a meal point, and what is asked about.

A record holds from its day until the next one of the same facility. The functions say what somebody
should look at on a day; they are pure, and what they are given may lie in any order.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NamedTuple

from node.care.facts.declaring import FactKind, day, hidden, note, number, ref, text
from node.care.facts.premises import crowded
from node.errors import UsageError
from node.schema import Channel

LICENCE, FEEDING, CROWDED, SHORT = "licence", "kitchen", "crowded", "short"
"""What is asked about: a licence that lacks or has ended, a point without one active kitchen, more
diners than seats, and points that served more than their kitchen sent."""

_CANTEEN, _POINT, _ACTIVE = "CT", "ZP", "open"

Row = Mapping[str, Any]


def _check_feeding(values: Mapping[str, Any]) -> None:
    """No place feeds itself."""
    if values["kitchen"] and values["kitchen"] == values["facility"]:
        raise UsageError(
            "A meal point is fed by another place, and itself is named.",
            hint="Name the canteen that cooks for it; a canteen names none.",
        )


KITCHEN = FactKind(
    "kitchen",
    "facility",
    "kitchen",
    "厨房信息",
    meaning="the licence of a canteen, or which kitchen feeds a meal point, from a day on",
    does="Records a canteen's licence, or which kitchen feeds a point, and prints the id.",
    about="Licences of canteens, and which kitchen feeds which meal point.",
    example="南大街幸福食堂 --since 2026-01-01 --licence-no JY24307820001234"
    " --licence-until 2030-12-31 --sittings 2 --open-kitchen 1",
    fields=(
        ref("facility", "facility", "设施", "Id, part of an id, or name."),
        day("since", "开始日期", "From which day on it holds.", required=True),
        ref("kitchen", "facility", "供餐食堂", "Of a meal point: who cooks.", required=False),
        hidden(text("licence_no", "许可证号", "Number of the licence.")),
        day("licence_until", "许可证有效期至", "Its last day."),
        hidden(number("sittings", "每餐轮次", "How often a seat is taken in a meal time.", 1, 20)),
        hidden(
            number("open_kitchen", "明厨亮灶", "1 where diners can see the kitchen, else 0.", 0, 1)
        ),
        note(),
    ),
    channel=Channel.REGISTRY,
    judge=_check_feeding,
)

KINDS = (KITCHEN,)


class Question(NamedTuple):
    """Something that somebody should look at.

    Attributes:
        facility: Where.
        code: One of the words above.
        what: The facts: a day, a name, numbers.
    """

    facility: str
    code: str
    what: str


def kitchens_on(kitchens: Iterable[Row], on: str) -> dict[str, Row]:
    """By facility the record that holds on a day: the last that began, of two of one day the later.

    So a meal point has one kitchen or none, never two (ZS-26).
    """
    found: dict[str, Row] = {}
    for row in sorted(kitchens, key=lambda row: (row["since"], str(row["id"]))):
        if row["since"] <= on:
            found[row["facility"]] = row
    return found


def questions(
    kitchens: Iterable[Row], meal_days: Iterable[Row], facilities: Mapping[str, Row], on: str
) -> list[Question]:
    """What is asked about on a day, by facility (HC-24, ZS-26).

    Args:
        kitchens: Facts of `kitchen`.
        meal_days: Facts of `meal_day`.
        facilities: Facilities by id.
        on: ISO date.
    """
    holding = kitchens_on(kitchens, on)
    days = [row for row in meal_days if row["served_on"] == on]
    found = [*_licences(holding, facilities, on), *_unfed(holding, facilities)]
    for row in days:
        known = holding.get(row["facility"])
        sittings = (known["sittings"] if known else None) or 1
        if crowded([row], facilities, sittings):
            seats = facilities[row["facility"]]["seats"]
            found.append(
                Question(row["facility"], CROWDED, f"{row['diners']} > {seats}×{sittings}")
            )
    return sorted({*found, *_short(holding, days)})


def _licences(
    holding: Mapping[str, Row], facilities: Mapping[str, Row], on: str
) -> Iterator[Question]:
    for id_, facility in facilities.items():
        if facility["kind"] == _CANTEEN and facility["status"] == _ACTIVE:
            until = (holding[id_]["licence_until"] if id_ in holding else None) or ""
            if until < on:
                yield Question(id_, LICENCE, until)


def _unfed(holding: Mapping[str, Row], facilities: Mapping[str, Row]) -> Iterator[Question]:
    for id_, facility in facilities.items():
        if facility["kind"] == _POINT and facility["status"] == _ACTIVE:
            named = (holding[id_]["kitchen"] if id_ in holding else None) or ""
            cooks = facilities.get(named)
            if cooks is None or cooks["kind"] != _CANTEEN or cooks["status"] != _ACTIVE:
                yield Question(id_, FEEDING, cooks["name"] if cooks else "")


def _short(holding: Mapping[str, Row], days: Iterable[Row]) -> Iterator[Question]:
    sent: dict[tuple[str, str], int] = defaultdict(int)
    served: dict[tuple[str, str], int] = defaultdict(int)
    for row in days:
        fed_by = holding[row["facility"]]["kitchen"] if row["facility"] in holding else None
        if fed_by:
            served[fed_by, row["meal"]] += row["diners"]
        elif row["delivered"] is not None:
            sent[row["facility"], row["meal"]] += row["delivered"]
    for key, diners in served.items():
        if key in sent and diners > sent[key]:
            yield Question(key[0], SHORT, f"{diners} > {sent[key]}")
