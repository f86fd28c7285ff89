"""Which steps of an order count, and where the order stands by them.

A step names the steps that its author had seen last. It is valid or not by that causal past only,
so every node that holds it and its past says the same of it for ever:

- the tier that wrote it may take such a step: the policy pack says which may;
- an order is given to somebody once: after that only a reassignment may follow, and a tier cannot
  take back what a tier above it has given;
- who accepts, starts, finishes or confirms does so *under* an assignment that stood before it;
- after a cancellation or a void nothing follows, and what was finished is not cancelled.

A village that is cut off may send somebody while the township sends somebody else. Both
assignments are valid and both people may come. Then the order is with whom the highest tier named,
or of one tier the earliest; what the others finished is counted beside it, so that the township
sees that the work was done twice.

All of it is pure, and nothing here trusts the form of what other nodes wrote.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import reduce
from typing import Any, NamedTuple

from node.care.causal import causal_order, heads_of, why_not_ordered
from node.care.pack import OrderRules
from node.care.policy import BASELINE
from node.division import LEVELS

OFFER = "offer"
DISPATCH, AWARD, REASSIGN = "dispatch", "award", "reassign"
ACCEPT, START, FINISH, CONFIRM = "accept", "start", "finish", "confirm"
CANCEL, VOID = "cancel", "void"

ASSIGNING = (DISPATCH, AWARD, REASSIGN)
SERVING = (ACCEPT, START, FINISH, CONFIRM)
ENDING = (CANCEL, VOID)

ASKED, OFFERED, DISPATCHED, AWARDED = "asked", "offered", "dispatched", "awarded"
ACCEPTED, STARTED, FINISHED, CONFIRMED = "accepted", "started", "finished", "confirmed"
STAGES = (ASKED, OFFERED, DISPATCHED, AWARDED, ACCEPTED, STARTED, FINISHED, CONFIRMED)
"""How far an order can come by its steps; codes of `order_states`."""

_REACHED = dict(zip(SERVING, (ACCEPTED, STARTED, FINISHED, CONFIRMED), strict=True))

BUILDS_ON_MAX = 200
DEPTH_MAX = 200
"""How many steps one names, and stand above each other: a flood of forged ones costs no more."""


@dataclass(frozen=True, slots=True)
class Step:
    """One step of an order, as its row states it.

    Attributes:
        id: The row's id.
        kind: One of those above.
        tier: The tier of the division at which the step's author stands.
        worker: Of an assignment, the id of the worker.
        helper: Of an assignment to somebody who is no worker, the code of the kind; the name may
            be erased by law, and the step counts all the same.
        claim: Of an award, the id of the claim.
        under: Of what serves, the id of the assignment.
        done_at: When it was done, milliseconds.
        builds_on: The ids of the steps that the author had seen last.
    """

    id: str
    kind: str
    tier: str
    worker: str = ""
    helper: str = ""
    claim: str = ""
    under: str = ""
    done_at: int = 0
    builds_on: tuple[str, ...] = ()


def step_of(row: Mapping[str, Any]) -> Step:
    """The step that a row of `order_step` states; the row also names its author's tier."""
    return Step(
        id=str(row["id"]),
        kind=row["kind"] or "",
        tier=row["tier"] or "",
        worker=row["worker"] or "",
        helper=row["helper_kind"] or "",
        claim=row["claim"] or "",
        under=row["under"] or "",
        done_at=max(row["done_at"] or 0, 0),
        builds_on=tuple((row["builds_on"] or "").split()),
    )


@dataclass(frozen=True, slots=True)
class OrderStatus:
    """Where an order stands by its steps.

    Attributes:
        stage: One of `STAGES`.
        assignment: The id of the assignment that counts; empty: nobody has it.
        at: Since when, milliseconds; 0 for an order that nobody has touched.
        also: How many others, who did not have it, finished it as well.
        ends: The kinds of `ENDING` that stand.
    """

    stage: str = ASKED
    assignment: str = ""
    at: int = 0
    also: int = 0
    ends: frozenset[str] = frozenset()

    def __str__(self) -> str:
        """The canonical text of the derived column, such as `dispatched:01J…:1762130000000:0:`."""
        ends = ",".join(sorted(self.ends))
        return f"{self.stage}:{self.assignment}:{self.at}:{self.also}:{ends}"

    @classmethod
    def read(cls, text: str | None) -> OrderStatus:
        """The status of a canonical text; what is none is that of an order without steps."""
        parts = (text or "").split(":")
        if len(parts) != 5 or parts[0] not in STAGES:
            return cls()
        stage, assignment, at, also, ends = parts
        if not (at.isascii() and at.isdigit() and also.isascii() and also.isdigit()):
            return cls()
        standing = frozenset(filter(None, ends.split(",")))
        return cls(stage, assignment, int(at), int(also), standing)

    @property
    def open(self) -> bool:
        """Whether somebody has still to do something."""
        return not self.ends and self.stage != CONFIRMED

    @property
    def free(self) -> bool:
        """Whether nobody has it yet."""
        return not self.ends and not self.assignment


class Listed(NamedTuple):
    """A step that does not count, or not yet, and why, as a sentence."""

    id: str
    reason: str


@dataclass(frozen=True, slots=True)
class Judged:
    """What a set of steps amounts to.

    Attributes:
        status: Where the order stands.
        valid: The ids of the valid steps, sorted.
        listed: Every other step with its reason, sorted by id.
        heads: What a new step builds on.
        standing: The ids of the assignments that no reassignment has replaced, sorted.
    """

    status: OrderStatus
    valid: tuple[str, ...]
    listed: tuple[Listed, ...]
    heads: tuple[str, ...]
    standing: tuple[str, ...]


