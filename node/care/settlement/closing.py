"""Previews of sheets, closed sheets, and the closing of a month.

The township closes; every node can look. A closed sheet is read from its own bytes and from nothing
else, so whatever arrives later changes the next sheet and never that one. Where a month of a
division was closed twice, by two nodes of a township or a box that was put back, nothing is settled
there until the county has chosen.
"""

from __future__ import annotations

import calendar
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from node.care import moments, reviews
from node.care.parameters import publishing
from node.care.parameters.groups import Parameters
from node.care.pay.facts import Facts
from node.care.pay.flag import Flag
from node.care.pay.sheet import Sheet, decoded, sheet
from node.care.pay.worth import seen
from node.care.settlement.gathering import facts_of, inputs_of, parameters_of
from node.care.settlement.tables import CHOICE, SHEET
from node.care.settlement.telling import tell
from node.division import LEVELS
from node.errors import Refused, UsageError
from node.replica import Insert, Replica

COUNTS, CONTESTED, SET_ASIDE, UNREADABLE = "counts", "contested", "set aside", "unreadable"
"""What a closed sheet is. One that cannot be read, since it is none, is listed and passed over."""

_MONTH = re.compile(r"2\d{3}-(0[1-9]|1[0-2])")


@dataclass(frozen=True, slots=True)
class Closed:
    """A closed sheet as it stands in the ledger.

    Attributes:
        id: The row.
        division: Of which division.
        period: The month.
        digest: Of its bytes, as recorded.
        time: When it was closed, a stamp.
        author: Who closed it: the box.
        state: One of the four words above.
        sheet: The sheet; None where its bytes are not those that were recorded.
    """

    id: str
    division: str
    period: str
    digest: str
    time: int
    author: str
    state: str
    sheet: Sheet | None


@dataclass(frozen=True, slots=True)
class Preview:
    """A sheet with what it was computed from.

    Attributes:
        sheet: The sheet.
        facts: The facts by now.
        parameters: The numbers by now.
        closed: The closed sheet, where the month is closed; then `sheet` is it.
        before: All closed sheets of the division that count.
    """

    sheet: Sheet
    facts: Facts
    parameters: Parameters
    closed: Closed | None
    before: tuple[Sheet, ...]


def check_month(text: str) -> str:
    """A month as people type it.

    Raises:
        UsageError: It is none.
    """
    if _MONTH.fullmatch(text.strip()) is None:
        raise UsageError(f"{text!r} is not a month.", hint="Write it such as 2026-11.")
    return text.strip()


# --- closed sheets -------------------------------------------------------------------------------


def closed_sheets(replica: Replica, within: str | None = None) -> list[Closed]:
    """The closed sheets that are here, by month, division and digest; the same sheet once."""
    chosen = _chosen(replica, within)
    first: dict[tuple[str, str, str], Mapping[str, Any]] = {}
    rows: list[Mapping[str, Any]] = [*replica.rows(SHEET.name, within)]
    for row in sorted(rows, key=lambda row: (row["time"], row["id"])):
        first.setdefault((row["period"], row["division#"], row["result"]), row)
    months: dict[tuple[str, str], set[str]] = {}
    read = {key: _read(row) for key, row in first.items()}
    for key, one in read.items():
        if one is not None:
            months.setdefault(key[:2], set()).add(key[2])
    found = []
    for key in sorted(first):
        rivals, row = months.get(key[:2], set()), first[key]
        state = _state(key[2], rivals, chosen.get(key[:2], "")) if read[key] else UNREADABLE
        found.append(
            Closed(row["id"], key[1], key[0], key[2], row["time"], row["author#"], state, read[key])
        )
    return found


def _chosen(replica: Replica, within: str | None) -> dict[tuple[str, str], str]:
    """By month and division the digest that the county chose, its last word."""
    rows = replica.rows(CHOICE.name, within)
    rows.sort(key=lambda row: (row["time"], row["author#"], row["boot#"], row["number"]))
    return {(row["period"], row["division#"]): row["result"] for row in rows}


def _read(row: Mapping[str, Any]) -> Sheet | None:
    """The sheet of a row, where it is the one that was recorded."""
    try:
        found = decoded(str(row["content"]).encode())
    except (Refused, UnicodeError):
        return None
    stated = (row["result"], row["period"], row["scope"])
    is_it = stated == (found.digest, found.period, found.scope)
    return found if is_it and found.scope == row["division#"] else None


def _state(digest: str, rivals: set[str], chosen: str) -> str:
    if len(rivals) == 1:
        return COUNTS
    if chosen not in rivals:
        return CONTESTED
    return COUNTS if digest == chosen else SET_ASIDE


def choose(replica: Replica, one: Closed, *, user: str) -> None:
    """Lets one of several sheets of a month count: the county's word.

    Raises:
        Refused: This node is not the county's, or nothing is contested.
    """
    if replica.tier != CHOICE.writer:
        raise Refused(
            f"The county chooses between two sheets, and this node is a {replica.tier}'s.",
            reason="NOT_AUTHORISED",
            hint="Ask the county's operator: linli settle choose SHEET",
        )
    if one.state not in (CONTESTED, SET_ASIDE):
        raise Refused(
            f"The sheet {one.id} has no rival that it could be preferred to.",
            hint="See them with: linli settle list",
        )
    insert = Insert(CHOICE.name, {"period": one.period, "result": one.digest})
    replica.write(one.division, [insert], user=user)


# --- looking -------------------------------------------------------------------------------------


