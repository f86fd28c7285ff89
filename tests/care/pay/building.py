"""Builds facts of a small county: the numbers of 沁县, visits at a day and hour, reviews."""

from __future__ import annotations

from typing import Any

from node.care.parameters.dated import Dated, Entry
from node.care.parameters.groups import Bonus, CareVisits, Parameters, Pay
from node.care.pay.facts import ACCEPT, WAIVE, ClientFact, Facts, Review, VisitFact, WorkerFact
from node.care.pay.flags import outcomes
from node.care.pay.sheet import Inputs, Sheet, sheet
from node.clock import parse_local

HOUR_MS = 3_600_000
INPUTS = Inputs("frontier", "trust", "2026-1")
A, B = "village-a", "village-b"
BOTH = (A, B)
PART_TIME, FULL_TIME, VOLUNTEER = "JZ", "ZZ", "ZY"

VISITS = CareVisits(
    per_month_min=3,
    minutes_min=60,
    clients_per_day_max=4,
    one_per_xun=True,
    services_differ=True,
    arrears_from_day=25,
    late_after_hours=48,
    travel_minutes=10,
    burst_visits_max=8,
    burst_minutes=5,
    same_length_visits=10,
    call_back_thousandths=100,
)
PAY = Pay(5_000, 200_000, (PART_TIME,), (FULL_TIME,))
BONUS = Bonus(per_star_fen=200, stars_from=300, reviews_min=2)


def parameters(
    pay: tuple[Entry[Pay], ...] = (Entry(PAY),),
    visits: CareVisits = VISITS,
    bonus: tuple[Entry[Bonus], ...] = (Entry(BONUS),),
) -> Parameters:
    """A pack with these numbers and nothing else."""
    unset = (
        "health_checks", "areas", "check_ins", "age_allowance", "frailty_allowance", "care_tariff",
        "meals", "canteens", "modifications", "points", "liaisons", "trainings", "associations",
    )  # fmt: skip
    empty: dict[str, Any] = {name: Dated(name) for name in unset}
    return Parameters(
        version="2026-1",
        county="沁县",
        programmes={},
        visits=Dated("visits", (Entry(visits),)),
        pay=Dated("pay", pay),
        bonus=Dated("bonus", bonus),
        **empty,
    )


PARAMETERS = parameters()


def visit(
    id_: str, at: str, person: str = "p1", worker: str = "w1", minutes: int = 61, **more: Any
) -> VisitFact:
    """A visit that began at a moment in UTC+8 and was entered when it ended."""
    start = parse_local(at)
    end = start + minutes * 60_000
    given = {
        "service": "SH02",
        "division": A,
        "entered_at": end,
        "author": "box-" + more.get("division", A),
        "confirmed_by": "self",
    }
    return VisitFact(
        id=id_, person=person, worker=worker, started_at=start, ended_at=end, minutes=minutes,
        **{**given, **more},
    )  # fmt: skip


def client(id_: str = "p1", **more: Any) -> ClientFact:
    return ClientFact(id_, **{"division": A, **more})


def worker(id_: str = "w1", kind: str = PART_TIME, **more: Any) -> WorkerFact:
    return WorkerFact(id_, **{"division": A, "kinds": (("", kind),), **more})


def accepted(visits: Any) -> list[Review]:
    return [Review(f"accept-{one.id}", one.id, ACCEPT, at=1) for one in visits]


def waiver(visit_id: str, flag: str, reason: str = "路近") -> Review:
    return Review(f"waive-{visit_id}-{flag}", visit_id, WAIVE, at=2, flag=flag, reason=reason)


def facts(visits: Any, clients: Any = (), workers: Any = (), reviews: Any = None) -> Facts:
    """Facts whose visits are all accepted, and whose clients and workers are known."""
    visits = list(visits)
    clients, workers = list(clients), list(workers)
    persons = {one.person: one.division for one in visits}
    clients += [
        client(one, division=division)
        for one, division in sorted(persons.items())
        if one not in {known.id for known in clients}
    ]
    workers += [
        worker(one)
        for one in sorted({one.worker for one in visits} - {known.id for known in workers})
    ]
    reviews = accepted(visits) if reviews is None else reviews
    return Facts.of(visits, clients, workers, reviews)


def settled(
    period: str, known: Facts, closed: Any = (), params: Parameters = PARAMETERS, **more: Any
) -> Sheet:
    """The sheet of both villages after their ancestor told its outcomes."""
    told = known.told(outcomes(known, params))
    given = {"scope": "township", "divisions": BOTH, "inputs": INPUTS, **more}
    return sheet(
        period, given["scope"], given["divisions"], told, params, given["inputs"], list(closed)
    )
