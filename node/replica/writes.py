"""The words in which a local write is asked for, and what it answers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Insert:
    """Creates a row.

    Attributes:
        table: The table.
        values: The columns to fill.
        sets: The first elements of its sets.
    """

    table: str
    values: Mapping[str, Any]
    sets: Mapping[str, Sequence[str]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Assign:
    """Writes a register or an authority column, over the version that gives its present value."""

    table: str
    id: str
    column: str
    value: Any


@dataclass(frozen=True, slots=True)
class Settle:
    """Writes a cell over every version that stands: the conflict is settled."""

    table: str
    id: str
    column: str
    value: Any


@dataclass(frozen=True, slots=True)
class AddElement:
    """Adds an element to a set."""

    table: str
    id: str
    column: str
    element: str


@dataclass(frozen=True, slots=True)
class RemoveElement:
    """Removes an element from a set, as far as this node has seen it added."""

    table: str
    id: str
    column: str
    element: str


@dataclass(frozen=True, slots=True)
class Increment:
    """Adds to a counter; the amount may be negative."""

    table: str
    id: str
    column: str
    amount: int


@dataclass(frozen=True, slots=True)
class Amend:
    """Corrects or voids a fact: `{"void": reason}` or `{"correct": {column: value}, "reason".

    Code}`.
    """

    table: str
    id: str
    value: Mapping[str, Any]


Write = Insert | Assign | Settle | AddElement | RemoveElement | Increment | Amend


@dataclass(frozen=True, slots=True)
class Written:
    """What a write did.

    Attributes:
        ids: The ids of the rows created, in order.
        changes: The numbers of the changes, one for each partition.
        boot: The boot under which they were made: with author and number it names them.
    """

    ids: list[str]
    changes: list[int]
    boot: int