def preview(replica: Replica, period: str, division: str) -> Preview:
    """The sheet of a month of a division by all that is known here; the closed one once it is.

    Args:
        replica: This node.
        period: As `2026-11`.
        division: The division, of which this node must hold the partition.

    Raises:
        UsageError: No policy pack is known, or the month is none.
        Refused: A later month is closed, a month was closed twice, or the division is not kept
            here.
    """
    check_month(period)
    _check_held(replica, division)
    parameters = parameters_of(replica)
    known = [one for one in closed_sheets(replica, division) if one.division == division]
    _check_sound(replica, known)
    before = tuple(one.sheet for one in known if one.sheet and one.state == COUNTS)
    inputs, facts = inputs_of(replica, division, parameters), facts_of(replica, [division])
    for one in known:
        if one.period == period and one.sheet is not None and one.state == COUNTS:
            return Preview(one.sheet, facts, parameters, one, before)
    made = sheet(period, division, [division], facts, parameters, inputs, before)
    return Preview(made, facts, parameters, None, before)


def _check_held(replica: Replica, division: str) -> None:
    """Refuses a division of which this node holds no care records: they would look like none."""
    if not replica.tree.covers(replica.division, division):
        raise Refused(
            f"The visits of {replica.tree.called(division)} are not kept on this node.",
            hint="Ask the node that stands there, or the township above it.",
        )


def _check_sound(replica: Replica, known: list[Closed]) -> None:
    for one in known:
        if one.state == CONTESTED:
            raise Refused(
                f"The month {one.period} of {replica.tree.called(one.division)} was closed twice "
                "with different sheets, so nothing is settled there.",
                hint="The county chooses: linli settle list, then linli settle choose SHEET",
            )


def shown(replica: Replica, one: Closed, made: Sheet) -> Preview:
    """A closed sheet beside what is known by now, for the words of its reasons."""
    facts = facts_of(replica, [one.division])
    return Preview(made, facts, parameters_of(replica), one, (made,))


def previews(replica: Replica, period: str, scope: str) -> list[Preview]:
    """The sheets of a division and all below it, without those on which nothing stands."""
    found = [preview(replica, period, division) for division in replica.tree.below(scope)]
    return [one for one in found if one.sheet.lines or one.closed is not None]


def doubts(replica: Replica, scope: str) -> dict[str, list[Flag]]:
    """By visit the flags that this node sees or was told; of nothing where no pack is published.

    Args:
        replica: This node.
        scope: A division; visits of it and all below it are looked at together.
    """
    parameters = publishing.in_force(replica)
    if parameters is None:
        return {}
    found = seen(facts_of(replica, replica.tree.below(scope)), parameters)
    return {visit: flags for visit, flags in found.items() if flags}


# --- closing -------------------------------------------------------------------------------------


def tell_below(replica: Replica, *, user: str) -> int:
    """Tells the divisions below what only this node sees.

    Returns:
        How many outcomes were written or withdrawn.

    Raises:
        UsageError: No policy pack is known.
        Refused: This node has nothing below it.
    """
    if replica.tier not in LEVELS[:-1]:
        raise Refused(
            f"A township or the county tells its villages, and this node is a {replica.tier}'s.",
            reason="NOT_AUTHORISED",
            hint="Tell them from the township's node: linli settle tell",
        )
    return tell(replica, parameters_of(replica), user=user)


def close(
    replica: Replica, period: str, scope: str, *, user: str, anyway: bool = False
) -> list[Preview]:
    """Closes a month of a division and all below it, after telling them what only this node sees.

    All sheets are written in one transaction, or none is.

    Args:
        replica: This node, a township's.
        period: As `2026-11`.
        scope: The division.
        user: Who closes.
        anyway: Close although visits still wait for a review; they are adjusted when they got it.

    Returns:
        The sheets that were closed.

    Raises:
        UsageError: No policy pack is known, or the month is none.
        Refused: This node is no township's, the month is not over, is closed already or was
            closed twice, or visits wait.
    """
    check_month(period)
    _check_may(replica, period, scope, anyway)
    tell(replica, parameters_of(replica), user=user)
    found = previews(replica, period, scope)
    fresh = [one for one in found if one.closed is None]
    if not fresh:
        raise Refused(
            f"The month {period} is closed already, or nothing stands on its sheets."
            if found
            else f"There is nothing to close for {period}.",
            hint="See what is closed with: linli settle list",
        )
    parts = [(one.sheet.scope, [_row(one.sheet)]) for one in fresh]
    replica.act(parts, user=user)
    return fresh


def _check_may(replica: Replica, period: str, scope: str, anyway: bool) -> None:
    if replica.tier != SHEET.writer:
        raise Refused(
            f"A month is closed by the township, and this node is a {replica.tier}'s.",
            reason="NOT_AUTHORISED",
            hint="Close it on the township's node: linli settle close --month MONTH",
        )
    last = f"{period}-{calendar.monthrange(int(period[:4]), int(period[5:]))[1]:02}"
    today = moments.today(replica)
    if today <= last:
        raise Refused(
            f"The month {period} is not over: it is {today} here.",
            hint="What it would be today says: linli settle preview --month MONTH",
        )
    waits = sum(1 for _ in reviews.waiting(replica, scope, f"{period}-01", last))
    if waits and not anyway:
        raise Refused(
            f"{waits} visits of {period} wait for a review, and would not be paid.",
            hint="Review them: linli visit review; or close with --anyway, and they are paid "
            "with the month after their review.",
        )


def _row(made: Sheet) -> Insert:
    inputs = made.inputs
    values = {
        "period": made.period,
        "scope": made.scope,
        "frontier": inputs.frontier,
        "trust": inputs.trust,
        "policy": inputs.policy,
        "rules": inputs.rules,
        "result": made.digest,
        "content": made.encoded().decode(),
    }
    return Insert(SHEET.name, values)
