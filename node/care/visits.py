"""Visits: facts that prove work and move money, so they are written once and never changed.

A visit that was recorded wrongly is *corrected* or *voided* by an amendment beside it, with a
reason from the list `entry_reasons`. Where several amendments stand a void wins, and the conflict
is shown until a person settles it.

The village is not a column: a visit stands in the partition of the village where it took place. It
may name a person or a worker that has not arrived at this node yet, and is stored all the same.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from node.care import amendments, fields, moments, people, rows
from node.care.amendments import amendment as amendment
from node.care.policy import BASELINE
from node.care.verdict import compute_review
from node.clock import day, local
from node.errors import Refused, UsageError
from node.replica import Amend, Insert, Replica
from node.schema import Channel, Column, Derivation, Kind, Table

VISIT = Table(
    name="visit",
    channel=Channel.CARE,
    meaning="one visit by a worker to a person",
    columns=(
        Column("person", Kind.FACT, required=True, meaning="id of the person"),
        Column("worker", Kind.FACT, required=True, meaning="id of the worker"),
        Column("service", Kind.FACT, required=True, meaning="code of services"),
        Column("started_at", Kind.FACT, type=int, required=True, meaning="milliseconds UTC"),
        Column("ended_at", Kind.FACT, type=int, required=True, meaning="milliseconds UTC"),
        Column("minutes", Kind.FACT, type=int, required=True, meaning="minutes served"),
        Column("fee_fen", Kind.FACT, type=int, required=True, meaning="fee in fen"),
        Column("rating", Kind.FACT, type=int, meaning="by the person, from 1, may lack"),
        Column("note", Kind.FACT, meaning="free text", erasable=True),
        Column("tasks", Kind.FACT, meaning="codes of services, sorted, comma between"),
        Column("condition", Kind.FACT, meaning="of the person, code of visit_conditions"),
        Column("confirmed_by", Kind.FACT, meaning="code of visit_confirmations"),
        Column("service_order", Kind.FACT, meaning="id of the order that it serves"),
        Column("charged_fen", Kind.FACT, type=int, meaning="what the person paid, in fen"),
        Column("review", Kind.DERIVED, meaning="outcome:seen:reason:waived, such as accepted:::"),
    ),
    indexes=(("person",), ("started_at",)),
    derivations=(Derivation("review", "visit_review", "visit", compute_review),),
)

MISSED = Table(
    name="missed_visit",
    channel=Channel.CARE,
    meaning="a visit that was planned and did not take place",
    columns=(
        Column("person", Kind.FACT, required=True, meaning="id of the person"),
        Column("worker", Kind.FACT, required=True, meaning="id of the worker"),
        Column("planned_at", Kind.FACT, type=int, required=True, meaning="milliseconds UTC"),
        Column("reason", Kind.FACT, required=True, meaning="code of visit_missed_reasons"),
        Column("note", Kind.FACT, meaning="free text", erasable=True),
    ),
    indexes=(("person",), ("planned_at",)),
)

TABLES = (VISIT, MISSED)

MINUTE_MS = 60_000

_RULES = BASELINE.visits
_REASONS = BASELINE.lists.entry_reasons
_HOUR_MS = 3_600_000
_TASKS_MAX = 30
_COUNSELLING = "JS02"
"""The service of which only who, when and how long is kept, and never what was said."""


def check_tasks(field: str, value: Any) -> str:
    """Checks what was done on a visit: services, typed as codes or names with a sign between.

    Returns:
        Their codes, each once, sorted, a comma between.

    Raises:
        UsageError: One is in no list, or there are too many.
    """
    typed = value if isinstance(value, list | tuple) else re.split(r"[,,、;;\s]+", str(value))
    words = [str(word) for word in typed if not fields.blank(word)]
    codes = sorted({BASELINE.lists.services.code(field, word) for word in words})
    if not 1 <= len(codes) <= _TASKS_MAX:
        raise fields.refused(
            field, value, "names no service, or too many", f"Name 1 to {_TASKS_MAX} services."
        )
    return ",".join(codes)


_CHECKS: Mapping[str, fields.Check] = {
    "person": fields.row_id,
    "worker": fields.row_id,
    "service": BASELINE.lists.services.code,
    "started_at": fields.moment_ms,
    "ended_at": fields.moment_ms,
    "minutes": fields.whole_number(1, _RULES.minutes_max, "minutes"),
    "fee_fen": fields.whole_number(0, _RULES.fee_fen_max, "fen"),
    "rating": fields.whole_number(1, _RULES.rating_max),
    "note": fields.note,
    "tasks": check_tasks,
    "condition": BASELINE.lists.visit_conditions.code,
    "confirmed_by": BASELINE.lists.visit_confirmations.code,
    "service_order": fields.row_id,
    "charged_fen": fields.whole_number(0, _RULES.fee_fen_max, "fen"),
}
_MISSED_CHECKS: Mapping[str, fields.Check] = {
    "person": fields.row_id,
    "worker": fields.row_id,
    "planned_at": fields.moment_ms,
    "reason": BASELINE.lists.visit_missed_reasons.code,
    "note": fields.note,
}
_MISSED_REQUIRED = ("person", "worker", "planned_at", "reason")
_REQUIRED = ("person", "worker", "service", "started_at", "fee_fen")
_TIMES = ("started_at", "ended_at", "minutes")


def check_visit(values: Mapping[str, Any]) -> dict[str, Any]:
    """Checks a visit. Of the end and the minutes one is enough; the fee is 0 where none is given.

    Raises:
        UsageError: A field is unknown, missing, or does not fit, or the times contradict each
            other.
    """
    empty = {"ended_at": None, "minutes": None, "fee_fen": 0}
    checked = fields.check("visit", _CHECKS, {**empty, **values}, _REQUIRED)
    started_at, ended_at, minutes = (checked[name] for name in _TIMES)
    if ended_at is None and minutes is None:
        raise UsageError(
            "A visit needs its end or its minutes, and both are empty.", hint="Fill in one of them."
        )
    if ended_at is None:
        ended_at = started_at + minutes * MINUTE_MS
    elapsed = -(-(ended_at - started_at) // MINUTE_MS)
    if elapsed < 1:
        raise fields.refused(
            "ended_at", ended_at, f"is not after started_at {started_at}", "Check both times."
        )
    if checked.get("note") and _COUNSELLING in (
        checked["service"],
        *(checked.get("tasks") or "").split(","),
    ):
        raise UsageError(
            "What was said in a counselling is kept nowhere, and the field note is filled in.",
            hint="Leave the note empty.",
        )
    minutes = minutes or _CHECKS["minutes"]("minutes", elapsed)
    if minutes > elapsed:
        raise fields.refused(
            "minutes",
            minutes,
            f"is longer than the {elapsed} minutes from start to end",
            "Check the minutes and both times.",
        )
    return {**checked, "ended_at": ended_at, "minutes": minutes}


def check_missed(values: Mapping[str, Any]) -> dict[str, Any]:
    """Checks a visit that was planned and did not take place.

    Raises:
        UsageError: A field is unknown, missing, or does not fit.
    """
    return fields.check("missed visit", _MISSED_CHECKS, values, _MISSED_REQUIRED)


def check_late(ended_at: int, reason: str | None, now_ms: int) -> str | None:
    """The reason of a new visit as it is written; a visit that is entered late needs one.

    Args:
        ended_at: The end of the visit, milliseconds UTC.
        reason: Name or code of a reason, or nothing.
        now_ms: What time it is.

    Raises:
        UsageError: The visit is late and has no reason, or the reason is not in the list.
    """
    if not fields.blank(reason):
        return check_reason(str(reason))
    hours = (now_ms - ended_at) // _HOUR_MS
    if now_ms - ended_at <= _RULES.late_after_hours * _HOUR_MS:
        return None
    known = ", ".join(f"{code} {name}" for code, name in _REASONS.names.items())
    raise UsageError(
        f"The visit ended {hours} hours ago, and the field reason is empty; after "
        f"{_RULES.late_after_hours} hours an entry needs one.",
        hint=f"Give a reason: {known}.",
    )


def _check_when(
    replica: Replica, field: str, moment: int, person_id: str, *, took_place: bool = True
) -> None:
    """Refuses a visit that lies in the future, or after the day on which the person was closed.

    A clock that cannot be right judges nothing.

    Raises:
        UsageError: It does.
    """
    moments.check_past(replica, field, moment)
    person = replica.row(people.PERSON.name, person_id) if took_place else None
    closed = person is not None and person["status"] in people.PERSON_CLOSED
    if person is not None and closed and person["closed_on"] and day(moment) > person["closed_on"]:
        raise fields.refused(
            field,
            local(moment),
            f"lies after {person['closed_on']}, the day on which the person was closed",
            f"Check the day, or open the person again: linli person reopen {person['id']}",
        )


def _check_order(replica: Replica, order_id: str | None, person_id: str) -> None:
    """Refuses a visit that serves the order of somebody else, as far as the order is here."""
    order = replica.row("service_order", order_id) if order_id else None
    if order is not None and order["person"] != person_id:
        raise fields.refused(
            "service_order", order_id, "is the order of somebody else", "Check both."
        )


def check_reason(reason: str) -> str:
    """The code of a reason for a late entry, a correction or a void.

    Raises:
        UsageError: The reason is not in the list `entry_reasons`.
    """
    return _REASONS.code("reason", reason)


def corrected(visit: Mapping[str, Any]) -> dict[str, Any]:
    """The visit as its correction leaves it; a column that would get a wrong type stays."""
    return amendments.corrected(VISIT, visit)


def check_correction(visit: Mapping[str, Any], changes: Mapping[str, Any]) -> dict[str, Any]:
    """Checks the corrected columns of a visit against those that stay.

    When a time is corrected and the minutes are not, the minutes follow from the times.

    Args:
        visit: The columns as they stand.
        changes: The columns to correct, as typed.

    Returns:
        The columns to correct, in the form in which they are written.

    Raises:
        UsageError: A field is unknown or does not fit, or the corrected visit contradicts itself.
    """
    changed = fields.check_changes("visit", _CHECKS, changes, _REQUIRED)
    whole = {name: visit.get(name) for name in _CHECKS} | changed
    if "minutes" not in changed and ("started_at" in changed or "ended_at" in changed):
        whole["minutes"] = None
    checked = check_visit(whole)
    return {
        name: value
        for name, value in checked.items()
        if name in changed or value != visit.get(name)
    }


def record_visit(
    replica: Replica,
    division: str,
    values: Mapping[str, Any],
    *,
    user: str,
    reason: str | None = None,
) -> str:
    """Records a visit in the village where it took place.

    Args:
        replica: This node.
        division: The id of the village.
        values: The columns of the visit, as typed.
        user: Who records it.
        reason: For a late entry, a reason of the list `entry_reasons`; it is kept with the change.

    Returns:
        The visit's id.

    Raises:
        UsageError: A field does not fit, or the entry is late and has no reason.
    """
    checked = check_visit(values)
    _check_when(replica, "started_at", checked["started_at"], checked["person"])
    _check_order(replica, checked.get("service_order"), checked["person"])
    code = check_late(checked["ended_at"], reason, replica.core.now_ms())
    insert = Insert(VISIT.name, checked)
    return replica.write(division, [insert], user=user, reason=code).ids[0]


def record_missed(
    replica: Replica,
    division: str,
    values: Mapping[str, Any],
    *,
    user: str,
    reason: str | None = None,
) -> str:
    """Records that a planned visit did not take place, in the village where it was planned.

    Args:
        replica: This node.
        division: The id of the village.
        values: The columns, as typed; `reason` says why nobody was visited.
        user: Who records it.
        reason: Where it is entered late, a reason of the list `entry_reasons`.

    Returns:
        The id of the missed visit.

    Raises:
        UsageError: A field does not fit.
    """
    checked = check_missed(values)
    _check_when(replica, "planned_at", checked["planned_at"], checked["person"], took_place=False)
    code = check_reason(reason) if reason else None
    insert = Insert(MISSED.name, checked)
    return replica.write(division, [insert], user=user, reason=code).ids[0]


def correct_visit(
    replica: Replica, visit_id: str, changes: Mapping[str, Any], reason: str, *, user: str
) -> None:
    """Corrects columns of a visit by an amendment; the visit itself stays as it was written.

    What an earlier correction changed stays corrected: the new amendment takes its place and
    restates it.

    Raises:
        UsageError: The visit is not here, a field does not fit, or the reason is not in the list.
        Refused: The visit is void.
    """
    visit = rows.find(replica, VISIT, fields.row_id("visit", visit_id))
    if "void" in amendment(visit):
        raise Refused(
            f"The visit {visit['id']} is void, so a correction of it would count for nothing.",
            hint="Record the visit again as it was.",
        )
    whole = corrected(visit)
    changed = check_correction(whole, changes)
    if {"started_at", "person"} & changed.keys():
        after = whole | changed
        _check_when(replica, "started_at", after["started_at"], after["person"])
    before = {name: whole[name] for name in _CHECKS if whole[name] != visit[name]}
    correction = {"correct": before | changed, "reason": check_reason(reason)}
    _amend(replica, visit, correction, user)


def void_visit(replica: Replica, visit_id: str, reason: str, *, user: str) -> None:
    """Voids a visit by an amendment: it stays on the ledger and counts for nothing.

    Raises:
        UsageError: The visit is not here, or the reason is not in the list.
    """
    visit = rows.find(replica, VISIT, fields.row_id("visit", visit_id))
    _amend(replica, visit, {"void": check_reason(reason)}, user)


def _amend(replica: Replica, visit: Mapping[str, Any], value: dict[str, Any], user: str) -> None:
    amend = Amend(VISIT.name, visit["id"], value)
    replica.write(visit["division#"], [amend], user=user)
