"""What visits raise together: of one worker's day, of one client's month, of one box's evening.

Each rule sorts by (start, id) and never by arrival, so the same visits raise the same flags
wherever and in whatever order they came together.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict, deque
from collections.abc import Callable, Collection, Hashable, Iterable, Iterator, Mapping, Sequence
from itertools import pairwise
from typing import TypeVar

from node.care.parameters.groups import CareVisits
from node.care.pay.facts import VisitFact, WorkerFact
from node.care.pay.flag import Flag, flag
from node.care.visits import MINUTE_MS
from node.clock import xun

Rules = Callable[[VisitFact], CareVisits | None]
"""What the county has set for the day and the place of a visit."""

Key = TypeVar("Key", bound=Hashable)


def several(
    visits: Sequence[VisitFact],
    workers: Mapping[str, WorkerFact],
    rules: Rules,
    returned: Collection[str] = (),
) -> Iterator[Flag]:
    """The flags of visits that are not void, given by start and id.

    A visit that was given back takes the place of no other: it counts to no cap of a day, and is
    not the one of an order that is paid. Who is registered twice with one ID number is one worker.
    """
    standing = [one for one in visits if one.id not in returned]
    same = {one.id: one.known_by or one.id for one in workers.values()}

    def who(visit: VisitFact) -> str:
        return same.get(visit.worker, visit.worker)

    for of_worker in _grouped(visits, who):
        yield from _overlap(of_worker)
        yield from _travel(of_worker, rules)
        yield from _same_text(of_worker)
    for of_day in _grouped(standing, lambda one: (who(one), one.day)):
        yield from _cap(of_day, workers.get(of_day[0].worker), rules)
        yield from _again(of_day, rules)
    for of_month in _grouped(visits, lambda one: (who(one), one.month)):
        yield from _same_length(of_month, rules)
    for of_third in _grouped(visits, lambda one: (one.client, xun(one.started_at))):
        yield from _xun(of_third, rules)
    for alike in _grouped(visits, lambda one: (one.client, one.month, one.service)):
        yield from _repeated(alike, rules)
    for of_order in _grouped((one for one in standing if one.order), lambda one: one.order):
        yield from _served_twice(of_order)
    for typed in _grouped(visits, lambda one: (one.division, one.author)):
        yield from _burst(typed, rules)


def _grouped(
    visits: Iterable[VisitFact], key: Callable[[VisitFact], Key]
) -> Iterable[list[VisitFact]]:
    groups: dict[Key, list[VisitFact]] = defaultdict(list)
    for visit in visits:
        groups[key(visit)].append(visit)
    return groups.values()


def _overlap(visits: Sequence[VisitFact]) -> Iterator[Flag]:
    """The first stands; whoever begins before it ends is flagged, in the same home too."""
    longest: VisitFact | None = None
    for visit in visits:
        if longest is not None and visit.started_at < longest.ended_at:
            yield flag(visit.id, "overlap", longest.id)
        if longest is None or visit.ended_at > longest.ended_at:
            longest = visit


def _travel(visits: Sequence[VisitFact], rules: Rules) -> Iterator[Flag]:
    for before, visit in pairwise(visits):
        rule = rules(visit)
        minutes = (visit.started_at - before.ended_at) // MINUTE_MS
        elsewhere = visit.client != before.client
        if rule is not None and elsewhere and 0 <= minutes < rule.travel_minutes:
            least = rule.travel_minutes
            yield flag(visit.id, "travel", before.id, minutes=minutes, least=least)


def _cap(visits: Sequence[VisitFact], worker: WorkerFact | None, rules: Rules) -> Iterator[Flag]:
    """A day of a worker over all villages: who comes after the last allowed client is flagged."""
    own = worker.clients_per_day_max if worker else 0
    first: dict[str, str] = {}
    for visit in visits:
        first.setdefault(visit.client, visit.id)
    ranks = {person: rank for rank, person in enumerate(first)}
    for visit in visits:
        rule = rules(visit)
        caps = [one for one in (own, rule.clients_per_day_max if rule else 0) if one]
        cap = min(caps, default=0)
        if cap and ranks[visit.client] >= cap:
            before = list(first.values())[:cap]
            yield flag(visit.id, "cap", *before, cap=cap, day=visit.day)


def _again(visits: Sequence[VisitFact], rules: Rules) -> Iterator[Flag]:
    """A day of a worker with each client: whoever comes more often than is paid is flagged."""
    for of_client in _grouped(visits, lambda one: one.client):
        for place, visit in enumerate(of_client):
            rule = rules(visit)
            cap = rule.per_client_day_max if rule is not None else 0
            if cap and place >= cap:
                before = [one.id for one in of_client[:cap]]
                yield flag(visit.id, "again", *before, cap=cap, day=visit.day)


def _same_text(visits: Sequence[VisitFact]) -> Iterator[Flag]:
    for alike in _grouped((one for one in visits if one.text), lambda one: one.text):
        for visit in alike[1:]:
            yield flag(visit.id, "same_text", alike[0].id)


def _same_length(visits: Sequence[VisitFact], rules: Rules) -> Iterator[Flag]:
    if len({one.minutes for one in visits}) > 1:
        return
    for visit in visits:
        rule = rules(visit)
        if rule is not None and 0 < rule.same_length_visits <= len(visits):
            minutes, in_month = visit.minutes, visit.month
            yield flag(visit.id, "same_length", count=len(visits), minutes=minutes, month=in_month)


def _xun(visits: Sequence[VisitFact], rules: Rules) -> Iterator[Flag]:
    for visit in visits[1:]:
        rule = rules(visit)
        if rule is not None and rule.one_per_xun:
            yield flag(visit.id, "xun", visits[0].id)


def _repeated(visits: Sequence[VisitFact], rules: Rules) -> Iterator[Flag]:
    for visit in visits[1:]:
        rule = rules(visit)
        if rule is not None and rule.services_differ:
            yield flag(visit.id, "repeated", visits[0].id)


def _served_twice(visits: Sequence[VisitFact]) -> Iterator[Flag]:
    """Of several visits for one order that of who has it is paid, or else the first."""
    paid, *others = sorted(visits, key=lambda one: (one.worker != one.ordered, one.place))
    for visit in others:
        yield flag(visit.id, "served_twice", paid.id)


def _burst(visits: Sequence[VisitFact], rules: Rules) -> Iterator[Flag]:
    """Visits typed at one box: each that lies in a span with too many is flagged."""
    typed = sorted(visits, key=lambda one: (one.entered_at, one.id))
    moments = [one.entered_at for one in typed]
    spans: deque[tuple[int, int, int]] = deque()
    for start, visit in enumerate(typed):
        rule = rules(visit)
        if rule is not None and rule.burst_visits_max:
            end = bisect_right(moments, visit.entered_at + rule.burst_minutes * MINUTE_MS)
            if end - start > rule.burst_visits_max:
                spans.append((start, end, rule.burst_minutes))
    for place, visit in enumerate(typed):
        while spans and spans[0][1] <= place:
            spans.popleft()
        if spans and spans[0][0] <= place:
            start, end, minutes = spans[0]
            ends = {typed[start].id, typed[end - 1].id} - {visit.id}
            yield flag(visit.id, "burst", *ends, count=end - start, minutes=minutes)
