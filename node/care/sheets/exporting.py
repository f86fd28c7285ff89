"""The registers as rows for a spreadsheet: Chinese headings, codes in words, moments of the wall.

What goes out comes in again and changes nothing: headings are those that an import knows, and each
row bears the id of its record. ID numbers go out masked unless they are asked for, since a file
that is sent around is the commonest way in which a register leaks; a certificate of disability
begins with the ID number and is masked as well.

Rows come division by division, a page at a time, so that a county's year of visits needs no more
memory than a village's day.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from node.care import fields, titles, visits
from node.care.cases import CASE
from node.care.doubles.reading import read
from node.care.facilities import FACILITY
from node.care.headings import heading
from node.care.people import PERSON
from node.care.policy import BASELINE
from node.care.sheets.matching import each_row
from node.care.status import status_text
from node.care.visits import VISIT
from node.clock import day, local
from node.division import LEVELS
from node.replica import Replica
from node.schema import Table

_NAMES_MAX = 20_000
_WITH_ID_NUMBER = frozenset({"id_number", "disability_certificate"})
_AS_TEXT = _WITH_ID_NUMBER | {
    "id", "division", "phone", "contact_phone", "person", "worker", "household", "successor",
    "head",
}  # fmt: skip
"""Columns of digits or ids, of which a spreadsheet may make no numbers."""
_PERSON_NAME, _WORKER_NAME = "服务对象", "服务人员"
_AMENDED = {"void": "已作废", "correct": "已更正"}


@dataclass(frozen=True)
class Export:
    """A register, ready to be written.

    Attributes:
        headings: The headings of its columns.
        texts: For each column, whether its cells are text even where they look like numbers.
        rows: Its rows.
    """

    headings: list[str]
    texts: list[bool]
    rows: Iterator[list[Any]]


@dataclass(frozen=True)
class _Field:
    """One column of an export."""

    name: str
    heading: str
    value: Callable[[Mapping[str, Any]], Any]


def people(replica: Replica, within: str | None = None, *, whole_ids: bool = False) -> Export:
    """Everybody who is cared for, each once: of who stands twice, the record that is kept."""
    merged = read(replica).survivors
    rows = (row for row in each_row(replica, PERSON, within) if row["id"] not in merged)
    return _export(replica, PERSON, _columns(PERSON, whole_ids), rows)


def facilities(replica: Replica, within: str | None = None) -> Export:
    """Every facility and what it offers."""
    return _export(replica, FACILITY, _columns(FACILITY), each_row(replica, FACILITY, within))


def cases(replica: Replica, within: str | None = None) -> Export:
    """Every home modification and how far it has come."""
    names = _Names(replica)
    columns = [
        _Field("", _PERSON_NAME, lambda row: names.of("person", row["person"], row["division#"])),
        *_columns(CASE),
        _Field("status_text", heading(CASE.name, "status_text"), _progress),
    ]
    return _export(replica, CASE, columns, each_row(replica, CASE, within))


def all_visits(
    replica: Replica, within: str | None = None, first_day: str = "", last_day: str = ""
) -> Export:
    """Every visit as its corrections leave it.

    Args:
        replica: This node.
        within: Only this division and what lies below it.
        first_day: ISO date of the first day, or empty.
        last_day: ISO date of the last day, or empty.
    """
    names = _Names(replica)
    columns = [
        _Field("", _PERSON_NAME, lambda row: names.of("person", row["person"], row["division#"])),
        _Field("", _WORKER_NAME, lambda row: names.of("worker", row["worker"])),
        *_columns(VISIT),
        _Field("state", heading(VISIT.name, "state"), _amended),
    ]
    fitting = (
        whole
        for row in each_row(replica, VISIT, within)
        if _between((whole := visits.corrected(row))["started_at"], first_day, last_day)
    )
    return _export(replica, VISIT, columns, fitting)


def _between(started_at: Any, first_day: str, last_day: str) -> bool:
    if not first_day and not last_day:
        return True
    if not isinstance(started_at, int):
        return False
    on = day(started_at)
    return first_day <= on and (not last_day or on <= last_day)


def _export(
    replica: Replica, table: Table, columns: list[_Field], rows: Iterator[dict[str, Any]]
) -> Export:
    every = [*_places(replica, table), *columns]

    def made() -> Iterator[list[Any]]:
        for row in rows:
            yield [column.value(row) for column in every]

    headings = [column.heading for column in every]
    return Export(headings, [column.name in _AS_TEXT for column in every], made())


def _places(replica: Replica, table: Table) -> list[_Field]:
    """The record's id, and where it stands: the code, the township and the village by name."""
    known: dict[str, tuple[str, str, str]] = {}

    def place(row: Mapping[str, Any]) -> tuple[str, str, str]:
        division = row["division#"]
        if division not in known:
            path = [here for id_ in replica.tree.path(division) if (here := replica.tree.get(id_))]
            by_level = {here.level: here.name for here in path}
            code = path[-1].code if path else division
            known[division] = (code, by_level.get(LEVELS[1], ""), by_level.get(LEVELS[2], ""))
        return known[division]

    return [
        _Field("id", heading(table.name, "id"), lambda row: row["id"]),
        _Field("division", heading(table.name, "division"), lambda row: place(row)[0]),
        _Field("", "所在乡镇", lambda row: place(row)[1]),
        _Field("", "所在村", lambda row: place(row)[2]),
    ]


def _columns(table: Table, whole_ids: bool = False) -> list[_Field]:
    return [
        _Field(
            column.name,
            heading(table.name, column.name),
            _shower(table.name, column.name, whole_ids),
        )
        for column in table.columns
    ]


def _shower(table: str, name: str, whole_ids: bool) -> Callable[[Mapping[str, Any]], Any]:
    """How a column is shown."""
    if name in _WITH_ID_NUMBER and not whole_ids:
        return lambda row: fields.masked_id(row[name])
    if name.endswith("_fen"):
        return lambda row: None if row[name] is None else Decimal(row[name]).scaleb(-2)
    if name.endswith("_at"):
        return lambda row: "" if row[name] is None else local(row[name])
    if name == "items":
        return lambda row: "、".join(BASELINE.item_title(item) for item in row[name])
    if (table, name) in titles.TITLES:
        return lambda row: titles.title(table, name, row[name])
    return lambda row: row[name]


def _amended(row: Mapping[str, Any]) -> str:
    stands = visits.amendment(row)
    for kind, word in _AMENDED.items():
        if kind in stands:
            code = stands["void"] if kind == "void" else stands.get("reason", "")
            return f"{word}：{BASELINE.lists.entry_reasons.title(str(code))}"
    return ""


def _progress(row: Mapping[str, Any]) -> str:
    return status_text(row["status"])


class _Names:
    """The names behind ids, some thousands of them remembered.

    Args:
        replica: This node.
    """

    def __init__(self, replica: Replica) -> None:
        self._replica = replica
        self._known: dict[str, str] = {}

    def of(self, table: str, row_id: str | None, division: str = "") -> str:
        """The name of a record; empty where it is not here.

        Args:
            table: Its table.
            row_id: Its id.
            division: Where it most likely stands, which is quicker to look through.
        """
        if row_id is None:
            return ""
        found = self._known.get(row_id)
        if found is None:
            if len(self._known) >= _NAMES_MAX:
                self._known.clear()
            where = {"division": division, "id": row_id}
            rows = self._replica.rows(table, None, where) if division else []
            row = rows[0] if rows else self._replica.row(table, row_id)
            found = self._known[row_id] = (row["name"] or "") if row else ""
        return found
