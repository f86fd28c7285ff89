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

from node.care.amendments import void
from node.care.parameters.groups import CareVisits
from node.care.periods import day_after
from node.care.verdict import RETURNED, verdict_of
from node.care.visits import VISIT, corrected
from node.clock import day, parse_local
from node.replica import Replica
from node.schema import AMENDMENT

_COLUMNS = ("person", "started_at", "service", "tasks", "minutes", "review", AMENDMENT)
"""What is read of a visit: a village has some ten thousand of them, and is asked often."""


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
    first = parse_local(f"{since} 00:00") if since else None
    over = parse_local(f"{day_after(until)} 00:00") if until else None
    for row in visits:
        visit = row if row[AMENDMENT] is None else corrected(row)
        began = visit["started_at"]
        if began is None or not visit["person"] or void(row):
            continue
        if (first is None or first <= began) and (over is None or began < over):
            done = frozenset(filter(None, (visit["service"], *(visit["tasks"] or "").split(","))))
            returned = bool(row["review"]) and verdict_of(row).outcome == RETURNED
            yield Seen(visit["person"], day(began), done, visit["minutes"] or 0, returned)


def sound(seen: Iterable[Seen], rules: CareVisits | None) -> list[Seen]:
    """Those that count; where the county has set nothing, of any length."""
    least = rules.minutes_min if rules else 0
    return [one for one in seen if one.minutes >= least and not one.returned]


def seen_here(replica: Replica, since: str = "", until: str = "") -> list[Seen]:
    """The visits that this node holds, wherever they stand."""
    found = replica.columns(VISIT.name, _COLUMNS)
    return seen_by((dict(zip(_COLUMNS, row, strict=True)) for row in found), since, until)
