"""Judges the rows of a sheet one by one: each fits, or everything that is wrong with it is named.

A row is first given to the check that all rows of its register pass. Only where that refuses is
each field judged alone, so that a row is sent back once and not once for every fault.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain, islice
from typing import Any

from node.care import fields
from node.care.closing import FIELDS
from node.care.sheets.cells import Cell, CellFault, blank, letters, unfit, value_of
from node.care.sheets.headings import (
    HEADING_ROWS_MAX,
    PLACES,
    ROW_ID,
    Column,
    columns_of,
    misplaced,
    words_of,
)
from node.care.sheets.matching import Fingerprints, fingerprint
from node.care.sheets.places import Places, blamed
from node.care.sheets.reading import Row, Sheet
from node.care.sheets.registers import BY_NUMBER, Register
from node.care.sheets.report import Note, note_of
from node.errors import UsageError

_SAMPLE_ROWS = 50
_EXPORTED = "e\x1f"
"""Before the keys of a row that bears the id of a record here."""
_STAND_INS = {"name": "某", "kind": "CT"}


@dataclass(frozen=True, slots=True)
class Sound:
    """A row that fits.

    Attributes:
        row: The row.
        division: The id of the division in which it stands.
        values: Its columns, as they are written.
        sets: Its sets.
        given: The columns of the sheet that it fills, by field.
        keys: What it is looked for by.
    """

    row: Row
    division: str
    values: dict[str, Any]
    sets: dict[str, list[str]]
    given: dict[str, Column]
    keys: list[str]


def opened(
    sheet: Sheet, register: Register, ignored: Sequence[str] = ()
) -> tuple[list[Column], Iterator[Row]]:
    """The columns of a sheet, and its rows below the headings.

    Raises:
        UsageError: The headings do not tell what the columns hold, or there is no row below.
    """
    words = words_of(register.table.name, register.fields)
    return headed(sheet, words, register.required, ignored)


def headed(
    sheet: Sheet, words: Mapping[str, str], required: Sequence[str], ignored: Sequence[str] = ()
) -> tuple[list[Column], Iterator[Row]]:
    """The same for any list, given what its headings may be called."""
    first = list(islice(sheet.rows, max(_SAMPLE_ROWS, HEADING_ROWS_MAX)))
    if not first:
        raise UsageError(f"{sheet.path} holds no rows.", hint="Save the list again.")
    columns = columns_of(first, words, required, ignored)
    if len(first) == 1:
        raise UsageError(
            f"{sheet.path} has headings and no row below them.", hint="Give the whole list."
        )
    misplaced(columns, first[1:])
    return columns, chain(first[1:], sheet.rows)


class Judge:
    """Judges rows one by one, and remembers which were there before.

    Args:
        register: What is imported.
        columns: The columns of the sheet.
        places: Finds divisions.
        known: Says whether an id is that of a record here.
        today: The day, ISO; empty where it is not known.
    """

    def __init__(
        self,
        register: Register,
        columns: Sequence[Column],
        places: Places,
        known: Callable[[str], bool],
        today: str = "",
    ) -> None:
        self._register = register
        self._columns = [column for column in columns if column.field]
        self._headed = {column.place for column in columns}
        self._places = places
        self._known = known
        self._today = today
        self._seen = Fingerprints()

    def row(self, row: Row) -> Sound | list[Note]:
        """A row that fits, or everything that is wrong with it."""
        notes: list[Note] = []
        if row.merged:
            fault = unfit(
                row.merged,
                "is merged, so only its first cell holds what all seem to show",
                "Unmerge it and fill in every cell.",
            )
            left = row.merged.split(":")[0].rstrip("0123456789")
            notes.append(note_of(row.number, left, "", "", fault))
        notes += self._beyond(row)
        given = {
            column.field: column
            for column in self._columns
            if column.place < len(row.cells) and not blank(row.cells[column.place])
        }
        cells = {name: row.cells[column.place] for name, column in given.items()}
        values = self._values(row, given, cells, notes)
        division = self._division(row, cells, notes)
        if notes:  # the checks have their say as well, so that a row is mended once
            return notes + self._each(row, given, values)
        try:
            checked, sets = self._register.checked(values, self._today)
        except UsageError as error:
            return self._whole_row(row, given, values, error)
        keep, look = self._register.keys(checked, division)
        row_id = _row_id(cells.get(ROW_ID))
        twice = self._twice(row, given, row_id, keep, look)
        return [twice] if twice else Sound(row, division, checked, sets, given, row_id + look)

    def _beyond(self, row: Row) -> list[Note]:
        """The first cell that stands under no heading."""
        for place, cell in enumerate(row.cells):
            if place not in self._headed and not blank(cell):
                fault = unfit(
                    cell,
                    "stands under no heading, so the row may have slipped to the side",
                    "Move the row back, or write a heading above that column.",
                )
                return [note_of(row.number, letters(place + 1), "", cell, fault)]
        return []

    def _values(
        self,
        row: Row,
        given: Mapping[str, Column],
        cells: Mapping[str, Cell],
        notes: list[Note],
    ) -> dict[str, Any]:
        """What the checks are given; notes the cells that a spreadsheet has spoilt."""
        values = {}
        for name, cell in cells.items():
            if name in PLACES:
                continue
            try:
                values[name] = value_of(self._register.shapes[name], cell)
            except CellFault as fault:
                notes.append(note_of(row.number, given[name].letter, name, cell, fault))
        return values

    def _division(self, row: Row, cells: Mapping[str, Cell], notes: list[Note]) -> str:
        try:
            return self._places.find(cells)
        except CellFault as fault:
            name = blamed(fault, cells)
            notes.append(note_of(row.number, self._letter(name), name, "", fault))
            return ""

    def _each(self, row: Row, given: Mapping[str, Column], values: Mapping[str, Any]) -> list[Note]:
        """What the checks say of each field by itself; of those that close, beside each other."""
        notes = []
        for name, value in values.items():
            others = {one: values[one] for one in FIELDS if one in values and name in FIELDS}
            try:
                self._register.checked({**self._stand_in(), **others, name: value}, self._today)
            except UsageError as error:
                if not others or error.message.startswith(f"{name} "):
                    notes.append(note_of(row.number, given[name].letter, name, value, error))
        return notes

    def _stand_in(self) -> dict[str, Any]:
        """Values for the required fields, with which any one field can be judged alone."""
        return {name: _STAND_INS[name] for name in self._register.required}

    def _whole_row(
        self,
        row: Row,
        given: Mapping[str, Column],
        values: Mapping[str, Any],
        error: UsageError,
    ) -> list[Note]:
        """Every field that does not fit; or, where each fits alone, what is wrong together."""
        notes = self._each(row, given, values)
        if notes:
            return notes
        missing = next((name for name in self._register.required if name not in values), "")
        named = missing or next((name for name in values if error.message.startswith(name)), "")
        return [note_of(row.number, self._letter(named), named, values.get(named, ""), error)]

    def _letter(self, name: str) -> str:
        """The letter of the column of a field, whether a row fills it or not."""
        return next((column.letter for column in self._columns if column.field == name), "")

    def _twice(
        self,
        row: Row,
        given: Mapping[str, Column],
        row_id: Sequence[str],
        keep: Sequence[str],
        look: Sequence[str],
    ) -> Note | None:
        """That a row stands in the sheet already; else the row is remembered.

        Two rows with ids of two records that are here are two, however alike they look.
        """
        exported = any(map(self._known, row_id))
        alike = look if exported else [*look, *(_EXPORTED + key for key in look)]
        for key in (*row_id, *alike):
            for first in self._seen.get(fingerprint(key)):
                return self._repeated(row, given, first, key.removeprefix(_EXPORTED), row_id)
        for key in (*row_id, *((_EXPORTED + key for key in keep) if exported else keep)):
            self._seen.add(fingerprint(key), row.number)
        return None

    def _repeated(
        self, row: Row, given: Mapping[str, Column], first: int, key: str, row_id: Sequence[str]
    ) -> Note:
        if key in row_id or key.startswith(BY_NUMBER):
            name = ROW_ID if key in row_id else "id_number"
            why, remedy = f"stands in row {first} already", "Delete one of the two rows."
        else:
            name, alike = "name", self._register.alike
            why = f"stands in row {first} already, with the same {alike}"
            remedy = "Delete one of the two rows, or write what tells them apart."
        cell = row.cells[given[name].place]
        return note_of(row.number, given[name].letter, name, "", unfit(cell, why, remedy))


def _row_id(cell: Cell) -> list[str]:
    """The id of the record, as an export gives it; a list that numbers its rows says nothing."""
    try:
        return [fields.row_id(ROW_ID, cell)] if isinstance(cell, str) else []
    except UsageError:
        return []
