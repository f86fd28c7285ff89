"""A stated figure against the one that follows from the records, and against another (QX-03).

Neither is taken for the other. Where they differ by more than the county's bound there is a
warning, and it stays until a person has decided. Two that are stated of one place may be wrong
together whatever the records say: 12,300 people with a disability, and one in 52 households, would
be 639,600 households among 180,000 people.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from node.care.figures.counting import figures, population
from node.care.figures.gathering import Gathered

HUNDRED = 100


@dataclass(frozen=True, slots=True)
class Compared:
    """A claim beside what the records give.

    Attributes:
        claim: The fact.
        derived: What follows from the records; None where something for it is not known.
        number: The numerator of that, or the count.
        of: The denominator; None for a count.
        warned: Whether they differ by more than the bound.
        ruling: What was decided; empty where nobody has.
        against: The id of another claim with which it cannot be right; empty for none.
    """

    claim: Mapping[str, Any]
    derived: Fraction | None
    number: int | None
    of: int | None
    warned: bool
    ruling: str
    against: str = ""

    @property
    def open(self) -> bool:
        """Whether a person has to look."""
        return self.warned and not self.ruling


def differs(stated: Fraction, derived: Fraction, thousandths: int) -> bool:
    """Whether a stated figure is further from a derived one than so many thousandths of it."""
    return abs(stated - derived) * 1000 > abs(derived) * thousandths


def compared(
    found: Gathered, claims: Iterable[Mapping[str, Any]], rulings: Iterable[Mapping[str, Any]]
) -> list[Compared]:
    """The claims of a division, those first that somebody must look at.

    Args:
        found: What is known of the division.
        claims: Facts of `stated_figure`; those of other divisions are left out.
        rulings: Facts of `figure_ruling`; of several on one claim the last counts.
    """
    decided: dict[str, str] = {}
    for row in sorted(rulings, key=lambda row: (row["decided_on"], row["time"], row["id"])):
        decided[row["claim"]] = row["decision"]
    made = []
    here = [row for row in claims if row["division#"] == found.scope]
    against = contradicting(found, here)
    for row in here:
        number, of = _derived(found, row["figure"])
        derived = None
        if number is not None and of != 0:
            derived = Fraction(number) if of is None else Fraction(number, of)
        scaled = derived
        if derived is not None and row["figure"] in _PERCENT:
            scaled = derived * HUNDRED
        stated = Fraction(row["value"])
        warned = scaled is not None and differs(stated, scaled, found.meaning.claim_thousandths)
        rival, ruling = against.get(row["id"], ""), decided.get(row["id"], "")
        made.append(Compared(row, scaled, number, of, warned or bool(rival), ruling, rival))
    return sorted(made, key=lambda one: (not one.open, one.claim["stated_on"], one.claim["id"]))


def contradicting(found: Gathered, claims: Iterable[Mapping[str, Any]]) -> dict[str, str]:
    """By claim the id of another of the same place with which it cannot be right.

    So many people with a disability times so many households for each are the households of the
    place: the number that is known, give or take the county's bound, and never more than people.
    """
    known = list(claims)
    households = population(found, "households")[0]
    people = max((population(found, one)[0] or 0 for one in ("residents", "registered")), default=0)
    pairs: dict[str, str] = {}
    for one in known:
        for other in known:
            if (one["figure"], other["figure"]) != ("HB", "CJ"):
                continue
            implied = Fraction(one["value"]) * Fraction(other["value"])
            bound = found.meaning.claim_thousandths
            odd = (
                differs(implied, Fraction(households), bound)
                if households
                else people and implied > people
            )
            if odd:
                first, second = str(one["id"]), str(other["id"])
                pairs[first] = min(pairs.get(first, second), second)
                pairs[second] = min(pairs.get(second, first), first)
    return pairs


_PERCENT = frozenset({"ZB", "LB", "RZ"})
"""The figures that are stated in percent."""


def _derived(found: Gathered, figure: str) -> tuple[int | None, int | None]:
    """The numbers from which a figure follows: a count, or a share's two."""
    by_code = {one.code: one for one in figures(found)}
    if figure == "HB":
        return population(found, "households")[0], by_code["disabled"].number
    code = _FIGURES.get(figure)
    if code is None:
        return None, None
    one = by_code[code]
    return one.number, (one.of or 0) if one.share else None


_FIGURES = {
    "ZB": "disabled_residents",
    "CJ": "disabled",
    "LB": "aged_65_residents",
    "RY": "workers",
    "RZ": "workers_disabled",
    "FW": "visits_total",
}
