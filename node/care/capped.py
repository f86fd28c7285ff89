"""Whether a worker's day is full where somebody types a visit: a question, never a bar (QX-22).

A village sees only what it holds, so the cap over several villages is found after a merge, by the
flag of pay. What it sees itself it asks about at once.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from node.care.amendments import void
from node.care.parameters import publishing
from node.care.people import WORKER
from node.care.visits import VISIT, corrected
from node.clock import DAY_MS, day, parse_local
from node.errors import UsageError
from node.replica import Replica
from node.store import Wanted

_READ_MAX = 200
"""More visits than a worker can make in a day."""


def full_day(
    replica: Replica, worker: str, person: str, started_at: int, division: str
) -> int | None:
    """How many clients a day a worker has at most, where one more would be too many; else None.

    Args:
        replica: This node.
        worker: The worker's id.
        person: Who is visited; somebody who is visited twice is one client.
        started_at: When the visit begins, milliseconds UTC.
        division: Where.
    """
    on = day(started_at)
    parameters = publishing.in_force(replica)
    place = replica.tree.get(division)
    rules = parameters.visits.on(on, place.code if place else "") if parameters else None
    if rules is None:
        return None
    row = replica.row(WORKER.name, worker)
    caps = [(row or {}).get("clients_per_day_max"), rules.clients_per_day_max]
    cap: int = min(filter(None, caps))
    seen = set()
    first = parse_local(f"{on} 00:00")
    of_day = Wanted(
        where={"worker": [worker]}, above={"started_at": first - 1},
        at_most={"started_at": first + DAY_MS - 1}, limit=_READ_MAX,
    )  # fmt: skip
    for one in replica.listing(VISIT.name, of_day):
        visit = corrected(one)
        if not void(one) and visit["started_at"] and day(visit["started_at"]) == on:
            seen.add(visit["person"])
    return cap if person not in seen and len(seen) >= cap else None


def check_day(replica: Replica, visit: Mapping[str, Any], division: str) -> None:
    """Asks about one client more than a worker has in a day.

    Raises:
        UsageError: It is one more.
    """
    cap = full_day(replica, visit["worker"], visit["person"], visit["started_at"], division)
    if cap is not None:
        raise UsageError(
            f"The worker has seen {cap} clients that day, and more are not paid.",
            hint="If it took place, record it with --anyway; the township decides.",
        )
