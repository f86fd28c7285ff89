"""A month of visits as it is planned: who goes to whom on which day, before anybody has gone.

What the county has to pay follows from this plan alone, without the ledger and without the rules
that are being tried: so many visits, so much for each.
"""

from __future__ import annotations

import calendar
import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from cli.demo.people import WORKERS, Invented, clients, workers
from cli.demo.places import Place
from node.clock import parse_local

_BEGIN = ("08:00", "09:45", "13:30", "15:15")
"""When the visits of a worker's day begin; four are the most that 沁县 pays for."""
_XUN_DAYS = 10
_SERVICES = ("SH01", "SH02", "SH03", "SH04")
_MINUTES = (60, 65, 70, 75, 80)
_MINUTE_MS = 60_000


@dataclass(frozen=True)
class Visit:
    """A visit that will take place.

    Attributes:
        village: The code of the village in which the client lives.
        client: The client's place in the list of clients.
        worker: The worker's place in the list of workers.
        started_at: When it begins, milliseconds UTC.
        ended_at: When it ends.
    """

    village: str
    client: int
    worker: int
    started_at: int
    ended_at: int
    service: str


@dataclass(frozen=True)
class Month:
    """A month of care.

    Attributes:
        month: Such as 2026-11.
        clients: Who is visited, each at the code of a village.
        workers: Who visits, each at the code of the township that employs them.
        visits: In the order in which they end.
    """

    month: str
    clients: Sequence[Invented]
    workers: Sequence[Invented]
    visits: Sequence[Visit]


def month_of(
    month: str, townships: Sequence[Place], villages: Sequence[Place], places: int, seed: int
) -> Month:
    """Plans a month: each client is visited once in each 旬, by one worker, with another service.

    Args:
        month: Such as 2026-11.
        townships: They employ the workers, as many as their clients need.
        villages: The clients live there, spread evenly.
        places: How many clients.
        seed: What decides the rest.
    """
    people = clients(seed, [(one.code, one.short) for one in villages], places)
    towns = {one.code: one.parent for one in villages}
    by_town: dict[str, list[int]] = {one.code: [] for one in townships}
    for index, person in enumerate(people):
        by_town[towns[person.division]].append(index)
    staff = max(1, round(places * WORKERS / 350))
    shares = _shares({town: len(served) for town, served in by_town.items()}, staff)
    posts = [(town, town) for town, share in shares.items() for _ in range(share)]
    hands = workers(seed, posts, len(posts))
    chance = random.Random(f"visits of {seed}")
    found: list[Visit] = []
    for town, served in by_town.items():
        own = [index for index, (code, _) in enumerate(posts) if code == town]
        for place, worker in enumerate(own):
            found += _of_worker(month, worker, served[place :: len(own)], people, chance)
    found.sort(key=lambda one: (one.ended_at, one.village, one.client))
    return Month(month, people, hands, found)


def _shares(served: Mapping[str, int], staff: int) -> dict[str, int]:
    """How many workers each township has: by the largest remainder, and never none for clients."""
    clients = sum(served.values())
    exact = {town: number * staff / clients for town, number in served.items()}
    shares = {town: max(int(part), int(part > 0)) for town, part in exact.items()}
    by_rest = sorted(exact, key=lambda town: (shares[town] - exact[town], town))
    for town in by_rest[: max(0, staff - sum(shares.values()))]:
        shares[town] += 1
    return shares


def _of_worker(
    month: str,
    worker: int,
    served: Sequence[int],
    people: Sequence[Invented],
    chance: random.Random,
) -> list[Visit]:
    """The visits of one worker: on some days of each 旬 up to four."""
    year, number = int(month[:4]), int(month[5:])
    last = calendar.monthrange(year, number)[1]
    found = []
    for xun in range(3):
        first = xun * _XUN_DAYS + 1
        days = list(range(first, last + 1 if xun == 2 else first + _XUN_DAYS))
        needed = -(-len(served) // len(_BEGIN))
        chosen = sorted(chance.sample(days, needed))
        for place, client in enumerate(served):
            begin = f"{month}-{chosen[place // len(_BEGIN)]:02} {_BEGIN[place % len(_BEGIN)]}"
            started_at = parse_local(begin)
            ended_at = started_at + chance.choice(_MINUTES) * _MINUTE_MS
            service = _SERVICES[(client + xun) % len(_SERVICES)]
            village = people[client].division
            found.append(Visit(village, client, worker, started_at, ended_at, service))
    return found
