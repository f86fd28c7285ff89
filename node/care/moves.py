"""People who move from one village to another: the record is carried on by a node above both.

A village holds its own people and no others, so a record cannot be moved where it stands: a new one
is made in the other village, with the fields, the groups, the plan and the facts that describe the
person, and the old one is closed as moved. Both are one person's (`doubles`), the new one is kept,
and each village has a row that says where the person came from or went to.

What the old village still writes, cut off as it may be, is carried on by `forwarding`. What was
paid, eaten or done before stays with the old record, where it is found from the new one.

The lowest node above both villages does all this; a person who leaves the county is closed.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from node.care import fields, moments, plans, rows
from node.care.doubles import deciding
from node.care.doubles.reading import read
from node.care.people import PERSON, PERSON_CLOSED
from node.errors import Refused, UsageError
from node.replica import Assign, Insert, Replica, Write
from node.replica.history import Entry
from node.schema import Channel, Column, Kind, Table

MOVE = Table(
    name="person_move",
    channel=Channel.CARE,
    meaning="a person moved from one village to another; a row in each",
    columns=(
        Column("person", Kind.FACT, required=True, meaning="id of the person, the record left"),
        Column("into", Kind.FACT, required=True, meaning="id of the person, the record made"),
        Column("from_division", Kind.FACT, required=True, meaning="id of the division"),
        Column("to_division", Kind.FACT, required=True, meaning="id of the division"),
        Column("moved_on", Kind.FACT, required=True, meaning="ISO date"),
        Column("document", Kind.FACT, meaning="the paper behind it"),
        Column(
            "seen", Kind.FACT, required=True, long=True,
            meaning="the changes of the record left that the record made holds, blank between",
        ),
    ),
    indexes=(("person",), ("into",)),
    local=True,
)  # fmt: skip

TABLES = (MOVE,)

STAYS = frozenset({"household", "relation", "status", "closed_on", "closed_reason"})
"""The fields of a person that no move carries: whom one lives with, and how the record ended."""

MOVED = "moved"
_ABOVE = ("county", "township")


@dataclass(frozen=True, slots=True)
class Move:
    """One move.

    Attributes:
        person: The id of the record that was left.
        into: The id of the record that was made.
        origin: The division of the one.
        destination: The division of the other.
        moved_on: The day, ISO.
        document: The paper behind it; may be empty.
        seen: The changes of the record left that the other holds from its first day.
        told_at: The stamp of the row.
    """

    person: str
    into: str
    origin: str
    destination: str
    moved_on: str
    document: str
    seen: frozenset[str]
    told_at: int


def key_of(entry: Entry) -> str:
    """What names one change for good."""
    return f"{entry.author}-{entry.boot:x}-{entry.number}"


def moves(replica: Replica, person: str = "") -> list[Move]:
    """The moves that are known here, the oldest first; of one record alone where it is named."""
    found: dict[tuple[str, str], Move] = {}
    wheres = [{"person": person}, {"into": person}] if person else [None]
    for where in wheres:
        for row in rows.pages(replica, MOVE.name, None, where):
            places = row["from_division"], row["to_division"]
            if row["division#"] in places and from_above(replica, row):
                one = Move(
                    row["person"], row["into"], row["from_division"], row["to_division"],
                    row["moved_on"], row["document"] or "",
                    frozenset((row["seen"] or "").split()), row["time"],
                )  # fmt: skip
                found[(one.person, one.into)] = one
    return sorted(found.values(), key=lambda one: (one.told_at, one.into))


def from_above(replica: Replica, row: Mapping[str, Any]) -> bool:
    """Whether a row is the word of a township or the county.

    Who may write into the village the ledger has judged; whether its author still stands above both
    villages is not asked, since villages go from one township to another.
    """
    standing = replica.view.standing(row["author#"])
    return standing is not None and standing.tier in _ABOVE


def lowest_above(replica: Replica, one: str, two: str) -> str:
    """The lowest division above two; empty where the tree knows none."""
    above = set(replica.tree.path(one))
    return next((step for step in reversed(replica.tree.path(two)) if step in above), "")


def move(
    replica: Replica, person_id: str, destination: str, on: str = "", *, user: str,
    document: str = "",
) -> str:  # fmt: skip
    """Carries a person's record into another village of the county.

    Args:
        replica: This node, which stands above both villages.
        person_id: The person.
        destination: The id of the village.
        on: The first day in the new village; today where it is empty.
        user: Who does it.
        document: The paper behind it.

    Returns:
        The id of the record that is kept from now on.

    Raises:
        UsageError: The person is not here, or the village or the day does not fit.
        Refused: This node is not above both, the record is closed, merged into another one, or in
            conflict.
    """
    row = rows.find(replica, PERSON, fields.row_id("person", person_id))
    day = _day(replica, row, on)
    _check(replica, row, destination)
    with replica.store.transaction():
        kept = {
            column.name: row[column.name]
            for column in PERSON.columns
            if column.kind is not Kind.SET and column.name not in STAYS
        }
        insert = Insert(PERSON.name, {**kept, "status": "active"}, {"groups": row["groups"]})
        into = replica.write(destination, [insert], user=user).ids[0]
        seen = sorted(key_of(entry) for entry in replica.history(PERSON.name, row["id"]))
        told: Insert = Insert(
            MOVE.name,
            {
                "person": row["id"],
                "into": into,
                "from_division": row["division#"],
                "to_division": destination,
                "moved_on": day,
                "document": fields.note("document", document) or None,
                "seen": " ".join(seen),
            },
        )
        closing = {"status": "closed", "closed_on": day, "closed_reason": MOVED}
        ends: list[Write] = [
            Assign(PERSON.name, row["id"], name, value) for name, value in closing.items()
        ]
        lines = [Insert(plans.PLAN.name, line) for line in _lines(replica, row["id"], into, day)]
        parts: list[tuple[str, list[Write]]] = [
            (row["division#"], [*ends, told]),
            (destination, [told, *lines]),
        ]
        replica.act(parts, user=user)
        deciding.merge(replica, row["id"], into, into, user=user)
    return into


def _day(replica: Replica, row: Mapping[str, Any], on: str) -> str:
    today = moments.today(replica)
    day = str(fields.date("on", on)) if on else today
    if day > today:
        raise fields.refused("on", day, f"lies after today, {today}", "Move them on that day.")
    if row["birth_date"] and day < row["birth_date"]:
        raise fields.refused("on", day, f"lies before birth_date {row['birth_date']}", "Check it.")
    return day


def _check(replica: Replica, row: Mapping[str, Any], destination: str) -> None:
    there, origin = replica.tree.get(destination), row["division#"]
    if there is None or there.abolished or there.level != "village" or destination == origin:
        raise UsageError(
            f"{replica.tree.called(destination)} is no other living village.",
            hint="Who leaves the county is closed: linli person close ID --reason 迁出",
        )
    if not all(replica.tree.covers(replica.division, one) for one in (origin, destination)):
        raise Refused(
            f"{replica.tree.called(replica.division)} does not stand above both villages.",
            reason="NOT_AUTHORISED",
            hint="Ask the township that holds both, or the county.",
        )
    kept = read(replica).survivor(row["id"])
    if kept != row["id"]:
        raise Refused(
            f"{row['name']} ({row['id']}) was merged into {kept}.",
            hint=f"Move that record: linli person move {kept} --to VILLAGE",
        )
    if row["status"] in PERSON_CLOSED:
        raise Refused(
            f"{row['name']} is closed since {row['closed_on']}.",
            hint=f"Open the record first: linli person reopen {row['id']}",
        )
    contested = [
        column
        for _, table, id_, column in replica.contested(origin)
        if table == PERSON.name and id_ == row["id"] and PERSON.cells[column].owner == ""
    ]
    if contested:
        raise Refused(
            f"What is recorded of {row['name']} is in conflict: {', '.join(contested)}.",
            hint="Settle it first, so that nothing is lost: linli conflict list",
        )


def _lines(replica: Replica, person: str, into: str, day: str) -> Iterator[dict[str, Any]]:
    """The lines of the plan that still hold, from the day on."""
    for line in plans.lines_of(replica, person):
        if plans.holds(line, day, begun=False):
            names = [column.name for column in plans.PLAN.columns]
            since = max(line["since"], day)
            yield {**{name: line[name] for name in names}, "person": into, "since": since}


def went(replica: Replica, person: str) -> Move | None:
    """Where a person went whose record this was, by the last move; None where nobody went."""
    found = [one for one in moves(replica, person) if one.person == person]
    return found[-1] if found else None
