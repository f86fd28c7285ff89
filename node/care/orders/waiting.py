"""Who waits since when, until when, and in which order lists are read.

Whether something is overdue depends on what time it is, so it is computed on reading and stored
nowhere. The deadlines are the county's; where it has set none, nothing is overdue.
"""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from node.care.orders.judging import ASKED, FINISHED, OFFERED, STAGES, STARTED, OrderStatus
from node.care.parameters.serving import Orders
from node.clock import DAY_MS, day, parse_local
from node.errors import UsageError

CLAIMED, REVIEWED, COMPLAINED = "claimed", "reviewed", "complained"
"""States that no step makes: claims wait, the client has reviewed it, or somebody complains."""

_HOUR_MS = 3_600_000
_MINUTE_MS = 60_000


@dataclass(frozen=True, slots=True)
class Waiting:
    """How long an order waits.

    Attributes:
        since: Since when the client waits, milliseconds.
        due: By when the next step is to be taken, milliseconds; None where there is no deadline.
        overdue: Whether that lies behind us (超时).
        open: Whether anything is still to be done.
    """

    since: int
    due: int | None
    overdue: bool
    open: bool

    @property
    def place(self) -> tuple[bool, bool, int]:
        """Its place in a list: open ones first, of those the overdue, then who waits longest."""
        return not self.open, not self.overdue, self.since


def state_of(
    status: OrderStatus, *, claims: int = 0, reviewed: bool = False, complained: bool = False
) -> str:
    """The code of `order_states` that a person reads.

    Args:
        status: Where the order stands by its steps.
        claims: How many claims wait for a decision.
        reviewed: Whether the client's side has reviewed it.
        complained: Whether a complaint about it is not closed yet.
    """
    if complained:
        return COMPLAINED
    if status.ends:
        return "void" if "void" in status.ends else "cancel"
    if status.free and claims:
        return CLAIMED
    served = STAGES.index(status.stage) >= STAGES.index(FINISHED)
    return REVIEWED if reviewed and served else status.stage


def wished(order: Mapping[str, Any]) -> str:
    """The day for which an order is wished, ISO: the day on which it was asked for, if no other."""
    try:
        return datetime.date.fromisoformat(str(order["wished_on"])).isoformat()
    except ValueError:  # none was wished for, or a peer wrote what is no day
        return day(order["asked_at"])


def waiting(
    order: Mapping[str, Any], status: OrderStatus, rule: Orders | None, now_ms: int
) -> Waiting:
    """How long an order waits.

    Args:
        order: A row of `service_order`.
        status: Where it stands.
        rule: What the county has set for the day and the place, or None.
        now_ms: What time it is.
    """
    due = _due(order, status, rule) if status.open and rule else None
    return Waiting(order["asked_at"], due, due is not None and due < now_ms, status.open)


def _due(order: Mapping[str, Any], status: OrderStatus, rule: Orders) -> int:
    asked: int = order["asked_at"]
    if status.stage == FINISHED:
        return status.at + rule.confirm_days * DAY_MS
    served = _end_of(wished(order)) + rule.serve_days * DAY_MS
    if order["service"] in rule.urgent_services and status.stage != STARTED:
        return asked + rule.urgent_minutes * _MINUTE_MS
    if status.stage in (ASKED, OFFERED):
        # Something wished for next week is given to somebody by the evening before it, no sooner.
        return max(asked + rule.assign_hours * _HOUR_MS, _end_of(wished(order)) - DAY_MS)
    return served


def _end_of(on: str) -> int:
    """The last moment of a day in China."""
    try:
        return parse_local(f"{on} 00:00") + DAY_MS
    except UsageError:  # a year that nobody types
        return 0


def answered_ms(order: Mapping[str, Any], started_at: int) -> int:
    """How long somebody who called for help waited until somebody was there, milliseconds.

    The clock starts with the call, also where it was typed in later.
    """
    return max(started_at - int(order["asked_at"]), 0)
