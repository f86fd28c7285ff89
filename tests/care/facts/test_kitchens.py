"""What is asked about canteens: licences, the kitchens of meal points, seats, portions."""

from __future__ import annotations

from typing import Any

import pytest

from node.care.facts.kitchens import (
    CROWDED,
    FEEDING,
    KITCHEN,
    LICENCE,
    SHORT,
    kitchens_on,
    questions,
)
from node.errors import UsageError

ON = "2026-11-03"
PLACES: dict[str, dict[str, Any]] = {
    "a": {"name": "幸福食堂", "kind": "CT", "status": "open", "seats": 20},
    "b": {"name": "东关食堂", "kind": "CT", "status": "closed", "seats": None},
    "p": {"name": "助餐点", "kind": "ZP", "status": "open", "seats": None},
}


def held(facility: str, since: str = "2026-01-01", id_: str = "1", **more: Any) -> dict[str, Any]:
    empty = {"kitchen": None, "licence_until": None, "sittings": None}
    return {"id": id_, "facility": facility, "since": since, **empty, **more}


def served(facility: str, diners: int, **more: Any) -> dict[str, Any]:
    return {"id": facility, "facility": facility, "served_on": ON, "meal": "WU", "diners": diners,
            "delivered": None, **more}  # fmt: skip


def codes(kitchens: list[dict[str, Any]], days: list[dict[str, Any]]) -> list[tuple[str, str]]:
    found = questions(kitchens, days, PLACES, ON)
    assert found == questions(kitchens[::-1], days[::-1], PLACES, ON)
    return [(one.facility, one.code) for one in found]


GOOD = [held("a", licence_until=ON, sittings=2), held("p", kitchen="a")]


def test_a_licence_counts_through_its_last_day() -> None:
    assert codes(GOOD, []) == []
    ended = [held("a", licence_until="2026-11-02"), GOOD[1]]
    assert codes(ended, []) == [("a", LICENCE)]
    assert codes([GOOD[1]], []) == [("a", LICENCE)], "b is closed and needs none"


def test_a_meal_point_has_exactly_one_active_kitchen() -> None:
    assert codes(GOOD[:1], []) == [("p", FEEDING)]
    assert codes([GOOD[0], held("p", kitchen="b")], []) == [("p", FEEDING)]
    assert codes([GOOD[0], held("p", kitchen="p")], []) == [("p", FEEDING)]
    two = [held("p", kitchen="b", id_="1"), held("p", kitchen="a", id_="2")]
    assert kitchens_on(two, ON)["p"]["kitchen"] == "a", "one of two"
    later = [*two, held("p", "2026-11-04", "3", kitchen="b")]
    assert kitchens_on(later, ON)["p"]["kitchen"] == "a", "the later one holds from its day on"
    with pytest.raises(UsageError, match="itself is named"):
        KITCHEN.check({"facility": "0" * 26, "since": ON, "kitchen": "0" * 26})


def test_more_diners_than_seats_and_sittings_are_asked_about() -> None:
    assert codes(GOOD, [served("a", 40)]) == []
    assert codes(GOOD, [served("a", 41)]) == [("a", CROWDED)]
    once = [held("a", licence_until=ON), GOOD[1]]
    assert codes(once, [served("a", 21)]) == [("a", CROWDED)]


def test_points_serve_no_more_than_their_kitchen_sent() -> None:
    assert codes(GOOD, [served("a", 5, delivered=10), served("p", 10)]) == []
    assert codes(GOOD, [served("a", 5, delivered=10), served("p", 11)]) == [("a", SHORT)]
    assert codes(GOOD, [served("a", 5), served("p", 11)]) == [], "nobody has said what was sent"
