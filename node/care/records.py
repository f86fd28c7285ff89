"""The schema that a replica is given: every table of trust and of the care, in one value.

The version grows with every table or column that joins, and stands in segment headers, so that an
older node knows what it does not know. The rules change whenever the same ledger would give
another derived value; nodes compare their derived tables only when both agree.
"""

from __future__ import annotations

from node.care import (
    audited,
    cases,
    employment,
    facilities,
    facts,
    forwarding,
    households,
    moves,
    people,
    plans,
    redrawing,
    reviews,
    subsidies,
    visits,
)
from node.care.associations import register
from node.care.budgets import tables as budgets
from node.care.canteen import tables as canteen
from node.care.departments import tables as departments
from node.care.doubles import links
from node.care.figures import baselines
from node.care.granting import tables as granting
from node.care.orders import ratings
from node.care.orders import tables as orders
from node.care.parameters import publishing
from node.care.policy import BASELINE
from node.care.programmes import tables as programmes
from node.care.settlement import tables as settlement
from node.schema import Schema
from node.trust import TRUST_TABLES

SCHEMA = Schema(
    version=4,
    rules="2",
    tables=(
        *TRUST_TABLES,
        *people.TABLES,
        *visits.TABLES,
        *facilities.TABLES,
        *register.TABLES,
        *cases.TABLES,
        *households.TABLES,
        *moves.TABLES,
        *forwarding.TABLES,
        *departments.TABLES,
        *employment.TABLES,
        *plans.TABLES,
        *publishing.TABLES,
        *reviews.TABLES,
        *settlement.TABLES,
        *programmes.TABLES,
        *budgets.TABLES,
        *subsidies.TABLES,
        *baselines.TABLES,
        *orders.TABLES,
        *ratings.TABLES,
        *canteen.TABLES,
        *links.TABLES,
        *redrawing.TABLES,
        *granting.TABLES,
        *audited.TABLES,
        *(kind.table for kind in facts.KINDS),
    ),
    policy=BASELINE.version,
)
