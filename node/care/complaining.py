"""Complaints on a node: which wait and until when, and those that a rule opens by itself.

Money that was taken where visits are free opens a complaint when the township looks at the visit,
and each hour while the township's node is served, for visits at which nobody has looked yet.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from node.care import moments, rows
from node.care.amendments import void
from node.care.facts import complaints, writing
from node.care.facts.complaints import CHARGED, COMPLAINT, STEP, Standing
from node.care.parameters import publishing
from node.care.parameters.serving import Complaints
from node.care.visits import VISIT, corrected
from node.clock import day
from node.errors import LinliError
from node.events import WARNING, tell
from node.replica import Replica

LOOK_GAP_S = 3_600
"""Least time between two looks over all visits of a township."""


def rule_of(replica: Replica, division: str, on: str) -> Complaints | None:
    """What the county has set for a day and a place; None where it has set nothing."""
    parameters, known = publishing.in_force(replica), replica.tree.get(division)
    return parameters.complaints.on(on, known.code if known else "") if parameters else None


def standings(
    replica: Replica, within: str | None = None
) -> Iterator[tuple[dict[str, Any], Standing]]:
    """The complaints that stand, each with how far it has come."""
    steps: dict[str, list[Mapping[str, Any]]] = {}
    found = list(writing.standing(replica, COMPLAINT, within))
    once = complaints.once(found)
    for step in writing.standing(replica, STEP, within):
        kept = once.get(step["complaint"], step["complaint"])
        steps.setdefault(kept, []).append({**step, "complaint": kept})
    for row in found:
        if once[row["id"]] != row["id"]:
            continue
        rule = rule_of(replica, row["division#"], row["opened_on"])
        yield row, complaints.standing(row, steps.get(row["id"], ()), rule)


def waiting(
    replica: Replica, within: str | None, today: str
) -> list[tuple[dict[str, Any], Standing]]:
    """All complaints: open ones first, of those the overdue, then what waits longest."""

    def place(one: tuple[dict[str, Any], Standing]) -> tuple[bool, bool, str, str]:
        row, stands = one
        return not stands.open, not stands.overdue(today), stands.since, str(row["id"])

    return sorted(standings(replica, within), key=place)


def complained(replica: Replica, within: str | None) -> set[str]:
    """The orders about which a complaint is open."""
    open_ = (row["service_order"] for row, stands in standings(replica, within) if stands.open)
    return {str(one) for one in open_ if one}


def find_charged(replica: Replica, within: str | None, *, user: str) -> list[str]:
    """Opens a complaint for each visit that a client paid for where visits are free (QX-26).

    Returns:
        The ids of the complaints; a visit that has one already gets no other.
    """
    return open_charged(replica, rows.pages(replica, VISIT.name, within), user=user)


def open_charged(replica: Replica, found: Iterable[Mapping[str, Any]], *, user: str) -> list[str]:
    """Opens a complaint for each of some visits that a client paid for where visits are free.

    Returns:
        The ids of the complaints.
    """
    free = []
    for row in found:
        visit = corrected(row)
        if not void(row) and (visit["charged_fen"] or 0) > 0:
            rule = rule_of(replica, row["division#"], day(visit["started_at"]))
            free += [visit] if rule is not None and rule.free_of_charge else []
    if not free:
        return []
    known = replica.rows(COMPLAINT.name, where={"visit": [one["id"] for one in free]})
    made = []
    for paid in complaints.charged(free, known):
        values = {
            "person": paid["person"],
            "kind": CHARGED,
            "opened_on": moments.today(replica),
            "visit": paid["id"],
            "service_order": paid["service_order"],
        }
        made.append(writing.record(replica, COMPLAINT, paid["division#"], values, user=user))
    return made


class Complaining:
    """Opens complaints by itself, now and then, while a township's node is served.

    Args:
        steady_s: A clock that only moves forward.
    """

    def __init__(self, steady_s: Callable[[], float] = time.monotonic) -> None:
        self._steady_s = steady_s
        self._next_s = steady_s() + LOOK_GAP_S

    def run(self, replica: Replica, *, user: str = "") -> int:
        """Opens what is new since the last look.

        Returns:
            How many complaints were opened.
        """
        if replica.tier != STEP.writer or self._steady_s() < self._next_s:
            return 0
        self._next_s = self._steady_s() + LOOK_GAP_S
        if replica.rolled_back or replica.author in replica.frozen():
            return 0  # what it opened already may be known elsewhere alone
        try:
            return len(find_charged(replica, None, user=user))
        except LinliError as error:
            tell("complaint_not_opened", WARNING, error=error)
            return 0
