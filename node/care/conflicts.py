"""Settling what was written in two ways: one value over every version that stands.

A command and a page of the county's console do it by the same functions. Whoever settles has seen
versions; where others have come since, nothing is written, and they are shown first.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from typing import Any

from node.care import cases, employment, facilities, households, people
from node.errors import Refused, UsageError
from node.replica import Conflict, Replica, Settle
from node.schema import AMENDMENT, Kind

_CHECKS: Mapping[str, Callable[[Mapping[str, Any]], dict[str, Any]]] = {
    people.PERSON.name: people.check_person_changes,
    people.WORKER.name: people.check_worker_changes,
    facilities.FACILITY.name: facilities.check_facility_changes,
    cases.CASE.name: cases.check_case_changes,
    households.HOUSEHOLD.name: households.check_household_changes,
    employment.WORKER_RECORD.name: employment.check_record,
}


def shown(conflict: Conflict) -> str:
    """What names the versions of a conflict as somebody has seen them."""
    told = repr([(one.author, one.boot, one.number) for one in conflict.versions])
    return hashlib.sha256(told.encode()).hexdigest()[:32]


def taken(conflict: Conflict, take: int) -> Any:
    """The value of the version that was shown under a number.

    Raises:
        UsageError: There is no such version.
    """
    if not 1 <= take <= len(conflict.versions):
        raise UsageError(
            f"There is no version {take} of {conflict.column}; {len(conflict.versions)} stand.",
            hint=f"See them with: linli conflict show {conflict.id[-8:]} {conflict.column}",
        )
    return conflict.versions[take - 1].value


def typed(conflict: Conflict, value: str) -> Any:
    """A value as it is written, checked like any other entry of that column.

    Raises:
        UsageError: It does not fit, or a correction of a visit is not chosen from those that stand.
    """
    if conflict.column == AMENDMENT:
        raise UsageError(
            "A correction of a visit is settled by one of those that stand.",
            hint="Give --take N; to say something else, settle first and then correct the visit.",
        )
    check = _CHECKS.get(conflict.table)
    return check({conflict.column: value})[conflict.column] if check else (value or None)


def settle(
    replica: Replica, conflict: Conflict, value: Any, *, user: str, seen: str = ""
) -> tuple[Conflict, str]:
    """Writes a value over every version that stands.

    Args:
        replica: This node.
        conflict: What is settled.
        value: The value, as `taken` or `typed` gives it.
        user: Who settles it.
        seen: What `shown` gave for the versions that were looked at; empty: these.

    Returns:
        The cell afterwards, and the tier that alone can settle it where it is still open.

    Raises:
        Refused: Other versions stand by now, or this node may not write there.
    """
    cell = (conflict.division, conflict.table, conflict.id, conflict.column)
    with replica.store.transaction():
        now = replica.conflict(*cell)
        if seen and shown(now) != seen:
            raise Refused(
                "Something else was written in the meantime, so nothing is settled yet.",
                hint="Look at what stands there now, and decide again.",
            )
        write = Settle(conflict.table, conflict.id, conflict.column, value)
        replica.write(conflict.division, [write], user=user)
        left = replica.conflict(*cell)
    declared = replica.core.schema.by_name[left.table].cells[left.column]
    owner = declared.owner if declared.kind is Kind.AUTHORITY else ""
    return left, owner if len(left.versions) > 1 else ""
