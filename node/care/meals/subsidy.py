"""The yearly subsidy of those who run canteens: after a passed evaluation, one an operator.

An evaluation is the township's. Where several of one canteen and year stand the lowest counts, and
of several canteens of one operator the one with the lowest id has the subsidy, so every node names
the same.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from node.care.parameters.groups import Canteens


class Operated(NamedTuple):
    """A canteen, who runs it, and the county's rule; None for no rule."""

    facility: str
    operator: str
    rule: Canteens | None


class Subsidy(NamedTuple):
    """What a canteen's operator is due for a year, fen, and why it is nothing."""

    facility: str
    operator: str
    score: int | None
    fen: int
    reason: str = ""


def subsidies(
    canteens: Iterable[Operated], evaluations: Iterable[Mapping[str, Any]], year: int
) -> list[Subsidy]:
    """What the operators of canteens are due, by canteen (HC-26).

    Args:
        canteens: In any order.
        evaluations: Facts of `facility_evaluation`, of any year.
        year: The year that is judged.
    """
    scores: dict[str, int] = {}
    for row in evaluations:
        if row["year"] == year:
            known = scores.get(row["facility"], row["score"])
            scores[row["facility"]] = min(known, row["score"])
    paid: dict[str, str] = {}
    found = []
    for one in sorted(canteens, key=lambda one: one.facility):
        subsidy = _subsidy(one, scores.get(one.facility), paid, year)
        if subsidy.fen:
            paid[one.operator] = one.facility
        found.append(subsidy)
    return found


def _subsidy(one: Operated, score: int | None, paid: Mapping[str, str], year: int) -> Subsidy:
    facility, operator = one.facility, one.operator
    if one.rule is None:
        return Subsidy(facility, operator, score, 0, "The county has set no subsidy for canteens.")
    if score is None:
        return Subsidy(facility, operator, None, 0, f"The township has not evaluated {year} yet.")
    if score < one.rule.score_min:
        return Subsidy(
            facility, operator, score, 0, f"An evaluation is passed from {one.rule.score_min} on."
        )
    if not operator:
        return Subsidy(facility, operator, score, 0, "Nobody is named who runs it.")
    if operator in paid:
        return Subsidy(
            facility, operator, score, 0,
            f"{operator} has the subsidy of {year} for another canteen already.",
        )  # fmt: skip
    return Subsidy(facility, operator, score, one.rule.operating_year_fen)
