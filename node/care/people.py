"""People who are cared for, and workers who care for them.

A person stands in the `care` lane of the own village and goes to no neighbour. A worker has two
sides: who the worker is to the county, id, name, class, qualification and how many clients a day,
is a `registry` row that every node of the county holds, since a visit anywhere may name it; the
worker's personal record would stand in `care` like anybody's.

Grades of care and of disability are the county's to say: a village's entry is a proposal until the
county writes its own. Two villages that register the same person make two rows; nothing here stops
them, since neither can know.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from node.care import cards, closing, fields, moments, rows
from node.care.policy import BASELINE
from node.replica import Insert, Replica
from node.schema import Channel, Column, Kind, Table

PERSON = Table(
    name="person",
    channel=Channel.CARE,
    meaning="someone who is cared for",
    columns=(
        Column(
            "name", Kind.REGISTER, required=True, meaning="name as on the ID card", erasable=True
        ),
        Column("gender", Kind.REGISTER, meaning="code of genders", erasable=True),
        Column("birth_date", Kind.REGISTER, meaning="ISO date, that of the ID", erasable=True),
        Column("id_number", Kind.REGISTER, meaning="18 characters, may lack", erasable=True),
        Column("phone", Kind.REGISTER, meaning="never unique: elders share one", erasable=True),
        Column("address", Kind.REGISTER, meaning="where the person is visited", erasable=True),
        Column("groups", Kind.SET, meaning="codes of person_groups"),
        Column("care_grade", Kind.AUTHORITY, owner="county", meaning="code of care_grades, 特困"),
        Column(
            "disability_grade",
            Kind.AUTHORITY,
            owner="county",
            meaning="code of disability_grades, 1 the most severe",
        ),
        Column("status", Kind.REGISTER, meaning="code of person_statuses"),
        Column("note", Kind.REGISTER, meaning="free text", erasable=True),
        Column("household", Kind.REGISTER, meaning="id of the household"),
        Column("relation", Kind.REGISTER, meaning="to its head, code of household_relations"),
        Column("contact_name", Kind.REGISTER, meaning="whom to call", erasable=True),
        Column("contact_phone", Kind.REGISTER, meaning="where to call", erasable=True),
        Column("contact_relation", Kind.REGISTER, meaning="code of contact_relations"),
        Column(
            "disability_kind",
            Kind.AUTHORITY,
            owner="county",
            meaning="code of disability_kinds",
        ),
        Column(
            "disability_certificate",
            Kind.REGISTER,
            meaning="20 characters: ID number, kind, grade; B1 and so on for a re-issue",
            erasable=True,
        ),
        Column(
            "ability_level",
            Kind.AUTHORITY,
            owner="county",
            meaning="code of ability_levels, 4 the most severe",
        ),
        Column("closed_on", Kind.REGISTER, meaning="ISO date of what closed_reason says"),
        Column("closed_reason", Kind.REGISTER, meaning="code of person_closing_reasons"),
    ),
    indexes=(("household",),),
)

WORKER = Table(
    name="worker",
    channel=Channel.REGISTRY,
    meaning="the public side of someone who serves",
    columns=(
        Column("name", Kind.REGISTER, required=True, meaning="name as clients know it"),
        Column("worker_class", Kind.REGISTER, meaning="code of worker_classes"),
        Column("qualification", Kind.REGISTER, meaning="certificates, free text"),
        Column("clients_per_day_max", Kind.REGISTER, type=int, meaning="how many clients a day"),
        Column("status", Kind.REGISTER, meaning="code of worker_statuses"),
        Column("helper_kind", Kind.REGISTER, meaning="code of helper_kinds"),
        Column("phone", Kind.REGISTER, meaning="where clients reach the worker"),
        Column("closed_on", Kind.REGISTER, meaning="ISO date, the last day of work"),
        Column("closed_reason", Kind.REGISTER, meaning="code of worker_closing_reasons"),
    ),
)

TABLES = (PERSON, WORKER)

_CLIENTS_PER_DAY_MAX = 50
_LISTS = BASELINE.lists

_PERSON_CHECKS: Mapping[str, fields.Check] = {
    "name": fields.name,
    "gender": _LISTS.genders.code,
    "birth_date": fields.date,
    "id_number": fields.id_number,
    "phone": fields.phone,
    "address": fields.text(fields.ADDRESS_CHARACTERS_MAX),
    "care_grade": _LISTS.care_grades.code,
    "disability_grade": _LISTS.disability_grades.code,
    "status": _LISTS.person_statuses.code,
    "note": fields.note,
    "household": fields.row_id,
    "relation": _LISTS.household_relations.code,
    "contact_name": fields.name,
    "contact_phone": fields.phone,
    "contact_relation": _LISTS.contact_relations.code,
    "disability_kind": _LISTS.disability_kinds.code,
    "disability_certificate": fields.disability_certificate,
    "ability_level": _LISTS.ability_levels.code,
    "closed_on": fields.date,
    "closed_reason": _LISTS.person_closing_reasons.code,
}
_PERSON_REQUIRED = ("name", "status")
PERSON_CLOSED = frozenset({"closed"})
"""The statuses of a person who is not cared for any more."""

_WORKER_CHECKS: Mapping[str, fields.Check] = {
    "name": fields.name,
    "worker_class": _LISTS.worker_classes.code,
    "qualification": fields.text(fields.ADDRESS_CHARACTERS_MAX),
    "clients_per_day_max": fields.whole_number(1, _CLIENTS_PER_DAY_MAX),
    "status": _LISTS.worker_statuses.code,
    "helper_kind": _LISTS.helper_kinds.code,
    "phone": fields.phone,
    "closed_on": fields.date,
    "closed_reason": _LISTS.worker_closing_reasons.code,
}
_WORKER_REQUIRED = ("name", "status", "worker_class", "clients_per_day_max")
WORKER_CLOSED = frozenset({"closed"})
"""The statuses of a worker who does not serve any more."""


def check_person(values: Mapping[str, Any], *, today: str = "") -> dict[str, Any]:
    """Checks a new person.

    Birth date and gender come from the ID number where they are not given, and the kind and grade
    of disability from the certificate.

    Args:
        values: The fields as typed.
        today: The day, ISO; where it is given nobody is born or closed later.

    Raises:
        UsageError: A field is unknown, missing, or does not fit, or two contradict each other.
    """
    checked = fields.check(
        "person", _PERSON_CHECKS, {"status": "active", **values}, _PERSON_REQUIRED
    )
    return _checked_together(checked, None, today)


def check_person_changes(
    changes: Mapping[str, Any], present: Mapping[str, Any] | None = None, *, today: str = ""
) -> dict[str, Any]:
    """Checks changes of a person; what is not named stays.

    Args:
        changes: The fields as typed.
        present: The person as the record stands; without it fields are checked each by itself.
        today: The day, ISO; where it is given nobody is born or closed later.

    Raises:
        UsageError: A field is unknown, emptied though required, or does not fit, or two contradict
            each other.
    """
    checked = fields.check_changes("person", _PERSON_CHECKS, changes, _PERSON_REQUIRED)
    return checked if present is None else _checked_together(checked, present, today)


def _checked_together(
    checked: dict[str, Any], present: Mapping[str, Any] | None, today: str
) -> dict[str, Any]:
    """Checks the fields of a person against each other, and fills what follows from them."""
    cards.check_card(checked, present, today)
    cards.check_certificate(checked, {**(present or {}), **checked}, new=present is None)
    closing.check_closing(
        "person", PERSON_CLOSED, checked, present, today=today, since="birth_date"
    )
    return checked


def check_groups(groups: Sequence[str]) -> list[str]:
    """The codes of person groups typed as codes or names, each once, in order.

    Raises:
        UsageError: One is in no list.
    """
    return list(dict.fromkeys(_LISTS.person_groups.code("groups", group) for group in groups))


def check_worker(values: Mapping[str, Any], *, today: str = "") -> dict[str, Any]:
    """Checks a new worker; class and clients a day have defaults.

    Raises:
        UsageError: A field is unknown, missing, or does not fit.
    """
    defaults = {
        "worker_class": "PT",
        "clients_per_day_max": BASELINE.workers.clients_per_day_max,
        "status": "active",
    }
    checked = fields.check("worker", _WORKER_CHECKS, {**defaults, **values}, _WORKER_REQUIRED)
    closing.check_closing("worker", WORKER_CLOSED, checked, today=today)
    return checked


def check_worker_changes(
    changes: Mapping[str, Any], present: Mapping[str, Any] | None = None, *, today: str = ""
) -> dict[str, Any]:
    """Checks changes of a worker; what is not named stays.

    Args:
        changes: The fields as typed.
        present: The worker as the record stands; without it fields are checked each by itself.
        today: The day, ISO; where it is given nobody is born or closed later.

    Raises:
        UsageError: A field is unknown, emptied though required, or does not fit.
    """
    checked = fields.check_changes("worker", _WORKER_CHECKS, changes, _WORKER_REQUIRED)
    if present is not None:
        closing.check_closing("worker", WORKER_CLOSED, checked, present, today=today)
    return checked


def add_person(
    replica: Replica,
    division: str,
    values: Mapping[str, Any],
    *,
    user: str,
    groups: Sequence[str] = (),
    reason: str | None = None,
    twice: bool = False,
) -> str:
    """Registers a person in a village.

    Who is registered here already, by the ID number, is refused; two villages that are cut off
    from each other may still register the same person.

    Args:
        replica: This node.
        division: The id of the village.
        values: The fields as typed.
        user: Who does it.
        groups: Codes or names of person groups.
        reason: Why, where it matters.
        twice: Whether a person with this ID number may be here already.

    Returns:
        The person's id.

    Raises:
        UsageError: A field does not fit.
        Refused: The person is registered here already.
    """
    checked = check_person(values, today=moments.known_today(replica))
    insert = Insert(PERSON.name, checked, {"groups": check_groups(groups)})
    with replica.store.transaction():
        if not twice:
            cards.check_unknown(replica, PERSON_CLOSED, division, checked.get("id_number"))
        return replica.write(division, [insert], user=user, reason=reason).ids[0]


def set_person(
    replica: Replica,
    person_id: str,
    changes: Mapping[str, Any],
    *,
    user: str,
    add_groups: Sequence[str] = (),
    remove_groups: Sequence[str] = (),
    reason: str | None = None,
) -> None:
    """Changes fields and groups of a person.

    Raises:
        UsageError: The person is not here, or a field does not fit.
        Refused: Another record here bears the ID number.
    """
    row = rows.find(replica, PERSON, fields.row_id("person", person_id))
    today = moments.known_today(replica)
    checked = check_person_changes(changes, row, today=today) if changes else {}
    if checked.get("id_number") != row["id_number"]:
        number = checked.get("id_number")
        cards.check_unknown(replica, PERSON_CLOSED, row["division#"], number, row["id"])
    rows.change(
        replica,
        PERSON,
        row["id"],
        checked,
        user=user,
        reason=reason,
        add={"groups": check_groups(add_groups)},
        remove={"groups": check_groups(remove_groups)},
    )


def close_person(replica: Replica, person_id: str, reason: str, on: str = "", *, user: str) -> None:
    """Closes a person with a dated reason, in one change.

    Args:
        replica: This node.
        person_id: The person.
        reason: Name or code of `person_closing_reasons`.
        on: The day; today where it is empty.
        user: Who does it.

    Raises:
        UsageError: The person is not here, or the reason or the date does not fit.
        Refused: The person is closed already.
    """
    row = rows.find(replica, PERSON, fields.row_id("person", person_id))
    changes = closing.closed(replica, PERSON, PERSON_CLOSED, row, reason, on)
    set_person(replica, row["id"], changes, user=user)


def reopen_person(replica: Replica, person_id: str, *, user: str) -> None:
    """Opens a person again who was closed; the date and the reason are emptied.

    Raises:
        UsageError: The person is not here.
        Refused: The person is not closed.
    """
    row = rows.find(replica, PERSON, fields.row_id("person", person_id))
    set_person(replica, row["id"], closing.opened(PERSON, PERSON_CLOSED, row), user=user)


def add_worker(
    replica: Replica,
    division: str,
    values: Mapping[str, Any],
    *,
    user: str,
    reason: str | None = None,
) -> str:
    """Registers the public side of a worker at the division that employs the worker.

    Returns:
        The worker's id.

    Raises:
        UsageError: A field does not fit.
    """
    insert = Insert(WORKER.name, check_worker(values, today=moments.known_today(replica)))
    return replica.write(division, [insert], user=user, reason=reason).ids[0]


def set_worker(
    replica: Replica,
    worker_id: str,
    changes: Mapping[str, Any],
    *,
    user: str,
    reason: str | None = None,
) -> None:
    """Changes fields of a worker.

    Raises:
        UsageError: The worker is not here, or a field does not fit.
    """
    row = rows.find(replica, WORKER, fields.row_id("worker", worker_id))
    changes = check_worker_changes(changes, row, today=moments.known_today(replica))
    rows.change(replica, WORKER, row["id"], changes, user=user, reason=reason)


def close_worker(replica: Replica, worker_id: str, reason: str, on: str = "", *, user: str) -> None:
    """Closes a worker, as `close_person` does, by a reason of `worker_closing_reasons`."""
    row = rows.find(replica, WORKER, fields.row_id("worker", worker_id))
    changes = closing.closed(replica, WORKER, WORKER_CLOSED, row, reason, on)
    set_worker(replica, row["id"], changes, user=user)


def reopen_worker(replica: Replica, worker_id: str, *, user: str) -> None:
    """Opens a worker again, as `reopen_person` does."""
    row = rows.find(replica, WORKER, fields.row_id("worker", worker_id))
    set_worker(replica, row["id"], closing.opened(WORKER, WORKER_CLOSED, row), user=user)
