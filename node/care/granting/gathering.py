"""What is known of the people of a division, and what became of their benefits.

Everything is read from the partition of the division itself, so that a village, its township and
the county find the same wherever they hold the same. What a peer wrote may be no day at all; such
a fact is passed over.
"""

from __future__ import annotations

import datetime
from collections.abc import Iterator, Mapping
from typing import Any

from node.care import rows
from node.care.benefits.facts import (
    DECEASED,
    DUPLICATE,
    GATHERED,
    SCATTERED,
    Assessment,
    Disability,
    Held,
    Other,
    Person,
)
from node.care.benefits.life import Act
from node.care.benefits.months import first_day, last_day, moved
from node.care.benefits.sheet import Record
from node.care.benefits.steps import Judged, Step, judge
from node.care.doubles.links import LINK
from node.care.doubles.reading import read
from node.care.facts import circumstances, health, institutions, writing
from node.care.facts.declaring import FactKind
from node.care.granting.tables import ACT, BENEFIT
from node.care.people import PERSON
from node.care.policy import BASELINE
from node.clock import day, stamp_ms
from node.errors import Refused
from node.replica import Replica

Row = Mapping[str, Any]
Grouped = Mapping[str, list[Row]]

COMPUTED = frozenset({"age_allowance", "frailty_allowance", "care_tariff", "meals"})
"""The benefits whose amount follows from the county's numbers."""

_LOCAL = "BX"
_MODES = frozenset({SCATTERED, GATHERED})
_INCOMES = frozenset(BASELINE.lists.income_groups)


def held_here(replica: Replica, scope: str) -> list[str]:
    """The divisions of a scope, each of which this node holds.

    Raises:
        Refused: It holds them not: they would look as if nobody lived there.
    """
    if not replica.tree.covers(replica.division, scope):
        raise Refused(
            f"The benefits of {replica.tree.called(scope)} are not kept on this node.",
            hint="Ask the node that stands there, or the township above it.",
        )
    return replica.tree.below(scope)


# --- people --------------------------------------------------------------------------------------


def people_of(replica: Replica, division: str) -> dict[str, Person]:
    """The people of a division with what decides about their benefits, by id."""
    known = replica.tree.get(division)
    code = known.code if known else ""
    kinds = (*circumstances.KINDS, institutions.PLACEMENT, health.ASSESSMENT)
    facts = {kind.name: _by_person(replica, kind, division) for kind in kinds}
    others, merged = _others(replica, division), _merged(replica, division)
    return {
        row["id"]: person_of(
            row, {name: of.get(row["id"], []) for name, of in facts.items()}, code,
            others.get(row["id"], ()), merged.get(row["id"], ()),
        )
        for row in rows.pages(replica, PERSON.name, division)
        if row["division#"] == division
    }  # fmt: skip


def _merged(replica: Replica, division: str) -> dict[str, tuple[Held, ...]]:
    """By record that was merged into another since when: nothing is due to it any more.

    What is due to the person is due to the record that is kept, wherever that stands.
    """
    known = read(replica, [division])
    found: dict[str, tuple[Held, ...]] = {}
    for row in rows.pages(replica, LINK.name, division):
        for one in (row["person"], row["other"]):
            if row["division#"] == division and known.survivor(one) != one:
                since = day(stamp_ms(row["time"]))
                found[one] = min(found.get(one, ()), (Held(DUPLICATE, since),), key=_first)
    return found


def _first(spans: tuple[Held, ...]) -> str:
    """Since when; what is not there comes last."""
    return spans[0].since if spans else "9999"


def person_of(
    row: Row,
    facts: Grouped,
    code: str,
    others: tuple[Other, ...] = (),
    merged: tuple[Held, ...] = (),
) -> Person:
    """What is known of one person.

    Args:
        row: The person.
        facts: The facts of each kind that stand, by the name of the kind.
        code: The statistical code of the division.
        others: Benefits that nothing computes.
        merged: Since when the record is merged into another.
    """
    tags = frozenset(row["groups"] or ())
    modes = _held(facts, circumstances.SUPPORT, "mode")
    incomes = _held(facts, circumstances.INCOME, "belongs_to")
    typed = tags - _MODES - (_INCOMES if incomes else frozenset())
    return Person(
        id=row["id"],
        birth_date=row["birth_date"] if _is_day(row["birth_date"]) else "",
        division_code=code,
        registered=tuple(
            one for one in _held(facts, circumstances.REGISTRATION, "place") if one.code == _LOCAL
        ),
        groups=(
            *(Held(tag) for tag in sorted(typed)),
            *(one for one in modes if one.code in _MODES),
            *incomes,
        ),
        care_grades=_held(facts, circumstances.GRADE, "grade"),
        disabilities=tuple(
            Disability(one["kind"], one["grade"], one["since"], *_until(one))
            for one in _dated(facts, circumstances.CERTIFICATE, "since")
        ),
        assessments=tuple(
            Assessment(one["done_on"], health.level(one))
            for one in _dated(facts, health.ASSESSMENT, "done_on")
            if isinstance(one["score"], int)
        ),
        closings=(*_closings(row, facts), *merged),
        others=others,
        placements=tuple(
            Held("", one["since"], *_until(one))
            for one in _dated(facts, institutions.PLACEMENT, "since")
        ),
        tags=tags,
        asked=bool(facts.get(circumstances.REGISTRATION.name)),
    )


