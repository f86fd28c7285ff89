"""An office goes to a successor: the term before ends, and open tasks and needs move (QZ-02).

Nothing is rewritten. The new term names the one that it ends, and each open task and need gets a
step that says who has it now. The records of the village stay on its box, whoever uses it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from node.care import rows
from node.care.associations.reading import HANDED, tasks_of
from node.care.facts import offices as kinds
from node.care.facts import support
from node.care.facts.writing import standing
from node.care.people import WORKER
from node.care.policy import BASELINE
from node.errors import Refused
from node.replica import Insert, Replica

Row = Mapping[str, Any]
_ASSIGNED = "FP"


@dataclass(frozen=True)
class HandedOver:
    """What a hand-over has moved: the new term, and how many tasks and needs."""

    term: str
    tasks: int
    needs: int


def need_moved(need: Row, steps: Iterable[Row], name: str, on: str) -> dict[str, Any] | None:
    """The step by which an open need goes to somebody else; None where nobody has it in hand.

    The need stays as far as it has come: only who sees to it changes.

    Args:
        need: The need.
        steps: Facts of `need_step`.
        name: Who has it from now on.
        on: ISO date.
    """
    own = [row for row in steps if row["need"] == need["id"]]
    now = support.progress(need, own)
    if not now.open:
        return None
    days = [row["done_on"] for row in own]
    last = [row for row in own if row["step"] == now.step and row["done_on"] == max(days)]
    reason = next((row["reason"] for row in last if row["reason"]), None)
    return {
        "need": need["id"],
        "step": now.step or _ASSIGNED,
        "done_on": max([on, *days]),
        "owner": name,
        "reason": reason,
    }


def hand_over(
    replica: Replica,
    association: Row,
    role: str,
    successor: str,
    on: str,
    *,
    user: str,
    village_post: str = "",
) -> HandedOver:
    """Hands an office over, with the open tasks and needs, in one act.

    Args:
        replica: This node.
        association: The association's row.
        role: Name or code of `association_roles`.
        successor: The id of the worker who takes over.
        on: The successor's first day, ISO date.
        user: Who does it.
        village_post: What the successor is in the two committees.

    Raises:
        UsageError: A field does not fit.
        Refused: Nobody holds the office, several do, or the successor does already.
    """
    code = BASELINE.lists.association_roles.code("role", role)
    title = BASELINE.lists.association_roles.title(code)
    terms = list(standing(replica, kinds.OFFICE, where={"association": association["id"]}))
    holders = [row for row in kinds.in_office(terms, on, code) if row["worker"] != successor]
    if len(holders) != 1:
        raise Refused(
            f"{len(holders)} others hold the office {title} of {association['name']} on {on}, and "
            "a hand-over ends the term of one.",
            hint="Record or correct the terms first: linli association office list",
        )
    before = holders[0]
    values = kinds.OFFICE.check(
        {
            "association": association["id"],
            "worker": successor,
            "role": code,
            "village_post": village_post or None,
            "since": on,
            "follows": before["id"],
        }
    )
    kinds.OFFICE.weigh(replica, kinds.OFFICE, values, "")
    parts: list[tuple[str, list[Insert]]] = [
        (association["division#"], [Insert(kinds.OFFICE.name, values)])
    ]
    tasks = _tasks(replica, association, before["worker"], successor, on)
    needs = _needs(replica, association, before["worker"], successor, on)
    written = replica.act([*parts, *tasks, *needs], user=user)
    return HandedOver(written.ids[0], len(tasks), len(needs))


def _tasks(
    replica: Replica, association: Row, before: str, after: str, on: str
) -> list[tuple[str, list[Insert]]]:
    given = list(standing(replica, kinds.TASK, where={"association": association["id"]}))
    division = {str(row["id"]): str(row["division#"]) for row in given}
    steps = [row for row in standing(replica, kinds.TASK_STEP) if row["task"] in division]
    found = []
    for one in tasks_of(given, steps):
        if one.open and one.owner == before:
            values = {"task": one.id, "step": HANDED, "done_on": max(on, one.taken[-1][1])}
            checked = kinds.TASK_STEP.check({**values, "owner": after})
            found.append((division[one.id], [Insert(kinds.TASK_STEP.name, checked)]))
    return found


def _needs(
    replica: Replica, association: Row, before: str, after: str, on: str
) -> list[tuple[str, list[Insert]]]:
    """The needs of the place that the predecessor sees to; a need names its owner in words."""
    names = [rows.find(replica, WORKER, one)["name"] for one in (before, after)]
    place = association["division#"]
    steps = list(standing(replica, support.STEP, place))
    by_need: dict[str, list[Row]] = {}
    for row in steps:
        by_need.setdefault(row["need"], []).append(row)
    found = []
    for need in standing(replica, support.NEED, place):
        own = by_need.get(str(need["id"]), [])
        if support.progress(need, own).owner != names[0]:
            continue
        moved = need_moved(need, own, names[1], on)
        if moved is not None:
            insert = Insert(support.STEP.name, support.STEP.check(moved))
            found.append((str(need["division#"]), [insert]))
    return found
