"""The lines about rows of a list, in the language of who reads them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import fields, replace
from pathlib import Path

from cli.card import heading
from node.care.sheets.report import Note, Sink, report_file
from node.care.titles import OUTCOMES
from node.language import CHINESE, said, spoken


@contextmanager
def report(path: Path | None, table: str = "", *, over: bool = False) -> Iterator[Sink]:
    """A report file in the language of who reads it; nothing where there is no path.

    Args:
        path: The file.
        table: The table of the rows, for the names of fields.
        over: Whether a file that is there is written over.
    """
    headings = [heading("note", item.name) for item in fields(Note)]

    def in_words(note: Note) -> Note:
        return replace(
            note,
            what=OUTCOMES.title(note.what) if spoken() == CHINESE else note.what,
            field=heading(table, note.field),
            reason=said(note.reason),
            remedy=said(note.remedy),
        )

    with report_file(path, headings, replace=over) as append:
        yield lambda note: append(in_words(note))


def sentence(note: Note) -> str:
    """A line for a screen."""
    if not note.column:
        place = said(f"Row {note.row}:")
    elif note.field and not note.reason.startswith(note.field):
        place = said(f"Row {note.row}, column {note.column}, {note.field}:")
    else:
        place = said(f"Row {note.row}, column {note.column}:")
    return f"{place} {said(note.reason)} {said(note.remedy)}"
