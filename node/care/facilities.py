"""Facilities: canteens, meal points, day-care stations, mutual-aid points and the like.

They stand in the `registry` lane, so that every node of the county knows where a meal or a bed can
be found. What a facility offers is a set, since a canteen and its township may both add to it
while cut off from each other; the meals served are a counter, to which every till adds its own.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from node.care import closing, fields, moments, rows
from node.care.policy import BASELINE
from node.errors import UsageError
from node.replica import Increment, Insert, Replica
from node.schema import Channel, Column, Kind, Table

FACILITY = Table(
    name="facility",
    channel=Channel.REGISTRY,
    meaning="a place that serves",
    columns=(
        Column("name", Kind.REGISTER, required=True, meaning="name on the signboard"),
        Column("kind", Kind.REGISTER, required=True, meaning="code of facility_kinds"),
        Column("address", Kind.REGISTER, meaning="where it is"),
        Column("operator_mode", Kind.REGISTER, meaning="code of operator_modes"),
        Column("status", Kind.REGISTER, meaning="code of facility_statuses"),
        Column("seats", Kind.REGISTER, type=int, meaning="seats or beds"),
        Column("services", Kind.SET, meaning="codes of services"),
        Column("meals_served", Kind.COUNTER, type=int, meaning="meals served so far"),
        Column("phone", Kind.REGISTER, meaning="where it is reached"),
        Column("manager", Kind.REGISTER, meaning="name of whoever is in charge"),
        Column("operator", Kind.REGISTER, meaning="who runs it"),
        Column("hours", Kind.REGISTER, meaning="opening hours, free text"),
        Column("opened_on", Kind.REGISTER, meaning="ISO date"),
        Column("build_mode", Kind.REGISTER, meaning="code of build_modes"),
        Column("closed_on", Kind.REGISTER, meaning="ISO date, the last day of service"),
        Column("closed_reason", Kind.REGISTER, meaning="code of facility_closing_reasons"),
        Column("successor", Kind.REGISTER, meaning="id of the facility that it was merged into"),
    ),
)

TABLES = (FACILITY,)

_SEATS_MAX = 100_000
_MEALS_MAX = 100_000
_LISTS = BASELINE.lists

_CHECKS: Mapping[str, fields.Check] = {
    "name": fields.text(fields.NAME_CHARACTERS_MAX),
    "kind": _LISTS.facility_kinds.code,
    "address": fields.text(fields.ADDRESS_CHARACTERS_MAX),
    "operator_mode": _LISTS.operator_modes.code,
    "status": _LISTS.facility_statuses.code,
    "seats": fields.whole_number(0, _SEATS_MAX),
    "phone": fields.phone,
    "manager": fields.name,
    "operator": fields.text(fields.NAME_CHARACTERS_MAX),
    "hours": fields.text(fields.ADDRESS_CHARACTERS_MAX),
    "opened_on": fields.date,
    "build_mode": _LISTS.build_modes.code,
    "closed_on": fields.date,
    "closed_reason": _LISTS.facility_closing_reasons.code,
    "successor": fields.row_id,
}
_REQUIRED = ("name", "kind", "status")
CLOSED = frozenset({"closed", "merged"})
"""The statuses of a facility that does not serve any more."""
_HOMES = frozenset({"LY"})
"""The kinds that move into rooms which were there before, so that their origin must be told."""
_check_meals = fields.whole_number(-_MEALS_MAX, _MEALS_MAX)


def check_facility(values: Mapping[str, Any], *, today: str = "") -> dict[str, Any]:
    """Checks a new facility; one without a status is in operation.

    Args:
        values: The fields as typed.
        today: The day, ISO; where it is given nothing can have been closed later.

    Raises:
        UsageError: A field is unknown, missing, or does not fit.
    """
    checked = fields.check("facility", _CHECKS, {"status": "open", **values}, _REQUIRED)
    return _checked_together(checked, None, today)


def check_facility_changes(
    changes: Mapping[str, Any], present: Mapping[str, Any] | None = None, *, today: str = ""
) -> dict[str, Any]:
    """Checks changes of a facility; what is not named stays.

    Args:
        changes: The fields as typed.
        present: The facility as the record stands; without it fields are checked each by itself.
        today: The day, ISO; where it is given nothing can have been closed later.

    Raises:
        UsageError: A field is unknown, emptied though required, or does not fit.
    """
    checked = fields.check_changes("facility", _CHECKS, changes, _REQUIRED)
    return checked if present is None else _checked_together(checked, present, today)


def _checked_together(
    checked: dict[str, Any], present: Mapping[str, Any] | None, today: str
) -> dict[str, Any]:
    """Checks the fields of a facility against each other."""
    closing.check_closing("facility", CLOSED, checked, present, today=today, since="opened_on")
    whole = {**(present or {}), **checked}
    if {"kind", "build_mode"} & checked.keys():
        _check_origin(whole)
    successor = whole.get("successor")
    if checked.get("successor") and whole.get("status") != "merged":
        raise fields.refused(
            "successor",
            successor,
            f"is given, and the status is {_LISTS.facility_statuses.title(whole.get('status'))!r}",
            "Only a facility that is merged has one: "
            "linli facility close ID --reason 合并 --into FACILITY",
        )
    if successor and successor == whole.get("id"):
        raise fields.refused(
            "successor", successor, "is the facility itself", "Name the one it was merged into."
        )
    return checked


def _check_origin(whole: Mapping[str, Any]) -> None:
    """Refuses a facility that must say where its rooms come from, and does not."""
    if whole.get("kind") in _HOMES and not whole.get("build_mode"):
        kind = _LISTS.facility_kinds.title(whole["kind"])
        raise UsageError(
            f"A facility of the kind {kind!r} needs build_mode, and it is empty.",
            hint="Say where its rooms come from, such as 闲置用房.",
        )


def check_services(services: Sequence[str]) -> list[str]:
    """The codes of services typed as codes or names, each once, in order.

    Raises:
        UsageError: One is in no list.
    """
    return list(dict.fromkeys(_LISTS.services.code("services", service) for service in services))


def check_meals(meals: Any) -> int:
    """A number of meals: what a till counted since it last said so, below zero to take back.

    Raises:
        UsageError: It is no whole number, zero, or too large to be true.
    """
    counted = _check_meals("meals_served", meals)
    if counted == 0:
        raise fields.refused("meals_served", meals, "changes nothing", "Give the meals to add.")
    return counted


def add_facility(
    replica: Replica,
    division: str,
    values: Mapping[str, Any],
    *,
    user: str,
    services: Sequence[str] = (),
    reason: str | None = None,
) -> str:
    """Registers a facility at the division where it stands.

    Args:
        replica: This node.
        division: The id of the division.
        values: The fields as typed.
        user: Who does it.
        services: Codes or names of the services that it offers.
        reason: Why, where it matters.

    Returns:
        The facility's id.

    Raises:
        UsageError: A field does not fit.
    """
    checked = check_facility(values, today=moments.known_today(replica))
    insert = Insert(FACILITY.name, checked, {"services": check_services(services)})
    return replica.write(division, [insert], user=user, reason=reason).ids[0]


def set_facility(
    replica: Replica,
    facility_id: str,
    changes: Mapping[str, Any],
    *,
    user: str,
    add_services: Sequence[str] = (),
    remove_services: Sequence[str] = (),
    reason: str | None = None,
) -> None:
    """Changes fields and services of a facility.

    Raises:
        UsageError: The facility is not here, or a field does not fit.
    """
    row = rows.find(replica, FACILITY, fields.row_id("facility", facility_id))
    today = moments.known_today(replica)
    rows.change(
        replica,
        FACILITY,
        row["id"],
        check_facility_changes(changes, row, today=today) if changes else {},
        user=user,
        reason=reason,
        add={"services": check_services(add_services)},
        remove={"services": check_services(remove_services)},
    )


def close_facility(
    replica: Replica,
    facility_id: str,
    reason: str,
    on: str = "",
    *,
    user: str,
    successor: str = "",
) -> None:
    """Closes a facility with a dated reason, in one change.

    Args:
        replica: This node.
        facility_id: The facility.
        reason: Name or code of `facility_closing_reasons`.
        on: The last day of service; today where it is empty.
        user: Who does it.
        successor: The id of the facility that it was merged into, for that reason only.

    Raises:
        UsageError: The facility is not here, the reason or the date does not fit, or it was merged
            and nothing says into what.
        Refused: The facility is closed already.
    """
    row = rows.find(replica, FACILITY, fields.row_id("facility", facility_id))
    changes = closing.closed(replica, FACILITY, CLOSED, row, reason, on)
    code = _LISTS.facility_closing_reasons.code("closed_reason", reason)
    merged = code == "merged"
    if merged and not successor:
        raise UsageError(
            f"The reason {reason!r} needs a successor, and it is empty.",
            hint="Name the facility that it was merged into: --into FACILITY",
        )
    if merged:
        changes["status"] = "merged"
    if successor:
        changes["successor"] = successor
    set_facility(replica, row["id"], changes, user=user)


def reopen_facility(replica: Replica, facility_id: str, *, user: str) -> None:
    """Opens a facility again that was closed; date, reason and successor are emptied.

    Raises:
        UsageError: The facility is not here.
        Refused: The facility is not closed.
    """
    row = rows.find(replica, FACILITY, fields.row_id("facility", facility_id))
    changes = closing.opened(FACILITY, CLOSED, row)
    set_facility(replica, row["id"], {**changes, "status": "open", "successor": None}, user=user)


def count_meals(replica: Replica, facility_id: str, meals: Any, *, user: str) -> None:
    """Adds meals to those that a facility has served.

    Raises:
        UsageError: The facility is not here, or the number does not fit.
    """
    facility = rows.find(replica, FACILITY, fields.row_id("facility", facility_id))
    added = Increment(FACILITY.name, facility["id"], "meals_served", check_meals(meals))
    replica.write(facility["division#"], [added], user=user)
