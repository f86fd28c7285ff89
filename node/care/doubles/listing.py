"""The worklist: conflicts, proposals of villages, what the scan finds, and what was decided.

It is worked out from the register and the statements at the moment of asking, so after every merge
it is new. What was decided to be two people is not found again.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass

from node.care.doubles.links import DISTINCT, SAME, Doubles, Pair, Spoken, Statement, pair_of
from node.care.doubles.reading import read, records
from node.care.doubles.scanning import Candidate, candidates
from node.clock import day
from node.replica import Replica

CONFLICT, PROPOSED, OPEN, MERGED, TWO = "conflict", "proposed", "open", "merged", "distinct"
STATES = (CONFLICT, PROPOSED, OPEN, MERGED, TWO)
"""What a pair may be, in the order in which somebody should look at it."""

UNDECIDED = (CONFLICT, PROPOSED, OPEN)
"""What waits for a person."""

_MS_CHARACTERS = 12


@dataclass(frozen=True, slots=True)
class Found:
    """One line of the worklist.

    Attributes:
        state: One of `STATES`.
        pair: The ids of the two.
        kind: Why the scan takes them for one person; empty where it does not.
        keep: Who is kept, or is to be kept as proposed.
        asked: What a proposal asks for; empty where there is none.
        said_on: The day of the last word, ISO date; empty for what was only found.
        note: What was noted with it.
    """

    state: str
    pair: Pair
    kind: str = ""
    keep: str = ""
    asked: str = ""
    said_on: str = ""
    note: str = ""


def worklist(known: Doubles, found: Iterable[Candidate]) -> list[Found]:
    """The lines, in the order of `STATES`, within one the strongest reason first.

    Args:
        known: What was said.
        found: What the scan finds.
    """
    kinds, ranks = dict[Pair, str](), dict[Pair, int]()
    fresh: dict[Pair, None] = {}
    for one in found:
        raw = one.one, one.two
        pair = pair_of(known.survivor(one.one), known.survivor(one.two))
        for either in (raw, pair):
            kinds.setdefault(either, one.kind)
            ranks.setdefault(either, one.rank)
        if pair[0] != pair[1] and not any(_parted(known, asked) for asked in (raw, pair)):
            fresh.setdefault(pair)
    lines = [*_said(known, kinds)]
    listed = {line.pair for line in lines}
    lines += [Found(OPEN, pair, kinds[pair]) for pair in fresh if pair not in listed]
    last = len(ranks)
    return sorted(
        lines,
        key=lambda line: (STATES.index(line.state), ranks.get(line.pair, last), line.pair),
    )


def _parted(known: Doubles, pair: Pair) -> bool:
    spoken = known.pairs.get(pair)
    return spoken is not None and spoken.parted


def _said(known: Doubles, kinds: dict[Pair, str]) -> Iterator[Found]:
    for pair, spoken in known.pairs.items():
        state = _state(known, pair, spoken)
        if state:
            last = _last(spoken, state)
            yield Found(
                state,
                pair,
                kinds.get(pair, ""),
                last.keep if state == PROPOSED else spoken.keep,
                last.word if state == PROPOSED else "",
                day(int(last.number[:_MS_CHARACTERS], 16)) if _dated(last.number) else "",
                last.note,
            )


def _state(known: Doubles, pair: Pair, spoken: Spoken) -> str:
    if spoken.contested or (
        spoken.word and known.conflict(pair[0]) == known.conflict(pair[1]) != ()
    ):
        return CONFLICT
    if spoken.proposed:
        return PROPOSED
    return {SAME: MERGED, DISTINCT: TWO}.get(spoken.word, "")


def _last(spoken: Spoken, state: str) -> Statement:
    return (spoken.proposed if state == PROPOSED else spoken.stands)[-1]


def _dated(number: str) -> bool:
    """Whether a number begins with a moment; a peer may have made up any other."""
    return len(number) > _MS_CHARACTERS and all(one in "0123456789ABCDEF" for one in number)


def duplicates(
    replica: Replica, within: str | None = None, states: Collection[str] = UNDECIDED
) -> list[Found]:
    """The lines of this node.

    Args:
        replica: This node.
        within: Only pairs of which one stands in this division or below; None: all.
        states: Only these.
    """
    known, register = read(replica), list(records(replica))
    lines = [line for line in worklist(known, candidates(register)) if line.state in states]
    if within is None:
        return lines
    below = set(replica.tree.below(within))
    here = {one.id for one in register if one.division in below}
    return [line for line in lines if not here.isdisjoint(line.pair)]
