"""Why a worker gets what the sheet says: each yuan down to a visit, each visit with its story.

A village that recorded 30 visits and is paid for 27 sees three numbers, recorded, accepted and
payable, and for each of the three visits a sentence. Sentences are English; the edge says them in
Chinese.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from node.care.parameters.groups import Bonus, Parameters
from node.care.pay.facts import Facts, Review
from node.care.pay.flag import Flag, sentence
from node.care.pay.sheet import Line, Sheet
from node.care.pay.worth import (
    BONUS_PAY,
    PAYABLE,
    STATES,
    VISIT_PAY,
    Due,
    Said,
    counting,
    dues,
    seen,
)

VISITS, ADJUSTED = "visits", "adjustments"


@dataclass(frozen=True, slots=True)
class Traced:
    """A line of a sheet with what it rests on.

    Attributes:
        line: The line.
        day: The day of the visit, ISO date, or empty.
        person: The client's id, or empty.
        minutes: How long the visit took.
        why: A sentence for each reason.
    """

    line: Line
    day: str
    person: str
    minutes: int
    why: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Group:
    """Lines of one worker that belong together: `visits`, `base`, `bonus` or `adjustments`."""

    name: str
    lines: tuple[Traced, ...]

    @property
    def total_fen(self) -> int:
        """What its lines pay."""
        return sum(one.line.amount_fen for one in self.lines)


@dataclass(frozen=True, slots=True)
class Doubt:
    """A flag of a visit, and who waived it, or None."""

    flag: Flag
    waiver: Review | None


@dataclass(frozen=True, slots=True)
class Story:
    """All that became of a visit.

    Attributes:
        due: What it is worth by now.
        doubts: Its flags.
        decision: The decision that counts, or None.
        why: A sentence for each reason.
        sheets: Pairs of the month of a sheet and what it paid or took back, fen; in order.
    """

    due: Due
    doubts: tuple[Doubt, ...]
    decision: Review | None
    why: tuple[str, ...]
    sheets: tuple[tuple[str, int], ...]


def counted(sheet: Sheet, worker: str = "") -> dict[str, int]:
    """How many visits of the month came how far: a later state counts in those before.

    Args:
        sheet: The sheet.
        worker: Only of this worker; empty: of all.
    """
    reached = [
        STATES.index(line.state)
        for line in sheet.lines
        if line.kind == VISIT_PAY and line.month == sheet.period and worker in ("", line.worker)
    ]
    return {state: sum(one >= rank for one in reached) for rank, state in enumerate(STATES)}


def trace(sheet: Sheet, facts: Facts, parameters: Parameters, worker: str) -> tuple[Group, ...]:
    """A worker's lines, grouped; the groups together pay what the sheet pays the worker."""
    flagged, said, groups = seen(facts, parameters), Said(facts), dict[str, list[Traced]]()
    for line in sheet.lines:
        if line.worker != worker:
            continue
        visit = facts.visits.get(line.subject) if line.kind == VISIT_PAY else None
        why = _why(line.reasons, flagged.get(line.subject, []), said.decision(line.subject))
        if line.kind == BONUS_PAY:
            why = (*why, *_bonus_inputs(sheet, facts, parameters, worker, line.month))
        traced = Traced(
            line,
            visit.day if visit else "",
            visit.client if visit else "",
            visit.minutes if visit else 0,
            why,
        )
        name = VISITS if line.kind == VISIT_PAY else line.kind
        groups.setdefault(name if line.month == sheet.period else ADJUSTED, []).append(traced)
    ordered = ((name, sorted(lines, key=_order)) for name, lines in sorted(groups.items()))
    return tuple(Group(name, tuple(lines)) for name, lines in ordered)


def _bonus_inputs(
    sheet: Sheet, facts: Facts, parameters: Parameters, worker: str, month: str
) -> Iterator[str]:
    """From what a bonus follows: how many reviews count, their average, and what is needed."""
    known = facts.workers.get(worker)
    rule = parameters.bonus.on(f"{month}-01", known.code) if known else None
    if rule is None:
        return
    sound = [
        facts.visits[line.subject]
        for line in sheet.lines
        if (line.worker, line.kind, line.state) == (worker, VISIT_PAY, PAYABLE)
        and line.subject in facts.visits
        and facts.visits[line.subject].month == month
    ]
    counts = counting(sound, rule)
    rated = sum(one.rating is not None for one in sound)
    yield _counted(counts, len(sound), rule)
    if rated > len(counts):
        yield _burst(rated - len(counts))


