"""What one visit raises by itself, beside its client and its worker.

What is not known is no doubt: a county that keeps no insurances flags no worker for lacking one,
and a village does not know the contract of a neighbour's worker.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator

from node.care.parameters.groups import CareVisits
from node.care.pay.facts import ClientFact, Span, VisitFact, WorkerFact
from node.care.pay.flag import Flag, flag
from node.care.periods import XUN, xun_of
from node.care.policy import BASELINE

_HOUR_MS = 3_600_000
_AHEAD_MS_MAX = _HOUR_MS
_LIFE = {"deceased": "died", "moved": "moved", "placed": "placed"}
_NOBODY = ("", "nobody")


def single(
    visit: VisitFact,
    client: ClientFact | None,
    worker: WorkerFact | None,
    rules: CareVisits | None,
) -> Iterator[Flag]:
    """The flags of one visit.

    Args:
        visit: A visit that is not void.
        client: The client, where the record can be read.
        worker: The worker, where the record can be read.
        rules: What the county has set for the day and the place.
    """
    yield from _times(visit, rules)
    if client is not None:
        yield from _life(visit, client)
        yield from _plan(visit, client)
        yield from _of_plan(visit, client)
    if worker is not None:
        if worker.closed_on and visit.day > worker.closed_on:
            yield flag(visit.id, "left", on=worker.closed_on)
        yield from _papers(visit, worker)
        yield from _skill(visit, worker, rules)
    yield from _confirmation(visit, worker)
    if visit.breach:
        yield flag(visit.id, visit.breach, day=visit.day)


def _times(visit: VisitFact, rules: CareVisits | None) -> Iterator[Flag]:
    if visit.clock_suspect:
        yield flag(visit.id, "clock")
    elif visit.started_at > visit.entered_at + _AHEAD_MS_MAX:
        yield flag(visit.id, "future", day=visit.day)
    if rules is None:
        return
    if visit.minutes < rules.minutes_min:
        yield flag(visit.id, "short", minutes=visit.minutes, least=rules.minutes_min)
    after_ms = visit.entered_at - visit.ended_at
    if after_ms > rules.late_after_hours * _HOUR_MS:
        code = "late_unexplained" if visit.late_reason == "" else "late"
        yield flag(visit.id, code, hours=after_ms // _HOUR_MS)


def _life(visit: VisitFact, client: ClientFact) -> Iterator[Flag]:
    """A visit on the day itself may have come before what happened."""
    if client.closed_on and visit.day > client.closed_on:
        code = _LIFE.get(client.closed_reason, "closed")
        yield flag(visit.id, code, on=client.closed_on)
    for stay in client.placed:
        if _inside(stay, visit.day):
            yield flag(visit.id, "placed", on=stay.since)
            break
    if any(_inside(stay, visit.day) for stay in client.hospital):
        yield flag(visit.id, "hospital", day=visit.day)
    if client.registered_on and visit.day < client.registered_on:
        yield flag(visit.id, "unregistered", since=client.registered_on)


def _inside(stay: Span, on: str) -> bool:
    """Whether a day lies within a stay: on its first and last the client is at home too."""
    return stay.since < on and (not stay.until or on < stay.until)


def _plan(visit: VisitFact, client: ClientFact) -> Iterator[Flag]:
    if client.enrolled is not None and not _covered(client.enrolled, visit.day):
        yield flag(visit.id, "unenrolled", day=visit.day)
    done = {visit.service, *visit.tasks}
    if client.services and done.isdisjoint(client.services):
        yield flag(visit.id, "unplanned")


def _of_plan(visit: VisitFact, client: ClientFact) -> Iterator[Flag]:
    """What a visit did beside the client's plan, or in another 旬 (QX-21, QX-25).

    None of it bars pay: a plan is a register, and who changes it must move no money.
    """
    plan = [line for line in client.plan if line.days.holds(visit.day)]
    if not plan:
        return
    if not visit.tasks:
        yield flag(visit.id, "no_task", day=visit.day)
    done, known = {visit.service, *visit.tasks}, {one for line in plan for one in line.services}
    if beside := done - known:
        yield flag(visit.id, "outside_plan", services=_titles(beside))
    now = xun_of(visit.day)
    in_time = {one for line in plan if line.xun in ("", now) for one in line.services}
    if untimely := (done & known) - in_time:
        planned = {line.xun for line in plan if untimely & set(line.services)}
        told = "、".join(BASELINE.lists.xun.title(one) for one in XUN if one in planned)
        yield flag(visit.id, "outside_xun", services=_titles(untimely), planned=told)


def _titles(services: Collection[str]) -> str:
    return "、".join(BASELINE.lists.services.title(one) for one in sorted(services))


def _papers(visit: VisitFact, worker: WorkerFact) -> Iterator[Flag]:
    if worker.contract is not None and not _covered(worker.contract, visit.day):
        yield flag(visit.id, "contract", day=visit.day)
    if worker.insurance is not None and not _covered(worker.insurance, visit.day):
        yield flag(visit.id, "insurance", day=visit.day)
    if worker.certificate is not None and not _covered(worker.certificate, visit.day):
        yield flag(visit.id, "certificate", day=visit.day)


def _skill(visit: VisitFact, worker: WorkerFact, rules: CareVisits | None) -> Iterator[Flag]:
    """A service that the county keeps for some classes, done by somebody of another (QX-13)."""
    classes = [one for service, one in (rules.skills if rules else ()) if service == visit.service]
    if classes and worker.worker_class and worker.worker_class not in classes:
        title = BASELINE.lists.services.title(visit.service)
        names = "、".join(BASELINE.lists.worker_classes.title(one) for one in classes)
        yield flag(visit.id, "unskilled", service=title, classes=names)


def _covered(spans: tuple[Span, ...], on: str) -> bool:
    return any(span.holds(on) for span in spans)


def _confirmation(visit: VisitFact, worker: WorkerFact | None) -> Iterator[Flag]:
    if visit.confirmed_by in _NOBODY:
        yield flag(visit.id, "unconfirmed")
    if worker is not None and visit.person in worker.relatives:
        yield flag(visit.id, "relative")
