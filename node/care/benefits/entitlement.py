"""Which benefits a person should have in a month, and why; and why the others not.

The numbers are those that hold on the first day of the month. A death, a move and the registration
of a household count by the last day of the month before: who dies in April has April and not May.
A birthday, a grade of care and an assessment count so too where the county says that a change
counts from the next month, and else by the last day of the month itself. No month is paid up
afterwards.

Benefits that exclude each other are weighed: the best of what may be had together is due, and each
that it displaces is told beside it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from itertools import combinations
from typing import NamedTuple

from node.care.benefits.facts import (
    AGE,
    BENEFITS,
    CARE,
    DECEASED,
    FRAILTY,
    GATHERED,
    LOST,
    MEALS,
    MOVED,
    SCATTERED,
    Person,
    codes_on,
    ended_on,
    groups_on,
    newest_on,
)
from node.care.benefits.months import (
    age_on,
    day_moved,
    first_day,
    last_day,
    month_of,
    moved,
)
from node.care.money import yuan
from node.care.parameters.groups import (
    AgeAllowance,
    CareTariff,
    FrailtyAllowance,
    Meals,
    Parameters,
    band_of,
)
from node.care.policy import BASELINE

_LISTS = BASELINE.lists
_UNKNOWN_FEN = 10**12
"""How much a benefit weighs of which only the name is known: nobody is talked out of it."""


class Due(NamedTuple):
    """A benefit that a person should have.

    Attributes:
        code: Which.
        fen: How much, in a month or for meals in the year.
        reason: Why, as a sentence.
    """

    code: str
    fen: int
    reason: str


class Denied(NamedTuple):
    """A benefit that a person should not have, and why, as a sentence."""

    code: str
    reason: str


@dataclass(frozen=True)
class Entitlement:
    """What a person should have in a month.

    Attributes:
        month: Which.
        due: The best of what may be had together.
        excluded: What others displace: it would be due without them.
        denied: What is not due at all.
        flags: What somebody has to put right in the register, as sentences.
    """

    month: str
    due: tuple[Due, ...] = ()
    excluded: tuple[Denied, ...] = ()
    denied: tuple[Denied, ...] = ()
    flags: tuple[str, ...] = ()

    def of(self, code: str) -> Due | Denied | None:
        """What is said of one benefit; None where the county does not run it."""
        told: Iterable[Due | Denied] = (*self.due, *self.excluded, *self.denied)
        return next((one for one in told if one.code == code), None)


def entitlement(person: Person, month: str, parameters: Parameters) -> Entitlement:
    """What a person should have in a month under the numbers of that month.

    Args:
        person: What is known.
        month: Such as `2026-05`.
        parameters: The county's numbers.
    """
    day, code = first_day(month), person.division_code
    found: list[Due | Denied] = []
    excludes: dict[str, tuple[str, ...]] = {}
    age = parameters.age_allowance.on(day, code)
    frailty = parameters.frailty_allowance.on(day, code)
    tariff = parameters.care_tariff.on(day, code)
    meals = parameters.meals.on(day, code)
    if age is not None:
        found.append(_barred(person, month, AGE) or _age(person, month, age))
        excludes[AGE] = age.excludes
    if frailty is not None:
        found.append(_barred(person, month, FRAILTY) or _frailty(person, month, frailty))
        excludes[FRAILTY] = frailty.excludes
    if tariff is not None:
        found.append(_barred(person, month, CARE) or _care(person, month, tariff))
    if meals is not None:
        found.append(meal_quota(person, day, meals))
    due, excluded = _best(person, day, [one for one in found if isinstance(one, Due)], excludes)
    return Entitlement(
        month, due, excluded,
        tuple(one for one in found if isinstance(one, Denied)), _flags(person, month),
    )  # fmt: skip


def meal_quota(person: Person, day: str, meals: Meals) -> Due | Denied:
    """Whether meals are paid for somebody in the year of a day, and why."""
    barred = _ended(person, day, MEALS) or _not_registered(person, day, MEALS)
    if barred:
        return barred
    groups = groups_on(person, day, meals.severe_grades)
    age = age_on(person.birth_date, day) if person.birth_date else -1
    basis: list[str] = sorted(groups & set(meals.quota_groups))[:1]
    if not basis:
        basis = next((list(pair) for pair in meals.quota_pairs if groups.issuperset(pair)), [])
    if not basis:
        old = (group for since, group in meals.quota_age_groups if age >= since)
        basis = sorted(groups.intersection(old))[:1]
    if not basis or not meals.quota_year_fen:
        return Denied(MEALS, f"Is in none of the groups on {day} for which meals are paid.")
    named = "、".join(_LISTS.person_groups.title(group) for group in basis)
    return Due(
        MEALS,
        meals.quota_year_fen,
        f"Belongs to {named} and is registered in the county: meals are paid up to"
        f" {yuan(meals.quota_year_fen)} yuan a year.",
    )


def _age(person: Person, month: str, rule: AgeAllowance) -> Due | Denied:
    if not person.birth_date:
        return _no_birth_date(AGE)
    day = _reference(month, from_next_month=rule.from_next_month)
    age = age_on(person.birth_date, day)
    band = band_of(rule.bands, age)
    if band is None:
        return Denied(AGE, f"Is {age} years old at the end of {month_of(day)}: no band of the age"
                           " allowance has this age.")  # fmt: skip
    return Due(
        AGE,
        band.value,
        f"Is {age} years old at the end of {month_of(day)}: {yuan(band.value)} yuan of age"
        " allowance a month.",
    )


def _frailty(person: Person, month: str, rule: FrailtyAllowance) -> Due | Denied:
    if not person.birth_date:
        return _no_birth_date(FRAILTY)
    day = _reference(month, from_next_month=rule.from_next_month)
    age = age_on(person.birth_date, day)
    if age < rule.age_min:
        return Denied(FRAILTY, f"Is {age} years old at the end of {month_of(day)}: the frailty"
                               f" allowance begins at {rule.age_min}.")  # fmt: skip
    known = [one for one in person.assessments if one.on <= day]
    if not known:
        return Denied(FRAILTY, f"No ability assessment is known at the end of {month_of(day)}.")
    last = max(known, key=lambda one: (one.on, one.level))
    if day_moved(last.on, rule.assessment_months) < day:
        return Denied(
            FRAILTY,
            f"The last ability assessment is of {last.on}, and one holds for"
            f" {rule.assessment_months} months.",
        )
    level = _LISTS.ability_levels.title(last.level)
    fen = dict(rule.amounts).get(last.level, 0)
    if not fen:
        return Denied(FRAILTY, f"Assessed on {last.on} as {level}: this level has no allowance.")
    return Due(
        FRAILTY,
        fen,
        f"Is {age} years old and assessed on {last.on} as {level}: {yuan(fen)} yuan of frailty"
        " allowance a month.",
    )


def _care(person: Person, month: str, rule: CareTariff) -> Due | Denied:
    day = _reference(month, from_next_month=rule.from_next_month)
    if not codes_on(person.groups, day) & {SCATTERED, GATHERED}:
        return Denied(CARE, f"Is not 特困 at the end of {month_of(day)}.")
    grade = newest_on(person.care_grades, day)
    if not grade:
        return Denied(CARE, f"No care grade is known at the end of {month_of(day)}.")
    title = _LISTS.care_grades.title(grade)
    fen = dict(rule.amounts).get(grade, 0)
    if not fen:
        return Denied(CARE, f"The care grade {title} has no fee.")
    return Due(
        CARE,
        fen,
        f"特困 with the care grade {title} at the end of {month_of(day)}: {yuan(fen)} yuan of care"
        " fee a month.",
    )


def _reference(month: str, *, from_next_month: bool) -> str:
    """The day whose state counts for a month."""
    return last_day(moved(month, -1) if from_next_month else month)


def _barred(person: Person, month: str, code: str) -> Denied | None:
    """Why nothing at all is due; both count by the last day of the month before."""
    day = last_day(moved(month, -1))
    return _ended(person, day, code) or _not_registered(person, day, code)


def _ended(person: Person, day: str, code: str) -> Denied | None:
    closing, on = ended_on(person, day)
    if not closing:
        return None
    if closing == DECEASED:
        return Denied(code, f"Died on {on}: nothing is due after {month_of(on)}.")
    if closing == MOVED:
        return Denied(code, f"Moved away on {on}: nothing is due after {month_of(on)}.")
    if closing == LOST:
        return Denied(code, f"Cannot be found since {on}: nothing is due after {month_of(on)}.")
    return Denied(code, f"Was registered twice, and this record was closed on {on}.")


def _not_registered(person: Person, day: str, code: str) -> Denied | None:
    if any(one.on(day) for one in person.registered):
        return None
    return Denied(code, f"Has no household registration in the county on {day}.")


def _no_birth_date(code: str) -> Denied:
    return Denied(code, "No birth date is known, so nobody can tell the age.")


def _flags(person: Person, month: str) -> tuple[str, ...]:
    day = last_day(moved(month, -1))
    flags: list[str] = []
    modes = {SCATTERED, GATHERED} & codes_on(person.groups, day)
    if len(modes) > 1:
        flags.append("Is entered as 特困 at home and in an institution: exactly one can be right.")
    placed = [one.since for one in person.placements if one.on(day)]
    if placed and modes == {SCATTERED}:
        flags.append(
            f"Lives in an institution since {min(placed)} and is entered as 特困 at home: the"
            " county enters the other mode, with its day and its document."
        )
    if not person.asked and not ended_on(person, day)[0]:
        flags.append("Nobody has entered where the household is registered: nothing can be due.")
    if {SCATTERED, GATHERED} & person.tags and not modes:
        flags.append("Is tagged as 特困, and no mode with a day and a document is entered.")
    return tuple(flags)


# --- what may not be had together ----------------------------------------------------------------


def _best(
    person: Person, day: str, due: list[Due], excludes: Mapping[str, Collection[str]]
) -> tuple[tuple[Due, ...], tuple[Denied, ...]]:
    """Parts what is due into the best that may be had together, and what that displaces."""
    weights = {one.code: one.fen // 12 if one.code == MEALS else one.fen for one in due}
    for other in person.others:
        if other.since <= day <= other.until and other.code not in weights:
            weights[other.code] = _UNKNOWN_FEN if other.fen is None else other.fen
    pairs = {
        (one, two)
        for one, two in combinations(sorted(weights), 2)
        if two in excludes.get(one, ()) or one in excludes.get(two, ())
    }
    chosen = _heaviest(weights, pairs)
    displaced = []
    for code in sorted(set(weights) - chosen):
        by = min(next(iter({*pair} - {code})) for pair in pairs
                 if code in pair and {*pair} & chosen)  # fmt: skip
        reason = (
            f"The {BENEFITS.title(code)} cannot be had beside the {BENEFITS.title(by)}, which is"
            " not less: one of the two is to be chosen."
        )
        displaced.append(Denied(code, reason))
    return tuple(one for one in due if one.code in chosen), tuple(displaced)


def _heaviest(weights: Mapping[str, int], pairs: Collection[tuple[str, str]]) -> set[str]:
    """The codes without such a pair that weigh most; of equal ones the first by their codes."""
    torn = sorted({code for pair in pairs for code in pair})
    best: tuple[int, tuple[str, ...]] = (-1, ())
    for count in range(len(torn), -1, -1):
        for some in combinations(torn, count):
            if any(one in some and two in some for one, two in pairs):
                continue
            weight = sum(weights[code] for code in some)
            if weight > best[0]:
                best = (weight, some)
    return (set(weights) - set(torn)) | set(best[1])
