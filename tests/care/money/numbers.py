"""The numbers of the seeds, as a county would set them, and a person of ninety."""

from __future__ import annotations

from dataclasses import fields, replace
from typing import Any

from node.care.benefits.facts import Held, Person
from node.care.parameters.dated import Dated, Entry
from node.care.parameters.groups import (
    AgeAllowance,
    Band,
    CareTariff,
    FrailtyAllowance,
    Meals,
    Parameters,
)

AGE = AgeAllowance((Band(80, 89, 50_00), Band(90, 99, 100_00), Band(100, 150, 500_00)), True, ())
FRAILTY = FrailtyAllowance(80, (("2", 30_00), ("3", 50_00), ("4", 100_00)), 12, ())
CARE = CareTariff((("ZL", 300_00), ("BH", 900_00), ("QH", 1500_00)), True)
MEALS = Meals(
    discounts=(Band(60, 79, 800), Band(80, 89, 700), Band(90, 150, 600)),
    round_to_fen=10,
    quota_year_fen=400_00,
    quota_groups=("TKF",),
    quota_pairs=(("DB", "ZC"),),
    quota_age_groups=((80, "DBL"), (80, "DB")),
    one_per_meal=True,
)


def dated(name: str, *entries: Any) -> Dated[Any]:
    """A group that holds these values, or these entries."""
    return Dated(name, tuple(e if isinstance(e, Entry) else Entry(e) for e in entries))


def parameters(**groups: Dated[Any]) -> Parameters:
    """The numbers of the seeds, some of them changed."""
    given = {
        "age_allowance": dated("age_allowance", AGE),
        "frailty_allowance": dated("frailty_allowance", FRAILTY),
        "care_tariff": dated("care_tariff", CARE),
        "meals": dated("meals", MEALS),
    } | groups
    empty: dict[str, Any] = {one.name: Dated(one.name) for one in fields(Parameters)}
    words: dict[str, Any] = {"version": "test", "county": "鹤城区", "programmes": {}}
    return Parameters(**{**empty, **words, **given})


def person(birth_date: str = "1936-05-15", **changes: Any) -> Person:
    """Somebody whose household was always registered here."""
    return replace(Person("p1", birth_date, registered=(Held(""),)), **changes)
