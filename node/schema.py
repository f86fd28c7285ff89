"""What a register consists of: tables, their columns, and how each column merges.

The replication core knows nothing about care. It is handed a `Schema`, and everything that depends
on the shape of a record follows from the declaration here: the SQL tables, the columns on the wire,
the merge, the digests, the lists of a command line. A rule of merging is therefore stated once,
beside the column that it governs (design, section 5).

A column is one of six kinds:

- `FACT`: written when the row is created, never changed. A table with stored columns of this kind
  only is a *fact
  table*; its rows may be corrected or voided by an *amendment*, a register beside the row.
- `REGISTER`: the newest standing version is the value; others that stand are the conflict.
- `AUTHORITY`: the newest standing version by the owning tier is the value; another tier's version
  is an open proposal.
- `SET`: observed-remove; a concurrent add beats a remove.
- `COUNTER`: the sum of its increments.
- `DERIVED`: never replicated; a pure function of other rows, recomputed wherever they arrive.

This module does no I/O and knows no SQL.
"""

from __future__ import annotations

import enum
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

AMENDMENT = "amendment"
"""The name of the register that corrects or voids a row of a fact table; its value is JSON text."""

RESERVED = frozenset({"division", "id", "time", "origin", "number", AMENDMENT, "element"})
"""Names that every table uses itself, so that no column may bear them."""


class Kind(enum.Enum):
    """How a column merges."""

    FACT = "fact"
    REGISTER = "register"
    AUTHORITY = "authority"
    SET = "set"
    COUNTER = "counter"
    DERIVED = "derived"


class Channel(enum.IntEnum):
    """A lane of the ledger, in order of urgency; the numbers are those of the wire."""

    TRUST = 1
    ORDERS = 2
    CARE = 3
    REGISTRY = 4

    @property
    def countywide(self) -> bool:
        """Whether every node of the county holds this lane of every division."""
        return self in (Channel.TRUST, Channel.REGISTRY)


@dataclass(frozen=True)
class Column:
    """One column of a table.

    Attributes:
        name: The name on the wire and in SQL.
        kind: How it merges.
        type: `str` or `int`; money is fen, lengths are minutes, moments are milliseconds UTC.
        owner: For `AUTHORITY`, the tier whose versions decide ("county", "township").
        required: Whether a new row must fill it.
        meaning: One line for people.
        erasable: Whether an erasure order may take its content out.
        long: Whether its text may fill a whole change, since no person types it.
        blob: Whether its text is the SHA-256 of a content that travels beside the ledger.
    """

    name: str
    kind: Kind
    type: type = str
    owner: str = ""
    required: bool = False
    meaning: str = ""
    erasable: bool = False
    long: bool = False
    blob: bool = False

    def __post_init__(self) -> None:
        assert (self.name.isidentifier() and self.name not in RESERVED) or self.name == AMENDMENT
        assert self.type in (str, int), "a column holds text or whole numbers"
        assert (self.kind is Kind.AUTHORITY) == bool(self.owner), "authority names its owner"
        assert not self.blob or (self.kind is Kind.FACT and self.type is str), "it names for ever"
        assert self.kind is not Kind.COUNTER or self.type is int, "a counter counts"

    @property
    def stored(self) -> bool:
        """Whether a new row carries a value for this column."""
        return self.kind in (Kind.FACT, Kind.REGISTER, Kind.AUTHORITY)


@dataclass(frozen=True)
class Derivation:
    """How a derived column of a row comes from the rows of another table in the same partition.

    Attributes:
        column: The derived column.
        source: The table that it is computed from.
        key: The column of `source` that holds this row's id.
        compute: A pure function of the source rows, in any order: each is a mapping with `id`,
            every column, and `tier`, the tier of the division at which the row's author stands.
    """

    column: str
    source: str
    key: str
    compute: Callable[[Sequence[Mapping[str, Any]]], str | int | None]


@dataclass(frozen=True)
class Table:
    """One table of the register.

    Attributes:
        name: The name on the wire and in SQL.
        channel: The lane that its rows travel in.
        columns: Its columns.
        meaning: One line for people.
        writer: The only tier whose authors may write it; empty: whoever may write the partition.
        indexes: Columns to index, each after the division.
        derivations: How its derived columns are computed.
        local: Whether only authors whose division covers the partition may create rows, even if
            they are facts.
    """

    name: str
    channel: Channel
    columns: tuple[Column, ...]
    meaning: str = ""
    writer: str = ""
    indexes: tuple[tuple[str, ...], ...] = ()
    derivations: tuple[Derivation, ...] = ()
    local: bool = False

    @cached_property
    def stored(self) -> tuple[Column, ...]:
        """The columns that a new row carries."""
        return tuple(column for column in self.columns if column.stored)

    @cached_property
    def fact(self) -> bool:
        """Whether its rows are facts.

        Written once by anyone in the county, amended by other facts.
        """
        return all(column.kind in (Kind.FACT, Kind.DERIVED) for column in self.columns)

    @cached_property
    def cells(self) -> Mapping[str, Column]:
        """The columns that can be written after the row was created, by name."""
        writable = {c.name: c for c in self.columns if c.kind not in (Kind.FACT, Kind.DERIVED)}
        if self.fact:
            writable[AMENDMENT] = Column(AMENDMENT, Kind.REGISTER, meaning="correction or void")
        return writable

    @cached_property
    def sets(self) -> tuple[Column, ...]:
        """The columns that hold sets."""
        return tuple(column for column in self.columns if column.kind is Kind.SET)

    @cached_property
    def blobs(self) -> tuple[Column, ...]:
        """The columns that name contents."""
        return tuple(column for column in self.columns if column.blob)

    def column(self, name: str) -> Column | None:
        """The column of that name, or None."""
        return next((column for column in self.columns if column.name == name), None)


@dataclass(frozen=True)
class Schema:
    """Everything that a node keeps, with the versions that its derived state depends on.

    Attributes:
        version: Grows with every table or column that joins; stands in segment headers.
        rules: Changes whenever a derivation or the merge gives another result for the same ledger.
        tables: The tables.
        policy: The version of the policy pack that comes with it, in force until the county
            publishes another.
        format: The newest form of header and body that is read.
    """

    version: int
    rules: str
    tables: tuple[Table, ...]
    policy: str = ""
    format: int = 1
    by_name: Mapping[str, Table] = field(init=False, compare=False)

    def __post_init__(self) -> None:
        by_name = {table.name: table for table in self.tables}
        assert len(by_name) == len(self.tables), "two tables of one name"
        object.__setattr__(self, "by_name", by_name)

    @property
    def rules_version(self) -> str:
        """What two nodes must share before their derived tables can be compared."""
        return f"{self.rules}/{self.version}"

    def table(self, name: str) -> Table | None:
        """The table of that name, or None where this node is too old to know it."""
        return self.by_name.get(name)
