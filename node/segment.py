"""Changes, and the segments that carry them.

A *change* is one atomic write into one partition. A *body* holds a run of changes column by column,
because that is how it is compressed, and how it is merged: Python touches a column at a time, never
a cell at a time. A *segment* is a body with a signed header that says where it stands in its feed
and in which context its changes were made. A single local write is a body of one change, so that a
write made here and a write that came from afar take the same way into the tables.

Pure: the wire form of all this is `node.wire`, its place on disk `node.store`.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from node.clock import COUNTER_BITS
from node.feed import FeedKey, Head, VersionName

FORMAT = 1
"""The form of header and body that this node writes."""

CHANGE_BYTES_MAX = 1 << 20
"""The largest body of one change, not compressed. A rule of the protocol, not a setting."""

SEGMENT_BYTES_MAX = 2 << 20
"""The largest segment that is kept and forwarded; every carrier takes messages of this size."""

BRANCHES_MAX = 64
"""How many heads a feed may have: every header states those of every `trust` feed."""

SEGMENT_DOMAIN = b"linli.v1.segment"
_CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_TO_CROCKFORD = _CROCKFORD.encode().ljust(256)
_PAIRS = [a + b for a in _CROCKFORD for b in _CROCKFORD]
_HASH_BYTES = 10
_HASH_CHARACTERS = 16


@dataclass(slots=True)
class Changes:
    """The changes of a body: one entry a change in each list.

    Attributes:
        number: The change numbers, growing.
        time: The hybrid stamps, not clamped.
        user: Who acted.
        reason: The reason code given, or None.
        act: The act that the change is a part of, or None.
    """

    number: list[int] = field(default_factory=list)
    time: list[int] = field(default_factory=list)
    user: list[str] = field(default_factory=list)
    reason: list[str | None] = field(default_factory=list)
    act: list[str | None] = field(default_factory=list)

    def __len__(self) -> int:
        return len(self.number)


@dataclass(slots=True)
class Rows:
    """New rows of one table.

    Attributes:
        table: The table.
        change: The position of each row's change in the body.
        index: Each row's index among the rows of its change: with it the id is derived.
        columns: The values, a list as long as `change` for each column.
    """

    table: str
    change: Sequence[int]
    index: Sequence[int]
    columns: dict[str, list[Any]]

    def __len__(self) -> int:
        return len(self.change)


@dataclass(slots=True)
class Cells:
    """Writes to one column of one table: one version each.

    Attributes:
        table: The table.
        column: The column.
        change: The position of each write's change in the body.
        row: The ids written to.
        element: The set element, or None for other kinds.
        value: The values.
        named: The versions that each write overwrites.
    """

    table: str
    column: str
    change: Sequence[int]
    row: list[str]
    element: list[str | None]
    value: list[Any]
    named: list[tuple[VersionName, ...]]

    def __len__(self) -> int:
        return len(self.change)


@dataclass(slots=True)
class Body:
    """A run of changes by column."""

    changes: Changes = field(default_factory=Changes)
    rows: list[Rows] = field(default_factory=list)
    cells: list[Cells] = field(default_factory=list)


@dataclass(frozen=True)
class Beacon:
    """The county's signed statement of its time and of what it holds.

    Attributes:
        time: Milliseconds since 1970 UTC.
        trust_digest: Over every `trust` partition, 32 bytes.
        registry_digest: Over every `registry` partition, 32 bytes.
        author: The county's author id.
        signature: Raw, 64 bytes.
        raw: The message as it came: what a later version has put into it is signed, too.
    """

    time: int
    trust_digest: bytes
    registry_digest: bytes
    author: str
    signature: bytes = b""
    raw: bytes = field(default=b"", compare=False, repr=False)


Trust = Mapping[FeedKey, tuple[Head, ...]]
"""A frontier of `trust` feeds."""


@dataclass(frozen=True)
class Header:
    """What an author signs. The fields are those of the wire (ledger.proto, SegmentHeader).

    Attributes:
        trust: Only the heads that differ from what the segments before state.
        beacon: None: that of the segment before.
    """

    cluster: str
    feed: FeedKey
    number: int
    previous: tuple[Head, ...]
    boot: int
    first_change: int
    last_change: int
    changes: int
    body_hash: bytes
    body_bytes: int
    beacon: Beacon | None
    trust: Trust
    policy: str
    schema: int
    format: int = FORMAT


@dataclass(frozen=True)
class Segment:
    """A sealed segment: its bytes, and its header as read from them.

    Attributes:
        header_bytes: As signed.
        signature: Raw, 64 bytes.
        body: Compressed.
        replacement: The wire form of the replacement after an erasure, or empty.
        header: Read from `header_bytes`.
    """

    header_bytes: bytes
    signature: bytes
    body: bytes
    header: Header
    replacement: bytes = b""

    @property
    def hash(self) -> bytes:
        """SHA-256 of the header's bytes and the signature."""
        return hashlib.sha256(self.header_bytes + self.signature).digest()

    @property
    def head(self) -> Head:
        """Number and hash."""
        return Head(self.header.number, self.hash)

    @property
    def size(self) -> int:
        """Bytes that it takes on a carrier, about."""
        return len(self.header_bytes) + len(self.signature) + len(self.body) + len(self.replacement)


