"""Tells each division what only its ancestor sees: the last allowed client next door, and the like.

Each ancestor speaks for itself and takes back only its own words, so a township that sees less than
the county withdraws nothing of what the county has found. Telling twice changes nothing.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable

from node.care.parameters import publishing
from node.care.parameters.groups import Parameters
from node.care.pay.flag import Flag
from node.care.pay.flags import outcomes
from node.care.settlement.gathering import facts_of, spoken
from node.care.settlement.tables import OUTCOME
from node.division import LEVELS
from node.errors import LinliError
from node.events import WARNING
from node.events import tell as report
from node.replica import Insert, Replica

TELL_GAP_S = 3_600
"""Least time between two looks over all divisions below: of a county's visits they take seconds."""


class Telling:
    """Tells by itself, now and then, while a node is served: a village should not wait for a month.

    Args:
        steady_s: A clock that only moves forward.
    """

    def __init__(self, steady_s: Callable[[], float] = time.monotonic) -> None:
        self._steady_s = steady_s
        self._next_s = steady_s() + TELL_GAP_S
        self._whole: object = None

    def run(self, replica: Replica, *, user: str = "") -> int:
        """Tells what is new since the last look.

        Returns:
            How many outcomes were written or withdrawn.
        """
        if replica.tier not in LEVELS[:-1] or self._steady_s() < self._next_s:
            return 0
        self._next_s = self._steady_s() + TELL_GAP_S
        parameters, whole = publishing.in_force(replica), replica.frontier_digest()
        frozen = replica.rolled_back or replica.author in replica.frozen()
        if parameters is None or frozen or whole == self._whole:
            return 0  # what was told already may be known elsewhere alone
        try:
            count = tell(replica, parameters, user=user)
        except LinliError as error:
            report("not_told", WARNING, error=error)
            return 0
        self._whole = None if count else whole
        return count


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
