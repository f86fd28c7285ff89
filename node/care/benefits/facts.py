"""What is known of a person that decides about benefits: each fact with the days on which it holds.

The caller reads it from the register and its history. What is not known is not here, and nothing
is guessed for it.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from node.care.codes import CodeList
from node.care.parameters.dated import FIRST_DAY, LAST_DAY

AGE, FRAILTY, CARE, MEALS = "age_allowance", "frailty_allowance", "care_tariff", "meals"
"""The benefits that are computed, named as their groups of numbers in the policy pack."""

LIVING = "tekun_living"
"""A benefit whose amount the county states in its approval: nothing computes it."""

BENEFITS = CodeList(
    "benefits",
    {
        AGE: "age allowance",
        FRAILTY: "frailty allowance",
        CARE: "care fee",
        MEALS: "meal subsidy",
        LIVING: "living allowance of 特困",
    },
)
"""What they are called in a sentence."""

SCATTERED, GATHERED = "TKF", "TKJ"
"""特困 at home and 特困 in an institution: of the two modes exactly one is right."""

SEVERE = "ZC"
"""The group of those with a severe disability."""

DECEASED, MOVED, LOST, DUPLICATE = "deceased", "moved", "lost", "duplicate"
"""The closings of a person after which no benefit is due; others leave benefits as they are."""

STOP_REASONS = {DECEASED: "S01", MOVED: "S02", LOST: "S03", DUPLICATE: "S08"}
"""Codes of `benefit_stop_reasons` for them."""

CHANGED, WAIVED, DOUBLE, NO_LONGER = "S06", "S07", "S08", "S09"
"""停旧增新, given up, had twice, and the conditions are not met any more."""


@dataclass(frozen=True, slots=True)
class Held:
    """A code and the days on which it holds, ISO dates, both included."""

    code: str
    since: str = FIRST_DAY
    until: str = LAST_DAY

    def on(self, day: str) -> bool:
        """Whether it holds on a day."""
        return self.since <= day <= self.until


@dataclass(frozen=True, slots=True)
class Disability:
    """Kind and grade of a certificate, and the days on which it holds."""

    kind: str
    grade: str
    since: str = FIRST_DAY
    until: str = LAST_DAY


@dataclass(frozen=True, slots=True)
class Assessment:
    """An ability assessment: the day and the code of `ability_levels`."""

    on: str
    level: str


@dataclass(frozen=True, slots=True)
class Other:
    """A benefit that is paid elsewhere: its code, fen a month where known, and its days."""

    code: str
    fen: int | None = None
    since: str = FIRST_DAY
    until: str = LAST_DAY


@dataclass(frozen=True)
class Person:
    """What decides about the benefits of one person.

    Attributes:
        id: The row's id.
        birth_date: That of the ID card, ISO; empty where it is not known.
        division_code: The statistical code of the division, for numbers that hold in a part of the
            county.
        registered: When the household was registered in the county (户籍).
        groups: Codes of `person_groups`.
        care_grades: Codes of `care_grades`.
        disabilities: What certificates state.
        assessments: Of ability.
        closings: Codes of `person_closing_reasons`; who came back has an end there.
        others: Benefits that Linli does not compute.
        placements: Stays in an institution; their codes say nothing.
        tags: Groups that somebody typed without a day.
        asked: Whether anybody has entered where the household is registered.
    """

    id: str
    birth_date: str = ""
    division_code: str = ""
    registered: tuple[Held, ...] = ()
    groups: tuple[Held, ...] = ()
    care_grades: tuple[Held, ...] = ()
    disabilities: tuple[Disability, ...] = ()
    assessments: tuple[Assessment, ...] = ()
    closings: tuple[Held, ...] = ()
    others: tuple[Other, ...] = ()
    placements: tuple[Held, ...] = ()
    tags: frozenset[str] = frozenset()
    asked: bool = True


def codes_on(held: Iterable[Held], day: str) -> set[str]:
    """The codes that hold on a day."""
    return {one.code for one in held if one.on(day)}


def newest_on(held: Iterable[Held], day: str) -> str:
    """The code that began last of those that hold on a day; empty where none does."""
    return max(((one.since, one.code) for one in held if one.on(day)), default=("", ""))[1]


def groups_on(person: Person, day: str, severe_grades: Iterable[str]) -> set[str]:
    """The groups of a person on a day; a severe grade makes a severe disability without a tag."""
    severe = set(severe_grades)
    certified = any(
        one.since <= day <= one.until and one.grade in severe for one in person.disabilities
    )
    return codes_on(person.groups, day) | ({SEVERE} if certified else set())


def ended_on(person: Person, day: str) -> tuple[str, str]:
    """The first closing in force on a day that ends benefits, and its date; empty where none is."""
    ending = [
        (one.since, one.code)
        for one in person.closings
        if one.code in STOP_REASONS and (one.on(day) or (one.code == DECEASED and one.since <= day))
    ]
    since, code = min(ending, default=("", ""))
    return code, since
