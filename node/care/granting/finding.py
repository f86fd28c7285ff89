"""政策找人 over a scope: what is to be looked at, who comes of age, how 特困 people live."""

from __future__ import annotations

from typing import NamedTuple

from node.care.benefits import reports
from node.care.benefits.facts import GATHERED, SCATTERED, Person, codes_on, ended_on
from node.care.benefits.finding import (
    DOUBLE,
    LACKING,
    TO_MEND,
    TO_STOP,
    WRONG_AMOUNT,
    Benefit,
    Gap,
    gaps,
)
from node.care.benefits.life import Life
from node.care.benefits.months import first_day
from node.care.benefits.reports import Birthday
from node.care.granting.gathering import COMPUTED, held_here, people_of, records_of
from node.care.parameters import publishing
from node.replica import Replica

KINDS = (TO_STOP, DOUBLE, WRONG_AMOUNT, LACKING, TO_MEND)
"""The kinds of gaps, the most pressing first: money that goes out, then money that does not."""


class Found(NamedTuple):
    """A gap, and where: the division, and how far a benefit of that kind has come."""

    gap: Gap
    division: str
    status: str


class Share(NamedTuple):
    """How many 特困 people of a division live at home, of how many."""

    division: str
    scattered: int
    gathered: int

    @property
    def whole(self) -> int:
        """All of them."""
        return self.scattered + self.gathered

    @property
    def thousandths(self) -> int:
        """Those at home of a thousand, rounded half up; 0 where there is nobody."""
        return (2000 * self.scattered + self.whole) // (2 * self.whole) if self.whole else 0


def found(replica: Replica, month: str, scope: str) -> list[Found]:
    """What somebody should look at in a month, the most pressing first.

    Raises:
        UsageError: No policy pack is known.
        Refused: The scope is not kept here.
    """
    parameters = publishing.needed(replica)
    every: list[Found] = []
    for division in held_here(replica, scope):
        mine: dict[str, list[Benefit]] = {}
        for one in records_of(replica, division):
            mine.setdefault(one.person, []).append(Benefit(one.id, one.code, one.life))
        for person in people_of(replica, division).values():
            benefits = mine.get(person.id, [])
            computed = [one for one in benefits if one.code in COMPUTED]
            for gap in gaps(person, computed, month, parameters):
                every.append(Found(gap, division, _status(gap, benefits, month)))
    return sorted(every, key=_pressing)


def _pressing(one: Found) -> tuple[int, int, str, str]:
    return KINDS.index(one.gap.kind), -one.gap.fen, one.gap.person, one.gap.code


def _status(gap: Gap, benefits: list[Benefit], month: str) -> str:
    """How far a benefit of the gap's code has come; empty where there is none."""
    last: Life | None = None
    for one in sorted(benefits, key=lambda one: one.id):
        if one.code == gap.code and gap.benefit in ("", one.id):
            last = one.life
    return last.status(month) if last else ""


def coming_of_age(replica: Replica, month: str, scope: str) -> list[tuple[Birthday, str]]:
    """Who reaches the first age of a band in a month, each with the division."""
    parameters = publishing.needed(replica)
    told: list[tuple[Birthday, str]] = []
    for division in held_here(replica, scope):
        known = replica.tree.get(division)
        rule = parameters.age_allowance.on(first_day(month), known.code if known else "")
        if rule is not None:
            people = people_of(replica, division).values()
            told += [(one, division) for one in reports.coming_of_age(people, month, rule)]
    return sorted(told)


def shares(replica: Replica, day: str, scope: str) -> list[Share]:
    """How the 特困 people of each division live on a day, without divisions that have none.

    Who died or moved away is not counted; who is entered in both modes at once is in neither, and
    stands among the gaps.
    """
    made = [
        share(division, list(people_of(replica, division).values()), day)
        for division in held_here(replica, scope)
    ]
    return [one for one in made if one.whole]


def share(division: str, people: list[Person], day: str) -> Share:
    """How some people live on a day."""
    modes = [
        codes_on(one.groups, day) & {SCATTERED, GATHERED}
        for one in people
        if not ended_on(one, day)[0]
    ]
    return Share(division, modes.count({SCATTERED}), modes.count({GATHERED}))
