"""政策找人: who should have a benefit and has none, and who has one and should not.

Every node computes it from the register and the policy pack, and nobody keeps a list. So a gap does
not close because somebody ticked it: it closes by an application, by a refusal of the person with a
reason, or by the county's ruling that the person is not eligible. To have told the person is not
enough. A benefit that should not be paid stays on the list until the county stops it.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from node.care.benefits.entitlement import Denied, Due, Entitlement, entitlement
from node.care.benefits.facts import BENEFITS, WAIVED, Person
from node.care.benefits.life import (
    APPLIED,
    APPROVED,
    HIT,
    INELIGIBLE,
    REFUSED,
    STOPPED,
    Act,
    Life,
)
from node.care.money import yuan
from node.care.parameters.groups import Parameters

LACKING, WRONG_AMOUNT, TO_STOP, DOUBLE, TO_MEND = "lacking", "amount", "stop", "double", "mend"
"""应享未享, 应停旧增新, 应停未停, had twice, and something in the register that cannot be right."""


class Benefit(NamedTuple):
    """A benefit of a person: its row's id, its code and what became of it."""

    id: str
    code: str
    life: Life


class Gap(NamedTuple):
    """Something that somebody should look at.

    Attributes:
        kind: One of those above.
        person: Whose.
        code: Which benefit; empty for `TO_MEND`.
        benefit: The row concerned, where there is one.
        fen: What is due, a month or for meals in the year.
        reason: What and why, as one sentence.
    """

    kind: str
    person: str
    code: str
    benefit: str
    fen: int
    reason: str


def gaps(
    person: Person, benefits: Iterable[Benefit], month: str, parameters: Parameters
) -> tuple[Gap, ...]:
    """What somebody should look at for a person in a month.

    Args:
        person: What is known.
        benefits: All that the person ever had, of any code, in any order.
        month: Such as `2026-05`.
        parameters: The county's numbers.
    """
    should = entitlement(person, month, parameters)
    mine = sorted(benefits, key=lambda one: one.id)
    found = [Gap(TO_MEND, person.id, "", "", 0, flag) for flag in should.flags]
    told: tuple[Due | Denied, ...] = (*should.due, *should.excluded, *should.denied)
    for code in sorted({one.code for one in told}):
        found += _of_code(person, code, should, [b for b in mine if b.code == code], month)
    return tuple(found)


def _of_code(
    person: Person, code: str, should: Entitlement, mine: list[Benefit], month: str
) -> list[Gap]:
    """The gaps of one benefit that the county runs."""
    told = should.of(code)
    assert told is not None
    title = BENEFITS.title(code)
    paying = sorted((b for b in mine if b.life.due_fen(month)), key=lambda b: _begun(b, month))
    if isinstance(told, Denied):
        reason = f"Has the {title} and should not: {told.reason}"
        return [Gap(TO_STOP, person.id, code, b.id, 0, reason) for b in paying]
    found = [_double(person, code, one, paying[0]) for one in paying[1:]]
    if not paying and not _closed([act for b in mine for act in b.life.acts]):
        reason = f"Should have the {title} and has it not: {told.reason}"
        found.append(Gap(LACKING, person.id, code, "", told.fen, reason))
    if paying and paying[0].life.due_fen(month) != told.fen:
        found.append(_other(person, told, paying[0], month))
    return found


def _other(person: Person, told: Due, benefit: Benefit, month: str) -> Gap:
    title, paid = BENEFITS.title(told.code), yuan(benefit.life.due_fen(month))
    reason = f"Has {paid} yuan of the {title} and should have another amount: {told.reason}"
    return Gap(WRONG_AMOUNT, person.id, told.code, benefit.id, told.fen, reason)


def _double(person: Person, code: str, benefit: Benefit, first: Benefit) -> Gap:
    title = BENEFITS.title(code)
    reason = f"Has the {title} twice: {first.id} was approved first, and {benefit.id} is to stop."
    return Gap(DOUBLE, person.id, code, benefit.id, 0, reason)


def _begun(benefit: Benefit, month: str) -> tuple[int, str]:
    """When a benefit that is paid in a month was approved last, by time and id."""
    approved = [
        (act.at, act.id) for act in benefit.life.acts if act.kind == APPROVED and act.month <= month
    ]
    return max(approved)


def _closed(acts: Iterable[Act]) -> bool:
    """Whether what was done since the last stop closes a gap.

    An application closes it. A refusal or a ruling does until somebody finds the person again.
    """
    closed = applied = False
    for act in sorted(set(acts)):
        if act.kind == STOPPED:
            closed, applied = act.reason == WAIVED, False
        elif act.kind == APPLIED:
            closed = applied = True
        elif act.kind in (REFUSED, INELIGIBLE):
            closed, applied = True, False
        elif act.kind == HIT and closed:
            closed = applied
    return closed