class _Past(NamedTuple):
    """What valid steps leave to those after them."""

    given: frozenset[tuple[str, str]] = frozenset()
    replaced: frozenset[str] = frozenset()
    finished: frozenset[str] = frozenset()
    ended: frozenset[str] = frozenset()
    depth: int = 0

    def joined(self, other: _Past) -> _Past:
        """What either leaves."""
        return _Past(
            self.given | other.given,
            self.replaced | other.replaced,
            self.finished | other.finished,
            self.ended | other.ended,
            max(self.depth, other.depth),
        )

    @property
    def standing(self) -> frozenset[tuple[str, str]]:
        """The assignments that stand, each with its tier."""
        return frozenset(one for one in self.given if one[0] not in self.replaced)

    def after(self, step: Step) -> _Past:
        """The same with a valid step."""
        if step.kind in ASSIGNING:
            gone = (name for name, _ in self.standing) if step.kind == REASSIGN else ()
            given = self.given | {(step.id, step.tier)}
            return self._replace(given=given, replaced=self.replaced | frozenset(gone))
        if step.kind == FINISH:
            return self._replace(finished=self.finished | {step.under})
        if step.kind in ENDING:
            return self._replace(ended=self.ended | {step.kind})
        return self


def judge(steps: Iterable[Step], rules: OrderRules = BASELINE.order) -> Judged:
    """Says which steps of one order are valid and where the order stands.

    The result does not depend on the order of the steps.
    """
    by_id = {step.id: step for step in steps}
    ordered = causal_order(by_id)
    left: dict[str, _Past] = {}
    reasons: dict[str, str] = {}
    for step in ordered:
        past = reduce(_Past.joined, (left[one] for one in set(step.builds_on)), _Past())
        reason = _why_not(step, past, rules)
        if reason:
            reasons[step.id] = reason
        else:
            past = past.after(step)
        left[step.id] = past._replace(depth=past.depth + 1)
    valid = [step for step in ordered if step.id not in reasons]
    whole = reduce(_Past.joined, (left[step.id] for step in valid), _Past())
    heads = heads_of(ordered, reasons)
    reasons.update(why_not_ordered(by_id, left))
    return Judged(
        status=_status(valid, whole, by_id),
        valid=tuple(sorted(step.id for step in valid)),
        listed=tuple(Listed(name, reasons[name]) for name in sorted(reasons)),
        heads=heads,
        standing=tuple(sorted(name for name, _ in whole.standing)),
    )


def _why_not(step: Step, past: _Past, rules: OrderRules) -> str:
    """Why a step is not valid after this past, as a sentence; empty if it is."""
    rule = rules.steps.get(step.kind)
    if rule is None:
        return f"Its kind {step.kind[:20]!r} is not known here."
    if len(step.builds_on) > BUILDS_ON_MAX or past.depth >= DEPTH_MAX:
        return "It builds on more steps than an order has."
    if step.tier not in rule.tiers:
        tiers = " or ".join(sorted(rule.tiers))
        return f"{rule.name} belongs to the {tiers}, not to the {step.tier or 'unknown tier'}."
    if past.ended:
        return "The order had ended before it, and nothing can follow."
    if step.kind in SERVING:
        return _why_not_served(step, past)
    if step.kind in ENDING:
        if step.kind == CANCEL and past.finished:
            return "The order was finished before it, and what was done cannot be cancelled."
        return ""
    return _why_not_given(step, past)


def _why_not_served(step: Step, past: _Past) -> str:
    if step.under not in {name for name, _ in past.standing}:
        return "It belongs to no assignment that stood before it."
    if step.kind == CONFIRM and step.under not in past.finished:
        return "What nobody has finished before it cannot be confirmed."
    return ""


def _why_not_given(step: Step, past: _Past) -> str:
    if step.kind == REASSIGN:
        if not past.standing:
            return "Nobody had the order before it, so that it cannot be given to somebody else."
        above = [tier for _, tier in past.standing if _rank(tier) < _rank(step.tier)]
        if above:
            tier = min(above, key=_rank)
            return f"The {tier} had given the order, and the {step.tier} cannot take it back."
    elif past.standing:
        return "Somebody had the order before it, and only a reassignment can follow."
    if step.kind != OFFER and not (step.worker or step.helper):
        return "It names nobody who is to come."
    if step.kind == AWARD and not step.claim:
        return "It names no claim."
    return ""


def _rank(tier: str) -> int:
    """0 for the highest tier."""
    return LEVELS.index(tier) if tier in LEVELS else len(LEVELS)


def _status(valid: Sequence[Step], whole: _Past, by_id: Mapping[str, Step]) -> OrderStatus:
    done: dict[str, list[Step]] = {}
    for step in valid:
        if step.kind in SERVING:
            done.setdefault(step.under, []).append(step)
    standing = sorted(whole.standing, key=lambda one: (_rank(one[1]), one[0]))
    if not standing:
        offers = [step.done_at for step in valid if step.kind == OFFER]
        stage = OFFERED if offers else ASKED
        return OrderStatus(stage, at=min(offers, default=0), ends=whole.ended)
    chosen = by_id[standing[0][0]]
    own = done.get(chosen.id, [])
    furthest = max((step.kind for step in own), key=SERVING.index, default="")
    at = min((step.done_at for step in own if step.kind == furthest), default=chosen.done_at)
    stage = _REACHED.get(furthest) or (AWARDED if chosen.kind == AWARD else DISPATCHED)
    others = {
        under
        for under, steps in done.items()
        if under != chosen.id and any(step.kind == FINISH for step in steps)
    }
    return OrderStatus(stage, chosen.id, at, len(others), whole.ended)


def compute_status(rows: Sequence[Mapping[str, Any]]) -> str:
    """The derived status of an order from its rows of `order_step`, as canonical text."""
    return str(judge(map(step_of, rows)).status)
