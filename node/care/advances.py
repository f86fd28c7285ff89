"""Money that was advanced for somebody, and what came back of it (医疗垫付).

An advance is a fact, and so is each part that comes back, from an insurance, from relief or from
the family. What is open is a function of them, and the ageing list says how long it has been.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import NamedTuple

from node.care.money import is_amount, yuan


class Advance(NamedTuple):
    """Money that was advanced: the row's id, the person, the day, fen, and who paid."""

    id: str
    person: str
    day: str
    fen: int
    paid_by: str = ""


class Recovered(NamedTuple):
    """A part that came back: the row's id, the advance, the day, fen, and from where."""

    id: str
    advance: str
    day: str
    fen: int
    source: str = ""


class Flag(NamedTuple):
    """A fact that cannot be right, and why, as a sentence."""

    id: str
    reason: str


@dataclass(frozen=True)
class Open:
    """An advance and what is open of it.

    Attributes:
        advance: Which.
        recovered_fen: What came back.
        fen: What is open; never below zero.
    """

    advance: Advance
    recovered_fen: int
    fen: int


def balances(
    advances: Iterable[Advance], recovered: Iterable[Recovered]
) -> tuple[tuple[Open, ...], tuple[Flag, ...]]:
    """What is open of each advance, by its id, and what cannot be right.

    Args:
        advances: All of them, in any order, each however often.
        recovered: All that came back; of what names an advance that is not here nothing is told.
    """
    known = {one.id: one for one in sorted(set(advances), reverse=True)}
    back = {one.id: one for one in sorted(set(recovered), reverse=True)}
    amounts = [*((one.id, one.fen) for one in known.values()),
               *((one.id, one.fen) for one in back.values())]  # fmt: skip
    flags = [
        Flag(name, f"{fen} fen is no amount that is advanced or comes back.")
        for name, fen in amounts
        if not is_amount(fen)
    ]
    wrong = {flag.id for flag in flags}
    found = []
    for name in sorted(known.keys() - wrong):
        advance = known[name]
        parts = [one for one in back.values() if one.advance == name and one.id not in wrong]
        came = sum(one.fen for one in parts)
        if came > advance.fen:
            over = yuan(came - advance.fen)
            flags.append(Flag(name, f"{over} yuan more came back than were advanced."))
        found.append(Open(advance, came, max(advance.fen - came, 0)))
    return tuple(found), tuple(sorted(flags))


def ageing(
    found: Iterable[Open], on: str, days: Sequence[int] = (30, 90, 180, 365)
) -> tuple[tuple[int, int, int], ...]:
    """How much has been open for how long on a day.

    Args:
        found: What is open.
        on: The day, ISO.
        days: The bounds of the groups, ascending.

    Returns:
        For each group its least days, how many advances, and fen.
    """
    groups = [(0, 0, 0), *((bound, 0, 0) for bound in days)]
    for one in found:
        lies = (date.fromisoformat(on) - date.fromisoformat(one.advance.day)).days
        if not one.fen or lies < 0:
            continue
        place = sum(lies >= bound for bound in days)
        least, count, fen = groups[place]
        groups[place] = (least, count + 1, fen + one.fen)
    return tuple(groups)
