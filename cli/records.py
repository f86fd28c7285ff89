"""Finds records by what a person types.

An id has 26 characters, of which the last eight are shown in tables: they come from a hash and
tell records apart, while the first ten only tell the time. Whatever a command asks for by id may
be typed as its beginning or end, or as the name of a person, a worker or a facility.
"""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import Any, TypeVar

from cli.grammar import ROWS_MAX
from cli.narrowing import chosen
from cli.output import say
from node.care.doubles.links import Doubles
from node.care.doubles.reading import read
from node.care.rows import pages as pages
from node.errors import UsageError
from node.replica import Replica

ID_CHARACTERS = 26
PART_CHARACTERS_MIN = 6
SHORT_CHARACTERS = 8
_NAMED = ("provider", "person", "worker", "facility", "association", "campaign")
_MATCHES_MAX = 5
Row = TypeVar("Row")
_PART = re.compile(r"[0-9A-HJKMNP-TV-Z]+")


def short(row_id: str | None) -> str:
    """The end of an id, enough to type; empty where a row names none."""
    return (row_id or "")[-SHORT_CHARACTERS:]


# --- finding -------------------------------------------------------------------------------------


def active(
    rows: Iterable[dict[str, Any]], closed: Collection[str], every: bool
) -> Iterator[dict[str, Any]]:
    """The records that are not closed, or with `--all` every one."""
    return (row for row in rows if every or row["status"] not in closed)


def find(replica: Replica, table: str, typed: str, *, itself: bool = False) -> dict[str, Any]:
    """The record that a person means.

    Args:
        replica: This node.
        table: Where to look.
        typed: An id, at least six characters of its beginning or end, or a name. The name of a
            person who stands twice means the record that is kept.
        itself: Whether a name means just the records that bear it.

    Raises:
        UsageError: None fits, or several do.
    """
    wanted = typed.strip()
    found: dict[str, dict[str, Any]] = {}
    if table in _NAMED:
        named = replica.rows(table, where={"name": wanted})
        if table == "person" and not itself:
            named = [_kept(replica, row) for row in named]
        found.update((row["id"], row) for row in named)
    part = wanted.upper()
    if len(part) == ID_CHARACTERS:
        row = replica.row(table, part)
        found.update({part: row} if row else {})
    elif len(part) >= PART_CHARACTERS_MIN and _PART.fullmatch(part):
        found.update((row["id"], row) for row in _by_part(replica, table, part))
    if len(found) == 1:
        return next(iter(found.values()))
    raise _not_one(table, wanted, list(found.values()))


def _kept(replica: Replica, person: dict[str, Any]) -> dict[str, Any]:
    """The record that is kept for a person; the person's own where that one is not here."""
    kept = read(replica).survivor(person["id"])
    return (replica.row("person", kept) if kept != person["id"] else None) or person


def same_person(replica: Replica, person_id: str) -> list[str]:
    """The ids of all records of a person, by whichever of them is given."""
    return list(read(replica).group(person_id))


def find_id(replica: Replica, table: str, typed: str) -> str:
    """The id of a record that another names; a whole id need not be on this node yet.

    Raises:
        UsageError: Nothing fits, or several do.
    """
    part = typed.strip().upper()
    if len(part) == ID_CHARACTERS and _PART.fullmatch(part):
        return part
    return str(find(replica, table, typed)["id"])


def _by_part(replica: Replica, table: str, part: str) -> list[dict[str, Any]]:
    """Records whose id begins or ends so; a few suffice to know that one is not enough."""
    ids = replica.ids_with(table, part, _MATCHES_MAX + 1)
    return replica.rows(table, where={"id": ids}) if ids else []


def _not_one(table: str, wanted: str, found: Sequence[Mapping[str, Any]]) -> UsageError:
    if not found:
        by_name = " or a name" if table in _NAMED else ""
        return UsageError(
            f"No {table} {wanted[:60]!r} is on this node.",
            hint=f"Give an id, {PART_CHARACTERS_MIN} or more characters of its beginning or end"
            f"{by_name}; a record of another division is not kept here.",
        )
    listed = ", ".join(
        " ".join(filter(None, (row["id"], row.get("name")))) for row in found[:_MATCHES_MAX]
    )
    more = " and more" if len(found) > _MATCHES_MAX else ""
    return UsageError(
        f"Several fit {wanted[:60]!r}: {listed}{more}.", hint="Give the id of the one you mean."
    )


class Names:
    """The names behind ids, each looked up once.

    Args:
        replica: This node.
    """

    def __init__(self, replica: Replica) -> None:
        self.replica = replica
        self._known: dict[tuple[str, str], str] = {}
        self._doubles: Doubles | None = None

    def of(self, table: str, row_id: str | None) -> str:
        """The name of a record, or the end of its id where it is not here.

        A person who stands twice has the name of the record that is kept.
        """
        if row_id is None:
            return ""
        key = (table, row_id)
        if key not in self._known:
            row = self.replica.row(table, self._kept(row_id) if table == "person" else row_id)
            row = row or self.replica.row(table, row_id)
            self._known[key] = (row or {}).get("name") or short(row_id)
        return self._known[key]

    def _kept(self, person_id: str) -> str:
        if self._doubles is None:
            self._doubles = read(self.replica)
        return self._doubles.survivor(person_id)


# --- listing and typing --------------------------------------------------------------------------


def listed(
    rows: Iterable[Row], limit: int | None, whole: bool, *, neglected: bool = False
) -> Iterable[Row]:
    """The page of rows that was asked for, and a word about those left out.

    Args:
        rows: All there are, oldest first; most neglected first where that is asked for.
        limit: At most so many, 0 for all; None for as many as fit what is printed.
        whole: Whether JSON or CSV is asked for, which leaves out nothing by itself.
        neglected: Whether the first page holds the first rows and not the last.
    """
    asked = chosen()
    rows, page = asked.fitting(rows), asked.page or 1
    most = (0 if whole and not asked.page else ROWS_MAX) if limit is None else limit
    if not most:
        return rows
    kept: deque[Row] = deque(maxlen=most * page)
    count = 0
    for row in rows:
        if not neglected or most * (page - 1) <= count < most * page:
            kept.append(row)
        count += 1
    last = max(-(-count // most), 1)
    if page > last:
        raise UsageError(
            f"There is no page {page}; the list has {last}.",
            hint="Leave --page out for the first.",
        )
    if last > 1 and neglected:
        say(f"Page {page} of {last}, what waited longest on the first. Another: --page N")
    elif last > 1:
        say(f"Page {page} of {last}, the newest of {count} on the first. Another: --page N")
    return list(kept) if neglected else list(kept)[: len(kept) - most * (page - 1)]


def paired(typed: Sequence[str]) -> dict[str, str]:
    """FIELD VALUE FIELD VALUE … as a mapping; an empty value empties the field.

    Raises:
        UsageError: A value is missing, or a field is named twice.
    """
    if len(typed) % 2:
        raise UsageError(
            f"The field {typed[-1]!r} has no value.",
            hint="Write each field with its value, such as: phone 13812345678",
        )
    names = list(typed[::2])
    for name in names:
        if names.count(name) > 1:
            raise UsageError(f"The field {name!r} is given twice.", hint="Give it once.")
    return dict(zip(names, typed[1::2], strict=True))


def given(**values: Any) -> dict[str, Any]:
    """The options that were typed, without those left empty."""
    return {name: value for name, value in values.items() if value not in (None, "")}
