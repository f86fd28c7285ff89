"""Complaints on a node: which wait and until when, and those that a rule opens by itself."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from node.care import moments, rows
from node.care.amendments import void
from node.care.facts import complaints, writing
from node.care.facts.complaints import CHARGED, COMPLAINT, STEP, Standing
from node.care.parameters import publishing
from node.care.parameters.serving import Complaints
from node.care.visits import VISIT, corrected
from node.clock import day
from node.replica import Replica


def rule_of(replica: Replica, division: str, on: str) -> Complaints | None:
    """What the county has set for a day and a place; None where it has set nothing."""
    parameters, known = publishing.in_force(replica), replica.tree.get(division)
    return parameters.complaints.on(on, known.code if known else "") if parameters else None


def standings(
    replica: Replica, within: str | None = None
) -> Iterator[tuple[dict[str, Any], Standing]]:
    """The complaints that stand, each with how far it has come."""
    steps: dict[str, list[Mapping[str, Any]]] = {}
    for step in writing.standing(replica, STEP, within):
        steps.setdefault(step["complaint"], []).append(step)
    for row in writing.standing(replica, COMPLAINT, within):
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
    free = []
    for row in rows.pages(replica, VISIT.name, within):
        visit = corrected(row)
        if not void(row) and (visit["charged_fen"] or 0) > 0:
            rule = rule_of(replica, row["division#"], day(visit["started_at"]))
            free += [visit] if rule is not None and rule.free_of_charge else []
    known = list(writing.standing(replica, COMPLAINT, within))
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
