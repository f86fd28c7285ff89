"""Today's list: the people of this place, whoever has waited longest for a visit first."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from node.care.doubles.reading import read
from node.care.people import PERSON
from node.care.visits import VISIT
from node.replica import Replica
from node.store import Wanted

ROWS = 40
PAGES_MAX = 2_000


@dataclass(frozen=True)
class Today:
    """What the page shows.

    Attributes:
        people: People in the register with the moment of their last visit.
        total: How many there are.
        page: Which page, from 0.
        now_ms: What time it is here.
    """

    people: list[tuple[dict[str, Any], int | None]]
    total: int
    page: int
    now_ms: int

    @property
    def more(self) -> bool:
        """Whether there are people on a further page."""
        return (self.page + 1) * ROWS < self.total


def today(replica: Replica, page: int) -> Today:
    """The people of this node's division and below, a page of them."""
    below = replica.tree.below(replica.division)
    active = {"status": ["active"]}
    merged = read(replica).survivors
    total = replica.listed(PERSON.name, Wanted(below, active, without=[*merged]))
    wanted = Wanted(below, active, limit=ROWS, offset=page * ROWS, without=[*merged], same=merged)
    people = replica.longest_waiting(PERSON.name, VISIT.name, "person", "started_at", wanted)
    return Today(people, total, page, replica.core.now_ms())


def next_person(replica: Replica, but: str) -> dict[str, Any] | None:
    """Who is to be visited next, after one person."""
    below = replica.tree.below(replica.division)
    merged = read(replica).survivors
    wanted = Wanted(below, {"status": ["active"]}, limit=2, without=[*merged], same=merged)
    waiting = replica.longest_waiting(PERSON.name, VISIT.name, "person", "started_at", wanted)
    return next((row for row, _ in waiting if row["id"] != but), None)