def _counted(counts: list[int], visits: int, rule: Bonus) -> str:
    reviews, needed = len(counts), rule.reviews_min
    average = _stars(sum(counts) * 100 // reviews if reviews else 0)
    least = _stars(rule.stars_from)
    return (
        f"{reviews} reviews of {visits} visits count, on average {average} stars; needed are "
        f"{needed} reviews and more than {least} stars."
    )


def _burst(reviews: int) -> str:
    return f"{reviews} reviews were typed in a burst and count for nothing."


def _stars(hundredths: int) -> str:
    return f"{hundredths // 100}.{hundredths % 100:02}"


def _order(traced: Traced) -> tuple[str, Line]:
    return traced.day, traced.line


def story(
    visit_id: str, facts: Facts, parameters: Parameters, closed: Iterable[Sheet] = ()
) -> Story | None:
    """What became of a visit; None where it is not known.

    Args:
        visit_id: The visit.
        facts: As a sheet of its division reads them.
        parameters: What the county has set.
        closed: The closed sheets.
    """
    visit = facts.visits.get(visit_id)
    if visit is None:
        return None
    alone = Facts({visit_id: visit}, facts.clients, facts.workers, facts.reviews, facts.outcomes)
    due = next(one for one in dues(alone, parameters, visit.month, ()))
    flagged, said = seen(alone, parameters).get(visit_id, []), Said(alone)
    decision = said.decision(visit_id)
    doubts = tuple(Doubt(one, said.waivers.get((visit_id, one.code))) for one in flagged)
    sheets = sorted({one.digest: one for one in closed}.values(), key=lambda one: one.period)
    paid = tuple(
        (one.period, line.amount_fen)
        for one in sheets
        for line in one.lines
        if (line.kind, line.subject) == (VISIT_PAY, visit_id)
    )
    return Story(due, doubts, decision, _why(due.reasons, flagged, decision), paid)


def _why(codes: Iterable[str], flagged: list[Flag], decision: Review | None) -> tuple[str, ...]:
    by_code = {one.code: sentence(one) for one in flagged}
    told = (by_code.get(code) or reason(code) for code in codes)
    returned = decision.reason if decision is not None else ""
    by = decision.by if decision is not None else ""
    told = (_disputed(by) if one == reason("disputed") and by else one for one in told)
    plain = reason("returned")
    return tuple(f"{one} {returned}" if one == plain and returned else one for one in told)


def _disputed(by: str) -> str:
    return f"The visit is disputed: the reviews of {by} contradict each other."


def reason(code: str) -> str:
    """What a reason says that is no flag of a visit; of a flag that is not seen here its code."""
    match code:
        case "void":
            return "The visit was voided."
        case "held":
            return "Corrections of the visit contradict each other, so its pay waits."
        case "not_reviewed":
            return "The township has not reviewed the visit yet."
        case "disputed":
            return "The visit is disputed: two reviews contradict each other."
        case "returned":
            return "The township returned the visit."
        case "worker_unknown":
            return "No record of the worker is known here."
        case "no_pay_rule":
            return "The policy pack sets no pay for the day of the visit."
        case "unpaid_kind":
            return "Helpers of this kind are not paid by the visit."
        case "kind_unknown":
            return "The kind of helper is not set in the worker's record."
        case "contracted":
            return "The contract of the provider that sent the worker pays for the visit."
        case "salaried":
            return "The worker's base pays for the visit."
        case "few_ratings":
            return "Too few clients rated the month for a bonus, which takes nothing away."
        case "low_ratings":
            return "The ratings of the month are below those that earn a bonus."
        case "late_fact":
            return "The visit arrived or was accepted after its month was closed."
        case "changed":
            return "What was paid for it before has changed since its month was closed."
        case "corrected":
            return "The visit was corrected: it belongs to another worker or month."
        case "gone":
            return "The visit that was paid is not on the ledger any more."
        case "not_served":
            return "The worker gets no base for that month by what is known now."
        case "no_bonus":
            return "The worker gets no bonus for that month by what is known now."
    return f"The flag {code} bars its pay."


def differing(sheet: Sheet) -> tuple[Line, ...]:
    """The visits of the month that are recorded and not payable, each with its reasons."""
    return tuple(
        line
        for line in sheet.lines
        if line.kind == VISIT_PAY and line.month == sheet.period and line.state != PAYABLE
    )
