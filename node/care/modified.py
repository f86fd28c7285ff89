"""A year of home modifications against its plan: how many, where, what they cost (ZS-20, CC-08).

What 3000 yuan means differs: in 竹山 the least average of a programme, elsewhere the most that one
case is paid. Both are the county's to set.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from node.care import rows
from node.care.cases import CASE, STAGE_EVENT
from node.care.parameters import publishing
from node.care.parameters.groups import Modifications
from node.care.policy import BASELINE
from node.care.stages import STAGE
from node.care.status import Status
from node.clock import day, stamp_ms
from node.replica import Replica

DONE_STAGE = BASELINE.case.settled_stage - 1
"""The stage from which on a case counts as done: its acceptance, after which money moves."""

Row = Mapping[str, Any]


@dataclass(frozen=True)
class Year:
    """What a year of cases comes to.

    Attributes:
        done: How many are done.
        target: How many were planned; 0: none.
        townships: In how many townships.
        villages: In how many villages.
        hamlets: In how many hamlets, which lie below the villages' codes.
        cost_fen: What those with a final cost came to.
        costed: How many have one.
        average_fen: Their average, whole fen, rounded down; None where none has a cost.
        average_min_fen: The least average that the county has set; 0: none.
        above: The ids of cases above what one case is paid, sorted.
    """

    done: int
    target: int
    townships: int
    villages: int
    hamlets: int
    cost_fen: int
    costed: int
    average_fen: int | None
    average_min_fen: int
    above: tuple[str, ...]

    @property
    def too_low(self) -> bool:
        """Whether the average is below the least; an average, not a floor for each case."""
        return self.average_fen is not None and self.average_fen < self.average_min_fen


def of_year(
    done: Iterable[Row], rules: Modifications | None, township_of: Callable[[str], str]
) -> Year:
    """What cases that were done in a year come to, in any order.

    Args:
        done: Rows of cases.
        rules: What the county has set for the year.
        township_of: The id of the township of a village.
    """
    cases = list({row["id"]: row for row in done}.values())
    costs = {row["id"]: row["cost_fen"] for row in cases if row["cost_fen"] is not None}
    villages = {row["division#"] for row in cases}
    most = rules.case_max_fen if rules else 0
    total = sum(costs.values())
    return Year(
        done=len(cases),
        target=rules.target if rules else 0,
        townships=len({township_of(one) for one in villages}),
        villages=len(villages),
        hamlets=len({(row["division#"], row["hamlet"]) for row in cases if row["hamlet"]}),
        cost_fen=total,
        costed=len(costs),
        average_fen=total // len(costs) if costs else None,
        average_min_fen=rules.average_min_fen if rules else 0,
        above=tuple(sorted(id_ for id_, cost in costs.items() if most and cost > most)),
    )


def year(replica: Replica, number: int, within: str | None = None) -> Year:
    """What the cases of a year come to, as far as this node holds them.

    Raises:
        UsageError: The county has published no policy.
    """
    reached = {
        row["modification_case"]
        for row in rows.pages(replica, STAGE_EVENT.name, within)
        if row["kind"] == STAGE and row["stage"] == DONE_STAGE
        and day(stamp_ms(row["time"]))[:4] == str(number)
    }  # fmt: skip
    done = []
    for row in rows.pages(replica, CASE.name, within):
        status = Status.read(row["status"])
        if row["id"] in reached and status.progress >= DONE_STAGE and not status.stops:
            done.append(row)
    rules = publishing.needed(replica).modifications.on(f"{number}-12-31")

    def township_of(village: str) -> str:
        known = replica.tree.get(village)
        return known.parent if known and known.parent else village

    return of_year(done, rules, township_of)
