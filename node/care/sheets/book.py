"""Writes a workbook of several sheets, for a report that is more than one table.

Text stays text: a code of twelve digits or an ID number of eighteen is a cell of the format `@`,
since a spreadsheet keeps fifteen digits of a number, and a name that begins with `=` is no formula.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from node.care.sheets.writing import check_target
from node.config import whole_file
from node.errors import StoreFault

_NOT_IN_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")
_NOT_IN_NAME = dict.fromkeys(map(ord, "[]:*?/\\"), "_")
_NAME_CHARACTERS = 31

Table = tuple[str, Sequence[str], Iterable[Sequence[Any]], str]
"""A sheet: its name, its headings, its rows, and a note below them."""


def write_book(path: Path, tables: Iterable[Table], *, replace: bool = False) -> None:
    """Writes a workbook; it stands in its place when this returns, or nothing does.

    Args:
        path: The file, which ends in .xlsx.
        tables: Its sheets.
        replace: Whether a file that is there gives way.

    Raises:
        UsageError: The name does not fit, or the file is there.
        StoreFault: The disk refused.
    """
    from openpyxl import Workbook  # loaded only for who asks for XLSX

    check_target(path, replace=replace, kinds=(".xlsx",))
    book = Workbook()
    for empty in book.worksheets:
        book.remove(empty)
    for name, headings, rows, note in tables:
        sheet = book.create_sheet(name.translate(_NOT_IN_NAME)[:_NAME_CHARACTERS])
        every = [list(headings), *(list(row) for row in rows)]
        for place, values in enumerate([*every, [], [note]] if note else every, start=1):
            for column, value in enumerate(values, start=1):
                _put(sheet.cell(place, column), value)
        sheet.freeze_panes = "A2"
    try:
        with whole_file(path) as file:
            book.save(file)
    except OSError as fault:
        raise StoreFault(
            f"Cannot write {path}: {fault.strerror or fault}.", hint="Free space or check the disk."
        ) from fault


def _put(cell: Any, value: Any) -> None:
    if not isinstance(value, str):
        cell.value = value
        return
    cell.value = _NOT_IN_XML.sub("\ufffd", value)
    cell.data_type = "s"  # `=` at its beginning would make it a formula
    cell.number_format = "@"
