"""Asks the findings about everybody whom this node holds: who was not seen, and who is without.

The rules are those of `findings`; here they are handed the rows of the ledger, each table read
once. Who has died, moved away or lives in an institution is asked about no more. Somebody whose
records were merged is one person, whichever of them a visit, a plan or a fact names.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from node.care import findings, lapses, periods, plans, rows
from node.care.departments.deciding import OPEN, hits
from node.care.doubles.links import Doubles
from node.care.doubles.reading import read
from node.care.facilities import CLOSED, FACILITY
from node.care.facts import (
    calls,
    emergencies,
    entrusted,
    health,
    institutions,
    notices,
    places,
    providers,
    rounds,
    support,
    writing,
)
from node.care.facts.declaring import FactKind
from node.care.findings import Cared, Lack
from node.care.parameters import publishing
from node.care.parameters.groups import CareVisits, Parameters
from node.care.parameters.serving import Staffing
from node.care.people import PERSON
from node.care.periods import day_after
from node.care.programmes.enrolling import with_place
from node.care.rosters import Place
from node.care.seeing import Seen, seen_here, sound
from node.clock import DAY_MS, day, parse_local, stamp_ms
from node.division import LEVELS
from node.replica import Replica

_LOOKED_BACK_DAYS = 31
"""For how long calls that waited, and rounds without a checklist, stay among the gaps."""


@dataclass
class _Known:
    """What the findings of one day read, gathered once."""

    replica: Replica
    parameters: Parameters
    today: str
    within: str | None
    known_as: Doubles
    seen: dict[str, list[Seen]] = field(default_factory=dict)
    places: dict[str, list[Place]] = field(default_factory=dict)
    enrolled: set[str] = field(default_factory=set)
    _facts: dict[str, dict[str, list[dict[str, Any]]]] = field(default_factory=dict)
    _every: dict[str, list[dict[str, Any]]] = field(default_factory=dict)

    def of(self, kind: FactKind, person: str) -> list[dict[str, Any]]:
        """The facts of a kind about a person that were so by the day."""
        if kind.name not in self._facts:
            found: dict[str, list[dict[str, Any]]] = {}
            for row in self.known_as.of_kept(self.every(kind)):
                found.setdefault(row["person"], []).append(row)
            self._facts[kind.name] = found
        return self._facts[kind.name].get(person, [])

    def every(self, kind: FactKind) -> list[dict[str, Any]]:
        """All facts of a kind."""
        if kind.name not in self._every:
            self._every[kind.name] = list(writing.standing(self.replica, kind))
        return self._every[kind.name]

    def code(self, division: str) -> str:
        """The statistical code of a division."""
        known = self.replica.tree.get(division)
        return known.code if known else ""

    def rules(self, division: str) -> CareVisits | None:
        """What the county has set for visits there."""
        return self.parameters.visits.on(self.today, self.code(division))


def _known(replica: Replica, today: str, within: str | None) -> _Known:
    known_as = read(replica)
    known = _Known(replica, publishing.needed(replica), today, within, known_as)
    for one in seen_here(replica, until=today):
        known.seen.setdefault(known_as.survivor(one.person), []).append(one)
    for _, place in plans.roster(replica, today[:7], within):
        person = known_as.survivor(place.person)
        known.places.setdefault(person, []).append(replace(place, person=person))
    known.enrolled = {known_as.survivor(one) for one in with_place(replica, today)}
    return known


def _people(known: _Known) -> Iterator[Cared]:
    """The people who are in care on the day."""
    people = rows.pages(known.replica, PERSON.name, known.within)
    for row in known.known_as.once(people):
        registered_on = day(stamp_ms(row["time"]))
        closed = row["status"] == "closed" and (row["closed_on"] or "") <= known.today
        if not closed and registered_on <= known.today:
            yield _cared(known, row, registered_on)


def _cared(known: _Known, row: Mapping[str, Any], registered_on: str) -> Cared:
    visits = [one.day for one in known.seen.get(row["id"], ())]
    looks = [
        one["done_on"]
        for one in known.of(support.CHECK_IN, row["id"])
        if one["status"] != "WJ" and one["done_on"] <= known.today
    ]
    seen_on = max([*visits, *looks], default="")
    spans = known.of(health.STAY, row["id"]) + known.of(institutions.PLACEMENT, row["id"])
    return Cared(
        row["id"],
        row["division#"],
        min(registered_on, seen_on or registered_on),
        seen_on,
        row["birth_date"] or "",
        frozenset(row["groups"] or ()),
        row["disability_grade"] or "",
        bool(health.during(spans, known.today)),
    )


def _days(known: _Known, one: Cared) -> list[str]:
    """The days of a person's visits that count."""
    return [seen.day for seen in sound(known.seen.get(one.id, ()), known.rules(one.division))]


