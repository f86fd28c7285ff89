"""Today's list: who is owed a visit, the longest overdue first, then everybody else.

Who is owed what is told by the rules of `care`, for each with why, and with what is planned. Where
the county has published no policy nobody is, and whoever has waited longest comes first.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from node.care import lapses, moments, plans, watching
from node.care.doubles.reading import read
from node.care.findings import Lack
from node.care.parameters import publishing
from node.care.people import PERSON
from node.care.rosters import Place
from node.care.visits import VISIT
from node.clock import local
from node.replica import Replica
from node.store import Wanted

ROWS = 40
PAGES_MAX = 2_000


@dataclass(frozen=True)
class Owed:
    """Who is owed something on a day.

    Attributes:
        day: The day, ISO; empty where the clock cannot be right.
        lacks: By person what is owed, the longest overdue person first.
        planned: By person the services and the worker of what is planned now and not done.
    """

    day: str = ""
    lacks: Mapping[str, tuple[Lack, ...]] = field(default_factory=dict)
    planned: Mapping[str, tuple[tuple[str, ...], str]] = field(default_factory=dict)


class Days:
    """Finds who is owed what, and looks again only where something was written or a new hour came.

    A page is asked for often, and a village has a year of visits.
    """

    def __init__(self) -> None:
        self._key: Any = None
        self._found = Owed()

    def __call__(self, replica: Replica) -> Owed:
        """Who is owed what, now."""
        ledger, now = replica.core.store.ledger, local(replica.core.now_ms())
        key = (ledger.last_arrival(), ledger.tails(), now[:13], moments.known_today(replica))
        if key != self._key:
            self._found = _owed(replica, key[-1], int(now[11:13]))
            self._key = key
        return self._found


def _owed(replica: Replica, day: str, hour: int) -> Owed:
    if not day or publishing.in_force(replica) is None:
        return Owed(day)
    lacks: dict[str, tuple[Lack, ...]] = {}
    for one in watching.due(replica, day, hour, replica.division):
        lacks[one.subject] = (*lacks.get(one.subject, ()), one)
    known_as = read(replica)
    services, workers = dict[str, dict[str, None]](), dict[str, str]()
    for _, place in plans.roster(replica, day[:7], replica.division):
        if _is_open(place, day):
            person = known_as.survivor(place.person)
            services.setdefault(person, {}).update(dict.fromkeys(place.services))
            workers[person] = workers.get(person) or place.worker
    planned = {one: (tuple(codes), workers[one]) for one, codes in services.items()}
    return Owed(day, lacks, planned)


def _is_open(place: Place, day: str) -> bool:
    """Whether a place of a roster is to be filled by now and was not."""
    return place.period.first <= day and place.done < place.visits


@dataclass(frozen=True)
class Line:
    """One person on the list.

    Attributes:
        row: The person in the register.
        seen_at: The moment of the last visit; None for never.
        why: What is owed, in English, for `said`.
        overdue_days: For how many days it has been overdue; 0: it is due, or nothing is.
        services: The codes of what is planned.
        worker: Who is to come; empty where nobody is named.
    """

    row: dict[str, Any]
    seen_at: int | None
    why: tuple[str, ...] = ()
    overdue_days: int = 0
    services: tuple[str, ...] = ()
    worker: str = ""


@dataclass(frozen=True)
class Today:
    """What the page shows.

    Attributes:
        lines: People in the register: first those who are owed something.
        owed: How many are owed something, on all pages.
        total: How many there are.
        page: Which page, from 0.
        now_ms: What time it is here.
    """

    lines: list[Line]
    owed: int
    total: int
    page: int
    now_ms: int

    @property
    def more(self) -> bool:
        """Whether there are people on a further page."""
        return (self.page + 1) * ROWS < self.total


def today(replica: Replica, page: int, owed: Owed) -> Today:
    """The people of this node's division and below, a page of them."""
    first, last = page * ROWS, (page + 1) * ROWS
    due = [*owed.lacks]
    lines = _owed_lines(replica, owed, due[first:last])
    others = _wanted(replica, [*due])
    total = len(due) + replica.listed(PERSON.name, others)
    if len(lines) < ROWS:
        lines += _waiting(replica, owed, [*due], max(first - len(due), 0), ROWS - len(lines))
    return Today(lines, len(due), total, page, replica.core.now_ms())


def next_person(replica: Replica, but: str, owed: Owed) -> dict[str, Any] | None:
    """Who is to be visited next, after one person."""
    for person in owed.lacks:
        if person != but and (row := replica.row(PERSON.name, person)):
            return row
    waiting = _waiting(replica, owed, [but], 0, 1)
    return waiting[0].row if waiting else None


def _wanted(replica: Replica, but: list[str], start: int = 0, rows: int = ROWS) -> Wanted:
    """Who is cared for here, each person once, without some."""
    below, merged = replica.tree.below(replica.division), read(replica).survivors
    return Wanted(
        below, {"status": ["active"]}, limit=rows, offset=start, without=[*merged, *but],
        same=merged,
    )  # fmt: skip


def _waiting(replica: Replica, owed: Owed, but: list[str], start: int, rows: int) -> list[Line]:
    """Those who have waited longest for a visit."""
    wanted = _wanted(replica, but, start, rows)
    found = replica.longest_waiting(PERSON.name, VISIT.name, "person", "started_at", wanted)
    return [Line(row, seen_at, (), 0, *_planned(owed, row["id"])) for row, seen_at in found]


def _owed_lines(replica: Replica, owed: Owed, people: list[str]) -> list[Line]:
    """Those who are owed something, in the order in which they are handed in."""
    chosen = Wanted(where={"id": people}, limit=ROWS, same=read(replica).survivors)
    found = replica.longest_waiting(PERSON.name, VISIT.name, "person", "started_at", chosen)
    by_id = {row["id"]: (row, seen_at) for row, seen_at in found}
    lines = []
    for person in filter(by_id.__contains__, people):
        lacks = owed.lacks[person]
        why = tuple(lapses.why(one) for one in lacks)
        overdue = max(one.overdue_days(owed.day) for one in lacks)
        lines.append(Line(*by_id[person], why, overdue, *_planned(owed, person)))
    return lines


def _planned(owed: Owed, person: str) -> tuple[tuple[str, ...], str]:
    return owed.planned.get(person, ((), ""))
