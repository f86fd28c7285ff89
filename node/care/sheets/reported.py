"""Reads a department's list: rows that report something of a person, and whose each is.

A row that cannot be read is kept as rejected, with the reason, so that the batch tells of every row
that the department sent.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Any

from node.care import fields
from node.care.departments.bringing import ROWS_MAX
from node.care.departments.matching import (
    CERTIFICATE,
    LISTED,
    REJECTED,
    Match,
    Reported,
    match,
    said_by,
)
from node.care.doubles.reading import read
from node.care.people import PERSON
from node.care.policy import BASELINE
from node.care.sheets.cells import Cell, CellFault, Shape, blank, value_of
from node.care.sheets.headings import PLACES, Column, words_of
from node.care.sheets.judging import headed
from node.care.sheets.matching import Present
from node.care.sheets.places import Places
from node.care.sheets.reading import Row, Sheet
from node.errors import UsageError
from node.replica import Replica

FIELDS = (
    "name", "id_number", "birth_date", "reports", "happened_on", "disability_kind",
    "disability_grade",
)  # fmt: skip
_SHAPES = {"id_number": Shape.ID_NUMBER, "birth_date": Shape.DATE, "happened_on": Shape.DATE}
_CHECKS: Mapping[str, fields.Check] = {
    "name": fields.name,
    "id_number": fields.id_number,
    "birth_date": fields.date,
    "happened_on": fields.date,
    "disability_kind": BASELINE.lists.disability_kinds.code,
    "disability_grade": BASELINE.lists.disability_grades.code,
}
_BATCH_ROWS = 1_000
_CHUNK = 1 << 20


@dataclass
class Read:
    """A list that was read.

    Attributes:
        rows: Each row and whose it is.
        counts: How many ended in which way.
    """

    rows: list[tuple[Reported, Match]] = field(default_factory=list)
    counts: Counter[str] = field(default_factory=Counter)


def digest_of(path: Path) -> str:
    """SHA-256 of a file, hexadecimal."""
    hasher = hashlib.sha256()
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK):
            hasher.update(chunk)
    return hasher.hexdigest()


def read_list(replica: Replica, sheet: Sheet, department: str, ignored: Sequence[str] = ()) -> Read:
    """Reads a list and finds whose each row is.

    Args:
        replica: This node.
        sheet: The list.
        department: A code of `departments`.
        ignored: Headings to pass over.

    Raises:
        UsageError: The headings do not tell what the columns hold, or there are too many rows.
    """
    words = words_of("department_hit", FIELDS)
    columns, found = headed(sheet, words, ("name",), ignored)
    by_field = {column.field: column for column in columns if column.field}
    if "reports" not in by_field:
        said_by(department, "")  # otherwise every single row would be rejected
    places = Places(replica.tree, replica.division, "", "village")
    present = Present(replica, PERSON, lambda row, _: _keys(row))
    kept = read(replica).survivors
    made = Read()
    while batch := list(islice(found, _BATCH_ROWS)):
        judged = [_judged(row, by_field, places, department) for row in batch]
        near = [present.find(_keys(_plain(one))) for one, _ in judged]
        here = present.fetch({each for candidates in near for each in candidates})
        for (one, why), candidates in zip(judged, near, strict=True):
            people = [here[id_] for _, id_ in candidates if id_ in here]
            found_here = Match(REJECTED, reason=why) if why else match(one, people, kept)
            made.rows.append((one, found_here))
            made.counts[found_here.outcome] += 1
        if len(made.rows) > ROWS_MAX:
            raise UsageError(
                f"{sheet.path} has more than {ROWS_MAX} rows.",
                hint="Split the list, a township each.",
            )
    return made


def _plain(one: Reported) -> dict[str, Any]:
    return {"name": one.name, "id_number": one.id_number}


def _keys(row: Mapping[str, Any]) -> Iterator[str]:
    if row["id_number"]:
        yield f"i\x1f{row['id_number']}"
    if row["name"]:
        yield f"n\x1f{row['name']}"


def _judged(
    row: Row, columns: Mapping[str, Column], places: Places, department: str
) -> tuple[Reported, str]:
    """A row, as far as it can be read, and a code of `match_reasons` where it cannot."""
    cells = {
        name: row.cells[column.place]
        for name, column in columns.items()
        if column.place < len(row.cells) and not blank(row.cells[column.place])
    }
    values: dict[str, str] = dict.fromkeys(FIELDS, "")
    whys: list[str] = []
    for name, cell in cells.items():
        if name in values:
            _fill(values, name, cell, whys)
    division = ""
    if any(name in cells for name in PLACES if name != "id"):
        try:
            division = places.find(cells)
        except CellFault:
            whys.append("no_place")
    try:
        reports = said_by(department, values["reports"])
    except UsageError:
        reports = LISTED
        whys.append("no_event")
    whys += _lacking(values, reports)
    one = Reported(
        row.number, values["name"], values["id_number"],
        values["birth_date"] or _born(values["id_number"]), division, reports,
        values["happened_on"], values["disability_kind"], values["disability_grade"],
    )  # fmt: skip
    return one, whys[0] if whys else ""


def _fill(values: dict[str, str], name: str, cell: Cell, whys: list[str]) -> None:
    try:
        typed = value_of(_SHAPES.get(name, Shape.TEXT), cell)
        check = _CHECKS.get(name)
        values[name] = str(check(name, typed) if check else typed)
    except UsageError:
        whys.append("number" if name == "id_number" else "unreadable")


def _lacking(values: Mapping[str, str], reports: str) -> Iterator[str]:
    if not values["name"]:
        yield "no_name"
    if reports != LISTED and reports != CERTIFICATE and not values["happened_on"]:
        yield "no_date"
    if reports == CERTIFICATE and not (values["disability_kind"] and values["disability_grade"]):
        yield "no_grade"


def _born(number: str) -> str:
    return f"{number[6:10]}-{number[10:12]}-{number[12:14]}" if number else ""
