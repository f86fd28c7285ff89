"""What still comes for the record of a person who moved is carried on to the record that is kept.

The old village's box may be cut off for weeks and go on writing what it hears: a new phone, a
group, an assessment, a death. Nothing of that is lost, and nothing of it undoes what the new
village knows: an edit goes into the record that is kept unless somebody has written that field
there since the move; then it is left for a person to look at. A fact that describes the person is
stated again in the new village, and struck there when it is struck where it was written.

Each change and each fact is carried once, by the lowest node above both villages; what the county
alone may write, the county carries. What was carried is kept beside the old record, so that whoever
asks where an edit went finds it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from node.care import rows
from node.care.amendments import amendment, void
from node.care.doubles.reading import read
from node.care.facts import circumstances, entrusted, family, health, writing
from node.care.facts.declaring import FactKind
from node.care.moves import MOVED, STAYS, Move, from_above, key_of, lowest_above, moves
from node.care.people import PERSON
from node.care.policy import BASELINE
from node.errors import LinliError
from node.events import WARNING, tell
from node.feed import Partition
from node.replica import AddElement, Amend, Assign, Insert, RemoveElement, Replica, Write
from node.replica.history import CellChange, Entry
from node.schema import Channel, Column, Kind, Table

CARRIED = Table(
    name="person_carried",
    channel=Channel.CARE,
    meaning="a change or a fact of somebody who moved that was carried to the new record",
    columns=(
        Column("person", Kind.FACT, required=True, meaning="id of the person, the record left"),
        Column("into", Kind.FACT, required=True, meaning="id of the person, the record made"),
        Column("kind", Kind.FACT, required=True, meaning="person, or the table of the fact"),
        Column("source", Kind.FACT, required=True, meaning="the change, or the id of the fact"),
        Column("made", Kind.FACT, meaning="id of the fact that states it in the new village"),
        Column("taken", Kind.FACT, meaning="of a change the fields carried, blank between"),
        Column("left", Kind.FACT, meaning="the fields that were written there since, not carried"),
    ),
    indexes=(("person",), ("into",)),
    local=True,
)

TABLES = (CARRIED,)

KINDS: tuple[FactKind, ...] = (
    *circumstances.KINDS,
    health.ASSESSMENT,
    family.LINK,
    entrusted.AUTHORISATION,
)
"""The facts that go with a person; what was done for somebody stays where it was done."""

FORWARDED = "forwarded"
"""The reason of a change that carries another one on."""

_COUNTY = "county"
_OWNED = {column.name for column in PERSON.columns if column.owner == _COUNTY}
_OTHER = BASELINE.lists.entry_reasons.code("reason", "其他")
_ENDS = ("status", "closed_on", "closed_reason")


@dataclass(frozen=True, slots=True)
class Left:
    """A field that the old village has written and that was not carried.

    Attributes:
        person: The id of the record left.
        into: The id of the record that is kept.
        field: The field.
        says: What the old village says.
    """

    person: str
    into: str
    field: str
    says: str


class Forwarding:
    """Carries on, and remembers which villages have said nothing new since it looked last."""

    def __init__(self) -> None:
        self._whole: Any = None
        self._looked: dict[tuple[str, str], Any] = {}

    def run(self, replica: Replica, *, user: str = "") -> int:
        """Carries everything that has come and is sealed: what waits in a tail is in no frontier.

        Returns:
            How many changes and facts were carried or left for a person.
        """
        if replica.tier == "village" or self._whole == (whole := replica.frontier_digest()):
            return 0
        if replica.rolled_back or replica.author in replica.frozen():
            return 0  # what it carried already may be known elsewhere alone
        here, known, count = set(replica.partitions()), read(replica), 0
        looked: dict[tuple[str, str], Any] = {}
        for one in moves(replica):
            places = (one.origin, one.destination)
            partitions = [Partition(place, Channel.CARE) for place in places]
            if known.survivor(one.person) != known.survivor(one.into):
                continue  # somebody has taken the move back
            if not here.issuperset(partitions):
                continue
            if places not in looked:
                looked[places] = replica.frontier_digest(partitions)
            if self._looked.get(places) != looked[places]:
                try:
                    with replica.store.transaction():
                        count += _carry(replica, one, user)
                except LinliError as error:
                    tell("not_forwarded", WARNING, error=error)
                    del looked[places]
        self._looked |= looked
        self._whole = None if count else whole
        return count


def _carry(replica: Replica, one: Move, user: str) -> int:
    lowest = replica.division == lowest_above(replica, one.origin, one.destination)
    if not (lowest or replica.tier == _COUNTY):
        return 0
    old, new = replica.row(PERSON.name, one.person), replica.row(PERSON.name, one.into)
    if old is None or new is None:
        return 0
    known = {
        row["source"]: row["made"] or ""
        for row in rows.pages(replica, CARRIED.name, one.origin, {"person": one.person})
        if row["into"] == one.into and from_above(replica, row)
    }
    count = 0
    if lowest:
        count += _edits(replica, one, known, user)
    if replica.tier == _COUNTY:
        count += _owned(replica, one, user)
    for kind in KINDS:
        if replica.tier == kind.writer or (lowest and not kind.writer):
            count += _facts(replica, one, kind, known, user)
    return count


# --- fields --------------------------------------------------------------------------------------


def _edits(replica: Replica, one: Move, known: Mapping[str, str], user: str) -> int:
    fresh = [
        entry
        for entry in replica.history(PERSON.name, one.person)
        if key_of(entry) not in one.seen and key_of(entry) not in known
    ]
    count = 0
    for entry in fresh:
        changes = list(_worth(entry, county=replica.tree.level(entry.division) == _COUNTY))
        if not changes:
            continue
        new = replica.row(PERSON.name, one.into)
        assert new is not None
        touched = _touched(replica, one)
        writes: list[Write] = []
        taken, left = [], []
        for change in changes:
            write = _write(one, new, change)
            if write is not None and change.column in touched and isinstance(write, Assign):
                left.append(change.column)
                continue
            taken.append(change.column)
            writes += [write] if write is not None else []
        told = _told(one, PERSON.name, key_of(entry), taken=taken, left=left)
        parts: list[tuple[str, list[Write]]] = [(one.origin, [told])]
        if writes:
            parts.append((one.destination, writes))
        replica.act(parts, user=user or entry.user, reason=FORWARDED)
        count += 1
    return count


def _worth(entry: Entry, *, county: bool) -> Iterator[CellChange]:
    """What of a change is carried: not the move's own closing, nor what the county carries."""
    written = {change.column: change.after for change in entry.written}
    ends = written.get("closed_reason") not in (None, "", MOVED)
    for change in entry.written:
        if not change.applied or (county and change.column in _OWNED):
            continue
        if change.column in STAYS and not (ends and change.column in _ENDS):
            continue
        yield change


