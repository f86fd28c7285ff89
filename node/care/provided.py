"""What a month of a contract comes to: each line is a visit or a placement (HC-10, QZ-33).

A line says what its subject is worth by all that is known, less what earlier months of the contract
have paid for it. So what comes late, is voided or is reviewed later becomes an adjustment of the
next month, and nothing is paid twice. The party of the contract settles it, which for most is the
township; every node above sees it (HC-04).
"""

from __future__ import annotations

import itertools
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from node.care import moments, periods
from node.care.benefits.facts import DECEASED
from node.care.doubles.reading import read
from node.care.facts import institutions, providers
from node.care.facts.writing import standing
from node.care.parameters import publishing
from node.care.pay.facts import Facts
from node.care.pay.worth import PAYABLE, VISIT_PAY, dues
from node.care.people import PERSON
from node.care.settlement.closing import check_month
from node.care.settlement.gathering import facts_of
from node.division import LEVELS
from node.errors import Refused
from node.replica import Insert, Replica

Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True, order=True)
class Line:
    """One line of a settlement.

    Attributes:
        month: The month to which the subject belongs.
        subject: The id of a visit, or of a placement.
        amount_fen: What is paid now; below 0 where too much was paid.
        adjusts: Whether it belongs to an earlier month.
    """

    month: str
    subject: str
    amount_fen: int
    adjusts: bool


def worth(
    contract: Row, payable: Iterable[tuple[str, str]], placements: Iterable[Row], until: str
) -> dict[tuple[str, str], int]:
    """By month and subject what is due under a contract up to a month, fen.

    Args:
        contract: A fact of `provider_contract`.
        payable: Month and id of each sound visit that it covers.
        placements: Facts of `placement`; read where the contract runs a facility.
        until: The last month.
    """
    price = contract["price_fen"] or 0
    if not contract["facility"]:
        return {(month, id_): price for month, id_ in payable if month <= until}
    found: dict[tuple[str, str], int] = {}
    month = str(contract["since"])[:7]
    while month <= min(until, str(contract["until"])[:7]):
        whole, living = periods.whole(month), set[str]()
        first = max(whole.first, str(contract["since"]))
        last = min(whole.last, str(contract["until"]))
        for row in sorted(placements, key=lambda row: (row["since"], str(row["id"]))):
            if row["since"] > whole.last or (row["until"] or whole.last) < whole.first:
                continue
            first_home, there = row["person"] not in living, row["facility"] == contract["facility"]
            living.add(row["person"])
            if first_home and there and row["since"] <= last and (row["until"] or last) >= first:
                found[month, str(row["id"])] = price
        month = periods.day_after(whole.last)[:7]
    return found


def lines_of(
    period: str, due: Mapping[tuple[str, str], int], before: Iterable[Row]
) -> tuple[Line, ...]:
    """The lines of a month: what is due less what closed months have paid.

    Args:
        period: The month.
        due: As `worth` gives it.
        before: Facts of `provider_settlement` of the contract, of earlier months.
    """
    paid: dict[tuple[str, str], int] = {}
    for row in before:
        for month, subject, fen in json.loads(row["lines"]):
            paid[month, subject] = paid.get((month, subject), 0) + fen
    return tuple(
        Line(key[0], key[1], amount, key[0] < period)
        for key in sorted(due.keys() | paid.keys())
        if (amount := due.get(key, 0) - paid.get(key, 0))
    )


def covered(
    contract: Row, facts: Facts, engaged: Mapping[str, Sequence[Row]], sound: Iterable[str],
    covers: providers.Covers,
) -> list[tuple[str, str]]:  # fmt: skip
    """Month and id of the sound visits that a contract pays: those of whom its provider sent."""
    found = []
    for id_ in sound:
        visit = facts.visits[id_]
        sender = providers.sender_of(engaged[providers.SENT_BY.name], visit.worker, visit.day)
        holding = sender and providers.contract_of(
            engaged[providers.CONTRACT.name], engaged[providers.STAND_IN.name], sender,
            visit.division, visit.service, visit.day, covers,
        )  # fmt: skip
        if holding and holding["id"] == contract["id"]:
            found.append((visit.month, id_))
    return found


# --- at a node -----------------------------------------------------------------------------------


def earlier(replica: Replica, contract: Row) -> list[dict[str, Any]]:
    """The closed months of a contract, in order.

    Raises:
        Refused: A month was closed twice, by two nodes that did not see each other.
    """
    rows = standing(replica, providers.SETTLED, None, {"contract": contract["id"]})
    found = sorted(rows, key=lambda row: (row["period"], row["id"]))
    for one, other in itertools.pairwise(found):
        if one["period"] == other["period"]:
            raise Refused(
                f"The month {one['period']} of the contract was closed twice: {one['id']} and "
                f"{other['id']}.",
                hint="Void the one that was not paid: linli provider settlement void",
            )
    return found


def preview(replica: Replica, contract: Row, period: str) -> tuple[Line, ...]:
    """The lines of a month of a contract by all that is known here.

    Raises:
        UsageError: No policy pack is known, or the month is none.
        Refused: The month, or a later one, is closed.
    """
    check_month(period)
    known = earlier(replica, contract)
    if known and known[-1]["period"] >= period:
        raise Refused(
            f"The contract {contract['contract_no']!s} is closed until {known[-1]['period']}.",
            hint="What comes late is a line of the next month. See: linli provider settlement list",
        )
    parameters = publishing.needed(replica)
    facts = facts_of(replica, replica.tree.below(contract["division#"]))
    sound = [
        due.subject
        for due in dues(facts, parameters, period, ())
        if due.kind == VISIT_PAY and due.state == PAYABLE
    ]
    payable = covered(contract, facts, providers.read(replica), sound, replica.tree.covers)
    return lines_of(period, worth(contract, payable, _residents(replica), period), known)


def _residents(replica: Replica) -> list[Row]:
    """The placements, each of the person and not of a record, and over with the person's life.

    Whoever has died is paid for up to that day, though nobody ended the placement.
    """
    found = list[Row]()
    for row in read(replica).of_kept(standing(replica, institutions.PLACEMENT)):
        person = replica.row(PERSON.name, row["person"]) or {}
        died = person.get("closed_on") if person.get("closed_reason") == DECEASED else None
        ends = [day for day in (row["until"], died) if day]
        found.append({**row, "until": min(ends, default=None)})
    return found


def close(replica: Replica, contract: Row, period: str, *, user: str) -> tuple[str, int]:
    """Closes a month of a contract at its party's node.

    Returns:
        The id of the settlement, and what it comes to, fen.

    Raises:
        UsageError: No policy pack is known, or the month is none.
        Refused: Another node is the party, the month is not over, or it is closed.
    """
    if contract["division#"] != replica.division or replica.tier == LEVELS[-1]:
        raise Refused(
            f"The party of the contract is {replica.tree.called(contract['division#'])}, which "
            f"settles it.",
            reason="NOT_AUTHORISED",
            hint="Close the month on its node.",
        )
    found = preview(replica, contract, period)
    if moments.today(replica) <= periods.whole(period).last:
        raise Refused(f"The month {period} is not over.", hint="Close it when it is.")
    values = {
        "contract": contract["id"],
        "period": period,
        "amount_fen": sum(line.amount_fen for line in found),
        "lines": json.dumps([[line.month, line.subject, line.amount_fen] for line in found]),
        "policy": publishing.needed(replica).version,
    }
    insert = Insert(providers.SETTLED.name, providers.SETTLED.check(values))
    id_ = replica.write(replica.division, [insert], user=user).ids[0]
    return id_, values["amount_fen"]
