"""The personal side of a worker: what the employer must know and the county's other nodes need not.

The public side of a worker travels to every node of the county; an ID number, an address and a
contract do not. They stand in a record of the `care` lane of the employing division, one for each
worker, and go up from there and to no neighbour. That there is one is kept by this room: it changes
the record that is here instead of adding another. Two that were made apart are both shown.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from node.care import cards, fields, moments, rows
from node.care.people import WORKER
from node.care.policy import BASELINE
from node.replica import Insert, Replica
from node.schema import Channel, Column, Kind, Table

WORKER_RECORD = Table(
    name="worker_record",
    channel=Channel.CARE,
    meaning="the personal side of a worker, at the employing division",
    columns=(
        Column("worker", Kind.FACT, required=True, meaning="id of the worker"),
        Column("id_number", Kind.REGISTER, meaning="18 characters", erasable=True),
        Column("gender", Kind.REGISTER, meaning="code of genders", erasable=True),
        Column("birth_date", Kind.REGISTER, meaning="ISO date", erasable=True),
        Column("phone", Kind.REGISTER, meaning="the worker's own", erasable=True),
        Column("address", Kind.REGISTER, meaning="where the worker lives", erasable=True),
        Column(
            "disability_grade", Kind.REGISTER, meaning="code of disability_grades", erasable=True
        ),
        Column("contract_from", Kind.REGISTER, meaning="ISO date", erasable=True),
        Column("contract_until", Kind.REGISTER, meaning="ISO date", erasable=True),
        Column("note", Kind.REGISTER, meaning="free text", erasable=True),
        Column("insurance_no", Kind.REGISTER, meaning="number of the policy", erasable=True),
        Column("insured_from", Kind.REGISTER, meaning="ISO date, may lack", erasable=True),
        Column("insured_until", Kind.REGISTER, meaning="ISO date", erasable=True),
    ),
    indexes=(("worker",),),
    local=True,
)

TABLES = (WORKER_RECORD,)

_LISTS = BASELINE.lists
_CHECKS: Mapping[str, fields.Check] = {
    "id_number": fields.id_number,
    "gender": _LISTS.genders.code,
    "birth_date": fields.date,
    "phone": fields.phone,
    "address": fields.text(fields.ADDRESS_CHARACTERS_MAX),
    "disability_grade": _LISTS.disability_grades.code,
    "contract_from": fields.date,
    "contract_until": fields.date,
    "note": fields.note,
    "insurance_no": fields.text(fields.NAME_CHARACTERS_MAX),
    "insured_from": fields.date,
    "insured_until": fields.date,
}
_SPANS = (("contract_from", "contract_until"), ("insured_from", "insured_until"))


def check_record(
    changes: Mapping[str, Any], present: Mapping[str, Any] | None = None, *, today: str = ""
) -> dict[str, Any]:
    """Checks fields of a worker's personal record against each other and those that stay.

    Birth date and gender come from the ID number where they are not given.

    Args:
        changes: The fields as typed.
        present: The record as it stands, where there is one.
        today: The day, ISO; where it is given nobody is born later.

    Raises:
        UsageError: A field is unknown or does not fit, or the contract or the insurance ends
            before it begins.
    """
    checked = fields.check_changes("worker record", _CHECKS, changes)
    cards.check_card(checked, present, today)
    whole = dict(present or {}) | checked
    for first, last in _SPANS:
        begins, ends = whole.get(first), whole.get(last)
        if begins and ends and ends < begins:
            raise fields.refused(last, ends, f"lies before {first} {begins}", "Check both dates.")
    return checked


def records_of(replica: Replica, worker_id: str) -> list[dict[str, Any]]:
    """The personal records of a worker that are here: one, more where some were made apart."""
    return replica.rows(WORKER_RECORD.name, where={"worker": worker_id})


def set_worker_record(
    replica: Replica,
    worker_id: str,
    changes: Mapping[str, Any],
    *,
    user: str,
    reason: str | None = None,
) -> str:
    """Writes fields of a worker's personal record; the first time makes it.

    Returns:
        The record's id.

    Raises:
        UsageError: The worker is not here, or a field does not fit.
    """
    worker = rows.find(replica, WORKER, fields.row_id("worker", worker_id))
    present, today = records_of(replica, worker["id"]), moments.known_today(replica)
    if not present:
        values = {"worker": worker["id"], **check_record(changes, today=today)}
        insert = Insert(WORKER_RECORD.name, values)
        return replica.write(worker["division#"], [insert], user=user, reason=reason).ids[0]
    checked = check_record(changes, present[0], today=today)
    rows.change(replica, WORKER_RECORD, present[0]["id"], checked, user=user, reason=reason)
    return str(present[0]["id"])
