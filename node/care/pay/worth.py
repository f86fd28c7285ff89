"""What each visit and each month is worth to a worker by all that is known: the *dues*.

A visit is recorded, then accepted by the township, then payable. Where it does not come so far it
says why, so that a village never sees fewer payable visits than it recorded without a reason.
Nothing here knows what was paid before.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass

from node.care.parameters.groups import Bonus, Parameters, Pay
from node.care.pay.bursts import stuffed
from node.care.pay.facts import ACCEPT, DISPUTE, RETURN, WAIVE, Facts, Review, VisitFact, WorkerFact
from node.care.pay.flag import Flag
from node.care.pay.flags import found_here

RECORDED, ACCEPTED, PAYABLE = "recorded", "accepted", "payable"
STATES = (RECORDED, ACCEPTED, PAYABLE)
"""已记录, 已受理, 可结算: a visit of a later state was in those before."""

VISIT_PAY, BASE_PAY, BONUS_PAY = "visit", "base", "bonus"


@dataclass(frozen=True, slots=True, order=True)
class Due:
    """What one visit, or one month, is worth to one worker.

    Attributes:
        kind: `VISIT_PAY`, `BASE_PAY` or `BONUS_PAY`.
        month: The month to which it belongs.
        subject: The visit's id; the month for base and bonus.
        state: One of `STATES`.
        reasons: Codes that say why it is not payable, or why a payable one is worth nothing.
        fen: How much.
    """

    worker: str
    kind: str
    month: str
    subject: str
    state: str
    reasons: tuple[str, ...]
    fen: int


class Said:
    """What townships said of visits: of several decisions the newest, and all waivers."""

    def __init__(self, facts: Facts) -> None:
        self._decision: dict[str, Review] = {}
        self.waivers: dict[tuple[str, str], Review] = {}
        for review in sorted(facts.reviews.values(), key=lambda one: (one.at, one.id)):
            if review.decision in (ACCEPT, RETURN, DISPUTE):
                self._decision[review.visit] = review
            elif review.decision == WAIVE and review.reason.strip():
                self.waivers.setdefault((review.visit, review.flag), review)

    def decision(self, visit: str) -> Review | None:
        """The decision that counts, or None."""
        return self._decision.get(visit)

    def waived(self, flag: Flag) -> bool:
        """Whether a flag is waived, with a reason."""
        return (flag.visit, flag.code) in self.waivers


def seen(facts: Facts, parameters: Parameters) -> dict[str, list[Flag]]:
    """The flags that a sheet of these facts reads: its own, and the outcomes told to it."""
    by_visit: dict[str, list[Flag]] = defaultdict(list)
    for flag in sorted(found_here(facts, parameters) | facts.outcomes):
        by_visit[flag.visit].append(flag)
    return by_visit


def dues(
    facts: Facts,
    parameters: Parameters,
    until: str,
    months: Iterable[str],
    employers: Collection[str] | None = None,
) -> Iterator[Due]:
    """What all visits until a month are worth, and some months of who gets a base.

    Args:
        facts: What a sheet reads: `Facts.within` its divisions.
        parameters: What the county has set.
        until: The last month, as `2026-11`.
        months: Of which base and bonus are wanted.
        employers: Divisions that pay the base of who is employed there; None: any.
    """
    said, flagged = Said(facts), seen(facts, parameters)
    sound: dict[tuple[str, str], list[VisitFact]] = defaultdict(list)
    for visit in facts.visits.values():
        if visit.month > until:
            continue
        worker = facts.workers.get(visit.worker)
        pay = parameters.pay.on(visit.day, visit.code)
        state, reasons = _standing(visit, said, flagged.get(visit.id, []))
        if state == PAYABLE:
            sound[visit.worker, visit.month].append(visit)
            state, reasons = _paid(worker, visit, pay)
        fen = pay.per_visit_fen if pay is not None and state == PAYABLE and not reasons else 0
        yield Due(visit.worker, VISIT_PAY, visit.month, visit.id, state, reasons, fen)
    twins: dict[str, list[str]] = defaultdict(list)
    for worker in facts.workers.values():
        twins[worker.known_by or worker.id].append(worker.id)
    for month in months:
        for worker in facts.workers.values():
            same = sorted(twins[worker.known_by or worker.id])
            if worker.id != same[0]:
                continue  # who is registered twice has one base
            mine = [one for id_ in same for one in sound.get((id_, month), [])]
            employed = employers is None or worker.division in employers
            yield from _of_month(worker, month, mine, parameters, employed)


def _standing(visit: VisitFact, said: Said, flagged: list[Flag]) -> tuple[str, tuple[str, ...]]:
    """How far a visit has come, whoever made it."""
    if visit.void:
        return RECORDED, ("void",)
    decision = said.decision(visit.id)
    if decision is None:
        return RECORDED, ("not_reviewed",)
    if decision.decision == DISPUTE:
        return RECORDED, ("disputed",)
    if decision.decision == RETURN:
        return RECORDED, ("returned",)
    bars = {one.code for one in flagged if one.bars and not said.waived(one)}
    reasons = sorted(bars | {"held"} if visit.held else bars)
    return (ACCEPTED, tuple(reasons)) if reasons else (PAYABLE, ())


def _paid(
    worker: WorkerFact | None, visit: VisitFact, pay: Pay | None
) -> tuple[str, tuple[str, ...]]:
    """Whether a sound visit is paid to its worker: by the visit, by the month, or not.

    What a provider is paid for by its contract is not paid a second time to whom it sent.
    """
    if visit.contracted:
        return PAYABLE, ("contracted",)
    if worker is None:
        return ACCEPTED, ("worker_unknown",)
    if pay is None:
        return ACCEPTED, ("no_pay_rule",)
    kind = worker.kind_on(visit.day)
    if kind in pay.paid_kinds:
        return PAYABLE, ()
    if kind in pay.salaried_kinds:
        return PAYABLE, ("salaried",)
    return ACCEPTED, ("unpaid_kind",) if kind else ("kind_unknown",)


def _of_month(
    worker: WorkerFact, month: str, sound: list[VisitFact], parameters: Parameters, employed: bool
) -> Iterator[Due]:
    """Base and bonus: by what holds on the first of the month at the employing division.

    Only the sheet of that division pays a base; a bonus is for the visits of each sheet.
    """
    first = f"{month}-01"
    pay = parameters.pay.on(first, worker.code)
    if pay is None or worker.kind_on(first) not in pay.salaried_kinds:
        return
    left = bool(worker.closed_on) and worker.closed_on < first
    there = worker.since[:7] <= month or bool(sound)
    served = employed and there and not left
    if served:
        yield Due(worker.id, BASE_PAY, month, month, PAYABLE, (), pay.base_fen)
    bonus, reason = bonus_of(worker, month, sound, parameters)
    if reason != "no_bonus_rule" and (served or sound):
        reasons = (reason,) if reason else ()
        yield Due(worker.id, BONUS_PAY, month, month, PAYABLE, reasons, bonus)


def counting(sound: Iterable[VisitFact], rule: Bonus) -> list[int]:
    """The ratings of some visits that count for a bonus: those that were typed in no burst."""
    rated = [one for one in sound if one.rating is not None]
    typed = ((one.id, one.rated_by, one.rated_at) for one in rated if one.rated_by)
    burst = stuffed(typed, rule.stuffing_reviews_max, rule.stuffing_minutes)
    return [one.rating for one in rated if one.id not in burst and one.rating is not None]


def bonus_of(
    worker: WorkerFact, month: str, sound: list[VisitFact], parameters: Parameters
) -> tuple[int, str]:
    """The bonus of a month in fen, and why there is none.

    Only ratings that were given count, so a client who says nothing takes nothing away.

    Args:
        worker: Whose it is.
        month: As `2026-11`.
        sound: The worker's accepted visits of the month that nothing bars.
        parameters: What the county has set.
    """
    rule = parameters.bonus.on(f"{month}-01", worker.code)
    if rule is None:
        return 0, "no_bonus_rule"
    ratings = counting(sound, rule)
    if not ratings or len(ratings) < rule.reviews_min:
        return 0, "few_ratings"
    stars = (sum(ratings) * 100 // len(ratings) - rule.stars_from) // 100
    return (stars * rule.per_star_fen * len(sound), "") if stars > 0 else (0, "low_ratings")
