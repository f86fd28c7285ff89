"""A list of divisions from a sheet: the statistics office's, or a county's own.

The list is taken as a whole or not at all. A row that is missing because of a slip would look like
a village that is gone, and a village whose township was refused would hang in the air; so every
row that does not fit is named, and nothing is handed on until none is left.

Level and parent may lack: both follow from a code, since a village's begins with its township's.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from node.care.sheets.cells import CellFault, Shape, blank, unfit, value_of
from node.care.sheets.headings import Column, words_of
from node.care.sheets.judging import headed
from node.care.sheets.reading import Row, Sheet
from node.care.sheets.report import Note, note_of
from node.codes import Listed, level_of_code
from node.division import LEVELS
from node.errors import UsageError

NAME_CHARACTERS_MAX = 100
FIELDS = ("code", "name", "level", "parent")
_PARENT_DIGITS = {9: 6, 12: 9}
_LEVEL_WORDS = {
    "county": "county 县 县级 区 市",
    "township": "township 乡镇 乡 镇 街道 乡级 乡镇级",
    "village": "village 村 社区 村级 居委会 村委会",
}
_LEVELS = {word: level for level, words in _LEVEL_WORDS.items() for word in words.split()}


@dataclass(frozen=True, slots=True)
class Divisions:
    """What a sheet lists, or what is wrong with it: one of the two is empty.

    Attributes:
        listed: The divisions.
        notes: What is wrong.
        rows: The number of the row of each code.
    """

    listed: list[Listed]
    notes: list[Note]
    rows: dict[str, int]


def divisions_of(sheet: Sheet, ignored: Sequence[str] = ()) -> Divisions:
    """The divisions that a sheet lists.

    Raises:
        UsageError: The headings do not tell what the columns hold.
    """
    columns, rows = headed(
        sheet, words_of("division", FIELDS, places=False), ("code", "name"), ignored
    )
    by_field = {column.field: column for column in columns if column.field}
    found: dict[str, tuple[Row, Listed]] = {}
    refused: set[str] = set()
    notes: list[Note] = []
    for row in rows:
        try:
            listed = _listed(row, by_field)
            if listed.code in found:
                first = found[listed.code][0].number
                again = unfit(listed.code, f"stands in row {first} already", "Delete one.")
                raise _Unfit("code", again)
            found[listed.code] = (row, listed)
        except _Unfit as fault:
            notes.append(_note(row, by_field, fault))
            refused.add(_code_of(row, by_field))
    notes += [_note(row, by_field, fault) for row, fault in _misplaced(found, refused)]
    tops = [row.number for row, listed in found.values() if not listed.parent]
    if len(tops) != 1 and not notes:
        which = f"rows {', '.join(map(str, tops[:5]))}" if tops else "none"
        raise UsageError(
            f"{sheet.path} must have one row without a parent, the county; found {which}.",
            hint="Write the county's row first, its parent empty.",
        )
    return Divisions(
        [] if notes else [listed for _, listed in found.values()],
        notes,
        {code: row.number for code, (row, _) in found.items()},
    )


class _Unfit(Exception):
    """A fault with the field that it is of."""

    def __init__(self, field: str, fault: CellFault) -> None:
        super().__init__(field)
        self.field = field
        self.fault = fault


def _note(row: Row, columns: dict[str, Column], fault: _Unfit) -> Note:
    column = columns.get(fault.field)
    letter = column.letter if column else ""
    return note_of(row.number, letter, fault.field, fault.fault.value, fault.fault)


def _listed(row: Row, columns: dict[str, Column]) -> Listed:
    texts = {name: _text(row, columns.get(name)) for name in FIELDS}
    code, name = texts["code"], texts["name"]
    try:
        level = level_of_code(code)
    except UsageError as fault:
        raise _Unfit("code", unfit(code, "is not a statistical code", fault.hint)) from fault
    said = texts["level"]
    if said and _LEVELS.get(said) != level:
        why = f"is not the level of {code}, whose digits are those of a {level}"
        other = unfit(said, why, f"Write {', '.join(LEVELS)}, or leave it empty.")
        raise _Unfit("level", other)
    if not name.isprintable() or not 0 < len(name) <= NAME_CHARACTERS_MAX:
        hint = f"A name has 1 to {NAME_CHARACTERS_MAX} characters."
        raise _Unfit("name", unfit(name, "is not a name", hint))
    return Listed(code, name, level, texts["parent"] or code[: _PARENT_DIGITS.get(len(code), 0)])


def _text(row: Row, column: Column | None) -> str:
    if column is None or column.place >= len(row.cells) or blank(row.cells[column.place]):
        return ""
    try:
        return str(value_of(Shape.TEXT, row.cells[column.place]))
    except CellFault as fault:
        raise _Unfit(column.field, fault) from fault


def _code_of(row: Row, columns: dict[str, Column]) -> str:
    """The code of a row that does not fit, as far as it can be read."""
    try:
        return _text(row, columns.get("code"))
    except _Unfit:
        return ""


def _misplaced(
    found: dict[str, tuple[Row, Listed]], refused: set[str]
) -> Iterator[tuple[Row, _Unfit]]:
    """The rows that hang in the air: one for each parent that lacks, none below a refused row."""
    lacking: dict[str, list[Row]] = {}
    for row, listed in found.values():
        above = found.get(listed.parent)
        if above is None:
            if listed.parent and listed.parent not in refused:
                lacking.setdefault(listed.parent, []).append(row)
        elif LEVELS.index(above[1].level) >= LEVELS.index(listed.level):
            why = f"is a {above[1].level}, and {listed.code} a {listed.level}"
            yield row, _Unfit("parent", unfit(listed.parent, why, "Correct either."))
    for parent, rows in lacking.items():
        more = f", and {len(rows)} rows lie below it" if len(rows) > 1 else ""
        fault = unfit(parent, f"is not in the list{more}", "Add its row.")
        yield rows[0], _Unfit("parent", fault)
