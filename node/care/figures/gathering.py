"""The rows of a division as of a day, read once from the ledger for all figures.

Facts are read as their corrections leave them, and void ones are left out; each row is there once,
however many nodes hold it, and somebody whose records were merged is one person. Divisions are
those of the day, since codes and villages change.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from node.care import rows, visits
from node.care.advances import Advance
from node.care.amendments import void
from node.care.doubles.reading import read
from node.care.employment import WORKER_RECORD
from node.care.facilities import FACILITY
from node.care.facts import counts, emergencies, funds, institutions, premises
from node.care.facts.declaring import FactKind
from node.care.facts.writing import standing
from node.care.parameters import publishing
from node.care.parameters.counted import Reports
from node.care.people import PERSON, WORKER
from node.care.settlement import closing
from node.care.settlement.closing import Closed
from node.care.visits import VISIT
from node.clock import day, stamp_ms
from node.division import Division, Tree
from node.errors import Refused
from node.replica import Replica
from node.trust import act_of

Row = Mapping[str, Any]

_TOWNSHIP = ((1, 99, "街道"), (100, 199, "镇"), (200, 399, "乡"), (400, 599, "类似乡级"))
_VILLAGE = (
    (1, 199, "居委会"),
    (200, 399, "村委会"),
    (400, 499, "类似居委会"),
    (500, 599, "类似村委会"),
)
COMMUNITIES, VILLAGES = ("居委会", "类似居委会"), ("村委会", "类似村委会")


def kind_of(code: str) -> str:
    """The kind of a township or a village by the range of its code; empty where it has none."""
    if not code.isdigit() or len(code) not in (9, 12):
        return ""
    ranges = _TOWNSHIP if len(code) == 9 else _VILLAGE
    number = int(code[-3:])
    return next((kind for low, high, kind in ranges if low <= number <= high), "")


@dataclass(frozen=True)
class Gathered:
    """What a node holds of a division.

    Attributes:
        scope: The division.
        first: The first day of the time that is reported.
        last: Its last day; everything is as of its end.
        divisions: The scope and all below it that were there on the last day.
        tree: The divisions of the last day.
        meaning: What the figures of the county mean.
        people: Everybody who was registered by then.
        workers: All workers of the county that were registered by then.
        records: Their personal records, as far as they are here.
        visits: Visits that began by then and are not void.
        facilities: Facilities that were registered by then.
        populations, reaches, investments, placements, transfers, inspections, evaluations, meals,
            activities: Facts that stand, by then.
        advances: Money that was advanced by then.
        sheets: Closed sheets that count, of months that began by then.
    """

    scope: str
    first: str
    last: str
    divisions: tuple[Division, ...]
    tree: Tree
    meaning: Reports
    people: Sequence[Row]
    workers: Sequence[Row]
    records: Sequence[Row]
    visits: Sequence[Row]
    facilities: Sequence[Row]
    populations: Sequence[Row]
    reaches: Sequence[Row]
    investments: Sequence[Row]
    placements: Sequence[Row]
    transfers: Sequence[Row]
    inspections: Sequence[Row]
    evaluations: Sequence[Row]
    meals: Sequence[Row]
    activities: Sequence[Row]
    advances: Sequence[Advance]
    sheets: Sequence[Closed]

    def within(self, on: str) -> bool:
        """Whether a day lies in the time that is reported."""
        return self.first <= on <= self.last

    def of_level(self, level: str) -> list[Division]:
        """The divisions of a level."""
        return [one for one in self.divisions if one.level == level]


def gathered(replica: Replica, scope: str, first: str, last: str) -> Gathered:
    """Reads what this node holds of a division.

    Raises:
        Refused: This node does not hold the care records of the division.
    """
    if not replica.tree.covers(replica.division, scope):
        raise Refused(
            f"The records of {replica.tree.called(scope)} are not kept on this node.",
            hint="Ask the node that stands there, or the township above it.",
        )
    tree = tree_on(replica, last)
    parameters = publishing.in_force(replica)
    code = replica.tree.get(scope)
    meaning = parameters.reports.on(last, code.code if code else "") if parameters else None

    def facts(kind: FactKind, on: str) -> list[dict[str, Any]]:
        return [row for row in standing(replica, kind, scope) if row[on] <= last]

    known_as = read(replica)
    living = (found for id_ in tree.below(scope) if (found := tree.get(id_)))
    sheets = closing.closed_sheets(replica, scope)
    return Gathered(
        scope,
        first,
        last,
        tuple(one for one in living if not one.abolished),
        tree,
        meaning or Reports(),
        list(known_as.once(_registered(replica, PERSON.name, scope, last))),
        _registered(replica, WORKER.name, None, last),
        list(rows.pages(replica, WORKER_RECORD.name, scope)),
        list(known_as.of_kept(_visits(replica, scope, last))),
        _registered(replica, FACILITY.name, scope, last),
        facts(counts.POPULATION, "counted_on"),
        facts(counts.REACH, "marked_on"),
        facts(counts.INVESTMENT, "invested_on"),
        list(known_as.of_kept(facts(institutions.PLACEMENT, "since"))),
        [
            row
            for row in standing(replica, emergencies.TRANSFER, scope)
            if day(row["departed_at"]) <= last
        ],
        facts(premises.INSPECTION, "inspected_on"),
        [
            row
            for row in standing(replica, premises.EVALUATION, scope)
            if row["year"] <= int(last[:4])
        ],
        facts(premises.MEALS, "served_on"),
        facts(premises.ACTIVITY, "held_on"),
        [funds.advance_of(row) for row in facts(funds.ADVANCE, "advanced_on")],
        [
            one
            for one in sheets
            if one.sheet is not None and one.state == closing.COUNTS and one.period <= last[:7]
        ],
    )


def tree_on(replica: Replica, on: str) -> Tree:
    """The divisions of a day, by the acts of the county."""
    told = [
        row for row in rows.pages(replica, "division_act")
        if row["author#"] == replica.view.root.author
    ]  # fmt: skip
    told.sort(key=lambda row: (row["number"], row["id"]))
    return Tree([act_of(row) for row in told], on)


def _registered(replica: Replica, table: str, scope: str | None, last: str) -> list[Row]:
    found = rows.pages(replica, table, scope)
    return [row for row in found if day(stamp_ms(row["time"])) <= last]


def _visits(replica: Replica, scope: str, last: str) -> list[dict[str, Any]]:
    found = list[dict[str, Any]]()
    for row in rows.pages(replica, VISIT.name, scope):
        if not void(row):
            whole = visits.corrected(row)
            if whole["started_at"] is not None and day(whole["started_at"]) <= last:
                found.append(whole)
    return found


def open_on(row: Row, on: str) -> bool:
    """Whether a person, a worker or a facility was not closed by the end of a day."""
    return not row["closed_on"] or row["closed_on"] > on
