"""Writing facts of any declared kind, correcting and voiding them, and reading what stands.

A fact is never changed. A correction or a void is an amendment beside it; where several stand a
void wins. Who reads a fact reads it as its correction leaves it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from node.care import amendments, fields, moments, rows
from node.care.amendments import void
from node.care.facts.declaring import FactKind
from node.care.parameters import publishing
from node.care.policy import BASELINE
from node.errors import Refused, UsageError
from node.replica import Amend, Insert, Replica

_REASONS = BASELINE.lists.entry_reasons


def record(
    replica: Replica,
    kind: FactKind,
    division: str,
    values: Mapping[str, Any],
    *,
    user: str,
    reason: str | None = None,
) -> str:
    """Records a fact.

    Args:
        replica: This node.
        kind: What kind of fact.
        division: The id of the division in which it stands.
        values: The fields, as typed.
        user: Who records it.
        reason: For a late entry, a reason of the list `entry_reasons`.

    Returns:
        The fact's id.

    Raises:
        UsageError: A field does not fit, or says that something was done in the future; or the
            county's numbers are needed and not known here.
        Refused: It contradicts facts that are here.
    """
    if kind.judge_by_policy is not None:
        parameters = publishing.needed(replica)
        values = {**values, "policy": parameters.version}
        kind.judge_by_policy(kind.check(values), parameters)
    checked = kind.check(values)
    _check_past(replica, kind, checked)
    kind.weigh(replica, kind, checked, "")
    code = _REASONS.code("reason", reason) if reason else None
    insert = Insert(kind.name, checked)
    return replica.write(division, [insert], user=user, reason=code).ids[0]


def _check_past(replica: Replica, kind: FactKind, values: Mapping[str, Any]) -> None:
    """Refuses a moment that lies ahead; a clock that cannot be right judges nothing."""
    for one in kind.fields:
        value = values.get(one.name)
        if one.check is fields.moment_ms and value is not None and not one.ahead:
            moments.check_past(replica, one.name, value)


def corrected(kind: FactKind, row: Mapping[str, Any]) -> dict[str, Any]:
    """A fact as its correction leaves it; a field that would get a wrong type stays."""
    return amendments.corrected(kind.table, row)


def standing(
    replica: Replica,
    kind: FactKind,
    within: str | None = None,
    where: Mapping[str, Any] | None = None,
) -> Iterator[dict[str, Any]]:
    """The facts that count, oldest first, as their corrections leave them.

    Args:
        replica: This node.
        kind: What kind of fact.
        within: A division and everything below it; None for all here.
        where: Fields that must have a value as it was first written.
    """
    for row in rows.pages(replica, kind.name, within, where):
        if not void(row):
            yield corrected(kind, row)


def correct(
    replica: Replica,
    kind: FactKind,
    row_id: str,
    changes: Mapping[str, Any],
    reason: str,
    *,
    user: str,
) -> None:
    """Corrects fields of a fact by an amendment; the fact itself stays as it was written.

    What an earlier correction changed stays corrected: the new amendment restates it.

    Raises:
        UsageError: The fact is not here, a field does not fit, or the reason is not in the list.
        Refused: The fact is void.
    """
    row = rows.find(replica, kind.table, fields.row_id(kind.verb, row_id))
    if void(row):
        raise Refused(
            f"The {kind.verb} {row['id']} is void, so a correction of it would count for nothing.",
            hint="Record it again as it was.",
        )
    whole = corrected(kind, row)
    changed = fields.check_changes(kind.verb, kind.checks, changes, kind.required)
    after = {one.name: whole[one.name] for one in kind.fields} | changed
    kind.judge(after)
    if kind.judge_by_policy is not None:
        kind.judge_by_policy(after, publishing.of_version(replica, str(after["policy"])))
    _check_past(replica, kind, changed)
    kind.weigh(replica, kind, after, row["id"])
    different = {name: value for name, value in after.items() if value != row[name]}
    if all(whole[name] == value for name, value in changed.items()):
        raise UsageError(
            f"The {kind.verb} {row['id']} says so already.", hint="Name a field that differs."
        )
    code = _REASONS.code("reason", reason)
    value = {"correct": different, "reason": code}
    replica.write(row["division#"], [Amend(kind.name, row["id"], value)], user=user)


def strike(replica: Replica, kind: FactKind, row_id: str, reason: str, *, user: str) -> None:
    """Voids a fact by an amendment: it stays on the ledger and counts for nothing.

    Raises:
        UsageError: The fact is not here, or the reason is not in the list.
    """
    row = rows.find(replica, kind.table, fields.row_id(kind.verb, row_id))
    value = {"void": _REASONS.code("reason", reason)}
    replica.write(row["division#"], [Amend(kind.name, row["id"], value)], user=user)
