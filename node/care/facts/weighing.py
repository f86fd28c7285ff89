"""What a new fact must not do in the light of those that are here: spend more than there was.

Two nodes that do not see each other may both record the last yuan of a grant. Both facts stand, and
the lists of `linli fund` tell what is too much; here one node is kept from doing it alone.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from node.care.amendments import corrected, void
from node.care.benefits.facts import DECEASED
from node.care.doubles.reading import read
from node.care.facts.declaring import FactKind
from node.care.facts.writing import standing
from node.care.money import yuan
from node.care.people import PERSON
from node.errors import Refused
from node.replica import Replica

Weigh = Callable[[Replica, FactKind, Mapping[str, Any], str], None]


def once(field: str) -> Weigh:
    """A value of a field stands once among the facts of a node (QZ-12)."""

    def weigh(replica: Replica, kind: FactKind, values: Mapping[str, Any], row_id: str) -> None:
        for row in standing(replica, kind):
            same = row[field] == values[field] and row["author#"] == replica.author
            if same and row["id"] != row_id:
                raise Refused(
                    f"{values[field]!r} stands as {field} on the {kind.verb} {row['id']} already.",
                    hint="Each has a number of its own: look at the paper again.",
                )

    return weigh


def one_of(*names: str) -> Weigh:
    """Somebody, by whatever record, has one fact with some values, and none after death (CC-24)."""

    def weigh(replica: Replica, kind: FactKind, values: Mapping[str, Any], row_id: str) -> None:
        known_as = read(replica)
        person = known_as.survivor(values["person"])
        row = replica.row(PERSON.name, person)
        if row is not None and row["closed_reason"] == DECEASED:
            raise Refused(
                f"{row['name']} died on {row['closed_on']}.",
                hint="Nothing more is opened. If that is wrong: linli person reopen PERSON",
            )
        for one in known_as.of_kept(standing(replica, kind)):
            same = all(one[name] == values[name] for name in names)
            if same and one["person"] == person and one["id"] != row_id:
                told = " ".join(str(values[name]) for name in names)
                raise Refused(
                    f"The person has one of {told} already: {one['id']}.",
                    hint="What was wrong is corrected or voided first.",
                )

    return weigh


def within(field: str) -> Weigh:
    """The amounts of all facts that name one record are no more than its amount (QZ-10, HC-14)."""

    def weigh(replica: Replica, kind: FactKind, values: Mapping[str, Any], row_id: str) -> None:
        of = kind.named(field).refers
        row = replica.row(of, values[field])
        if row is None:
            return  # it is on its way, and the lists will tell
        whole = corrected(replica.core.schema.by_name[of], row)
        had = 0 if void(row) else whole["amount_fen"]
        others = standing(replica, kind, None, {field: values[field]})
        left = had - sum(one["amount_fen"] for one in others if one["id"] != row_id)
        if values["amount_fen"] > left:
            raise Refused(
                f"Of {yuan(had)} yuan {yuan(max(left, 0))} are left, "
                f"and {yuan(values['amount_fen'])} are entered.",
                hint=f"Check the amount, and which {field} it belongs to.",
            )

    return weigh
