"""The county's hand at a programme: a round on a day, places filled from it, and places given up.

The candidates of a round are frozen when it is held, and whoever comes later waits for the next
one. A place that becomes free goes to the next who waits. Only the county writes here, one node of
one ledger, so no more are enrolled than there are places; where a county that was copied has given
one place twice all the same, the list says so.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from node.care import fields, moments, rows
from node.care.amendments import void
from node.care.facts.programmes import SCREENING, programme_on
from node.care.facts.writing import standing
from node.care.parameters import publishing
from node.care.parameters.groups import Programme
from node.care.people import PERSON, PERSON_CLOSED
from node.care.policy import BASELINE
from node.care.programmes.choosing import Places, leaving, newest, places_on, ranked
from node.care.programmes.tables import CANDIDACY, DEPARTURE, ENROLMENT
from node.errors import Refused, UsageError
from node.replica import Insert, Replica

_REASONS = BASELINE.lists.benefit_stop_reasons
_NO_MORE = "S09"
_REASON_OF = {"deceased": "S01", "moved": "S02", "lost": "S03", "left": "S07"}
"""Which reason a departure has, by the reason for which the person was closed."""


@dataclass(frozen=True)
class Standing:
    """How a programme stands on a day, as far as this node knows.

    Attributes:
        programme: The programme of that day.
        policy: The version of the policy pack that says so.
        candidacies: Those of the last round up to that day, in their order.
        places: Who has a place, and who waits.
        left: The day on which people were closed, by person.
        people: Every person of the round and of the enrolments that is here.
    """

    programme: Programme
    policy: str
    candidacies: Sequence[Mapping[str, Any]]
    places: Places
    left: Mapping[str, str]
    people: Mapping[str, Mapping[str, Any]]


def screenings(replica: Replica, code: str, on: str) -> dict[str, Mapping[str, Any]]:
    """The last screening of each person for a programme up to a day."""
    return newest(standing(replica, SCREENING, where={"programme": code}), on)


def stands(replica: Replica, code: str, on: str) -> Standing:
    """How a programme stands on a day.

    Raises:
        UsageError: No policy pack is known here, or it has no such programme.
    """
    parameters = publishing.needed(replica)
    programme = programme_on(parameters, code, on)
    every = [row for row in _of(replica, CANDIDACY.name, code) if row["on"] <= on]
    last = max((row["on"] for row in every), default="")
    round_ = sorted(
        (row for row in every if row["on"] == last), key=lambda row: (row["rank"], row["id"])
    )
    enrolments = _of(replica, ENROLMENT.name, code)
    wanted = {row["person"] for row in (*round_, *enrolments)}
    people = {
        row["id"]: row
        for ids in _batches(sorted(wanted))
        for row in replica.rows(PERSON.name, where={"id": ids})
    }
    left = {
        id_: str(row["closed_on"] or on)
        for id_, row in people.items()
        if row["status"] in PERSON_CLOSED
    }
    departures = [row for row in rows.pages(replica, DEPARTURE.name, None) if not void(row)]
    order = list(dict.fromkeys(row["person"] for row in round_))
    places = places_on(order, enrolments, departures, left, on)
    return Standing(programme, parameters.version, round_, places, left, people)


def with_place(replica: Replica, on: str) -> set[str]:
    """Who has a place in any programme on a day, by id, as far as it is known here."""
    ended = {row["enrolment"] for row in rows.pages(replica, DEPARTURE.name) if row["on"] <= on}
    return {
        row["person"]
        for row in rows.pages(replica, ENROLMENT.name)
        if row["since"] <= on and row["id"] not in ended
    }


def _of(replica: Replica, table: str, code: str) -> list[dict[str, Any]]:
    found = rows.pages(replica, table, None, {"programme": code})
    return [row for row in found if not void(row)]


_BATCH = 500


def _batches(ids: Sequence[str]) -> Iterable[list[str]]:
    return (list(ids[place : place + _BATCH]) for place in range(0, len(ids), _BATCH))


def hold_round(replica: Replica, code: str, on: str, *, user: str) -> int:
    """Freezes the candidates of a day in their order.

    Args:
        replica: The county's node.
        code: The programme.
        on: The day, ISO; not a later one than today, nor one before the last round.
        user: Who does it.

    Returns:
        How many candidates there are.

    Raises:
        UsageError: The day does not fit, there is no such programme, or nobody passed.
        Refused: This node is not the county's.
    """
    _check_county(replica)
    parameters = publishing.needed(replica)
    programme = programme_on(parameters, code, on)
    if on > moments.today(replica):
        raise fields.refused("on", on, "lies in the future", "Candidates are frozen as they are.")
    before = max((row["on"] for row in _of(replica, CANDIDACY.name, code)), default="")
    if before >= on:
        raise UsageError(
            f"A round of {programme.name} was held on {before}.",
            hint="A round stays as it was; the next one has a later day.",
        )
    found = screenings(replica, code, on)
    people = [
        row
        for row in rows.pages(replica, PERSON.name, None)
        if row["id"] in found and row["status"] not in PERSON_CLOSED
    ]
    places = {row["id"]: row["division#"] for row in people}
    order = ranked(programme, people, found, on)
    if not order:
        raise UsageError(
            f"Nobody has passed a screening of {programme.name} by {on}.",
            hint="Townships record them: linli programme screening add",
        )
    by_division: dict[str, list[Insert]] = {}
    for rank, person in enumerate(order, start=1):
        values = {
            "person": person,
            "programme": code,
            "on": on,
            "rank": rank,
            "policy": parameters.version,
        }
        by_division.setdefault(places[person], []).append(Insert(CANDIDACY.name, values))
    with replica.store.transaction():
        for division, inserts in sorted(by_division.items()):
            replica.insert_each(division, inserts, user=user)
    return len(order)


@dataclass(frozen=True)
class Filled:
    """What filling the places of a programme did, or would do.

    Attributes:
        ended: Ids of people whose place ended since they were closed.
        enrolled: Ids of people who got a place, in their order.
    """

    ended: tuple[str, ...]
    enrolled: tuple[str, ...]


def fill(replica: Replica, code: str, on: str, *, user: str, dry: bool = False) -> Filled:
    """Ends the places of those who are gone, and gives the free ones to those who wait.

    Args:
        replica: The county's node.
        code: The programme.
        on: The first day of the new places, ISO.
        user: Who does it.
        dry: Only say what would be done.

    Raises:
        UsageError: There is no such programme.
        Refused: This node is not the county's.
    """
    _check_county(replica)
    parameters = publishing.needed(replica)
    with replica.store.transaction():
        before = stands(replica, code, on)
        goes = leaving(before.places, before.left, on)
        gone = {str(one["id"]): person for person, one in before.places.enrolled.items()}
        ended = tuple(gone[id_] for id_, _ in goes)
        after = Places(
            {who: one for who, one in before.places.enrolled.items() if who not in ended},
            before.places.waiting,
            before.places.gone,
        )
        enrolled = after.next(before.programme.places)
        if dry:
            return Filled(ended, enrolled)
        for id_, day in goes:
            person = before.people[gone[id_]]
            reason = _REASON_OF.get(str(person["closed_reason"]), _NO_MORE)
            values = {"enrolment": id_, "on": day, "reason": reason}
            replica.write(person["division#"], [Insert(DEPARTURE.name, values)], user=user)
        stood = {row["person"]: row["id"] for row in before.candidacies}
        for who in enrolled:
            values = {
                "person": who,
                "programme": code,
                "since": on,
                "candidacy": stood[who],
                "policy": parameters.version,
            }
            division = before.people[who]["division#"]
            replica.write(division, [Insert(ENROLMENT.name, values)], user=user)
    return Filled(ended, enrolled)


def give_up(
    replica: Replica, code: str, person_id: str, reason: str, on: str, *, user: str, note: str = ""
) -> None:
    """Ends somebody's place in a programme.

    Args:
        replica: The county's node.
        code: The programme.
        person_id: The person.
        reason: A name or code of `benefit_stop_reasons`.
        on: The first day without it, ISO.
        user: Who does it.
        note: What is to be known of it.

    Raises:
        UsageError: The person has no place, the reason is not in the list, or the day lies before
            the place began.
        Refused: This node is not the county's.
    """
    _check_county(replica)
    found = stands(replica, code, on)
    person = rows.find(replica, PERSON, fields.row_id("person", person_id))
    enrolment = found.places.enrolled.get(person["id"])
    if enrolment is None:
        raise UsageError(
            f"{person['name']} has no place in {found.programme.name} on {on}.",
            hint="Who has one is listed by: linli programme enrolled",
        )
    values = {
        "enrolment": enrolment["id"],
        "on": on,
        "reason": _REASONS.code("reason", reason),
        "note": fields.note("note", note) if note else None,
    }
    replica.write(person["division#"], [Insert(DEPARTURE.name, values)], user=user)


def _check_county(replica: Replica) -> None:
    if replica.tier != ENROLMENT.writer:
        raise Refused(
            f"The county chooses who has a place, and this node is a {replica.tier}'s.",
            reason="NOT_AUTHORISED",
            hint="A township records who meets the conditions: linli programme screening add",
        )
