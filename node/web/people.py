"""Finding a person by what an aide has of the name or the number, and the card of one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from node.care import fields, rows
from node.care.doubles.reading import read
from node.care.doubles.sounds import plain, spelled
from node.care.moves import went
from node.care.people import PERSON
from node.care.visits import VISIT, amendment, corrected
from node.replica import Replica
from node.store import Wanted
from node.web.shown import Held, marks, name_of, place, way_up

ROWS = 40
VISITS_SHOWN = 20
_LAST_OF_NUMBER = 4


@dataclass(frozen=True)
class Visited:
    """One visit in a list.

    Attributes:
        row: The visit as its correction leaves it.
        worker: The worker's name.
        ticks: How far it has come, in short.
        void: Whether it counts for nothing.
    """

    row: dict[str, Any]
    worker: str
    ticks: str
    void: bool


@dataclass(frozen=True)
class Card:
    """What the page of a person shows.

    Attributes:
        kept: The record that is kept where this one was merged into it; empty otherwise, and where
            that one is not on this node.
        kept_name: Its name.
        moved_to: The village to which the person has moved; empty otherwise.
        moved_on: The day, ISO.
    """

    row: dict[str, Any]
    place: str
    id_number: str
    visits: Sequence[Visited]
    steps: Sequence[Held]
    now_ms: int
    kept: str = ""
    kept_name: str = ""
    moved_to: str = ""
    moved_on: str = ""


def find(
    replica: Replica, part: str, page: int, active: bool = False
) -> tuple[list[dict[str, Any]], int]:
    """People here whom somebody may mean, and how many there are.

    Args:
        replica: This node.
        part: What the name holds somewhere, or how it is spelled in Latin letters (`spelled`), or
            the last four characters of the ID number; nothing for everybody.
        page: Which page of them, from 0.
        active: Only those who are cared for now.
    """
    below = replica.tree.below(replica.division)
    where = {"status": "active"} if active else {}
    known_as = read(replica)
    typed = plain(part)
    if typed.isascii() and typed.isalnum():
        everybody = known_as.once(rows.pages(replica, PERSON.name, replica.division, where))
        meant = sorted(
            (row for row in everybody if _means(row, typed)),
            key=lambda row: (row["name"], row["id"]),
        )
        return meant[page * ROWS : (page + 1) * ROWS], len(meant)
    named = {"name": part} if part else {}
    wanted = Wanted(
        below, {name: [value] for name, value in where.items()}, named, order="name", limit=ROWS,
        offset=page * ROWS, without=[*known_as.survivors],
    )  # fmt: skip
    return replica.listing(PERSON.name, wanted), replica.listed(PERSON.name, wanted)


def _means(row: Mapping[str, Any], typed: str) -> bool:
    """Whether somebody who typed Latin letters or digits may mean a person."""
    number = (row["id_number"] or "").casefold()
    ends = len(typed) == _LAST_OF_NUMBER and number.endswith(typed)
    return ends or typed in plain(row["name"]) or (typed.isalpha() and spelled(row["name"], typed))


def card(replica: Replica, person_id: str) -> Card:
    """Everything that the page of a person shows.

    Raises:
        UsageError: The person is not here.
    """
    row = rows.find(replica, PERSON, fields.row_id("person", person_id))
    known_as = read(replica)
    kept = known_as.survivor(row["id"])
    wanted = Wanted(
        where={"person": known_as.group(row["id"])}, order="started_at", descending=True,
        limit=VISITS_SHOWN,
    )  # fmt: skip
    known: dict[str, str] = {}
    gone = went(replica, row["id"])
    here = kept != row["id"] and replica.row(PERSON.name, kept) is not None
    return Card(
        row,
        place(replica, row["division#"]),
        fields.masked_id(row["id_number"]),
        [visited(replica, one, known) for one in replica.listing(VISIT.name, wanted)],
        way_up(replica, row, replica.ticks(PERSON.name, row["id"])),
        replica.core.now_ms(),
        kept if here else "",
        name_of(replica, "person", kept, known),
        place(replica, gone.destination) if gone else "",
        gone.moved_on if gone else "",
    )


def visited(replica: Replica, row: dict[str, Any], known: dict[str, str]) -> Visited:
    """A visit for a list, with its ticks."""
    whole = corrected(row)
    return Visited(
        whole,
        name_of(replica, "worker", whole["worker"], known),
        marks(way_up(replica, row, replica.ticks(VISIT.name, row["id"]))),
        "void" in amendment(row),
    )
