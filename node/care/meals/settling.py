"""The county settles meals: against each person's quota, and against the rights of each village.

A village was granted rights to reserve (`node.care.rights`), and a person has a quota. A meal is
settled with what both allow, and what is not settled is told with a sentence. Settling the same
records again changes nothing.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import NamedTuple

from node.care.meals.quota import Line, Meal, in_order, year
from node.care.rights import NO, RESERVED, Claim, County, settle


class Outcome(NamedTuple):
    """The county's book afterwards, and each meal with what was settled of it or why not."""

    county: County
    lines: tuple[Line, ...]


def settle_meals(
    county: County,
    meals: Iterable[Meal],
    quotas: Mapping[str, int],
    frozen: Collection[str] = (),
    *,
    one_per_meal: bool = True,
    told: Collection[str] = (),
) -> Outcome:
    """Settles the meals of a programme and year.

    Args:
        county: The county's book.
        meals: All that is known of the year, settled or not, in any order. Where one is lacking
            that the book has settled, as after a backup, everything waits for it.
        quotas: Each person's quota; who is not in it is not entitled.
        frozen: The authors whose feeds branched and at which the county has not looked.
        one_per_meal: As for `quota.year`.
        told: As for `quota.flagged`.
    """
    by_person: dict[str, list[Meal]] = defaultdict(list)
    ordered = in_order(meals)
    for meal in ordered:
        by_person[meal.person].append(meal)
    known = {meal.id for meal in ordered}
    lacking = [id_ for account in county.accounts for id_ in account.answered
               if account.answered[id_][0] == RESERVED and id_ not in known]  # fmt: skip
    lines: list[Line] = []
    if lacking:
        return Outcome(county, tuple(_lacking(ordered, county, len(lacking))))
    for person in sorted(by_person):
        quota = quotas.get(person, 0)
        county, found = _settle(county, by_person[person], quota, frozen, one_per_meal, told)
        lines += found
    return Outcome(county, tuple(lines))


def _lacking(meals: list[Meal], county: County, number: int) -> Iterator[Line]:
    """Every meal as it stands, while the records of some that were settled are not here.

    Whose quota those took is not known then, and no quota can be kept.
    """
    settled = _settled(county, meals)
    for meal in meals:
        fen = settled.get(meal.id)
        reason = (
            f"The records of {number} meals that were settled are not here: nothing more is settled"
            " until they have come."
        )
        yield Line(meal.id, meal.facility, meal.day, fen or 0, 0, "" if fen is not None else reason)


def _settle(
    county: County, meals: list[Meal], quota_fen: int, frozen: Collection[str],
    one_per_meal: bool, told: Collection[str],
) -> tuple[County, list[Line]]:  # fmt: skip
    """Settles the meals of one person; a meal refused for good leaves its part to the others.

    It is done again until nothing more is settled, so that a later call tells the same.
    """
    refused: dict[str, str] = {}
    begun = county
    while True:
        known = _settled(county, meals)
        still = known | dict.fromkeys(refused, 0)
        found = year(meals, quota_fen, still, one_per_meal=one_per_meal, told=told).lines
        waits: dict[str, str] = {}
        for meal, line in zip(meals, found, strict=True):
            if meal.id in still or not line.fen:
                continue
            account = county.account(meal.lineage)
            # Where the right is smaller than the meal, what there is of it is due.
            fen = min(line.fen, account.granted_fen - account.used_fen) or line.fen
            claim = Claim(meal.id, county.book, meal.lineage, meal.number, RESERVED, fen)
            after = settle(county, claim, frozen)
            if isinstance(after, County):
                county = after
            elif after.meaning == NO:
                refused[meal.id] = after.reason
                break
            else:
                waits[meal.id] = after.reason
        else:
            if county != begun:
                refused, begun = {}, county
                continue
            return county, [_told(line, refused, waits) for line in found]


def _settled(county: County, meals: Iterable[Meal]) -> dict[str, int]:
    """What is settled already of some meals."""
    found = {}
    for meal in meals:
        kind, fen = county.account(meal.lineage).answered.get(meal.id, ("", 0))
        if kind == RESERVED:
            found[meal.id] = fen
    return found


def _told(line: Line, refused: Mapping[str, str], waits: Mapping[str, str]) -> Line:
    """A line as it came out: what was refused is not paid, and what waits is not paid yet."""
    if line.id in refused:
        over = line.fen + line.over_fen
        return line._replace(fen=0, over_fen=over, reason=refused[line.id])
    return line._replace(reason=waits.get(line.id, line.reason))