def _is_client(known: _Known, one: Cared) -> bool:
    """Whether a month owes visits to somebody: by a plan, a programme, or a visit of late."""
    since = f"{periods.months_ago(known.today[:7], 1)}-01"
    visited = any(seen.day >= since for seen in known.seen.get(one.id, ()))
    return visited or one.id in known.places or one.id in known.enrolled


def due(
    replica: Replica, today: str, hour: int, within: str | None = None, xun: str = ""
) -> list[Lack]:
    """Who is due to be seen or overdue, the longest overdue first.

    Args:
        replica: This node.
        today: The day, ISO date.
        hour: The hour of that day; 24 where it is over.
        within: Only in this division and below; None for all here.
        xun: Only what is about this third of the month of the day, by its code.

    Raises:
        UsageError: The county has published no policy.
    """
    known, found = _known(replica, today, within), list[Lack]()
    for one in _people(known):
        found += _due(known, one, hour)
    return sorted(one for one in found if not xun or one.xun == xun)


def _due(known: _Known, one: Cared, hour: int) -> Iterator[Lack]:
    numbers, today, policy = known.parameters, known.today, known.parameters.version
    code, rules, days = known.code(one.division), known.rules(one.division), _days(known, one)
    places = known.places.get(one.id, [])
    yield from findings.due_by_plan(one, places, days, today, policy)
    if rules is not None and not places and _is_client(known, one):
        yield from findings.due_by_xun(one, days, today[:7], today, rules, policy)
    duties = numbers.duties.on(today, code)
    if duties is not None and (lack := findings.due_by_duty(one, today, duties, policy)):
        yield lack
    hotline = numbers.hotline.on(today, code)
    if hotline is not None:
        devices, signals = known.of(calls.DEVICE, one.id), known.every(calls.SIGNAL)
        yield from lapses.of_devices(one, devices, signals, today, hotline, policy)
    looks = numbers.check_ins.on(today, code)
    if looks is not None:
        told = findings.told_until(known.replica.tier, today, hour, looks)
        mine = known.of(support.CHECK_IN, one.id)
        before = _as_of(known, one, told)
        if lack := findings.not_looked_after(before, mine, told, looks, policy):
            yield lack
    checks = numbers.health_checks.on(today, code)
    if checks is not None and _is_client(known, one):
        done = [row for row in known.of(health.CHECK, one.id) if row["done_on"] <= today]
        yield from findings.health_checks_due(one, done, today, checks, policy)


def _as_of(known: _Known, one: Cared, told: str) -> Cared:
    """Somebody as last seen by a visit up to a day: what came later does not make up for it."""
    visits = [seen.day for seen in known.seen.get(one.id, ()) if seen.day <= told]
    return Cared(
        one.id, one.division, one.registered_on, max(visits, default=""), one.birth_date,
        one.groups, one.grade, one.away,
    )  # fmt: skip


