"""A liaison's year and a liaison's month: what is appraised, and what the work is worth.

The allowance follows from the tasks that were taken on in the month, between the two bounds of the
policy; a certificate or two appraised years raise it. Nothing is due for a month without a task.
The township signs it once; whoever is the liaison, or has recorded the tasks, does not.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from node.care.associations import reading
from node.care.facts.health import during
from node.care.facts.offices import LIAISON, in_office
from node.care.facts.support import progress
from node.care.parameters.groups import Liaisons

Row = Mapping[str, Any]
GOOD = frozenset({"YX", "HG"})
"""The results of an appraisal that is passed."""
CERTIFICATE, TWO_YEARS = "ZS", "KH"
_SOCIAL_WORK = "SG"
_CONFIRMED = "QR"


@dataclass(frozen=True)
class Inputs:
    """What an appraisal is based on (QZ-19).

    Attributes:
        tasks: Tasks that fell due in the year while the liaison had them.
        on_time: Those that were done by then.
        needs: Needs that the liaison saw to and that were confirmed as met in the year.
        visits: Visits in the year.
    """

    tasks: int
    on_time: int
    needs: int
    visits: int


def inputs(
    worker: Row,
    year: str,
    tasks: Iterable[reading.Task],
    needs: Iterable[Row],
    steps: Sequence[Row],
    visits: Iterable[tuple[str, str]],
) -> Inputs:
    """What a liaison has done in a year.

    Args:
        worker: The row of the worker who is the liaison.
        year: Such as 2026.
        tasks: Every task of the association.
        needs: Facts of `need`.
        steps: Facts of `need_step`.
        visits: Of each visit that counts its worker and its day.
    """
    due = [one for one in tasks if one.owner == worker["id"] and one.due_on[:4] == year]
    by_need: dict[str, list[Row]] = {}
    for row in steps:
        by_need.setdefault(row["need"], []).append(row)
    closed = 0
    for need in needs:
        own = by_need.get(str(need["id"]), [])
        now = progress(need, own)
        last = max((row["done_on"] for row in own), default="")
        closed += now.step == _CONFIRMED and now.owner == worker["name"] and last[:4] == year
    seen = sum(who == worker["id"] and day[:4] == year for who, day in visits)
    return Inputs(len(due), sum(one.on_time for one in due), closed, seen)


def uplift(worker: str, month: str, certificates: Iterable[Row], appraisals: Iterable[Row]) -> str:
    """Why the allowance of a month is raised, a code of `uplift_reasons`; empty: it is not.

    A certificate of social work with a level that is valid on the first of the month, or two years
    before this one in which every appraisal was passed (QZ-21).
    """
    first = f"{month}-01"
    for row in certificates:
        if (
            row["worker"] == worker
            and row["kind"] == _SOCIAL_WORK
            and row["level"]
            and row["issued_on"] <= first
            and (not row["valid_until"] or first <= row["valid_until"])
        ):
            return CERTIFICATE
    year = int(month[:4])
    by_year: dict[int, list[str]] = {}
    for row in appraisals:
        if row["worker"] == worker:
            by_year.setdefault(row["year"], []).append(row["result"])
    passed = [by_year.get(one) for one in (year - 1, year - 2)]
    return TWO_YEARS if all(one and set(one) <= GOOD for one in passed) else ""


@dataclass(frozen=True)
class Due:
    """What a liaison should get for a month.

    Attributes:
        association: The association.
        worker: The liaison.
        basis: The tasks that were taken on in the month, by id.
        amount_fen: The whole of it; 0 where no task was taken on.
        uplift_fen: What of it is an uplift.
        uplift: Why, code of `uplift_reasons`.
    """

    association: str
    worker: str
    basis: tuple[str, ...]
    amount_fen: int
    uplift_fen: int
    uplift: str


def worth(tasks: int, raised: bool, rules: Liaisons) -> tuple[int, int]:
    """The allowance for so many tasks, and what of it is an uplift, fen."""
    if tasks <= 0:
        return 0, 0
    base = min(max(tasks * rules.per_task_fen, rules.month_min_fen), rules.month_max_fen)
    more = rules.uplift_fen if raised else 0
    return base + more, more


def due(
    terms: Sequence[Row],
    tasks: Mapping[str, Iterable[reading.Task]],
    certificates: Sequence[Row],
    appraisals: Sequence[Row],
    month: str,
    rules: Liaisons,
) -> list[Due]:
    """What every liaison should get for a month, by association and worker.

    A liaison is who held the office on any day of it; each gets what the own tasks are worth.

    Args:
        terms: Facts of `association_office`.
        tasks: By association its tasks.
        certificates: Facts of `worker_certificate`.
        appraisals: Facts of `liaison_appraisal`.
        month: Such as 2026-11.
        rules: The bounds.
    """
    days = [f"{month}-{day:02}" for day in range(1, 32)]
    liaisons = {
        (str(row["association"]), str(row["worker"]))
        for on in days
        for row in in_office(terms, on, LIAISON)
    }
    found = []
    for association, worker in sorted(liaisons):
        basis = tuple(
            one.id
            for one in tasks.get(association, ())
            if any(who == worker and day[:7] == month for who, day in one.taken)
        )
        why = uplift(worker, month, certificates, appraisals)
        amount, more = worth(len(basis), bool(why), rules)
        found.append(Due(association, worker, basis, amount, more, why if more else ""))
    return found


def in_force(certificates: Iterable[Row], worker: str, on: str) -> list[Row]:
    """The certificates of a worker that are valid on a day."""
    own = [
        {**row, "since": row["issued_on"], "until": row["valid_until"]}
        for row in certificates
        if row["worker"] == worker
    ]
    return during(own, on)
