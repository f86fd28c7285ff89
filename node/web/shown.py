"""How values are put for people on a page: moments, spans of time, ticks, codes and names."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from node.clock import DAY_MS, day, local
from node.division import LEVELS
from node.language import said
from node.replica import Replica, Tick

_MINUTE_MS = 60_000
_HOUR_MS = 3_600_000


class Shown:
    """Puts values into words of one language.

    Args:
        language: Which language.
    """

    def __init__(self, language: str) -> None:
        self.language = language

    def moment(self, ms: int | None) -> str:
        """A moment as the clock on the wall shows it in China; a dash where there is none."""
        return "—" if ms is None else local(ms)

    def day(self, ms: int | None, now_ms: int) -> str:
        """The day of a moment as people say it."""
        if ms is None:
            return said("never", self.language)
        days = days_between(ms, now_ms)
        if days < 0:
            return day(ms)
        if days == 0:
            return said("today", self.language)
        if days == 1:
            return said("yesterday", self.language)
        return said(f"{days} days ago", self.language)

    def ago(self, ms: int | None, now_ms: int) -> str:
        """How long ago, in one unit."""
        if not ms:
            return said("never", self.language)
        passed = now_ms - ms
        if passed < _MINUTE_MS:
            return said("just now", self.language)
        if passed < _HOUR_MS:
            minutes = passed // _MINUTE_MS
            return said("1 minute ago" if minutes == 1 else f"{minutes} minutes ago", self.language)
        if passed < DAY_MS:
            hours = passed // _HOUR_MS
            return said("1 hour ago" if hours == 1 else f"{hours} hours ago", self.language)
        days = passed // DAY_MS
        return said("1 day ago" if days == 1 else f"{days} days ago", self.language)


def days_between(then_ms: int, now_ms: int) -> int:
    """How many midnights lie between two moments, by the clock in China."""
    zone = 8 * _HOUR_MS
    return (now_ms + zone) // DAY_MS - (then_ms + zone) // DAY_MS


def place(replica: Replica, division: str) -> str:
    """The name of a division; the end of its id where it is not known yet."""
    known = replica.tree.get(division)
    return known.name if known and known.name else division[-8:]


def township(replica: Replica, division: str) -> str:
    """The name of the township in which a division lies; its own where it lies in none."""
    for one in reversed(replica.tree.path(division)):
        if replica.tree.level(one) == LEVELS[1]:
            return place(replica, one)
    return place(replica, division)


def name_of(replica: Replica, table: str, row_id: str | None, known: dict[str, str]) -> str:
    """The name of a person, worker or facility; the end of the id where it is not here.

    Args:
        replica: This node.
        table: Where it stands.
        row_id: Its id.
        known: Names found so far, by id; grows.
    """
    if not row_id:
        return ""
    if row_id not in known:
        row = replica.row(table, row_id)
        known[row_id] = str(row["name"]) if row and row["name"] else row_id[-8:]
    return known[row_id]


# --- ticks ---------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Held:
    """One step of a record on its way up.

    Attributes:
        marks: As many ticks as this step is worth.
        tier: The tier.
        place: The node's division, where it is known who has the record.
        at_ms: Since when; None where it has not arrived.
    """

    marks: str
    tier: str
    place: str
    at_ms: int | None


def way_up(replica: Replica, row: Mapping[str, Any], ticks: Sequence[Tick]) -> list[Held]:
    """Each tier from the one where a record was written to the county, and whether it has it."""
    standing = replica.view.standing(row["author#"])
    start = LEVELS.index(standing.tier) if standing and standing.tier in LEVELS else 0
    by_tier = {tick.tier: tick for tick in reversed(ticks)}
    steps = []
    for worth, tier in enumerate(reversed(LEVELS[: start + 1]), start=1):
        tick = by_tier.get(tier)
        own = worth == 1
        steps.append(
            Held(
                "✓" * worth,
                tier,
                place(replica, tick.division) if tick else "",
                tick.at_ms if tick else (row["time"] >> 16 if own else None),
            )
        )
    return steps


def marks(steps: Sequence[Held]) -> str:
    """The ticks of a record in short: those of the highest tier that has it."""
    return next((step.marks for step in reversed(steps) if step.at_ms is not None), "✓")