def gaps(replica: Replica, today: str, within: str | None = None) -> list[Lack]:
    """Who is without what they should have, the longest first.

    Raises:
        UsageError: The county has published no policy.
    """
    known = _known(replica, today, within)
    found = [*_of_divisions(known), *_of_facilities(known), *_of_duties(known)]
    reported: dict[str, list[Mapping[str, Any]]] = {}
    for hit in hits(replica, within, states=(OPEN,)):
        reported.setdefault(known.known_as.survivor(hit.person), []).append(hit.row)
    for one in _people(known):
        found += _gaps(known, one)
        told = reported.get(one.id, ())
        found += lapses.of_reports(one, told, today, known.parameters.version)
    return sorted(found)


def _gaps(known: _Known, one: Cared) -> Iterator[Lack]:
    numbers, today, policy = known.parameters, known.today, known.parameters.version
    rules, places = known.rules(one.division), known.places.get(one.id, [])
    owed = rules is not None and not one.away and _is_client(known, one)
    if rules is not None and owed:
        days = _days(known, one)
        yield from filter(None, [findings.in_arrears(one, days, today, rules, policy)])
    if not one.away:
        yield from findings.roster_faults(one, places, today[:7], rules, policy)
    stays = known.of(institutions.PLACEMENT, one.id)
    yield from lapses.in_two_homes(one, stays, today, policy)
    yield from _of_calls(known, one)
    yield from _of_health(known, one)
    spendings = known.every(entrusted.SPENDING)
    yield from lapses.of_vouchers(one, known.of(entrusted.VOUCHER, one.id), spendings, policy)
    watch = numbers.watch.on(today, known.code(one.division))
    if watch is None:
        return
    needs, steps = known.of(support.NEED, one.id), known.every(support.STEP)
    yield from lapses.of_needs(one, needs, steps, today, watch, policy)
    for kind, find in (
        (support.AGREEMENT, findings.without_agreement),
        (support.PAIRING, findings.badly_paired),
        (health.STAY, findings.without_attendant),
    ):
        if lack := find(one, known.of(kind, one.id), today, watch, policy):
            yield lack


def _of_calls(known: _Known, one: Cared) -> Iterator[Lack]:
    """Calls that waited, and safety rounds without a checklist."""
    policy, since = known.parameters.version, day_after(known.today, -_LOOKED_BACK_DAYS)
    hotline = known.parameters.hotline.on(known.today, known.code(one.division))
    if hotline is not None:
        over = parse_local(f"{known.today} 00:00") + DAY_MS
        now = min(over, known.replica.core.now_ms())
        both = known.of(emergencies.EMERGENCY, one.id), known.of(calls.REQUEST, one.id)
        called, asked = (
            [row for row in rows_ if since <= day(row[name]) <= known.today]
            for rows_, name in zip(both, ("called_at", "asked_at"), strict=True)
        )
        yield from lapses.of_calls(one, called, asked, now, hotline, policy)
    days = [
        seen.day
        for seen in known.seen.get(one.id, ())
        if rounds.SERVICE in seen.services and since <= seen.day and not seen.returned
    ]
    yield from lapses.of_rounds(one, days, known.of(rounds.ROUND, one.id), policy)
    yield from lapses.of_hotline(one, known.of(calls.CALL, one.id), known.today, policy)


def _of_health(known: _Known, one: Cared) -> Iterator[Lack]:
    """Readings outside their bounds, and check-ups that cost too much."""
    code, policy = known.code(one.division), known.parameters.version
    bounds = known.parameters.readings.on(known.today, code)
    if bounds is not None:
        taken = [
            row for row in known.of(health.READING, one.id) if day(row["taken_at"]) <= known.today
        ]
        yield from lapses.of_readings(one, taken, bounds, policy)
    checks = known.parameters.health_checks.on(known.today, code)
    if checks is not None:
        done = known.of(health.CHECK, one.id)
        yield from lapses.of_checks(one, done, known.today, checks, policy)


