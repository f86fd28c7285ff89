"""What time it is at this node, as far as its clock can be right.

A small box has no clock battery. Where its clock cannot be right nothing is refused for lying in
the future: the aide knows the day better than the box.
"""

from __future__ import annotations

from node.care import fields
from node.clock import BOOT_FLOOR_MS, CEILING_MS, day, local
from node.replica import Replica

_SKEW_MS = 600_000
_AHEAD_MS_MAX = 3_600_000
"""How far a moment may lie ahead of the clock here, which need not be right to the minute."""


def sane_now(replica: Replica) -> int | None:
    """What time it is, where this machine's clock can be right: a box may have no battery."""
    now = replica.core.clock.now_ms()
    beacon = replica.beacon()
    floor = max(BOOT_FLOOR_MS, beacon.time if beacon else 0)
    # A beacon may be a little ahead of a clock that is right.
    return now if floor - _SKEW_MS <= now < CEILING_MS else None


def known_now(replica: Replica) -> int | None:
    """The same, and never before what this node has heard from others."""
    return None if sane_now(replica) is None else replica.core.now_ms()


def today(replica: Replica) -> str:
    """The day at this node, ISO, in UTC+8, with a clock that is right or not."""
    return day(replica.core.now_ms())


def known_today(replica: Replica) -> str:
    """The day, ISO, in UTC+8; empty where the clock here cannot be right."""
    now = known_now(replica)
    return "" if now is None else day(now)


def check_past(replica: Replica, field: str, moment: int) -> None:
    """Refuses a moment that lies ahead; a clock that cannot be right judges nothing.

    Raises:
        UsageError: It does.
    """
    now = known_now(replica)
    if now is not None and moment > now + _AHEAD_MS_MAX:
        raise fields.refused(
            field,
            local(moment),
            f"lies in the future: it is {local(now)} here",
            "Check the day and the time; where it is later, set this machine's clock.",
        )
