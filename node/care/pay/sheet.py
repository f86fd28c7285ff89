"""The sheet of a month: who is paid what, from which visits, and why the others are not paid.

A sheet is a pure function of its facts, the parameters and the closed sheets before it; what it
was computed from stands in it, and its bytes are the same wherever it is computed. Once closed it
never changes. What arrives, is voided or corrected later shows as the difference between what each
visit is worth by now and what the closed sheets paid for it, in the next sheet that is closed. So
nothing is paid twice however often it is computed, and all sheets together pay what one sheet over
all facts would.

All money is whole fen, and a negative amount is taken back: never more than was paid.
"""

from __future__ import annotations

import hashlib
import json
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from node.care.parameters.groups import Parameters
from node.care.pay.facts import Facts
from node.care.pay.worth import BASE_PAY, RECORDED, VISIT_PAY, Due, dues
from node.errors import Refused

RULES_VERSION = 1
"""Which rules computed a sheet; it grows when a rule changes what a sheet says."""

Key = tuple[str, str, str]
"""What is paid once: the worker, the kind, and the visit or month."""


@dataclass(frozen=True, slots=True)
class Inputs:
    """What a sheet was computed from: the four inputs of all that is derived.

    Attributes:
        frontier: Digest of the frontiers of its partitions.
        trust: Digest of the frontier of `trust`.
        policy: The version of the policy pack.
        rules: The version of the rules.
    """

    frontier: str
    trust: str
    policy: str
    rules: int = RULES_VERSION


@dataclass(frozen=True, slots=True, order=True)
class Line:
    """One line of a sheet.

    Attributes:
        worker: Who is paid.
        kind: A visit, or the base or bonus of a month.
        month: The month to which it belongs; another than the sheet's where it is an adjustment.
        subject: The visit's id, or the month.
        state: How far the visit has come by now.
        reasons: Codes of why it is worth no more, or of why it is adjusted.
        worth_fen: What it is worth by all that is known.
        before_fen: What closed sheets have paid for it.
        amount_fen: What this sheet pays: the difference.
    """

    worker: str
    kind: str
    month: str
    subject: str
    state: str
    reasons: tuple[str, ...]
    worth_fen: int
    before_fen: int
    amount_fen: int

    @property
    def key(self) -> Key:
        """What it pays for."""
        return self.worker, self.kind, self.subject


@dataclass(frozen=True, slots=True)
class Sheet:
    """The sheet of one month and some divisions.

    Attributes:
        period: The month, as `2026-11`.
        scope: The id of the division for which it is made.
        inputs: What it was computed from.
        before: Digests of the closed sheets that it builds on, sorted.
        lines: Sorted.
    """

    period: str
    scope: str
    inputs: Inputs
    before: tuple[str, ...]
    lines: tuple[Line, ...]

    @property
    def adjustments(self) -> tuple[Line, ...]:
        """The lines that belong to other months."""
        return tuple(line for line in self.lines if line.month != self.period)

    def totals(self) -> dict[str, int]:
        """What each worker gets, fen."""
        totals: dict[str, int] = defaultdict(int)
        for line in self.lines:
            totals[line.worker] += line.amount_fen
        return dict(sorted(totals.items()))

    @property
    def total_fen(self) -> int:
        """What all workers get together."""
        return sum(line.amount_fen for line in self.lines)

    def encoded(self) -> bytes:
        """The sheet as canonical bytes: JSON of texts and whole numbers, keys sorted."""
        content = {
            "period": self.period,
            "scope": self.scope,
            "frontier": self.inputs.frontier,
            "trust": self.inputs.trust,
            "policy": self.inputs.policy,
            "rules": self.inputs.rules,
            "before": list(self.before),
            "lines": [_listed(line) for line in self.lines],
            "totals": self.totals(),
        }
        separators = (",", ":")
        text = json.dumps(content, ensure_ascii=False, sort_keys=True, separators=separators)
        return text.encode()

    @property
    def digest(self) -> str:
        """SHA-256 of the canonical bytes, hex."""
        return hashlib.sha256(self.encoded()).hexdigest()


@dataclass(frozen=True, slots=True)
class Closing:
    """What is recorded when a sheet is closed; whoever has the facts can compute it again."""

    period: str
    scope: str
    inputs: Inputs
    digest: str

    def confirms(self, sheet: Sheet) -> bool:
        """Whether a sheet is the one that was closed."""
        return self == closing(sheet)


def closing(sheet: Sheet) -> Closing:
    """What is recorded when a sheet is closed."""
    return Closing(sheet.period, sheet.scope, sheet.inputs, sheet.digest)


def _listed(line: Line) -> list[object]:
    return [
        line.worker, line.kind, line.month, line.subject, line.state, list(line.reasons),
        line.worth_fen, line.before_fen, line.amount_fen,
    ]  # fmt: skip


def _read(
    worker: str, kind: str, month: str, subject: str, state: str, reasons: list[str], *fen: int
) -> Line:
    worth, before, amount = fen
    if not all(type(one) is int for one in fen):
        raise TypeError("money is whole fen")
    return Line(worker, kind, month, subject, state, tuple(reasons), worth, before, amount)


