"""The lists of a month: what is due, 新增明细, 停止明细, and who comes of age.

停旧增新 stands in both lists, as the county's forms have it: the old amount stopped, the new one
added. All lists are functions of lives and facts, sorted by the ids of the benefits or people. The
quota of meals is one of a year and belongs into no list of months: the caller leaves it out.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from node.care.benefits.facts import CHANGED, Person, ended_on
from node.care.benefits.life import CHANGE, Life
from node.care.benefits.months import age_on, last_day, moved
from node.care.parameters.groups import AgeAllowance


class Item(NamedTuple):
    """A line of a list: the benefit, fen a month, and for a stop the code of its reason."""

    benefit: str
    fen: int
    reason: str = ""


class Birthday(NamedTuple):
    """Somebody who reaches an age in a month."""

    person: str
    age: int
    born: str


def due(lives: Mapping[str, Life], month: str) -> tuple[Item, ...]:
    """What is to be paid in a month, by benefit."""
    amounts = ((name, lives[name].due_fen(month)) for name in sorted(lives))
    return tuple(Item(name, fen) for name, fen in amounts if fen)


def added(lives: Mapping[str, Life], month: str) -> tuple[Item, ...]:
    """What is paid in a month and was not, or not so, in the month before."""
    return tuple(
        Item(name, fen, CHANGED if before else "")
        for name, before, fen in _moves(lives, month)
        if fen
    )


def stopped(lives: Mapping[str, Life], month: str) -> tuple[Item, ...]:
    """What was paid in the month before and is not, or not so, in a month."""
    found = []
    for name, before, fen in _moves(lives, month):
        step = lives[name].step(month)
        if before and step:
            changed = fen or step.act.kind == CHANGE
            found.append(Item(name, before, CHANGED if changed else step.act.reason))
    return tuple(found)


def _moves(lives: Mapping[str, Life], month: str) -> Iterable[tuple[str, int, int]]:
    """The benefits whose amount differs from that of the month before: both amounts."""
    for name in sorted(lives):
        before, fen = lives[name].due_fen(moved(month, -1)), lives[name].due_fen(month)
        if before != fen:
            yield name, before, fen


def coming_of_age(people: Iterable[Person], month: str, rule: AgeAllowance) -> tuple[Birthday, ...]:
    """Who reaches the first age of a band in a month: 80, 90 and 100 in the seeds."""
    ages = {band.age_min for band in rule.bands}
    found = set()
    for one in people:
        if not one.birth_date or ended_on(one, last_day(month))[0]:
            continue
        age = age_on(one.birth_date, last_day(month))
        if age in ages and age_on(one.birth_date, last_day(moved(month, -1))) < age:
            found.add(Birthday(one.id, age, one.birth_date))
    return tuple(sorted(found))
