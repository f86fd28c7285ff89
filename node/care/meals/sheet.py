"""The sheet of a canteen's month: its lines, their sums, and bytes that are the same everywhere.

A sheet is a function of the lines that the county wrote into the partition of the canteen's
village, so the village, its township and the county print the same bytes as soon as they hold them.
A meal that came late, or was voided after it was paid, has a line in the month in which the county
learned of it; a month that was settled never changes.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple


class SheetLine(NamedTuple):
    """What a month changed for one meal; amounts in fen, below zero where it is taken back."""

    meal: str
    person: str
    served_on: str
    meal_time: str
    list_fen: int
    discount_fen: int
    quota_fen: int
    over_fen: int
    state: str
    reason: str

    @property
    def pays_fen(self) -> int:
        """What the county pays the canteen for it."""
        return self.discount_fen + self.quota_fen


@dataclass(frozen=True)
class MealSheet:
    """The sheet of one canteen and month.

    Attributes:
        period: The month.
        division: The village of the canteen.
        facility: The canteen.
        lines: By day, meal time and id, each once.
    """

    period: str
    division: str
    facility: str
    lines: tuple[SheetLine, ...]

    @cached_property
    def sums(self) -> dict[str, int]:
        """How many meals are new in this month, and the sums of the amounts, fen."""
        names = ("list_fen", "discount_fen", "quota_fen", "over_fen", "pays_fen")
        found = {name: sum(getattr(line, name) for line in self.lines) for name in names}
        return {"meals": sum(1 for line in self.lines if line.list_fen > 0), **found}

    def encoded(self) -> bytes:
        """The sheet as JSON: one form, so that equal sheets have equal bytes."""
        stated = {
            "period": self.period,
            "division": self.division,
            "facility": self.facility,
            "lines": [line._asdict() for line in self.lines],
            "sums": self.sums,
        }
        return json.dumps(
            stated, ensure_ascii=False, sort_keys=True, separators=(",", ":")
        ).encode()

    @cached_property
    def digest(self) -> str:
        """SHA-256 of the bytes, hex."""
        return hashlib.sha256(self.encoded()).hexdigest()


def sheet(period: str, division: str, facility: str, lines: Iterable[SheetLine]) -> MealSheet:
    """The sheet of some lines, in any order, each however often."""
    ordered = sorted(set(lines), key=lambda one: (one.served_on, one.meal_time, one))
    return MealSheet(period, division, facility, tuple(ordered))
