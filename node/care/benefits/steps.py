"""Which steps of a benefit count: each by its own causal past, as the stage events of a case.

A village finds and verifies, its township reviews, the county approves, and each may be cut off
from the others while it does so. A step names those that it builds on and counts or not by what it
reaches through them, so a node that holds a step and its past says the same of it for ever:

- all of that past is present; until then the step waits;
- each step of an application needs the one before it in the same round: 申请, 村核实, 乡镇审核,
  县审批, 公示. A stop, a refusal or a ruling ends the round of all that it has in its past;
- nobody approves or reviews what the same person has recorded: the steps of the round at the same
  box by the same user bar it (录入人≠审批人);
- after the 注销 only a recovery may follow.

Who may do what, and what an act needs beside its past, is told by `life`. All of it is pure.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import NamedTuple

from node.care.benefits.life import (
    APPLIED,
    APPROVED,
    CHANGE,
    CLOSED,
    INELIGIBLE,
    PUBLISHED,
    RECOVERY,
    REFUSED,
    REVIEWED,
    STOPPED,
    VERIFIED,
    Act,
    Life,
    Listed,
    life,
    unsound,
)

NEEDS: Mapping[str, str] = {
    VERIFIED: APPLIED,
    REVIEWED: VERIFIED,
    APPROVED: REVIEWED,
    PUBLISHED: APPROVED,
    CHANGE: APPROVED,
    STOPPED: APPROVED,
}
"""What must have been done before in the same round."""

ENDINGS = frozenset({STOPPED, REFUSED, INELIGIBLE, CLOSED})
"""What ends a round."""

_RECORDING = frozenset({APPLIED, VERIFIED, REVIEWED})
_JUDGING = frozenset({REVIEWED, APPROVED})
_ONCE = frozenset({APPLIED, VERIFIED, REVIEWED, APPROVED, PUBLISHED})

WORDS: Mapping[str, str] = {
    APPLIED: "application",
    VERIFIED: "verification by the village",
    REVIEWED: "review by the township",
    APPROVED: "approval by the county",
}
"""What a step is called in a sentence that misses it."""


class Step(NamedTuple):
    """An act with where it stands.

    Attributes:
        act: The act.
        author: The box that wrote it.
        user: Who did it there.
        builds_on: The ids of the steps that the author had seen last.
    """

    act: Act
    author: str
    user: str
    builds_on: tuple[str, ...] = ()


@dataclass(frozen=True)
class Judged:
    """What a set of steps amounts to.

    Attributes:
        life: The life that follows from those that count.
        listed: Every other step with its reason, by id.
        heads: The steps whose past is whole and that no other such step has in its past: what a
            new one builds on.
    """

    life: Life
    listed: tuple[Listed, ...]
    heads: tuple[str, ...]


def judge(steps: Iterable[Step]) -> Judged:
    """Says which steps of one benefit count and what follows, in whatever order they came."""
    by_id = {step.act.id: step for step in sorted(set(steps), reverse=True)}
    pasts = _pasts(by_id)
    counted: dict[str, Step] = {}
    reasons: dict[str, str] = {}
    for name, past in pasts.items():
        step = by_id[name]
        reason = _why_not(step, [counted[one] for one in past if one in counted], pasts)
        if reason:
            reasons[name] = reason
        else:
            counted[name] = step
    for name in sorted(set(by_id) - set(pasts)):
        reasons[name] = _waits(by_id[name], by_id)
    whole = life(step.act for step in counted.values())
    reasons |= dict(whole.listed)
    covered = frozenset[str]().union(*pasts.values())
    listed = tuple(Listed(name, reasons[name]) for name in sorted(reasons))
    return Judged(whole, listed, tuple(sorted(set(pasts) - covered)))


def _pasts(by_id: Mapping[str, Step]) -> dict[str, frozenset[str]]:
    """All that each step reaches, each after its past; those whose past is not whole lack."""
    waiting = {name: len(set(step.builds_on)) for name, step in by_id.items()}
    followers: dict[str, list[str]] = {}
    for name, step in by_id.items():
        for before in set(step.builds_on):
            followers.setdefault(before, []).append(name)
    ready = sorted(name for name, count in waiting.items() if not count)
    pasts: dict[str, frozenset[str]] = {}
    while ready:
        name = ready.pop()
        direct = set(by_id[name].builds_on)
        pasts[name] = frozenset(direct).union(*(pasts[one] for one in direct))
        for follower in followers.get(name, ()):
            waiting[follower] -= 1
            if not waiting[follower]:
                ready.append(follower)
    return pasts


def _waits(step: Step, by_id: Mapping[str, Step]) -> str:
    missing = sorted(set(step.builds_on) - set(by_id))
    if missing:
        return f"It builds on {missing[0]}, which has not arrived yet."
    return "It builds on events that wait for others to arrive."


def _why_not(step: Step, before: list[Step], pasts: Mapping[str, frozenset[str]]) -> str:
    """Why a step does not count after the counted steps of its past, as a sentence."""
    kind = step.act.kind
    reason = unsound(step.act)
    if reason:
        return reason
    if kind != RECOVERY and any(one.act.kind == CLOSED for one in before):
        return "The benefit was closed before it, and only a recovery can follow."
    ended = frozenset[str]().union(
        *(pasts[one.act.id] | {one.act.id} for one in before if one.act.kind in ENDINGS)
    )
    round_ = [one for one in before if one.act.id not in ended]
    done = {one.act.kind for one in round_}
    needed = NEEDS.get(kind, "")
    if needed and needed not in done:
        return f"It needs the {WORDS[needed]} before it, and there is none in this round."
    if kind in _ONCE and kind in done:
        return "This was done already in this round."
    if kind == CLOSED and (APPROVED in done or not ended):
        return "Only what was stopped, refused or ruled out can be closed."
    if kind in _JUDGING and any(
        (one.author, one.user) == (step.author, step.user) and one.act.kind in _RECORDING
        for one in round_
    ):
        return "Who recorded a step of the application neither reviews nor approves it."
    return ""
