"""Whether what a node shows is what its versions say, worked out once more in plain Python.

Like the bank of Jepsen: nothing may appear or vanish between what was written and what is shown.
From the versions and from what they overwrite it follows which of them stand, what a register
shows, what a counter adds up to and who is in a set. All of that is worked out here without the
product, one cell after the other, and compared with what its tables hold. Since every acknowledged
version is looked for besides (`cli.demo.contents`), each increment is counted once, and no newer
word of anybody is passed over for an older one.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

_COUNT_MAX = (1 << 53) - 1
_SHOWN_MAX = 3

Name = tuple[str, int, int]
"""A version within its cell: author, boot, number."""

Cell = tuple[str, str, str, str, str]
"""Division, table, id, column, element."""


@dataclass
class Version:
    """One version of a cell, as the database has it."""

    name: Name
    time: int
    value: Any
    owner: int
    applied: int
    standing: int
    names: list[Name] = field(default_factory=list)


def faults(connection: Any, kinds: Mapping[str, Mapping[str, str]]) -> list[str]:
    """Every cell that shows something else than its versions say.

    Args:
        connection: A node's database.
        kinds: How each column of each table merges.
    """
    found = []
    rows = _Rows(connection)
    for cell, versions in _cells(connection):
        stand = standing(versions)
        marked = {one.name for one in versions if one.standing}
        if marked != {one.name for one in stand}:
            found.append(f"{_named(cell)} marks {len(marked)} versions, and {len(stand)} stand")
        kind = kinds[cell[1]][cell[3]]
        if rows.has(cell):
            expected, is_shown = _expected(kind, versions, stand), rows.shown(cell, kind)
            if is_shown != expected:
                found.append(f"{_named(cell)} shows {is_shown!r} and should show {expected!r}")
    return found


def standing(versions: Iterable[Version]) -> list[Version]:
    """The versions of one cell that no applied one overwrites, the newest first.

    Whoever names a version that does not count names what that one named. A version of the owning
    tier is overwritten by its like only.
    """
    known = {one.name: one for one in versions}
    dead: set[tuple[Name, int]] = set()
    for one in known.values():
        if not one.applied:
            continue
        ways, seen = list(one.names), set()
        while ways:
            name = ways.pop()
            if name in seen:
                continue
            seen.add(name)
            dead.add((name, one.owner))
            other = known.get(name)
            if other is not None and not other.applied:
                ways += other.names
    stand = [
        one
        for one in known.values()
        if one.applied and not any(n == one.name and owner >= one.owner for n, owner in dead)
    ]
    return sorted(stand, key=lambda one: (one.owner, one.time, one.name), reverse=True)


def _expected(kind: str, versions: list[Version], stand: list[Version]) -> Any:
    if kind == "counter":
        total = sum(one.value or 0 for one in versions if one.applied)
        return max(-_COUNT_MAX - 1, min(total, _COUNT_MAX))
    if kind == "set":
        return any(one.value is not None for one in stand)
    if kind == "authority" and stand and not stand[0].owner:
        return None
    return stand[0].value if stand else None


class _Rows:
    """What the tables show."""

    def __init__(self, connection: Any) -> None:
        self._connection = connection
        self._row: tuple[tuple[str, ...], dict[str, Any] | None] = ((), None)

    def _read(self, cell: Cell) -> dict[str, Any] | None:
        """A row, or None while only its versions have come; the cells of a row come together."""
        if self._row[0] != cell[:3]:
            asked = f'SELECT * FROM "{cell[1]}" WHERE division = ? AND id = ?'
            cursor = self._connection.execute(asked, (cell[0], cell[2]))
            names, row = [one[0] for one in cursor.description], cursor.fetchone()
            self._row = (cell[:3], None if row is None else dict(zip(names, row, strict=True)))
        return self._row[1]

    def has(self, cell: Cell) -> bool:
        """Whether the row of a cell is here."""
        return self._read(cell) is not None

    def shown(self, cell: Cell, kind: str) -> Any:
        """What the table shows in a cell whose row is here."""
        division, table, id_, column, element = cell
        if kind == "set":
            asked = f'SELECT 1 FROM "{table}__{column}" WHERE division = ? AND id = ?'
            found = self._connection.execute(f"{asked} AND element = ?", (division, id_, element))
            return found.fetchone() is not None
        row = self._read(cell)
        assert row is not None, "asked only where the row is here"
        return row[column]


def _cells(connection: Any) -> Iterator[tuple[Cell, list[Version]]]:
    """Every cell that was ever updated, with its versions and what they name."""
    named: dict[Cell, dict[Name, list[Name]]] = {}
    for row in connection.execute(
        "SELECT w.division, w.tab, w.id, w.col, w.element, o.author, o.boot, w.number, "
        "n.author, n.boot, w.named_number FROM overwrite w "
        "JOIN origin o ON o.origin = w.origin JOIN origin n ON n.origin = w.named_origin"
    ):
        by = named.setdefault(tuple(row[:5]), {})
        by.setdefault(tuple(row[5:8]), []).append(tuple(row[8:]))
    cell: Cell | None = None
    versions: list[Version] = []
    for row in connection.execute(
        "SELECT v.division, v.tab, v.id, v.col, v.element, o.author, o.boot, v.number, v.time, "
        "coalesce(v.text, v.integer), v.owner, v.applied, v.standing FROM version v "
        "JOIN origin o ON o.origin = v.origin ORDER BY 1, 2, 3, 4, 5"
    ):
        here: Cell = tuple(row[:5])
        if here != cell:
            if cell is not None:
                yield cell, versions
            cell, versions = here, []
        name: Name = tuple(row[5:8])
        names = named.get(here, {}).get(name, [])
        versions.append(Version(name, row[8], row[9], row[10], row[11], row[12], names))
    if cell is not None:
        yield cell, versions


def _named(cell: Cell) -> str:
    _, table, id_, column, element = cell
    return f"{table} {id_}.{column} {element}".rstrip()


def told(found: list[str]) -> list[str]:
    """The first of them, and how many more there are."""
    more = [f"and {len(found) - _SHOWN_MAX} more"] if len(found) > _SHOWN_MAX else []
    return found[:_SHOWN_MAX] + more
