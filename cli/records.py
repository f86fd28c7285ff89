"""Finds records by what a person types.

An id has 26 characters, of which the last eight are shown in tables: they come from a hash and
tell records apart, while the first ten only tell the time. Whatever a command asks for by id may
be typed as its beginning or end, or as the name of a person, a worker or a facility.
"""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import Any

from cli.grammar import ROWS_MAX
from cli.output import say
from node.errors import UsageError
from node.replica import Replica

ID_CHARACTERS = 26
PART_CHARACTERS_MIN = 6
SHORT_CHARACTERS = 8
PAGE_ROWS = 2_000
_NAMED = ("person", "worker", "facility")
_MATCHES_MAX = 5
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


def pages(
    replica: Replica,
    table: str,
    within: str | None = None,
    where: Mapping[str, Any] | None = None,
) -> Iterator[dict[str, Any]]:
    """Rows by id, fetched by the page, so that a long register fits into a small box."""
    after = ""
    while True:
        rows = replica.rows(table, within, where, PAGE_ROWS, after)
        yield from rows
        if len(rows) < PAGE_ROWS:
            return
        after = rows[-1]["id"]


def find(replica: Replica, table: str, typed: str) -> dict[str, Any]:
    """The record that a person means.

    Args:
        replica: This node.
        table: Where to look.
        typed: An id, at least six characters of its beginning or end, or a name.

    Raises:
        UsageError: None fits, or several do.
    """
    wanted = typed.strip()
    found: dict[str, dict[str, Any]] = {}
    if table in _NAMED:
        found.update((row["id"], row) for row in replica.rows(table, where={"name": wanted}))
    part = wanted.upper()
    if len(part) == ID_CHARACTERS:
        row = replica.row(table, part)
        found.update({part: row} if row else {})
    elif len(part) >= PART_CHARACTERS_MIN and _PART.fullmatch(part):
        found.update((row["id"], row) for row in _by_part(replica, table, part))
    if len(found) == 1:
        return next(iter(found.values()))
    raise _not_one(table, wanted, list(found.values()))


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

    def of(self, table: str, row_id: str | None) -> str:
        """The name of a record, or the end of its id where it is not here."""
        if row_id is None:
            return ""
        key = (table, row_id)
        if key not in self._known:
            row = self.replica.row(table, row_id)
            self._known[key] = (row or {}).get("name") or short(row_id)
        return self._known[key]


# --- listing and typing --------------------------------------------------------------------------


def listed(
    rows: Iterable[dict[str, Any]], limit: int | None, whole: bool
) -> Iterable[dict[str, Any]]:
    """The newest rows up to a limit, and a word about those left out.

    Args:
        rows: All that fit, oldest first.
        limit: At most so many, 0 for all; None for as many as fit what is printed.
        whole: Whether JSON or CSV is asked for, which leaves out nothing by itself.
    """
    most = (0 if whole else ROWS_MAX) if limit is None else limit
    if not most:
        return rows
    newest: deque[dict[str, Any]] = deque(maxlen=most)
    count = 0
    for row in rows:
        newest.append(row)
        count += 1
    if count > most:
        say(f"These are the newest {most} of {count}. For all: --limit 0")
    return list(newest)


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
