"""One home modification for one person, whichever records and townships say that there are two.

Who moved, was merged, or bears the same ID number is one person. The county alone grants and pays,
so what it holds decides; a case that was stopped before money moved stands in nobody's way.
"""

from __future__ import annotations

from collections.abc import Mapping
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


def check_alone(replica: Replica, case: Mapping[str, Any], table: Table) -> None:
    """Refuses to grant or pay a case beside another one of the same person.

    Args:
        replica: This node, the county's.
        case: The case.
        table: The table of cases.

    Raises:
        Refused: Another case was granted, and not stopped before it was paid.
    """
    records = same_person(replica, case["person"])
    for other in replica.rows(table.name, where={"person": records}):
        status = Status.read(other["status"])
        granted = status.progress >= GRANTING[0]
        settled = status.progress >= _RULES.settled_stage
        if other["id"] != case["id"] and granted and (settled or not status.stops):
            place = replica.tree.called(other["division#"])
            raise Refused(
                f"The person has the case {other['id']} in {place} already; it stands at:"
                f" {status_text(status)}.",
                hint="Stop one of the two; if another programme pays, add --again and --note WHY.",
            )