def decoded(content: bytes) -> Sheet:
    """A sheet from its canonical bytes, as a closed one is kept.

    Raises:
        Refused: The bytes are not the canonical bytes of a sheet.
    """
    try:
        stated = json.loads(content)
        inputs = Inputs(*(stated[name] for name in ("frontier", "trust", "policy", "rules")))
        lines = tuple(_read(*row) for row in stated["lines"])
        sheet = Sheet(stated["period"], stated["scope"], inputs, tuple(stated["before"]), lines)
        same = sheet.encoded() == content
    except (ValueError, TypeError, KeyError, RecursionError):
        same = False
    if not same:
        raise Refused(
            "A closed sheet cannot be read: its bytes are not those of a sheet.",
            hint="Fetch it again from the node that closed it: linli sync",
        )
    return sheet


def paid(closed: Iterable[Sheet]) -> dict[Key, tuple[str, int]]:
    """What closed sheets have paid: for each key the month and the sum, fen."""
    sums: dict[Key, tuple[str, int]] = {}
    for sheet in sorted({one.digest: one for one in closed}.values(), key=lambda one: one.period):
        for line in sheet.lines:
            before = sums.get(line.key, ("", 0))[1]
            sums[line.key] = line.month, before + line.amount_fen
    return sums


def sheet(
    period: str,
    scope: str,
    divisions: Collection[str],
    facts: Facts,
    parameters: Parameters,
    inputs: Inputs,
    closed: Sequence[Sheet] = (),
) -> Sheet:
    """Computes the sheet of a month.

    Args:
        period: The month, as `2026-11`.
        scope: The division for which it is made.
        divisions: Whose partitions it covers; facts of others are not read.
        facts: All facts up to the frontier.
        parameters: What the county has set.
        inputs: What is recorded as its inputs.
        closed: The closed sheets of the same scope, in any order.

    Raises:
        Refused: The month is closed already, or a month was closed twice.
    """
    before = _checked(period, scope, closed)
    already = paid(before)
    lines: list[Line] = []
    found: set[Key] = set()
    seen = facts.within(divisions)
    for due in dues(seen, parameters, period, _months(period, before), divisions):
        line = _line(due, already)
        found.add(line.key)
        if line.month == period or line.amount_fen:
            lines.append(_adjusting(line, period))
    for key in already.keys() - found:
        month, fen = already[key]
        if fen:
            lines.append(_taken_back(key, month, fen, seen))
    digests = tuple(sorted(one.digest for one in before))
    return Sheet(period, scope, inputs, digests, tuple(sorted(lines)))


def _line(due: Due, already: Mapping[Key, tuple[str, int]]) -> Line:
    before = already.get((due.worker, due.kind, due.subject), ("", 0))[1]
    return Line(
        due.worker,
        due.kind,
        due.month,
        due.subject,
        due.state,
        due.reasons,
        due.fen,
        before,
        due.fen - before,
    )


def _adjusting(line: Line, period: str) -> Line:
    """A line of another month says why it comes now, where nothing else says it."""
    if line.month == period or line.reasons:
        return line
    return replace(line, reasons=("changed" if line.before_fen else "late_fact",))


def _taken_back(key: Key, month: str, fen: int, facts: Facts) -> Line:
    """What was paid and is owed no more at all."""
    worker, kind, subject = key
    return Line(worker, kind, month, subject, RECORDED, _gone(key, facts), 0, fen, -fen)


def _months(period: str, before: Iterable[Sheet]) -> set[str]:
    """The months whose base and bonus are settled: from the first that was closed."""
    month, months = min((one.period for one in before), default=period), {period}
    while month < period:
        months.add(month)
        number = int(month[:4]) * 12 + int(month[5:])
        month = f"{number // 12:04}-{number % 12 + 1:02}"
    return months


def _gone(key: Key, facts: Facts) -> tuple[str, ...]:
    """Why something that was paid is owed no more: its worker or month changed, or it is gone."""
    _, kind, subject = key
    if kind != VISIT_PAY:
        return ("not_served",) if kind == BASE_PAY else ("no_bonus",)
    return ("corrected",) if subject in facts.visits else ("gone",)


def _checked(period: str, scope: str, closed: Iterable[Sheet]) -> list[Sheet]:
    """The closed sheets by period, each once."""
    sheets = {one.digest: one for one in closed}
    by_period: Mapping[str, list[Sheet]] = defaultdict(list)
    for one in sheets.values():
        assert one.scope == scope, "a scope is settled by its own sheets"
        by_period[one.period].append(one)
    for month, same in by_period.items():
        if len(same) > 1:
            raise Refused(
                f"The month {month} was closed {len(same)} times with different sheets.",
                hint="The county decides which one was paid: linli settle explain",
            )
        if month >= period:
            raise Refused(
                f"The month {month} is closed, so the sheet of {period} cannot change.",
                hint="What came later is adjusted in the next month: linli settle preview",
            )
    return [same[0] for _, same in sorted(by_period.items())]


def adjustments(
    period: str,
    scope: str,
    divisions: Collection[str],
    facts: Facts,
    parameters: Parameters,
    inputs: Inputs,
    closed: Sequence[Sheet],
) -> tuple[Line, ...]:
    """What late facts, voids and corrections change of closed months, as lines of this one."""
    return sheet(period, scope, divisions, facts, parameters, inputs, closed).adjustments
