"""Which visits say that somebody was seen, and which of them count for what is owed.

A visit counts that is not void, was not returned by the township, and took as long as the county
asks for. Who was there for ten minutes has seen the person all the same, so the two are told apart.
Visits are read wherever they stand: a worker of the next village records there, and the person was
seen.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from node.care import rows
from node.care.amendments import void
from node.care.parameters.groups import CareVisits
from node.care.verdict import RETURNED, verdict_of
from node.care.visits import VISIT, corrected
from node.clock import day
from node.replica import Replica


@dataclass(frozen=True, slots=True)
class Seen:
    """A visit: whom it was to, when, what was done, for how long, and whether it was returned."""

    person: str
    day: str
    services: frozenset[str]
    minutes: int = 0
    returned: bool = False


def seen_by(visits: Iterable[Mapping[str, Any]], since: str = "", until: str = "") -> list[Seen]:
    """The visits that took place, as their corrections leave them.

    Args:
        visits: Rows of `visit`, as the replica gives them.
        since: From this day on, ISO date; empty: any.
        until: Up to this day; empty: any.
    """
    return list(_seen(visits, since, until))


def _seen(visits: Iterable[Mapping[str, Any]], since: str, until: str) -> Iterator[Seen]:
    for row in visits:
        visit = corrected(row)
        if void(row) or visit["started_at"] is None or not visit["person"]:
            continue
        on = day(visit["started_at"])
        if since <= on and (not until or on <= until):
            tasks = str(visit["tasks"] or "").split(",")
            done = frozenset(filter(None, (visit["service"], *tasks)))
            returned = verdict_of(row).outcome == RETURNED
            yield Seen(visit["person"], on, done, visit["minutes"] or 0, returned)


def sound(seen: Iterable[Seen], rules: CareVisits | None) -> list[Seen]:
    """Those that count; where the county has set nothing, of any length."""
    least = rules.minutes_min if rules else 0
    return [one for one in seen if one.minutes >= least and not one.returned]


def seen_here(replica: Replica, since: str = "", until: str = "") -> list[Seen]:
    """The visits that this node holds, wherever they stand."""
    return seen_by(rows.pages(replica, VISIT.name), since, until)
