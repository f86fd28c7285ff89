"""Gathers what an order rests on, and what its worker has on that day.

Everything here reads and nothing writes.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from node.care import amendments, fields, rows
from node.care.orders import claims
from node.care.orders.judging import Judged, OrderStatus, Step, judge, step_of
from node.care.orders.tables import CLAIM, ORDER, STEP
from node.care.orders.waiting import wished
from node.care.parameters import publishing
from node.care.parameters.serving import Orders
from node.care.people import WORKER
from node.care.visits import VISIT, corrected
from node.clock import day
from node.replica import Replica


@dataclass(frozen=True)
class Whole:
    """An order with all that it rests on.

    Attributes:
        row: The order, as its correction leaves it.
        steps: Its steps, by id.
        judged: What they amount to.
        claims: The claims on it, the first first; those withdrawn at the end.
    """

    row: Mapping[str, Any]
    steps: Mapping[str, Step]
    judged: Judged
    claims: tuple[Mapping[str, Any], ...]

    @property
    def status(self) -> OrderStatus:
        """Where it stands."""
        return self.judged.status

    def outcomes(self) -> list[tuple[Mapping[str, Any], str]]:
        """Each claim with what became of it."""
        return [(one, claims.outcome(one, self.judged, self.steps)) for one in self.claims]


def status_of(row: Mapping[str, Any]) -> OrderStatus:
    """Where an order stands by its derived column; one that is void counts for nothing."""
    status = OrderStatus.read(row["status"])
    if amendments.void(row):
        return OrderStatus(status.stage, status.assignment, status.at, status.also, _VOID)
    return status


_VOID = frozenset({"void"})


def rule_of(replica: Replica, row: Mapping[str, Any]) -> Orders | None:
    """What the county has set for an order; None where it has set nothing, or is not heard of."""
    parameters = publishing.in_force(replica)
    if parameters is None:
        return None
    known = replica.tree.get(row["division#"])
    return parameters.orders.on(day(row["asked_at"]), known.code if known else "")


def whole(replica: Replica, order_id: str) -> Whole:
    """An order with its steps and claims.

    Raises:
        UsageError: This node holds no such order.
    """
    row = rows.find(replica, ORDER, fields.row_id("order", order_id))
    steps = {step.id: step for step in map(step_of, _steps(replica, row))}
    found = list(_beside(replica, CLAIM.name, row))
    standing = claims.in_turn(found)
    withdrawn = [one for one in found if amendments.void(one)]
    return Whole(
        amendments.corrected(ORDER, row), steps, judge(steps.values()), (*standing, *withdrawn)
    )


def worker_of(replica: Replica, order_id: str | None) -> str:
    """The worker who has an order; empty where nobody has it, or it is not here."""
    row = replica.row(ORDER.name, order_id) if order_id else None
    given = status_of(row).assignment if row else ""
    step = replica.row(STEP.name, given) if given else None
    return str(step["worker"] or "") if step else ""


def _beside(replica: Replica, table: str, order: Mapping[str, Any]) -> Iterable[dict[str, Any]]:
    """The rows of an order in its own division."""
    found = replica.rows(table, order["division#"], {"service_order": order["id"]})
    return (row for row in found if row["division#"] == order["division#"])


def _steps(replica: Replica, order: Mapping[str, Any]) -> Iterable[dict[str, Any]]:
    view = replica.view
    for row in _beside(replica, STEP.name, order):
        standing = view.standing(row["author#"])
        yield {**row, "tier": standing.tier if standing else ""}


def why_unfit(
    replica: Replica, order: Mapping[str, Any], worker_id: str, rule: Orders | None
) -> str:
    """Why a worker may not have an order, as a sentence, as far as it is known here."""
    worker = replica.row(WORKER.name, worker_id)
    return claims.unfit(order, worker, day_of(replica, worker_id, worker, order), rule)


def day_of(
    replica: Replica,
    worker_id: str,
    worker: Mapping[str, Any] | None,
    order: Mapping[str, Any],
) -> claims.Day:
    """What a worker has on the day of an order, as far as it is known here."""
    on = wished(order)
    visited = {
        row["person"]
        for row in map(corrected, rows.pages(replica, VISIT.name, where={"worker": worker_id}))
        if not amendments.void(row) and day(row["started_at"]) == on
    }
    sent = set()
    for step in rows.pages(replica, STEP.name, where={"worker": worker_id}):
        other = replica.row(ORDER.name, step["service_order"])
        if other is not None and other["id"] != order["id"] and wished(other) == on:
            status = status_of(other)
            if status.assignment == step["id"] and not status.ends:
                sent.add(other["person"])
    parameters = publishing.in_force(replica)
    known = replica.tree.get(order["division#"])
    visits = parameters.visits.on(on, known.code if known else "") if parameters else None
    own = (worker or {}).get("clients_per_day_max") or 0
    caps = [cap for cap in (own, visits.clients_per_day_max if visits else 0) if cap]
    return claims.Day(frozenset(visited | sent), min(caps, default=0))
