"""What a pack says, line by line, to be read and to be compared with another."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from node.care.parameters.dated import FIRST_DAY, LAST_DAY, Entry
from node.care.parameters.groups import Band, Line, Parameters
from node.care.parameters.reading import GROUPS


@dataclass(frozen=True)
class Said:
    """One number of a pack.

    Attributes:
        group: Its group; of a programme with the code behind a dot.
        key: Its key.
        value: What it says, in words.
        since: The first day, ISO date; empty: always.
        until: The last day; empty: for ever.
        divisions: Where it holds, codes; empty: everywhere.
    """

    group: str
    key: str
    value: str
    since: str
    until: str
    divisions: tuple[str, ...]


def said_by(pack: Parameters, on: str = "") -> Iterator[Said]:
    """Every number of a pack, in the order of its groups.

    Args:
        pack: The pack.
        on: Only what holds on this day, ISO date, anywhere; empty: all of it.
    """
    for group, entries in _groups(pack):
        for entry in entries:
            if not on or entry.since <= on <= entry.until:
                yield from _entry(group, entry)


def _groups(pack: Parameters) -> Iterator[tuple[str, tuple[Entry[Any], ...]]]:
    for code, dated in sorted(pack.programmes.items()):
        yield f"programmes.{code}", dated.entries
    for name in GROUPS:
        if name != "programmes":
            yield name, getattr(pack, name).entries


def _entry(group: str, entry: Entry[Any]) -> Iterator[Said]:
    since = "" if entry.since == FIRST_DAY else entry.since
    until = "" if entry.until == LAST_DAY else entry.until
    for field in dataclasses.fields(entry.value):
        value = _words(getattr(entry.value, field.name))
        yield Said(group, field.name, value, since, until, entry.divisions)


def _words(value: Any) -> str:
    """A value as people read it; the same for equal values."""
    match value:
        case bool():
            return "是" if value else "否"
        case Band():
            return f"{value.age_min}–{value.age_max}: {value.value}"
        case Line():
            planned = "…" if value.planned_fen is None else str(value.planned_fen)
            return " ".join(filter(None, (value.code, value.name, planned, value.counts)))
        case (str() | int() as first, str() | int() as second) if type(first) is not type(second):
            return f"{first} {second}"
        case tuple():
            parts = [_words(one) for one in value]
            return (
                "; ".join(parts)
                if any(isinstance(one, tuple | Band | Line) for one in value)
                else ", ".join(parts)
            )
        case _:
            return str(value)


@dataclass(frozen=True)
class Change:
    """What differs between two packs.

    Attributes:
        said: Where, and what the new pack says; the old one's where the new says nothing.
        before: What the old pack says; None where it says nothing.
        after: What the new pack says; None where it says nothing.
    """

    said: Said
    before: str | None
    after: str | None


def difference(before: Parameters, after: Parameters) -> list[Change]:
    """What changes from one pack to another, in the order of the groups."""

    def by_place(pack: Parameters) -> dict[tuple[Any, ...], Said]:
        return {
            (one.group, one.key, one.since, one.until, one.divisions): one for one in said_by(pack)
        }

    old, new = by_place(before), by_place(after)
    changes = [
        Change(one, old[place].value if place in old else None, one.value)
        for place, one in new.items()
        if place not in old or old[place].value != one.value
    ]
    gone = [Change(one, one.value, None) for place, one in old.items() if place not in new]
    order = {group: place for place, group in enumerate(GROUPS)}
    return sorted([*changes, *gone], key=lambda one: order[one.said.group.split(".")[0]])
