"""Reads what the rules about associations need, and writes what a township finds and signs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from node.care import moments, rows, visits
from node.care.amendments import void
from node.care.associations import lacking, liaisons, reading, register
from node.care.facts import associations, offices, staff, support
from node.care.facts.declaring import FactKind
from node.care.facts.emergencies import TRAINING
from node.care.facts.writing import record, standing
from node.care.parameters import publishing
from node.care.people import WORKER
from node.care.settlement.closing import check_month
from node.clock import day
from node.errors import Refused
from node.replica import Insert, Replica

Row = Mapping[str, Any]


def known(replica: Replica, within: str | None = None) -> lacking.Known:
    """What this node knows of associations in a division and everything below it."""
    top = within or replica.division
    live = [replica.tree.get(one) for one in replica.tree.below(top)]

    def facts(kind: FactKind) -> list[dict[str, Any]]:
        return list(standing(replica, kind, top))

    return lacking.Known(
        levels={one.id: one.level for one in live if one is not None and not one.abolished},
        associations=replica.rows(register.ASSOCIATION.name, top),
        terms=facts(offices.OFFICE),
        checks=facts(associations.CHECKLIST),
        reports=facts(associations.REPORT),
        grants=facts(associations.GRANT),
        spending=facts(associations.SPENDING),
        activities=facts(associations.ACTIVITY),
        awards=facts(associations.AWARD),
        trainings=facts(TRAINING),
        allowances=facts(offices.ALLOWANCE),
    )


def lacks(replica: Replica, on: str, within: str | None = None) -> list[lacking.Lack]:
    """What is not in order on a day, by the policy that holds here; none sets no numbers."""
    policy = publishing.in_force(replica)
    rules = policy.associations.on(on) if policy else None
    trainings = policy.trainings.on(on) if policy else None
    return lacking.lacking(known(replica, within), on, rules, trainings)


def tasks_by_association(replica: Replica, within: str | None) -> dict[str, list[reading.Task]]:
    """The tasks of each association, as far as they have come."""
    given = list(standing(replica, offices.TASK, within))
    owner = {str(row["id"]): str(row["association"]) for row in given}
    found: dict[str, list[reading.Task]] = {}
    for one in reading.tasks_of(given, standing(replica, offices.TASK_STEP, within)):
        found.setdefault(owner[one.id], []).append(one)
    return found


def appraise(
    replica: Replica, association: Row, year: int, result: str, *, user: str, note: str = ""
) -> str:
    """Appraises the liaison of a year, with what it is based on; the last one of the year.

    Raises:
        UsageError: A field does not fit.
        Refused: The year has no liaison, or this node is no township's.
    """
    _check_township(replica)
    last = min(f"{year}-12-31", moments.today(replica))
    terms = list(standing(replica, offices.OFFICE, where={"association": association["id"]}))
    own = offices.in_office(terms, last, offices.LIAISON, association["id"])
    if len(own) != 1:
        raise Refused(
            f"{association['name']} has {len(own)} liaisons on {last}, and one is appraised.",
            hint="Record or correct the terms first: linli association office list",
        )
    worker = rows.find(replica, WORKER, own[0]["worker"])
    place = association["division#"]
    _check_other(replica, worker, (), user)
    found = liaisons.inputs(
        worker,
        str(year),
        tasks_by_association(replica, place).get(str(association["id"]), ()),
        list(standing(replica, support.NEED, place)),
        list(standing(replica, support.STEP, place)),
        _visits(replica, worker["id"]),
    )
    values = {
        "association": association["id"],
        "worker": worker["id"],
        "year": year,
        "result": result,
        "tasks": found.tasks,
        "on_time": found.on_time,
        "needs": found.needs,
        "visits": found.visits,
        "note": note,
    }
    return record(replica, offices.APPRAISAL, place, values, user=user)


def _visits(replica: Replica, worker: str) -> list[tuple[str, str]]:
    found = []
    for row in rows.pages(replica, visits.VISIT.name, where={"worker": worker}):
        if not void(row):
            whole = visits.corrected(row)
            found.append((whole["worker"], day(whole["started_at"])))
    return found


def due(replica: Replica, month: str, within: str | None = None) -> list[liaisons.Due]:
    """What the liaisons of a place should get for a month, by the policy of its first day.

    Raises:
        UsageError: The policy sets no allowance, or there is none.
    """
    rules = publishing.needed(replica).liaisons.needed(f"{check_month(month)}-01")
    return liaisons.due(
        list(standing(replica, offices.OFFICE, within)),
        tasks_by_association(replica, within),
        list(standing(replica, staff.CERTIFICATE, within)),
        list(standing(replica, offices.APPRAISAL)),
        month,
        rules,
    )


def signed(replica: Replica, month: str) -> dict[tuple[str, str], dict[str, Any]]:
    """The allowances of a month by association and worker; of two that were signed the first."""
    found: dict[tuple[str, str], dict[str, Any]] = {}
    for row in standing(replica, offices.ALLOWANCE, where={"month": month}):
        found.setdefault((row["association"], row["worker"]), row)
    return found


def sign(replica: Replica, month: str, found: Sequence[liaisons.Due], *, user: str) -> int:
    """Signs the allowances of a month that are due and not signed yet, each as it follows.

    Args:
        replica: This node, a township's.
        month: Such as 2026-11, one that is over.
        found: What is due.
        user: Who signs.

    Returns:
        How many were signed.

    Raises:
        Refused: This node is no township's, the month is not over, or who signs is the liaison or
            has recorded one of the tasks.
    """
    _check_township(replica)
    if month >= moments.today(replica)[:7]:
        raise Refused(
            f"The month {month} is not over, so its tasks are not all known.",
            hint="Sign it from the first of the next month on.",
        )
    policy = publishing.needed(replica).version
    done = signed(replica, month)
    parts: list[tuple[str, list[Insert]]] = []
    for one in found:
        if not one.amount_fen or (one.association, one.worker) in done:
            continue
        worker = rows.find(replica, WORKER, one.worker)
        _check_other(replica, worker, one.basis, user)
        association = rows.find(replica, register.ASSOCIATION, one.association)
        values = offices.ALLOWANCE.check(
            {
                "association": one.association,
                "worker": one.worker,
                "month": month,
                "tasks": len(one.basis),
                "amount_fen": one.amount_fen,
                "uplift_fen": one.uplift_fen,
                "uplift": one.uplift or None,
                "basis": " ".join(one.basis),
                "policy": policy,
            }
        )
        parts.append((association["division#"], [Insert(offices.ALLOWANCE.name, values)]))
    if parts:
        replica.act(parts, user=user)
    return len(parts)


def _check_township(replica: Replica) -> None:
    if replica.tier != offices.ALLOWANCE.writer:
        raise Refused(
            f"Liaisons are appraised and paid by what the township says, and this node is a "
            f"{replica.tier}'s.",
            reason="NOT_AUTHORISED",
            hint="Do it on the township's node.",
        )


def _check_other(replica: Replica, worker: Row, basis: Sequence[str], user: str = "") -> None:
    """Refuses who is the liaison, or has recorded one of the tasks on this node."""
    who = user or replica.core.config.user
    recorders = set()
    for task in basis:
        row = rows.find(replica, offices.TASK.table, task)
        first = next(iter(replica.history(offices.TASK.name, task)), None)
        if row["author#"] == replica.author and first is not None:
            recorders.add(first.user)
    if who == worker["name"] or who in recorders:
        raise Refused(
            f"{who} is the liaison, or has recorded the tasks, and nobody signs their own.",
            hint="Somebody else of the township signs: linli --as NAME association allowance sign",
        )
