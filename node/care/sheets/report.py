"""What became of the rows that were not taken in: one line each, for the screen and for a file.

A line names the row and the column as a spreadsheet does, the field, what stands there, what is
wrong and what to do. ID numbers are masked, since a report is passed on more easily than a list.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import astuple, dataclass
from pathlib import Path
from typing import Any

from node.care import fields
from node.care.sheets.cells import CellFault, masked, shown
from node.care.sheets.writing import written
from node.errors import UsageError

REFUSED, DIFFERS, PROPOSED = "refused", "differs", "proposed"
"""A row that does not fit; one that is here and says otherwise; a change that a person decides."""


@dataclass(frozen=True, slots=True)
class Note:
    """One line of a report.

    Attributes:
        row: The number of the row, as a spreadsheet shows it; 0 where no row is meant.
        what: One of `refused`, `differs`, `proposed`.
        column: The letter of the column; empty where the row as a whole is meant.
        field: The name of the field, or of what differs.
        value: What stands there, ID numbers masked.
        reason: What is wrong, a sentence.
        remedy: What to do, a sentence.
    """

    row: int
    what: str
    column: str
    field: str
    value: str
    reason: str
    remedy: str


Sink = Callable[[Note], None]


def note_of(
    row: int, column: str, field: str, value: Any, error: UsageError, what: str = REFUSED
) -> Note:
    """The line for a value; whatever may be an ID number in its sentences is masked."""
    said = error.value if isinstance(error, CellFault) else str(value)
    safe, reason = _safe(field, said), error.message
    if said and safe != said:
        for shown_as in (said, fields.cut(said)):
            reason = reason.replace(repr(shown_as), repr(safe)).replace(shown_as, safe)
    return Note(row, what, column, field, safe, masked(reason), masked(error.hint))


_WITH_ID_NUMBER = frozenset({"id_number", "disability_certificate"})


def _safe(field: str, text: str) -> str:
    """A value as it may stand in a report."""
    digits = sum(character.isdigit() for character in text)
    if field in _WITH_ID_NUMBER and digits > 10 and "*" not in text:
        return fields.masked_id(text)
    return shown(text)


@contextlib.contextmanager
def report_file(
    path: Path | None, headings: Sequence[str], *, replace: bool = False
) -> Iterator[Sink]:
    """Where lines go: into a CSV file that a spreadsheet opens, or nowhere.

    The file is there even if trouble ends the import half way: what it says happened.

    Raises:
        UsageError: The name does not end in .csv, or the file is there already.
        StoreFault: The disk refused.
    """
    if path is None:
        yield lambda note: None
        return
    trouble: BaseException | None = None
    texts = [False] * len(headings)
    with written(path, texts, replace=replace, read_again=False) as append:
        append(headings)

        def sink(note: Note) -> None:
            append([one or "" for one in astuple(note)])

        try:
            yield sink
        except Exception as error:  # noqa: BLE001
            trouble = error
    if trouble is not None:
        raise trouble