def _of_facilities(known: _Known) -> Iterator[Lack]:
    """What facilities lack: a centre, a contract, people who work there."""
    replica, today, policy = known.replica, known.today, known.parameters.version
    found = list(rows.pages(replica, FACILITY.name, known.within))
    yield from lapses.without_centre(found, known.every(places.TIE), today, policy)
    yield from lapses.without_contract(found, known.every(providers.CONTRACT), today, policy)
    for row in found:
        rules = known.parameters.staffing.on(today, known.code(row["division#"]))
        if rules is None or row["status"] in CLOSED:
            continue
        numbers = staffing_of(known, row, rules)
        yield from filter(None, [lapses.understaffed(row, numbers, today, policy)])


def staffing_of(
    known: _Known, facility: Mapping[str, Any], rules: Staffing
) -> tuple[int, int, int]:
    """Residents, staff, and the staff that they need, of one institution."""
    placements = [
        row for row in known.every(institutions.PLACEMENT) if row["facility"] == facility["id"]
    ]
    grades = {
        row["person"]: (known.replica.row(PERSON.name, row["person"]) or {}).get("care_grade") or ""
        for row in placements
    }
    posts = known.every(institutions.POST)
    return lapses.staffing(facility, placements, posts, grades, rules, known.today)


def staffing(
    replica: Replica, today: str, within: str | None = None
) -> list[tuple[dict[str, Any], int, int, int]]:
    """The institutions with residents or staff: each with both, and the staff that it needs.

    Raises:
        UsageError: The county has published no policy.
    """
    known = _Known(replica, publishing.needed(replica), today, within, Doubles())
    found = []
    for row in rows.pages(replica, FACILITY.name, within):
        rules = known.parameters.staffing.on(today, known.code(row["division#"]))
        numbers = staffing_of(known, row, rules or Staffing(()))
        if row["status"] not in CLOSED and any(numbers):
            found.append((row, *numbers))
    return found


def _of_duties(known: _Known) -> Iterator[Lack]:
    """What divisions have not confirmed, and when nobody is on call."""
    replica, today, policy = known.replica, known.today, known.parameters.version
    below = set(replica.tree.below(known.within or replica.division))
    sent = [row for row in known.every(notices.NOTICE) if row["division#"] in below]
    read, done = known.every(notices.RECEIPT), known.every(notices.DONE)
    yield from lapses.unconfirmed(sent, read, done, today, policy)
    rota: dict[str, list[Any]] = {replica.division: []} if replica.tier == LEVELS[0] else {}
    for row in known.every(calls.ON_CALL):
        rota.setdefault(row["division#"], []).append(row)
    for division in sorted(rota.keys() & below):
        hotline = known.parameters.hotline.on(today, known.code(division))
        if hotline is not None:
            yield from lapses.nobody_on_call(division, rota[division], today, hotline, policy)


def _of_divisions(known: _Known) -> list[Lack]:
    """What divisions themselves owe: trainings, each division by what the county has set there."""
    replica, today = known.replica, known.today
    held = list(writing.standing(replica, emergencies.TRAINING))
    held = [row for row in held if row["held_on"] <= today]
    found = list[Lack]()
    for id_ in replica.tree.below(known.within or replica.division):
        division = replica.tree.get(id_)
        code = division.code if division else ""
        rules = known.parameters.trainings.on(today, code)
        watch = known.parameters.watch.on(today, code)
        if division is None or division.abolished or rules is None or watch is None:
            continue
        least = {"county": rules.county_min, "township": rules.township_min}.get(division.level, 0)
        owed = emergencies.shortfall(held, {id_: least}, today[:4])
        found += findings.trainings_owed(owed, today, watch, known.parameters.version)
    return found


def version(replica: Replica) -> str:
    """The version of the policy by which findings are found here.

    Raises:
        UsageError: The county has published none.
    """
    return publishing.needed(replica).version
