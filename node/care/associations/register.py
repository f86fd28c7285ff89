"""The register of associations, mutual-aid groups and teams of volunteers.

It stands in the registry lane of the division at which the association has its home, since whom
to turn to is public. That of a village or a community stands at it; that of an enterprise or a
cooperative may have its home at a township or the county, and is tied to no village (QZ-07).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from node.care import closing, fields, moments, rows
from node.care.parameters import publishing
from node.care.policy import BASELINE
from node.errors import Refused, UsageError
from node.replica import Insert, Replica
from node.schema import Channel, Column, Kind, Table

ASSOCIATION = Table(
    name="association",
    channel=Channel.REGISTRY,
    meaning="an association of the disabled, or another group of a place",
    columns=(
        Column("name", Kind.REGISTER, required=True, meaning="its full name"),
        Column("kind", Kind.REGISTER, required=True, meaning="code of association_kinds"),
        Column("status", Kind.REGISTER, meaning="code of association_statuses"),
        Column("founded_on", Kind.REGISTER, meaning="ISO date"),
        Column("legal_status", Kind.REGISTER, meaning="code of legal_statuses"),
        Column("registration_no", Kind.REGISTER, meaning="the number of a legal person"),
        Column("pilot_round", Kind.REGISTER, meaning="the round in which it is a pilot"),
        Column("venue", Kind.REGISTER, meaning="id of the facility whose rooms it uses"),
        Column("parent", Kind.REGISTER, meaning="id of the group above, of a team"),
        Column("phone", Kind.REGISTER, meaning="where it is reached"),
        Column("closed_on", Kind.REGISTER, meaning="ISO date, the last day"),
        Column("closed_reason", Kind.REGISTER, meaning="code of association_closing_reasons"),
    ),
)

TABLES = (ASSOCIATION,)

VILLAGE, COMMUNITY = "CC", "SQ"
OF_A_VILLAGE = frozenset({VILLAGE, COMMUNITY})
"""The kinds of which each village has one, at the village itself."""
OF_THE_DISABLED = OF_A_VILLAGE | {"QY", "HZ"}
"""The kinds that are associations of the disabled (残协)."""
MUTUAL_AID, TEAM = "HX", "ZY"
LEGAL_PERSON = "FR"
CLOSED = frozenset({"closed"})
"""The statuses of an association that is no more."""

_LISTS = BASELINE.lists
_NUMBER_CHARACTERS_MAX = 40
_CHECKS: Mapping[str, fields.Check] = {
    "name": fields.text(fields.NAME_CHARACTERS_MAX),
    "kind": _LISTS.association_kinds.code,
    "status": _LISTS.association_statuses.code,
    "founded_on": fields.date,
    "legal_status": _LISTS.legal_statuses.code,
    "registration_no": fields.text(_NUMBER_CHARACTERS_MAX),
    "pilot_round": fields.text(_NUMBER_CHARACTERS_MAX),
    "venue": fields.row_id,
    "parent": fields.row_id,
    "phone": fields.phone,
    "closed_on": fields.date,
    "closed_reason": _LISTS.association_closing_reasons.code,
}
_REQUIRED = ("name", "kind", "status", "legal_status")


def check_association(
    values: Mapping[str, Any], present: Mapping[str, Any] | None = None, *, today: str = ""
) -> dict[str, Any]:
    """Checks a new association, or changes of one; a new one is active and not registered.

    Args:
        values: The fields as typed.
        present: The association as the record stands; None for a new one.
        today: The day, ISO; where it is given nothing can have been closed later.

    Raises:
        UsageError: A field is unknown, missing, or does not fit.
    """
    if present is None:
        whole = {"status": "active", "legal_status": "WD", **values}
        checked = fields.check("association", _CHECKS, whole, _REQUIRED)
    else:
        checked = fields.check_changes("association", _CHECKS, values, _REQUIRED)
    closing.check_closing("association", CLOSED, checked, present, today=today, since="founded_on")
    after = {**(present or {}), **checked}
    if after["legal_status"] == LEGAL_PERSON and not after.get("registration_no"):
        raise UsageError(
            "An association that is a legal person needs registration_no, and it is empty.",
            hint="Give the number under which it is registered.",
        )
    if after.get("parent") and after["parent"] == after.get("id"):
        raise fields.refused(
            "parent", after["parent"], "is the group itself", "Name the group above it."
        )
    return checked


def add_association(
    replica: Replica, division: str, values: Mapping[str, Any], *, user: str
) -> str:
    """Registers an association at the division that is its home.

    Returns:
        The association's id.

    Raises:
        UsageError: A field does not fit, or a village's association has its home elsewhere.
        Refused: The village has one already, or the round has its pilots.
    """
    checked = check_association(values, today=moments.known_today(replica))
    if checked["kind"] in OF_A_VILLAGE:
        kind = _LISTS.association_kinds.title(checked["kind"])
        if replica.tree.level(division) != "village":
            raise UsageError(
                f"A {kind} stands at a village, and {replica.tree.called(division)} is none.",
                hint="Name the village with --at, by its code or its name.",
            )
        for row in replica.rows(ASSOCIATION.name, within=division):
            if row["kind"] in OF_A_VILLAGE and row["status"] not in CLOSED:
                raise Refused(
                    f"{replica.tree.called(division)} has an association: {row['name']}.",
                    hint="A village has one; close that one first where it is no more.",
                )
    _check_pilots(replica, checked, "")
    insert = Insert(ASSOCIATION.name, checked)
    return replica.write(division, [insert], user=user).ids[0]


def set_association(
    replica: Replica, association_id: str, changes: Mapping[str, Any], *, user: str
) -> None:
    """Changes fields of an association.

    Raises:
        UsageError: The association is not here, or a field does not fit.
        Refused: The round has its pilots.
    """
    row = rows.find(replica, ASSOCIATION, fields.row_id("association", association_id))
    checked = check_association(changes, row, today=moments.known_today(replica))
    _check_pilots(replica, checked, row["id"])
    rows.change(replica, ASSOCIATION, row["id"], checked, user=user)


def close_association(
    replica: Replica, association_id: str, reason: str, on: str = "", *, user: str
) -> None:
    """Closes an association with a dated reason, in one change.

    Raises:
        UsageError: The association is not here, or the reason or the date does not fit.
        Refused: It is closed already.
    """
    row = rows.find(replica, ASSOCIATION, fields.row_id("association", association_id))
    changes = closing.closed(replica, ASSOCIATION, CLOSED, row, reason, on)
    set_association(replica, row["id"], changes, user=user)


def reopen_association(replica: Replica, association_id: str, *, user: str) -> None:
    """Opens an association again that was closed.

    Raises:
        UsageError: The association is not here.
        Refused: It is not closed.
    """
    row = rows.find(replica, ASSOCIATION, fields.row_id("association", association_id))
    set_association(replica, row["id"], closing.opened(ASSOCIATION, CLOSED, row), user=user)


def _check_pilots(replica: Replica, checked: Mapping[str, Any], row_id: str) -> None:
    """Refuses a pilot beyond those of a round, as far as this node knows them (QZ-05)."""
    found = publishing.in_force(replica) if checked.get("pilot_round") else None
    rules = found.associations.on(moments.today(replica)) if found else None
    if rules is None or not rules.pilots_max:
        return
    others = [
        row["name"]
        for row in replica.rows(ASSOCIATION.name, where={"pilot_round": checked["pilot_round"]})
        if row["id"] != row_id and row["status"] not in CLOSED
    ]
    if len(others) >= rules.pilots_max:
        raise Refused(
            f"The round {checked['pilot_round']} has its pilots: {', '.join(others)}.",
            hint=f"A round has {rules.pilots_max} at most, by the county's policy.",
        )
