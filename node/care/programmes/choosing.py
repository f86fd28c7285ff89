"""Who a programme is for, in which order candidates come, and who is next when a place is free.

Everything here is pure: rows come in any order, the day is handed in, and equal rows give equal
answers on every node.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from node.care.benefits.months import age_on
from node.care.facts.programmes import passed
from node.care.parameters.groups import Programme

LIMBS = "4"
"""The kind of disability of which a programme may ask a grade (QX-04)."""

_LAST = "9"


def why_not(programme: Programme, person: Mapping[str, Any], on: str) -> tuple[str, ...]:
    """Why a programme is not for a person; nothing where it is.

    Args:
        programme: The programme.
        person: The record.
        on: The day, ISO.

    Returns:
        Some of `birth_date` (not known), `age`, `disability_kind` and `disability_grade`.
    """
    found = []
    born = person["birth_date"]
    if not born:
        found.append("birth_date")
    elif not programme.ages[0] <= age_on(born, on) <= programme.ages[1]:
        found.append("age")
    kind = person["disability_kind"]
    if programme.kinds and kind not in programme.kinds:
        found.append("disability_kind")
    graded = kind == LIMBS or not programme.kinds
    if programme.grades and graded and person["disability_grade"] not in programme.grades:
        found.append("disability_grade")
    return tuple(found)


def newest(screenings: Iterable[Mapping[str, Any]], on: str) -> dict[str, Mapping[str, Any]]:
    """The last screening of each person up to a day: the later day counts, then the later id."""
    found: dict[str, Mapping[str, Any]] = {}
    for one in screenings:
        if one["day"] <= on:
            before = found.get(one["person"])
            if before is None or (before["day"], before["id"]) < (one["day"], one["id"]):
                found[one["person"]] = one
    return found


def ranked(
    programme: Programme,
    people: Iterable[Mapping[str, Any]],
    screenings: Mapping[str, Mapping[str, Any]],
    on: str,
) -> list[str]:
    """The ids of the candidates of a day in their order.

    A candidate is somebody for whom the programme is and whose last screening passed. The severest
    grade comes first, then who was screened first, then the lower id.
    """
    candidates = [
        (person["disability_grade"] or _LAST, screenings[person["id"]]["day"], person["id"])
        for person in people
        if person["id"] in screenings
        and passed(screenings[person["id"]], programme)
        and not why_not(programme, person, on)
    ]
    return [person for _, _, person in sorted(candidates)]


@dataclass(frozen=True)
class Places:
    """Who has a place in a programme on a day, and who waits.

    Attributes:
        enrolled: The enrolments that hold, by person.
        waiting: Ids of the candidates who wait, first the next.
        gone: Ids of candidates who had a place or are not there any more.
    """

    enrolled: Mapping[str, Mapping[str, Any]]
    waiting: tuple[str, ...]
    gone: frozenset[str]

    def next(self, places: int) -> tuple[str, ...]:
        """Who gets the places that are free; 0 places: there is no bound."""
        if not places:
            return self.waiting
        return self.waiting[: max(0, places - len(self.enrolled))]


def places_on(
    candidates: Sequence[str],
    enrolments: Iterable[Mapping[str, Any]],
    departures: Iterable[Mapping[str, Any]],
    left: Mapping[str, str],
    on: str,
) -> Places:
    """Who has a place in one programme on a day.

    Args:
        candidates: Ids of people in the order of the last round.
        enrolments: Every enrolment of the programme; of two of one person the earlier counts.
        departures: The ends of enrolments, each naming one.
        left: The day on which people were closed, by person; not in it: still here.
        on: The day, ISO. An end counts from the day that it states.
    """
    ended = {one["enrolment"] for one in departures if one["on"] <= on}
    had, enrolled = set[str](), dict[str, Mapping[str, Any]]()
    for one in sorted(enrolments, key=lambda one: (one["since"], one["id"])):
        if one["since"] > on:
            continue
        had.add(one["person"])
        if one["id"] not in ended and one["person"] not in enrolled:
            enrolled[one["person"]] = one
    closed = {person for person, day in left.items() if day <= on}
    waiting = tuple(one for one in candidates if one not in had and one not in closed)
    gone = frozenset((set(candidates) & (had | closed)) - set(enrolled))
    return Places(enrolled, waiting, gone)


def leaving(places: Places, left: Mapping[str, str], on: str) -> list[tuple[str, str]]:
    """The enrolments that are to end since the person was closed: id and day, in their order."""
    return [
        (str(one["id"]), left[person])
        for person, one in sorted(places.enrolled.items(), key=lambda pair: str(pair[1]["id"]))
        if person in left and left[person] <= on
    ]


def by_kind(people: Iterable[Mapping[str, Any]]) -> dict[str, int]:
    """How many people by their one kind of disability, 多重 among them; empty: not known.

    The numbers add up to that of the people (QX-08).
    """
    found: dict[str, int] = {}
    for person in people:
        kind = str(person["disability_kind"] or "")
        found[kind] = found.get(kind, 0) + 1
    return dict(sorted(found.items()))
