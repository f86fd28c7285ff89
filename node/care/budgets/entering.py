"""Entries that leave no line over: how the county moves money.

Every entry, and the void of one, is tried on the lines before it is written: where a line would be
over by more than it is, it is refused with what the line has. So nobody on one node overspends, and
money that is gone already can still be made up for by moving some.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from node.care import fields, rows
from node.care.budgets import balance
from node.care.budgets.balance import Budget, Entry, Standing, standing
from node.care.budgets.looking import entries, settled
from node.care.budgets.opening import check_county
from node.care.budgets.tables import BUDGET, ENTRY
from node.care.money import is_amount, yuan
from node.care.policy import BASELINE
from node.errors import Refused, UsageError
from node.replica import Amend, Insert, Replica

_REASONS = BASELINE.lists.entry_reasons
_NAME = fields.text(fields.NAME_CHARACTERS_MAX)


def enter(
    replica: Replica, budget: Budget, values: Mapping[str, Any], *, user: str
) -> tuple[str, Standing]:
    """Writes an entry.

    Args:
        replica: This node, the county's.
        budget: Of which budget.
        values: The fields of the entry but its budget, the amount in fen.
        user: Who enters it.

    Returns:
        The entry's id, and what its line has after it.

    Raises:
        UsageError: A field does not fit, or there is no such line or commitment.
        Refused: This node is not the county's, or a line has less than that.
    """
    check_county(replica)
    insert, after = drafted(replica, budget, values)
    id_ = replica.write(replica.division, [insert], user=user).ids[0]
    return id_, after


def drafted(replica: Replica, budget: Budget, values: Mapping[str, Any]) -> tuple[Insert, Standing]:
    """An entry that may be written, and what its line has after it; as for `enter`."""
    checked = _checked(budget, values)
    known = [balance.entry_of(row) for row in entries(replica, budget.id)]
    entry = balance.entry_of({"id": "~", **checked})
    if entry.commitment:
        _check_commitment(known, entry)
    sheets = settled(replica, budget)
    before, after = standing(budget, known, sheets), standing(budget, [*known, entry], sheets)
    _check_over(budget, before, after, entry.fen)
    line = next(one for one in after if one.code == entry.line)
    return Insert(ENTRY.name, {**checked, "budget": budget.id}), line


def _checked(budget: Budget, values: Mapping[str, Any]) -> dict[str, Any]:
    kind, amount = values["kind"], values["amount_fen"]
    assert kind in balance.KINDS
    if not is_amount(amount):
        raise UsageError("An amount is above zero.", hint="Give it in yuan: --amount 300")
    found = {
        "kind": kind,
        "amount_fen": amount,
        "line": _line_of(budget, values["line"]),
        "to_line": _line_of(budget, values["to_line"]) if kind == balance.TRANSFER else None,
        "commitment": values.get("commitment") or None,
        "done_on": fields.date("done_on", values["done_on"]),
        "payee": _text("payee", values),
        "document": _text("document", values),
        "note": fields.note("note", values["note"]) if values.get("note") else None,
    }
    if found["line"] == found["to_line"]:
        raise UsageError("Money is moved from one line to another.", hint="Name two lines.")
    if kind == balance.SPEND and not found["done_on"].startswith(str(budget.year)):
        raise UsageError(
            f"The budget is of {budget.year}, and {found['done_on']} lies in another year.",
            hint="Give the day on which it was spent: --on DATE",
        )
    if kind == balance.TRANSFER and not found["document"]:
        raise UsageError(
            "Money is moved by a decision, and no document is given.",
            hint="Name it: --document 县残发〔2026〕12号",
        )
    return found


def _text(name: str, values: Mapping[str, Any]) -> str | None:
    return _NAME(name, values[name]) if values.get(name) else None


def _line_of(budget: Budget, typed: str) -> str:
    """The code of a line, typed as code or name."""
    for line in budget.lines:
        if typed in (line.code, line.name):
            return line.code
    known = ", ".join(f"{line.code} {line.name}" for line in budget.lines)
    raise UsageError(
        f"The budget {budget.code} of {budget.year} has no line {typed!r}.",
        hint=f"Its lines are: {known}.",
    )


def _check_commitment(known: Sequence[Entry], entry: Entry) -> None:
    """Refuses what draws more on a commitment than is left of it."""
    of_line = [one for one in known if one.id == entry.commitment and one.line == entry.line]
    left = balance.open_of(known, entry.commitment) if of_line else 0
    if entry.fen > left:
        raise Refused(
            f"{yuan(left)} yuan are left of the commitment {entry.commitment}, "
            f"and {yuan(entry.fen)} are asked for.",
            hint="Commit more, or spend the rest without it.",
        )


def _check_over(
    budget: Budget, before: Sequence[Standing], after: Sequence[Standing], fen: int
) -> None:
    """Refuses what leaves a line over by more than it was."""
    was = {one.code: one for one in before}
    for one in after:
        then = was[one.code]
        if one.over_fen + one.owed_fen > then.over_fen + then.owed_fen:
            had = then.planned_fen + then.moved_fen
            raise Refused(
                f"The line {one.code} of the budget {budget.code} {budget.year} has "
                f"{yuan(then.left_fen)} yuan left, and {yuan(fen)} are asked for: of {yuan(had)} "
                f"are {yuan(then.spent_fen)} spent and {yuan(then.committed_fen)} committed; "
                f"closed sheets ask for {yuan(then.owed_fen)} more.",
                hint="Move money to it first: linli fund budget transfer "
                f"{budget.code} --from LINE --to {one.code} --amount AMOUNT --document TEXT",
            )


def strike(replica: Replica, typed: str, reason: str, *, user: str) -> None:
    """Voids an entry, or a budget without entries: it stays on the ledger and counts for nothing.

    Raises:
        UsageError: It is not here, or the reason is not in the list.
        Refused: This node is not the county's, a line would be over, or the budget has entries.
    """
    check_county(replica)
    code = _REASONS.code("reason", reason)
    table = BUDGET if replica.row(BUDGET.name, typed) else ENTRY
    row = rows.find(replica, table, typed)
    if table is BUDGET:
        if entries(replica, row["id"]):
            raise Refused(
                f"The budget {row['code']} of {row['year']} has entries, so it cannot be voided.",
                hint="Void them first: linli fund budget entries",
            )
    else:
        _check_without(replica, row)
    replica.write(row["division#"], [Amend(table.name, row["id"], {"void": code})], user=user)


def _check_without(replica: Replica, row: Mapping[str, Any]) -> None:
    """Refuses to take an entry out on which others rest."""
    of = replica.row(BUDGET.name, row["budget"])
    if of is None:
        return
    budget = balance.budget_of(of)
    known = [balance.entry_of(one) for one in entries(replica, budget.id)]
    sheets = settled(replica, budget)
    left = [one for one in known if one.id != row["id"]]
    before, after = standing(budget, known, sheets), standing(budget, left, sheets)
    present = {one.code: one for one in after}
    full = [present.get(one.code) or Standing(one.code, "", 0) for one in before]
    _check_over(budget, before, full, row["amount_fen"])
