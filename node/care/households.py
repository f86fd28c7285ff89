"""Households: the homes in which people live together, and who belongs to each.

A household stands in the `care` lane of its village. Its members are the people whose record names
it, so that two aides who each add one while cut off from each other lose neither; the household
itself names only its head, who may not have arrived yet.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from node.care import fields, rows
from node.care.policy import BASELINE
from node.replica import Insert, Replica
from node.schema import Channel, Column, Kind, Table

HOUSEHOLD = Table(
    name="household",
    channel=Channel.CARE,
    meaning="people who live together",
    columns=(
        Column("address", Kind.REGISTER, required=True, meaning="where they live", erasable=True),
        Column("head", Kind.REGISTER, meaning="id of the person who heads it"),
        Column("phone", Kind.REGISTER, meaning="where they are reached", erasable=True),
        Column("groups", Kind.SET, meaning="codes of household_groups"),
        Column("status", Kind.REGISTER, meaning="code of household_statuses"),
        Column("note", Kind.REGISTER, meaning="free text", erasable=True),
    ),
)

TABLES = (HOUSEHOLD,)

_LISTS = BASELINE.lists
_CHECKS: Mapping[str, fields.Check] = {
    "address": fields.text(fields.ADDRESS_CHARACTERS_MAX),
    "head": fields.row_id,
    "phone": fields.phone,
    "status": _LISTS.household_statuses.code,
    "note": fields.note,
}
_REQUIRED = ("address", "status")


def check_household(values: Mapping[str, Any]) -> dict[str, Any]:
    """Checks a new household.

    Raises:
        UsageError: A field is unknown, missing, or does not fit.
    """
    return fields.check("household", _CHECKS, {"status": "active", **values}, _REQUIRED)


def check_household_changes(changes: Mapping[str, Any]) -> dict[str, Any]:
    """Checks changes of a household; what is not named stays.

    Raises:
        UsageError: A field is unknown, emptied though required, or does not fit.
    """
    return fields.check_changes("household", _CHECKS, changes, _REQUIRED)


def check_groups(groups: Sequence[str]) -> list[str]:
    """The codes of household groups typed as codes or names, each once, in order.

    Raises:
        UsageError: One is in no list.
    """
    return list(dict.fromkeys(_LISTS.household_groups.code("groups", group) for group in groups))


def add_household(
    replica: Replica,
    division: str,
    values: Mapping[str, Any],
    *,
    user: str,
    groups: Sequence[str] = (),
    reason: str | None = None,
) -> str:
    """Registers a household in a village.

    Args:
        replica: This node.
        division: The id of the village.
        values: The fields as typed.
        user: Who does it.
        groups: Codes or names of household groups.
        reason: Why, where it matters.

    Returns:
        The household's id.

    Raises:
        UsageError: A field does not fit.
    """
    insert = Insert(HOUSEHOLD.name, check_household(values), {"groups": check_groups(groups)})
    return replica.write(division, [insert], user=user, reason=reason).ids[0]


def set_household(
    replica: Replica,
    household_id: str,
    changes: Mapping[str, Any],
    *,
    user: str,
    add_groups: Sequence[str] = (),
    remove_groups: Sequence[str] = (),
    reason: str | None = None,
) -> None:
    """Changes fields and groups of a household.

    Raises:
        UsageError: The household is not here, or a field does not fit.
    """
    rows.change(
        replica,
        HOUSEHOLD,
        fields.row_id("household", household_id),
        check_household_changes(changes) if changes else {},
        user=user,
        reason=reason,
        add={"groups": check_groups(add_groups)},
        remove={"groups": check_groups(remove_groups)},
    )


def members(replica: Replica, household: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The people of its village whose record names a household, its head first, then by birth.

    Args:
        replica: This node.
        household: The row of the household.
    """
    where = {"household": household["id"]}
    found = replica.rows("person", within=household["division#"], where=where)
    return sorted(
        found,
        key=lambda person: (
            person["id"] != household["head"],
            person["birth_date"] or "9",
            person["id"],
        ),
    )
