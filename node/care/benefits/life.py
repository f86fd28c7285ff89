"""One benefit from a hint to its end: a set of dated acts, and what they amount to.

Nobody overwrites a status. Villages, townships and the county add acts, and everything else is a
function of the set: acts are read by (time, id), however they came and however often. An act that
its author may not do, or that lacks what it needs, does not count and is listed with a sentence.

The county alone moves money. Its acts write the *schedule*, each from a month on and over whatever
earlier acts said of the months from there: an approval with an amount, a stop with a reason, and
停旧增新, which ends the old amount and begins the new one in one act, so that no month has both or
neither. What was paid too long is claimed back by an act of its own (追缴) and never taken out of
the record.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import NamedTuple

from node.care.benefits.months import moved, span
from node.care.money import is_amount, yuan
from node.care.policy import BASELINE

HIT, TOLD, APPLIED, VERIFIED, REVIEWED = "hit", "told", "applied", "verified", "reviewed"
APPROVED, PUBLISHED, CHANGE, STOPPED = "approved", "published", "change", "stopped"
RECOVERY, REFUSED, INELIGIBLE, CLOSED = "recovery", "refused", "ineligible", "closed"

PAYING = "paying"
"""The status of a benefit that is paid in a month; no act is named so."""

_ALL = frozenset({"village", "township", "county"})
_ABOVE = frozenset({"township", "county"})
_COUNTY = frozenset({"county"})
TIERS: Mapping[str, frozenset[str]] = {
    HIT: _ALL, TOLD: _ALL, APPLIED: _ALL, VERIFIED: _ALL, REFUSED: _ALL,
    REVIEWED: _ABOVE,
    APPROVED: _COUNTY, PUBLISHED: _COUNTY, CHANGE: _COUNTY, STOPPED: _COUNTY,
    RECOVERY: _COUNTY, INELIGIBLE: _COUNTY, CLOSED: _COUNTY,
}  # fmt: skip
"""Who may do what; a township that wants a stop proposes it by a hint, and the county stops."""

_REASONS = BASELINE.lists.benefit_stop_reasons


class Act(NamedTuple):
    """One act on a benefit, as its row states it.

    Attributes:
        at: The clamped stamp of its change; with the id it orders acts.
        id: The row's id.
        kind: One of those above.
        tier: The tier at which its author stands.
        month: The first month for which it holds: paid from, not paid from, claimed back from.
        until: The last month that is claimed back.
        fen: Fen a month; of a recovery the whole amount.
        reason: A code of `benefit_stop_reasons` for a stop, else words.
    """

    at: int
    id: str
    kind: str
    tier: str
    month: str = ""
    until: str = ""
    fen: int = 0
    reason: str = ""


class Listed(NamedTuple):
    """An act that does not count, and why, as a sentence."""

    id: str
    reason: str


class Step(NamedTuple):
    """What holds from a month on: an amount, 0 for nothing, and the act that says so."""

    month: str
    fen: int
    act: Act


@dataclass(frozen=True)
class Life:
    """What the acts of one benefit amount to.

    Attributes:
        acts: Those that count, by time and id.
        listed: The others.
        steps: The schedule: what holds from which month on, by month.
        claimed: What was claimed back.
    """

    acts: tuple[Act, ...]
    listed: tuple[Listed, ...]
    steps: tuple[Step, ...]
    claimed: tuple[Act, ...]

    def step(self, month: str) -> Step | None:
        """What holds in a month; None before the first approval."""
        return next((one for one in reversed(self.steps) if one.month <= month), None)

    def due_fen(self, month: str) -> int:
        """What is to be paid in a month."""
        step = self.step(month)
        return step.fen if step else 0

    def status(self, month: str) -> str:
        """Where it stands: `PAYING` in a month with money, else the kind of the last act."""
        if self.due_fen(month):
            return PAYING
        told = [one for one in self.acts if one.kind != RECOVERY]
        return told[-1].kind if told else ""


def life(acts: Iterable[Act]) -> Life:
    """What a set of acts amounts to, in whatever order they came."""
    by_id: dict[str, Act] = {}
    for act in sorted(set(acts), reverse=True):
        by_id[act.id] = act
    counted: list[Act] = []
    listed: list[Listed] = []
    steps: tuple[Step, ...] = ()
    for act in sorted(by_id.values()):
        reason = _why_not(act, steps)
        if reason:
            listed.append(Listed(act.id, reason))
            continue
        counted.append(act)
        if act.kind in (APPROVED, CHANGE, STOPPED):
            before = tuple(one for one in steps if one.month < act.month)
            steps = (*before, Step(act.month, 0 if act.kind == STOPPED else act.fen, act))
    claimed = tuple(one for one in counted if one.kind == RECOVERY)
    return Life(tuple(counted), tuple(listed), steps, claimed)


def _why_not(act: Act, steps: tuple[Step, ...]) -> str:
    """Why an act does not count, as a sentence; empty if it does."""
    reason = unsound(act)
    if reason:
        return reason
    if act.kind == CHANGE and not any(one.month <= act.month for one in steps):
        return f"Nothing is paid in {act.month} that could be changed."
    if act.kind == CHANGE and not _fen_in(steps, act.month):
        return f"It was stopped before {act.month}: only an approval begins it again."
    return ""


def unsound(act: Act) -> str:
    """Why an act does not count whatever was done before, as a sentence; empty where it may."""
    tiers = TIERS.get(act.kind)
    if tiers is None:
        return f"Its kind {act.kind[:20]!r} is not known here."
    if act.tier not in tiers:
        return f"This belongs to the {' or '.join(sorted(tiers))}, and a {act.tier[:20]} did it."
    if act.kind in (APPROVED, CHANGE, RECOVERY) and not is_amount(act.fen):
        return f"{act.fen} fen is no amount of a benefit."
    if act.kind in (APPROVED, CHANGE, STOPPED, RECOVERY) and not _is_month(act.month):
        return f"{act.month[:20]!r} is no month, and this act needs one."
    if act.kind == STOPPED and act.reason not in _REASONS:
        return f"A stop needs a reason of the list, and {act.reason[:20]!r} is none."
    if act.kind in (REFUSED, INELIGIBLE) and not act.reason.strip():
        return "It closes a hint without a reason, and so it closes nothing."
    if act.kind == RECOVERY and not (_is_month(act.until) and act.month <= act.until):
        return f"It claims back until {act.until[:20]!r}, which is no month after {act.month}."
    return ""


def _fen_in(steps: tuple[Step, ...], month: str) -> int:
    return next((one.fen for one in reversed(steps) if one.month <= month), 0)


def _is_month(text: str) -> bool:
    digits = text[:4] + text[5:]
    return (
        len(text) == 7 and text[4] == "-" and digits.isascii() and digits.isdigit()
        and "01" <= text[5:] <= "12" and text[:4] >= "1900"
    )  # fmt: skip


# --- what was paid against what was due ----------------------------------------------------------


class Segment(NamedTuple):
    """Months in a row with the same difference.

    Attributes:
        first: The first month.
        last: The last month.
        fen: A month; above zero was paid too much, below zero too little.
        reason: Why, as a sentence.
    """

    first: str
    last: str
    fen: int
    reason: str

    @property
    def total_fen(self) -> int:
        """Over all its months."""
        return self.fen * len(span(self.first, self.last))


def differences(one: Life, paid: Mapping[str, int]) -> tuple[Segment, ...]:
    """Where what was paid is not what was due, as segments: to be claimed back, or paid up.

    Args:
        one: The benefit.
        paid: What the closed sheets paid, fen by month; other months were not paid yet.
    """
    found: list[Segment] = []
    for month in sorted(paid):
        more = paid[month] - one.due_fen(month)
        if not more:
            continue
        last = found[-1] if found else None
        if last and last.fen == more and moved(last.last, 1) == month:
            found[-1] = last._replace(last=month, reason=_told(last.first, month, more))
        else:
            found.append(Segment(month, month, more, _told(month, month, more)))
    return tuple(found)


def _told(first: str, last: str, fen: int) -> str:
    months = len(span(first, last))
    if fen > 0:
        return (
            f"From {first} to {last} {yuan(fen)} yuan a month were paid too much:"
            f" {yuan(fen * months)} yuan are to be claimed back."
        )
    return (
        f"From {first} to {last} {yuan(-fen)} yuan a month were not paid:"
        f" {yuan(-fen * months)} yuan are owed."
    )


def unclaimed_fen(one: Life, paid: Mapping[str, int]) -> int:
    """What was paid too much and is not claimed back yet; below zero where too much is claimed."""
    over = sum(segment.total_fen for segment in differences(one, paid) if segment.fen > 0)
    return over - sum(act.fen for act in one.claimed)


def unclaimed(one: Life, paid: Mapping[str, int]) -> tuple[Segment, ...]:
    """What was paid too much in months that no recovery claims back yet, as segments."""
    open_ = {
        month: fen
        for month, fen in paid.items()
        if not any(act.month <= month <= act.until for act in one.claimed)
    }
    return tuple(segment for segment in differences(one, open_) if segment.fen > 0)
