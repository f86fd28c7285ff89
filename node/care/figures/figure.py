"""A figure, how a share reads, and which small counts are hidden.

A share without its two numbers is worth nothing, since percentages are rounded and counts are
truth. And a count of two people in a village is a person with a name: it is hidden from who need
not know, together with as many others as are needed so that no subtraction brings it back.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from node.care.money import yuan

PEOPLE, TIMES, PLACES, FEN, MINUTES, HOUSEHOLDS = "人", "次", "个", "元", "分钟", "户"
HIDDEN = None


@dataclass(frozen=True, slots=True)
class Figure:
    """A figure of a division.

    Attributes:
        code: Its name for programs, for ever.
        title: What it is called.
        number: The count, fen for money; of a share the numerator; None where it is not known.
        of: Of a share the denominator; None for a count, or where it is not known.
        unit: Of what.
        share: Whether it is a share.
        day: Of which day a denominator is, where it was stated.
    """

    code: str
    title: str
    number: int | None
    of: int | None = None
    unit: str = PEOPLE
    share: bool = False
    day: str = ""

    @property
    def value(self) -> str:
        """How it reads: a count, an amount, or a share in percent; empty where it is not known."""
        if self.number is None:
            return ""
        if self.share:
            return percent(self.number, self.of)
        return yuan(self.number) if self.unit == FEN else str(self.number)


def percent(number: int, of: int | None) -> str:
    """A share in percent with two digits, rounded half up; empty where there is no whole."""
    if not of:
        return ""
    hundredths = (20_000 * number + of) // (2 * of)
    return f"{hundredths // 100}.{hundredths % 100:02}%"


Counts = Sequence[Sequence[int]]
Shown = list[list[int | None]]


def hide(counts: Counts, below: int) -> Shown:
    """A table of counts with its totals, without the small ones and what would give them away.

    Every count from 1 to below the bound is hidden. Where a row or a column would have one hidden
    cell alone, which the total gives away, the least of its others is hidden too.

    Args:
        counts: Rows of counts, all as long.
        below: The bound; 0 hides nothing.

    Returns:
        The rows with their totals behind them, and the row of totals below.
    """
    table = [[*row, sum(row)] for row in counts]
    table.append([sum(column) for column in zip(*table, strict=True)] if table else [0])
    height, width = len(table), len(table[0])
    gone = {(y, x) for y in range(height) for x in range(width) if 0 < table[y][x] < below}
    lines = [[(y, x) for x in range(width)] for y in range(height)]
    lines += [[(y, x) for y in range(height)] for x in range(width)]
    open_ones = True
    while open_ones:
        open_ones = False
        for line in lines:
            left = [place for place in line if place not in gone]
            if len(line) - len(left) == 1 and left:
                inner = [one for one in left if one[0] < height - 1 and one[1] < width - 1]
                gone.add(min(inner or left, key=lambda one: (table[one[0]][one[1]], one)))
                open_ones = True
    return [
        [HIDDEN if (y, x) in gone else table[y][x] for x in range(width)] for y in range(height)
    ]
