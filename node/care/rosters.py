"""The roster (排班) of a month: who sees whom with which service, in which 旬.

Nobody types a roster. It follows from the plans: each line has a place in every period of a month
in which it holds. A worker who has left, whose contract has ended or, where the county asks for it,
who is not insured stands in no place; the place stays in the roster, vacant, with the reason, since
the person is owed the visit all the same. What a node does not hold it does not hold against
anybody: the contract and the insurance of a neighbour's worker are not known here.

`places` and `faults` are pure and depend on the set of what they are given.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from node.care import periods
from node.care.employment import WORKER_RECORD
from node.care.parameters.groups import CareVisits
from node.care.periods import Period
from node.care.seeing import Seen
from node.replica import Replica

LEFT, ENDED, UNINSURED, NOBODY = "left", "ended", "uninsured", "nobody"
"""Why a place is vacant."""

Spans = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Standing:
    """What is known of a worker's employment.

    Attributes:
        closed_on: The last day of work; empty while it goes on.
        closed: Whether the worker does not serve any more.
        contracts: First and last days of contracts, empty for open; None: not kept, or not here.
        insured: The same of insurances; None: not here.
    """

    closed_on: str = ""
    closed: bool = False
    contracts: Spans | None = None
    insured: Spans | None = None


@dataclass(frozen=True, slots=True, order=True)
class Place:
    """One place of a roster.

    Attributes:
        person: Whom to see.
        period: When; bounded by the first and the last day of the plan.
        services: The codes of what is to be done.
        plan: The id of the line.
        worker: Who comes; empty where nobody is named.
        visits: How often within the period.
        vacant: Why nobody can come, one of the reasons above; empty: somebody can.
        done: How many visits of the period did one of the services.
    """

    person: str
    period: Period
    services: tuple[str, ...]
    plan: str
    worker: str = ""
    visits: int = 1
    vacant: str = ""
    done: int = 0


def barred(standing: Standing | None, first: str, last: str, *, insured: bool) -> str:
    """Why a worker cannot stand in a roster on all of some days; empty where nothing is known.

    Args:
        standing: What is known; None: nothing.
        first: The first of the days.
        last: The last of them.
        insured: Whether the county asks for an insurance.
    """
    if standing is None:
        return ""
    if standing.closed and (not standing.closed_on or standing.closed_on < last):
        return LEFT
    if standing.contracts and not _covered(standing.contracts, first, last):
        return ENDED
    if insured and standing.insured is not None and not _covered(standing.insured, first, last):
        return UNINSURED
    return ""


def _covered(spans: Spans, first: str, last: str) -> bool:
    """Whether each of some days lies in a span; one may go on where another ends."""
    reached = first
    for since, until in sorted(spans):
        if since <= reached and (not until or until >= reached):
            if not until or until >= last:
                return True
            reached = periods.day_after(until)
    return False


def sentence(why: str) -> str:
    """What a reason says."""
    match why:
        case "left":
            return "The worker does not serve any more."
        case "ended":
            return "The worker has no contract for these days."
        case "uninsured":
            return "The worker is not insured on these days."
    return "The plan names no worker."


def places(
    plans: Iterable[Mapping[str, Any]],
    month: str,
    standings: Mapping[str, Standing],
    rules: CareVisits | None,
    visits: Collection[Seen] = (),
) -> list[Place]:
    """The places of a month, by person and day.

    Args:
        plans: Rows of `care_plan`; one that lacks what it must say has no place.
        month: As `2026-11`.
        standings: What is known of each worker, by id.
        rules: What the county has set; None: nothing.
        visits: Visits that count, to tell what was done.
    """
    insured = bool(rules and rules.insured_only)
    by_person: dict[str, list[Seen]] = {}
    for visit in visits:
        by_person.setdefault(visit.person, []).append(visit)
    found = []
    for plan in plans:
        if not all(plan[name] for name in ("services", "times", "per", "since")):
            continue
        worker, services = plan["worker"] or "", tuple(str(plan["services"]).split(","))
        for period in _periods(plan, month):
            own = _within(period, plan["since"], plan["until"] or "")
            vacant = NOBODY
            if worker:
                vacant = barred(standings.get(worker), own.first, own.last, insured=insured)
            done = sum(
                own.holds(one.day) and not one.services.isdisjoint(services)
                for one in by_person.get(plan["person"], ())
            )
            place = Place(
                plan["person"], own, services, str(plan["id"]), worker, plan["times"], vacant, done
            )
            found.append(place)
    return sorted(found)


def _periods(plan: Mapping[str, Any], month: str) -> list[Period]:
    """The periods of a month in which a line has a place."""
    if plan["per"] == "week":
        of_month = periods.weeks(month)
    elif plan["per"] == "xun":
        of_month = periods.thirds(month)
    elif plan["xun"]:
        of_month = tuple(one for one in periods.thirds(month) if one.xun == plan["xun"])
    else:
        of_month = (periods.whole(month),)
    since, until = plan["since"], plan["until"] or ""
    if until and until < since:
        return []
    return [one for one in of_month if one.touches(since, until)]


def _within(period: Period, since: str, until: str) -> Period:
    first, last = max(period.first, since), min(period.last, until or period.last)
    return Period(first, last, period.xun)


FEW, ALIKE, TWICE, VACANT = "few", "alike", "twice", "vacant"
"""What may be wrong with a person's month in the roster."""


def faults(of_person: Iterable[Place], rules: CareVisits | None) -> dict[str, tuple[str, ...]]:
    """What is wrong with the month of one person: a code, and what it is about.

    Places of a person who is planned for fewer visits than the county asks for (`FEW`: how many),
    services that come again where they must differ (`ALIKE`: which), a 旬 with more than one visit
    (`TWICE`: which), and vacant places (`VACANT`: the reasons).
    """
    mine, found = sorted(of_person), dict[str, tuple[str, ...]]()
    if rules is not None:
        planned = sum(one.visits for one in mine)
        if planned < rules.per_month_min:
            found[FEW] = (str(planned),)
        every = [service for one in mine for service in one.services * one.visits]
        again = sorted({service for service in every if every.count(service) > 1})
        if rules.services_differ and again:
            found[ALIKE] = tuple(again)
        counts = {
            xun: sum(one.visits for one in mine if one.period.xun == xun) for xun in periods.XUN
        }
        double = tuple(xun for xun, count in counts.items() if count > 1)
        if rules.one_per_xun and double:
            found[TWICE] = double
    vacant = tuple(sorted({one.vacant for one in mine if one.vacant}))
    return {**found, VACANT: vacant} if vacant else found


# --- what this node knows of workers -------------------------------------------------------------


def standing_of(replica: Replica, worker: Mapping[str, Any]) -> Standing:
    """What this node knows of a worker's employment.

    The personal records are here where the employing division lies at this node or below it.
    """
    closed = worker["status"] == "closed"
    if not replica.tree.covers(replica.division, worker["division#"]):
        return Standing(worker["closed_on"] or "", closed)
    records = replica.rows(WORKER_RECORD.name, where={"worker": worker["id"]})
    contracts = _spans(records, "contract_from", "contract_until")
    insured = tuple(
        (record["insured_from"] or "", record["insured_until"])
        for record in records
        if record["insured_until"]
    )
    return Standing(worker["closed_on"] or "", closed, contracts or None, insured)


def _spans(records: Iterable[Mapping[str, Any]], first: str, last: str) -> Spans:
    both = ((record[first] or "", record[last] or "") for record in records)
    return tuple(one for one in both if any(one))
