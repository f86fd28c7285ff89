"""What a township has found about a visit: accepted, returned, or nothing yet.

A review is a fact beside the visit, and names the reviews that it takes the place of. What stands
is whatever no other review has replaced, so the verdict is a function of the set of reviews, in any
order of arrival. Where several stand, since two people reviewed at once, the visit is disputed and
nobody is paid for it until somebody reviews it again.

A review also states what it has seen of the visit's amendments: a visit that is corrected later is
to be looked at again, and what was accepted is never silently something else.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from node.schema import AMENDMENT

ACCEPTED = "accepted"
RETURNED = "returned"
DISPUTED = "disputed"
OUTCOMES = (ACCEPTED, RETURNED)

_SEEN_CHARACTERS = 16


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the reviews of one visit amount to.

    Attributes:
        outcome: `ACCEPTED`, `RETURNED`, `DISPUTED`, or empty where nobody has looked.
        seen: Of which amendment of the visit that is true, as `seen` gives it.
        reason: For a returned visit, the code of `visit_return_reasons`.
        waived: Codes of the flags that do not bar the pay.
    """

    outcome: str = ""
    seen: str = ""
    reason: str = ""
    waived: frozenset[str] = frozenset()

    def __str__(self) -> str:
        """The canonical text of the derived column, such as `accepted:::` or `returned::R01:`."""
        return ":".join((self.outcome, self.seen, self.reason, ",".join(sorted(self.waived))))

    @classmethod
    def read(cls, text: str | None) -> Verdict:
        """The verdict of a canonical text; what is none says nothing."""
        parts = (text or "").split(":")
        if len(parts) != 4:
            return cls()
        outcome, amendment, reason, waived = parts
        return cls(outcome, amendment, reason, frozenset(filter(None, waived.split(","))))


def seen(visit: Mapping[str, Any]) -> str:
    """A short name for the amendment of a visit as it stands; empty where there is none."""
    amendment = visit.get(AMENDMENT)
    if not amendment:
        return ""
    return hashlib.sha256(str(amendment).encode()).hexdigest()[:_SEEN_CHARACTERS]


def verdict_of(visit: Mapping[str, Any]) -> Verdict:
    """What counts of a visit's reviews: nothing where it was amended after the last of them."""
    verdict = Verdict.read(visit.get("review"))
    return verdict if verdict.seen == seen(visit) else Verdict()


def standing(rows: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """The reviews of one visit that no other replaces, by id; one that replaces itself counts."""
    replaced = {
        one for row in rows for one in str(row["replaces"] or "").split() if one != row["id"]
    }
    left = [row for row in rows if row["id"] not in replaced and row["outcome"] in OUTCOMES]
    return sorted(left, key=lambda row: str(row["id"]))


def compute_review(rows: Sequence[Mapping[str, Any]]) -> str | None:
    """The derived column of a visit from its rows of `visit_review`, in any order."""
    if not rows:
        return None
    found = {
        Verdict(
            str(row["outcome"]),
            str(row["seen"] or ""),
            str(row["reason"] or "") if row["outcome"] == RETURNED else "",
            frozenset(filter(None, str(row["waived"] or "").split(","))),
        )
        for row in standing(rows)
    }
    if len(found) == 1:
        return str(found.pop())
    seen_by = {one.seen for one in found}
    return str(Verdict(DISPUTED, seen_by.pop() if len(seen_by) == 1 else ""))
