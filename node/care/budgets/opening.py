"""Opening a budget: its lines are the total, and its shares the whole."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from node.care import fields
from node.care.budgets import balance
from node.care.budgets.balance import Budget, PlannedLine
from node.care.budgets.looking import budgets, programme_of
from node.care.budgets.tables import BUDGET
from node.care.money import is_amount, yuan
from node.care.parameters import publishing
from node.care.pay.budget import planned
from node.care.policy import BASELINE
from node.errors import Refused, UsageError
from node.replica import Insert, Replica

_LEVELS = BASELINE.lists.funding_levels
_YEAR = fields.whole_number(2000, 2100)
_CODE = fields.text(40)
_NAME = fields.text(fields.NAME_CHARACTERS_MAX)
_LINES_MAX = 100

Typed = tuple[str, str, int | None]
"""A line as typed: its code, its name, and fen; None for what is left of the total."""


def open_programme(replica: Replica, year: Any, programme: str, *, user: str) -> str:
    """Opens the budget of a programme with the lines of the policy pack.

    Returns:
        The budget's id.

    Raises:
        UsageError: There is no such programme.
        Refused: As for `open_budget`.
    """
    of = _YEAR("year", year)
    found = programme_of(replica, programme, of)
    amounts = planned(found)
    lines = [PlannedLine(line.code, line.name, amounts[line.code], line.counts)
             for line in found.lines]  # fmt: skip
    version = publishing.needed(replica).version
    budget = Budget("", found.code, of, found.name, found.budget_fen, tuple(lines), found.shares,
                    found.code, version, found.funded_by)  # fmt: skip
    return _opened(replica, budget, user)


def open_budget(
    replica: Replica,
    year: Any,
    code: str,
    name: str,
    total_fen: int,
    lines: Sequence[Typed],
    *,
    user: str,
    shares: Sequence[tuple[str, int]] = (),
    funded_by: str = "",
) -> str:
    """Opens a budget of the county that is no programme's.

    Args:
        replica: This node, the county's.
        year: Its year.
        code: How people name it.
        name: What it is for.
        total_fen: All of it.
        lines: How it is divided; one may be without an amount and gets what the others leave.
        user: Who opens it.
        shares: Level, by name or code, and thousandths.
        funded_by: Who pays.

    Returns:
        The budget's id.

    Raises:
        UsageError: A value does not fit, the lines are not the total, or the shares not the whole.
        Refused: This node is not the county's, or the year has such a budget.
    """
    if not is_amount(total_fen):
        raise UsageError("A budget has a total above zero.", hint="Give it: --total 1050000")
    filled = _divided(total_fen, lines)
    paid = [(_LEVELS.code("shares", level), share) for level, share in shares]
    _check_shares(paid)
    payer = _NAME("funded_by", funded_by) if funded_by else ""
    budget = Budget("", _CODE("code", code), _YEAR("year", year), _NAME("name", name), total_fen,
                    tuple(filled), tuple(paid), "", "", payer)  # fmt: skip
    return _opened(replica, budget, user)


def _check_shares(shares: Sequence[tuple[str, int]]) -> None:
    paid = sum(share for _, share in shares)
    if shares and (paid != balance.WHOLE or any(share < 1 for _, share in shares)):
        raise UsageError(
            f"The shares add up to {paid} thousandths, and the whole is {balance.WHOLE}.",
            hint="Give every level that pays, such as: --share 省级=600 --share 县级=400",
        )
    if len({level for level, _ in shares}) != len(shares):
        raise UsageError("The shares name a level twice.", hint="Give each level once.")


def _divided(total_fen: int, lines: Sequence[Typed]) -> list[PlannedLine]:
    """The lines with their amounts, which add up to the total."""
    if not lines or len(lines) > _LINES_MAX:
        raise UsageError(
            f"A budget has from 1 to {_LINES_MAX} lines, and {len(lines)} are given.",
            hint="Give each such as: --line checks:体检=210000",
        )
    codes = [_CODE("line", code) for code, _, _ in lines]
    open_ones = sum(fen is None for _, _, fen in lines)
    if len(set(codes)) != len(codes) or open_ones > 1:
        raise UsageError(
            "The lines name a code twice, or more than one of them has no amount.",
            hint="One line can be the rest of the total; every other has its own amount.",
        )
    stated = sum(fen or 0 for _, _, fen in lines)
    rest = total_fen - stated
    if rest < 0 or (rest and not open_ones):
        raise UsageError(
            f"The lines add up to {yuan(stated)} yuan, and the total is {yuan(total_fen)}.",
            hint="Leave one line without an amount: it gets what the others leave.",
        )
    return [
        PlannedLine(code, _NAME("line", name), rest if fen is None else fen)
        for code, (_, name, fen) in zip(codes, lines, strict=True)
    ]


def _opened(replica: Replica, budget: Budget, user: str) -> str:
    check_county(replica)
    of_year = budgets(replica, budget.year)
    if any(one.code == budget.code for one in of_year):
        raise Refused(
            f"The budget {budget.code} of {budget.year} is open already.",
            hint="See it with: linli fund budget list",
        )
    counted = {line.counts for line in budget.lines if line.counts}
    for other in of_year:
        if counted & {line.counts for line in other.lines if line.counts}:
            raise Refused(
                f"The budget {other.code} of {budget.year} counts the same pay, "
                "and it would be spent twice.",
                hint="Let one programme of the pack count it.",
            )
    lines = [
        {"code": one.code, "name": one.name, "planned_fen": one.planned_fen, "counts": one.counts}
        for one in budget.lines
    ]
    values = {
        "code": budget.code,
        "year": budget.year,
        "name": budget.name,
        "funded_by": budget.funded_by or None,
        "total_fen": budget.total_fen,
        "lines": json.dumps(lines, ensure_ascii=False, separators=(",", ":")),
        "shares": json.dumps(budget.shares, ensure_ascii=False) if budget.shares else None,
        "programme": budget.programme or None,
        "policy": budget.policy or None,
    }
    return replica.write(replica.division, [Insert(BUDGET.name, values)], user=user).ids[0]


def check_county(replica: Replica) -> None:
    """Refuses every node but the county's.

    Raises:
        Refused: This node is another.
    """
    if replica.tier != BUDGET.writer:
        raise Refused(
            f"Money is moved by the county, and this node is a {replica.tier}'s.",
            reason="NOT_AUTHORISED",
            hint="Ask the county's operator.",
        )
