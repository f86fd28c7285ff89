"""Closing a record with a dated reason, and opening it again: the rules that all nouns share.

Nobody is deleted from a register. Who died or moved away, what shut its doors, stays with a status,
a day and a reason, and all three are written in one change, so that no node ever shows half of it.
A record that says it is closed without saying when and why is refused wherever it is typed.

The rules are pure; today's date is passed in, that of China.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from node.care import fields, moments
from node.care.policy import BASELINE
from node.errors import Refused
from node.replica import Replica
from node.schema import Table

FIELDS = ("status", "closed_on", "closed_reason")
"""The fields that a closing writes."""

_LISTS = BASELINE.lists
_WORDS = {
    "person": (_LISTS.person_statuses, _LISTS.person_closing_reasons),
    "worker": (_LISTS.worker_statuses, _LISTS.worker_closing_reasons),
    "facility": (_LISTS.facility_statuses, _LISTS.facility_closing_reasons),
    "association": (_LISTS.association_statuses, _LISTS.association_closing_reasons),
}
"""The words of each noun's statuses and closing reasons."""


def check_closing(
    noun: str,
    closed: Collection[str],
    checked: Mapping[str, Any],
    present: Mapping[str, Any] | None = None,
    *,
    today: str = "",
    since: str = "",
) -> None:
    """Refuses a record whose status, closing date and closing reason do not go together.

    Only where one of the three is about to be written: what stands from elsewhere may be mended
    a field at a time.

    Args:
        noun: What the record is, for messages.
        closed: The statuses of a record that is closed.
        checked: The checked fields of the record, or those about to change.
        present: The record as it stands, where there is one.
        today: The day, ISO; where it is given nothing can have been closed later.
        since: The field with the date before which it cannot have been closed, where it has one.

    Raises:
        UsageError: They do not go together, or the date cannot be.
    """
    if not any(name in checked for name in FIELDS):
        return
    whole = {**(present or {}), **checked}
    status, closed_on, reason = (whole.get(name) for name in FIELDS)
    statuses, reasons = _WORDS[noun]
    if status in closed:
        missing = [name for name in FIELDS[1:] if not whole.get(name)]
        if missing:
            raise fields.refused(
                "status",
                statuses.title(status),
                f"closes the {noun}, which lacks {', '.join(missing)}",
                f"Give both: linli {noun} close ID --reason REASON --on DATE"
                if present
                else f"Fill in {', '.join(missing)} as well.",
            )
    elif closed_on or reason:
        named = "closed_on" if closed_on else "closed_reason"
        raise fields.refused(
            named,
            closed_on or reasons.title(reason),
            f"says that the {noun} is closed, and its status {statuses.title(status)!r} does not",
            f"Close it: linli {noun} close ID --reason REASON --on DATE; or leave it empty."
            if present
            else f"Fill in status as well, with {statuses.title('closed')!r}; or leave it empty.",
        )
    if not closed_on:
        return
    if today and closed_on > today:
        raise fields.refused(
            "closed_on",
            closed_on,
            f"lies after today, {today}",
            "Close it on the day itself or later.",
        )
    begun = whole.get(since) if since else None
    if begun and closed_on < begun:
        raise fields.refused("closed_on", closed_on, f"lies before {since} {begun}", "Check both.")


def closed(
    replica: Replica,
    table: Table,
    statuses: Collection[str],
    row: Mapping[str, Any],
    reason: str,
    on: str = "",
) -> dict[str, Any]:
    """The fields that close a record, not checked yet.

    Args:
        replica: This node.
        table: The record's table.
        statuses: The statuses of a record that is closed.
        row: The record.
        reason: Name or code of the reason.
        on: The day; today where it is empty.

    Raises:
        Refused: The record is closed already.
    """
    if row["status"] in statuses:
        raise Refused(
            f"The {table.name} {_named(row)} is closed since {row['closed_on'] or 'some day'}.",
            hint=f"To open it again: linli {table.name} reopen {row['id']}",
        )
    return {"status": "closed", "closed_on": on or moments.today(replica), "closed_reason": reason}


def opened(table: Table, statuses: Collection[str], row: Mapping[str, Any]) -> dict[str, Any]:
    """The fields that open a closed record again.

    Raises:
        Refused: The record is not closed.
    """
    if row["status"] not in statuses:
        raise Refused(f"The {table.name} {_named(row)} is not closed.", hint="Nothing was written.")
    return {"status": "active", "closed_on": None, "closed_reason": None}


def _named(row: Mapping[str, Any]) -> str:
    return str(row.get("name") or row["id"])