@lru_cache(maxsize=4096)
def _time_prefix(upper: int) -> str:
    """The first six characters of a ULID's time."""
    return "".join(_CROCKFORD[(upper >> shift) & 31] for shift in range(25, -1, -5))


def _base32(content: bytes | bytearray) -> str:
    """Base32 in Crockford's letters of a whole number of groups of five bytes.

    Every id of every row passes here, and `base64.b32encode` takes a loop in Python for each group.
    This spreads all groups at once: each takes eight bytes of one large number, and shifts part its
    40 bits into halves, quarters and eighths, one in each byte.
    """
    groups = len(content) // 5
    spread = bytearray(8 * groups)
    for place in range(5):
        spread[3 + place :: 8] = content[place::5]
    bits = int.from_bytes(spread, "big")
    for upper, lower, shift in _halves(groups):
        bits = (bits & upper) << shift | bits & lower
    return bits.to_bytes(8 * groups, "big").translate(_TO_CROCKFORD).decode()


@lru_cache(maxsize=16)
def _halves(groups: int) -> list[tuple[int, int, int]]:
    """The masks of the upper and the lower half of each part, and how far the upper one moves."""
    masks = (
        ("000000fffff00000", "00000000000fffff", 12),
        ("000ffc00000ffc00", "000003ff000003ff", 6),
        ("03e003e003e003e0", "001f001f001f001f", 3),
    )
    return [
        (int(upper * groups, 16), int(lower * groups, 16), shift) for upper, lower, shift in masks
    ]


def row_ids(
    author: bytes,
    boot: int,
    numbers: Iterable[int],
    times: Iterable[int],
    indexes: Iterable[int],
) -> list[str]:
    """Derives the ids of new rows, so that the wire need not carry them.

    Args:
        author: The author id, 20 bytes.
        boot: The boot number that the segment states.
        numbers: Each row's change number.
        times: Each row's hybrid stamp.
        indexes: Each row's index within its change.

    Returns:
        ULIDs: 48 bits of milliseconds, 80 bits of SHA-256 over author, boot, number and index.
    """
    start = hashlib.sha256(author + boot.to_bytes(8, "big"))
    hashes = bytearray()
    for number, index in zip(numbers, indexes, strict=True):
        one = start.copy()
        one.update(((number << 32) | index).to_bytes(12, "big"))
        hashes += one.digest()[:_HASH_BYTES]
    text = _base32(hashes)
    ids: list[str] = []
    at = 0
    for time in times:
        ms = time >> COUNTER_BITS
        prefix = _time_prefix(ms >> 20) + _PAIRS[(ms >> 10) & 1023] + _PAIRS[ms & 1023]
        ids.append(prefix + text[at : at + _HASH_CHARACTERS])
        at += _HASH_CHARACTERS
    return ids


def ids_of(author: bytes, boot: int, changes: Changes, rows: Rows) -> list[str]:
    """The ids of a body's new rows of one table."""
    numbers = map(changes.number.__getitem__, rows.change)
    times = map(changes.time.__getitem__, rows.change)
    return row_ids(author, boot, numbers, times, rows.index)


def join(bodies: Iterable[Body]) -> Body:
    """Packs bodies into one, in order.

    The rows of one table with the same columns become one block.
    """
    joined = Body()
    rows: dict[tuple[str, ...], Rows] = {}
    cells: dict[tuple[str, str], Cells] = {}
    for body in bodies:
        base = len(joined.changes)
        for name in ("number", "time", "user", "reason", "act"):
            getattr(joined.changes, name).extend(getattr(body.changes, name))
        for block in body.rows:
            _add_rows(rows, block, base)
        for written in body.cells:
            _add_cells(cells, written, base)
    joined.rows = list(rows.values())
    joined.cells = list(cells.values())
    return joined


def _add_rows(known: dict[tuple[str, ...], Rows], block: Rows, base: int) -> None:
    key = (block.table, *block.columns)
    into = known.setdefault(key, Rows(block.table, [], [], {name: [] for name in block.columns}))
    assert isinstance(into.change, list) and isinstance(into.index, list)
    into.change.extend(base + position for position in block.change)
    into.index.extend(block.index)
    for name, values in block.columns.items():
        into.columns[name].extend(values)


def _add_cells(known: dict[tuple[str, str], Cells], written: Cells, base: int) -> None:
    into = known.setdefault(
        (written.table, written.column),
        Cells(written.table, written.column, [], [], [], [], []),
    )
    assert isinstance(into.change, list)
    into.change.extend(base + position for position in written.change)
    into.row.extend(written.row)
    into.element.extend(written.element)
    into.value.extend(written.value)
    into.named.extend(written.named)
