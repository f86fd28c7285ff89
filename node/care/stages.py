"""Which stage events of a case are valid, and the status that follows from them.

A case is advanced by a village, a township and the county, and each may be cut off from the others
while it does so. So there is no current stage that anybody overwrites. There is a growing set of
*stage events*, each naming the events that it builds on, and everything else is a function of that
set.

An event is valid or not by its own *causal past* only, the events reached through what it builds
on:

- all of that past is present; until then the event waits;
- the tier that wrote it may do so: the policy pack names one for each stage;
- stage n needs a valid stage n-1 of the same round in its past;
- after a valid stop or rejection in its past, only a reopening may follow, which starts the next
  round; an event of a
  later round has that reopening in its past.

What happens concurrently plays no part, so every node that holds an event and its past says the
same of it for ever. A past is looked at through invalid events too: one bad event does not stop
those that honestly came after it.

The status is a join over the valid events (see `status`). Since the settlement of money is a stage
like the others, it is valid only with every stage before it in its past, and a stop that comes too
late stands beside it and never undoes it.

All of it is pure. Events come from other nodes and may hold anything, so nothing here trusts their
form: an event that makes no sense is listed with its reason, one that builds on itself too.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import reduce
from typing import Any, NamedTuple

from node.care.causal import causal_order, heads_of, why_not_ordered
from node.care.pack import CaseRules
from node.care.policy import BASELINE
from node.care.status import Status, titles_of

STAGE = "stage"
STOP = "stop"
REJECT = "reject"
REOPEN = "reopen"

_ENTERED = "entered"
_ENDED = "ended"
_OPENED = "opened"

Mark = tuple[str, int, int | str]
"""What a valid event leaves to those after it: the kind of mark, its round, its stage or stop."""


@dataclass(frozen=True, slots=True)
class Event:
    """One stage event, as its row states it.

    Attributes:
        id: The row's id.
        kind: `STAGE`, `STOP`, `REJECT` or `REOPEN`.
        round: 0 at first; a reopening states the round that it starts.
        tier: The tier of the division at which the event's author stands.
        stage: For `STAGE`, which one.
        stop: For `STOP`, the code of the stop.
        builds_on: The ids of the events that the author had seen last.
    """

    id: str
    kind: str
    round: int
    tier: str
    stage: int | None = None
    stop: str | None = None
    builds_on: tuple[str, ...] = ()


def event_of(row: Mapping[str, Any]) -> Event:
    """The event that a row of `stage_event` states; the row also names its author's tier."""
    return Event(
        id=row["id"],
        kind=row["kind"] or "",
        round=-1 if row["round"] is None else row["round"],
        tier=row["tier"] or "",
        stage=row["stage"],
        stop=row["stop"],
        builds_on=tuple((row["builds_on"] or "").split()),
    )


class Listed(NamedTuple):
    """An event that does not count, or not yet, and why, as a sentence."""

    id: str
    reason: str


@dataclass(frozen=True, slots=True)
class Judged:
    """What a set of events amounts to.

    Attributes:
        status: The join over the valid events.
        valid: The ids of the valid events, sorted.
        listed: Every other event with its reason, sorted by id.
        heads: The valid events that no other valid event has in its past: what a new event builds
            on.
    """

    status: Status
    valid: tuple[str, ...]
    listed: tuple[Listed, ...]
    heads: tuple[str, ...]

    @property
    def round(self) -> int:
        """The round of the status."""
        return self.status.round

    @property
    def progress(self) -> int:
        """The furthest stage of the status."""
        return self.status.progress

    @property
    def stops(self) -> frozenset[str]:
        """The stops of the status."""
        return self.status.stops


