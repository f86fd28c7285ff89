"""What a new fact must not do in the light of those that are here: spend more than there was.

Two nodes that do not see each other may both record the last yuan of a grant. Both facts stand, and
the lists of `linli fund` tell what is too much; here one node is kept from doing it alone.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from node.care.amendments import corrected, void
from node.care.facts.declaring import FactKind
from node.care.facts.writing import standing
from node.care.money import yuan
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
