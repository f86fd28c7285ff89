"""Tells each division what only its ancestor sees: the last allowed client next door, and the like.

Each ancestor speaks for itself and takes back only its own words, so a township that sees less than
the county withdraws nothing of what the county has found. Telling twice changes nothing.
"""

from __future__ import annotations

import json

from node.care.parameters.groups import Parameters
from node.care.pay.flag import Flag
from node.care.pay.flags import outcomes
from node.care.settlement.gathering import facts_of, spoken
from node.care.settlement.tables import OUTCOME
from node.replica import Insert, Replica


def tell(replica: Replica, parameters: Parameters, *, user: str) -> int:
    """Writes what this node finds over its divisions and has not said, and withdraws the rest.

    Returns:
        How many outcomes were written or withdrawn.
    """
    divisions = replica.tree.below(replica.division)
    facts = facts_of(replica, divisions)
    found: dict[str, set[Flag]] = {}
    for flag in outcomes(facts.told(()), parameters):
        found.setdefault(facts.visits[flag.visit].division, set()).add(flag)
    parts = []
    for division in divisions:
        inserts = _news(replica, division, found.get(division, set()))
        if inserts:
            parts.append((division, inserts))
    for division, inserts in parts:
        replica.insert_each(division, inserts, user=user)
    return sum(len(inserts) for _, inserts in parts)


def _news(replica: Replica, division: str, found: set[Flag]) -> list[Insert]:
    """What is to be said, and what to be taken back, in an order that is always the same."""
    own = {
        flag
        for (who, _, _), (flag, holds) in spoken(replica, division).items()
        if who == replica.division and holds
    }
    said_anew = {(flag.visit, flag.code) for flag in found}
    gone = [flag for flag in own - found if (flag.visit, flag.code) not in said_anew]
    fresh = [_row(flag, 0) for flag in sorted(found - own)]
    return [*fresh, *(_row(flag, 1) for flag in sorted(gone))]


def _row(flag: Flag, withdrawn: int) -> Insert:
    details = json.dumps(dict(flag.values), ensure_ascii=False, sort_keys=True)
    values = {
        "visit": flag.visit,
        "code": flag.code,
        "withdrawn": withdrawn,
        "others": " ".join(flag.others) or None,
        "details": details if flag.values else None,
    }
    return Insert(OUTCOME.name, values)
