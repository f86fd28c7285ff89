"""How orders are shown: in lists by neglect, and each with all that it rests on."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from cli import card
from cli.card import Listing, moment
from cli.home import name_of, saved
from cli.records import Names, listed, pages, short
from node.care import amendments
from node.care.amendments import corrected
from node.care.complaining import complained
from node.care.orders import claims, gathering
from node.care.orders.gathering import Whole
from node.care.orders.judging import OrderStatus
from node.care.orders.ratings import RATING
from node.care.orders.tables import CLAIM, ORDER, STEP
from node.care.orders.waiting import Waiting, state_of, waiting
from node.care.titles import title
from node.care.visits import VISIT
from node.clock import day
from node.language import said
from node.replica import Replica


@dataclass(frozen=True)
class Standing:
    """An order as a list shows it.

    Attributes:
        row: The order, as its correction leaves it.
        status: Where it stands.
        state: The code of `order_states` that a person reads.
        waits: How long it waits.
        visits: How many visits serve it.
    """

    row: Mapping[str, Any]
    status: OrderStatus
    state: str
    waits: Waiting
    visits: int

    @property
    def twice(self) -> bool:
        """Whether more than one has served it."""
        return self.visits > 1 or self.status.also > 0


def standings(
    replica: Replica, division: str | None, where: Mapping[str, Any] | None
) -> list[Standing]:
    """The orders that fit: open ones first, of those the overdue, then who waits longest."""
    pending = Counter(
        row["service_order"]
        for row in pages(replica, CLAIM.name, division)
        if not amendments.void(row)
    )
    served = Counter(
        str(row["service_order"])
        for row in pages(replica, VISIT.name, division)
        if row["service_order"] and not amendments.void(row)
    )
    open_ = complained(replica, division)
    reviewed = {row["service_order"] for row in pages(replica, RATING.name, division)}
    now = replica.core.now_ms()
    found = []
    for row in pages(replica, ORDER.name, division, where):
        status, whole = gathering.status_of(row), corrected(ORDER, row)
        waits = waiting(whole, status, gathering.rule_of(replica, whole), now)
        state = state_of(
            status,
            claims=pending[row["id"]],
            reviewed=row["id"] in reviewed,
            complained=row["id"] in open_,
        )
        found.append(Standing(whole, status, state, waits, served[row["id"]]))
    return sorted(found, key=lambda one: (one.waits.place, str(one.row["id"])))


def within_days(row: Mapping[str, Any], since: str, until: str) -> bool:
    """Whether an order was asked for in a span of days."""
    on = day(row["asked_at"])
    return (not since or on >= since) and (not until or on <= until)


def print_list(
    replica: Replica, found: Sequence[Standing], limit: int | None, *, json: bool, csv: bool
) -> None:
    """Prints orders, those that are neglected most if not all are asked for."""
    chosen = list(listed(found, limit, json or csv, neglected=True))
    by_id = {one.row["id"]: one for one in chosen}
    how = _listing(replica, by_id)
    card.listing(replica, [one.row for one in chosen], how, json=json, csv=csv)


def _listing(replica: Replica, by_id: Mapping[str, Standing]) -> Listing:
    names = Names(replica)

    def cells(row: Mapping[str, Any]) -> tuple[Any, ...]:
        one = by_id[row["id"]]
        due = moment(one.waits.due)
        return (
            short(row["id"]),
            names.of("person", row["person"]),
            name_of(replica, row["division#"]),
            title(ORDER.name, "service", row["service"]),
            moment(row["asked_at"]),
            title(ORDER.name, "state", one.state) + (f" {said('twice')}" if one.twice else ""),
            _assignee(replica, names, one.status),
            f"{due} {said('overdue')}" if one.waits.overdue else due,
        )

    def more(row: Mapping[str, Any]) -> dict[str, Any]:
        one = by_id[row["id"]]
        return {
            "state": one.state,
            "due_at": one.waits.due,
            "overdue": one.waits.overdue,
            "assignee": _assignee(replica, names, one.status),
            "visits": one.visits,
            "twice": one.twice,
        }

    return Listing(
        ORDER.name,
        ["id", "person", "division", "service", "asked_at", "state", "assignee", "due"],
        cells,
        folded=["person", "division", "service", "asked_at", "state", "assignee", "due"],
        more=more,
        named={
            "person_name": lambda row: names.of("person", row["person"]),
            "state": lambda row: title(ORDER.name, "state", by_id[row["id"]].state),
            "assignee": lambda row: _assignee(replica, names, by_id[row["id"]].status),
            "due": lambda row: moment(by_id[row["id"]].waits.due),
            "overdue": lambda row: said("yes" if by_id[row["id"]].waits.overdue else "no"),
        },
    )


def _assignee(replica: Replica, names: Names, status: OrderStatus) -> str:
    """Who has an order, by name."""
    row = replica.row(STEP.name, status.assignment) if status.assignment else None
    if row is None:
        return short(status.assignment or None)
    return _named(names, row)


def _named(names: Names, row: Mapping[str, Any]) -> str:
    kind = title(STEP.name, "helper_kind", row["helper_kind"])
    return names.of("worker", row["worker"]) or " ".join(filter(None, (row["helper"], kind)))


def tell(replica: Replica, order_id: str) -> None:
    """Says where an order now stands."""
    found = gathering.whole(replica, order_id)
    shown = title(ORDER.name, "state", _state(replica, found))
    name = _assignee(replica, Names(replica), found.status)
    saved(replica, f"The order {short(order_id)} now stands at: {shown} {name}".rstrip() + ".")


def _state(replica: Replica, found: Whole) -> str:
    waiting_claims = sum(outcome == claims.PENDING for _, outcome in found.outcomes())
    reviewed = bool(replica.rows(RATING.name, where={"service_order": found.row["id"]}))
    return state_of(
        found.status,
        claims=waiting_claims,
        reviewed=reviewed,
        complained=found.row["id"] in complained(replica, found.row["division#"]),
    )


def visits_of(replica: Replica, order: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The visits that serve an order, as far as they are here, the first first."""
    found = replica.rows(VISIT.name, where={"person": order["person"]})
    mine = (corrected(VISIT, row) for row in found if not amendments.void(row))
    return sorted(
        (row for row in mine if row["service_order"] == order["id"]),
        key=lambda row: (row["started_at"], row["id"]),
    )


