"""A smaller plan with the same fault: what a person can read.

Events draw from the seed and their own number, so those that are left do what they did before. Half
of them is left out, then a quarter, and so on, as long as the same invariant breaks.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence

from cli.simulation.plan import Event, Plan

Breaks = Callable[[Plan], str]
"""Runs a plan; gives the kind of what is wrong, or nothing."""

EVENTS_AIM = 20
"""A plan of more events than this is told to be large still."""


def shrink(plan: Plan, kind: str, breaks: Breaks, seconds_max: float) -> Plan:
    """Leaves events out of a plan that breaks an invariant.

    Args:
        plan: The plan.
        kind: The invariant that it breaks.
        breaks: Runs a plan.
        seconds_max: When to be content with what was found.
    """
    until = time.monotonic() + seconds_max

    def still(fewer: Sequence[Event]) -> bool:
        return time.monotonic() < until and breaks(plan.only(tuple(fewer))) == kind

    events: Sequence[Event] = _coarsely(plan.events, still)
    pieces = 2
    while len(events) > 1 and time.monotonic() < until:
        size = max(1, len(events) // pieces)
        for start in range(0, len(events), size):
            fewer = (*events[:start], *events[start + size :])
            if time.monotonic() > until:
                break
            if breaks(plan.only(fewer)) == kind:
                events = fewer
                pieces = max(2, pieces - 1)
                break
        else:
            if size == 1:
                break
            pieces = min(len(events), pieces * 2)
    return plan.only(tuple(events))


def _coarsely(events: Sequence[Event], still: Callable[[Sequence[Event]], bool]) -> Sequence[Event]:
    """Leaves out what comes after, then whole nodes, then whole kinds: few runs, many events."""
    while len(events) > EVENTS_AIM and still(events[: len(events) // 2]):
        events = events[: len(events) // 2]
    least, size = len(events) // 2, len(events)
    while size - least > max(1, size // 20):
        middle = (least + size) // 2
        least, size = (least, middle) if still(events[:middle]) else (middle, size)
    events = events[:size]
    for name in ("node", "kind"):
        for value in sorted({str(getattr(event, name)) for event in events}):
            fewer = [event for event in events if str(getattr(event, name)) != value]
            if fewer and len(fewer) < len(events) and still(fewer):
                events = fewer
    return events
