"""What the entries of a budget amount to, line by line: a pure function of their set.

Pay of closed sheets is spent as far as the line goes; what it does not cover stays owed, and is
paid once money is moved to it. Two copies of the county's box may each spend the last yuan of a
line: both entries stand, and the line shows by how much it is over; nothing here hides it or takes
an entry out. Transfers move and never make money, so what the lines have together is always the
total.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

TRANSFER, COMMIT, RELEASE, SPEND = "transfer", "commit", "release", "spend"
KINDS = (TRANSFER, COMMIT, RELEASE, SPEND)
WHOLE = 1000
"""Shares are thousandths."""


@dataclass(frozen=True, slots=True)
class PlannedLine:
    """A line as the budget was opened with it.

    Attributes:
        code: How entries name it.
        name: What it is for.
        planned_fen: How much of the total.
        counts: Which kind of pay of closed sheets is spent from it; empty: none.
    """

    code: str
    name: str
    planned_fen: int
    counts: str = ""


@dataclass(frozen=True, slots=True)
class Budget:
    """A budget.

    Attributes:
        id: The row.
        code: How people name it.
        year: Its year.
        name: What it is for.
        total_fen: All of it.
        lines: How it is divided.
        shares: Who pays which thousandths of it; empty where one pays all.
        programme: The programme of the pack, empty for none.
        policy: The version of the pack.
        funded_by: Who pays.
    """

    id: str
    code: str
    year: int
    name: str
    total_fen: int
    lines: tuple[PlannedLine, ...]
    shares: tuple[tuple[str, int], ...] = ()
    programme: str = ""
    policy: str = ""
    funded_by: str = ""


class Entry(NamedTuple):
    """Money that moves: the row's id, what happens to it, the line, fen, and what it refers to."""

    id: str
    kind: str
    line: str
    fen: int
    to_line: str = ""
    commitment: str = ""


@dataclass(frozen=True, slots=True)
class Standing:
    """What a line has and what became of it, fen.

    Attributes:
        code: Which line.
        name: What it is for; empty where only an entry names it.
        planned_fen: What it was opened with.
        moved_fen: What was moved to it less what was moved away.
        committed_fen: What is promised and not yet paid.
        settled_fen: What closed sheets of pay ask of it.
        covered_fen: How much of that it covers, after all else.
        spent_fen: What was spent, of those what it covers.
    """

    code: str
    name: str
    planned_fen: int
    moved_fen: int = 0
    committed_fen: int = 0
    settled_fen: int = 0
    covered_fen: int = 0
    spent_fen: int = 0

    @property
    def owed_fen(self) -> int:
        """What closed sheets ask for and the line does not cover."""
        return self.settled_fen - self.covered_fen

    @property
    def balance_fen(self) -> int:
        """What is left, below zero where the line is over."""
        return self.planned_fen + self.moved_fen - self.committed_fen - self.spent_fen

    @property
    def left_fen(self) -> int:
        """What may still be committed or spent."""
        return max(self.balance_fen, 0)

    @property
    def over_fen(self) -> int:
        """How much more went out than there was."""
        return max(-self.balance_fen, 0)


def standing(
    budget: Budget, entries: Iterable[Entry], settled: Mapping[str, int] | None = None
) -> tuple[Standing, ...]:
    """What each line has and what became of it, in the budget's order.

    A line that only entries name, which no node of ours writes, follows behind with nothing
    planned, and so is over by all that was spent from it.

    Args:
        budget: The budget.
        entries: Those that count, in any order, each however often.
        settled: By line what closed sheets of pay ask for.
    """
    known = sorted({one.id: one for one in sorted(set(entries), reverse=True)}.values())
    sheets = settled or {}
    named = {one.line for one in known} | {one.to_line for one in known if one.kind == TRANSFER}
    planned = {line.code: line for line in budget.lines}
    codes = [*planned, *sorted((named | sheets.keys()) - planned.keys() - {""})]
    promised = _open(known)
    found = []
    for code in codes:
        moved = sum(one.fen for one in known if one.kind == TRANSFER and one.to_line == code)
        moved -= sum(one.fen for one in known if one.kind == TRANSFER and one.line == code)
        spent = sum(one.fen for one in known if one.kind == SPEND and one.line == code)
        line = planned.get(code) or PlannedLine(code, "", 0)
        committed = sum(fen for (at, _), fen in promised.items() if at == code)
        settled_fen, there = sheets.get(code, 0), line.planned_fen + moved - committed - spent
        covered = min(settled_fen, max(there, 0))
        found.append(
            Standing(code, line.name, line.planned_fen, moved, committed,
                     settled_fen, covered, spent + covered)
        )  # fmt: skip
    return tuple(found)


def _open(entries: Iterable[Entry]) -> dict[tuple[str, str], int]:
    """By line and commitment what is promised and neither paid nor released."""
    known = list(entries)
    drawn: dict[tuple[str, str], int] = {}
    for one in known:
        if one.kind in (SPEND, RELEASE) and one.commitment:
            key = (one.line, one.commitment)
            drawn[key] = drawn.get(key, 0) + one.fen
    return {
        (one.line, one.id): max(one.fen - drawn.get((one.line, one.id), 0), 0)
        for one in known
        if one.kind == COMMIT
    }


def open_of(entries: Iterable[Entry], commitment: str) -> int:
    """What is left of one commitment, fen."""
    return sum(fen for (_, id_), fen in _open(entries).items() if id_ == commitment)


def shared(total_fen: int, shares: Iterable[tuple[str, int]]) -> tuple[tuple[str, int], ...]:
    """Who pays how much of a total: whole fen that add up to it, the last bearing what is left.

    Args:
        total_fen: The total.
        shares: Thousandths, together a thousand.
    """
    parts = list(shares)
    assert sum(share for _, share in parts) == WHOLE or not parts, "shares are the whole"
    found, paid, until = [], 0, 0
    for level, share in parts:
        until += share
        upto = total_fen * until // WHOLE
        found.append((level, upto - paid))
        paid = upto
    return tuple(found)


# --- rows ----------------------------------------------------------------------------------------


def budget_of(row: Mapping[str, Any]) -> Budget:
    """A budget from its row; lines that cannot be read are none, so all spent from it is over."""
    return Budget(
        row["id"],
        row["code"],
        row["year"],
        row["name"],
        row["total_fen"],
        tuple(_line(one) for one in _read(row["lines"]) if _is_line(one)),
        tuple(
            (one[0], one[1])
            for one in _read(row["shares"])
            if isinstance(one, list) and len(one) == 2 and type(one[1]) is int
        ),
        row["programme"] or "",
        row["policy"] or "",
        row["funded_by"] or "",
    )


def _read(text: str | None) -> list[Any]:
    try:
        found = json.loads(text or "[]")
    except (ValueError, RecursionError):
        return []
    return found if isinstance(found, list) else []


def _is_line(one: Any) -> bool:
    words = ("code", "name", "counts")
    return (
        isinstance(one, dict)
        and all(isinstance(one.get(word), str) for word in words)
        and type(one.get("planned_fen")) is int
    )


def _line(one: Mapping[str, Any]) -> PlannedLine:
    return PlannedLine(one["code"], one["name"], one["planned_fen"], one["counts"])


def entry_of(row: Mapping[str, Any]) -> Entry:
    """An entry from its row."""
    return Entry(
        row["id"],
        row["kind"],
        row["line"],
        row["amount_fen"],
        row["to_line"] or "",
        row["commitment"] or "",
    )
