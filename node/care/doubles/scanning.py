"""Which records of the register may be one person's.

By the ID number first. Two records with different numbers are two people, whatever else is alike;
where one lacks its number the name and the birth date tell. Names of one village that only sound
alike are near enough to be looked at.

Pure: the records may come in any order. What it takes grows with their number, also where a
list gives everybody one birth date: of a heap that large each is set beside the first alone.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import combinations
from typing import NamedTuple

from node.care.doubles.sounds import plain, sounds

NUMBER, VILLAGE, BIRTH, SOUND = "number", "village", "birth", "sound"
"""Why two records may be one person's: one ID number; one name and birth date in one village; the
same in two; or names that sound alike, with one birth date, in one village."""

KINDS = (NUMBER, VILLAGE, BIRTH, SOUND)
"""The strongest first."""

_HEAP_MAX = 20


class Record(NamedTuple):
    """What the scan reads of a person; an empty text where it is not known."""

    id: str
    division: str
    name: str
    born: str = ""
    number: str = ""
    gender: str = ""


@dataclass(frozen=True, slots=True, order=True)
class Candidate:
    """Two records that may be one person's.

    Attributes:
        rank: The place of `kind` in `KINDS`.
        one: The id of one, the lesser.
        two: The id of the other.
    """

    rank: int
    one: str
    two: str

    @property
    def kind(self) -> str:
        """Why they are taken for one."""
        return KINDS[self.rank]


def candidates(records: Iterable[Record]) -> list[Candidate]:
    """The pairs that a person should look at, each once by its strongest reason, in order."""
    heaps: list[dict[tuple[str, ...], list[Record]]] = [defaultdict(list) for _ in KINDS]
    for record in records:
        for rank, key in _keys(record):
            heaps[rank][key].append(record)
    found: dict[tuple[str, str], int] = {}
    for rank, by_key in enumerate(heaps):
        for heap in by_key.values():
            if len(heap) < 2:
                continue
            for one, two in _pairs(heap):
                pair = (one.id, two.id) if one.id < two.id else (two.id, one.id)
                if pair[0] != pair[1] and pair not in found and _may_be(rank, one, two):
                    found[pair] = rank
    return sorted(Candidate(rank, *pair) for pair, rank in found.items())


def _keys(record: Record) -> Iterator[tuple[int, tuple[str, ...]]]:
    name = plain(record.name)
    if record.number:
        yield 0, (record.number,)
    if record.born and name:
        yield 1, (record.division, record.born, name)
        yield 2, (record.born, name)
        for sound in sounds(name):
            yield 3, (record.division, record.born, sound)


def _pairs(heap: list[Record]) -> Iterable[tuple[Record, Record]]:
    ordered = sorted(heap)
    if len(ordered) <= _HEAP_MAX:
        return combinations(ordered, 2)
    return ((ordered[0], other) for other in ordered[1:])


def _may_be(rank: int, one: Record, two: Record) -> bool:
    """Whether nothing else says that they are two people."""
    if rank == 0:
        return True
    if one.number and two.number and one.number != two.number:
        return False
    return not (rank == 3 and one.gender and two.gender and one.gender != two.gender)
