"""Whose a row of a department's list is: by the ID number and the name, else a person says it."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from node.care.policy import BASELINE
from node.errors import UsageError

MATCHED, CHOOSE, REJECTED = "matched", "choose", "rejected"

DEATH, CREMATION, MOVED, CERTIFICATE, LISTED = (
    "death", "cremation", "moved", "certificate", "listed",
)  # fmt: skip

_LISTS = BASELINE.lists
_CANDIDATES_MAX = 20
_DEPARTMENTS_SAY = {"BZ": CREMATION, "CL": CERTIFICATE, "RS": LISTED, "YB": LISTED}
"""What a department's list reports where no column says it; 公安 must say it."""


@dataclass(frozen=True, slots=True)
class Reported:
    """One row of a department's list.

    Attributes:
        line: Its number in the file.
        name: The name.
        id_number: The ID number; empty where it lacks.
        birth_date: ISO; empty where it lacks.
        division: The id of the division that it names; empty where it names none.
        reports: A code of `reported_events`.
        happened_on: ISO; empty where nothing happened on a day.
        disability_kind: Of a certificate, a code of `disability_kinds`.
        disability_grade: Of a certificate, a code of `disability_grades`.
    """

    line: int
    name: str
    id_number: str
    birth_date: str
    division: str
    reports: str
    happened_on: str
    disability_kind: str = ""
    disability_grade: str = ""


@dataclass(frozen=True, slots=True)
class Match:
    """Whose a row is.

    Attributes:
        outcome: `matched`, `choose` or `rejected`.
        people: The people that it may be, sorted; one where it is matched.
        found_by: `number` or `name`; empty where nobody was found.
        reason: A code of `match_reasons`: why nobody was found, or a person must say whose it is.
    """

    outcome: str
    people: tuple[str, ...] = ()
    found_by: str = ""
    reason: str = ""


def said_by(department: str, event: str) -> str:
    """What a row reports: as its column says, or as lists of that department do.

    Raises:
        UsageError: No column says it, and the department reports several things.
    """
    if event:
        return _LISTS.reported_events.code("reports", event)
    if department not in _DEPARTMENTS_SAY:
        raise UsageError(
            "What the list reports is not told.",
            hint="Give it a column 事项 with 死亡 or 迁出 in each row.",
        )
    return _DEPARTMENTS_SAY[department]


def match(one: Reported, here: Collection[Mapping[str, Any]], kept: Mapping[str, str]) -> Match:
    """Whose a row is, among the people who may bear its number or its name.

    Args:
        one: The row.
        here: The records that may be meant, in any order; others do no harm.
        kept: By record the one that is kept of the person, where that is another.
    """
    own = [row for row in here if one.id_number and row["id_number"] == one.id_number]
    people = _people(own, kept)
    if len(people) == 1 and any(row["name"] == one.name for row in own):
        return Match(MATCHED, people, "number")
    if people:
        return Match(CHOOSE, people, "number", "several" if len(people) > 1 else "name_differs")
    named = [
        row
        for row in here
        if row["name"] == one.name and not (one.id_number and row["id_number"]) and _near(one, row)
    ]
    people = _people(named, kept)
    if people:
        return Match(CHOOSE, people, "name", "name_only")
    return Match(REJECTED, reason="nobody")


def _near(one: Reported, row: Mapping[str, Any]) -> bool:
    """Whether birth date and village do not speak against it, and one of them for it."""
    born = one.birth_date or ""
    if born and row["birth_date"] and born != row["birth_date"]:
        return False
    if one.division and one.division != row["division#"]:
        return False
    return bool(one.division or (born and born == row["birth_date"]))


def _people(found: Iterable[Mapping[str, Any]], kept: Mapping[str, str]) -> tuple[str, ...]:
    return tuple(sorted({kept.get(row["id"], row["id"]) for row in found})[:_CANDIDATES_MAX])
