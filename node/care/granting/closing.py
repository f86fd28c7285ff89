"""The sheet of a month of a division's benefits, and its closing by the county.

Every node that holds a division computes the same sheet from it. The county alone closes, and a
closed sheet is read from its own bytes: what arrives later is a line of the next one or is claimed
back. Where a box that was cloned closed a month twice, the sheet that was written first counts.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from node.care import moments
from node.care.benefits.sheet import ARREARS, DUE, Line, Paid, Sheet, sheet
from node.care.granting.gathering import held_here, records_of
from node.care.granting.tables import SHEET
from node.care.parameters import publishing
from node.care.settlement.closing import check_month
from node.care.settlement.gathering import inputs_of
from node.errors import Refused
from node.replica import Insert, Replica

__all__ = ["Seen", "check_month", "close", "closed_of", "seen"]


@dataclass(frozen=True)
class Seen:
    """The sheet of a month of a division: what it pays, and whether that is closed.

    Attributes:
        division: The division.
        sheet: The sheet; of a closed month its lines are those that were closed.
        policy: The version of the policy pack.
        closed: The id of the closed sheet; empty while it is open.
    """

    division: str
    sheet: Sheet
    policy: str
    closed: str

    @property
    def digest(self) -> str:
        """SHA-256 of what it pays."""
        return hashlib.sha256(encoded(self.sheet)).hexdigest()


def encoded(made: Sheet) -> bytes:
    """What a sheet pays, as the bytes that are closed."""
    lines = [list(line) for line in made.lines]
    text = {"period": made.period, "lines": lines}
    return json.dumps(text, ensure_ascii=False, separators=(",", ":"), sort_keys=True).encode()


def decoded(row: Mapping[str, Any]) -> Paid | None:
    """What a closed sheet paid; None where its bytes are not those that were recorded."""
    raw = str(row["content"]).encode(errors="replace")
    if hashlib.sha256(raw).hexdigest() != row["result"] or row["scope"] != row["division#"]:
        return None
    try:
        stated = json.loads(raw)
        lines = tuple(Line(*one) for one in stated["lines"])
    except (ValueError, TypeError, KeyError, RecursionError):
        return None
    sound = all(
        [type(cell) for cell in line] == [str, str, str, str, str, int]
        and line.kind in (DUE, ARREARS)
        for line in lines
    )
    return Paid(row["period"], lines) if sound and stated.get("period") == row["period"] else None


def _closed_rows(replica: Replica, division: str) -> dict[str, tuple[str, Paid]]:
    """By month the closed sheet that counts: its id and what it paid."""
    found: dict[str, tuple[str, Paid]] = {}
    here = [row for row in replica.rows(SHEET.name, division) if row["division#"] == division]
    for row in sorted(here, key=lambda row: (row["time"], row["id"])):
        paid = decoded(row)
        if paid is not None:
            found.setdefault(paid.period, (row["id"], paid))
    return found


def closed_of(replica: Replica, division: str) -> list[Paid]:
    """What the closed sheets of a division paid, by month."""
    found = _closed_rows(replica, division)
    return [found[period][1] for period in sorted(found)]


def seen(replica: Replica, period: str, scope: str, *, every: bool = False) -> list[Seen]:
    """The sheets of a month of a division and all below it.

    Args:
        replica: This node.
        period: Such as `2026-11`.
        scope: The division.
        every: Also those with nothing on them.

    Raises:
        UsageError: The month is none, or no policy pack is known.
        Refused: The division is not kept here.
    """
    check_month(period)
    policy = publishing.needed(replica).version
    found = []
    for division in held_here(replica, scope):
        closed = _closed_rows(replica, division)
        made = sheet(period, records_of(replica, division), [paid for _, paid in closed.values()])
        id_, paid = closed.get(period, ("", None))
        if paid is not None:
            made = Sheet(period, paid.lines, made.added, made.stopped, made.claims)
        if every or id_ or made.lines or made.added or made.stopped or made.claims:
            found.append(Seen(division, made, policy, id_))
    return found


def close(replica: Replica, period: str, scope: str, *, user: str) -> list[Seen]:
    """Closes a month of a division and all below it, in one transaction.

    A division with nothing to pay is closed too, so that what is decided for it later is seen to
    be unpaid and comes with the next sheet.

    Returns:
        The sheets that were closed.

    Raises:
        UsageError: The month is none, or no policy pack is known.
        Refused: This node is not the county's, the month is not over, or all is closed.
    """
    check_month(period)
    if replica.tier != SHEET.writer:
        raise Refused(
            f"Benefits are paid by the county, and this node is a {replica.tier}'s.",
            reason="NOT_AUTHORISED",
            hint="The county closes the month: linli benefit close-month MONTH",
        )
    today = moments.today(replica)
    if today < f"{period}-01":
        raise Refused(
            f"The month {period} has not begun: it is {today} here.",
            hint="What it would pay says: linli benefit month MONTH",
        )
    found = [one for one in seen(replica, period, scope, every=True) if not one.closed]
    if not any(one.sheet.lines for one in found):
        raise Refused(
            f"The month {period} is closed already, or nothing is to be paid in it.",
            hint="See it with: linli benefit month MONTH",
        )
    replica.act([(one.division, [_row(replica, one)]) for one in found], user=user)
    return [one for one in found if one.sheet.lines]


def _row(replica: Replica, one: Seen) -> Insert:
    inputs = inputs_of(replica, one.division, publishing.needed(replica))
    values = {
        "period": one.sheet.period,
        "scope": one.division,
        "frontier": inputs.frontier,
        "trust": inputs.trust,
        "policy": inputs.policy,
        "result": one.digest,
        "content": encoded(one.sheet).decode(),
    }
    return Insert(SHEET.name, values)
