"""Orders, their steps and the claims on them, as the ledger keeps them.

All three lie in the `orders` lane of the village where the client lives, so that no node holds an
order without what its status comes from. Orders and steps are written by nodes that the village
belongs to. A claim may come from anywhere in the county: a worker of the next village need not see
the order to ask for it, and the home township decides.
"""

from __future__ import annotations

from node.care.orders.judging import compute_status
from node.schema import Channel, Column, Derivation, Kind, Table

ORDER = Table(
    name="service_order",
    channel=Channel.ORDERS,
    meaning="a service that a person asked for",
    columns=(
        Column("person", Kind.FACT, required=True, meaning="id of the person"),
        Column("service", Kind.FACT, required=True, meaning="code of services"),
        Column("asked_at", Kind.FACT, type=int, required=True, meaning="milliseconds UTC"),
        Column("channel", Kind.FACT, required=True, meaning="code of order_channels"),
        Column("asked_by", Kind.FACT, meaning="who asked; empty: the person", erasable=True),
        Column("relation", Kind.FACT, meaning="of who asked, code of contact_relations"),
        Column("link", Kind.FACT, meaning="id of the family_link by which a relative asked"),
        Column("wished_on", Kind.FACT, meaning="ISO date for which it is wished"),
        Column("note", Kind.FACT, meaning="free text", erasable=True),
        Column("status", Kind.DERIVED, meaning="stage:assignment:since:also:ends"),
    ),
    indexes=(("person",),),
    derivations=(Derivation("status", "order_step", "service_order", compute_status),),
    local=True,
)

STEP = Table(
    name="order_step",
    channel=Channel.ORDERS,
    meaning="one step of an order",
    columns=(
        Column("service_order", Kind.FACT, required=True, meaning="id of the order"),
        Column("kind", Kind.FACT, required=True, meaning="code of a step of the policy pack"),
        Column("done_at", Kind.FACT, type=int, required=True, meaning="milliseconds UTC"),
        Column("worker", Kind.FACT, meaning="of an assignment, id of the worker"),
        Column("helper", Kind.FACT, meaning="of an assignment, who is no worker", erasable=True),
        Column("helper_kind", Kind.FACT, meaning="code of helper_kinds"),
        Column("claim", Kind.FACT, meaning="of an award, id of the order_claim"),
        Column("under", Kind.FACT, meaning="of what serves, id of the assignment"),
        Column("confirmed_by", Kind.FACT, meaning="code of visit_confirmations"),
        Column("reason", Kind.FACT, meaning="code of order_reasons"),
        Column("policy", Kind.FACT, meaning="version of the policy pack that was in force"),
        Column("builds_on", Kind.FACT, meaning="ids of order steps, sorted, blank between"),
        Column("note", Kind.FACT, meaning="free text", erasable=True),
    ),
    indexes=(("service_order",), ("worker",)),
    local=True,
)

CLAIM = Table(
    name="order_claim",
    channel=Channel.ORDERS,
    meaning="a worker asks for an order; the home township decides",
    columns=(
        Column("service_order", Kind.FACT, required=True, meaning="id of the order"),
        Column("worker", Kind.FACT, required=True, meaning="id of the worker"),
        Column("claimed_at", Kind.FACT, type=int, required=True, meaning="milliseconds UTC"),
        Column("note", Kind.FACT, meaning="free text", erasable=True),
    ),
    indexes=(("service_order",),),
)

TABLES = (ORDER, STEP, CLAIM)
