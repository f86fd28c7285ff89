"""Points of volunteers: minutes earn them, thanks spend them, and no entry is ever taken out.

Points are facts of several villages, and two of them may spend the same points while they are cut
off. So a balance is a function of the set of entries, read by (time, id): an entry that was
reversed counts nothing, whenever that became known; what is earned above the cap is not kept; and a
spending that finds too little is flagged, on every node the same.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import NamedTuple

from node.care.parameters.dated import Dated
from node.care.parameters.groups import Points
from node.clock import day

EARNED, SPENT, REVERSED = "earned", "spent", "reversed"
_HOUR = 60


class Entry(NamedTuple):
    """One entry of a volunteer.

    Attributes:
        at_ms: When, milliseconds UTC, from the clamped stamp.
        id: The row's id.
        kind: One of those above.
        amount: Minutes that were served, or points that are spent.
        reverses: The entry that a reversal takes back.
        code: The statistical code of the division where it stands: a county may run points in some.
    """

    at_ms: int
    id: str
    kind: str
    amount: int = 0
    reverses: str = ""
    code: str = ""


class Flag(NamedTuple):
    """An entry that does not count, and why, as a sentence."""

    id: str
    reason: str


@dataclass(frozen=True)
class Balance:
    """What a volunteer has.

    Attributes:
        points: How many.
        minutes: What was served since the last whole point.
        flags: The entries that do not count, by time and id.
    """

    points: int
    minutes: int
    flags: tuple[Flag, ...]


def balance(entries: Iterable[Entry], rules: Dated[Points]) -> Balance:
    """What the entries of one volunteer amount to, in whatever order they came.

    Args:
        entries: All of them, each however often.
        rules: The county's numbers; a day without any earns and spends nothing.
    """
    by_id = {one.id: one for one in sorted(set(entries), reverse=True)}
    ordered = sorted(by_id.values())
    reversed_ = {one.reverses for one in ordered if one.kind == REVERSED}
    points = parts = 0
    flags = []
    for one in ordered:
        rule = rules.on(day(one.at_ms), one.code)
        if one.kind == REVERSED or one.id in reversed_:
            continue
        reason = _why_not(one, rule, points)
        if reason or rule is None:
            flags.append(Flag(one.id, reason))
        elif one.kind == SPENT:
            points -= one.amount
        else:
            parts += one.amount * rule.per_hour
            points, parts = points + parts // _HOUR, parts % _HOUR
            points = max(min(points, rule.cap), 0) if rule.cap else points
    return Balance(points, parts, tuple(flags))


def _why_not(one: Entry, rule: Points | None, points: int) -> str:
    """Why an entry does not count, as a sentence; empty if it does."""
    if rule is None:
        return f"The county runs no points on {day(one.at_ms)}."
    if one.kind not in (EARNED, SPENT):
        return f"Its kind {one.kind[:20]!r} is not known here."
    if one.amount <= 0:
        return f"{one.amount} is neither a number of minutes nor of points."
    if one.kind == SPENT and points < rule.spend_from:
        return f"Points are spent from {rule.spend_from} on, and there were {points}."
    if one.kind == SPENT and one.amount > points:
        return f"There were {points} points, and {one.amount} were spent."
    return ""