def _touched(replica: Replica, one: Move) -> set[str]:
    """The fields of the new record that somebody has written since the move."""
    return {
        change.column
        for entry in replica.history(PERSON.name, one.into)
        if not entry.created and entry.reason != FORWARDED
        for change in entry.written
    }


def _write(one: Move, new: Mapping[str, Any], change: CellChange) -> Write | None:
    """What carries a change; None where the new record says so already."""
    name = change.column
    if PERSON.cells[name].kind is Kind.SET:
        here: list[str] = new[name] or []
        if change.after is None:
            (element,) = change.before
            wanted = element in here
            return RemoveElement(PERSON.name, one.into, name, str(element)) if wanted else None
        missing = change.after not in here
        return AddElement(PERSON.name, one.into, name, str(change.after)) if missing else None
    return Assign(PERSON.name, one.into, name, change.after) if new[name] != change.after else None


def _owned(replica: Replica, one: Move, user: str) -> int:
    """States again what the county has said of the person, where only a township carried it."""
    said = _said(replica, one.into).keys()
    writes: list[Write] = [
        Assign(PERSON.name, one.into, name, value)
        for name, value in _said(replica, one.person).items()
        if name not in said
    ]
    if writes:
        replica.write(one.destination, writes, user=user, reason=FORWARDED)
    return len(writes)


