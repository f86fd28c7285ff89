"""One home modification for one household, whichever records and townships say that there are two.

Who moved, was merged, or bears the same ID number is one person, and people of one household have
one home. The county alone grants and pays,
so what it holds decides; a case that was stopped before money moved stands in nobody's way.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from node.care.benefits.facts import DECEASED
from node.care.doubles.reading import same_person
from node.care.people import PERSON
from node.care.policy import BASELINE
from node.care.status import Status, status_text
from node.division import LEVELS
from node.errors import Refused
from node.replica import Replica
from node.schema import Table

_RULES = BASELINE.case
GRANTING = tuple(
    one.number
    for one in _RULES.stages
    if one.tier == "county" and one.number <= _RULES.settled_stage
)
"""The stages by which the county grants and pays."""


def check_living(replica: Replica, person: str) -> None:
    """Refuses a new case for somebody who has died; what was built before is settled all the same.

    Raises:
        Refused: The person, by any record that is here, has died.
    """
    for row in replica.rows(PERSON.name, where={"id": same_person(replica, person)}):
        if row["closed_reason"] == DECEASED:
            raise Refused(
                f"{row['name']} died on {row['closed_on']}.",
                hint="Nothing more is opened. If that is wrong: linli person reopen PERSON",
            )


def check_unsettled(replica: Replica, case: Mapping[str, Any]) -> None:
    """Refuses to change what a case cost once the county has settled it; the county may.

    Raises:
        Refused: It is settled, and this node is not the county's.
    """
    if Status.read(case["status"]).progress >= _RULES.settled_stage and replica.tier != LEVELS[0]:
        raise Refused(
            "The county has settled this case, and what it cost stands.",
            reason="NOT_AUTHORISED",
            hint="The county mends it, where it was wrong.",
        )


def to_settle(case: Mapping[str, Any]) -> int:
    """What the county pays for a case: its final cost, fen (ZS-20).

    Raises:
        Refused: Nothing was built by the catalogue, or nobody has said what it cost.
    """
    cost: int = case["cost_fen"] or 0
    if not case["items"]:
        raise Refused(
            f"The case {case['id']} names no item of the catalogue, so there is nothing to pay.",
            hint="Say what was built: linli case item add CASE ITEM",
        )
    if cost <= 0:
        raise Refused(
            f"Nobody has said what the case {case['id']} cost in the end.",
            hint="Set it: linli case set CASE cost YUAN",
        )
    return cost


def check_alone(replica: Replica, case: Mapping[str, Any], table: Table) -> None:
    """Refuses to grant or pay a case beside another one of the same person or household.

    Args:
        replica: This node, the county's.
        case: The case.
        table: The table of cases.

    Raises:
        Refused: Another case was granted, and not stopped before it was paid.
    """
    records = same_person(replica, case["person"])
    own: Iterable[Mapping[str, Any]] = replica.rows(table.name, where={"person": records})
    for other in filter(_granted, own):
        if other["id"] != case["id"]:
            place, stands = replica.tree.called(other["division#"]), status_text(other["status"])
            raise Refused(
                f"The person has the case {other['id']} in {place} already; it stands at:"
                f" {stands}.",
                hint="Stop one of the two; if another programme pays, add --again and --note WHY.",
            )
    for other in filter(_granted, _at_home(replica, case, records, table)):
        if other["id"] != case["id"]:
            place, stands = replica.tree.called(other["division#"]), status_text(other["status"])
            raise Refused(
                f"The household has the case {other['id']} in {place} already; it stands at:"
                f" {stands}.",
                hint="Stop one of the two; if another programme pays, add --again and --note WHY.",
            )


def _granted(case: Mapping[str, Any]) -> bool:
    """Whether a case was granted, and not stopped before it was paid."""
    status = Status.read(case["status"])
    settled = status.progress >= _RULES.settled_stage
    return status.progress >= GRANTING[0] and (settled or not status.stops)


def _at_home(
    replica: Replica, case: Mapping[str, Any], records: Sequence[str], table: Table
) -> Iterator[Mapping[str, Any]]:
    """The cases of a household: those that name it, and of its people those that name none."""
    known = replica.rows(PERSON.name, where={"id": list(records)})
    homes = {case["household"]} if case["household"] else {row["household"] for row in known}
    named = sorted(filter(None, homes))
    if not named:
        return
    yield from replica.rows(table.name, where={"household": named})
    people = replica.rows(PERSON.name, where={"household": named})
    ids = sorted({one for row in people for one in same_person(replica, row["id"])})
    for row in replica.rows(table.name, where={"person": ids}):
        if not row["household"]:
            yield row
