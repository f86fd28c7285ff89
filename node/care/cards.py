"""What an ID card and a disability certificate say of their holder, against what stands beside.

A digit of each says the birth date and the gender, the kind and the grade. Where a field says
otherwise one of the two is wrong, and whoever has the card in hand is the one to tell which.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from node.care import fields
from node.care.policy import BASELINE
from node.errors import Refused
from node.replica import Replica

_LISTS = BASELINE.lists
_ON_CERTIFICATE = {"disability_certificate", "id_number", "disability_kind", "disability_grade"}


def check_card(checked: dict[str, Any], present: Mapping[str, Any] | None, today: str = "") -> None:
    """Checks a birth date, a gender and an ID number against each other and against the day.

    Birth date and gender follow from the number where they lack, or followed from the former one.

    Args:
        checked: The fields that are about to be written.
        present: The record as it stands; None for a new one.
        today: The day, ISO; where it is given nobody is born later.

    Raises:
        UsageError: Two of them contradict each other, or somebody is born in the future.
    """
    _follow(checked, present)
    whole = {**(present or {}), **checked}
    number, born = whole.get("id_number") or "", whole.get("birth_date") or ""
    if today and checked.get("id_number") and fields.id_birth_date(number) > today:
        raise fields.refused(
            "id_number",
            fields.masked_id(number),
            f"states a birth after today, {today}",
            "Compare it with the card.",
        )
    if today and checked.get("birth_date") and born > today:
        raise fields.refused("birth_date", born, f"lies after today, {today}", "Check the year.")
    if not number:
        return
    states = fields.id_birth_date(number)
    hidden = fields.masked_id(number)
    if born and born != states and {"birth_date", "id_number"} & checked.keys():
        raise fields.refused(
            "birth_date",
            born,
            f"is not that of the id_number {hidden}, which is {states}",
            "Compare both with the ID card: the birth date here is that on the card.",
        )
    gender, stated = whole.get("gender"), fields.id_gender(number)
    if gender and gender != stated and {"gender", "id_number"} & checked.keys():
        raise fields.refused(
            "gender",
            _LISTS.genders.title(gender),
            f"is not that of the id_number {hidden}, which is {_LISTS.genders.title(stated)}",
            "Compare both with the ID card.",
        )


def _follow(checked: dict[str, Any], present: Mapping[str, Any] | None) -> None:
    number, former = checked.get("id_number"), (present or {}).get("id_number")
    if not number:
        return
    for name, states in (("birth_date", fields.id_birth_date), ("gender", fields.id_gender)):
        stands = {**(present or {}), **checked}.get(name)
        lacks = not stands or bool(former and stands == states(former))
        if lacks and (present is None or name not in checked):
            checked[name] = states(number)


def check_certificate(checked: dict[str, Any], whole: Mapping[str, Any], *, new: bool) -> None:
    """Checks a certificate against its holder's number, and the kind and grade against it.

    What a certificate says and nobody typed beside it joins the fields: on a record that says
    otherwise, as the word of whoever writes, which the county may take for a proposal.

    Args:
        checked: The fields that are about to be written.
        whole: These and the fields that stay.
        new: Whether they make a new record, in which nothing was emptied on purpose.

    Raises:
        UsageError: Two of them contradict each other.
    """
    certificate, number = whole.get("disability_certificate"), whole.get("id_number")
    if not certificate or not checked.keys() & _ON_CERTIFICATE:
        return
    given = "disability_certificate" in checked
    if number and fields.certificate_holder(certificate) != number:
        raise fields.refused(
            "disability_certificate",
            fields.masked_id(certificate),
            f"does not begin with the id_number {fields.masked_id(number)}",
            "Compare both with the cards; a certificate begins with its holder's ID number.",
        )
    for name, code, titles in (
        ("disability_kind", fields.certificate_kind(certificate), _LISTS.disability_kinds),
        ("disability_grade", fields.certificate_grade(certificate), _LISTS.disability_grades),
    ):
        stands = whole.get(name)
        if stands and stands != code and name in checked:
            raise fields.refused(
                name,
                titles.title(stands),
                f"is not that of the disability_certificate, which is {titles.title(code)}",
                "Compare it with the certificate; a new grade comes with a new number.",
            )
        if stands != code and (given or not stands) and (name not in checked or new):
            checked[name] = code


def check_unknown(
    replica: Replica, closed: Collection[str], division: str, number: str | None, own: str = ""
) -> None:
    """Refuses an ID number that another person here bears.

    Who was closed elsewhere, having moved away, is registered anew where the person lives now. Two
    villages that are cut off from each other may still register one person.

    Args:
        replica: This node.
        closed: The statuses of a person who is closed.
        division: Where the number is to stand.
        number: The number; nobody bears an empty one.
        own: The id of the person to whom it is given; empty for a new one.

    Raises:
        Refused: Somebody in care bears it, or somebody who was closed in the same division.
    """
    if not number:
        return
    for row in replica.rows("person", where={"id_number": number}):
        is_closed = row["status"] in closed
        if row["id"] == own or (is_closed and row["division#"] != division):
            continue
        if own:
            hint = f"Compare it with the card, and see: linli person show {row['id']}"
        elif is_closed:
            hint = f"To open that record again: linli person reopen {row['id']}"
        else:
            hint = f"See it: linli person show {row['id']}; to add another all the same: --twice"
        raise Refused(
            f"id_number {fields.masked_id(number)!r} is that of {row['name']}, who is registered in"
            f" {replica.tree.called(row['division#'])} as {row['id']}.",
            hint=hint,
        )