def _said(replica: Replica, person: str) -> dict[str, Any]:
    """What the county itself has written into its fields of a record, the last of each."""
    found: dict[str, Any] = {}
    for entry in replica.history(PERSON.name, person):
        standing = replica.view.standing(entry.author)
        if standing is None or standing.tier != _COUNTY:
            continue
        for change in entry.written:
            if change.column in _OWNED:
                found[change.column] = change.after
    return found


# --- facts ---------------------------------------------------------------------------------------


def _facts(replica: Replica, one: Move, kind: FactKind, known: Mapping[str, str], user: str) -> int:
    count = 0
    subject = kind.subject.name
    for row in rows.pages(replica, kind.name, one.origin, {subject: one.person}):
        made = known.get(row["id"])
        if row["division#"] != one.origin:
            continue
        if made is None:
            if not void(row):
                stated = writing.corrected(kind, row)
                values = {each.name: stated[each.name] for each in kind.fields}
                insert = Insert(kind.name, {**values, subject: one.into})
                id_ = replica.write(one.destination, [insert], user=user, reason=FORWARDED).ids[0]
                told = _told(one, kind.name, row["id"], made=id_)
                replica.write(one.origin, [told], user=user, reason=FORWARDED)
                count += 1
            continue
        amend = _amendment(replica, one, kind, row, made)
        if amend is not None:
            replica.write(one.destination, [amend], user=user, reason=FORWARDED)
            count += 1
    return count


def _amendment(
    replica: Replica, one: Move, kind: FactKind, row: Mapping[str, Any], made: str
) -> Amend | None:
    """What was struck or corrected where it was written is so in the new village, too."""
    there = replica.row(kind.name, made)
    if there is None or void(there) or there[kind.subject.name] != one.into:
        return None
    if void(row):
        return Amend(kind.name, made, {"void": _OTHER})
    stated, present = writing.corrected(kind, row), writing.corrected(kind, there)
    names = [each.name for each in kind.fields if each.name != kind.subject.name]
    own = amendment(there)
    touched = bool(own) and not own.get(FORWARDED)
    if touched or all(stated[name] == present[name] for name in names):
        return None
    different = {name: stated[name] for name in names if stated[name] != there[name]}
    return Amend(kind.name, made, {"correct": different, "reason": _OTHER, FORWARDED: True})


def _told(
    one: Move, kind: str, source: str, *, made: str = "", taken: list[str] | None = None,
    left: list[str] | None = None,
) -> Insert:  # fmt: skip
    values = {
        "person": one.person,
        "into": one.into,
        "kind": kind,
        "source": source,
        "made": made or None,
        "taken": " ".join(sorted(taken or ())) or None,
        "left": " ".join(sorted(left or ())) or None,
    }
    return Insert(CARRIED.name, values)


# --- what is left --------------------------------------------------------------------------------


def left(replica: Replica, one: Move) -> list[Left]:
    """What the old village has written since the move and a person should look at.

    A field is off the list once somebody has written it in the new record after it was left.
    """
    waiting: dict[str, int] = {}
    sources: defaultdict[str, set[str]] = defaultdict(set)
    for row in rows.pages(replica, CARRIED.name, one.origin, {"person": one.person}):
        for name in (row["left"] or "").split():
            if row["into"] == one.into:
                waiting[name] = max(waiting.get(name, 0), row["time"])
                sources[name].add(row["source"])
    if not waiting:
        return []
    for entry in replica.history(PERSON.name, one.into):
        for change in entry.written:
            if entry.time > waiting.get(change.column, entry.time):
                del waiting[change.column]
    says: dict[str, str] = {}
    for entry in replica.history(PERSON.name, one.person):
        for change in entry.written:
            if key_of(entry) in sources[change.column]:
                says[change.column] = "" if change.after is None else str(change.after)
    return [Left(one.person, one.into, name, says.get(name, "")) for name in sorted(waiting)]