def _held(facts: Grouped, kind: FactKind, column: str) -> tuple[Held, ...]:
    found = circumstances.periods(_dated(facts, kind, "since"), column)
    return tuple(Held(*one) for one in found)


def _dated(facts: Grouped, kind: FactKind, column: str) -> list[Row]:
    """The facts of a kind that have a day, in the order of their ids."""
    found = (one for one in facts.get(kind.name, ()) if _is_day(one[column]))
    return sorted(found, key=lambda one: str(one["id"]))


def _until(row: Row) -> tuple[str, ...]:
    return (row["until"],) if _is_day(row["until"]) else ()


def _closings(row: Row, facts: Grouped) -> tuple[Held, ...]:
    """The closing of the record, and a death that a cremation tells of."""
    closed = [(row["closed_on"], row["closed_reason"])] if _is_day(row["closed_on"]) else []
    burnt = [
        (one["cremated_on"], DECEASED)
        for one in _dated(facts, circumstances.CREMATION, "cremated_on")
    ]
    return tuple(Held(str(reason or ""), on) for on, reason in [*closed, *burnt])


def _is_day(text: Any) -> bool:
    try:
        return isinstance(text, str) and datetime.date.fromisoformat(text).isoformat() == text
    except ValueError:
        return False


def _by_person(replica: Replica, kind: FactKind, division: str) -> Grouped:
    found: dict[str, list[Row]] = {}
    for row in writing.standing(replica, kind, division):
        if row["division#"] == division:
            found.setdefault(row["person"], []).append(row)
    return found


# --- benefits ------------------------------------------------------------------------------------


def steps_of(replica: Replica, benefit: Row) -> list[Step]:
    """The steps of a benefit that are here."""
    found = replica.rows(ACT.name, benefit["division#"], {"benefit": benefit["id"]})
    return [_step(replica, row) for row in found if row["division#"] == benefit["division#"]]


def judged(replica: Replica, benefit: Row) -> Judged:
    """What became of a benefit."""
    return judge(steps_of(replica, benefit))


def records_of(replica: Replica, division: str) -> list[Record]:
    """The benefits of a division and what became of each, by id."""
    steps: dict[str, list[Step]] = {}
    for row in rows.pages(replica, ACT.name, division):
        if row["division#"] == division:
            steps.setdefault(row["benefit"], []).append(_step(replica, row))
    return [
        Record(row["id"], row["person"], row["code"], judge(steps.get(row["id"], ())).life)
        for row in _benefits(replica, division)
    ]


def _benefits(replica: Replica, division: str) -> Iterator[Row]:
    found = rows.pages(replica, BENEFIT.name, division)
    return (row for row in found if row["division#"] == division)


def _step(replica: Replica, row: Row) -> Step:
    standing = replica.view.standing(row["author#"])
    act = Act(
        row["time"], row["id"], row["kind"] or "", standing.tier if standing else "",
        row["month"] or "", row["until"] or "", row["fen"] or 0, row["reason"] or "",
    )  # fmt: skip
    builds_on = tuple((row["builds_on"] or "").split())
    return Step(act, row["author#"], row["done_by"] or "", builds_on)


def _others(replica: Replica, division: str) -> dict[str, tuple[Other, ...]]:
    """The benefits that nothing computes, by person: they count where benefits exclude others."""
    found: dict[str, tuple[Other, ...]] = {}
    for one in records_of(replica, division):
        if one.code in COMPUTED:
            continue
        steps = one.life.steps
        for place, step in enumerate(steps):
            until = steps[place + 1].month if place + 1 < len(steps) else ""
            if step.fen:
                days = (last_day(moved(until, -1)),) if until else ()
                other = Other(one.code, step.fen, first_day(step.month), *days)
                found[one.person] = (*found.get(one.person, ()), other)
    return found