def print_one(replica: Replica, order_id: str, *, json: bool) -> None:
    """Prints an order with its steps, its claims and its visits."""
    found = gathering.whole(replica, order_id)
    names = Names(replica)
    waits = waiting(
        found.row, found.status, gathering.rule_of(replica, found.row), replica.core.now_ms()
    )
    state = _state(replica, found)
    steps = replica.rows(STEP.name, where={"service_order": order_id})
    visits = visits_of(replica, found.row)
    due = moment(waits.due) + (f" {said('overdue')}" if waits.overdue else "")
    card.show(
        replica,
        ORDER.name,
        found.row,
        json,
        shown={
            "person": lambda person: f"{names.of('person', person)} ({person})",
            "status": lambda _: title(ORDER.name, "state", state),
        },
        more=[
            ("assignee", _assignee(replica, names, found.status)),
            *([("due", due)] if due else []),
            *_told_steps(found, steps, names),
            *_told_claims(found, names),
            *_told_visits(found, visits, names),
        ],
        stated_more={
            "state": state,
            "due_at": waits.due,
            "overdue": waits.overdue,
            "assignee": _assignee(replica, names, found.status),
            "steps": _stated_steps(found, steps),
            "claims": [
                {"id": row["id"], "worker": row["worker"], "outcome": outcome}
                for row, outcome in found.outcomes()
            ],
            "visits": [row["id"] for row in visits],
            "twice": len(visits) > 1 or found.status.also > 0,
        },
    )


def _told_steps(
    found: Whole, steps: Sequence[Mapping[str, Any]], names: Names
) -> Iterator[tuple[str, str]]:
    reasons = dict(found.judged.listed)
    for row in sorted(steps, key=lambda row: (row["done_at"], row["id"])):
        step = found.steps.get(row["id"])
        told = [title(STEP.name, "kind", row["kind"]), moment(row["done_at"]), _named(names, row)]
        told += [title(STEP.name, name, row[name]) for name in ("reason", "confirmed_by")]
        told += [row["note"] or "", said(step.tier) if step and step.tier else ""]
        text = " ".join(filter(None, told))
        if row["id"] in reasons:
            text += f". {said('Does not count')}: {said(reasons[row['id']])}"
        yield f"step {short(row['id'])}", text


def _told_claims(found: Whole, names: Names) -> Iterator[tuple[str, str]]:
    for row, outcome in found.outcomes():
        told = (
            names.of("worker", row["worker"]),
            moment(row["claimed_at"]),
            title(CLAIM.name, "outcome", outcome),
        )
        yield f"claim {short(row['id'])}", " ".join(told)


def _told_visits(
    found: Whole, visits: Sequence[Mapping[str, Any]], names: Names
) -> Iterator[tuple[str, str]]:
    for row in visits:
        told = names.of("worker", row["worker"]), moment(row["started_at"])
        yield f"visit {short(row['id'])}", " ".join(told)
    if len(visits) > 1 or found.status.also:
        yield "twice", said("More than one has served this order; one visit is paid.")


def _stated_steps(found: Whole, steps: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    reasons = dict(found.judged.listed)
    return [
        {
            "id": row["id"],
            "kind": row["kind"],
            "done_at": row["done_at"],
            "worker": row["worker"],
            "helper": row["helper"],
            "claim": row["claim"],
            "under": row["under"],
            "tier": found.steps[row["id"]].tier if row["id"] in found.steps else "",
            "builds_on": (row["builds_on"] or "").split(),
            "counts": row["id"] not in reasons,
            "reason": reasons.get(row["id"], ""),
        }
        for row in steps
    ]
