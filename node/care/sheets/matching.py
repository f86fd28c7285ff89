"""Finds the row that is here already, in some dozens of bytes a key.

A register of a county has more rows than a village's box has memory to spare, and a list may be as
long. So neither is kept: of each key its fingerprint of 64 bits stands in one flat table, with the
place of its row. Whoever finds a fingerprint looks at the row itself before believing it; only
between two rows of one file is it believed at once, where one error in a thousand million files of
this length is a fair price.
"""

from __future__ import annotations

import hashlib
from array import array
from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from node.replica import Replica
from node.schema import Table

PAGE_ROWS = 1_000
_SLOTS_MIN = 1_024
_EMPTY = 0
_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_ID_CHARACTERS = 26
_ID_BYTES = 17
"""26 characters of five bits."""


def fingerprint(key: str) -> int:
    """64 bits of a key, never zero."""
    return int.from_bytes(hashlib.blake2b(key.encode(), digest_size=8).digest(), "big") or 1


class Fingerprints:
    """Numbers by fingerprint; one fingerprint may have several."""

    def __init__(self) -> None:
        self._count = 0
        self._make(_SLOTS_MIN)

    def __len__(self) -> int:
        return self._count

    def _make(self, slots: int) -> None:
        self._keys = array("Q", bytes(8 * slots))
        self._numbers = array("L", bytes(array("L").itemsize * slots))
        self._mask = slots - 1

    def add(self, key: int, number: int) -> None:
        """Notes a number under a fingerprint."""
        if 3 * self._count >= 2 * len(self._keys):
            keys, numbers = self._keys, self._numbers
            self._make(2 * len(keys))
            for known, its in zip(keys, numbers, strict=True):
                if known != _EMPTY:
                    self._put(known, its)
        self._put(key, number)
        self._count += 1

    def _put(self, key: int, number: int) -> None:
        slot = key & self._mask
        while self._keys[slot] != _EMPTY:
            slot = (slot + 1) & self._mask
        self._keys[slot] = key
        self._numbers[slot] = number

    def get(self, key: int) -> Iterator[int]:
        """The numbers under a fingerprint, the first noted first while the table did not grow."""
        slot = key & self._mask
        while self._keys[slot] != _EMPTY:
            if self._keys[slot] == key:
                yield self._numbers[slot]
            slot = (slot + 1) & self._mask


class RowIds:
    """Ids of rows with their divisions, by number from 0."""

    def __init__(self) -> None:
        self._ids = bytearray()
        self._divisions: list[str] = []
        self._ends: list[int] = []

    def add(self, division: str, row_id: str) -> int:
        """Notes an id and returns its number; ids of one division come one after another."""
        number = len(self._ids) // _ID_BYTES
        if not self._divisions or self._divisions[-1] != division:
            self._divisions.append(division)
            self._ends.append(number)
        self._ends[-1] = number + 1
        self._ids += _packed(row_id)
        return number

    def __getitem__(self, number: int) -> tuple[str, str]:
        """The division and the id of that number."""
        start = number * _ID_BYTES
        division = self._divisions[bisect_right(self._ends, number)]
        return division, _unpacked(self._ids[start : start + _ID_BYTES])


def _packed(row_id: str) -> bytes:
    number = 0
    for character in row_id:
        number = number << 5 | _ALPHABET.index(character)
    return number.to_bytes(_ID_BYTES, "big")


def _unpacked(packed: bytes | bytearray) -> str:
    number = int.from_bytes(packed, "big")
    shifts = range(5 * (_ID_CHARACTERS - 1), -1, -5)
    return "".join(_ALPHABET[number >> shift & 31] for shift in shifts)


def each_row(replica: Replica, table: Table, within: str | None = None) -> Iterator[dict[str, Any]]:
    """Every row of a table, division by division, a page at a time.

    Args:
        replica: This node.
        table: The table.
        within: Only this division and what lies below it.
    """
    tree = replica.tree
    here = {part.division for part in replica.partitions() if part.channel is table.channel}
    here.update(tree.below(tree.root))  # what is written here is in no partition until it is sealed
    if within is not None:
        here &= set(tree.below(within))
    for division in sorted(here, key=lambda one: (_code(replica, one), one)):
        after = ""
        while True:
            rows = replica.rows(table.name, None, {"division": division}, PAGE_ROWS, after)
            yield from rows
            if len(rows) < PAGE_ROWS:
                break
            after = rows[-1]["id"]


def _code(replica: Replica, division: str) -> str:
    known = replica.tree.get(division)
    return known.code if known else ""


class Present:
    """The rows of a table that are here, found by what makes two rows the same.

    Args:
        replica: This node.
        table: The table.
        keys: The keys to keep of a row in a division.
    """

    def __init__(
        self,
        replica: Replica,
        table: Table,
        keys: Callable[[Mapping[str, Any], str], Iterable[str]],
    ) -> None:
        self._replica = replica
        self._table = table
        self._ids = RowIds()
        self._known = Fingerprints()
        for row in each_row(replica, table):
            number = self._ids.add(row["division#"], row["id"])
            for key in (row["id"], *keys(row, row["division#"])):
                self._known.add(fingerprint(key), number)

    def knows(self, row_id: str) -> bool:
        """Whether a row of this id is here."""
        return any(held == row_id for _, held in self.find([row_id]))

    def find(self, keys: Iterable[str]) -> list[tuple[str, str]]:
        """The divisions and ids of the rows that may bear one of these keys, the likest first."""
        found = (number for key in keys for number in self._known.get(fingerprint(key)))
        return [self._ids[number] for number in dict.fromkeys(found)]

    def fetch(self, wanted: Iterable[tuple[str, str]]) -> dict[str, dict[str, Any]]:
        """The rows of some divisions and ids, by id."""
        by_division: dict[str, list[str]] = {}
        for division, row_id in wanted:
            by_division.setdefault(division, []).append(row_id)
        made: dict[str, dict[str, Any]] = {}
        for division, ids in by_division.items():
            for start in range(0, len(ids), PAGE_ROWS):
                where = {"division": division, "id": ids[start : start + PAGE_ROWS]}
                rows = self._replica.rows(self._table.name, None, where)
                made.update((row["id"], row) for row in rows)
        return made
