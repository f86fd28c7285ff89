"""What became of each claim on an order, and whether a worker may have an order at all.

Two workers who are cut off may both claim one order. Neither has it: a claim is to be confirmed
(待确认) until the home township awards the order, and then one has won and the others have lost.
Which one comes first is told by the claims themselves, not by their arrival.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from node.care.amendments import void
from node.care.orders.judging import AWARD, Judged, Step
from node.care.parameters.serving import Orders

PENDING, WON, LOST, WITHDRAWN = "pending", "won", "lost", "withdrawn"
"""What became of a claim; codes of `claim_outcomes`."""


def outcome(claim: Mapping[str, Any], judged: Judged, steps: Mapping[str, Step]) -> str:
    """What became of a claim.

    Args:
        claim: A row of `order_claim`.
        judged: Its order.
        steps: The steps of the order, by id.
    """
    status = judged.status
    if void(claim):
        return WITHDRAWN
    if status.free:
        return PENDING
    given = steps.get(status.assignment)
    won = given is not None and given.kind == AWARD and given.claim == claim["id"]
    return WON if won else LOST


def in_turn(claims: Iterable[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """The claims that stand, the first first: by the moment, then by id."""
    standing = (one for one in claims if not void(one))
    return sorted(standing, key=lambda one: (one["claimed_at"], str(one["id"])))


@dataclass(frozen=True)
class Day:
    """What a worker has on a day already.

    Attributes:
        clients: Ids of the clients, by visits and by orders that the worker has.
        cap: How many clients there may be; 0: no bound is set.
    """

    clients: Collection[str] = ()
    cap: int = 0


def unfit(
    order: Mapping[str, Any],
    worker: Mapping[str, Any] | None,
    day: Day,
    rule: Orders | None,
) -> str:
    """Why a worker may not have an order, as a sentence; empty where the worker may.

    Args:
        order: The order.
        worker: The row of the worker; None where it is not here, and nothing is known.
        day: What the worker has on the day of the order.
        rule: What the county has set, or None.
    """
    if worker is None:
        return ""
    if worker["status"] == "closed":
        return f"{worker['name']} does not serve any more."
    others = set(day.clients) - {order["person"]}
    if day.cap and len(others) >= day.cap:
        return (
            f"{worker['name']} has {len(others)} other clients on that day, and {day.cap} are "
            "allowed."
        )
    needed = {
        kind for service, kind in (rule.skills if rule else ()) if service == order["service"]
    }
    if needed and worker["worker_class"] not in needed:
        return f"{worker['name']} is not of a class that may do such a service."
    return ""
