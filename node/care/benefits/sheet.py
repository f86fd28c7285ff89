"""The sheet of a month of a division: what is paid, 新增明细, 停止明细, 追缴, and who comes of age.

A sheet is a function of the benefits, of what earlier closed sheets paid, and of the numbers. What
a decision that came late leaves unpaid in a closed month is a line of the next sheet (补发); what
was paid too much is never taken out of a sheet: it is listed to be claimed back.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from node.care.benefits import reports
from node.care.benefits.facts import MEALS
from node.care.benefits.life import Life, Segment, differences, unclaimed
from node.care.benefits.months import span

DUE, ARREARS = "due", "arrears"


class Record(NamedTuple):
    """A benefit of a person: its row's id, whose, which, and what became of it."""

    id: str
    person: str
    code: str
    life: Life


class Line(NamedTuple):
    """An amount that a sheet pays.

    Attributes:
        benefit: The row's id.
        month: For which month: of arrears an earlier one.
        kind: `DUE` or `ARREARS`.
        person: Whose.
        code: Which benefit.
        fen: How much.
    """

    benefit: str
    month: str
    kind: str
    person: str
    code: str
    fen: int


class Moved(NamedTuple):
    """A line of 新增明细 or 停止明细: fen a month, and for a stop the code of its reason."""

    benefit: str
    person: str
    code: str
    fen: int
    reason: str


class Claim(NamedTuple):
    """Months in a row that were paid too much: `open` where no recovery claims them yet."""

    benefit: str
    person: str
    code: str
    first: str
    last: str
    fen: int
    open: bool


class Paid(NamedTuple):
    """What a closed sheet paid: its month and its lines."""

    period: str
    lines: tuple[Line, ...]


@dataclass(frozen=True)
class Sheet:
    """The sheet of a month of a division."""

    period: str
    lines: tuple[Line, ...]
    added: tuple[Moved, ...]
    stopped: tuple[Moved, ...]
    claims: tuple[Claim, ...]

    @property
    def total_fen(self) -> int:
        """What it pays in all."""
        return sum(line.fen for line in self.lines)


def paid_by(benefit: str, closed: Iterable[Paid]) -> dict[str, int]:
    """What the closed sheets paid for one benefit, fen by closed month."""
    sheets = sorted(set(closed))
    paid = _paid(sheets)
    return {one.period: paid.get((benefit, one.period), 0) for one in sheets}


def sheet(period: str, records: Iterable[Record], closed: Iterable[Paid]) -> Sheet:
    """The sheet of a month by what is known; the quota of meals is a yearly one and left out.

    Args:
        period: Such as `2026-11`.
        records: All benefits of the division, in any order.
        closed: The closed sheets of earlier months.
    """
    by_id = {one.id: one for one in records if one.code != MEALS}
    known = [by_id[name] for name in sorted(by_id)]
    before = [one for one in sorted(set(closed)) if one.period < period]
    months = {one.period for one in before}
    lives = {one.id: one.life for one in known}
    lines: list[Line] = []
    claims: list[Claim] = []
    paid = _paid(before)
    for one in known:
        mine = {month: paid.get((one.id, month), 0) for month in months}
        if one.life.due_fen(period):
            fen = one.life.due_fen(period)
            lines.append(Line(one.id, period, DUE, one.person, one.code, fen))
        lines += [
            Line(one.id, month, ARREARS, one.person, one.code, -segment.fen)
            for segment in differences(one.life, mine)
            if segment.fen < 0
            for month in span(segment.first, segment.last)
        ]
        claims += _claims(one, mine)
    return Sheet(
        period,
        tuple(sorted(lines)),
        tuple(_moved(by_id, item) for item in reports.added(lives, period)),
        tuple(_moved(by_id, item) for item in reports.stopped(lives, period)),
        tuple(claims),
    )


def _paid(closed: Sequence[Paid]) -> Mapping[tuple[str, str], int]:
    found: dict[tuple[str, str], int] = {}
    for one in closed:
        for line in one.lines:
            key = (line.benefit, line.month)
            found[key] = found.get(key, 0) + line.fen
    return found


def _claims(one: Record, paid: Mapping[str, int]) -> list[Claim]:
    """What was claimed back, and what still is to be."""
    claimed = [
        Claim(one.id, one.person, one.code, act.month, act.until, act.fen, open=False)
        for act in one.life.claimed
    ]
    found: tuple[Segment, ...] = unclaimed(one.life, paid)
    return claimed + [
        Claim(one.id, one.person, one.code, seg.first, seg.last, seg.total_fen, open=True)
        for seg in found
    ]


def _moved(of: Mapping[str, Record], item: reports.Item) -> Moved:
    one = of[item.benefit]
    return Moved(one.id, one.person, one.code, item.fen, item.reason)