def judge(events: Iterable[Event], rules: CaseRules = BASELINE.case) -> Judged:
    """Says which events of one case are valid and what status follows.

    The result does not depend on the order of the events. Its cost grows with the number of events
    and of what they build on, whatever their shape.
    """
    by_id = {event.id: event for event in events}
    ordered = causal_order(by_id)
    pasts: dict[str, frozenset[Mark]] = {}
    left: dict[str, frozenset[Mark]] = {}
    reasons: dict[str, str] = {}
    for event in ordered:
        past = frozenset[Mark]().union(*(left[before] for before in event.builds_on))
        pasts[event.id] = past
        reason = _why_not(event, past, rules)
        if reason:
            reasons[event.id] = reason
            left[event.id] = past
        else:
            left[event.id] = past | {_mark(event, rules)}
    valid = sorted(event.id for event in ordered if event.id not in reasons)
    reasons.update(why_not_ordered(by_id, pasts))
    status = reduce(Status.__or__, (_status(by_id[name], rules) for name in valid), Status())
    return Judged(
        status=status,
        valid=tuple(valid),
        listed=tuple(Listed(name, reasons[name]) for name in sorted(reasons)),
        heads=heads_of(ordered, reasons),
    )


def _why_not(event: Event, past: frozenset[Mark], rules: CaseRules) -> str:
    """Why an event is not valid after this past, as a sentence; empty if it is."""
    if event.round < 0:
        return "It names no round."
    if event.kind == REOPEN:
        return _why_not_reopened(event, past, rules)
    if event.kind not in (STAGE, STOP, REJECT):
        return f"Its kind {event.kind[:20]!r} is not known here."
    if event.round > 0 and (_OPENED, event.round, 0) not in past:
        return f"Round {event.round} was not reopened before it."
    ended = sorted(
        str(which) for mark, round_, which in past if (mark, round_) == (_ENDED, event.round)
    )
    if ended:
        return f"The case had ended ({titles_of(ended, rules)}), and only a reopening can follow."
    if event.kind == STAGE:
        return _why_not_entered(event, past, rules)
    ending = rules.reject if event.kind == REJECT else rules.stops.get(event.stop or "")
    if ending is None:
        return f"The stop {(event.stop or '')[:20]!r} is not known here."
    if event.tier not in ending.tiers:
        return _wrong_tier(f"{ending.code} {ending.name}", ending.tiers, event.tier)
    return ""


def _why_not_entered(event: Event, past: frozenset[Mark], rules: CaseRules) -> str:
    number = event.stage or 0
    if not 1 <= number <= len(rules.stages):
        return f"Stage {event.stage} does not exist; stages go from 1 to {len(rules.stages)}."
    stage = rules.stages[number - 1]
    if event.tier != stage.tier:
        return _wrong_tier(f"Stage {number} {stage.name}", {stage.tier}, event.tier)
    if number > 1 and (_ENTERED, event.round, number - 1) not in past:
        before = rules.stages[number - 2]
        return (
            f"Stage {number} {stage.name} comes after stage {before.number} {before.name}, "
            "which was not entered before it."
        )
    return ""


def _why_not_reopened(event: Event, past: frozenset[Mark], rules: CaseRules) -> str:
    if event.tier not in rules.reopen_tiers:
        return _wrong_tier("Reopening", rules.reopen_tiers, event.tier)
    if not any((mark, round_) == (_ENDED, event.round - 1) for mark, round_, _ in past):
        return f"Round {event.round} can start only after round {event.round - 1} has ended."
    return ""


def _wrong_tier(what: str, tiers: Iterable[str], tier: str) -> str:
    return (
        f"{what} belongs to the {' or '.join(sorted(tiers))}, not to the {tier or 'unknown tier'}."
    )


def _mark(event: Event, rules: CaseRules) -> Mark:
    """What a valid event leaves in the past of those after it."""
    if event.kind == STAGE:
        return (_ENTERED, event.round, event.stage or 0)
    if event.kind == REOPEN:
        return (_OPENED, event.round, 0)
    return (_ENDED, event.round, _ending_code(event, rules))


def _ending_code(event: Event, rules: CaseRules) -> str:
    return rules.reject.code if event.kind == REJECT else event.stop or ""


def _status(event: Event, rules: CaseRules) -> Status:
    """What a valid event contributes to the status."""
    if event.kind == STAGE:
        return Status(event.round, event.stage or 0)
    if event.kind == REOPEN:
        return Status(event.round)
    return Status(event.round, 0, frozenset({_ending_code(event, rules)}))


def compute_status(rows: Sequence[Mapping[str, Any]]) -> str:
    """The derived status of a case from its rows of `stage_event`, as canonical text."""
    return str(judge(map(event_of, rows)).status)
