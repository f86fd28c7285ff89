"""Events that name what they build on: their causal order, what is outside of it, and its heads.

Cases and orders are both a growing set of events, each written on top of those that its author had
seen. What is common to them is here; what makes an event valid is told in `stages` and in
`orders.judging`. Events come from other nodes and may hold anything: one that builds on itself, or
on what never came, is told from the others and stops none of them.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Container, Mapping, Sequence
from typing import Protocol, TypeVar


class Built(Protocol):
    """Anything that names what it builds on."""

    @property
    def id(self) -> str:
        """The id of its row."""

    @property
    def builds_on(self) -> tuple[str, ...]:
        """The ids of the events that its author had seen last."""


B = TypeVar("B", bound=Built)


def causal_order(by_id: Mapping[str, B]) -> list[B]:
    """The events whose whole past is present and free of circles, each after its past."""
    waiting = {event.id: len(set(event.builds_on)) for event in by_id.values()}
    followers: dict[str, list[str]] = defaultdict(list)
    for event in by_id.values():
        for before in set(event.builds_on):
            followers[before].append(event.id)
    ready = [name for name, count in waiting.items() if count == 0]
    ordered = []
    while ready:
        name = ready.pop()
        ordered.append(by_id[name])
        for follower in followers[name]:
            waiting[follower] -= 1
            if waiting[follower] == 0:
                ready.append(follower)
    return ordered


def why_not_ordered(by_id: Mapping[str, B], ordered: Container[str]) -> dict[str, str]:
    """Why each event outside the causal order is there: its past is not whole, or is a circle."""
    outside = [event for name, event in by_id.items() if name not in ordered]
    followers: dict[str, list[str]] = defaultdict(list)
    reasons: dict[str, str] = {}
    for event in outside:
        for before in event.builds_on:
            followers[before].append(event.id)
        missing = sorted(before for before in event.builds_on if before not in by_id)
        if missing:
            reasons[event.id] = f"It builds on {missing[0]}, which has not arrived yet."
    ready = sorted(reasons)
    while ready:
        name = ready.pop()
        for follower in followers[name]:
            if follower not in reasons:
                reasons[follower] = "It builds on events that wait for others to arrive."
                ready.append(follower)
    for event in outside:
        reasons.setdefault(event.id, "It builds on itself, directly or through others.")
    return reasons


def heads_of(ordered: Sequence[B], invalid: Container[str]) -> tuple[str, ...]:
    """The valid events that no valid event has in its past, sorted."""
    covered: set[str] = set()
    for event in reversed(ordered):
        if event.id not in invalid or event.id in covered:
            covered.update(event.builds_on)
    return tuple(
        sorted(event.id for event in ordered if event.id not in invalid and event.id not in covered)
    )
