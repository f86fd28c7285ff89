"""What the facts of associations amount to: how far a task has come, who belongs, what was paid.

Every function is pure, and what it is given may lie in any order.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from node.care.associations import register
from node.care.facts.health import during

Row = Mapping[str, Any]
DONE, HANDED, DROPPED = "WC", "YJ", "QX"
_ORDER = (HANDED, DONE, DROPPED)
"""Of two steps of one day the later of these stands."""


@dataclass(frozen=True)
class Task:
    """How far a task has come.

    Attributes:
        id: The task.
        owner: The worker who has it now, or had it when it ended.
        taken: Who took it on, and on which day, from the first.
        due_on: By when.
        done_on: When it was done; empty where it was not.
        open: Whether somebody still has to do it.
    """

    id: str
    owner: str
    taken: tuple[tuple[str, str], ...]
    due_on: str
    done_on: str
    open: bool

    @property
    def on_time(self) -> bool:
        """Whether it was done by the day on which it was due."""
        return bool(self.done_on) and self.done_on <= self.due_on


def tasks_of(tasks: Iterable[Row], steps: Iterable[Row]) -> list[Task]:
    """How far each task has come, by id; what happened after its end changes nothing."""
    by_task: dict[str, list[Row]] = {}
    for step in steps:
        by_task.setdefault(step["task"], []).append(step)
    found = [_task(task, by_task.get(str(task["id"]), [])) for task in tasks]
    return sorted(found, key=lambda one: one.id)


def _task(task: Row, steps: Iterable[Row]) -> Task:
    taken = [(str(task["owner"]), str(task["given_on"]))]
    ended: Row | None = None
    for step in sorted(steps, key=_place):
        if step["step"] == HANDED:
            taken.append((str(step["owner"]), str(step["done_on"])))
        else:
            ended = step
            break
    done_on = str(ended["done_on"]) if ended and ended["step"] == DONE else ""
    owner = taken[-1][0]
    return Task(str(task["id"]), owner, tuple(taken), task["due_on"], done_on, ended is None)


def _place(step: Row) -> tuple[str, int, str]:
    known = _ORDER.index(step["step"]) if step["step"] in _ORDER else len(_ORDER)
    return step["done_on"], known, str(step["id"])


def members(memberships: Iterable[Row], people: Iterable[Row], on: str) -> dict[str, set[str]]:
    """By association who belongs to it on a day; two records of one ID number are one (QZ-08).

    Args:
        memberships: Facts of `association_member`.
        people: The persons that this node holds.
        on: ISO date.
    """
    numbers = {str(row["id"]): row["id_number"] or str(row["id"]) for row in people}
    found: dict[str, set[str]] = {}
    for row in during(memberships, on):
        who = numbers.get(row["person"], row["person"])
        found.setdefault(row["association"], set()).add(who)
    return found


def belonging(by_association: Mapping[str, set[str]]) -> int:
    """How many people belong to any association; who belongs to two counts once."""
    return len(set().union(*by_association.values()))


def covered(associations: Iterable[Row], villages: Iterable[str]) -> dict[str, bool]:
    """By village whether it has an active association of its own (QZ-01)."""
    have = {
        row["division#"]
        for row in associations
        if row["kind"] in register.OF_A_VILLAGE and row["status"] not in register.CLOSED
    }
    return {village: village in have for village in villages}


def granted(grants: Iterable[Row], spending: Iterable[Row]) -> list[dict[str, Any]]:
    """What was granted and spent by year and level, in their order (QZ-10, QZ-11)."""
    spent: dict[str, int] = {}
    for row in spending:
        spent[row["grant"]] = spent.get(row["grant"], 0) + row["amount_fen"]
    sums: dict[tuple[int, str], dict[str, Any]] = {}
    for row in grants:
        key = (row["year"], row["level"])
        one = sums.setdefault(
            key, {"year": key[0], "level": key[1], "grants": 0, "granted_fen": 0, "spent_fen": 0}
        )
        one["grants"] += 1
        one["granted_fen"] += row["amount_fen"]
        one["spent_fen"] += spent.get(str(row["id"]), 0)
    return [sums[key] for key in sorted(sums)]


def overspent(grants: Iterable[Row], spending: Iterable[Row]) -> dict[str, int]:
    """By grant how much more was spent than granted, fen, where it was: two nodes were apart."""
    spent: dict[str, int] = {}
    for row in spending:
        spent[row["grant"]] = spent.get(row["grant"], 0) + row["amount_fen"]
    over = {str(row["id"]): spent.get(str(row["id"]), 0) - row["amount_fen"] for row in grants}
    return {grant: fen for grant, fen in over.items() if fen > 0}


def helped(bases: Iterable[Row], helps: Iterable[Row]) -> dict[int, int]:
    """By year how many households were helped by any base; one counts once a year (QZ-09)."""
    known = {str(row["id"]) for row in bases}
    found: dict[int, set[str]] = {}
    for row in helps:
        if row["base"] in known:
            found.setdefault(row["year"], set()).add(row["household"])
    return {year: len(found[year]) for year in sorted(found)}
